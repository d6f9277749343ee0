"""Neighbours of a gene in context with what speaks for them, for the page and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.choices import (
    ANY,
    BLOCKS,
    CELLS,
    EMBEDDING_ONLY,
    EVIDENCE_FILTERS,
    SCOPES,
    STUDIES,
)
from musegnn.analysis.known.known_genes import KnownGenes, is_of_cells
from musegnn.analysis.neighbours.gene_evidence import (
    GeneEvidence,
    PairEvidence,
    compare_with_chance,
    describe_pairs,
)
from musegnn.embeddings.co_expression import SAME_GENE
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.neighbours import Candidates, compare_rows
from musegnn.embeddings.reliability import reliability_columns
from musegnn.embeddings.study_block import (
    FROM_STUDIES,
    WEIGHT,
    StudyBlock,
    StudyCandidates,
    compare_by_studies,
)
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.validation import check_choice, check_positive

NO_GRAPH: Final = "no graph at hand"
STUDIES_ONLY: Final = "other studies only"  # where else it would be the embedding only

# scope -> column that must be equal to the gene's own, or must differ
_EQUAL: Final = {
    "this context": keys.DATASET,
    "same tissue": keys.TISSUE,
    "same species": keys.SPECIES_COLUMN,
    "same modality": keys.MODALITY,
}
_DIFFERENT: Final = {
    "other tissues": keys.TISSUE,
    "other species": keys.SPECIES_COLUMN,
    "other modalities": keys.MODALITY,
}


@dataclass(frozen=True)
class NeighbourRequest:
    """What is asked about the neighbours of a gene in context.

    Parameters
    ----------
    row
        Row of the gene in context.
    k
        Number of neighbours, 1 or more; also the size of a neighbourhood.
    scope
        Where to search, one of `SCOPES`.
    orthologs_only
        Search only genes that have an ortholog in another species.
    minimum_cosine
        Neighbours below it are not listed, -1 to 1.
    evidence
        One of `EVIDENCE_FILTERS`: list only neighbours with that kind of evidence, or with none.
    blocks
        One of `BLOCKS`: what neighbours are found by.
    weight
        Of the vectors of other studies beside those of the cells, above 0.
    """

    row: int
    k: int = 20
    scope: str = "this context"
    orthologs_only: bool = False
    minimum_cosine: float = -1.0
    evidence: str = ANY
    blocks: str = CELLS
    weight: float = WEIGHT


@dataclass(frozen=True)
class NeighbourAnswer:
    """Neighbours with evidence.

    Parameters
    ----------
    neighbours
        Best first: `row, rank, gene, context, cosine, percentile, mutual, evidence` (co-expression
        in the context of the gene), `statistic, estimate, significance`, `reliability` and
        `reliability_word` of its own neighbours in its context, then `why` and in full
        `interaction, regulation, pathways, processes`. Ranks count every candidate, those that a
        filter leaves out too. Where other studies count, the columns of
        `musegnn.embeddings.study_block.StudyCandidates.told_apart` say which block brings it, and
        `cosine` is the one of both blocks, or of other studies alone.
    background
        Evidence among the k nearest, filters aside, and among all candidates, see
        `musegnn.analysis.neighbours.gene_evidence.compare_with_chance`.
    candidates
        Genes in context that were compared, with their cosines.
    n_fitting
        Number of candidates that meet the filters.
    """

    neighbours: pd.DataFrame
    background: pd.DataFrame
    candidates: Candidates
    n_fitting: int

    @property
    def n_candidates(self) -> int:
        """Number of genes in context that were compared."""
        return len(self.candidates)


def find_neighbours(
    request: NeighbourRequest,
    *,
    embedding: EmbeddingSet,
    evidence: GeneEvidence,
    graph: GeneGraph | None,
    studies: StudyBlock | None = None,
    known: KnownGenes | None = None,
) -> NeighbourAnswer:
    """Find the nearest genes in context and what speaks for each.

    Parameters
    ----------
    request
        What is asked.
    embedding
        The atlas.
    evidence
        What is known about its genes.
    graph
        Co-expression graph of the context of the row, or None when it is not at hand.
    studies
        What other studies say of its genes, or None; needed where the request asks for them.
    known
        What is known of its genes, or None; adds to each neighbour of a gene that was measured
        the columns of `musegnn.analysis.known.known_genes.KnownGenes.of_pairs`.

    Raises
    ------
    InputError
        If the row does not exist, a choice is unknown, a number is out of range, or other studies
        are asked that are not there or, alone, know nothing of the gene.
    """
    _check(request, embedding)
    row, k = request.row, request.k
    searched = candidate_rows(embedding, row, request.scope, orthologs_only=request.orthologs_only)
    candidates = _compare(request, embedding, searched, studies)
    pairs = evidence.between(row, candidates.rows, graph)
    fits = _fits(request, candidates, pairs)
    table = candidates.table(k, fits=fits)
    positions = np.searchsorted(candidates.rows, table["row"].to_numpy())
    neighbours = _describe(table, row, k, evidence, pairs.at(positions))
    if isinstance(candidates, StudyCandidates):
        told = candidates.told_apart(neighbours["row"].to_numpy(), k)
        is_theirs = (told["brought_by"] == FROM_STUDIES).to_numpy()
        why = neighbours["why"].str.replace(EMBEDDING_ONLY, STUDIES_ONLY, regex=False)
        neighbours["why"] = neighbours["why"].mask(is_theirs, why)
        neighbours = pd.concat([neighbours, told], axis=1)
    if known is not None and is_of_cells(embedding, row):
        told = known.of_pairs(row, neighbours["row"].to_numpy())
        neighbours = pd.concat([neighbours, told], axis=1)
    return NeighbourAnswer(
        neighbours=neighbours,
        background=compare_with_chance(pairs.flags[evidence.kinds(graph)], candidates.nearest(k)),
        candidates=candidates,
        n_fitting=int(fits.sum()),
    )


def _compare(
    request: NeighbourRequest,
    embedding: EmbeddingSet,
    searched: np.ndarray,
    studies: StudyBlock | None,
) -> Candidates:
    """Compare the gene with all that are searched, by the blocks that are asked for."""
    if request.blocks == CELLS:
        return compare_rows(embedding, request.row, searched)
    if studies is None:
        msg = (
            f"Expected vectors of other studies to find neighbours by {request.blocks}, found none."
        )
        raise InputError(msg, "Read them with `musegnn.knowledge.studies.sources`.")
    weight = None if request.blocks == STUDIES else request.weight
    return compare_by_studies(studies, request.row, searched, weight=weight)


def candidate_rows(
    embedding: EmbeddingSet,
    row: int,
    scope: str,
    *,
    orthologs_only: bool = False,
) -> np.ndarray:
    """Return the rows that a search from `row` compares, ascending.

    The row itself is among them, unless the scope leaves its own context out.
    """
    genes = embedding.genes
    kept = np.ones(len(genes), dtype=bool)
    if scope in _EQUAL:
        values = genes[_EQUAL[scope]].to_numpy()
        kept = values == values[row]
    elif scope in _DIFFERENT:
        values = genes[_DIFFERENT[scope]].to_numpy()
        kept = values != values[row]
    if orthologs_only:
        kept &= has_ortholog(embedding)
        kept[row] |= scope in _EQUAL or scope not in _DIFFERENT
    return np.flatnonzero(kept)


def has_ortholog(embedding: EmbeddingSet) -> np.ndarray:
    """Tell which genes in context have an ortholog in another species.

    A human gene has one when a gene of another species in the atlas names it; any other gene when
    its human ortholog is known.
    """
    genes = embedding.genes
    ortholog = genes[keys.ORTHOLOG].astype(str)
    is_human = (genes[keys.SPECIES_COLUMN].astype(str) == "human").to_numpy()
    elsewhere = set(ortholog[~is_human]) - {""}
    named = ortholog.isin(elsewhere).to_numpy()
    return np.where(is_human, named, (ortholog != "").to_numpy())


def _check(request: NeighbourRequest, embedding: EmbeddingSet) -> None:
    """Raise for a request that cannot be met."""
    check_choice(request.scope, SCOPES, name="scope")
    check_choice(request.evidence, EVIDENCE_FILTERS, name="evidence")
    check_choice(request.blocks, BLOCKS, name="blocks")
    check_positive(request.k, name="k")
    embedding.check_row(request.row)
    if not -1 <= request.minimum_cosine <= 1:
        msg = f"Expected `minimum_cosine` between -1 and 1, found {request.minimum_cosine}."
        raise InputError(msg, "Choose a cosine such as 0.5.")


def _fits(request: NeighbourRequest, candidates: Candidates, pairs: PairEvidence) -> np.ndarray:
    """Tell which candidates meet the filters."""
    fits = np.ones(len(candidates), dtype=bool)
    if request.evidence == EMBEDDING_ONLY:
        fits = ~pairs.flags.any(axis=1).to_numpy() & ~pairs.is_same
    elif request.evidence != ANY:
        fits = pairs.flags[request.evidence].to_numpy(dtype=bool)
    if request.minimum_cosine > -1:
        fits = fits & (candidates.cosines >= request.minimum_cosine)
    return fits


def _describe(
    table: pd.DataFrame, row: int, k: int, evidence: GeneEvidence, pairs: PairEvidence
) -> pd.DataFrame:
    """Add names and evidence to neighbours; `pairs` is in their order."""
    rows = table["row"].to_numpy()
    genes = evidence.embedding.genes
    table["gene"] = genes[keys.GENE].iloc[rows].astype(str).to_numpy()
    table["context"] = genes[keys.DATASET].iloc[rows].astype(str).to_numpy()
    if pairs.co_expression is None:
        table["evidence"], table["statistic"] = NO_GRAPH, np.nan
        table["estimate"], table["significance"] = np.nan, pd.array([pd.NA] * len(table), "Int8")
        table["resampled"] = np.nan
    else:
        for column in ("evidence", "statistic", "estimate", "significance", "resampled"):
            table[column] = pairs.co_expression[column].array
    table.loc[pairs.is_same & ~pairs.is_here, "evidence"] = SAME_GENE
    words = describe_pairs(pairs, evidence.facts(row, rows), is_loaded=evidence.index is not None)
    order = ["row", "rank", "gene", "context", "cosine", "percentile", "mutual", "evidence"]
    order += ["statistic", "estimate", "significance", "resampled"]
    order += ["reliability", "reliability_word"]
    table = table.assign(**reliability_columns(evidence.embedding, rows, k))
    return pd.concat([table[order], words], axis=1)
