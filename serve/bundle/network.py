"""An exported network as a Torch function: differentiable where its gradient graphs exist."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from serve.bundle.manifest import NetworkManifest, TensorSpec
from serve.bundle.runtime import Runtime, computes_on_cuda, first_line
from serve.errors import BundleError, ServeError

_TORCH_DTYPES = {"float32": torch.float32, "int64": torch.int64, "bool": torch.bool}
_NUMPY_DTYPES = {"float32": np.float32, "int64": np.int64, "bool": np.bool_}


class OnnxNetwork:
    """Maps `float32 (N, *input.sample_shape)` to `float32 (N, *output.sample_shape)`.

    With gradient graphs the result takes part in autograd (first derivatives with respect to the
    input); without them it does not require grad, whatever the input does. Sessions are made on
    first use and shared; any number of threads may call at once.
    """

    def __init__(self, folder: Path, manifest: NetworkManifest, runtime: Runtime) -> None:
        self.manifest = manifest
        self._folder, self._runtime = folder, runtime
        self._sessions: dict[str, onnxruntime.InferenceSession] = {}
        self._lock = threading.Lock()
        output_grad = f"grad_{manifest.output.name}"
        self._grad_output = TensorSpec(output_grad, manifest.output.sample_shape)
        self._grad_input = TensorSpec(f"grad_{manifest.input.name}", manifest.input.sample_shape)
        known = (manifest.input, manifest.output)
        self._saved = tuple(spec for spec in manifest.residuals if spec not in known)

    def __call__(self, batch: Tensor) -> Tensor:
        """Raises ValueError for a tensor of another shape or dtype than the network's input."""
        self._check(batch)
        if self.manifest.differentiable and batch.requires_grad and torch.is_grad_enabled():
            return _Differentiable.apply(batch, self)
        return self.run_forward(batch)

    def run_forward(self, batch: Tensor) -> Tensor:
        """The output, outside autograd."""
        manifest = self.manifest
        inputs = {manifest.input.name: batch}
        (output,) = self._run(manifest.forward, inputs, [manifest.output])
        return output

    def run_forward_saving(self, batch: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """The output and the residuals that `run_backward` needs, in the manifest's order."""
        manifest = self.manifest
        file = self._gradient_graph(manifest.forward_saving)
        wanted = [manifest.output, *self._saved]
        results = self._run(file, {manifest.input.name: batch}, wanted)
        by_name = {spec.name: result for spec, result in zip(wanted, results, strict=True)}
        by_name[manifest.input.name] = batch
        return results[0], tuple(by_name[residual.name] for residual in manifest.residuals)

    def run_backward(self, residuals: Sequence[Tensor], grad_output: Tensor) -> Tensor:
        """The gradient of a loss by the input, from its gradient by the output."""
        file = self._gradient_graph(self.manifest.backward)
        inputs = {self._grad_output.name: grad_output}
        for spec, residual in zip(self.manifest.residuals, residuals, strict=True):
            inputs[spec.name] = residual
        (grad_input,) = self._run(file, inputs, [self._grad_input])
        return grad_input

    def open(self) -> None:
        """Make every session now, which otherwise happens on first use.

        Raises:
            BundleError: a graph cannot be run, or has other inputs and outputs than it should.
        """
        for file in self.manifest.graph_files:
            self._session(file)

    def _gradient_graph(self, file: str | None) -> str:
        if file is None:
            raise BundleError(
                f"{self._folder} holds no graphs for the gradient of {self.manifest.output.name} "
                f"by {self.manifest.input.name}; export the run again."
            )
        return file

    def _check(self, batch: Tensor) -> None:
        wanted = self.manifest.input.sample_shape
        if batch.dtype != torch.float32 or tuple(batch.shape[1:]) != wanted or len(batch) == 0:
            raise ValueError(
                f"{self.manifest.input.name} must be float32 of shape (N, "
                f"{', '.join(map(str, wanted))}) with N at least 1, but are "
                f"{str(batch.dtype).removeprefix('torch.')} of shape {tuple(batch.shape)}."
            )

    def _session(self, file: str) -> onnxruntime.InferenceSession:
        with self._lock:
            if file not in self._sessions:
                session = self._runtime.open(self._folder / file)
                self._check_signature(file, session)
                self._sessions[file] = session
            return self._sessions[file]

    def _check_signature(self, file: str, session: onnxruntime.InferenceSession) -> None:
        manifest = self.manifest
        inputs, outputs = {
            manifest.forward: ([manifest.input], [manifest.output]),
            manifest.forward_saving: ([manifest.input], [manifest.output, *self._saved]),
            manifest.backward: ([self._grad_output, *manifest.residuals], [self._grad_input]),
        }[file]
        for kind, specs, nodes in (
            ("inputs", inputs, session.get_inputs()),
            ("outputs", outputs, session.get_outputs()),
        ):
            wanted = {(spec.name, spec.sample_shape) for spec in specs}
            found = {(node.name, tuple(node.shape[1:])) for node in nodes}
            if wanted != found:
                names = ", ".join(sorted(name for name, _ in wanted ^ found))
                raise BundleError(
                    f"{self._folder / file} has other {kind} than its manifest says ({names}); "
                    "take an intact copy of the bundle."
                )

    def _run(self, file: str, inputs: dict[str, Tensor], wanted: list[TensorSpec]) -> list[Tensor]:
        """Run a graph on Torch's own memory, in and out, without copies."""
        session = self._session(file)
        first = next(iter(inputs.values()))
        home = first.device
        device = home if computes_on_cuda(session) else torch.device("cpu")
        binding = session.io_binding()
        kept_alive = []
        for name, value in inputs.items():
            tensor = value.detach().to(device).contiguous()
            kept_alive.append(tensor)
            _bind(binding.bind_input, name, tensor)
        outputs = []
        for spec in wanted:
            shape = (len(first), *spec.sample_shape)
            outputs.append(torch.empty(shape, dtype=_TORCH_DTYPES[spec.dtype], device=device))
            _bind(binding.bind_output, spec.name, outputs[-1])
        if device.type == "cuda":
            torch.cuda.current_stream(device).synchronize()
        try:
            session.run_with_iobinding(binding)
        except Exception as error:  # ONNX Runtime's exceptions have no common class.
            raise ServeError(f"ONNX Runtime failed on {file}: {first_line(error)}") from error
        return [output.to(home) for output in outputs]


class _Differentiable(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, batch: Tensor, network: OnnxNetwork) -> Tensor:
        output, residuals = network.run_forward_saving(batch)
        ctx.network = network
        ctx.save_for_backward(*residuals)
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None]:
        return ctx.network.run_backward(ctx.saved_tensors, grad_output), None


def _bind(bind: Any, name: str, tensor: Tensor) -> None:
    dtype = _NUMPY_DTYPES[str(tensor.dtype).removeprefix("torch.")]
    bind(name, tensor.device.type, tensor.device.index or 0, dtype, tensor.shape, tensor.data_ptr())
