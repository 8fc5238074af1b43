"""How an edit is carried out: every setting declared once, with its range and its meaning."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any, get_args

from serve.errors import EditError
from serve.latent.candidates import DIVERSITY, STARTS
from serve.latent.editor import LEARNING_RATE
from serve.latent.fields import Fields
from serve.latent.objective import ObjectiveWeights
from serve.latent.path import PAPER_FRAMES, PathKind
from serve.latent.projection import METHODS, Method

PATHS: tuple[PathKind, ...] = get_args(PathKind)
LARGEST_WEIGHT = 1e6
MOST_STARTS = 256
FURTHEST_AMOUNT = 2.0


def _between(least: float, most: float, meaning: str) -> dict[str, Any]:
    return {"least": least, "most": most, "meaning": meaning}


def _one_of(choices: tuple[str, ...], meaning: str) -> dict[str, Any]:
    return {"choices": choices, "meaning": meaning}


def _weight(meaning: str) -> dict[str, Any]:
    return _between(0, LARGEST_WEIGHT, f"weight of {meaning}")


@dataclass(frozen=True)
class EditSettings:
    """How an edit is carried out; the meaning of each setting stands beside it.

    Raises:
        EditError: a setting is out of its range.
    """

    method: Method = field(
        default="hybrid", metadata=_one_of(METHODS, "of the projection that finds z0 of the photo")
    )
    iterations: int = field(default=200, metadata=_between(1, 10_000, "limit of that projection"))
    colour_weight: float = field(
        default=ObjectiveWeights.colour, metadata=_weight("colour strokes")
    )
    sketch_weight: float = field(
        default=ObjectiveWeights.sketch, metadata=_weight("sketch strokes")
    )
    warp_colour_weight: float = field(
        default=ObjectiveWeights.warp_colour, metadata=_weight("the colours of dragged patches")
    )
    warp_sketch_weight: float = field(
        default=ObjectiveWeights.warp_sketch, metadata=_weight("the edges of dragged patches")
    )
    keep_weight: float = field(
        default=ObjectiveWeights.keep, metadata=_weight("what shall stay as it is")
    )
    handle_weight: float = field(
        default=ObjectiveWeights.handle, metadata=_weight("dragged points")
    )
    smoothness_weight: float = field(
        default=ObjectiveWeights.smoothness,
        metadata=_weight("staying near the start, lambda_s; random starts are not held"),
    )
    realism_weight: float = field(
        default=ObjectiveWeights.realism,
        metadata=_weight("the discriminator's judgement, lambda_D"),
    )
    learning_rate: float = field(
        default=LEARNING_RATE, metadata=_between(1e-6, 10, "of the latent editor")
    )
    steps: int = field(default=200, metadata=_between(1, 100_000, "limit of the latent editor"))
    frames: int = field(
        default=PAPER_FRAMES,
        metadata=_between(1, 1_000, "steps of the path from start to result, N"),
    )
    path: PathKind = field(
        default="linear", metadata=_one_of(PATHS, "how the path runs through latent space")
    )
    amount: float = field(
        default=1.0,
        metadata=_between(
            0, FURTHEST_AMOUNT, "how far along the path to go; past 1 it is extended within bounds"
        ),
    )
    candidates: int = field(
        default=1,
        metadata=_between(
            1, 64, "how many distinct results to keep; 1 with a photo searches from its z0 alone"
        ),
    )
    starts: int = field(
        default=STARTS,
        metadata=_between(1, MOST_STARTS, "from how many starts candidates are searched"),
    )
    diversity: float = field(
        default=DIVERSITY,
        metadata=_between(0, 2, "how far starts are strewn around z0, in draws from the prior"),
    )

    def __post_init__(self) -> None:
        for setting in dataclasses.fields(self):
            value, about = getattr(self, setting.name), setting.metadata
            if "choices" in about:
                if value not in about["choices"]:
                    raise EditError(
                        f"settings: unknown {setting.name!r} {value!r}; use "
                        f"{', '.join(about['choices'])}."
                    )
            elif not about["least"] <= value <= about["most"]:
                raise EditError(
                    f"settings: {setting.name!r} must lie between {about['least']:g} and "
                    f"{about['most']:g}, not be {value:g}."
                )

    @property
    def weights(self) -> ObjectiveWeights:
        names = [weight.name for weight in dataclasses.fields(ObjectiveWeights)]
        return ObjectiveWeights(**{name: getattr(self, f"{name}_weight") for name in names})

    @classmethod
    def from_json(cls, document: object) -> "EditSettings":
        """Read what is given, the rest by default.

        Raises:
            EditError: naming the setting that is unknown or wrong.
        """
        fields = Fields(document, "settings")
        given: dict[str, Any] = {}
        for setting in dataclasses.fields(cls):
            if fields.has(setting.name):
                readers = {str: fields.text, int: fields.whole, float: fields.number}
                given[setting.name] = readers[type(setting.default)](setting.name)
        fields.close()
        return cls(**given)

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema of what `from_json` reads."""
        kinds = {str: "string", int: "integer", float: "number"}
        properties: dict[str, Any] = {}
        for setting in dataclasses.fields(cls):
            about = setting.metadata
            schema: dict[str, Any] = {
                "type": [kinds[type(setting.default)], "null"],
                "default": setting.default,
                "description": about["meaning"],
            }
            if "choices" in about:
                schema["enum"] = [*about["choices"], None]
            else:
                schema |= {"minimum": about["least"], "maximum": about["most"]}
            properties[setting.name] = schema
        return {"type": "object", "properties": properties, "additionalProperties": False}
