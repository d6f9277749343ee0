"""Edges hidden from training to tell when it has learned enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.hold_out import HiddenPairs, draw_hold_out, mask_graphs
from musegnn.graphs.unit_rows import unit_rows
from musegnn.runs.kinds.training import TrainingSettings
from musegnn.training.objective import Objective

EDGE_SHARE = 0.05


@dataclass
class Validation:
    """Hidden edges and the best weights so far.

    Parameters
    ----------
    masked
        Graphs without the hidden edges, as training sees them.
    pairs
        Hidden pairs of each graph.
    config
        Settings: when to validate, and how long to wait.
    best
        Weights with the best score; None before the first.
    """

    masked: list[GeneGraph]
    pairs: tuple[HiddenPairs, ...]
    config: TrainingSettings
    best: dict[str, torch.Tensor] | None = None

    @classmethod
    def of(cls, graphs: list[GeneGraph], config: TrainingSettings) -> Validation | None:
        """Hide a twentieth of the edges, or nothing when the settings stop at no plateau."""
        if config.patience == 0:
            return None
        drawn = draw_hold_out(graphs, config.seed, edge_share=EDGE_SHARE, name_share=0.0)
        masked = mask_graphs(graphs, drawn)
        return cls(masked, drawn.pairs, config)

    def score(self, objective: Objective) -> float:
        """Mean AUROC over graphs of the cosine for hidden edges against degree-matched pairs."""
        values = []
        for vectors, pairs in zip(objective.encode(), self.pairs, strict=True):
            if not (len(pairs.edges) and len(pairs.matched_non_edges)):
                continue
            unit = unit_rows(vectors)
            both = np.concatenate([pairs.edges, pairs.matched_non_edges])
            cosine = np.einsum("nd,nd->n", unit[both[:, 0]], unit[both[:, 1]])
            values.append(roc_auc_score(np.arange(len(both)) < len(pairs.edges), cosine))
        return float(np.mean(values)) if values else 0.5

    def keep_best(self, objective: Objective) -> None:
        """Remember the weights as they are."""
        state = objective.network.state_dict()
        self.best = {name: value.detach().clone() for name, value in state.items()}

    def restore_best(self, objective: Objective) -> None:
        """Put the remembered weights back."""
        if self.best is not None:
            objective.network.load_state_dict(self.best)
