"""Rewrites of a traced graph that change no value: constants folded, activations reused."""

import torch
from torch import fx

from igan.export.tracing import finish, free_name, replace_by_constant

aten = torch.ops.aten
_MATRIX_PRODUCTS = (aten.mm.default, aten.addmm.default)
_SIGN_TESTS = (aten.gt.Scalar, aten.le.Scalar)
# A turned kernel is a second copy of a weight; the runtime makes it when it loads the graph.
_NEVER_FOLDED = (aten.flip.default,)


def simplify(graph: fx.GraphModule) -> None:
    """Apply every rewrite to `graph`, in place."""
    remove_copies(graph)
    cancel_transpositions(graph)
    fold_constants(graph)
    test_signs_after_leaky_relu(graph)
    finish(graph)


def remove_copies(graph: fx.GraphModule) -> None:
    """A copy of a value is the value; a view that relied on its layout becomes a reshape."""
    for node in list(graph.graph.nodes):
        if node.target in (aten.alias.default, aten.detach.default, aten.clone.default):
            node.replace_all_uses_with(node.args[0])
        elif node.target is aten.view.default:
            node.target = aten.reshape.default
    finish(graph)


def cancel_transpositions(graph: fx.GraphModule) -> None:
    """A permutation followed by its inverse is nothing."""
    for node in graph.graph.find_nodes(op="call_function", target=aten.permute.default):
        inner, order = node.args
        if inner.target is aten.permute.default:
            source, first = inner.args
            if [first[place] for place in order] == list(range(len(order))):
                node.replace_all_uses_with(source)
    finish(graph)


def fold_constants(graph: fx.GraphModule) -> None:
    """Compute once what depends on constants alone.

    A transposed weight of a matrix product stays as it is: a linear layer and its gradient share
    one weight, and the product transposes for free.
    """
    for node in list(graph.graph.nodes):
        if (
            node.op == "call_function"
            and isinstance(node.meta.get("val"), torch.Tensor)
            and node.target not in _NEVER_FOLDED
            and all(source.op == "get_attr" for source in node.all_input_nodes)
            and not is_transposed_weight(node)
            and not any(user.target is aten.flip.default for user in node.users)
        ):
            values = fx.map_arg(
                (node.args, node.kwargs), lambda source: graph.get_buffer(str(source.target))
            )
            value = node.target(*values[0], **values[1])
            replace_by_constant(graph, node, free_name(graph, node.name), value.contiguous())


def is_transposed_weight(node: fx.Node) -> bool:
    """Whether the node is a transposed constant that only matrix products take, on their right."""
    if node.target is not aten.permute.default or node.args[0].op != "get_attr":  # type: ignore
        return False
    return all(user.target in _MATRIX_PRODUCTS and user.args[-1] is node for user in node.users)


def test_signs_after_leaky_relu(graph: fx.GraphModule) -> None:
    """A leaky ReLU keeps the sign, so its gradient can look at its result.

    What stands before it need not be kept then, and can be computed in one go with it.
    """
    for activation in graph.graph.find_nodes(
        op="call_function", target=aten.leaky_relu.default, sort=True
    ):
        source, slope = activation.args[0], activation.args[1] if activation.args[1:] else 0.01
        if slope <= 0:
            continue
        for test in list(source.users):
            if test.target in _SIGN_TESTS and test.args[1] == 0:
                test.update_arg(0, activation)
