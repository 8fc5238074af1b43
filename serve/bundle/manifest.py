"""What a bundle says about itself: `manifest.json`, read into types and checked key by key.

The digest of a manifest is the SHA-256 of its canonical form: the JSON document without the key
`digest`, keys sorted, no spaces, UTF-8. It covers keys that this version does not know.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, cast, get_args

from serve.bundle.fields import Fields
from serve.bundle.prior import Prior
from serve.errors import BundleError

MANIFEST_FILE = "manifest.json"
LARGEST_MANIFEST_BYTES = 16 * 2**20
FORMAT = "igan-bundle"
FORMAT_MAJOR, FORMAT_MINOR = 1, 1
PRIORS: tuple[Prior, ...] = get_args(Prior)
STORAGE_DTYPES = ("float32", "float16")
SCORES = ("logit", "critic")
TENSOR_DTYPES = ("float32", "int64", "bool")
ROLES = ("generator", "projector", "features", "discriminator")
GRAPHS = ("forward", "forward_saving", "backward")
LARGEST_IMAGE_PX = 4096
LARGEST_LATENT_DIM = 65536
MOST_FILES = 1000
LARGEST_BUNDLE_BYTES = 2 * 2**30
# Of everything that one network keeps for one image between forward and backward.
MOST_ELEMENTS_PER_IMAGE = 2**28
BATCH = "batch"


@dataclass(frozen=True)
class TensorSpec:
    """A tensor that enters or leaves a graph; its first axis is the batch and of any length."""

    name: str
    sample_shape: tuple[int, ...]
    dtype: str = "float32"


@dataclass(frozen=True)
class Parity:
    """How far the exported network is from the Torch one, over all seeds and batch sizes.

    `forward` is absolute for values up to one, relative above. `gradient` is one figure for each
    photo, relative to the norm of its true gradient. Rounding can decide a ReLU or the largest of
    equal neighbours; the gradient of such a photo moves by a step, which shows in the maximum but
    not in the median. `gated_share` is the share of photos whose gradient is off by more than the
    limit for this reason; `gradient_same_gates_max` is the largest error when both networks are
    made to take the same gates, so that nothing is left to rounding. Both are None where they were
    not measured.
    """

    forward_max: float
    forward_mean: float
    gradient_max: float | None
    gradient_mean: float | None
    gradient_median: float | None
    seeds: tuple[int, ...]
    batch_sizes: tuple[int, ...]
    gradient_same_gates_max: float | None = None
    gated_share: float | None = None


@dataclass(frozen=True)
class StorageError:
    """What rounding the weights for storage costs: output errors against the unrounded network.

    Measured as `Parity.forward_max` is: absolute for values up to one, relative above.
    """

    largest: float
    mean: float


@dataclass(frozen=True)
class NetworkManifest:
    """One network and its graphs, which share one set of weights.

    `forward` maps `input` to `output`; `forward_saving` gives `output` and then those residuals
    that are neither it nor the input; `backward` maps `grad_<output>` and the residuals to
    `grad_<input>`. The last two are None for a network that is not differentiated.

    `meaning` says what the output is, in words; that of a discriminator is "logit" (of the
    probability that an image is real) or "critic" (an unbounded score, higher for real images).
    `storage_error` is None where weights are stored as they were trained, in float32.
    """

    forward: str
    forward_saving: str | None
    backward: str | None
    input: TensorSpec
    output: TensorSpec
    residuals: tuple[TensorSpec, ...]
    meaning: str
    opset: int
    storage_dtype: str
    parity: Parity
    settings: Mapping[str, Any] = field(default_factory=dict)
    storage_error: StorageError | None = None

    @property
    def differentiable(self) -> bool:
        return self.backward is not None

    @property
    def graph_files(self) -> tuple[str, ...]:
        files = (self.forward, self.forward_saving, self.backward)
        return tuple(file for file in files if file is not None)


@dataclass(frozen=True)
class ImageSpec:
    """Images are `float32 (N, channels, size, size)` in `value_range`."""

    size: int
    channels: int
    value_range: tuple[float, float]


@dataclass(frozen=True)
class LatentSpec:
    """Latents are `float32 (N, dim)` from `prior`; `bounds` (low, high) or None for unbounded."""

    dim: int
    prior: Prior
    bounds: tuple[float, float] | None


@dataclass(frozen=True)
class FileRecord:
    """What a file of the bundle must be."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class ArraysSpec:
    """Named arrays, `float32` of these shapes, in one safetensors file of the bundle.

    `labels` are names that people gave to rows of an array, by the row's number from 1.
    """

    file: str
    shapes: Mapping[str, tuple[int, ...]]
    labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """The manifest of a bundle; `digest` is the SHA-256 of its canonical form."""

    name: str
    image: ImageSpec
    latent: LatentSpec
    feature_weight: float
    networks: Mapping[str, NetworkManifest]
    files: Mapping[str, FileRecord]
    producer: Mapping[str, str]
    training: Mapping[str, Any]
    measures: Mapping[str, Any]
    held_out_losses: Mapping[str, Any] | None
    arrays: ArraysSpec | None
    digest: str


def manifest_document(
    *,
    name: str,
    image: ImageSpec,
    latent: LatentSpec,
    feature_weight: float,
    networks: Mapping[str, NetworkManifest],
    files: Mapping[str, FileRecord],
    producer: Mapping[str, str],
    training: Mapping[str, Any],
    measures: Mapping[str, Any],
    held_out_losses: Mapping[str, Any] | None,
    arrays: ArraysSpec | None = None,
) -> dict[str, Any]:
    """The JSON document of a manifest, sealed with its digest."""
    document = {
        "format": FORMAT,
        "format_version": f"{FORMAT_MAJOR}.{FORMAT_MINOR}",
        "name": name,
        "image": asdict(image),
        "latent": asdict(latent),
        "feature_weight": feature_weight,
        "networks": {role: _network_document(network) for role, network in networks.items()},
        "files": {file: asdict(record) for file, record in files.items()},
        "producer": dict(producer),
        "training": dict(training),
        "measures": dict(measures),
        "held_out_losses": held_out_losses,
        "arrays": None if arrays is None else asdict(arrays),
    }
    # Through JSON once, so that the digest is of what a reader will see.
    document = json.loads(json.dumps(document, allow_nan=False))
    return {**document, "digest": canonical_digest(document)}


def canonical_digest(document: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the canonical form of a manifest document."""
    content = {key: value for key, value in document.items() if key != "digest"}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def parse_manifest(text: str | bytes, origin: str = "manifest.json") -> Manifest:
    """Read and check the text of a manifest; `origin` names it in messages.

    Raises:
        BundleError: not JSON, another format or major version, a key that is missing or unfit
            (named with its path), or a digest that does not belong to the content.
    """
    try:
        document = json.loads(
            text, parse_constant=_refuse_constant, object_pairs_hook=_without_repetition
        )
    except (ValueError, RecursionError) as error:
        raise BundleError(
            f"{origin} is not a JSON document ({error}); take an intact copy of the bundle."
        ) from None
    fields = Fields(document, origin)
    _check_format(fields)
    manifest = Manifest(
        name=fields.text("name"),
        image=_image(fields.child("image")),
        latent=_latent(fields.child("latent")),
        feature_weight=fields.number("feature_weight", minimum=0.0),
        networks=_networks(fields.child("networks")),
        files=_files(fields.child("files")),
        producer=fields.text_mapping("producer"),
        training=fields.mapping("training"),
        measures=fields.mapping("measures"),
        held_out_losses=fields.optional_mapping("held_out_losses"),
        arrays=_arrays(fields.child("arrays")) if fields.has_value("arrays") else None,
        digest=fields.text("digest"),
    )
    _check_coherence(manifest, fields)
    if manifest.digest != canonical_digest(document):
        fields.refuse("digest", "does not belong to the content, which was changed after export")
    return manifest


def _network_document(network: NetworkManifest) -> dict[str, Any]:
    def tensor(spec: TensorSpec) -> dict[str, Any]:
        return {"name": spec.name, "shape": [BATCH, *spec.sample_shape], "dtype": spec.dtype}

    return {
        "graphs": {
            graph: getattr(network, graph)
            for graph in GRAPHS
            if getattr(network, graph) is not None
        },
        "input": tensor(network.input),
        "output": tensor(network.output),
        "residuals": [tensor(residual) for residual in network.residuals],
        "meaning": network.meaning,
        "opset": network.opset,
        "storage_dtype": network.storage_dtype,
        "storage_error": None if network.storage_error is None else asdict(network.storage_error),
        "parity": asdict(network.parity),
        "settings": dict(network.settings),
    }


def _check_format(fields: Fields) -> None:
    if fields.text("format") != FORMAT:
        fields.refuse("format", f"is {fields.text('format')!r}, but must be {FORMAT!r}")
    version = re.fullmatch(r"(\d{1,4})\.(\d{1,4})", fields.text("format_version"))
    if version is None:
        fields.refuse("format_version", "must read like 1.0")
    elif int(version[1]) != FORMAT_MAJOR:
        fields.refuse(
            "format_version",
            f"is {version[0]}, but this version of igan reads {FORMAT_MAJOR}.x",
            "export the run again or install the igan that wrote it",
        )


def _image(fields: Fields) -> ImageSpec:
    return ImageSpec(
        size=fields.integer("size", 1, LARGEST_IMAGE_PX),
        channels=fields.integer("channels", 1, 4),
        value_range=fields.interval("value_range"),
    )


def _latent(fields: Fields) -> LatentSpec:
    return LatentSpec(
        dim=fields.integer("dim", 1, LARGEST_LATENT_DIM),
        prior=cast(Prior, fields.choice("prior", PRIORS)),
        bounds=fields.optional_interval("bounds"),
    )


def _networks(fields: Fields) -> dict[str, NetworkManifest]:
    known = [role for role in ROLES if fields.has(role)]
    if "generator" not in known:
        fields.child("generator")
    return {role: _network(fields.child(role), role) for role in known}


def _network(fields: Fields, role: str) -> NetworkManifest:
    graphs = fields.child("graphs")
    saving, backward = graphs.optional_text("forward_saving"), graphs.optional_text("backward")
    if (saving is None) != (backward is None):
        graphs.refuse(
            "backward" if backward is None else "forward_saving",
            "is missing, but the two gradient graphs belong together",
        )
    return NetworkManifest(
        forward=graphs.text("forward"),
        forward_saving=saving,
        backward=backward,
        input=_tensor(fields.child("input")),
        output=_tensor(fields.child("output")),
        residuals=tuple(_tensor(residual) for residual in fields.children("residuals")),
        meaning=(
            fields.choice("meaning", SCORES) if role == "discriminator" else fields.text("meaning")
        ),
        opset=fields.integer("opset", 1, 1000),
        storage_dtype=fields.choice("storage_dtype", STORAGE_DTYPES),
        storage_error=_storage_error(fields),
        parity=_parity(fields.child("parity"), differentiable=backward is not None),
        settings=fields.mapping("settings"),
    )


def _storage_error(network: Fields) -> StorageError | None:
    rounded = network.choice("storage_dtype", STORAGE_DTYPES) != "float32"
    if network.has_value("storage_error") != rounded:
        network.refuse(
            "storage_error",
            "must say what rounded storage costs" if rounded else "must be null for float32",
        )
    if not rounded:
        return None
    fields = network.child("storage_error")
    return StorageError(
        largest=fields.number("largest", minimum=0.0), mean=fields.number("mean", minimum=0.0)
    )


def _tensor(fields: Fields) -> TensorSpec:
    shape = fields.items("shape")
    if not shape or shape[0] != BATCH:
        fields.refuse("shape", f'must begin with "{BATCH}"')
    if not all(type(length) is int and 0 < length < 2**31 for length in shape[1:]):
        fields.refuse("shape", f'must list positive whole numbers after "{BATCH}"')
    return TensorSpec(
        name=fields.text("name"),
        sample_shape=tuple(shape[1:]),
        dtype=fields.choice("dtype", TENSOR_DTYPES),
    )


def _parity(fields: Fields, differentiable: bool) -> Parity:
    gradient = fields.number if differentiable else fields.optional_number
    return Parity(
        forward_max=fields.number("forward_max", minimum=0.0),
        forward_mean=fields.number("forward_mean", minimum=0.0),
        gradient_max=gradient("gradient_max", minimum=0.0),
        gradient_mean=gradient("gradient_mean", minimum=0.0),
        gradient_median=gradient("gradient_median", minimum=0.0),
        seeds=fields.integers("seeds"),
        batch_sizes=fields.integers("batch_sizes"),
        gradient_same_gates_max=fields.optional_number("gradient_same_gates_max", minimum=0.0),
        gated_share=fields.optional_number("gated_share", minimum=0.0),
    )


def _files(fields: Fields) -> dict[str, FileRecord]:
    records = {}
    if len({name.casefold() for name in fields.keys}) < len(fields.keys):
        fields.refuse_whole("holds names that some file systems take for the same")
    if len(fields.keys) > MOST_FILES:
        fields.refuse_whole(f"lists more than {MOST_FILES} files")
    for name in fields.keys:
        if not is_plain_file_name(name):
            fields.refuse(name, "leaves the folder of the bundle, but must be a plain file name")
        if name.casefold() == MANIFEST_FILE:
            fields.refuse(name, "cannot be in the list that the manifest itself keeps")
        entry = fields.child(name)
        if re.fullmatch(r"[0-9a-f]{64}", entry.text("sha256")) is None:
            entry.refuse("sha256", "must be 64 hexadecimal digits")
        size_bytes = entry.integer("size_bytes", 0, LARGEST_BUNDLE_BYTES)
        records[name] = FileRecord(entry.text("sha256"), size_bytes)
    total = sum(record.size_bytes for record in records.values())
    if total > LARGEST_BUNDLE_BYTES:
        fields.refuse_whole(
            f"adds up to {total} bytes, but a bundle has at most {LARGEST_BUNDLE_BYTES}"
        )
    return records


def _arrays(fields: Fields) -> ArraysSpec:
    shapes = fields.child("shapes")
    spec = ArraysSpec(
        file=fields.text("file"),
        shapes={name: shapes.integers(name, minimum=1) for name in shapes.keys},
    )
    if not fields.has_value("labels"):
        return spec
    labels = fields.child("labels")
    return replace(
        spec,
        labels={name: _labels(labels, name, spec.shapes.get(name, ())) for name in labels.keys},
    )


def _labels(fields: Fields, name: str, shape: tuple[int, ...]) -> dict[int, str]:
    texts = fields.text_mapping(name)
    rows = shape[0] if shape else 0
    numbers = {str(number): number for number in range(1, min(rows, LARGEST_LATENT_DIM) + 1)}
    if not texts.keys() <= numbers.keys():
        fields.refuse(name, f"must name rows from 1 to {rows}")
    if len(set(texts.values())) < len(texts):
        fields.refuse(name, "gives the same name twice")
    return {numbers[row]: text for row, text in texts.items()}


def is_plain_file_name(name: str) -> bool:
    """Whether `name` names a file directly inside a folder, on every operating system."""
    return (
        name not in ("", ".", "..")
        and PurePosixPath(name).name == name
        and not any(character in name for character in "\\/:\0")
    )


def _check_coherence(manifest: Manifest, fields: Fields) -> None:
    if manifest.latent.prior == "uniform" and manifest.latent.bounds is None:
        fields.child("latent").refuse("bounds", "must be two numbers for a uniform prior")
    image = (manifest.image.channels, manifest.image.size, manifest.image.size)
    latent = (manifest.latent.dim,)
    expected = {
        "generator": (latent, image),
        "projector": (image, latent),
        "features": (image, None),
        "discriminator": (image, None),
    }
    networks = fields.child("networks")
    for role, network in manifest.networks.items():
        entry = networks.child(role)
        for key, wanted in zip(("input", "output"), expected[role], strict=True):
            spec: TensorSpec = getattr(network, key)
            if spec.dtype != "float32":
                entry.child(key).refuse("dtype", "must be float32")
            if wanted is not None and spec.sample_shape != wanted:
                entry.child(key).refuse("shape", f"must be {[BATCH, *wanted]} as the manifest says")
        tensors = (network.input, network.output, *network.residuals)
        if sum(math.prod(spec.sample_shape) for spec in tensors) > MOST_ELEMENTS_PER_IMAGE:
            entry.refuse("residuals", f"hold more than {MOST_ELEMENTS_PER_IMAGE} numbers an image")
        if len({spec.name for spec in network.residuals}) < len(network.residuals):
            entry.refuse("residuals", "name the same tensor twice")
        if len(set(network.graph_files)) < len(network.graph_files):
            entry.refuse("graphs", "name the same file twice")
        for graph in GRAPHS:
            file = getattr(network, graph)
            if file is not None and file not in manifest.files:
                entry.child("graphs").refuse(graph, f"names {file!r}, which files does not list")
    if manifest.arrays is not None and manifest.arrays.file not in manifest.files:
        fields.child("arrays").refuse(
            "file", f"names {manifest.arrays.file!r}, which files does not list"
        )


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("an object holds the same key twice")
    return content


def _refuse_constant(constant: str) -> float:
    raise ValueError(f"{constant} is not a number of JSON")
