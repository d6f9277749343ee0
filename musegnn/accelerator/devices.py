"""Which device computes, and how much memory it has left."""

from __future__ import annotations

import torch

from musegnn.errors import InputError


def find_device(name: str) -> str:
    """Return the device to compute on.

    Parameters
    ----------
    name
        `cuda`, or `auto` for CUDA where there is one and `cpu` else.

    Raises
    ------
    InputError
        If `cuda` is asked for and torch finds no CUDA device.
    """
    if torch.cuda.is_available():
        return "cuda"
    if name == "auto":
        return "cpu"
    build = f"built for CUDA {torch.version.cuda}" if torch.version.cuda else "built without CUDA"
    msg = f"Expected a CUDA device for `device` 'cuda', found none (torch is {build})."
    raise InputError(msg, "Choose `device` 'cpu' or 'auto', or install a driver and such a build.")


def free_memory(device: torch.device) -> int:
    """Bytes that torch could still allocate on a CUDA device; 0 on others, which do not say."""
    if device.type != "cuda":
        return 0
    torch.cuda.empty_cache()
    return int(torch.cuda.mem_get_info(device)[0])
