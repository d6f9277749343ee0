"""Enrichment, methods: the programs that compute its tables again."""

from __future__ import annotations

from musegnn.analysis.enrichment.enrichment import EnrichmentSettings
from musegnn.analysis.enrichment.gene_set_library import OWN_FILE, Library
from musegnn.analysis.gene_set_choice import GeneSetChoice

_SEARCH = """\
from musegnn.embeddings.known_names import open_search

knowledge = Settings.from_environment().knowledge
search = open_search(embedding, knowledge)
"""


def choice_code(choice: GeneSetChoice) -> str:
    """Write the lines that choose the same genes; they leave them in `choice`."""
    if choice.kind == "neighbours":
        return (
            "from musegnn.analysis.gene_set_choice import choose_neighbours\n\n"
            f"choice = choose_neighbours(\n    {choice.gene!r},\n    {choice.dataset!r},\n"
            f"    k={len(choice.rows) - 1},\n    embedding=embedding,\n    search=search,\n)\n"
        )
    if choice.kind == "list":
        names = " ".join(choice.symbols)
        return (
            "from musegnn.analysis.gene_set_choice import choose_list\n\n"
            f"choice = choose_list(\n    {names!r},\n    dataset={choice.dataset!r},\n"
            "    embedding=embedding,\n    search=search,\n)\n"
        )
    rows = choice.rows.tolist()
    return (
        "from musegnn.analysis.gene_set_choice import choose_rows\n\n"
        f"choice = choose_rows(\n    {rows!r},\n    {choice.label!r},\n    kind={choice.kind!r},\n"
        "    embedding=embedding,\n    search=search,\n)\n"
    )


def library_code(library: Library) -> str:
    """Write the lines that open the same library; they leave it in `library`."""
    if library.source == OWN_FILE:
        return (
            "from pathlib import Path\n\n"
            "from musegnn.analysis.enrichment.gene_set_library import read_library\n\n"
            f"path = Path({library.name!r})  # the file of your own gene sets\n"
            "library = read_library(path, embedding=embedding, search=search)\n"
        )
    return (
        "from musegnn.analysis.enrichment.gene_set_library import load_library\n"
        "from musegnn.knowledge.store import open_store\n\n"
        "library = load_library(\n"
        f"    open_store(knowledge), {library.name!r}, embedding=embedding, search=search\n)\n"
    )


def terms_code(choice: GeneSetChoice, library: Library, settings: EnrichmentSettings) -> str:
    """Write the program behind the table of terms."""
    return (
        f"{_SEARCH}{choice_code(choice)}{library_code(library)}\n"
        "from musegnn.analysis.enrichment.enrichment import EnrichmentSettings, enrich\n\n"
        f"settings = {settings!r}\n"
        "table = enrich(\n    choice,\n    index=library.index,\n    embedding=embedding,\n"
        "    search=search,\n    settings=settings,\n).table\n"
    )


def contexts_code(
    choice: GeneSetChoice, library: Library, settings: EnrichmentSettings, mode: str
) -> str:
    """Write the program behind the table of terms and contexts."""
    return (
        f"{_SEARCH}{choice_code(choice)}{library_code(library)}\n"
        "from musegnn.analysis.enrichment.context_enrichment import enrich_contexts\n"
        "from musegnn.analysis.enrichment.enrichment import EnrichmentSettings\n\n"
        f"settings = {settings!r}\n"
        "table = enrich_contexts(\n    choice,\n    index=library.index,\n"
        "    embedding=embedding,\n    search=search,\n"
        f"    settings=settings,\n    mode={mode!r},\n).table\n"
    )


def ranked_code(ranking: str, library: Library, arguments: str) -> str:
    """Write the program behind the table of terms along a ranking.

    Parameters
    ----------
    ranking
        Lines that leave the ranking in `ranking`.
    library
        The library.
    arguments
        Keyword arguments of `ranked_enrichment`, as source text.
    """
    return (
        f"{_SEARCH}{ranking}{library_code(library)}\n"
        "from musegnn.analysis.enrichment.ranked_enrichment import ranked_enrichment\n\n"
        f"table = ranked_enrichment(ranking, index=library.index, {arguments}).table\n"
    )


def activity_code(network: str, ranking: str) -> str:
    """Write the program behind the table of activities.

    Parameters
    ----------
    network
        "regulators" or "pathways".
    ranking
        Lines that leave a ranking in `ranking`; "" for every context.
    """
    makers = {
        "regulators": ("regulation_network", "regulation"),
        "pathways": ("footprint_network", "footprints"),
    }
    maker, table = makers[network]
    call = (
        "activity(ranking.scores, network)"
        if ranking
        else "context_activity(context_expression(embedding, search), network)"
    )
    return (
        f"{_SEARCH}{ranking}"
        "from musegnn.analysis.enrichment.activity import (\n    activity,\n    context_activity,\n"
        f"    context_expression,\n    {maker},\n)\n"
        "from musegnn.knowledge.store import open_store\n\n"
        f"network = {maker}(open_store(knowledge).{table}('human'))\n"
        f"table = {call}.table\n"
    )


def ranking_code(kind: str, values: tuple[str, ...]) -> str:
    """Write the lines that rank the same genes; they leave the ranking in `ranking`.

    Parameters
    ----------
    kind
        "cosine" (values: gene, context), "change" (values: first and second context) or "list"
        (values: the text).
    values
        What was chosen.
    """
    makers = {"cosine": "rank_by_cosine", "change": "rank_by_change", "list": "rank_list"}
    arguments = "".join(f"    {value!r},\n" for value in values)
    others = "" if kind == "list" else "    embedding=embedding,\n"
    return (
        f"from musegnn.analysis.enrichment.ranking import {makers[kind]}\n\n"
        f"ranking = {makers[kind]}(\n{arguments}{others}    search=search,\n)\n"
    )
