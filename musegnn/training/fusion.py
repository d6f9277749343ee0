"""The fusion objective: predict what is hidden of a gene, and agree between halves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

from musegnn.errors import InputError
from musegnn.model.fusion_network import FusionNetwork
from musegnn.runs.kinds.fusion import FusionSettings
from musegnn.training.objective import LOSS

TERMS = ("hidden", "seen", "agreement")
_PART = 4096  # genes that are encoded at once


class FusionObjective:
    """Weights, optimiser state and random draws of a fusion.

    In each step some modalities of each gene are hidden; the fused vector of the others has to tell
    them (cosine), and those it was made of. The vectors of two halves of the modalities have to
    find each other among the genes of the step (InfoNCE).

    Parameters
    ----------
    vectors
        `(G, M, D)` float32 of length 1.
    present
        `(G, M)` bool, at least one true in each row.
    settings
        All settings.
    device
        Where it computes.

    Raises
    ------
    InputError
        If there are fewer than two modalities or four genes, or a gene has none.
    """

    step_setting, least_step = "batch", 2  # a gene has to be told from another

    def __init__(
        self,
        vectors: np.ndarray,
        present: np.ndarray,
        settings: FusionSettings,
        device: torch.device,
    ) -> None:
        n_genes, n_modalities, width = vectors.shape
        if n_modalities < 2 or n_genes < 4 or not present.any(axis=1).all():
            msg = f"Expected at least 4 genes in 2 modalities, found {n_genes} in {n_modalities}."
            raise InputError(msg, "Import more tables, or choose more modalities.")
        self.settings, self.device = settings, device
        self.rng = np.random.default_rng([settings.seed, 1])
        self.generator: torch.Generator | None = None  # all draws are of numpy after the start
        sizes = (n_modalities, width, settings.hidden_width, settings.fused_width)
        drawn = torch.Generator().manual_seed(settings.seed)
        self._network = FusionNetwork(*sizes, drawn).to(device)
        self._optimiser = torch.optim.Adam(self._network.parameters(), settings.learning_rate)
        self._vectors = torch.from_numpy(np.ascontiguousarray(vectors, np.float32)).to(device)
        self._present = torch.from_numpy(np.ascontiguousarray(present, bool)).to(device)

    @property
    def network(self) -> FusionNetwork:
        """Every weight."""
        return self._network

    @property
    def optimiser(self) -> torch.optim.Optimizer:
        """Over all weights."""
        return self._optimiser

    def run_epoch(self) -> dict[str, torch.Tensor]:
        """Take a step for each batch of genes; return the mean of the loss and its terms."""
        self._network.train()
        n, size = len(self._vectors), self.settings.batch
        order = torch.from_numpy(self.rng.permutation(n))
        sums = {name: torch.zeros((), device=self.device) for name in (LOSS, *TERMS)}
        batches = [batch for batch in order.split(size) if len(batch) > 1]
        for batch in batches:
            terms = self._terms(batch.to(self.device))
            loss = self._weighted(terms)
            self._optimiser.zero_grad(set_to_none=True)
            loss.backward()
            self._optimiser.step()
            for name, value in {LOSS: loss, **terms}.items():
                sums[name] += value.detach()
        return {name: value / len(batches) for name, value in sums.items()}

    @property
    def step_size(self) -> int:
        """Genes in the largest step."""
        return min(self.settings.batch, len(self._vectors))

    def try_step(self, size: int) -> None:
        """Compute the gradients of a step of so many genes and forget them, as `Divisible`."""
        self._network.train()
        try:
            self._weighted(self._terms(torch.arange(size, device=self.device))).backward()
        finally:
            self._optimiser.zero_grad(set_to_none=True)

    def _weighted(self, terms: dict[str, torch.Tensor]) -> torch.Tensor:
        """Sum the terms with their factors."""
        loss = terms["hidden"] + self.settings.seen_weight * terms["seen"]
        return loss + self.settings.agreement_weight * terms["agreement"]

    def _terms(self, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        """Terms of the loss of some genes."""
        vectors, present = self._vectors[batch], self._present[batch]
        hides, splits = (self._draw(present.shape) for _ in range(2))
        seen = _at_least_one(present & (hides >= self.settings.modality_dropout), present, hides)
        fused, _ = self._network(vectors, seen)
        told = functional.cosine_similarity(self._network.predict(fused), vectors, dim=2)
        lacks = 1 - told
        halves = [present & (splits < 0.5), present & (splits >= 0.5)]
        both = halves[0].any(dim=1) & halves[1].any(dim=1)
        return {
            "hidden": _mean(lacks, present & ~seen),
            "seen": _mean(lacks, seen),
            "agreement": self._agreement(vectors[both], [half[both] for half in halves]),
        }

    def _agreement(self, vectors: torch.Tensor, halves: list[torch.Tensor]) -> torch.Tensor:
        """InfoNCE between the vectors of two halves of the modalities of the same genes."""
        if len(vectors) < 2:
            return torch.zeros((), device=self.device)
        first, second = (
            functional.normalize(self._network(vectors, half)[0], dim=1) for half in halves
        )
        scores = first @ second.T / self.settings.temperature
        own = torch.arange(len(vectors), device=self.device)
        there = functional.cross_entropy(scores, own)
        return (there + functional.cross_entropy(scores.T, own)) / 2

    def _draw(self, shape: Sequence[int]) -> torch.Tensor:
        """Draw numbers between 0 and 1."""
        drawn = self.rng.random(tuple(shape), dtype=np.float32)
        return torch.from_numpy(drawn).to(self.device)

    def encode(self, numbers: Sequence[int] | None = None) -> list[np.ndarray]:
        """Fuse all genes; the one graph, so to say, of a fusion. `(G, fused)` float32."""
        return [self.fuse()[0]]

    @torch.no_grad()
    def fuse(self, without: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Fuse all genes.

        Parameters
        ----------
        without
            Number of a modality to leave out; genes that have no other get zeros.

        Returns
        -------
        Vectors `(G, fused)` and weights of the modalities `(G, M)`, float32.
        """
        self._network.eval()
        present = self._present.clone()
        if without is not None:
            present[:, without] = False
        fused, weights = [], []
        for vectors, part in zip(self._vectors.split(_PART), present.split(_PART), strict=True):
            has_any = part.any(dim=1, keepdim=True)
            made, shares = self._network(vectors, part | ~has_any)
            fused.append(torch.where(has_any, made, 0.0).cpu().numpy())
            weights.append(torch.where(has_any, shares, 0.0).cpu().numpy())
        return np.concatenate(fused), np.concatenate(weights)


def _at_least_one(seen: torch.Tensor, present: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
    """Show a gene of which everything was hidden the modality that was the least so."""
    best = torch.where(present, drawn, -1.0).argmax(dim=1)
    shown = functional.one_hot(best, present.shape[1]).bool() & ~seen.any(dim=1, keepdim=True)
    return seen | shown


def _mean(values: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    """Mean of the values that count, 0 where none does."""
    return (values * counted).sum() / counted.sum().clamp(min=1)
