"""Number format of matrix products in training."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch

from musegnn.runs.kinds.training import Precision


def matrix_products(precision: Precision, device: torch.device) -> AbstractContextManager[object]:
    """Context in which linear layers, attention and decoder run in a number format.

    Weights, gradients, optimiser state, normalisation and losses stay in single precision. With
    bfloat16, which has the range of single precision and 8 bits of mantissa, no loss needs to be
    scaled; half precision would need that and is not offered.

    References
    ----------
    Micikevicius et al., ICLR 2018; Kalamkar et al., arXiv 1905.12322.
    """
    if precision == "float32":
        return nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)
