"""The published pairing network: signature and target through one tower, their product judged.

Dropout, a wide layer, batch normalisation and ReLU are shared by both sides; the product of both
goes through a second layer to one number; binary cross-entropy with as many drawn pairs as known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from musegnn.baselines.graph_convolution import torch_generator


@dataclass(frozen=True)
class SiameseSettings:
    """How the network is built and trained.

    Parameters
    ----------
    width, hidden
        Units of the shared layer and of the layer on the product.
    epochs, batch
        Passes over the pairs, and pairs of a step.
    rate
        Of Adam.
    dropout
        Share of inputs that is left out in training.
    """

    width: int = 2048
    hidden: int = 512
    epochs: int = 60
    batch: int = 1000
    rate: float = 1e-3
    dropout: float = 0.25


class SiameseNetwork(nn.Module):
    """Judge whether a signature and a target belong together."""

    def __init__(
        self, n_inputs: int, settings: SiameseSettings, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.dropout, self.generator = settings.dropout, generator
        self.tower = nn.Sequential(
            nn.Linear(n_inputs, settings.width),
            nn.BatchNorm1d(settings.width),
            nn.ReLU(),
        )
        self.judge = nn.Sequential(
            nn.Linear(settings.width, settings.hidden),
            nn.BatchNorm1d(settings.hidden),
            nn.ReLU(),
            nn.Linear(settings.hidden, 1),
        )
        with torch.no_grad():
            for layer in self.modules():
                if isinstance(layer, nn.Linear):
                    bound = layer.in_features**-0.5
                    layer.weight.uniform_(-bound, bound, generator=generator)
                    layer.bias.uniform_(-bound, bound, generator=generator)

    def encode(self, rows: torch.Tensor) -> torch.Tensor:
        """Return `(B, W)` what the shared tower makes of `(B, D)` vectors."""
        if self.training:
            kept = torch.rand(rows.shape, generator=self.generator) >= self.dropout
            rows = rows * kept / (1 - self.dropout)
        return self.tower(rows)

    def forward(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Return `(B,)` log odds of `(B, D)` pairs."""
        return self.judge(self.encode(one) * self.encode(other)).squeeze(1)


def score_siamese(
    train: np.ndarray,
    known: np.ndarray,
    test: np.ndarray,
    targets: np.ndarray,
    *,
    settings: SiameseSettings | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Train on known pairs and score every target for other compounds.

    Parameters
    ----------
    train
        `(R, D)` vectors of the training signatures.
    known
        `(R, T)` bool targets.
    test
        `(A, D)` vectors of those asked about.
    targets
        `(T, D)` vectors of the candidates.
    settings
        Widths and training; None takes the published ones.
    seed
        Of weights, order and drawn pairs.

    Returns
    -------
    `(A, T)` log odds.
    """
    settings = settings or SiameseSettings()
    rng = np.random.default_rng(seed)
    signatures = torch.as_tensor(np.asarray(train, dtype=np.float32))
    genes = torch.as_tensor(np.asarray(targets, dtype=np.float32))
    generator = torch_generator(seed, "siamese")
    with torch.random.fork_rng(devices=[]):  # building draws weights, which are replaced
        network = SiameseNetwork(signatures.shape[1], settings, generator)
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.rate)
    loss_of = nn.BCEWithLogitsLoss()
    for _ in range(settings.epochs):
        rows, columns, answers = _draw_pairs(known, rng)
        for start in range(0, len(rows), settings.batch):
            part = slice(start, start + settings.batch)
            if len(rows[part]) < 2:  # a batch of one has no spread to normalise by
                continue
            optimiser.zero_grad()
            said = network(signatures[rows[part]], genes[columns[part]])
            loss_of(said, torch.as_tensor(answers[part])).backward()
            optimiser.step()
    network.eval()
    return _score_all(network, np.asarray(test, dtype=np.float32), genes)


def _draw_pairs(
    known: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Known pairs, and for each target as many compounds that do not hit it, in random order."""
    rows, columns = np.nonzero(known)
    others = rng.integers(len(known), size=len(rows))
    for _ in range(20):
        wrong = known[others, columns]
        if not wrong.any():
            break
        others[wrong] = rng.integers(len(known), size=int(wrong.sum()))
    order = rng.permutation(2 * len(rows))
    answers = np.repeat(np.array([1.0, 0.0], dtype=np.float32), len(rows))
    return (
        np.concatenate([rows, others])[order],
        np.concatenate([columns, columns])[order],
        answers[order],
    )


@torch.no_grad()
def _score_all(network: SiameseNetwork, test: np.ndarray, genes: torch.Tensor) -> np.ndarray:
    """Score every pair; the second layer takes a compound at a time."""
    of_genes = network.encode(genes)
    of_test = network.encode(torch.as_tensor(test))
    scores = [network.judge(one[None] * of_genes).squeeze(1) for one in of_test]
    return torch.stack(scores).numpy().astype(np.float64)
