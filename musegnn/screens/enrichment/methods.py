"""Enrichment methods: how each of its tables is made, as a program."""

from __future__ import annotations

from dataclasses import asdict

from musegnn.analysis.enrichment.gene_set_library import OWN_FILE, Library
from musegnn.analysis.enrichment.source_network import Network
from musegnn.analysis.gene_set_choice import GeneSetChoice
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.enrichment import (
    CHANGE,
    COSINE,
    PASTED,
)
from musegnn.screens.enrichment.view import ContextsView, TermsView
from musegnn.screens.enrichment.view_activity import ActivityView
from musegnn.screens.enrichment.view_ranking import RankedView, RankingRequest
from musegnn.screens.parts.studies import OPEN_STUDIES
from musegnn.screens.shell.methods import Methods, describe

_ATLAS = """\
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.known_names import open_search

knowledge = Settings.from_environment().knowledge
atlas = Atlas(embedding, open_search(embedding, knowledge))
"""


def terms_methods(view: TermsView, *, embedding: EmbeddingSet) -> Methods:
    """Say how the table of terms is made."""
    choice, settings = view.found.choice, view.found.settings
    return describe(
        embedding.origin,
        title="Enriched terms",
        sentences=_with_caution(view),
        parameters={
            "set": choice.label,
            **asdict(settings),
            **view.library.facts,
            **(choice.studies.facts if choice.studies else {}),
        },
        code=(
            f"{_ATLAS}{_choice_code(choice)}{_library_code(view.library)}\n"
            "from musegnn.analysis.enrichment.enrichment import EnrichmentSettings, enrich\n\n"
            f"settings = {settings!r}\n"
            "table = enrich(\n    choice,\n    index=library.index,\n    atlas=atlas,\n"
            "    settings=settings,\n).table\n"
        ),
    )


def contexts_methods(view: ContextsView, *, embedding: EmbeddingSet) -> Methods:
    """Say how the table of terms and contexts is made."""
    choice, settings, mode = view.found.choice, view.found.settings, view.found.mode
    return describe(
        embedding.origin,
        title="Enriched terms in every context",
        sentences=_with_caution(view),
        parameters={
            "set": choice.label,
            "take": mode,
            **asdict(settings),
            **view.library.facts,
            **(choice.studies.facts if choice.studies else {}),
        },
        code=(
            f"{_ATLAS}{_choice_code(choice)}{_library_code(view.library)}\n"
            "from musegnn.analysis.enrichment.context_enrichment import enrich_contexts\n"
            "from musegnn.analysis.enrichment.enrichment import EnrichmentSettings\n\n"
            f"settings = {settings!r}\n"
            "table = enrich_contexts(\n    choice,\n    index=library.index,\n"
            "    atlas=atlas,\n"
            f"    settings=settings,\n    mode={mode!r},\n).table\n"
        ),
    )


def ranked_methods(
    request: RankingRequest, view: RankedView, *, embedding: EmbeddingSet
) -> Methods:
    """Say how the table of terms along a ranking is made."""
    ranked, library = view.found, view.library
    sizes = {name: ranked.facts[name] for name in ("minimum_size", "maximum_size", "overlap")}
    arguments = ", ".join(f"{name}={value!r}" for name, value in sizes.items())
    return describe(
        embedding.origin,
        title="Terms along a ranking",
        sentences=(view.statement,),
        parameters={
            "ranking": view.found.ranking.label,
            **sizes,
            "seed": ranked.seed,
            **library.facts,
        },
        code=(
            f"{_ATLAS}{_ranking_code(request)}{_library_code(library)}\n"
            "from musegnn.analysis.enrichment.ranked_enrichment import ranked_enrichment\n\n"
            f"table = ranked_enrichment(ranking, index=library.index, {arguments}).table\n"
        ),
    )


def activity_methods(
    request: RankingRequest | None,
    network: Network,
    view: ActivityView,
    *,
    embedding: EmbeddingSet,
) -> Methods:
    """Say how the table of activities is made.

    Parameters
    ----------
    request
        The ranking that was asked for, or None for every context.
    network
        Who acts on whom.
    view
        The answer.
    embedding
        The atlas.
    """
    call = (
        "context_activity(context_expression(atlas), network)"
        if request is None
        else "activity(ranking.scores, network)"
    )
    return describe(
        embedding.origin,
        title=view.title,
        sentences=(view.statement,),
        parameters={"network": network.kind, "scores": view.found.scores},
        code=(
            f"{_ATLAS}{'' if request is None else _ranking_code(request)}"
            "from musegnn.analysis.enrichment.activity import (\n    activity,\n"
            "    context_activity,\n    context_expression,\n)\n"
            "from musegnn.analysis.enrichment.source_network import open_network\n"
            "from musegnn.knowledge.store import open_store\n\n"
            f"network = open_network(open_store(knowledge), {network.kind!r}).table\n"
            f"table = {call}.table\n"
        ),
    )


def _with_caution(view: TermsView | ContextsView) -> tuple[str, ...]:
    """What is circular about the genes, where something is, and the test."""
    return (*([view.caution.replace("**", "")] if view.caution else []), view.statement)


def _choice_code(choice: GeneSetChoice) -> str:
    """Write the lines that choose the same genes; they leave them in `choice`."""
    if choice.kind == "neighbours":
        opening, more = "", ""
        if choice.studies is not None:
            opening = OPEN_STUDIES.format(search="atlas.search")
            more = f"    blocks={choice.studies.blocks!r},\n    studies=studies,\n"
            more += f"    weight={choice.studies.weight!r},\n"
        return (
            f"from musegnn.analysis.gene_set_choice import choose_neighbours\n{opening}\n"
            f"choice = choose_neighbours(\n    {choice.gene!r},\n    {choice.dataset!r},\n"
            f"    k={len(choice.rows) - 1},\n    atlas=atlas,\n{more})\n"
        )
    if choice.kind == "list":
        names = " ".join(choice.symbols)
        return (
            "from musegnn.analysis.gene_set_choice import choose_list\n\n"
            f"choice = choose_list(\n    {names!r},\n    dataset={choice.dataset!r},\n"
            "    atlas=atlas,\n)\n"
        )
    rows = choice.rows.tolist()
    return (
        "from musegnn.analysis.gene_set_choice import choose_rows\n\n"
        f"choice = choose_rows(\n    {rows!r},\n    {choice.label!r},\n    kind={choice.kind!r},\n"
        "    atlas=atlas,\n)\n"
    )


def _library_code(library: Library) -> str:
    """Write the lines that open the same library; they leave it in `library`."""
    if library.source == OWN_FILE:
        return (
            "from pathlib import Path\n\n"
            "from musegnn.analysis.enrichment.gene_set_library import read_library\n\n"
            f"path = Path({library.name!r})  # the file of your own gene sets\n"
            "library = read_library(path, atlas=atlas)\n"
        )
    return (
        "from musegnn.analysis.enrichment.gene_set_library import load_library\n"
        "from musegnn.knowledge.store import open_store\n\n"
        "library = load_library(\n"
        f"    open_store(knowledge), {library.name!r}, atlas=atlas\n)\n"
    )


def _ranking_code(request: RankingRequest) -> str:
    """Write the lines that rank the same genes; they leave the ranking in `ranking`."""
    makers = {COSINE: "rank_by_cosine", CHANGE: "rank_by_change", PASTED: "rank_list"}
    maker = makers[request.kind]
    arguments = "".join(f"    {value!r},\n" for value in request.chosen)
    names = "search=atlas.search" if request.kind == PASTED else "atlas=atlas"
    return (
        f"from musegnn.analysis.enrichment.ranking import {maker}\n\n"
        f"ranking = {maker}(\n{arguments}    {names},\n)\n"
    )
