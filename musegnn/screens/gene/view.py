"""Gene: who the neighbours of a gene are in one context, and what speaks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.choices import ANY, CELLS, SCOPES, STUDIES
from musegnn.analysis.known.known_genes import DEFINITION as KNOWN_DEFINITION
from musegnn.analysis.known.known_genes import KNOWN, NEW, KnownGenes
from musegnn.analysis.neighbours.gene_evidence import GeneEvidence
from musegnn.analysis.neighbours.gene_neighbours import (
    NeighbourAnswer,
    NeighbourRequest,
    find_neighbours,
)
from musegnn.analysis.neighbours.neighbourhood_agreement import ContextOrthologGroups
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.co_expression import GraphState, graph_state
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.ensemble import Ensemble, neighbour_stability
from musegnn.embeddings.reliability import (
    NOT_MEASURED,
    nearest_level,
    reliability_columns,
    reliability_of_context,
)
from musegnn.embeddings.study_block import StudyBlock
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.io.gene_style import species_of_id
from musegnn.io.gene_tables import SHIPPED
from musegnn.knowledge.evidence import LARGEST_TERM
from musegnn.screens.gene.view_network import build_network
from musegnn.screens.parts.gene_contexts import ContextsView, build_contexts

NETWORK_LIMIT: Final = 24  # labels of more genes would lie on each other
NO_ENSEMBLE: Final = (
    "Only one trained model is loaded, so it is not known which neighbours would stay with another "
    "training seed. Train some with `musegnn train GRAPH.h5ad ... -o RUNS --seeds 0-4` and start "
    "the dashboard with `MUSEGNN_ENSEMBLE=RUNS`."
)
OF_KNOWLEDGE: Final = (
    "This context was made of tables of knowledge: it has no cells, hence no expression and no "
    "measure of how firm its neighbours are."
)


@dataclass(frozen=True)
class GeneView:
    """What the Gene page shows.

    Parameters
    ----------
    symbol, dataset, ortholog_group
        The gene, its context, and its name across species.
    facts
        Label and value of what is known about the gene here.
    neighbours
        Best first, see `musegnn.analysis.neighbours.gene_neighbours.NeighbourAnswer`; then
        `stability`, `rank_low` and `rank_high` over the models of other seeds.
    background
        Kinds of evidence among the nearest and among all candidates.
    contexts
        The same gene elsewhere.
    graph_state
        Whether the co-expression graph of the context is at hand.
    graph_note
        What is missing when it is not, else "".
    nodes, edges
        Network of the gene and its neighbours, see
        `musegnn.screens.gene.view_network.build_network`.
    caption, background_caption, network_caption
        One line below each table or picture: what, n, data, method.
    evidence_caption
        Source and release of each kind of evidence, a line each.
    reliability_note
        How firm the neighbours of the gene are, in words and numbers.
    stability_note
        Over which models stability was counted, or how to get some.
    n_models
        Number of other models.
    n_candidates
        Number of genes in context that were compared.
    study_note
        What other studies the neighbours were found with, or "".
    study_facts
        The same as columns of a file; empty where the cells alone were asked.
    enrichment_help
        What Enrichment of the neighbours tells, and whether it is circular.
    known_note
        How many neighbours are known and new, and what that means; "" where it was not asked.
    """

    symbol: str
    dataset: str
    ortholog_group: str
    facts: tuple[tuple[str, str], ...]
    neighbours: pd.DataFrame
    background: pd.DataFrame
    contexts: ContextsView
    graph_state: GraphState
    graph_note: str
    nodes: pd.DataFrame
    edges: pd.DataFrame
    caption: str
    reliability_note: str
    evidence_caption: str
    background_caption: str
    network_caption: str
    stability_note: str
    n_models: int
    n_candidates: int
    study_note: str = ""
    study_facts: Mapping[str, str | float] = field(default_factory=dict)
    enrichment_help: str = ""
    known_note: str = ""

    @property
    def drugs_link(self) -> dict[str, str]:
        """What the Drugs page is asked: compounds around the gene, by its human name."""
        return {"drugs_ask": "network", "drug_part": "around", "drug_node": self.ortholog_group}


@dataclass(frozen=True)
class Asked:
    """A request as it can be met.

    Parameters
    ----------
    request
        What is asked.
    studies
        Other studies, where they are asked.
    problem
        Why the cells alone are asked though other studies were wished, or "".
    """

    request: NeighbourRequest
    studies: StudyBlock | None = None
    problem: str = ""


def by_what_is_known(request: NeighbourRequest, blocks: str, studies: StudyBlock | None) -> Asked:
    """Ask other studies where they are there and, alone, know the gene; else the cells.

    Parameters
    ----------
    request
        What is asked of the cells.
    blocks
        What the user wishes, one of `musegnn.analysis.choices.BLOCKS`.
    studies
        Other studies, or None where they are not there, which was told.
    """
    if studies is None or blocks == CELLS:
        return Asked(replace(request, blocks=CELLS))
    if studies.knows(request.row):
        return Asked(replace(request, blocks=blocks), studies)
    symbol = str(studies.embedding.genes[keys.GENE].iloc[request.row])
    return Asked(
        replace(request, blocks=CELLS),
        problem=f"**Other studies know nothing of {symbol}**: it stands in too few of their "
        f"{studies.studies.n_terms:,} sets. Shown are the neighbours from your cells.",
    )


def build(
    request: NeighbourRequest,
    *,
    atlas: Atlas,
    graph: GeneGraph | None,
    evidence: GeneEvidence | None = None,
    contexts: ContextOrthologGroups | None = None,
    ensemble: Ensemble | None = None,
    studies: StudyBlock | None = None,
    known: KnownGenes | None = None,
) -> GeneView:
    """Collect what the Gene page shows.

    Parameters
    ----------
    request
        What was asked.
    atlas
        The atlas.
    graph
        Co-expression graph of the context of the row, or None when it is not at hand.
    evidence
        What is known about its genes; None takes none.
    contexts
        Which genes its contexts have; None finds it out.
    ensemble
        Models of other training seeds; None when there are none.
    studies
        What other studies say of the genes; needed where the request asks for them.
    known
        What is known of the genes; None does not ask.

    Raises
    ------
    InputError
        If the row does not exist, a choice is unknown or a number is out of range.
    """
    evidence = evidence or GeneEvidence(atlas.embedding, atlas.search.ortholog_groups, None)
    contexts = contexts or ContextOrthologGroups(atlas.embedding, atlas.search.ortholog_groups)
    ensemble = ensemble or Ensemble((), ())
    answer = find_neighbours(
        request,
        embedding=atlas.embedding,
        evidence=evidence,
        graph=graph,
        studies=studies,
        known=known,
    )
    own = atlas.embedding.genes.iloc[request.row]
    symbol, dataset = str(own[keys.GENE]), str(own[keys.DATASET])
    called = atlas.context_names.get(dataset, dataset)
    listed = answer.neighbours["row"].to_numpy()
    stability = neighbour_stability(
        ensemble, request.row, listed, answer.candidates.rows, k=request.k
    )
    neighbours = pd.concat([answer.neighbours, stability], axis=1)
    drawn = neighbours.head(NETWORK_LIMIT)
    nodes, edges = build_network(request.row, drawn, embedding=atlas.embedding, graph=graph)
    state: GraphState = "available" if graph is not None else graph_state(atlas.embedding, dataset)
    ortholog_group = str(atlas.search.ortholog_groups[request.row])
    return GeneView(
        symbol=symbol,
        dataset=dataset,
        ortholog_group=ortholog_group,
        facts=_facts(atlas.embedding, own, dataset),
        reliability_note=OF_KNOWLEDGE
        if _is_knowledge(own)
        else _reliability_note(atlas.embedding, request, symbol, dataset, called),
        neighbours=neighbours,
        background=answer.background,
        contexts=build_contexts(
            request.row,
            atlas.search.rows(ortholog_group),
            k=request.k,
            embedding=atlas.embedding,
            contexts=contexts,
        ),
        graph_state=state,
        graph_note="" if _is_knowledge(own) else _graph_note(state, dataset, called),
        nodes=nodes,
        edges=edges,
        caption=_caption(request, answer, symbol, called, atlas.embedding),
        evidence_caption=_evidence_caption(evidence, called, studies),
        background_caption=_background_caption(request, answer, called),
        network_caption=(
            f"{symbol} and its {len(drawn)} nearest genes, clockwise by rank from the top"
            f"{_hidden(len(neighbours) - len(drawn))}. Solid: co-expressed in {called} (CS-CORE "
            "edge). Dashed: no edge here, but known to interact, regulate or share a term. Dotted: "
            f"neighbour {'in the embedding' if studies is None else 'by these vectors'} only. "
            "Distances carry no meaning."
        ),
        stability_note=_stability_note(ensemble, request.k, by_cells_alone=studies is None),
        n_models=len(ensemble),
        n_candidates=answer.n_candidates,
        study_note=_study_note(request, answer, dataset, studies),
        study_facts=_study_facts(request, studies),
        known_note=_known_note(answer.neighbours),
        enrichment_help=f"What the nearest genes of {symbol} are about"
        + ("" if studies is None else ". Circular: the sets that found them would be tested"),
    )


def _study_note(
    request: NeighbourRequest, answer: NeighbourAnswer, dataset: str, studies: StudyBlock | None
) -> str:
    """Say what of other studies counts, what they do not know, and what may not be tested."""
    if studies is None:
        return ""
    others = studies.knows(answer.candidates.rows)
    unknown = (
        f"Of {int((~others).sum()):,} of {len(others):,} candidates other studies know nothing: "
        "they are placed by your cells, as if other studies said of them what is usual. "
    )
    if request.blocks == STUDIES:
        n = len(studies.embedding.rows_of_dataset(dataset)) if request.scope == SCOPES[0] else 0
        left_out = f" ({n - 1 - len(others):,} of this context are left out)" if n else ""
        unknown = f"Only genes that other studies know are compared{left_out}. "
    return (
        f"{unknown}They know a gene by its name, the same in every context: the same gene "
        "elsewhere is told by your cells alone, and so are the contexts below. Enrichment of this "
        "list, or of a part of it, would test the sets that found it."
    )


def _known_note(neighbours: pd.DataFrame) -> str:
    """Count what is known and what is new, and say what that means."""
    if "known" not in neighbours or neighbours.empty:
        return ""
    n_known, n_new = (int((neighbours["known"] == word).sum()) for word in (KNOWN, NEW))
    return (
        f"**Known or new?** Of these {len(neighbours)}, {n_known} known and {n_new} new. "
        f"{KNOWN_DEFINITION}"
    )


def _study_facts(request: NeighbourRequest, studies: StudyBlock | None) -> dict[str, str | float]:
    """Say in columns what of other studies counts."""
    if studies is None:
        return {}
    weight = {} if request.blocks == STUDIES else {"studies_weight": request.weight}
    return {"found_by": request.blocks, **studies.studies.facts, **weight}


def _caption(
    request: NeighbourRequest,
    answer: NeighbourAnswer,
    symbol: str,
    called: str,
    embedding: EmbeddingSet,
) -> str:
    """Say what the table of neighbours is."""
    n, found = answer.n_candidates, len(answer.neighbours)
    scope = request.scope
    if request.orthologs_only:
        scope += ", genes with an ortholog only"
    filters = []
    if request.evidence != ANY:
        filters.append(f"evidence: {request.evidence}")
    if request.minimum_cosine > -1:
        filters.append(f"cosine at least {request.minimum_cosine:g}")
    met = f" that meet {' and '.join(filters)} ({answer.n_fitting:,} do)" if filters else ""
    by = {
        CELLS: "cosine in the full embedding space",
        STUDIES: "cosine of the vectors of other studies alone, which know no context",
    }
    both = (
        "cosine of both blocks side by side, the vectors of your cells and those of other studies "
        f"times {request.weight:g}"
    )
    return (
        f"The {found} nearest{met} of {n:,} genes in context to {symbol} in {called} ({scope}), "
        f"by {by.get(request.blocks, both)}, every candidate compared and counted in the rank; "
        f"{embedding.origin}."
    )


def _evidence_caption(
    evidence: GeneEvidence, called: str, studies: StudyBlock | None = None
) -> str:
    """Name the tables behind each kind of evidence, and behind other studies, with releases."""
    found_by = [] if studies is None else [studies.studies.statement]
    trained = (
        f"Co-expressed: an edge of the graph of {called}, from which the embedding was trained, "
        "so it is no independent evidence."
    )
    if evidence.index is None:
        return "  \n".join([trained, *found_by])
    notes = {
        "regulation": ", graded A to C or not graded",
        "pathway": f", terms of at most {LARGEST_TERM} genes, the smallest named",
        "GO process": f", terms of at most {LARGEST_TERM} genes, the smallest named",
    }
    lines = [
        f"{kind.capitalize() if kind.islower() else kind}: "
        f"{'; '.join(tables) if tables else 'no table at hand'}{notes.get(kind, '')}."
        for kind, tables in evidence.sources.items()
    ]
    lines += [trained, "Genes of other species are looked up by their human ortholog.", *found_by]
    return "  \n".join(lines)


def _background_caption(request: NeighbourRequest, answer: NeighbourAnswer, called: str) -> str:
    """Say what is compared with what, and by which test."""
    elsewhere = ""
    if request.scope != SCOPES[0]:
        elsewhere = f" Genes that {called} lacks count as not co-expressed."
    return (
        f"Of the {min(request.k, answer.n_candidates)} nearest genes, filters aside, and of all "
        f"{answer.n_candidates:,} candidates, those with each kind of evidence. p: one-sided "
        "hypergeometric test, background the candidates, not corrected for the "
        f"{len(answer.background)} kinds.{elsewhere}"
    )


def _stability_note(ensemble: Ensemble, k: int, *, by_cells_alone: bool) -> str:
    """Say over which models stability was counted."""
    notes = " ".join(ensemble.notes)
    if not len(ensemble):
        return f"{NO_ENSEMBLE} {notes}".strip()
    n = len(ensemble)
    models = "the one model" if n == 1 else f"{n} models"
    return (
        f"Stable: share of {models} of other seeds ({', '.join(ensemble.names)}) in which the gene "
        f"is among the {k} nearest; then its best and worst rank there. {notes}"
        f"{'' if by_cells_alone else ' These models know your cells alone.'}"
    ).strip()


def _reliability_note(
    embedding: EmbeddingSet, request: NeighbourRequest, symbol: str, dataset: str, called: str
) -> str:
    """Say how firm the neighbours of the gene are, and how firm its context is."""
    own = reliability_columns(embedding, np.array([request.row]), request.k).iloc[0]
    word, level = own["reliability_word"], nearest_level(request.k)
    if word == NOT_MEASURED:
        return (
            f"How firm the neighbours of {symbol} in {called} are was not measured: the graph was "
            "built before this was recorded. Build it again from the counts."
        )
    chance = level / max(len(embedding.rows_of_dataset(dataset)) - 1, 1)
    context = reliability_of_context(embedding, dataset)
    said = (
        f"**Neighbours of {symbol} here: {word}.** {round(level * own['reliability'])} of {level} "
        f"are the same in two halves of the cells; by chance {level * chance:.1f}."
    )
    if context.is_doubtful:
        said += f" The whole context is {context.words}."
    return said


def _hidden(n: int) -> str:
    """Say how many neighbours the picture leaves out."""
    return f" ({n} more in the table)" if n > 0 else ""


def _facts(embedding: EmbeddingSet, own: pd.Series, dataset: str) -> tuple[tuple[str, str], ...]:
    """What is known about the gene in its context."""
    entry = embedding.datasets.loc[dataset]
    told = (
        ("species", str(own[keys.SPECIES_COLUMN])),
        ("Ensembl id", _id_of_gene(own)),
        *_symbol_of_id(str(own[keys.GENE]), str(own[keys.SPECIES_COLUMN])),
        ("edges", f"{int(own[keys.DEGREE]):,}"),
    )
    if _is_knowledge(own):  # it has no cells: 0 would read as measured
        return (*told, ("cluster", str(own[keys.CLUSTER])))
    return (
        ("tissue", str(own[keys.TISSUE])),
        *told,
        ("mean expression per 10,000 counts", f"{float(own[keys.MEAN]):.3g}"),
        ("cluster", str(own[keys.CLUSTER])),
        ("cells", f"{int(entry.get('n_cells', 0)):,}"),
    )


def _is_knowledge(own: pd.Series) -> bool:
    """Tell whether a gene in context is of a context that was made of tables of knowledge."""
    return str(own[keys.MODALITY]) == keys.KNOWLEDGE


def _graph_note(state: GraphState, dataset: str, called: str) -> str:
    """Say what is missing when there is no graph."""
    return {
        "available": "",
        "no folder": "This result folder has no `graphs` folder, so co-expression cannot be "
        "shown. Put the gene graphs it was trained on into `graphs/`.",
        "no file": f"The graph of {called} is not in the `graphs` folder, so co-expression cannot "
        f"be shown. Put `{dataset}.h5ad` there.",
    }[state]


def _id_of_gene(own: pd.Series) -> str:
    """Return the id that the set holds, else the one of the symbol, and say so."""
    if held := str(own[keys.GENE_ID]):
        return held
    species, gene = str(own[keys.SPECIES_COLUMN]), str(own[keys.GENE])
    known = SHIPPED[species].ids_of_symbols([gene]) if species in SHIPPED else {}
    return f"{known[gene]}, by the symbol" if gene in known else "not known"


def _symbol_of_id(gene: str, species: str) -> list[tuple[str, str]]:
    """Return the symbol of a gene that is called by its id, as a fact; nothing for others."""
    if species_of_id(gene) != species or species not in SHIPPED:
        return []
    symbol = SHIPPED[species].symbols_of_ids([gene]).get(gene, "")
    return [("symbol of the id", symbol)] if symbol else []
