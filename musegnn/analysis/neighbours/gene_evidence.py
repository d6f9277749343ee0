"""Evidence for pairs of genes in context: what is known, and what this context shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import hypergeom

from musegnn import keys
from musegnn.analysis.choices import CO_EXPRESSED, EMBEDDING_ONLY
from musegnn.embeddings.co_expression import co_expression_evidence
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.knowledge.evidence import EvidenceIndex, Fact

NOT_LOADED: Final = "no annotation loaded"
NOT_ANNOTATED: Final = f"{EMBEDDING_ONLY} (gene in no table)"
SAME: Final = "the same gene"
SAME_ORTHOLOG_GROUP: Final = "gene of the same ortholog group"
TERMS_NAMED: Final = 1  # terms of a kind that the short text names; the rest is counted


@dataclass(frozen=True)
class PairEvidence:
    """What speaks for each of some pairs, a gene in context with others.

    Parameters
    ----------
    flags
        Rows to tell apart x `EVIDENCE_CLASSES`, bool: which kinds of evidence there are.
    co_expression
        What the graph of the context says, see
        `musegnn.embeddings.co_expression.co_expression_evidence`, or None without a graph.
    is_same
        The pair is one gene in two contexts, or two genes with one ortholog in the same context;
        such pairs have no flags.
    is_here
        The other gene is in the same context.
    is_annotated
        The other gene stands in some table.
    """

    flags: pd.DataFrame
    co_expression: pd.DataFrame | None
    is_same: np.ndarray
    is_here: np.ndarray
    is_annotated: np.ndarray

    def at(self, positions: np.ndarray) -> PairEvidence:
        """Return the evidence of some of the pairs, in the order of `positions`."""
        graph = self.co_expression
        return PairEvidence(
            self.flags.iloc[positions].reset_index(drop=True),
            None if graph is None else graph.iloc[positions].reset_index(drop=True),
            self.is_same[positions],
            self.is_here[positions],
            self.is_annotated[positions],
        )


class GeneEvidence:
    """Evidence for the genes of an atlas; made once and shared.

    Parameters
    ----------
    embedding
        The atlas.
    ortholog_groups
        `(N,)` gene name shared across contexts and species: the human symbol where one is known.
        Public knowledge is about human genes, so other species are looked up by it.
    index
        What is known, or None when no annotation is at hand.
    """

    def __init__(
        self, embedding: EmbeddingSet, ortholog_groups: np.ndarray, index: EvidenceIndex | None
    ) -> None:
        self.embedding = embedding
        self.ortholog_groups = ortholog_groups
        self.index = index
        # numbers are compared many times faster than names
        self._codes, distinct = pd.factorize(ortholog_groups)
        if index is None:
            self._positions = np.full(len(ortholog_groups), -1, dtype=np.int64)
        else:
            self._positions = index.positions(distinct)[self._codes]
        self._here: dict[str, dict[str, str]] = {}

    @property
    def sources(self) -> dict[str, tuple[str, ...]]:
        """Titles of the tables of each kind, with releases; empty without annotation."""
        return {} if self.index is None else self.index.sources

    def kinds(self, graph: GeneGraph | None) -> list[str]:
        """Return the kinds of evidence that some source at hand can give.

        Of the others nothing is known, which is not the same as that there is none.
        """
        known = [kind for kind in keys.KNOWLEDGE_CLASSES if self.sources.get(kind)]
        return known if graph is None else [*known, CO_EXPRESSED]

    def between(self, row: int, others: np.ndarray, graph: GeneGraph | None) -> PairEvidence:
        """Tell which kinds of evidence join a gene in context and each of some others.

        Parameters
        ----------
        row
            Row of the gene in context.
        others
            Rows to compare with, none of them `row`.
        graph
            Graph of the context of `row`, or None when it is not at hand. Genes of other contexts
            are looked up in it by their ortholog group.
        """
        gene = str(self.ortholog_groups[row])
        is_same = self._codes[others] == self._codes[row]
        positions = self._positions[others]
        flags = pd.DataFrame(index=range(len(others)))
        for kind in keys.KNOWLEDGE_CLASSES:
            related = self.index.related(gene, kind) if self.index is not None else None
            flags[kind] = False if related is None else related[positions] & ~is_same
        co_expression = None
        flags[CO_EXPRESSED] = False
        if graph is not None:
            symbol = str(self.embedding.genes[keys.GENE].iloc[row])
            names = self._names_here(row, others)
            co_expression = co_expression_evidence(graph, symbol, names)
            flags[CO_EXPRESSED] = co_expression["edge"].to_numpy() & ~is_same
        contexts = self.embedding.context_codes[0]
        is_here = contexts[others] == contexts[row]
        return PairEvidence(flags, co_expression, is_same, is_here, positions >= 0)

    def facts(self, row: int, others: np.ndarray) -> list[tuple[Fact, ...]]:
        """List all that is known about a gene in context and each of some others."""
        if self.index is None:
            return [() for _ in others]
        gene = str(self.ortholog_groups[row])
        return [self.index.facts(gene, str(self.ortholog_groups[other])) for other in others]

    def _names_here(self, row: int, others: np.ndarray) -> list[str]:
        """Symbol of each gene in the context of a row; "" where the context lacks it."""
        genes = self.embedding.genes
        contexts = self.embedding.context_codes[0]
        dataset = str(genes[keys.DATASET].iloc[row])
        here = self._here.get(dataset)
        symbols = genes[keys.GENE].to_numpy(dtype=object)
        if here is None:
            # the first symbol where an ortholog group has several in one context
            own = self.embedding.rows_of_dataset(dataset)[::-1]
            here = {str(self.ortholog_groups[i]): str(symbols[i]) for i in own}
            self._here[dataset] = here
        inside = contexts[others] == contexts[row]
        return [
            str(symbols[other]) if is_inside else here.get(str(self.ortholog_groups[other]), "")
            for other, is_inside in zip(others, inside, strict=True)
        ]


def describe_pairs(
    evidence: PairEvidence, facts: Sequence[tuple[Fact, ...]], *, is_loaded: bool
) -> pd.DataFrame:
    """Put evidence into words, one row a pair, no cell of `why` empty.

    Parameters
    ----------
    evidence
        Which kinds there are.
    facts
        What is known about each pair.
    is_loaded
        Whether annotation is at hand.

    Returns
    -------
    `why` (short), and in full `interaction` (tables), `regulation`, `pathways` and `processes`
    (smallest first), between semicolons, "" where there is none.
    """
    rows = []
    for position, known in enumerate(facts):
        by_kind = {kind: [f for f in known if f.kind == kind] for kind in keys.KNOWLEDGE_CLASSES}
        parts = [*_interaction(by_kind[keys.INTERACTION]), *_regulation(by_kind[keys.REGULATION])]
        parts += _terms(by_kind[keys.PATHWAY], "pathway") + _terms(by_kind[keys.PROCESS], "GO")
        if evidence.flags[CO_EXPRESSED].iloc[position]:
            parts.append(CO_EXPRESSED)
        if evidence.is_same[position]:
            parts = [SAME_ORTHOLOG_GROUP if evidence.is_here[position] else SAME]
        elif not parts and not is_loaded:
            parts = [NOT_LOADED]
        elif not parts:
            parts = [EMBEDDING_ONLY if evidence.is_annotated[position] else NOT_ANNOTATED]
        rows.append(
            {
                "why": "; ".join(parts),
                "interaction": "; ".join(
                    f"{f.source} {f.release}" for f in by_kind[keys.INTERACTION]
                ),
                "regulation": "; ".join(
                    f"{f.text} ({', '.join(filter(None, [f.source, f.release, f.detail]))})"
                    for f in by_kind[keys.REGULATION]
                ),
                "pathways": "; ".join(f"{f.text} ({f.detail})" for f in by_kind[keys.PATHWAY]),
                "processes": "; ".join(f"{f.text} ({f.detail})" for f in by_kind[keys.PROCESS]),
            }
        )
    columns = ["why", "interaction", "regulation", "pathways", "processes"]
    return pd.DataFrame(rows, columns=columns)


def compare_with_chance(flags: pd.DataFrame, nearest: np.ndarray) -> pd.DataFrame:
    """Compare how often evidence is found among the nearest genes and among all candidates.

    Parameters
    ----------
    flags
        Candidates x kinds of evidence, bool.
    nearest
        Positions of the nearest genes in `flags`.

    Returns
    -------
    One row a kind: `kind`; `found`, number of the nearest that have it; `nearest` their number;
    `share` (0 to 1); `background`, share of all candidates that have it (0 to 1); `fold`, share
    over background, NaN where no candidate has it; `p`, one-sided hypergeometric: as many or more
    among as many genes drawn without replacement from the candidates. Not corrected for the number
    of kinds.
    """
    n, k = len(flags), len(nearest)
    rows = []
    for kind in flags:
        has = flags[kind].to_numpy(dtype=bool)
        total, found = int(has.sum()), int(has[nearest].sum())
        background = total / n if n else float("nan")
        share = found / k if k else float("nan")
        fold = share / background if total and k else float("nan")
        p = float(hypergeom.sf(found - 1, n, total, k)) if n else float("nan")
        rows.append((kind, found, k, share, background, fold, p))
    columns = ["kind", "found", "nearest", "share", "background", "fold", "p"]
    return pd.DataFrame(rows, columns=columns)


def short_term(name: str) -> str:
    """Name of a term without the species and the accession that libraries put behind it."""
    name = name.split("_Homo sapiens", maxsplit=1)[0]
    return name.rpartition(" (GO:")[0] or name


def _interaction(facts: list[Fact]) -> list[str]:
    """Interactions in a few words."""
    tables = len({fact.source for fact in facts})
    if not tables:
        return []
    return ["interaction" if tables == 1 else f"interaction ({tables} tables)"]


def _regulation(facts: list[Fact]) -> list[str]:
    """Regulation in a few words; tables that agree are named once."""
    return list(dict.fromkeys(fact.text for fact in facts))


def _terms(facts: list[Fact], label: str) -> list[str]:
    """The smallest term by name, the others counted."""
    if not facts:
        return []
    more = len(facts) - TERMS_NAMED
    named = ", ".join(short_term(fact.text) for fact in facts[:TERMS_NAMED])
    return [f"{label}: {named}{f' +{more}' if more > 0 else ''}"]
