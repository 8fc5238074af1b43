"""A network's graph, where it is a plain chain, as a chain of quick modules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from torch import Tensor, nn

from serve.bundle.interpreter import OnnxModel
from serve.bundle.interpreter.model import GraphNode
from serve.bundle.quick.enlarging import EnlargingConvolution
from serve.bundle.quick.upsampling import UpsamplingConvolution
from serve.bundle.quick.winograd import WinogradConvolution

_IMAGE_AXES = (2, 3)
_FLOAT = 1  # ONNX's number for float32.
_ACTIVATIONS: dict[str, type[nn.Module]] = {
    "Relu": nn.ReLU,
    "Sigmoid": nn.Sigmoid,
    "Tanh": nn.Tanh,
}
_Layer = TypeVar("_Layer", nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


def quick_network(model: OnnxModel) -> nn.Sequential | None:
    """The network of a graph with few multiplications, or None where it is not of this kind.

    It maps float32 (N, ...) to what the graph gives, to float32's rounding, and is differentiable
    in its input. Of this kind are plain chains: feature networks of convolutions, ReLU and
    max-pooling, which may begin with a bilinear enlargement and changes of the channels' scale
    (AlexNet, VGG), and generators of a linear layer and transposed convolutions (DCGAN).
    """
    constants = _constants(model)
    nodes = _chain(model, constants)
    if nodes is None:
        return None
    reader = _Reader(model, nodes, constants)
    modules = list(reader.modules())
    return None if reader.foreign else nn.Sequential(*modules)


def _constants(model: OnnxModel) -> dict[str, Tensor]:
    """The weights by name, also those that are stored in float16 and cast to float32."""
    constants = dict(model.initializers)
    for node in model.nodes:
        is_cast = node.op_type == "Cast" and node.attributes.get("to") == _FLOAT
        if is_cast and node.inputs[0] in constants:
            constants[node.outputs[0]] = constants[node.inputs[0]].float()
    return constants


def _chain(model: OnnxModel, constants: Mapping[str, Tensor]) -> list[GraphNode] | None:
    """The nodes in order, if each takes what the one before it gives, and nothing else does."""
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        return None
    value = model.inputs[0].name
    nodes = [node for node in model.nodes if node.outputs[0] not in constants]
    for node in nodes:
        given = [name for name in node.inputs if name and name not in constants]
        if given != [value] or node.inputs[0] != value or node.domain:
            return None
        value = node.outputs[0]
    return nodes if value == model.outputs[0].name else None


@dataclass
class _Head:
    """The `joined` nodes before the first convolution: enlarge, then multiply and add."""

    factor: int = 1
    scale: Tensor = field(default_factory=lambda: torch.ones(1, dtype=torch.float64))
    shift: Tensor = field(default_factory=lambda: torch.zeros(1, dtype=torch.float64))
    joined: int = 0


class _Reader:
    """Turns nodes into modules; `foreign` once one is met that has none."""

    def __init__(
        self, model: OnnxModel, nodes: Sequence[GraphNode], constants: Mapping[str, Tensor]
    ) -> None:
        self._nodes, self._constants = nodes, constants
        shape = model.inputs[0].shape or ()
        self._lengths = shape[1:]
        self.foreign = False

    def modules(self) -> Iterator[nn.Module]:
        head = _Head()
        in_head = True
        for node in self._nodes:
            if in_head and self._joins(node, head):
                continue
            module = self._first(node, head) if in_head and head.joined else self._module(node)
            if module is None:
                self.foreign = True
                return
            in_head = False
            yield module
        self.foreign = self.foreign or in_head

    def _joins(self, node: GraphNode, head: _Head) -> bool:
        """Take a node into the head, if it is one of those that stand there."""
        if node.op_type == "Resize":
            factor = self._enlargement(node)
            if factor is None or head.joined:
                return False
            head.factor = factor
            head.joined += 1
            return True
        if node.op_type not in ("Add", "Sub", "Mul", "Div"):
            return False
        constant = self._channels(node.inputs[1])
        if constant is None:
            return False
        if node.op_type in ("Add", "Sub"):
            head.shift = head.shift + (constant if node.op_type == "Add" else -constant)
        else:
            factors = constant if node.op_type == "Mul" else 1 / constant
            head.scale, head.shift = head.scale * factors, head.shift * factors
        head.joined += 1
        return True

    def _first(self, node: GraphNode, head: _Head) -> nn.Module | None:
        """The convolution that a head ends in, joined with it."""
        kernel = self._kernel(node) if node.op_type == "Conv" else None
        if kernel is None or len(self._lengths) != 3:
            return None
        channels, high, wide = self._lengths
        weight, bias, step, padding = kernel
        if channels not in (1, weight.shape[1]) or not isinstance(high, int) or high != wide:
            return None
        if not EnlargingConvolution.fits(weight.shape[2], head.factor, step, padding, high):
            return None
        scale, shift = (value.expand(weight.shape[1]) for value in (head.scale, head.shift))
        return EnlargingConvolution(
            weight,
            bias,
            scale,
            shift,
            factor=head.factor,
            step=step,
            padding=padding,
            size=high,
            is_grey=channels < weight.shape[1],
        )

    def _module(self, node: GraphNode) -> nn.Module | None:
        if node.op_type in _ACTIVATIONS and not node.attributes:
            return _ACTIVATIONS[node.op_type]()
        makers = {
            "Conv": self._convolution,
            "ConvTranspose": self._upsampling,
            "Gemm": self._linear,
            "Reshape": self._unflatten,
            "MaxPool": _pooling,
        }
        return makers[node.op_type](node) if node.op_type in makers else None

    def _convolution(self, node: GraphNode) -> nn.Module | None:
        kernel = self._kernel(node)
        if kernel is None:
            return None
        weight, bias, step, padding = kernel
        if WinogradConvolution.fits(weight, step, padding):
            return WinogradConvolution(weight, bias, padding)
        out_channels, in_channels, taps, _ = weight.shape
        return _with_weights(
            nn.Conv2d(in_channels, out_channels, taps, step, padding, device="meta"),
            weight.contiguous(memory_format=torch.channels_last),
            bias,
        )

    def _upsampling(self, node: GraphNode) -> nn.Module | None:
        kernel = self._kernel(node)
        extra = node.attributes.get("output_padding", (0, 0))
        if kernel is None or not isinstance(extra, tuple) or len(set(extra)) != 1:
            return None
        if "output_shape" in node.attributes:
            return None
        weight, bias, step, padding = kernel
        in_channels, out_channels, taps, _ = weight.shape
        output_padding = int(extra[0])
        if UpsamplingConvolution.fits(weight, step, padding, output_padding):
            return UpsamplingConvolution(weight, bias, step, padding)
        return _with_weights(
            nn.ConvTranspose2d(
                in_channels, out_channels, taps, step, padding, output_padding, device="meta"
            ),
            weight.contiguous(memory_format=torch.channels_last),
            bias,
        )

    def _linear(self, node: GraphNode) -> nn.Module | None:
        weight, bias = self._weights(node)
        plain = {"alpha": 1.0, "beta": 1.0, "transA": 0}
        given = {key: node.attributes.get(key, value) for key, value in plain.items()}
        if weight is None or weight.ndim != 2 or given != plain:
            return None
        weight = weight if node.attributes.get("transB", 0) else weight.T
        if bias is not None and bias.shape != weight.shape[:1]:
            return None
        out_features, in_features = weight.shape
        return _with_weights(nn.Linear(in_features, out_features, device="meta"), weight, bias)

    def _unflatten(self, node: GraphNode) -> nn.Module | None:
        lengths = self._constants.get(node.inputs[1])
        if lengths is None or node.attributes.get("allowzero", 0):
            return None
        first, *others = lengths.tolist()
        return nn.Unflatten(1, others) if first == -1 and min(others, default=0) > 0 else None

    def _weights(self, node: GraphNode) -> tuple[Tensor | None, Tensor | None]:
        names = (*node.inputs[1:], "", "")
        return self._constants.get(names[0]), self._constants.get(names[1])

    def _kernel(self, node: GraphNode) -> tuple[Tensor, Tensor | None, int, int] | None:
        """Weight, bias, step and padding of a convolution that is the same along both axes."""
        weight, bias = self._weights(node)
        window = None if weight is None else _square_window(node, weight.shape[2:])
        return None if weight is None or window is None else (weight, bias, *window)

    def _enlargement(self, node: GraphNode) -> int | None:
        """The whole factor of a bilinear enlargement of both image axes, by scales or sizes."""
        attributes = node.attributes
        known = {"mode", "coordinate_transformation_mode", "axes"}
        if (
            attributes.get("mode") != "linear"
            or attributes.get("coordinate_transformation_mode", "half_pixel") != "half_pixel"
            or set(attributes) - known
            or attributes.get("axes", _IMAGE_AXES) not in (_IMAGE_AXES, (0, 1, *_IMAGE_AXES))
            or len(self._lengths) != 3
        ):
            return None
        _, _, *names = (*node.inputs, "", "")
        scales, sizes = (self._constants.get(name) for name in names[:2])
        if scales is not None:
            factors = set(scales.tolist()[-2:])
        elif sizes is not None:
            pairs = zip(sizes.tolist()[-2:], self._lengths[1:], strict=True)
            factors = {size / length for size, length in pairs if isinstance(length, int)}
        else:
            return None
        factor = factors.pop()
        return int(factor) if not factors and factor >= 1 and factor == int(factor) else None

    def _channels(self, name: str) -> Tensor | None:
        """A constant that is one number, or one for each channel, float64."""
        constant = self._constants.get(name)
        if constant is None or not constant.is_floating_point():
            return None
        lengths = constant.shape
        if constant.numel() != 1 and (len(lengths) < 3 or lengths[-3] != constant.numel()):
            return None
        return constant.double().flatten()


def _pooling(node: GraphNode) -> nn.Module | None:
    taps = node.attributes.get("kernel_shape")
    window = _square_window(node, taps) if isinstance(taps, tuple) else None
    if window is None or not isinstance(taps, tuple) or node.attributes.get("ceil_mode", 0):
        return None
    if node.attributes.get("storage_order", 0) or len(node.outputs) > 1:
        return None
    step, padding = window
    return nn.MaxPool2d(int(taps[0]), step, padding)


def _square_window(node: GraphNode, taps: Sequence[object]) -> tuple[int, int] | None:
    """Step and padding of a window that is the same along both axes, ungrouped and undilated."""
    attributes = node.attributes
    steps, pads = attributes.get("strides", (1, 1)), attributes.get("pads", (0,) * 4)
    if not isinstance(steps, tuple) or not isinstance(pads, tuple):
        return None
    if (
        len(taps) != 2
        or len({*taps}) != 1
        or len({*steps}) != 1
        or len({*pads}) != 1
        or attributes.get("dilations", (1, 1)) != (1, 1)
        or attributes.get("group", 1) != 1
        or attributes.get("auto_pad", "NOTSET") != "NOTSET"
    ):
        return None
    return int(steps[0]), int(pads[0])


def _with_weights(layer: _Layer, weight: Tensor, bias: Tensor | None) -> _Layer:
    layer.weight = nn.Parameter(weight, requires_grad=False)
    layer.register_parameter(
        "bias", None if bias is None else nn.Parameter(bias, requires_grad=False)
    )
    return layer
