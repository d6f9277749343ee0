"""`musegnn enrich`: what a set of genes, a ranking or a context is about."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from musegnn.analysis.choices import SET_MODES
from musegnn.analysis.enrichment.activity import (
    activity,
    context_activity,
    context_expression,
    footprint_network,
    regulation_network,
)
from musegnn.analysis.enrichment.context_enrichment import enrich_contexts
from musegnn.analysis.enrichment.enrichment import EnrichmentSettings, enrich
from musegnn.analysis.enrichment.gene_set_library import (
    Library,
    load_library,
    read_library,
    stamped,
)
from musegnn.analysis.enrichment.over_representation import MAXIMUM_SIZE, MINIMUM_SIZE
from musegnn.analysis.enrichment.ranked_enrichment import ranked_enrichment
from musegnn.analysis.enrichment.ranking import Ranking, rank_by_cosine, rank_list
from musegnn.analysis.enrichment.redundancy import OVERLAP
from musegnn.analysis.gene_set_choice import (
    GeneSetChoice,
    choose_cluster,
    choose_list,
    choose_neighbours,
)
from musegnn.embeddings import EmbeddingSet, read_embedding_set
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.known_names import open_search
from musegnn.errors import DataFileError, InputError
from musegnn.io.spreadsheet import table_text
from musegnn.knowledge.store import KnowledgeStore, open_store
from musegnn.settings import Settings

_SHOWN = 25  # rows of the table for reading
_LONGEST = 60  # letters of a term there
_HIDDEN = {"set_size", "background", "odds_low", "odds_high", "represented_by", "expected"}
_LARGEST_FILE = 20_000_000  # bytes of a list of genes


class Answer(NamedTuple):
    """What a question gave: the table in full, what every row depends on, and that in words."""

    table: pd.DataFrame
    facts: dict
    statements: tuple[str, ...]


class Source(NamedTuple):
    """What questions are asked of."""

    options: argparse.Namespace
    embedding: EmbeddingSet
    search: GeneSearch
    store: KnowledgeStore | None


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("enrich", help="terms, regulators and pathways of a set of genes")
    parser.add_argument("embedding", type=Path, metavar="ATLAS", help="folder or embedding.h5ad")
    parser.add_argument(
        "--ask",
        choices=sorted(_QUESTIONS),
        default="terms",
        help="terms of the set (default), the same in every context, terms along a ranking (cosine "
        "to the gene of --neighbours, or the numbers in the file of --genes), activity of "
        "regulators or pathways (along that ranking, else in every context)",
    )
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--genes", metavar="FILE", help="names of genes; - reads standard input")
    chosen.add_argument("--cluster", metavar="C", help="genes of a cluster")
    chosen.add_argument("--neighbours", metavar="GENE", help="nearest genes in --context")
    parser.add_argument("--context", default="", metavar="NAME", help="context to take genes from")
    parser.add_argument("-k", type=int, default=50, help="number of neighbours (default: 50)")
    sets = parser.add_mutually_exclusive_group()
    sets.add_argument("--library", metavar="NAME", help="library of `musegnn knowledge list`")
    sets.add_argument("--gmt", type=Path, metavar="FILE", help="gene sets of your own")
    parser.add_argument(
        "--background",
        default="context",
        metavar="KIND",
        help="context (default), atlas, annotated (all genes of the library), or a file of names",
    )
    parser.add_argument("--minimum-size", type=int, default=None, metavar="N")
    parser.add_argument("--maximum-size", type=int, default=MAXIMUM_SIZE, metavar="N")
    parser.add_argument(
        "--overlap",
        type=float,
        default=OVERLAP,
        metavar="J",
        help="Jaccard from which a term stands behind a better one (default: 0.5)",
    )
    parser.add_argument("--take", choices=SET_MODES, default=SET_MODES[0], help="for `contexts`")
    parser.add_argument("--seed", type=int, default=0, help="of `ranked` (default: 0)")
    answer = parser.add_mutually_exclusive_group()
    answer.add_argument("--json", action="store_true", help="print JSON instead of a table")
    answer.add_argument("--csv", action="store_true", help="print all rows and columns as CSV")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the answer."""
    embedding = read_embedding_set(options.embedding)
    knowledge = Settings.from_environment().knowledge
    source = Source(options, embedding, open_search(embedding, knowledge), open_store(knowledge))
    answer = _QUESTIONS[options.ask](source)
    if options.json:
        records = answer.table.astype(object).where(answer.table.notna(), None)
        document = {
            "statements": answer.statements,
            "facts": answer.facts,
            "rows": records.to_dict(orient="records"),
        }
        sys.stdout.write(json.dumps(document, indent=2, allow_nan=False) + "\n")
    elif options.csv:
        sys.stdout.write(table_text(stamped(answer.table, answer.facts)))
    else:
        sys.stdout.write(_as_text(answer))
    return 0


def ask_terms(source: Source) -> Answer:
    """Test the terms of a set."""
    choice, library = _choice(source), _library(source)
    found = enrich(
        choice,
        index=library.index,
        embedding=source.embedding,
        search=source.search,
        settings=_settings(source.options),
    )
    said = (choice.report.sentence,) if choice.report is not None else ()
    facts = {**library.facts, **found.facts}
    return Answer(found.table, facts, (*said, found.statement, library.statement))


def ask_contexts(source: Source) -> Answer:
    """Test the terms of a set in every context."""
    choice, library = _choice(source), _library(source)
    found = enrich_contexts(
        choice,
        index=library.index,
        embedding=source.embedding,
        search=source.search,
        settings=_settings(source.options),
        mode=source.options.take,
    )
    facts = {**library.facts, **found.facts}
    return Answer(found.table, facts, (found.statement, library.statement))


def ask_ranked(source: Source) -> Answer:
    """Test the terms along a ranking."""
    options, library = source.options, _library(source)
    ranking = _ranking(source)
    if ranking is None:
        msg = "Expected a ranking, found neither --neighbours nor --genes."
        raise InputError(msg, "Give a gene with its --context, or a file of genes and numbers.")
    sizes = {} if options.minimum_size is None else {"minimum_size": options.minimum_size}
    found = ranked_enrichment(
        ranking,
        index=library.index,
        maximum_size=options.maximum_size,
        overlap=options.overlap,
        seed=options.seed,
        **sizes,
    )
    facts = {**library.facts, **found.facts}
    said = (ranking.note.strip(),) if ranking.note else ()
    return Answer(found.table, facts, (*said, found.statement, library.statement))


def ask_regulators(source: Source) -> Answer:
    """Estimate the activity of regulators."""
    return _activity(source, regulation_network(_store(source).regulation("human")))


def ask_pathways(source: Source) -> Answer:
    """Estimate the activity of pathways."""
    return _activity(source, footprint_network(_store(source).footprints("human")))


_QUESTIONS: dict[str, Callable[[Source], Answer]] = {
    "terms": ask_terms,
    "contexts": ask_contexts,
    "ranked": ask_ranked,
    "regulators": ask_regulators,
    "pathways": ask_pathways,
}


def _activity(source: Source, network: pd.DataFrame) -> Answer:
    """Activity along a ranking when one is given, else in every context."""
    ranking = _ranking(source)
    if ranking is not None:
        found = activity(ranking.scores, network, name="ranking", words=ranking.label)
    else:
        found = context_activity(context_expression(source.embedding, source.search), network)
    return Answer(found.table, found.facts, (found.statement,))


def _choice(source: Source) -> GeneSetChoice:
    """Choose genes as the options say."""
    options = source.options
    if options.cluster is not None:
        return choose_cluster(
            options.cluster,
            dataset=options.context,
            embedding=source.embedding,
            search=source.search,
        )
    if options.neighbours is not None:
        return choose_neighbours(
            options.neighbours,
            options.context,
            k=options.k,
            embedding=source.embedding,
            search=source.search,
        )
    if options.genes is None:
        msg = "Expected genes, found none of --genes, --cluster and --neighbours."
        raise InputError(msg, "Give one of them.")
    choice = choose_list(
        _read(options.genes),
        dataset=options.context,
        embedding=source.embedding,
        search=source.search,
    )
    if not len(choice) and choice.report is not None:
        msg = f"Expected genes of {source.embedding.name}, found none in {options.genes}."
        raise InputError(msg, choice.report.sentence)
    return choice


def _ranking(source: Source) -> Ranking | None:
    """Rank genes as the options say, or None when they do not."""
    options = source.options
    if options.neighbours is not None:
        return rank_by_cosine(
            options.neighbours,
            options.context,
            embedding=source.embedding,
            search=source.search,
        )
    if options.genes is not None:
        return rank_list(_read(options.genes), search=source.search)
    return None


def _library(source: Source) -> Library:
    """Open the library that the options name."""
    options = source.options
    if options.gmt is not None:
        return read_library(options.gmt, embedding=source.embedding, search=source.search)
    if options.library is None:
        names = [] if source.store is None else source.store.gene_set_libraries()
        msg = "Expected --library NAME or --gmt FILE, found neither."
        raise InputError(msg, f"At hand: {', '.join(names)}." if names else "")
    return load_library(
        source.store, options.library, embedding=source.embedding, search=source.search
    )


def _store(source: Source) -> KnowledgeStore:
    """Return the store, which regulators and pathways need."""
    if source.store is None:
        msg = "Expected a folder of annotation, found none."
        raise InputError(msg, "Set MUSEGNN_KNOWLEDGE, or run `musegnn knowledge fetch`.")
    return source.store


def _settings(options: argparse.Namespace) -> EnrichmentSettings:
    """Settings of a test; a background that is no kind is a file."""
    is_kind = options.background in {"context", "atlas", "annotated"}
    return EnrichmentSettings(
        background=options.background if is_kind else "list",
        background_list="" if is_kind else _read(options.background),
        minimum_size=MINIMUM_SIZE if options.minimum_size is None else options.minimum_size,
        maximum_size=options.maximum_size,
        overlap=options.overlap,
    )


def _read(name: str) -> str:
    """Read a text file, or standard input for `-`.

    Raises
    ------
    DataFileError
        If there is no such file, or it is no text of a bearable size.
    """
    if name == "-":
        return sys.stdin.read(_LARGEST_FILE)
    path = Path(name)
    try:
        if path.stat().st_size > _LARGEST_FILE:
            msg = f"Expected at most {_LARGEST_FILE:,} bytes of names, found more in {path}."
            raise DataFileError(msg, "Keep the names only.")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        found = getattr(error, "strerror", None) or "bytes that are no text"
        msg = f"Expected a text file with names of genes at {path}, found: {found}."
        raise DataFileError(msg, "Give one name a line.") from error


def _as_text(answer: Answer) -> str:
    """Table for reading: the first terms that stand for themselves, then what was tested."""
    table = answer.table
    if "represented_by" in table:
        table = table[table["represented_by"] == table["term"]]
    shown = table.head(_SHOWN).drop(columns=[name for name in table if name in _HIDDEN])
    for column in shown.columns:
        if pd.api.types.is_float_dtype(shown[column]):
            shown[column] = shown[column].map(lambda v: "" if pd.isna(v) else f"{v:.3g}")
        elif not pd.api.types.is_numeric_dtype(shown[column]):
            shown[column] = shown[column].map(lambda v: textwrap.shorten(str(v), _LONGEST))
    hidden = len(answer.table) - len(shown)
    more = f"{hidden:,} more rows with --csv or --json.\n" if hidden > 0 else ""
    notes = "\n".join(textwrap.fill(text, 100) for text in answer.statements)
    return f"{shown.to_string(index=False)}\n\n{more}{notes}\n"
