"""Quick networks against the same graphs run by the interpreter, and in a bundle."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from igan.export import export_bundle
from igan.models.dcgan import Generator
from igan.models.features import AlexNetFeatures
from serve.bundle import Bundle, load_bundle
from serve.bundle.engines import FEWEST_LATENTS_FOR_QUICK, EngineWish
from serve.bundle.interpreter import InterpretedNetwork, OnnxModel
from serve.bundle.interpreter.model import Attribute, GraphNode, GraphTensor
from serve.bundle.manifest import LatentSpec
from serve.bundle.network import OnnxNetwork
from serve.bundle.quick import quick_network
from serve.bundle.quick.enlarging import EnlargingConvolution
from serve.bundle.quick.upsampling import UpsamplingConvolution
from serve.bundle.quick.winograd import WinogradConvolution
from serve.latent import Limits, project
from serve.photo.pixels import tensor_to_pixels

SIZE = 32


def drawn(*lengths: int, seed: int = 0) -> Tensor:
    return torch.randn(lengths, generator=torch.Generator().manual_seed(seed)) / 4


def chain(
    shape: tuple[int, ...],
    steps: list[tuple[str, tuple[str, ...], dict[str, Attribute]]],
    constants: Mapping[str, Tensor],
) -> OnnxModel:
    """A graph of (operator, constant inputs, attributes), each on what the one before it gives."""
    nodes = [
        GraphNode(kind, "", f"node{n}", (f"v{n}", *names), (f"v{n + 1}",), attributes)
        for n, (kind, names, attributes) in enumerate(steps)
    ]
    ends = (("v0", (None, *shape)), (f"v{len(steps)}", None))
    first, last = ((GraphTensor(name, "float32", lengths),) for name, lengths in ends)
    return OnnxModel("test", 20, tuple(nodes), constants, first, last)


def square(step: int, padding: int) -> dict[str, Attribute]:
    return {"strides": (step,) * 2, "pads": (padding,) * 4}


def feature_graph(channels: int = 3, resize: str = "scales") -> OnnxModel:
    """AlexNet's kinds of layers, with few channels."""
    attributes: dict[str, Attribute] = {"mode": "linear"}
    enlarge: tuple[str, ...] = ("", "factors")
    if resize == "sizes":
        enlarge, attributes = ("", "", "sizes"), {**attributes, "axes": (2, 3)}
    return chain(
        (channels, SIZE, SIZE),
        [
            ("Resize", enlarge, attributes),
            ("Add", ("one",), {}),
            ("Mul", ("half",), {}),
            ("Sub", ("mean",), {}),
            ("Div", ("std",), {}),
            ("Conv", ("weight1", "bias1"), square(4, 2)),
            ("Relu", (), {}),
            ("MaxPool", (), {"kernel_shape": (3, 3), **square(2, 0)}),
            ("Conv", ("weight2", "bias2"), square(1, 2)),
            ("Relu", (), {}),
            ("Conv", ("weight3",), square(2, 1)),
        ],
        {
            "factors": torch.tensor([1.0, 1.0, 4.0, 4.0]),
            "sizes": torch.tensor([4 * SIZE, 4 * SIZE]),
            "one": torch.tensor(1.0),
            "half": torch.tensor(0.5),
            "mean": torch.tensor([0.5, 0.4, 0.3]).view(1, 3, 1, 1),
            "std": torch.tensor([0.2, 0.3, 0.4]).view(1, 3, 1, 1),
            "weight1": drawn(16, 3, 11, 11, seed=1),
            "bias1": drawn(16, seed=2),
            "weight2": drawn(24, 16, 5, 5, seed=3),
            "bias2": drawn(24, seed=4),
            "weight3": drawn(8, 24, 3, 3, seed=5),
        },
    )


def generator_graph() -> OnnxModel:
    """A DCGAN's kinds of layers."""
    doubling = {**square(2, 2), "output_padding": (1, 1)}
    return chain(
        (10,),
        [
            ("Gemm", ("weight1", "bias1"), {"transB": 1}),
            ("Relu", (), {}),
            ("Reshape", ("lengths",), {}),
            ("ConvTranspose", ("weight2", "bias2"), doubling),
            ("Relu", (), {}),
            ("ConvTranspose", ("weight3",), doubling),
            ("Tanh", (), {}),
        ],
        {
            "weight1": drawn(16 * 24, 10, seed=1),
            "bias1": drawn(16 * 24, seed=2),
            "lengths": torch.tensor([-1, 24, 4, 4]),
            "weight2": drawn(24, 16, 5, 5, seed=3),
            "bias2": drawn(16, seed=4),
            "weight3": drawn(16, 3, 5, 5, seed=5),
        },
    )


def in_half_precision(model: OnnxModel) -> OnnxModel:
    """The same with its convolutions' weights in float16, each cast before it is used."""
    large = {name: w for name, w in model.initializers.items() if name.startswith("weight")}
    casts = [GraphNode("Cast", "", name, (f"{name}_stored",), (name,), {"to": 1}) for name in large]
    stored = {f"{name}_stored": weight.half() for name, weight in large.items()}
    others = {name: w for name, w in model.initializers.items() if name not in large}
    return replace(model, nodes=(*casts, *model.nodes), initializers=others | stored)


def output_and_gradient(network: Callable[[Tensor], Tensor], batch: Tensor) -> list[Tensor]:
    batch = batch.clone().requires_grad_()
    output = network(batch)
    weight = torch.randn(output.shape, generator=torch.Generator().manual_seed(1))
    return [output.detach(), *torch.autograd.grad((output * weight.to(output)).sum(), batch)]


@pytest.mark.parametrize(
    ("model", "sample"),
    [
        (generator_graph(), (10,)),
        (feature_graph(), (3, SIZE, SIZE)),
        (feature_graph(resize="sizes"), (3, SIZE, SIZE)),
        (feature_graph(channels=1), (1, SIZE, SIZE)),
        (in_half_precision(feature_graph()), (3, SIZE, SIZE)),
        (in_half_precision(generator_graph()), (10,)),
    ],
    ids=["generator", "features", "sizes", "grey", "float16", "float16 generator"],
)
def test_a_quick_network_is_its_graph(model: OnnxModel, sample: tuple[int, ...]) -> None:
    batch = torch.rand(3, *sample, generator=torch.Generator().manual_seed(0)) * 2 - 1
    quick = quick_network(model)
    assert quick is not None
    expected = output_and_gradient(InterpretedNetwork(model), batch)
    for found, wanted in zip(output_and_gradient(quick, batch), expected, strict=True):
        assert found.shape == wanted.shape
        assert (found - wanted).abs().max() < 1e-4 * wanted.abs().max()


def test_every_convolution_that_can_is_quick() -> None:
    features, generator = quick_network(feature_graph()), quick_network(generator_graph())
    assert features is not None
    assert generator is not None
    assert [type(module) for module in features] == [
        EnlargingConvolution,
        nn.ReLU,
        nn.MaxPool2d,
        WinogradConvolution,
        nn.ReLU,
        nn.Conv2d,
    ]
    assert [type(module) for module in generator] == [
        nn.Linear,
        nn.ReLU,
        nn.Unflatten,
        UpsamplingConvolution,
        nn.ReLU,
        nn.ConvTranspose2d,
        nn.Tanh,
    ]


def changed(place: int, **attributes: Attribute) -> OnnxModel:
    model = feature_graph()
    nodes = list(model.nodes)
    nodes[place] = replace(nodes[place], attributes={**nodes[place].attributes, **attributes})
    return replace(model, nodes=tuple(nodes))


def of_kind(place: int, kind: str) -> OnnxModel:
    model = feature_graph()
    nodes = list(model.nodes)
    nodes[place] = replace(nodes[place], op_type=kind)
    return replace(model, nodes=tuple(nodes))


def branched() -> OnnxModel:
    model = feature_graph()
    last = model.nodes[-1]
    return replace(model, nodes=(*model.nodes[:-1], replace(last, inputs=("v3", "weight3"))))


@pytest.mark.parametrize(
    "model",
    [
        of_kind(9, "Softplus"),
        of_kind(7, "AveragePool"),
        branched(),
        changed(0, mode="nearest"),
        changed(0, coordinate_transformation_mode="align_corners"),
        changed(5, strides=(2, 2)),
        changed(5, group=2),
        changed(7, ceil_mode=1),
        changed(8, dilations=(2, 2)),
        changed(8, pads=(1, 2, 2, 2)),
        changed(8, auto_pad="SAME_UPPER"),
    ],
)
def test_another_kind_of_graph_is_left_alone(model: OnnxModel) -> None:
    assert quick_network(model) is None


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("quick") / "bundle"
    export_bundle(
        path,
        name="quick",
        generator=Generator(16, latent_dim=10, width=16).eval(),
        latent=LatentSpec(10, "uniform", (-1.0, 1.0)),
        features=AlexNetFeatures(layer="conv2"),
        feature_weight=0.1,
    )
    return load_bundle(path, threads=1)


def gradient(network: Callable[[Tensor], Tensor], batch: Tensor) -> Tensor:
    return output_and_gradient(network, batch)[1]


@pytest.mark.parametrize("engine", ["auto", "quick"])
def test_it_serves_gradients_of_batches_alone(
    bundle: Bundle, engine: EngineWish, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = load_bundle(bundle.path, threads=1, engine=engine)
    seen: list[tuple[int, ...]] = []
    run_quick = OnnxNetwork.run_quick

    def watched(network: OnnxNetwork, batch: Tensor) -> Tensor:
        seen.append(tuple(batch.shape))
        return run_quick(network, batch)

    monkeypatch.setattr(OnnxNetwork, "run_quick", watched)
    z = bundle.sample_latents(FEWEST_LATENTS_FOR_QUICK, seed=0)
    images = bundle.generator(z)
    assert networks.features is not None
    networks.generator(z)
    networks.features(images)
    gradient(networks.generator, z[:-1])
    assert seen == []
    gradient(networks.generator, z)
    gradient(networks.features, images[:1])
    assert seen == [(FEWEST_LATENTS_FOR_QUICK, 10), (1, 3, 16, 16)]


def test_an_engine_that_was_asked_for_is_kept(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OnnxNetwork, "run_quick", None)
    for engine in ("onnx", "torch"):
        networks = load_bundle(bundle.path, engine=engine, threads=1)
        gradient(networks.generator, bundle.sample_latents(16, seed=0))


def test_the_quick_engine_repeats_itself_and_agrees_with_onnx_runtime(bundle: Bundle) -> None:
    z = bundle.sample_latents(16, seed=1)
    ways = [load_bundle(bundle.path, engine=way, threads=1) for way in ("quick", "quick", "onnx")]
    first, again, onnx = (gradient(way.generator, z) for way in ways)
    assert torch.equal(first, again)
    assert (first - onnx).abs().max() < 1e-3 * onnx.abs().max()


def test_a_graph_without_a_quick_form_says_so(bundle: Bundle) -> None:
    torch.manual_seed(0)
    generator = nn.Sequential(
        nn.Linear(4, 48), nn.Unflatten(1, (3, 4, 4)), nn.Softplus(), nn.Upsample(scale_factor=4)
    )
    path = bundle.path.with_name("plain")
    export_bundle(
        path, name="plain", generator=generator.eval(), latent=LatentSpec(4, "normal", None)
    )
    quick, onnx = (load_bundle(path, engine=engine, threads=1) for engine in ("quick", "onnx"))
    z = quick.sample_latents(16, seed=0)
    assert torch.equal(gradient(quick.generator, z), gradient(onnx.generator, z))
    with pytest.raises(ValueError, match="no quick form"):
        quick.generator.run_quick(z)


def test_a_projection_comes_to_the_same_the_quick_way(bundle: Bundle) -> None:
    quick, plain = (load_bundle(bundle.path, engine=way, threads=1) for way in ("quick", "onnx"))
    pictures = tensor_to_pixels(bundle.generator(bundle.sample_latents(8, seed=5)))
    limits = Limits(iterations=3)
    quick_terms = project(quick, pictures, "optimisation", limits=limits).terms
    plain_terms = project(plain, pictures, "optimisation", limits=limits).terms
    torch.testing.assert_close(quick_terms.total, plain_terms.total, atol=0, rtol=1e-3)
