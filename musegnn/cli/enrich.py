"""`musegnn enrich`: what a set of genes, a ranking or a context is about."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from musegnn.analysis.annotated_atlas import AnnotatedAtlas, read_atlas
from musegnn.analysis.choices import CELLS, SET_MODES
from musegnn.analysis.enrichment.activity import (
    activity,
    context_activity,
    context_expression,
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
from musegnn.analysis.enrichment.source_network import open_network
from musegnn.analysis.gene_set_choice import GeneSetChoice
from musegnn.cli.answer import SET_HELP, STDOUT, filled, laid_out, respond, tell
from musegnn.cli.genes import add_blocks, add_choice, choose_genes, read_names
from musegnn.errors import InputError

_SHOWN = 25  # rows of the table for reading
_LONGEST = 60  # letters of a term there
_HIDDEN = {
    "set_size",
    "background",
    "odds_low",
    "odds_high",
    "represented_by",
    "expected",
    "plain_p",
    "plain_q",
}


class Answer(NamedTuple):
    """What a question gave: in words, what every row depends on, and the table in full."""

    statements: tuple[str, ...]
    facts: dict
    rows: pd.DataFrame


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("enrich", help="terms, regulators and pathways of a set of genes")
    parser.add_argument("embedding", type=Path, metavar="ATLAS", help=SET_HELP)
    parser.add_argument(
        "--ask",
        choices=sorted(_QUESTIONS),
        default="terms",
        help="terms of the set (default), the same in every context, terms along a ranking (cosine "
        "to the gene of --neighbours, or the numbers in the file of --genes), activity of "
        "regulators or pathways (along that ranking, else in every context)",
    )
    chosen = parser.add_mutually_exclusive_group()
    add_choice(chosen)
    chosen.add_argument("--neighbours", metavar="GENE", help="nearest genes in --context")
    parser.add_argument("--context", default="", metavar="NAME", help="context to take genes from")
    parser.add_argument("-k", type=int, default=50, help="number of neighbours (default: 50)")
    add_blocks(parser)
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
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON instead of a table")
    form.add_argument("--csv", action="store_true", help="print all rows and columns as CSV")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the answer."""
    answer = _QUESTIONS[options.ask](read_atlas(options.embedding, tell=tell), options)
    return respond(
        text=lambda: _as_text(answer),
        document=answer._asdict,
        as_json=options.json,
        table=stamped(answer.rows, answer.facts),
        file=STDOUT if options.csv else None,
    )


def ask_terms(atlas: AnnotatedAtlas, options: argparse.Namespace) -> Answer:
    """Test the terms of a set."""
    choice, library = _choice(atlas, options), _library(atlas, options)
    terms = enrich(choice, index=library.index, atlas=atlas, settings=_settings(options))
    notes = () if choice.report is None else (choice.report.sentence,)
    facts = {**library.facts, **terms.facts}
    return Answer(
        (*_cautions(choice, library), *notes, terms.statement, library.statement),
        facts,
        terms.table,
    )


def ask_contexts(atlas: AnnotatedAtlas, options: argparse.Namespace) -> Answer:
    """Test the terms of a set in every context."""
    choice, library = _choice(atlas, options), _library(atlas, options)
    terms = enrich_contexts(
        choice,
        index=library.index,
        atlas=atlas,
        settings=_settings(options),
        mode=options.take,
    )
    facts = {**library.facts, **terms.facts}
    return Answer(
        (*_cautions(choice, library), terms.statement, library.statement), facts, terms.table
    )


def ask_ranked(atlas: AnnotatedAtlas, options: argparse.Namespace) -> Answer:
    """Test the terms along a ranking."""
    library, ranking = _library(atlas, options), _ranking(atlas, options)
    if ranking is None:
        msg = "Expected a ranking, found neither --neighbours nor --genes."
        raise InputError(msg, "Give a gene with its --context, or a file of genes and numbers.")
    sizes = {} if options.minimum_size is None else {"minimum_size": options.minimum_size}
    terms = ranked_enrichment(
        ranking,
        index=library.index,
        maximum_size=options.maximum_size,
        overlap=options.overlap,
        seed=options.seed,
        **sizes,
    )
    notes = (ranking.note.strip(),) if ranking.note else ()
    facts = {**library.facts, **terms.facts}
    return Answer((*notes, terms.statement, library.statement), facts, terms.table)


def ask_activity(atlas: AnnotatedAtlas, options: argparse.Namespace) -> Answer:
    """Estimate activities along a ranking when one is given, else in every context."""
    network = open_network(atlas.store, options.ask).table
    ranking = _ranking(atlas, options)
    if ranking is not None:
        active = activity(ranking.scores, network, name="ranking", words=ranking.label)
    else:
        active = context_activity(context_expression(atlas), network)
    return Answer((active.statement,), active.facts, active.table)


_QUESTIONS: dict[str, Callable[[AnnotatedAtlas, argparse.Namespace], Answer]] = {
    "terms": ask_terms,
    "contexts": ask_contexts,
    "ranked": ask_ranked,
    "regulators": ask_activity,
    "pathways": ask_activity,
}


def _choice(atlas: AnnotatedAtlas, options: argparse.Namespace) -> GeneSetChoice:
    """Choose genes as the options say."""
    if (options.genes, options.cluster, options.neighbours) == (None, None, None):
        msg = "Expected genes, found none of --genes, --cluster and --neighbours."
        raise InputError(msg, "Give one of them.")
    if options.neighbours is None and options.blocks != CELLS:
        msg = f"Expected --neighbours GENE beside --blocks {options.blocks}, found other genes."
        raise InputError(msg, "Other studies find neighbours; a set is taken as it is.")
    names = "" if options.genes is None else read_names(options.genes)
    return choose_genes(atlas, options, gene=options.neighbours, names=names)


def _cautions(choice: GeneSetChoice, library: Library) -> tuple[str, ...]:
    """Say what is circular about genes that were found with other studies."""
    return tuple(filter(None, [choice.caution(library.name).replace("**", "")]))


def _ranking(atlas: AnnotatedAtlas, options: argparse.Namespace) -> Ranking | None:
    """Rank genes as the options say, or None when they do not."""
    if options.neighbours is not None and options.blocks != CELLS:
        msg = f"Expected --blocks {CELLS} for a ranking, found {options.blocks}."
        raise InputError(msg, "Terms along a ranking are asked of the cells alone.")
    if options.neighbours is not None:
        return rank_by_cosine(options.neighbours, options.context, atlas=atlas)
    if options.genes is None:
        return None
    return rank_list(read_names(options.genes), search=atlas.search)


def _library(atlas: AnnotatedAtlas, options: argparse.Namespace) -> Library:
    """Open the library that the options name."""
    if options.gmt is not None:
        return read_library(options.gmt, atlas=atlas)
    if options.library is None:
        names = [] if atlas.store is None else atlas.store.gene_set_libraries()
        msg = "Expected --library NAME or --gmt FILE, found neither."
        raise InputError(msg, f"At hand: {', '.join(names)}." if names else "")
    return load_library(atlas.store, options.library, atlas=atlas)


def _settings(options: argparse.Namespace) -> EnrichmentSettings:
    """Settings of a test; a background that is no kind is a file."""
    is_kind = options.background in {"context", "atlas", "annotated"}
    return EnrichmentSettings(
        background=options.background if is_kind else "list",
        background_list="" if is_kind else read_names(options.background),
        minimum_size=MINIMUM_SIZE if options.minimum_size is None else options.minimum_size,
        maximum_size=options.maximum_size,
        overlap=options.overlap,
    )


def _as_text(answer: Answer) -> str:
    """Table for reading: the first terms that stand for themselves, then what was tested."""
    table = answer.rows
    if "represented_by" in table:
        table = table[table["represented_by"] == table["term"]]
    shown = table.head(_SHOWN).drop(columns=[name for name in table if name in _HIDDEN])
    for column in shown.columns:
        if not pd.api.types.is_numeric_dtype(shown[column]):
            shown[column] = [textwrap.shorten(str(value), _LONGEST) for value in shown[column]]
    hidden = len(answer.rows) - len(shown)
    more = [f"{hidden:,} more rows with --csv or --json."] if hidden > 0 else []
    return "\n".join([laid_out(shown), "", *more, *map(filled, answer.statements)])
