"""The one pair of conversions between pixels and what networks see."""

import numpy as np
import numpy.typing as npt
import torch


def pixels_to_tensor(pixels: npt.NDArray[np.uint8] | torch.Tensor) -> torch.Tensor:
    """Scale uint8 (N, H, W, C) to float32 (N, C, H, W) in [-1, 1]: x = p / 127.5 - 1.

    A tensor stays on its device.
    """
    if pixels.dtype not in (np.uint8, torch.uint8) or pixels.ndim != 4:
        raise ValueError(f"expected uint8 (N, H, W, C), got {pixels.dtype} {tuple(pixels.shape)}")
    if isinstance(pixels, torch.Tensor):
        planes = pixels.permute(0, 3, 1, 2).contiguous().float()
    else:
        planes = torch.from_numpy(
            np.ascontiguousarray(pixels.transpose(0, 3, 1, 2), dtype=np.float32)
        )
    return planes.div_(127.5).sub_(1.0)


def tensor_to_pixels(images: torch.Tensor) -> npt.NDArray[np.uint8]:
    """Scale float (N, C, H, W) in [-1, 1] to uint8 (N, H, W, C): rounded, then clipped."""
    if images.ndim != 4:
        raise ValueError(f"expected (N, C, H, W), got {tuple(images.shape)}")
    levels = images.detach().to("cpu", torch.float32).add(1.0).mul_(127.5).round_().clamp_(0, 255)
    return np.ascontiguousarray(levels.permute(0, 2, 3, 1).to(torch.uint8).numpy())
