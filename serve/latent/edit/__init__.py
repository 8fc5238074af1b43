"""The Edit document: at once a script, a saved session and what a client holds."""

from serve.latent.edit.document import VERSION, Edit, LatentCache, edit_from_json
from serve.latent.edit.files import EXAMPLE, parse_edit, read_edit, write_edit
from serve.latent.edit.identity import BundleIdentity, PhotoIdentity
from serve.latent.edit.schema import edit_schema
from serve.latent.edit.settings import EditSettings

__all__ = [
    "EXAMPLE",
    "VERSION",
    "BundleIdentity",
    "Edit",
    "EditSettings",
    "LatentCache",
    "PhotoIdentity",
    "edit_from_json",
    "edit_schema",
    "parse_edit",
    "read_edit",
    "write_edit",
]
