"""Did it do what was drawn? The numbers of an edit, for a file and for a person."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from serve.latent import EditResult, Satisfaction

MEASURES = {
    "colour_error_lab": ("CIELAB units from the colours asked for", 1),
    "hog_agreement": ("of 1 agreement with the edges asked for", 2),
    "kept_change_lab": ("CIELAB units from what was to be kept", 1),
    "handle_distance_photo_px": ("photo pixels from the target", 1),
}
"""What each measure is in words, and its decimals; lower is better but for the agreement."""


def metrics(result: "EditResult") -> dict[str, Any]:
    """What stands in metrics.json."""
    return {
        "chosen": result.chosen + 1,
        "candidates": [
            {
                "rank": rank,
                "objective": candidate.objective,
                "satisfaction": candidate.satisfaction.to_json(),
            }
            for rank, candidate in enumerate(result.candidates, start=1)
        ],
    }


def sentences(satisfaction: "Satisfaction") -> list[str]:
    """One line for each stroke that asks for something, and one for the whole."""
    lines = []
    for stroke in satisfaction.strokes:
        parts = [
            f"{values.before:.{digits}f} -> {values.after:.{digits}f} {words}"
            for name, (words, digits) in MEASURES.items()
            if (values := stroke.measures.get(name)) is not None
        ]
        if parts:
            lines.append(f"stroke {stroke.stroke} ({stroke.brush}): {'; '.join(parts)}")
        elif stroke.brush != "erase":
            lines.append(f"stroke {stroke.stroke} ({stroke.brush}): nothing of it is in the frame")
    lines.append(
        f"the picture changed by {100 * satisfaction.picture_distance:.1f} % of its range, the "
        f"latent by {satisfaction.latent_distance:.3f} a dimension"
    )
    return lines
