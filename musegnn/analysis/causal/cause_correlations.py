"""Cause correlations: the one file from which edges of a context can be inferred without counts."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from musegnn import keys
from musegnn.analysis.causal.gene_sample import (
    MINIMUM_CELLS,
    MOST_GENES,
    NORMALISATION,
    GeneSample,
    check_genes,
    pearson_residuals_of,
)
from musegnn.border.arrays import read_npz
from musegnn.border.documents import parse_json
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.errors import DataFileError, InputError
from musegnn.io.atomic import replacing
from musegnn.io.expression import Expression

FOLDER: Final = "correlations"
_ROLE: Final = "correlations of possible causes"
_MAKE: Final = "Make one with `musegnn causal ATLAS --context C --expression FILE --keep`."
_STEP: Final = 0.5  # of the stored values, in standard errors
_MOST_STEPS: Final = 127
_LARGEST: Final = 0.999
_LARGEST_FILE: Final = 64 << 20  # bytes, unpacked: 3,000 causes of 20,000 genes
# Correlations of two genes that are no causes are not stored; a completed matrix needs a margin to
# be positive definite.
_RIDGE: Final = 1e-6


@dataclass(frozen=True)
class CauseCorrelations:
    """Correlations of K possible causes with all G genes of a context.

    Parameters
    ----------
    dataset
        Name of the context.
    genes
        G symbols.
    causes
        K of them, those that may act on others.
    values
        `(K, G)` float64 in [-1, 1].
    n_cells
        Number of cells.
    provenance
        Source, licence, normalisation, versions: JSON-ready.
    """

    dataset: str
    genes: tuple[str, ...]
    causes: tuple[str, ...]
    values: np.ndarray
    n_cells: int
    provenance: dict[str, Any] = field(default_factory=dict)

    def sample(self, genes: Sequence[str], *, most_genes: int = MOST_GENES) -> GeneSample:
        """Return the correlations of at most `most_genes` genes, completed.

        What is not stored, the correlation of two genes that are no causes, is what their
        correlations with the causes imply. It enters no test, see
        `musegnn.analysis.causal.skeleton.find_skeleton`, and only shapes the random draws of the
        bootstrap.

        Raises
        ------
        InputError
            If fewer than two or too many of the genes are here.
        """
        place = {gene: column for column, gene in enumerate(self.genes)}
        row_of = {gene: row for row, gene in enumerate(self.causes)}
        found = [gene for gene in dict.fromkeys(genes) if gene in place]
        check_genes(found, genes, self.dataset, most_genes=most_genes)
        is_cause = np.array([gene in row_of for gene in found])
        columns = [place[gene] for gene in found]
        rows = [row_of[gene] for gene in found if gene in row_of]
        block = self.values[np.ix_(rows, columns)]
        source = f"the {self.n_cells:,} cells of {self.dataset}"
        correlation = _complete(block, is_cause)
        return GeneSample(tuple(found), correlation, self.n_cells, is_cause, None, source)


def _complete(block: np.ndarray, is_cause: np.ndarray) -> np.ndarray:
    """Fill a correlation matrix from the rows of the causes."""
    inner = block[:, is_cause] + _RIDGE * np.eye(len(block))
    whole = block.T @ np.linalg.solve(inner, block) if len(block) else np.zeros((0, 0))
    if not len(block):
        whole = np.eye(len(is_cause))
    whole[is_cause] = block
    whole[:, is_cause] = block.T
    np.fill_diagonal(whole, 1.0)
    return (whole + whole.T) / 2


def correlate_causes(
    expression: Expression,
    genes: Sequence[str],
    causes: Collection[str],
    *,
    dataset: str,
    provenance: Mapping[str, Any] | None = None,
) -> CauseCorrelations:
    """Correlate the possible causes of a context with all its genes.

    Parameters
    ----------
    expression
        Counts after quality control.
    genes
        Genes of the context; each must be in the counts.
    causes
        Symbols that may act on others; those among `genes` count.
    dataset
        Name of the context.
    provenance
        Kept with the numbers.

    Raises
    ------
    InputError
        If there are too few cells, a gene is missing, or none of the genes is a cause.
    """
    if expression.n_cells < MINIMUM_CELLS:
        msg = f"Expected at least {MINIMUM_CELLS} cells, found {expression.n_cells}."
        raise InputError(msg, "Correlations of fewer cells say too little.")
    place = {gene: column for column, gene in enumerate(expression.genes)}
    missing = [gene for gene in genes if gene not in place]
    if missing:
        msg = f"Expected the genes of {dataset}, found {len(missing)} missing in the counts."
        raise InputError(msg, f"Is it the file of this context? Missing: {missing[0]}.")
    columns = [place[gene] for gene in genes]
    values = pearson_residuals_of(expression.counts[:, columns], expression.depth)
    spread = values.std(axis=0)
    standard = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    rows = [row for row, gene in enumerate(genes) if gene in causes and spread[row] > 0]
    if not rows:
        msg = f"Expected transcription factors among the genes of {dataset}, found none."
        raise InputError(msg, "Check the list of transcription factors and the species.")
    correlation = standard[:, rows].T @ standard / len(standard)
    return CauseCorrelations(
        dataset=dataset,
        genes=tuple(genes),
        causes=tuple(genes[row] for row in rows),
        values=correlation,
        n_cells=len(standard),
        provenance={"normalisation": NORMALISATION, **(provenance or {})},
    )


def correlations_path(embedding: EmbeddingSet, dataset: str) -> Path | None:
    """Return where the correlations of a context should be, or None for a set without a file."""
    if embedding.path is None:
        return None
    return embedding.path.parent / FOLDER / f"{dataset}.npz"


def read_context_correlations(embedding: EmbeddingSet, dataset: str) -> CauseCorrelations | None:
    """Read the correlations of a context, or return None when there are none at hand.

    Raises
    ------
    DataFileError
        If the file is there but damaged.
    """
    path = correlations_path(embedding, dataset)
    return read_cause_correlations(path) if path is not None and path.is_file() else None


def write_cause_correlations(correlations: CauseCorrelations, path: Path) -> None:
    """Write correlations as `.npz`: whole steps of Fisher's z, one byte each.

    A step is half the standard error of Fisher's z at this number of cells, which adds 2 % to the
    sampling variance; it is larger only where one byte would not reach the largest correlation. The
    same input gives the same bytes.
    """
    place = {gene: column for column, gene in enumerate(correlations.genes)}
    own = [place[gene] for gene in correlations.causes]
    z = np.arctanh(np.clip(correlations.values, -_LARGEST, _LARGEST))
    z[np.arange(len(own)), own] = 0.0  # of a gene with itself: known without being stored
    step = max(_STEP / np.sqrt(correlations.n_cells), float(abs(z).max()) / _MOST_STEPS)
    header = {
        "format_version": keys.FORMAT_VERSION,
        "dataset": correlations.dataset,
        "n_cells": correlations.n_cells,
        "step": step,
        "genes": correlations.genes,
        "provenance": correlations.provenance,
    }
    text = json.dumps(header, sort_keys=True).encode("utf-8")
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(
            stream,
            header=np.frombuffer(text, dtype=np.uint8),
            causes=np.array(own, dtype=np.int32),
            steps=np.rint(z / step).astype(np.int8),
        )


def read_cause_correlations(path: Path) -> CauseCorrelations:
    """Read correlations written by `write_cause_correlations`.

    Raises
    ------
    DataFileError
        If the file is missing, damaged, or holds something else.
    """
    if not Path(path).is_file():
        msg = f"Expected {_ROLE} at {path}, found no file."
        raise DataFileError(msg, _MAKE)
    kinds = {"header": "u", "causes": "i", "steps": "i"}
    parts = read_npz(path, kinds, role=_ROLE, most_bytes=_LARGEST_FILE, hint=_MAKE)
    try:
        header = parse_json(parts["header"].tobytes(), any_number=True)
        own, values = parts["causes"].astype(np.int64), parts["steps"].astype(np.float64)
        version, genes = int(header["format_version"]), tuple(map(str, header["genes"]))
        values *= float(header["step"])
        np.tanh(values, out=values)
        if not np.isfinite(values).all() or (own < 0).any():
            msg = "numbers that are no correlations"
            raise ValueError(msg)
        values[np.arange(len(own)), own] = 1.0
        found = CauseCorrelations(
            dataset=str(header["dataset"]),
            genes=genes,
            causes=tuple(genes[column] for column in own),
            values=values,
            n_cells=int(header["n_cells"]),
            provenance=dict(header["provenance"]),
        )
    except Exception as error:  # a damaged part fails in whatever reads it
        msg = f"Expected {_ROLE}, found a damaged or another file: {path}."
        raise DataFileError(msg, _MAKE) from error
    if version > keys.FORMAT_VERSION or values.shape != (len(own), len(genes)):
        msg = f"Expected {_ROLE} of format version {keys.FORMAT_VERSION}, found others in {path}."
        raise DataFileError(msg, "Update this program, or make the file again.")
    return found
