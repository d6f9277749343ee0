"""`musegnn modules`: do textbook modules, or genes of your own, keep together in each context."""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from musegnn.analysis.annotated_atlas import AnnotatedAtlas, read_atlas
from musegnn.analysis.gene_set_choice import check_context
from musegnn.analysis.modules.gene_modules import MODULES, GeneModule
from musegnn.analysis.modules.module_scores import (
    DRAWS,
    FEWEST_MEMBERS,
    NEAREST,
    score_members,
    score_modules,
    summarise_modules,
)
from musegnn.cli.answer import SET_HELP, STDOUT, filled, laid_out, respond, tell
from musegnn.cli.genes import add_choice, choose_genes, read_names
from musegnn.validation import check_choice

OWN = "your genes"
_SHOWN = ("members", "auroc", "auroc_chance", "q", "near", "near_chance", "near_q")
_LAYOUTS = {
    **dict.fromkeys(("auroc", "auroc_chance", "near", "near_chance"), "{:.3f}"),
    **dict.fromkeys(("p", "q", "near_q"), "{:.2g}"),
}
_OF_MEMBERS = (
    "auroc: share of the genes that are no members and lie farther from the mean of the other "
    f"members; rank among them, 1 is best. near: share of members among its {NEAREST} nearest "
    "genes; the nearest are named, members in brackets."
)


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "modules", help="do the members of known modules find each other, and where"
    )
    parser.add_argument("embedding", type=Path, metavar="ATLAS", help=SET_HELP)
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument(
        "--module", metavar="NAME", help="one module, context by context (default: all modules)"
    )
    add_choice(chosen)
    parser.add_argument(
        "--context",
        default="",
        metavar="NAME",
        help="with --module or --genes: its members in this context, one by one",
    )
    parser.add_argument(
        "--draws",
        type=int,
        default=DRAWS,
        metavar="N",
        help=f"random sets of like expression and degree (default: {DRAWS})",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the random sets (default: 0)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON instead of a table")
    form.add_argument("--csv", action="store_true", help="print all rows and columns as CSV")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the scores."""
    atlas = read_atlas(options.embedding, tell=tell)
    module = _chosen(atlas, options)
    if module is not None and options.context:
        check_context(atlas.embedding, options.context)
        table = score_members(module, options.context, atlas=atlas)
        shown = laid_out(table.drop(columns="row"), _LAYOUTS)
        title, statement = f"{module.name} in {options.context}", _OF_MEMBERS
        document = {"module": module.name, "context": options.context, "members": table}
    else:
        asked = MODULES if module is None else (module,)
        table = score_modules(asked, atlas=atlas, draws=options.draws, seed=options.seed)
        title, shown = _read(table, module)
        statement = _statement(options.draws)
        document = {
            "statement": statement,
            "summary": summarise_modules(table),
            "rows": table,
        }
    source = [] if module is None else [f"Source: {module.source}."]
    return respond(
        text=lambda: "\n".join([title, shown, "", *map(filled, (statement, *source))]),
        document=lambda: document,
        as_json=options.json,
        table=table,
        file=STDOUT if options.csv else None,
    )


def _chosen(atlas: AnnotatedAtlas, options: argparse.Namespace) -> GeneModule | None:
    """Return the module or the genes that the options name, or None for all modules."""
    if options.module is not None:
        check_choice(options.module, [module.name for module in MODULES], name="module")
        return next(module for module in MODULES if module.name == options.module)
    if options.genes is None and options.cluster is None:
        return None
    names = "" if options.genes is None else read_names(options.genes)
    wished = argparse.Namespace(**{**vars(options), "context": "", "k": 0})
    choice = choose_genes(atlas, wished, gene=None, names=names)
    if choice.report is not None:
        tell(choice.report.sentence)
    return GeneModule(OWN, choice.symbols, choice.label)


def _read(table: pd.DataFrame, module: GeneModule | None) -> tuple[str, str]:
    """Lay the scores out: a line a module, or a line a context of the one that was asked for."""
    if module is None:
        return "Textbook modules", laid_out(summarise_modules(table), _LAYOUTS)
    own = table[table["auroc"].notna()].sort_values(
        ["expected", "auroc"], ascending=[False, False], kind="stable"
    )
    if own.empty:
        return module.name, f"no context has {FEWEST_MEMBERS} members or more"
    where = own["expected"].map({True: "right", False: "elsewhere"}).rename("where")
    parts = [own[["context", "tissue"]], *([] if module.name == OWN else [where])]
    return module.name, laid_out(pd.concat([*parts, own[list(_SHOWN)]], axis=1), _LAYOUTS)


def _statement(draws: int) -> str:
    """Say what the numbers are."""
    return (
        "auroc: chance that a member lies nearer to the mean of the other members than a gene that "
        f"is none, 0.5 by chance. near: share of members among the {NEAREST} nearest genes of a "
        f"member. Contexts with {FEWEST_MEMBERS} members or more. q: Benjamini and Hochberg over "
        f"all of them, against {draws:,} sets of like expression and degree."
    )
