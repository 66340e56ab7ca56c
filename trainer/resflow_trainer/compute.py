"""Where and in which precision the arithmetic runs."""

import contextlib
import ctypes
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor

from resflow_trainer.spec import Spec
from resflow_trainer.unet import UNet

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Options of glibc's mallopt."""


@dataclass(frozen=True, kw_only=True)
class Compute:
    """Channels-last everywhere: on two AVX-512 cores it was 1.2 to 1.5 times as fast as contiguous."""

    device: torch.device
    bfloat16: bool

    def place(self, network: UNet) -> UNet:
        return network.to(device=self.device, memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]

    def image(self, image: Tensor) -> Tensor:
        return image.to(device=self.device, memory_format=torch.channels_last)

    def autocast(self) -> AbstractContextManager[object]:
        if not self.bfloat16:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)


def set_up_compute(spec: Spec) -> Compute:
    """Chooses device and precision, sets threads, seeds PyTorch. Raises ValueError for CUDA where there is none."""
    cuda = torch.cuda.is_available()
    if spec.device == "cuda" and not cuda:
        raise ValueError('spec.device is "cuda", but PyTorch sees no CUDA device here; use "auto" or "cpu"')
    device = torch.device("cuda" if cuda and spec.device != "cpu" else "cpu")
    if spec.threads is not None:
        torch.set_num_threads(spec.threads)
    _keep_freed_memory()
    torch.manual_seed(spec.seed)
    # Where CUDA has no deterministic kernel it warns and goes on; on the CPU all that we use are deterministic.
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Nothing reads memory that nobody wrote, so that nothing need be written there first: 5 % of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    pays = bfloat16_pays(device)
    return Compute(device=device, bfloat16=spec.precision == "bfloat16" or (spec.precision == "auto" and pays))


def bfloat16_pays(device: torch.device) -> bool:
    """On a CPU only where it multiplies bfloat16 in hardware; there a small U-Net trained twice as fast."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, probe, lambda: False)()) for probe in probes)


def _keep_freed_memory() -> None:
    """Lets glibc keep freed tensors for the next step in place of handing their pages back and forth, which took a
    third of the time of the paper's U-Net. What MALLOC_MMAP_THRESHOLD_ and MALLOC_TRIM_THRESHOLD_ do, from inside."""
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for option in (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD):
            mallopt(option, 1 << 30)
