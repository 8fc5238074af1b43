"""An exported network as a Torch function: differentiable where its gradient graphs exist."""

import threading
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from serve.bundle.engines import (
    FEWEST_LATENTS_FOR_QUICK,
    LEAST_BATCH_TRIED,
    Engine,
    EngineWish,
    FastestEngine,
    size_class,
)
from serve.bundle.files import FolderFiles
from serve.bundle.graphs import read_graph
from serve.bundle.interpreter import computes_bfloat16, torch_network
from serve.bundle.manifest import NetworkManifest
from serve.bundle.quick import quick_network
from serve.bundle.runtime import Runtime, computes_on_cuda, first_line
from serve.bundle.signature import signatures
from serve.errors import BundleError, ServeError

_TORCH_DTYPES = {"float32": torch.float32, "int64": torch.int64, "bool": torch.bool}
_NUMPY_DTYPES = {"float32": np.float32, "int64": np.int64, "bool": np.bool_}


class OnnxNetwork:
    """Maps `float32 (N, *input.sample_shape)` to `float32 (N, *output.sample_shape)`.

    With gradient graphs the result takes part in autograd (first derivatives with respect to the
    input); without them it does not require grad, whatever the input does. Sessions are made on
    first use and shared; any number of threads may call at once.

    `engine` says what computes:

    - "onnx": ONNX Runtime;
    - "torch": the same graph run by Torch;
    - "quick": gradients on a CPU by the graph's quick form, where it has one and the batch is
      worth it (see `serve.bundle.quick`), all else by ONNX Runtime. The same batch always gets the
      same answer;
    - "auto": as "quick", but where that leaves a batch to ONNX Runtime, the faster of it and Torch
      by a trial. They differ in rounding; a trial that comes out otherwise elsewhere changes
      results by as much. For gradients alone, Torch may compute in bfloat16 where the machine does
      so in hardware.
    """

    def __init__(
        self,
        folder: Path,
        manifest: NetworkManifest,
        runtime: Runtime,
        files: Mapping[str, memoryview] | None = None,
        engine: EngineWish = "onnx",
    ) -> None:
        """`files` are the contents of the bundle's files, verified; read from `folder` if None."""
        self.manifest = manifest
        self._folder, self._runtime = folder, runtime
        self._files = FolderFiles(folder) if files is None else files
        self._signatures = signatures(manifest)
        self._sessions: dict[str, onnxruntime.InferenceSession] = {}
        self._modules: dict[tuple[torch.device, bool], nn.Module] = {}
        self._quick: nn.Module | None = None
        self._quick_is_known = False
        self._lock = threading.Lock()
        self._wish, self._fastest = engine, FastestEngine()

    def __call__(self, batch: Tensor) -> Tensor:
        """Raises ValueError for a tensor of another shape or dtype than the network's input."""
        self._check(batch)
        wants_gradient = batch.requires_grad and torch.is_grad_enabled()
        differentiate = self.manifest.differentiable and wants_gradient
        engine = self._engine(batch, differentiate)
        return self._compute(engine, batch, differentiate)

    @property
    def engines_found(self) -> Mapping[tuple[object, ...], Engine]:
        """What the trials of "auto" found, by (device, "gradient" or "forward", size class)."""
        return self._fastest.found

    def run_forward(self, batch: Tensor) -> Tensor:
        """The output by ONNX Runtime, outside autograd."""
        (output,) = self._run(self.manifest.forward, [batch])
        return output

    def run_forward_saving(self, batch: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """The output and the residuals that `run_backward` needs, in the manifest's order."""
        manifest = self.manifest
        file = self._gradient_graph(manifest.forward_saving)
        results = self._run(file, [batch])
        names = [spec.name for spec in self._signatures[file].outputs]
        by_name = {manifest.input.name: batch, **dict(zip(names, results, strict=True))}
        return results[0], tuple(by_name[residual.name] for residual in manifest.residuals)

    def run_backward(self, residuals: Sequence[Tensor], grad_output: Tensor) -> Tensor:
        """The gradient of a loss by the input, from its gradient by the output."""
        file = self._gradient_graph(self.manifest.backward)
        (grad_input,) = self._run(file, [grad_output, *residuals])
        return grad_input

    def run_torch(self, batch: Tensor, *, bfloat16: bool = False) -> Tensor:
        """The output by Torch on the device of `batch`, differentiable by autograd."""
        return self._module(batch.device, bfloat16)(batch)

    def run_quick(self, batch: Tensor) -> Tensor:
        """The output by the graph's quick form on the CPU, differentiable by autograd.

        Raises:
            ValueError: the graph has none.
        """
        quick = self._quick_module()
        if quick is None:
            raise ValueError(f"{self.manifest.forward} has no quick form")
        return quick(batch)

    def check(self) -> None:
        """Read every graph and check it against the manifest; nothing is run.

        Raises:
            BundleError: a graph is damaged, is not what the manifest says, or may not be run.
        """
        for file in self.manifest.graph_files:
            read_graph(self._folder, self.manifest, file, self._files)

    def open(self) -> None:
        """Make every session now, which otherwise happens on first use.

        Raises:
            BundleError: a graph cannot be run, or is not what the manifest says.
        """
        for file in self.manifest.graph_files:
            self._session(file)

    def _engine(self, batch: Tensor, differentiate: bool) -> Engine:
        if self._wish in ("onnx", "torch"):
            return self._wish
        on_cpu = batch.device.type == "cpu"
        quick = differentiate and on_cpu and self._is_worth_quick(batch) and self._has_quick
        if self._wish == "quick" or (on_cpu and len(batch) < LEAST_BATCH_TRIED):
            return "quick" if quick else "onnx"
        bfloat16 = differentiate and computes_bfloat16(batch.device)
        if quick and not bfloat16:
            return "quick"
        engines: list[Engine] = ["onnx", "torch"]
        engines += ["quick"] if quick else []
        engines += ["torch-bfloat16"] if bfloat16 else []
        purpose = "gradient" if differentiate else "forward"
        work = str(batch.device), purpose, size_class(len(batch))
        trials = {engine: partial(self._try, engine, differentiate) for engine in engines}
        return self._fastest.choose(work, trials, batch.detach())

    def _is_worth_quick(self, batch: Tensor) -> bool:
        return batch.ndim > 2 or len(batch) >= FEWEST_LATENTS_FOR_QUICK

    @property
    def _has_quick(self) -> bool:
        return self._quick_module() is not None

    def _try(self, engine: Engine, differentiate: bool, batch: Tensor) -> None:
        with torch.set_grad_enabled(differentiate):
            batch = batch.clone().requires_grad_(differentiate)
            output = self._compute(engine, batch, differentiate)
            if differentiate:
                torch.autograd.grad(output, batch, torch.ones_like(output))
            if batch.device.type == "cuda":
                torch.cuda.synchronize(batch.device)

    def _compute(self, engine: Engine, batch: Tensor, differentiate: bool) -> Tensor:
        if engine == "onnx":
            return _Differentiable.apply(batch, self) if differentiate else self.run_forward(batch)
        with torch.set_grad_enabled(differentiate):
            if engine == "quick":
                return self.run_quick(batch)
            return self.run_torch(batch, bfloat16=engine == "torch-bfloat16")

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
                _, holders = read_graph(self._folder, self.manifest, file, self._files)
                weights = {name: self._files[name] for name in holders}
                name = str(self._folder / file)
                self._sessions[file] = self._runtime.open(name, self._files[file], weights)
            return self._sessions[file]

    def _module(self, device: torch.device, bfloat16: bool) -> nn.Module:
        key = device, bfloat16
        with self._lock:
            if key not in self._modules:
                graph = self._files[self.manifest.forward]
                module = torch_network(graph, self._files, bfloat16=bfloat16)
                self._modules[key] = module.to(device)
            return self._modules[key]

    def _quick_module(self) -> nn.Module | None:
        """The quick form of the graph, if it has one; made on first use, up to a second's work."""
        with self._lock:
            if not self._quick_is_known:
                file = self.manifest.forward
                graph, _ = read_graph(self._folder, self.manifest, file, self._files)
                self._quick, self._quick_is_known = quick_network(graph), True
            return self._quick

    def _run(self, file: str, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Run a graph on Torch's own memory, in and out, without copies."""
        session, signature = self._session(file), self._signatures[file]
        home = inputs[0].device
        device = home if computes_on_cuda(session) else torch.device("cpu")
        binding = session.io_binding()
        kept_alive = []
        for spec, value in zip(signature.inputs, inputs, strict=True):
            tensor = value.detach().to(device).contiguous()
            kept_alive.append(tensor)
            _bind(binding.bind_input, spec.name, tensor)
        outputs = []
        for spec in signature.outputs:
            shape = (len(inputs[0]), *spec.sample_shape)
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
