"""Operators that act value by value, with ONNX's broadcasting."""

import functools
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from serve.bundle.interpreter.registry import Function, Node, Numbers, operator, to_tensor
from serve.bundle.interpreter.tensor_data import torch_dtype

_UNARY: dict[str, Callable[[Tensor], Tensor]] = {
    "Abs": torch.abs,
    "Ceil": torch.ceil,
    "Atan": torch.atan,
    "Cos": torch.cos,
    "Erf": torch.erf,
    "Exp": torch.exp,
    "Floor": torch.floor,
    "Identity": lambda source: source,
    "Log": torch.log,
    "Neg": torch.neg,
    "Not": torch.logical_not,
    "Reciprocal": torch.reciprocal,
    "Round": torch.round,
    "Sign": torch.sign,
    "Sin": torch.sin,
    "Sqrt": torch.sqrt,
}

_BINARY: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "Add": torch.add,
    "And": torch.logical_and,
    "Equal": torch.eq,
    "Greater": torch.gt,
    "GreaterOrEqual": torch.ge,
    "Less": torch.lt,
    "LessOrEqual": torch.le,
    "Mul": torch.mul,
    "Or": torch.logical_or,
    "Sub": torch.sub,
    "Xor": torch.logical_xor,
}


@operator(*_UNARY)
def unary(node: Node) -> Function:
    return _UNARY[node.op_type]


@operator(*_BINARY)
def binary(node: Node) -> Function:
    return _BINARY[node.op_type]


@operator("Pow", known_inputs=(1,))
def power(node: Node) -> Function:
    def run(base: Tensor, exponent: Tensor | Numbers) -> Tensor:
        if not isinstance(exponent, Tensor):
            same = len(set(exponent.reshape(-1).tolist())) == 1
            exponent = exponent.reshape(-1)[0] if same else to_tensor(exponent, base.device)
        return torch.pow(base, exponent).to(base.dtype)

    return run


@operator("Div")
def divide(node: Node) -> Function:
    def run(left: Tensor, right: Tensor) -> Tensor:
        if left.is_floating_point():
            return left / right
        return torch.div(left, right, rounding_mode="trunc")

    return run


@operator("Mod")
def remainder(node: Node) -> Function:
    like_c = node.integer("fmod", 0)
    return torch.fmod if like_c else torch.remainder


_VARIADIC: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "Max": torch.maximum,
    "Mean": torch.add,
    "Min": torch.minimum,
    "Sum": torch.add,
}


@operator(*_VARIADIC)
def variadic(node: Node) -> Function:
    combine = _VARIADIC[node.op_type]

    def run(*parts: Tensor) -> Tensor:
        combined = functools.reduce(combine, parts)
        return combined / len(parts) if node.op_type == "Mean" else combined

    return run


@operator("Where")
def where(node: Node) -> Function:
    return torch.where


@operator("Clip", known_inputs=(1, 2))
def clip(node: Node) -> Function:
    def run(
        source: Tensor,
        least: Tensor | Numbers | None = None,
        most: Tensor | Numbers | None = None,
    ) -> Tensor:
        low, high = (
            limit if limit is None or isinstance(limit, Tensor) else limit.item()
            for limit in (least, most)
        )
        if isinstance(low, float | int) and isinstance(high, float | int):
            return functional.hardtanh(source, low, high)
        return torch.clamp(source, low, high)

    return run


@operator("Cast")
def cast(node: Node) -> Function:
    node.ignore("saturate", "round_mode")
    try:
        dtype = torch_dtype(node.integer("to", 0))
    except ValueError as error:
        raise node.refuse(f"casts to a type that is not supported: {error}") from None

    def run(source: Tensor) -> Tensor:
        return source.to(dtype)

    return run


@operator("CastLike")
def cast_like(node: Node) -> Function:
    node.ignore("saturate", "round_mode")

    def run(source: Tensor, like: Tensor) -> Tensor:
        return source.to(like.dtype)

    return run
