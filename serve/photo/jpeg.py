"""How a JPEG file was quantised, so that the edited one can be written alike."""

from dataclasses import dataclass

from PIL import Image, JpegImagePlugin


@dataclass(frozen=True)
class JpegCoding:
    """Quantisation tables (64 values each, in Pillow's order) and Pillow's chroma subsampling."""

    tables: tuple[tuple[int, ...], ...]
    subsampling: int
    channels: int

    @classmethod
    def of(cls, image: Image.Image) -> "JpegCoding | None":
        """Take the coding of an opened JPEG of one or three channels; None for anything else."""
        if not isinstance(image, JpegImagePlugin.JpegImageFile) or image.mode not in ("L", "RGB"):
            return None
        tables = getattr(image, "quantization", None)
        if not tables or sorted(tables) != list(range(len(tables))):
            return None
        subsampling = JpegImagePlugin.get_sampling(image)
        return cls(
            tables=tuple(tuple(int(v) for v in tables[key]) for key in sorted(tables)),
            subsampling=subsampling if subsampling >= 0 else 0,
            channels=len(image.getbands()),
        )
