"""Embedding set: one vector for each gene in each context, with where it came from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.border.documents import parse_json
from musegnn.embeddings.context_names import context_labels, short_context_labels
from musegnn.embeddings.vector_set import (
    HEADER,
    VectorSet,
    factorized,
    read_vector_set,
    with_texts,
    write_vector_set,
)
from musegnn.io.h5ad import share_columns
from musegnn.validation import check_name

GENE_COLUMNS = (
    keys.GENE,
    keys.GENE_ID,
    keys.COMMON_GENE,
    keys.ORTHOLOG,
    keys.DATASET,
    keys.SPECIES_COLUMN,
    keys.TISSUE,
    keys.MODALITY,
    keys.DEGREE,
    keys.MEAN,
    keys.CLUSTER,
)


@dataclass(frozen=True, kw_only=True)
class EmbeddingSet(VectorSet):
    """Vectors of N genes-in-context in one joint space.

    Parameters
    ----------
    vectors, layout, neighbour_graph, provenance, path
        See `VectorSet`.
    table
        N rows with the columns `GENE_COLUMNS`, and where it was measured the reliability of genes,
        see `musegnn.embeddings.reliability`.
    datasets
        One row a context, index = dataset name; columns species, tissue, modality, technique,
        n_cells, n_genes, n_edges, density, source, licence, publication.
    """

    datasets: pd.DataFrame
    label: str = keys.GENE
    within: str = keys.DATASET
    details: tuple[str, ...] = (keys.CLUSTER,)
    unit: str = "genes in context"

    role: ClassVar[str] = "an embedding set"
    advice: ClassVar[str] = "Make one with `musegnn train GRAPH.h5ad ... -o RUN_DIR`."

    @property
    def genes(self) -> pd.DataFrame:
        """The table: one row a gene in one context."""
        return self.table

    @property
    def sources(self) -> tuple[str, ...]:
        """Each dataset with its source and licence."""
        columns = [name for name in ("source", "licence") if name in self.datasets]
        lines = []
        for dataset, *row in self.datasets[columns].astype(str).itertuples():
            parts = ", ".join(part for part in row if part)
            lines.append(f"{dataset}: {parts}" if parts else str(dataset))
        return tuple(lines)

    @cached_property
    def common_gene_codes(self) -> tuple[np.ndarray, np.ndarray]:
        """Common gene of each row as a number, `(N,)` int64, and the names in their order.

        Names stand in the order of the alphabet; numbers are compared many times faster.
        """
        return factorized(self.genes[keys.COMMON_GENE])

    @cached_property
    def context_codes(self) -> tuple[np.ndarray, np.ndarray]:
        """Context of each row as a number, `(N,)` int64, and their names in the alphabet."""
        return factorized(self.genes[keys.DATASET])

    @cached_property
    def context_names(self) -> Mapping[str, str]:
        """What each context is called for people, see `musegnn.embeddings.context_names`."""
        return context_labels(self.datasets)

    @cached_property
    def short_context_names(self) -> Mapping[str, str]:
        """What each context is called in a heading, where the full name stands below."""
        return short_context_labels(self.datasets)

    @cached_property
    def _memory(self) -> dict[str, dict[Any, Any]]:
        """What analyses keep, by their names."""
        return {}

    def kept(self, name: str) -> dict[Any, Any]:
        """Return what an analysis keeps for as long as the set is open, its own to fill and clear.

        Parameters
        ----------
        name
            Name of the analysis.
        """
        return self._memory.setdefault(name, {})

    def rows_of_dataset(self, dataset: str) -> np.ndarray:
        """Return the rows of one context, ascending."""
        return self.rows_within(dataset)

    def part(self, rows: np.ndarray, **provenance: Any) -> Self:
        """Return some of the rows as a set of their own, with the contexts they are in."""
        taken = super().part(rows, **provenance)
        is_there = self.datasets.index.isin(taken.table[keys.DATASET].astype(str).unique())
        return replace(taken, datasets=self.datasets.loc[is_there])

    def _header(self) -> dict[str, str]:
        """Contexts, as JSON."""
        return {"datasets": self.datasets.reset_index(names="dataset").to_json(orient="records")}

    @classmethod
    def _is_in(cls, columns: Collection[str], header: Mapping[str, Any]) -> bool:
        """Tell whether a file has the columns of genes in context."""
        return all(column in columns for column in GENE_COLUMNS)

    @classmethod
    def _read(cls, table: pd.DataFrame, header: Mapping[str, Any]) -> dict[str, Any]:
        """Take genes and contexts out of a file."""
        datasets = pd.DataFrame(
            parse_json(str(header["datasets"]), HEADER, any_number=True)
        ).set_index("dataset")
        for name in datasets.index:
            check_name(str(name), name="dataset")  # it becomes part of a path
        used = {str(name) for name in table[keys.DATASET].unique()}
        if not datasets.index.is_unique or not used <= set(map(str, datasets.index)):
            msg = "contexts that are not those of the rows"
            raise ValueError(msg)
        text = (keys.GENE, keys.GENE_ID, keys.COMMON_GENE, keys.ORTHOLOG)
        kept = [*GENE_COLUMNS, *share_columns(table, keys.RELIABILITY_COLUMNS)]
        return {"datasets": datasets, "table": with_texts(table[kept], text)}


def write_embedding_set(embedding: EmbeddingSet, path: Path) -> None:
    """Write an embedding set as `.h5ad`, see `write_vector_set`."""
    write_vector_set(embedding, path)


def read_embedding_set(path: Path, *, tell: Callable[[str], object] | None = None) -> EmbeddingSet:
    """Read an embedding set.

    Parameters
    ----------
    path
        An `embedding.h5ad`, or the result folder that holds one.
    tell
        Told before a large one is opened how many rows it has and what memory it needs.

    Raises
    ------
    DataFileError
        If the file is missing, damaged, or not an embedding set.
    """
    return read_vector_set(path, EmbeddingSet, tell=tell)
