"""Inference: edges of a context from its cells, from shipped correlations or from counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from musegnn.analysis.causal.cause_correlations import CauseCorrelations, correlate_causes
from musegnn.analysis.causal.gene_sample import MOST_GENES, GeneSample, read_cells, sample_of_cells
from musegnn.errors import InputError
from musegnn.io.gene_names import GeneNames

FURTHER_FACTORS: Final = 20


def choose_causes(
    correlations: CauseCorrelations, genes: Sequence[str], *, n_further: int = FURTHER_FACTORS
) -> tuple[str, ...]:
    """Return the genes that enter: the chosen ones and the factors that go with them most.

    Parameters
    ----------
    correlations
        Correlations of the possible causes of the context.
    genes
        Chosen genes; those that the context has enter.
    n_further
        Most factors that are added, by the sum of squared correlations with the chosen genes.

    Returns
    -------
    At most `MOST_GENES` genes when the chosen ones are not more: chosen first, then factors.
    """
    place = {gene: column for column, gene in enumerate(correlations.genes)}
    present = [gene for gene in dict.fromkeys(genes) if gene in place]
    room = min(n_further, max(0, MOST_GENES - len(present)))
    strength = (correlations.values[:, [place[gene] for gene in present]] ** 2).sum(axis=1)
    order = np.lexsort((np.array(correlations.causes), -np.round(strength, 9)))
    inside = set(present)
    further = [correlations.causes[i] for i in order if correlations.causes[i] not in inside]
    return (*present, *further[:room])


def sample_from_correlations(
    correlations: CauseCorrelations, genes: Sequence[str], *, n_further: int = FURTHER_FACTORS
) -> GeneSample:
    """Return what causal discovery sees of some genes without counts.

    Raises
    ------
    InputError
        If there are too few or too many of the genes.
    """
    return correlations.sample(choose_causes(correlations, genes, n_further=n_further))


def correlations_of_file(
    path: Path,
    *,
    species: str,
    modality: str,
    dataset: str,
    context_genes: Sequence[str],
    causes: Collection[str],
    names: GeneNames,
    layer: str | None = None,
) -> CauseCorrelations:
    """Correlate the possible causes of a context in a file of counts, to keep beside an atlas.

    Raises
    ------
    DataFileError, InputError, GraphError
        If the file cannot be used or lacks genes of the context.
    """
    cells = read_cells(
        path, species, modality, names=names, layer=layer, wanted=tuple(context_genes)
    )
    provenance = {"input": Path(path).name}
    return correlate_causes(cells, context_genes, causes, dataset=dataset, provenance=provenance)


def sample_from_file(
    path: Path,
    genes: Sequence[str],
    *,
    species: str,
    modality: str,
    context_genes: Sequence[str],
    causes: Collection[str],
    names: GeneNames,
    layer: str | None = None,
    n_further: int = FURTHER_FACTORS,
) -> GeneSample:
    """Return what causal discovery sees of some genes in a file of counts.

    Parameters
    ----------
    path
        File of raw counts.
    genes
        Chosen genes.
    species, modality
        The context.
    context_genes
        Genes of the context, among which further factors are looked for.
    causes
        Genes that may act on others.
    names
        Nomenclature tables.
    layer
        Where the counts are; None searches.
    n_further
        Most factors that are added.

    Raises
    ------
    DataFileError, InputError, GraphError
        If the file cannot be used.
    """
    wanted = (*genes, *context_genes)
    cells = read_cells(path, species, modality, names=names, layer=layer, wanted=wanted)
    source = f"the {cells.n_cells:,} cells of {Path(path).name}"
    here = set(cells.genes)
    present = [gene for gene in dict.fromkeys(genes) if gene in here]
    factors = [gene for gene in context_genes if gene in causes and gene in here]
    if not factors and not set(present) & set(causes):
        msg = f"Expected transcription factors in {Path(path).name}, found none."
        raise InputError(msg, "Is it a file of this species, with a table of factors at hand?")
    entering = present
    if factors:
        reached = tuple(dict.fromkeys([*present, *factors]))
        correlations = correlate_causes(cells, reached, set(factors), dataset=source)
        entering = list(choose_causes(correlations, present, n_further=n_further))
    return sample_of_cells(cells, entering, causes, source=source)
