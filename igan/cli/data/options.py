"""What several actions on photo stores share: an option, and how their progress bars look."""

import argparse
from typing import Any

ENCODINGS = ("raw", "png", "jpeg", "webp")
BAR: dict[str, Any] = {"dynamic_ncols": True, "delay": 0.3}


def add_encoding(place: "argparse._ActionsContainer", default: str = "raw") -> None:
    place.add_argument(
        "--encoding",
        choices=ENCODINGS,
        default=default,
        help="how records are kept: raw is fastest to read, png smaller, jpeg and webp smallest "
        "but lossy (default: raw)",
    )
