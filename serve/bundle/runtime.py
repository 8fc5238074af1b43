"""How ONNX Runtime runs a graph: threads, provider, session options."""

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass

import onnxruntime
import torch

from serve.errors import BundleError

_SILENT = 4
# Of the machine's memory, for the values that all sessions of the process compute with.
SHARE_OF_MEMORY = 0.5
_MEMORY_WHERE_UNKNOWN_BYTES = 8 * 2**30
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

    def open(
        self, name: str, graph: memoryview, weights: Mapping[str, memoryview]
    ) -> onnxruntime.InferenceSession:
        """A session on the bytes of an ONNX file, called `name` in messages.

        `weights` holds the files that the graph takes weights from; ONNX Runtime copies what it
        needs of them and opens no file itself. Threads that wait for work sleep instead of
        spinning: a spinning pool slows down Torch and the other sessions of the process, and on a
        busy machine the session itself.

        Raises:
            BundleError: ONNX Runtime refuses the graph.
        """
        _share_bounded_memory()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _SILENT
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.use_env_allocators", "1")
        if weights:
            contents = list(weights.values())
            options.add_external_initializers_from_files_in_memory(
                list(weights), contents, [len(content) for content in contents]
            )
        cuda = [(_CUDA, _CUDA_OPTIONS)] if self.device == "cuda" else []
        providers = [*cuda, (_CPU, {})]
        try:
            return onnxruntime.InferenceSession(bytes(graph), options, providers=providers)
        except Exception as error:  # ONNX Runtime's exceptions have no common class.
            raise BundleError(f"ONNX Runtime cannot run {name}: {first_line(error)}") from error


@functools.cache
def _share_bounded_memory() -> None:
    """One memory arena for all sessions of the process, which holds less than one for each.

    It has an end: a graph that asks for more fails with an exception.
    """
    limit = {"max_mem": int(SHARE_OF_MEMORY * _physical_memory_bytes())}
    like_the_default = {
        "arena_extend_strategy": -1,
        "initial_chunk_size_bytes": -1,
        "max_dead_bytes_per_chunk": -1,
    }
    place = onnxruntime.OrtMemoryInfo(
        "Cpu",
        onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR,
        0,
        onnxruntime.OrtMemType.DEFAULT,
    )
    onnxruntime.create_and_register_allocator(
        place, onnxruntime.OrtArenaCfg(limit | like_the_default)
    )


def _physical_memory_bytes() -> int:
    if hasattr(os, "sysconf"):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return _MEMORY_WHERE_UNKNOWN_BYTES


def first_line(error: Exception) -> str:
    """What an exception of ONNX Runtime says before it goes into detail."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def computes_on_cuda(session: onnxruntime.InferenceSession) -> bool:
    """Whether the session got the GPU that it may have asked for."""
    return _CUDA in session.get_providers()
