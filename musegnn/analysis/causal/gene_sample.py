"""Gene sample: what causal discovery sees of some genes - their correlations over cells."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from scipy import sparse

from musegnn.errors import InputError
from musegnn.graphs.build import genes_of_peaks
from musegnn.graphs.modalities import USUAL_LIMITS, find_modality
from musegnn.graphs.quality import apply_quality_control
from musegnn.graphs.residuals import OVERDISPERSION
from musegnn.io.expression import Expression, read_expression
from musegnn.io.gene_names import GeneNames, harmonise
from musegnn.validation import format_list

MOST_GENES: Final = 100
MINIMUM_CELLS: Final = 50
NORMALISATION: Final = (
    "analytic Pearson residuals of the counts (overdispersion 100, clipped at the root of the "
    "number of cells)"
)


@dataclass(frozen=True)
class GeneSample:
    """Correlations of G genes over cells.

    Parameters
    ----------
    genes
        Symbols.
    correlation
        `(G, G)` float64 in [-1, 1], unit diagonal.
    n_cells
        Number of cells.
    is_cause
        `(G,)` bool: genes that may act on others.
    cells
        `(C, G)` normalised values of the single cells, or None when only correlations are known.
    source
        Where the cells come from, in a few words.
    """

    genes: tuple[str, ...]
    correlation: np.ndarray
    n_cells: int
    is_cause: np.ndarray
    cells: np.ndarray | None
    source: str


def read_cells(
    path: Path,
    species: str,
    modality: str,
    *,
    names: GeneNames,
    layer: str | None = None,
    annotation: Path | None = None,
    wanted: Sequence[str] = (),
) -> Expression:
    """Read counts and take them through the quality control of gene graphs.

    Parameters
    ----------
    path
        File of raw counts, in any format of `musegnn.io.expression.read_expression`.
    species, modality
        The context, as for a gene graph.
    names
        Nomenclature tables.
    layer
        Where the counts are; None searches.
    annotation
        Gene bodies, where the columns are chromatin peaks.
    wanted
        Genes as a context calls them, by older symbols or ids perhaps; they keep these names.

    Raises
    ------
    DataFileError, InputError, GraphError
        If the file cannot be used.
    """
    # an unfiltered matrix is filtered as for the graph that was built of it
    expression = genes_of_peaks(read_expression(path, layer=layer, droplets="filter"), annotation)
    expression, _, _ = harmonise(expression, species, names)
    technique = find_modality(modality)
    kept, _, _ = apply_quality_control(
        expression, technique.quality(USUAL_LIMITS), needs_place=technique.needs_positions
    )
    return call_as(kept, wanted, species, names)


def call_as(
    expression: Expression, wanted: Sequence[str], species: str, names: GeneNames
) -> Expression:
    """Call genes by the older symbols or the ids by which a context calls them.

    Parameters
    ----------
    expression
        Counts with current symbols.
    wanted
        Genes of the context.
    species
        One of `keys.SPECIES`.
    names
        Nomenclature tables.
    """
    here, asked = set(expression.genes), set(wanted)
    missing = [gene for gene in dict.fromkeys(wanted) if gene not in here]
    if not missing:
        return expression
    now = names.up_to_date(missing, species) | names.symbols_of_ids(missing, species)
    by_id = dict(zip(expression.gene_ids, expression.genes, strict=True))
    called: dict[str, str] = {}
    for gene in missing:
        current = now[gene] if now[gene] in here else by_id.get(gene, "")
        if current and current not in asked:  # the context has that gene by its own name
            called.setdefault(current, gene)
    return replace(expression, genes=[called.get(gene, gene) for gene in expression.genes])


def sample_of_cells(
    expression: Expression, genes: Sequence[str], causes: Collection[str], *, source: str
) -> GeneSample:
    """Normalise the counts of some genes and correlate them.

    Parameters
    ----------
    expression
        Counts of all genes of some cells.
    genes
        Genes in question; those that the file lacks or that do not vary are left out.
    causes
        Genes that may act on others, such as transcription factors.
    source
        Where the cells come from.

    Raises
    ------
    InputError
        If there are fewer than `MINIMUM_CELLS` cells, or fewer than two of the genes.
    """
    if expression.n_cells < MINIMUM_CELLS:
        msg = f"Expected at least {MINIMUM_CELLS} cells, found {expression.n_cells} in {source}."
        raise InputError(msg, "Inferred edges need more cells.")
    place = {gene: column for column, gene in enumerate(expression.genes)}
    present = [gene for gene in dict.fromkeys(genes) if gene in place]
    columns = [place[gene] for gene in present]
    values = pearson_residuals_of(expression.counts[:, columns], expression.depth)
    spread = values.std(axis=0)
    varies = spread > 0
    kept = [gene for gene, keep in zip(present, varies, strict=True) if keep]
    check_genes(kept, genes, source)
    standard = (values[:, varies] - values[:, varies].mean(axis=0)) / spread[varies]
    correlation = standard.T @ standard / len(standard)
    np.fill_diagonal(correlation, 1.0)
    is_cause = np.isin(kept, sorted(causes))
    return GeneSample(tuple(kept), correlation, len(standard), is_cause, standard, source)


def pearson_residuals_of(counts: sparse.csr_matrix, depth: np.ndarray) -> np.ndarray:
    """Analytic Pearson residuals of some genes, with the depth of the cells over all genes.

    Parameters
    ----------
    counts
        `(C, G)` raw counts of the genes in question.
    depth
        `(C,)` total counts of the cells.

    Returns
    -------
    `(C, G)` float64, clipped at the root of the number of cells.

    References
    ----------
    Lause, Berens, Kobak, Genome Biology 22, 258 (2021).
    """
    dense = np.asarray(counts.todense(), dtype=np.float64)
    expected = np.outer(depth, dense.sum(axis=0) / max(depth.sum(), 1.0))
    spread = np.sqrt(expected + expected**2 / OVERDISPERSION)
    residuals = np.divide(dense - expected, spread, out=np.zeros_like(dense), where=spread > 0)
    limit = np.sqrt(len(dense))
    return np.clip(residuals, -limit, limit)


def check_genes(
    found: Sequence[str], asked: Sequence[str], source: str, *, most_genes: int = MOST_GENES
) -> None:
    """Raise `InputError` unless 2 to `most_genes` genes were found."""
    if len(found) > most_genes:
        msg = f"Expected at most {most_genes} genes for causal discovery, found {len(found)}."
        raise InputError(msg, "Choose a smaller set.")
    if len(found) < 2:
        msg = f"Expected at least 2 of the genes in {source}, found {len(found)}."
        raise InputError(msg, f"Asked for {format_list(list(asked))}.")
