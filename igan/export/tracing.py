"""A Torch module as one graph of core ATen operators with a symbolic batch axis.

The graph is an `fx.GraphModule` with one placeholder, the input; weights and other constants are
its buffers. Every node knows what it computes: `node.meta["val"]` is a fake tensor.
"""

import copy
import io
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch._subclasses import FakeTensorMode
from torch.export import Dim, ExportedProgram
from torch.export.graph_signature import InputKind
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from igan.errors import ExportError
from igan.export.rules import capture_rules

aten = torch.ops.aten
# A size that no channel or kernel is likely to have.
_TRACED_BATCH = 5
_TALKATIVE_LOGGERS = ("torch._subclasses.fake_tensor", "torch.fx.experimental.symbolic_shapes")


def trace_module(network: nn.Module, sample_shape: Sequence[int]) -> fx.GraphModule:
    """Trace `network`, in evaluation mode, from inputs `(batch, *sample_shape)`.

    Computes in the dtype of the network's weights.

    Raises:
        ExportError: the network cannot be traced for every batch size.
    """
    network = copy.deepcopy(network).cpu().eval().requires_grad_(False)
    dtype = next((weight.dtype for weight in network.parameters()), torch.float32)
    example = torch.zeros(_TRACED_BATCH, *sample_shape, dtype=dtype)
    try:
        with _quiet_tracer(), _attention_in_the_open():
            program = torch.export.export(
                network, (example,), dynamic_shapes=({0: Dim("batch", min=1)},)
            )
            program = program.run_decompositions(capture_rules())
    except ExportError:
        raise
    except Exception as error:  # The tracer raises whatever the network's code ran into.
        reason = first_line(error)
        if reason.startswith("Constraints violated"):
            reason = "its code takes the batch size for a constant, as len(x) does; use x.shape[0]."
        raise ExportError(
            f"{type(network).__name__} cannot be traced with a free batch size: {reason}"
        ) from error
    return _with_constants_inside(program)


def retrace(
    function: Callable[..., Any],
    graph: fx.GraphModule,
    inputs: Sequence[Tensor],
    rules: dict[Any, Callable[..., Any]],
) -> fx.GraphModule:
    """Trace `function(run, *inputs)` anew, where `run(x)` runs `graph`; `rules` rewrite operators.

    `inputs` are fake tensors of the mode that `graph` was traced in. The result has a placeholder
    for each of them and the constants of `graph` as buffers of the same names.
    """
    constants = dict(graph.named_buffers())
    mode = inputs[0].fake_mode  # type: ignore[attr-defined]
    fakes = [mode.from_tensor(constant, static_shapes=True) for constant in constants.values()]

    def lifted(*arguments: Tensor) -> Any:
        own = dict(zip(constants, arguments[: len(constants)], strict=True))
        with _FreeBatch(mode):
            return function(_Runner(graph, own).run, *arguments[len(constants) :])

    with _quiet_tracer(), mode:
        traced = make_fx(lifted, decomposition_table=rules)(*fakes, *inputs)
    placeholders = traced.graph.find_nodes(op="placeholder")
    for placeholder, (name, constant) in zip(placeholders, constants.items(), strict=False):
        replace_by_constant(traced, placeholder, name, constant)
    finish(traced)
    return traced


def finish(graph: fx.GraphModule) -> None:
    """Remove what nobody uses."""
    graph.graph.eliminate_dead_code(
        is_impure_node=lambda node: node.op in ("placeholder", "output")
    )
    used = {node.target for node in graph.graph.find_nodes(op="get_attr")}
    for name in [name for name, _ in graph.named_buffers()]:
        if name not in used:
            delattr(graph, name)
    graph.graph.lint()
    graph.recompile()


def replace_by_constant(graph: fx.GraphModule, node: fx.Node, name: str, value: Tensor) -> None:
    """Put the constant `name` in the place of `node`."""
    if name not in dict(graph.named_buffers()):
        graph.register_buffer(name, value)
    with graph.graph.inserting_before(node):
        constant = graph.graph.get_attr(name)
    constant.meta["val"] = node.meta["val"]
    node.replace_all_uses_with(constant)
    graph.graph.erase_node(node)


def free_name(graph: fx.GraphModule, wanted: str) -> str:
    """`wanted`, or with a number, so that it names no constant of `graph` yet."""
    taken, name, number = dict(graph.named_buffers()), wanted, 1
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def input_node(graph: fx.GraphModule) -> fx.Node:
    """The first placeholder."""
    return graph.graph.find_nodes(op="placeholder")[0]


def output_nodes(graph: fx.GraphModule) -> tuple[fx.Node, ...]:
    """What the graph returns."""
    return tuple(tree_leaves(graph.graph.output_node().args))


@contextmanager
def _quiet_tracer() -> Iterator[None]:
    """What the tracer logs or prints before it raises is in the exception too."""
    loggers = [logging.getLogger(name) for name in _TALKATIVE_LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with redirect_stderr(io.StringIO()):
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def _attention_in_the_open() -> Iterator[None]:
    """Transformer layers by their parts, not as the one operator they are in evaluation mode."""
    was_enabled = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(was_enabled)


class _Runner(fx.Interpreter):
    """Runs a graph with fake tensors in the place of its constants."""

    def __init__(self, graph: fx.GraphModule, constants: dict[str, Tensor]) -> None:
        super().__init__(graph)
        self._constants = constants
        self.extra_traceback = False

    def get_attr(self, target: Any, args: Any, kwargs: Any) -> Tensor:
        return self._constants[target]


class _FreeBatch(TorchDispatchMode):
    """Names the operator, of the network or of its gradient, that fixes the batch size."""

    def __init__(self, mode: FakeTensorMode) -> None:
        super().__init__()
        self._sizes = mode.shape_env

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if self._sizes is not None and self._sizes.replacements:
            raise ExportError(f"{func} fixes the batch size, which must stay free.")
        return result


def _with_constants_inside(program: ExportedProgram) -> fx.GraphModule:
    values = {**program.state_dict, **program.constants}
    graph = fx.GraphModule(nn.Module(), copy.deepcopy(program.graph_module.graph))
    specs = program.graph_signature.input_specs
    for placeholder, spec in zip(graph.graph.find_nodes(op="placeholder"), specs, strict=True):
        if spec.kind != InputKind.USER_INPUT:
            name = free_name(graph, str(spec.target).replace(".", "_"))
            replace_by_constant(graph, placeholder, name, values[spec.target].detach())
    outputs = output_nodes(graph)
    if len(outputs) != 1:
        raise ExportError(f"a network must return one tensor, but this one returns {len(outputs)}.")
    finish(graph)
    return graph


def first_line(error: Exception) -> str:
    """What an exception of Torch says before it goes into detail."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def is_symbolic(node: fx.Node) -> bool:
    """Whether the node is a whole number that depends on the batch size, not a tensor."""
    return isinstance(node.meta.get("val"), torch.SymInt)


def is_batch_size(node: fx.Node) -> bool:
    """Whether the node asks a tensor for the batch size, which is the same for all of them."""
    return node.target is aten.sym_size.int and node.meta["val"].node.expr.is_Symbol
