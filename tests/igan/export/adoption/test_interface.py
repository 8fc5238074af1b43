"""What a graph says of its latents and images, and what it has to be told."""

import pytest
import torch

from igan.export.adoption.errors import AdoptionError
from igan.export.adoption.interface import find_image_output, find_latent_input
from serve.bundle.interpreter.model import GraphTensor, OnnxModel


def model(*inputs: GraphTensor) -> OnnxModel:
    return OnnxModel("somebody", 17, (), {}, inputs, ())


@pytest.mark.parametrize(
    ("shape", "told", "sample_shape", "fixed_batch"),
    [
        (("batch", 100), None, (100,), None),
        ((None, 100, 1, 1), 100, (100, 1, 1), None),
        ((1, 64), None, (64,), 1),
        (("n", "d"), 32, (32,), None),
        (("n", 18, 512), None, (18, 512), None),
        ((0, 8), None, (8,), None),
    ],
)
def test_latents_are_found(shape, told, sample_shape, fixed_batch):
    found = find_latent_input(model(GraphTensor("z", "float32", shape)), {}, told)
    assert (found.sample_shape, found.fixed_batch) == (sample_shape, fixed_batch)


@pytest.mark.parametrize(
    ("inputs", "told", "reason"),
    [
        ([], None, "has 0 inputs"),
        ([("z", ("n", 8)), ("label", ("n",))], None, r"2 inputs \(z \(n, 8\); label \(n\)\)"),
        ([("z", ("n", "d"))], None, "add `--latent-dim N`"),
        ([("z", ("n", 8))], 9, "latents of 8 numbers, not 9"),
        ([("z", (4, 8))], None, "fixed at 4"),
        ([("z", ("n",))], None, "a batch of at least one axis"),
        ([("z", None)], 8, "of unknown shape"),
    ],
)
def test_what_is_no_generator_is_refused(inputs, told, reason):
    declared = [GraphTensor(name, "float32", shape) for name, shape in inputs]
    with pytest.raises(AdoptionError, match=reason):
        find_latent_input(model(*declared), {}, told)


def test_another_dtype_is_refused():
    with pytest.raises(AdoptionError, match="'z' is float16"):
        find_latent_input(model(GraphTensor("z", "float16", ("n", 8))), {}, None)


def test_fixed_inputs_are_no_latents():
    graph = model(GraphTensor("z", "float32", ("n", 8)), GraphTensor("psi", "float32", ()))
    assert find_latent_input(graph, {"psi": torch.ones(())}, None).name == "z"
    with pytest.raises(AdoptionError, match="no input 'phi' to fix; its inputs are z, psi"):
        find_latent_input(graph, {"phi": torch.ones(())}, None)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((2, 3, 8, 8), (8, 3, False)), ((2, 8, 8, 1), (8, 1, True)), ((2, 3, 3, 3), (3, 3, False))],
)
def test_images_are_found(shape, expected):
    found = find_image_output("y", shape)
    assert (found.size, found.channels, found.channels_last) == expected


@pytest.mark.parametrize("shape", [(2, 3, 8, 9), (2, 4, 8, 8), (2, 192), (2, 3, 8, 8, 8)])
def test_what_is_no_image_is_refused(shape):
    with pytest.raises(AdoptionError, match="square images"):
        find_image_output("y", shape)
