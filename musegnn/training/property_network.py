"""A network with one head a task, learned from labels with gaps."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from musegnn.errors import TrainingError

_BATCH: Final = 128


@dataclass(frozen=True)
class PropertySettings:
    """How a network of properties is learned.

    Parameters
    ----------
    width, depth
        Hidden units of a layer, and layers.
    dropout
        Share of hidden units left out in each step.
    rate, decay
        Of AdamW.
    epochs, patience
        At most, and without a better score of the stopping part.
    balance
        1 lets every task weigh alike, 0 every label; between them tasks of many labels weigh more,
        but not in proportion.
    seed
        Of weights and order.
    """

    width: int = 512
    depth: int = 2
    dropout: float = 0.5
    rate: float = 1e-3
    decay: float = 1e-2
    epochs: int = 120
    patience: int = 15
    balance: float = 1.0
    seed: int = 0

    def with_seed(self, seed: int) -> PropertySettings:
        """Return the same with another seed."""
        return replace(self, seed=seed)


class PropertyNetwork(nn.Module):
    """Layers shared by all tasks, and a linear head for each."""

    def __init__(self, n_features: int, n_tasks: int, settings: PropertySettings) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = n_features
        for _ in range(settings.depth):
            layers += [
                nn.Linear(width, settings.width),
                nn.BatchNorm1d(settings.width),
                nn.GELU(),
                nn.Dropout(settings.dropout),
            ]
            width = settings.width
        self.trunk = nn.Sequential(*layers)
        self.heads = nn.Linear(width, n_tasks)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return `(N, T)` logits, or numbers on the scale of the labels' deviates."""
        found: torch.Tensor = self.heads(self.trunk(features))
        return found


@dataclass(frozen=True)
class PropertyModel:
    """A learned network.

    Parameters
    ----------
    network
        Its weights.
    centre, spread
        `(T,)` of numbers, so that each task weighs alike; 0 and 1 for classes.
    is_binary
        Whether it foretells classes.
    epoch
        Whose weights were kept.
    """

    network: PropertyNetwork
    centre: np.ndarray
    spread: np.ndarray
    is_binary: bool
    epoch: int

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return `(N, T)` probabilities, or numbers in the unit of the labels."""
        self.network.eval()
        with torch.inference_mode():
            given = torch.from_numpy(np.ascontiguousarray(features, dtype=np.float32))
            found = torch.cat([self.network(part) for part in given.split(4096)])
            if self.is_binary:
                return torch.sigmoid(found).numpy()
        return found.numpy() * self.spread + self.centre


def fit_properties(
    train: tuple[np.ndarray, np.ndarray],
    valid: tuple[np.ndarray, np.ndarray],
    settings: PropertySettings,
    *,
    is_binary: bool,
) -> PropertyModel:
    """Learn all tasks at once; the epoch with the least loss of the stopping part is kept.

    Parameters
    ----------
    train, valid
        Features `(M, F)` and labels `(M, T)`, NaN where nothing was measured.
    settings
        How.
    is_binary
        Whether labels are classes.

    Raises
    ------
    TrainingError
        If a loss is no number.
    """
    torch.manual_seed(settings.seed)
    order = np.random.default_rng(settings.seed)
    features, labels = _tensors(*train)
    centre, spread = np.zeros(labels.shape[1]), np.ones(labels.shape[1])
    if not is_binary:
        centre, spread = _scale(train[1])
        labels = (labels - torch.from_numpy(centre).float()) / torch.from_numpy(spread).float()
    known = torch.isfinite(labels)
    weight = known / known.sum(dim=0).clamp(min=1) ** settings.balance
    weight *= len(labels) / weight.sum().clamp(min=1e-12)
    labels = torch.nan_to_num(labels)
    network = PropertyNetwork(features.shape[1], labels.shape[1], settings)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=settings.rate, weight_decay=settings.decay
    )
    best, kept, kept_epoch = np.inf, copy.deepcopy(network.state_dict()), 0
    held = _tensors(*valid)
    for epoch in range(1, settings.epochs + 1):
        network.train()
        for rows in np.array_split(order.permutation(len(features)), -(-len(features) // _BATCH)):
            if len(rows) < 2:
                continue
            loss = (
                _losses(network(features[rows]), labels[rows], is_binary=is_binary) * weight[rows]
            ).sum() / len(rows)
            if not torch.isfinite(loss):
                msg = f"the loss of epoch {epoch} is no number"
                raise TrainingError(msg, "Lower the rate.")
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        score = _held_loss(
            network, held, centre, spread, is_binary=is_binary, balance=settings.balance
        )
        if score < best:
            best, kept, kept_epoch = score, copy.deepcopy(network.state_dict()), epoch
        elif epoch - kept_epoch >= settings.patience:
            break
    network.load_state_dict(kept)
    return PropertyModel(network, centre, spread, is_binary, kept_epoch)


def _tensors(features: np.ndarray, labels: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    return (
        torch.from_numpy(np.ascontiguousarray(features, dtype=np.float32)),
        torch.from_numpy(np.array(labels, dtype=np.float32)),
    )


def _scale(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each task; 0 and 1 where nothing was measured."""
    known = np.isfinite(labels)
    counts = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, labels, 0).sum(axis=0) / counts
    spread = np.sqrt((np.where(known, labels - centre, 0) ** 2).sum(axis=0) / counts)
    return centre, np.where(spread > 0, spread, 1.0)


def _losses(said: torch.Tensor, labels: torch.Tensor, *, is_binary: bool) -> torch.Tensor:
    if is_binary:
        return functional.binary_cross_entropy_with_logits(said, labels, reduction="none")
    return functional.smooth_l1_loss(said, labels, reduction="none")


def _held_loss(
    network: PropertyNetwork,
    held: tuple[torch.Tensor, torch.Tensor],
    centre: np.ndarray,
    spread: np.ndarray,
    *,
    is_binary: bool,
    balance: float,
) -> float:
    """Mean loss of the part that stops the training, tasks weighed as in the training."""
    features, labels = held
    network.eval()
    with torch.inference_mode():
        said = network(features)
    if not is_binary:
        labels = (labels - torch.from_numpy(centre).float()) / torch.from_numpy(spread).float()
    known = torch.isfinite(labels)
    losses = _losses(said, torch.nan_to_num(labels), is_binary=is_binary) * known
    weight = known / known.sum(dim=0).clamp(min=1) ** balance
    return float((losses * weight).sum() / weight.sum().clamp(min=1e-12))
