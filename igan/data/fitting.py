"""Which region of a photo a picture shows."""

Region = tuple[float, float, float, float]
"""(x0, y0, x1, y1) in pixels, origin at the corner; whole or half pixels, maybe past the photo."""


def fitted_region(width_px: int, height_px: int, fit: str, anchor: str) -> Region:
    """Return the region that `PictureSettings.fit` and `.anchor` ask for."""
    if fit == "squash":
        return 0.0, 0.0, float(width_px), float(height_px)
    side = min(width_px, height_px) if fit == "crop" else max(width_px, height_px)
    x0 = (width_px - side) / 2
    y0 = 0.0 if anchor == "top" else (height_px - side) / 2
    return x0, y0, x0 + side, y0 + side
