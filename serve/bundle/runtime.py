"""How ONNX Runtime runs a graph: threads, provider, session options."""

from dataclasses import dataclass
from pathlib import Path

import onnxruntime
import torch

from serve.errors import BundleError

_ERROR_SEVERITY = 3
_CPU = "CPUExecutionProvider"
_CUDA = "CUDAExecutionProvider"
# Full float32 products, as Torch computes them, and no search for each new batch size.
_CUDA_OPTIONS = {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}


@dataclass(frozen=True)
class Runtime:
    """Intra-op threads of each session, and the device ("cpu" or "cuda") that computes."""

    threads: int
    device: str

    @classmethod
    def default(cls, threads: int | None = None) -> "Runtime":
        """As many threads as Torch uses, unless told; the GPU if both libraries can use one."""
        usable = _CUDA in onnxruntime.get_available_providers()
        device = "cuda" if usable and torch.cuda.is_available() else "cpu"
        return cls(torch.get_num_threads() if threads is None else threads, device)

    def open(self, graph: Path) -> onnxruntime.InferenceSession:
        """A session on an ONNX file.

        Threads that wait for work sleep instead of spinning: a spinning pool slows down Torch and
        the other sessions of the process, and on a busy machine the session itself.

        Raises:
            BundleError: ONNX Runtime refuses the file.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERROR_SEVERITY
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        cuda = [(_CUDA, _CUDA_OPTIONS)] if self.device == "cuda" else []
        providers = [*cuda, (_CPU, {})]
        try:
            return onnxruntime.InferenceSession(str(graph), options, providers=providers)
        except Exception as error:  # ONNX Runtime's exceptions have no common class.
            raise BundleError(f"ONNX Runtime cannot run {graph}: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """What an exception of ONNX Runtime says before it goes into detail."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def computes_on_cuda(session: onnxruntime.InferenceSession) -> bool:
    """Whether the session got the GPU that it may have asked for."""
    return _CUDA in session.get_providers()
