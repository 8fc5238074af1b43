"""A manifest is read key by key, and every complaint names the key."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serve.bundle import read_manifest
from serve.bundle.manifest import (
    StorageError,
    canonical_digest,
    is_plain_file_name,
    parse_manifest,
)
from serve.errors import BundleError

OPTIONAL = {
    "held_out_losses",
    "arrays",
    "arrays.labels",
    "networks.generator.storage_error",
    "networks.projector.storage_error",
    "networks.features.storage_error",
    "networks.projector",
    "networks.features",
    "networks.projector.parity.gradient_max",
    "networks.projector.parity.gradient_mean",
    "networks.projector.parity.gradient_median",
}
OPTIONAL |= {
    f"networks.{role}.parity.{figure}"
    for role in ("generator", "projector", "features")
    for figure in ("gradient_same_gates_max", "gated_share")
}
FREE_FORM = ("producer", "settings", "training", "measures")
REMOVED = object()


@pytest.fixture(scope="module")
def document(whole: Path) -> dict[str, Any]:
    return json.loads((whole / "manifest.json").read_text())


def key_paths(value: Any, prefix: str = "") -> Iterator[str]:
    entries = value.items() if isinstance(value, dict) else []
    for key, inner in entries:
        path = f"{prefix}{key}"
        yield path
        if key not in FREE_FORM and not prefix.endswith("files."):
            yield from key_paths(inner, f"{path}.")


def changed(document: dict[str, Any], path: str, value: Any, seal: bool = True) -> str:
    """The text of the manifest with another value, and the digest that goes with it."""
    copy = json.loads(json.dumps(document))
    *parents, key = path.split(".") if "onnx" not in path else path.split("|")
    place = copy
    for parent in parents:
        place = place[parent]
    if value is REMOVED:
        del place[key]
    else:
        place[key] = value
    if seal and "digest" in copy:
        copy["digest"] = canonical_digest(copy)
    return json.dumps(copy)


def test_it_says_what_was_exported(document):
    manifest = parse_manifest(json.dumps(document))
    assert manifest.name == "tiny"
    assert manifest.image.size == 16
    assert manifest.image.value_range == (-1.0, 1.0)
    assert manifest.latent.dim == 8
    assert manifest.networks["generator"].output.sample_shape == (3, 16, 16)
    assert manifest.networks["features"].differentiable
    assert manifest.digest == document["digest"]


def test_every_key_is_needed_or_known_to_be_optional(document):
    for path in key_paths(document):
        if path.startswith(("files.", "arrays.shapes.")):
            continue
        text = changed(document, path, REMOVED)
        if path in OPTIONAL:
            parse_manifest(text)
            continue
        named = path
        if path.endswith((".forward_saving", ".backward")):
            named = path.rpartition(".")[0]
        with pytest.raises(BundleError, match=f'key "{named}') as raised:
            parse_manifest(text)
        assert raised.value.exit_code == 2


@pytest.mark.parametrize("wrong", [[], "text", -1.5, None, True, {}])
def test_no_key_takes_a_value_of_another_kind(document, wrong):
    for path in key_paths(document):
        if path.startswith("files.") or path in ("networks.projector", "networks.features"):
            continue
        *parents, key = path.split(".")
        original: Any = document
        for parent in (*parents, key):
            original = original[parent]
        alike = type(wrong) is type(original) or (isinstance(wrong, float) and original is None)
        if alike or path == "digest" or (path in OPTIONAL and wrong in (None, {})):
            continue
        with pytest.raises(BundleError):
            parse_manifest(changed(document, path, wrong))


def test_an_unknown_key_is_ignored_but_sealed(document):
    text = changed(document, "invented", {"by": "a later version"})
    assert parse_manifest(text).digest != document["digest"]
    parse_manifest(changed(document, "networks.generator.invented", 1))
    parse_manifest(changed(document, "format_version", "1.7"))


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("format_version", "2.0", "reads 1.x"),
        ("format_version", "one", "must read like 1.0"),
        ("format", "zip", "key \"format\" is 'zip'"),
        ("image.size", 10**9, "from 1 to 4096"),
        ("image.channels", 0, "from 1 to 4"),
        ("latent.dim", 0, "from 1 to 65536"),
        ("networks.generator.input.shape", ["batch", 9], "must be ['batch', 8]"),
        ("latent.prior", "gamma", "one of uniform, normal"),
        ("latent.bounds", [1, -1], "the lower first"),
        ("latent.bounds", None, "for a uniform prior"),
        ("feature_weight", -1, "at least 0"),
        ("networks.generator.storage_dtype", "float8", "one of float32"),
        ("networks.generator.graphs.forward", "elsewhere.onnx", "files does not list"),
        ("networks.generator.input.shape", [1, 8], "must begin with"),
        ("networks.generator.output.shape", ["batch", 3, 16, -16], "positive whole numbers"),
        ("networks.generator.output.dtype", "int64", "must be float32"),
        ("networks.generator.residuals", [3], "must be a JSON object"),
        ("networks.generator.storage_error", {"largest": 1, "mean": 1}, "must be null for float32"),
        ("networks.generator.storage_dtype", "float16", "must say what rounded storage costs"),
        ("networks.generator.graphs.backward", "generator.forward.onnx", 'graphs" name the same'),
        ("networks.generator.parity.gated_share", -0.1, "at least 0"),
        ("arrays", {"file": "nothing", "shapes": {}}, "files does not list"),
        (
            "arrays",
            {"file": "generator.weights", "shapes": {"a": [0]}},
            "whole numbers, at least 1",
        ),
    ],
)
def test_unfit_values_are_refused(document, path, value, sentence):
    with pytest.raises(BundleError) as raised:
        parse_manifest(changed(document, path, value))
    assert sentence in str(raised.value)
    named = {"backward": "graphs", "storage_dtype": "storage_"}
    assert named.get(path.split(".")[-1], path.split(".")[-1]) in str(raised.value)


def test_what_rounded_storage_costs(document):
    copy = json.loads(changed(document, "networks.features.storage_dtype", "float16"))
    text = changed(copy, "networks.features.storage_error", {"largest": 0.003, "mean": 1e-4})
    assert parse_manifest(text).networks["features"].storage_error == StorageError(0.003, 1e-4)


@pytest.mark.parametrize("meaning", ["logit", "critic"])
def test_a_discriminator_says_what_its_score_is(document, meaning):
    network = json.loads(json.dumps(document["networks"]["features"])) | {"meaning": meaning}
    manifest = parse_manifest(changed(document, "networks.discriminator", network))
    assert manifest.networks["discriminator"].meaning == meaning
    network["meaning"] = "high for real images"
    with pytest.raises(BundleError, match="must be one of logit, critic"):
        parse_manifest(changed(document, "networks.discriminator", network))


def test_a_key_that_comes_twice(document):
    text = json.dumps(document)
    repeated = text.replace('"feature_weight"', '"feature_weight": 9, "feature_weight"', 1)
    with pytest.raises(BundleError, match="holds the same key twice"):
        parse_manifest(repeated)


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ({"more": 2**40}, "from 0 to 2147483648"),
        ({"one": 2**31, "other": 2**31}, "a bundle has at most"),
        ({"Generator.weights": 1}, "some file systems take for the same"),
        ({"manifest.json": 1}, "the manifest itself"),
        ({f"f{number}": 1 for number in range(1001)}, "more than 1000 files"),
    ],
)
def test_the_list_of_files_has_bounds(document, sizes, sentence):
    copy = json.loads(json.dumps(document))
    for name, size_bytes in sizes.items():
        copy["files"][name] = {"sha256": "0" * 64, "size_bytes": size_bytes}
    copy["digest"] = canonical_digest(copy)
    with pytest.raises(BundleError, match=sentence):
        parse_manifest(json.dumps(copy))


def test_what_is_kept_for_one_image_has_a_bound(document):
    huge = {"name": "relu", "shape": ["batch", 2**15, 2**15], "dtype": "float32"}
    with pytest.raises(BundleError, match=r"residuals.* more than 268435456"):
        parse_manifest(changed(document, "networks.generator.residuals", [huge]))


def test_a_manifest_of_the_first_minor_version(document):
    copy = json.loads(json.dumps(document))
    del copy["arrays"]
    for network in copy["networks"].values():
        del network["storage_error"]
        for figure in ("gradient_same_gates_max", "gated_share"):
            network["parity"].pop(figure, None)
    text = changed(copy, "format_version", "1.0")
    assert parse_manifest(text).networks["generator"].storage_error is None


def test_a_changed_figure_breaks_the_seal(document):
    text = changed(document, "networks.generator.parity.forward_max", 0.0, seal=False)
    with pytest.raises(BundleError, match=r'key "digest" does not belong'):
        parse_manifest(text)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b", "..", "C:\\x", "a\\b", ""])
def test_a_file_outside_the_folder_is_refused(document, name):
    copy = json.loads(json.dumps(document))
    copy["files"][name] = copy["files"]["generator.weights"]
    copy["digest"] = canonical_digest(copy)
    with pytest.raises(BundleError, match="leaves the folder"):
        parse_manifest(json.dumps(copy))
    assert not is_plain_file_name(name)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"a": NaN}', b"\xff\xfe", "[" * 100_000])
def test_what_is_no_manifest_is_refused(text):
    with pytest.raises(BundleError, match=r"manifest\.json"):
        parse_manifest(text)


def test_the_digest_does_not_depend_on_layout(document):
    backwards = json.loads(json.dumps(dict(reversed(document.items())), indent=7))
    assert canonical_digest(backwards) == document["digest"]


def test_no_folder_and_no_manifest(tmp_path):
    with pytest.raises(BundleError, match="no such folder"):
        read_manifest(tmp_path / "nothing")
    with pytest.raises(BundleError, match=r"holds no manifest\.json"):
        read_manifest(tmp_path)
