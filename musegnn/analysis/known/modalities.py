"""What each modality does to a gene of a fused set, and which of them agree on its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.known.knowledge_space import FUSED
from musegnn.border.tables import read_parquet
from musegnn.embeddings.embedding_set import EmbeddingSet

WEIGHTS_FILE: Final = "modality_weights.parquet"
NEAREST: Final = 20
AGREES_FROM: Final = 95.0  # percentile


def is_fused(embedding: EmbeddingSet) -> bool:
    """Tell whether a set has a fused context beside those of two modalities or more."""
    kinds = embedding.datasets[keys.MODALITY].astype(str)
    return FUSED in embedding.datasets.index and int((kinds == keys.KNOWLEDGE).sum()) > 2


@dataclass(frozen=True)
class FusedGenes:
    """The genes of a fused set, modality by modality.

    Parameters
    ----------
    embedding
        A set for which `is_fused` holds.
    weights
        Weight and change of each gene and modality, as `musegnn fuse` writes them, by gene; empty
        where the table does not lie beside the set.
    """

    embedding: EmbeddingSet
    weights: pd.DataFrame

    @cached_property
    def modalities(self) -> tuple[str, ...]:
        """Contexts beside the fused one."""
        return tuple(str(n) for n in self.embedding.datasets.index if str(n) != FUSED)

    @cached_property
    def _rows(self) -> np.ndarray:
        """Row of each gene in each modality, `(G, M)` int64; -1 where it is missing."""
        codes, genes = self.embedding.common_gene_codes
        found = np.full((len(genes), len(self.modalities)), -1, dtype=np.int64)
        for number, name in enumerate(self.modalities):
            rows = self.embedding.rows_of_dataset(name)
            found[codes[rows], number] = rows
        return found

    def cosines(self, row: int) -> np.ndarray:
        """Cosines of a gene to all G genes in each modality.

        Returns
        -------
        `(G, M)` float64; NaN where a modality lacks one of the two, and for the gene itself.
        """
        unit = self.embedding.unit_vectors
        gene = self.embedding.common_gene_codes[0][row]
        found = np.full(self._rows.shape, np.nan)
        for number, own in enumerate(self._rows[gene]):
            there = self._rows[:, number]
            if own >= 0:
                found[there >= 0, number] = unit[there[there >= 0]] @ unit[own]
        found[gene] = np.nan
        return found

    def contributions(self, row: int) -> pd.DataFrame:
        """Tell what each modality does to a gene.

        Returns
        -------
        One row a modality that knows the gene: `modality, facts` (its entries there), `change`
        (1 minus the cosine of its fused vector with and without it), `weight`, both NaN where
        they are not at hand, and `gone`: of its 20 nearest genes by all modalities side by side,
        the share that is not among the 20 nearest without this one; NaN for the only modality.
        """
        gene = self.embedding.common_gene_codes[0][row]
        name = str(self.embedding.common_gene_codes[1][gene])
        there = np.flatnonzero(self._rows[gene] >= 0)
        cosines = self.cosines(row)
        whole = self._nearest(cosines, there, gene)
        degree = self.embedding.genes[keys.DEGREE].to_numpy()
        records = []
        for number in there:
            modality = self.modalities[number]
            rest = self._nearest(cosines, there[there != number], gene)
            gone = np.nan if len(there) < 2 else 1 - len(whole & rest) / max(len(whole), 1)
            records.append(
                {
                    "modality": modality,
                    "facts": int(degree[self._rows[gene, number]]),
                    "change": self._weight(name, f"change without {modality}"),
                    "weight": self._weight(name, f"weight of {modality}"),
                    "gone": gone,
                }
            )
        return pd.DataFrame(records)

    def _nearest(self, cosines: np.ndarray, used: np.ndarray, gene: int) -> set[int]:
        """Nearest genes by some modalities side by side; what is missing adds nothing."""
        if not len(used):
            return set()
        lengths = (self._rows[:, used] >= 0).sum(axis=1)
        score = np.nansum(cosines[:, used], axis=1) / np.sqrt(np.maximum(lengths, 1))
        score[(lengths == 0) | (np.arange(len(score)) == gene)] = -np.inf
        return set(np.argsort(-score, kind="stable")[:NEAREST].tolist())

    def _weight(self, gene: str, column: str) -> float:
        """Number of the table beside the set, or NaN."""
        if gene not in self.weights.index or column not in self.weights:
            return float("nan")
        return float(self.weights.loc[gene, column])

    def agreement(self, row: int, others: np.ndarray) -> pd.DataFrame:
        """Tell which modalities agree that a gene is near some others.

        Parameters
        ----------
        row
            Row of the gene.
        others
            `(n,)` rows.

        Returns
        -------
        In their order: `agree` (modalities in which the other is nearer than 95 % of the genes),
        `n_agree`, `n_both` (modalities that know both), then for each modality of the gene
        `cosine in NAME` and `percentile in NAME` (share of the genes of the modality that are
        less near, 0 to 100); NaN where it lacks the other.
        """
        codes = self.embedding.common_gene_codes[0]
        cosines = self.cosines(row)
        columns: dict[str, np.ndarray] = {}
        percentiles = []
        for number, modality in enumerate(self.modalities):
            pool = np.sort(cosines[~np.isnan(cosines[:, number]), number])
            own = cosines[codes[others], number]
            if not len(pool):
                continue
            below = 100 * np.searchsorted(pool, own, side="left") / len(pool)
            percent = np.where(np.isnan(own), np.nan, below)
            columns[f"cosine in {modality}"] = own
            columns[f"percentile in {modality}"] = percent
            percentiles.append((modality, percent))
        agree = [
            [name for name, percent in percentiles if percent[i] >= AGREES_FROM]
            for i in range(len(others))
        ]
        both = [sum(not np.isnan(p[i]) for _, p in percentiles) for i in range(len(others))]
        return pd.DataFrame(
            {
                "agree": [", ".join(names) for names in agree],
                "n_agree": [len(names) for names in agree],
                "n_both": both,
                **columns,
            }
        )


def read_fused_genes(embedding: EmbeddingSet) -> FusedGenes:
    """Open the modalities of a fused set, with the table beside it where there is one.

    Raises
    ------
    DataFileError
        If that table is damaged.
    """
    path: Path | None = None if embedding.path is None else embedding.path.parent / WEIGHTS_FILE
    weights = pd.DataFrame()
    if path is not None and path.is_file():
        found = read_parquet(path, role="a table of weights of modalities")
        if "gene" in found:
            weights = found.drop_duplicates("gene").set_index("gene")
    return FusedGenes(embedding, weights)
