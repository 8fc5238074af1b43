"""The four kinds of pictures that the paper compares, and the shares it found judged real."""

from typing import Literal, get_args

Condition = Literal["real", "generated", "shape", "shape_colour"]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)

CONDITION_TITLES: dict[Condition, str] = {
    "real": "real photos",
    "generated": "generated pictures",
    "shape": "edits, shape only",
    "shape_colour": "edits, shape and colour",
}

PAPER_SHARES: dict[Condition, float] = {
    "real": 0.915,
    "generated": 0.143,
    "shape": 0.259,
    "shape_colour": 0.487,
}
"""Shares judged real by Zhu et al. 2016, in their perception study."""
