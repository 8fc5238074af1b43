"""More than two hundred ways to spoil a bundle, and a process that survives opening each of them.

    python -m tests.serve.bundle.corruptions WHOLE_BUNDLE SCRATCH

prints two JSON lines for each: what is done, and what was said about it.
"""

import itertools
import json
import os
import random
import resource
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import TensorProto, helper
from torch import Tensor

from serve.bundle import Bundle, load_bundle
from serve.bundle.verification import try_out
from serve.errors import BundleError, ServeError
from tests.serve.bundle.damage import (
    change_graph,
    change_manifest,
    flip_a_bit,
    reseal,
)

MANIFEST = "manifest.json"
GRAPH = "generator.forward.onnx"
# What no document does without, at any depth.
OPTIONAL = {
    *("held_out_losses", "arrays", "labels", "storage_error", "projector", "features"),
    "gated_share",
}
FREE_FORM = {"producer", "settings", "training", "measures"}
ALLOWANCE_BYTES = 2**30
# Random bits of graphs, in bundles that believe them.
SEALED_FLIPS = 150


@dataclass(frozen=True)
class Corruption:
    """What is done to a bundle, and what a complaint about it must name."""

    name: str
    damage: Callable[[Path], None]
    must_name: str


def corruptions(whole: Path) -> Iterator[Corruption]:
    document = json.loads((whole / MANIFEST).read_text())
    files = sorted(document["files"])
    yield from _of_files(whole, files)
    yield from _of_manifest(document)
    yield from _of_figures(document)
    yield from _of_paths(whole, files)
    yield from _of_graphs()


def _of_files(whole: Path, files: list[str]) -> Iterator[Corruption]:
    dice = random.Random(0)
    for file in files:
        size = (whole / file).stat().st_size
        for place in (0, size - 1, *(dice.randrange(size) for _ in range(3))):
            bit = dice.randrange(8)
            damage = partial(_flip, file=file, place=place, bit=bit)
            yield Corruption(f"flip {file} {place}.{bit}", damage, file)
        for length in (0, size // 2, size - 1):
            yield Corruption(f"cut {file} to {length}", partial(_cut, file, length), file)
        yield Corruption(f"lengthen {file}", partial(_cut, file, size + 1), file)
        yield Corruption(f"remove {file}", partial(_remove, file), file)
    size = (whole / MANIFEST).stat().st_size
    for _ in range(40):
        place, bit = dice.randrange(size), dice.randrange(4)
        damage = partial(_flip, file=MANIFEST, place=place, bit=bit)
        yield Corruption(f"flip manifest {place}.{bit}", damage, MANIFEST)
    for length in (0, 1, size // 2, size - 3):
        yield Corruption(f"cut manifest to {length}", partial(_cut, MANIFEST, length), MANIFEST)
    for one, other in itertools.combinations(files[:5], 2):
        yield Corruption(f"swap {one} {other}", partial(_swap, one, other), f"{one}|{other}")


def _of_manifest(document: dict[str, Any]) -> Iterator[Corruption]:
    for path in _key_paths(document):
        named = path[-2] if path[-1] in ("forward_saving", "backward") else path[-1]
        if path[-1] not in OPTIONAL and not path[-1].startswith("gradient_"):
            yield Corruption(f"without {path}", partial(_set, path, _REMOVED), named)
        wrong = 3 if isinstance(_at(document, path), list | dict | str) else "3"
        # A digest may not be a number; that it must be the right one is tested by flips.
        yield Corruption(f"wrong kind {path}", partial(_set, path, wrong), path[-1])


def _of_figures(document: dict[str, Any]) -> Iterator[Corruption]:
    """Figures that are of the right kind, and lie."""
    generator = ("networks", "generator")
    for path, lie in (
        (("image", "size"), 10**12),
        (("image", "size"), 8),
        (("image", "channels"), 1),
        (("latent", "dim"), 10**9),
        (("latent", "dim"), 9),
        (("latent", "bounds"), [1, 1]),
        (("latent", "bounds"), None),
        (("feature_weight",), -1),
        (("format_version",), "2.0"),
        ((*generator, "opset"), 12),
        ((*generator, "input", "shape"), ["batch", 2**40]),
        ((*generator, "output", "shape"), ["batch", 3, 2**30, 2**30]),
        ((*generator, "residuals"), []),
        ((*generator, "residuals"), [_tensor("relu", [2**30])]),
        ((*generator, "residuals"), [_tensor("relu", [4])] * 2),
        ((*generator, "storage_dtype"), "float16"),
        ((*generator, "storage_error"), {"largest": 0.1, "mean": 0.1}),
        ((*generator, "parity", "forward_max"), -1),
        ((*generator, "graphs", "backward"), GRAPH),
        ((*generator, "graphs", "forward"), "generator.weights"),
        (("arrays",), {"file": "generator.weights", "shapes": {"axes": [2, 8]}}),
        (("arrays",), {"file": "nothing", "shapes": {}}),
    ):
        yield Corruption(f"lie {path} {lie}", partial(_set, path, lie), path[-1] + "|generator")
    for file in document["files"]:
        for key, lie in (("size_bytes", 2**50), ("size_bytes", 1), ("sha256", "0" * 64)):
            path = ("files", file, key)
            yield Corruption(f"lie {path} {lie}", partial(_set, path, lie), file)


def _of_paths(whole: Path, files: list[str]) -> Iterator[Corruption]:
    for name in (
        "../secret",
        "/etc/passwd",
        "..",
        "a/b",
        "a\\b",
        "C:x",
        MANIFEST,
        "Generator.weights",
    ):
        yield Corruption(f"list {name}", partial(_list, name), "files")
    for file in files:
        yield Corruption(f"link {file}", partial(_link, file, whole), file)
        yield Corruption(f"pipe {file}", partial(_replace, file, os.mkfifo), file)
    yield Corruption("folder", partial(_replace, files[0], Path.mkdir), files[0])
    for location in ("../generator.weights", "/etc/passwd", "", "nothing", "\0"):
        damage = partial(_graph, partial(_external, "location", location))
        yield Corruption(f"weights from {location!r}", damage, GRAPH)


def _of_graphs() -> Iterator[Corruption]:
    """Graphs that are not what they were, in bundles that were sealed again."""
    for key, value in (
        ("offset", "-64"),
        ("offset", str(2**62)),
        ("offset", "many"),
        ("length", "1"),
        ("length", str(2**62)),
    ):
        damage = partial(_graph, partial(_external, key, value))
        yield Corruption(f"external {key} {value}", damage, GRAPH)
    for change in (
        _huge_weight,
        _negative_weight,
        _weight_of_strings,
        _unknown_operator,
        _custom_domain,
        _control_flow,
        _own_function,
        _sparse_weight,
        _growing_constant,
        _unused_node,
        _cycle,
        _made_twice,
        _other_opset,
        _no_opset,
        _renamed_input,
        _fixed_batch,
        _other_dtype,
        _no_output,
        _no_nodes,
    ):
        yield Corruption(change.__name__, partial(_graph, change), GRAPH)
    for content in (b"", b"\xff" * 100, b"\x3a\xff\xff\xff\xff\x0f", b"PK\x03\x04" * 50):
        yield Corruption(f"graph {content[:6]!r}", partial(_overwrite, GRAPH, content), GRAPH)
    for one, other in itertools.permutations(("forward", "forward_saving", "backward"), 2):
        yield Corruption(
            f"{one} for {other}",
            partial(_copy, f"generator.{one}.onnx", f"generator.{other}.onnx"),
            f"generator.{other}.onnx",
        )
    for length in (0, 64, 1000):
        yield Corruption(
            f"weights of {length} bytes",
            partial(_cut_and_reseal, "generator.weights", length),
            "generator.weights",
        )


_REMOVED = object()


def _key_paths(value: Any, prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, inner in value.items() if isinstance(value, dict) else ():
        if prefix != ("files",) and key != "digest":
            yield (*prefix, key)
        if key not in FREE_FORM and prefix != ("files",):
            yield from _key_paths(inner, (*prefix, key))


def _at(document: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


def _set(path: tuple[str, ...], value: Any, bundle: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        place = _at(document, path[:-1])
        if value is _REMOVED:
            del place[path[-1]]
        else:
            place[path[-1]] = value

    change_manifest(bundle, change)


def _tensor(name: str, shape: list[int]) -> dict[str, Any]:
    return {"name": name, "shape": ["batch", *shape], "dtype": "float32"}


def _flip(bundle: Path, file: str, place: int, bit: int) -> None:
    flip_a_bit(bundle / file, place, bit)


def _cut(file: str, length: int, bundle: Path) -> None:
    os.truncate(bundle / file, length)


def _cut_and_reseal(file: str, length: int, bundle: Path) -> None:
    os.truncate(bundle / file, length)
    reseal(bundle)


def _remove(file: str, bundle: Path) -> None:
    (bundle / file).unlink()


def _swap(one: str, other: str, bundle: Path) -> None:
    contents = (bundle / one).read_bytes(), (bundle / other).read_bytes()
    (bundle / other).write_bytes(contents[0])
    (bundle / one).write_bytes(contents[1])


def _copy(source: str, target: str, bundle: Path) -> None:
    shutil.copy(bundle / source, bundle / target)
    reseal(bundle)


def _overwrite(file: str, content: bytes, bundle: Path) -> None:
    (bundle / file).write_bytes(content)
    reseal(bundle)


def _list(name: str, bundle: Path) -> None:
    def add(document: dict[str, Any]) -> None:
        document["files"][name] = document["files"]["generator.weights"]

    change_manifest(bundle, add)


def _link(file: str, whole: Path, bundle: Path) -> None:
    _replace(file, lambda place: place.symlink_to(whole / file), bundle)


def _replace(file: str, make: Callable[[Path], Any], bundle: Path) -> None:
    (bundle / file).unlink()
    make(bundle / file)


def _graph(change: Callable[[onnx.ModelProto], None], bundle: Path) -> None:
    change_graph(bundle, GRAPH, change)


def _weight(model: onnx.ModelProto) -> onnx.TensorProto:
    return next(tensor for tensor in model.graph.initializer if tensor.external_data)


def _external(key: str, value: str, model: onnx.ModelProto) -> None:
    for entry in _weight(model).external_data:
        if entry.key == key:
            entry.value = value


def _huge_weight(model: onnx.ModelProto) -> None:
    _weight(model).dims[:] = [2**31, 2**31]


def _negative_weight(model: onnx.ModelProto) -> None:
    _weight(model).dims[0] = -1


def _weight_of_strings(model: onnx.ModelProto) -> None:
    _weight(model).data_type = TensorProto.STRING


def _unknown_operator(model: onnx.ModelProto) -> None:
    model.graph.node[0].op_type = "Gremlin"


def _custom_domain(model: onnx.ModelProto) -> None:
    model.opset_import.add(domain="com.microsoft", version=1)
    model.graph.node[0].domain = "com.microsoft"


def _control_flow(model: onnx.ModelProto) -> None:
    inner = helper.make_graph(
        [helper.make_node("Identity", ["latents"], ["inner"])],
        "inner",
        [],
        [helper.make_tensor_value_info("inner", TensorProto.FLOAT, None)],
    )
    model.graph.initializer.append(helper.make_tensor("yes", TensorProto.BOOL, [], [True]))
    choice = helper.make_node("If", ["yes"], ["chosen"], then_branch=inner, else_branch=inner)
    model.graph.node.insert(0, choice)
    model.graph.node[1].input[0] = "chosen"


def _own_function(model: onnx.ModelProto) -> None:
    node = helper.make_node("Identity", ["x"], ["y"])
    opset = [helper.make_opsetid("", 20)]
    model.functions.append(helper.make_function("own", "F", ["x"], ["y"], [node], opset))


def _sparse_weight(model: onnx.ModelProto) -> None:
    values = helper.make_tensor("sparse", TensorProto.FLOAT, [1], [1.0])
    places = helper.make_tensor("places", TensorProto.INT64, [1], [0])
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, places, [2**40]))


def _growing_constant(model: onnx.ModelProto) -> None:
    """A node that ONNX Runtime would compute when it opens the graph: 4 TiB of zeros."""
    model.graph.initializer.append(helper.make_tensor("s", TensorProto.INT64, [2], [2**20] * 2))
    grown = helper.make_node("ConstantOfShape", ["s"], ["zeros"])
    total = helper.make_node("ReduceSum", ["zeros"], ["total"], keepdims=0)
    added = helper.make_node("Add", [model.graph.node[0].input[0], "total"], ["added"])
    model.graph.node[0].input[0] = "added"
    for node in (added, total, grown):
        model.graph.node.insert(0, node)


def _unused_node(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Relu", ["latents"], ["unused"]))


def _cycle(model: onnx.ModelProto) -> None:
    model.graph.node[0].input[0] = model.graph.output[0].name


def _made_twice(model: onnx.ModelProto) -> None:
    model.graph.node.append(model.graph.node[-1])


def _other_opset(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 11


def _no_opset(model: onnx.ModelProto) -> None:
    del model.opset_import[:]


def _renamed_input(model: onnx.ModelProto) -> None:
    model.graph.input[0].name = "other"


def _fixed_batch(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1


def _other_dtype(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.DOUBLE


def _no_output(model: onnx.ModelProto) -> None:
    del model.graph.output[:]


def _no_nodes(model: onnx.ModelProto) -> None:
    del model.graph.node[:]


def _verdict(bundle: Path) -> str | None:
    """The sentence that refuses the bundle, or None if it was opened."""
    try:
        opened = load_bundle(bundle, threads=1)
        for network in opened.networks.values():
            network.open()
    except BundleError as error:
        return str(error)
    return None


def _mapped_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _outcome(bundle: Path, whole: Bundle) -> str:
    """What comes of a bundle with one bit of a graph flipped, and sealed again."""
    latents = whole.sample_latents(2, 0)
    try:
        opened = load_bundle(bundle, threads=1, engine="onnx")
        pairs = [(_gradient(opened, latents), _gradient(whole, latents))]
        if all(torch.allclose(found, true, rtol=1e-3, atol=1e-5) for found, true in pairs):
            return "the same"
        try_out(opened)
    except ServeError:
        return "refused"
    return "taken for whole"


def _gradient(bundle: Bundle, latents: Tensor) -> Tensor:
    leaf = latents.clone().requires_grad_()
    images = bundle.generator(leaf)
    assert bundle.features is not None
    assert bundle.projector is not None
    loss = images.square().mean() + bundle.features(images).square().mean()
    (gradient,) = torch.autograd.grad(loss, leaf)
    return torch.cat([gradient.flatten(), bundle.projector(images.detach()).flatten()])


def _flip_and_seal(bundle: Path, dice: random.Random) -> str:
    file = dice.choice(sorted(path.name for path in bundle.glob("*.onnx")))
    place, bit = dice.randrange((bundle / file).stat().st_size), dice.randrange(8)
    flip_a_bit(bundle / file, place, bit)
    reseal(bundle)
    return f"{file} {place}.{bit}"


def _report(**outcome: Any) -> None:
    sys.stdout.write(json.dumps(outcome) + "\n")
    sys.stdout.flush()


def main() -> None:
    whole, scratch = map(Path, sys.argv[1:])
    assert _verdict(whole) is None
    intact = load_bundle(whole, threads=1, engine="onnx")
    try_out(intact)
    bound = _mapped_bytes() + ALLOWANCE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def grown_mb() -> float:
        return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / 1024

    bundle = scratch / "spoilt"
    for corruption in corruptions(whole):
        shutil.copytree(whole, bundle)
        corruption.damage(bundle)
        _report(name=corruption.name, must_name=corruption.must_name)
        _report(said=_verdict(bundle), grown_mb=grown_mb())
        shutil.rmtree(bundle)
    dice = random.Random(1)
    for _ in range(SEALED_FLIPS):
        shutil.copytree(whole, bundle)
        _report(name=_flip_and_seal(bundle, dice))
        _report(outcome=_outcome(bundle, intact), grown_mb=grown_mb())
        shutil.rmtree(bundle)


if __name__ == "__main__":
    main()
