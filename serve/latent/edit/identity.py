"""What an edit was made with: the bundle and the photo, by digest."""

from dataclasses import dataclass

from serve.latent.fields import Fields


@dataclass(frozen=True)
class BundleIdentity:
    """Which exported model an edit belongs to: its name and the SHA-256 of its manifest."""

    name: str
    digest: str

    @classmethod
    def from_json(cls, document: object) -> "BundleIdentity":
        fields = Fields(document, "bundle")
        bundle = cls(name=fields.text("name"), digest=fields.text("digest"))
        fields.close()
        return bundle


@dataclass(frozen=True)
class PhotoIdentity:
    """Which photo an edit belongs to: the SHA-256 of its file and its upright size."""

    sha256: str
    width_px: int
    height_px: int

    @classmethod
    def from_json(cls, document: object) -> "PhotoIdentity":
        fields = Fields(document, "photo")
        photo = cls(
            sha256=fields.text("sha256"),
            width_px=fields.whole("width_px"),
            height_px=fields.whole("height_px"),
        )
        fields.close()
        return photo
