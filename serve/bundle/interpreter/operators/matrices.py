"""Products of matrices."""

import torch
from torch import Tensor

from serve.bundle.interpreter.registry import Function, Node, Numbers, operator


@operator("MatMul")
def matrix_product(node: Node) -> Function:
    return torch.matmul


@operator("Gemm")
def general_product(node: Node) -> Function:
    alpha, beta = node.number("alpha", 1.0), node.number("beta", 1.0)
    turn_left, turn_right = node.integer("transA", 0), node.integer("transB", 0)

    def run(left: Tensor, right: Tensor, offset: Tensor | None = None) -> Tensor:
        left = left.t() if turn_left else left
        right = right.t() if turn_right else right
        if offset is not None:
            return torch.addmm(offset, left, right, beta=beta, alpha=alpha)
        product = torch.mm(left, right)
        return product if alpha == 1 else product * alpha

    return run


@operator("Einsum")
def einstein_sum(node: Node) -> Function:
    equation = str(node.graph_node.attributes.get("equation", ""))
    node.ignore("equation")
    if not equation:
        raise node.refuse("has no equation")
    return lambda *operands: torch.einsum(equation, *operands)


@operator("Trilu", known_inputs=(1,))
def triangle(node: Node) -> Function:
    keep = torch.triu if node.integer("upper", 1) else torch.tril

    def run(source: Tensor, diagonal: Tensor | Numbers | None = None) -> Tensor:
        return keep(source, 0 if diagonal is None else int(diagonal))

    return run
