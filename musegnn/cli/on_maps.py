"""`--on-maps ATLAS`: genes of an answer in every context of an atlas, as on the page."""

from __future__ import annotations

import argparse
from pathlib import Path

from musegnn.analysis.annotated_atlas import read_atlas
from musegnn.analysis.labels.set_on_maps import DRAWS, FEWEST, NEAREST, place_on_maps
from musegnn.cli.answer import SET_HELP, STDOUT, filled, laid_out, respond, tell
from musegnn.targets.lit import LIKELY, WHICH, LitGenes

_SHOWN = ("tissue", "context", "measured", "similarity", "expected", "z", "p", "q", "gene_p")
_LAYOUTS = {
    **dict.fromkeys(("similarity", "expected", "expected_contexts"), "{:.3f}"),
    **dict.fromkeys(("p", "q", "gene_p"), "{:.2g}"),
    "z": "{:.1f}",
    "weight": "{:.3f}",
}
METHOD = (
    f"similarity: mean cosine of all pairs of these genes, where a context has {FEWEST} or more; "
    f"expected and p: {DRAWS} random sets of other candidates of like expression and degree (of a "
    "signature: of all genes); q over the tested contexts; gene_p: against sets of all genes. "
    f"company: the genes nearest to the set; near: among the {NEAREST} nearest."
)


def add_on_maps(parser: argparse.ArgumentParser) -> None:
    """Add the option, and what belongs to it."""
    parser.add_argument(
        "--on-maps",
        type=Path,
        metavar="ATLAS",
        help=f"where the genes lie in each context, and whether they keep together: {SET_HELP}",
    )


def add_which(parser: argparse.ArgumentParser) -> None:
    """Add which targets are meant."""
    parser.add_argument(
        "--which",
        default=WHICH[0],
        choices=WHICH,
        help="with --on-maps: targets that count (default: %(default)s)",
    )
    parser.add_argument(
        "--above",
        type=float,
        default=LIKELY,
        metavar="P",
        help="with --on-maps: smallest probability of a predicted target (default: %(default)s)",
    )


def respond_on_maps(options: argparse.Namespace, lit: LitGenes) -> int:
    """Print what is said of the genes in every context."""
    atlas = read_atlas(options.on_maps, tell=tell)
    found = place_on_maps(lit.table, atlas=atlas, rivals=lit.rivals, seed=options.seed)
    remarks = [*lit.remarks]
    if found.left_out:
        remarks.append(f"In no context: {', '.join(found.left_out)}.")
    shown = found.contexts[found.contexts["measured"] > 0]
    none = len(found.contexts) - len(shown)
    if none:
        remarks.append(f"{none} of {len(found.contexts)} contexts measure none of them.")
    table = shown[[*_SHOWN, "members", "company"]].assign(
        members=shown["members"].str.replace("|", " "),
        company=shown["company"].str.replace("|", " "),
    )
    genes = found.genes[["gene", "weight", "kind", "contexts", "tissues"]]
    return respond(
        text=lambda: "\n".join(
            [
                f"{lit.label}: {len(lit.table)} genes on {len(found.contexts)} maps",
                *map(filled, remarks),
                "",
                laid_out(genes.assign(tissues=genes["tissues"].str.replace("|", ", ")), _LAYOUTS),
                "",
                laid_out(table, _LAYOUTS),
                "",
                filled(METHOD),
            ]
        ),
        document=lambda: {
            "label": lit.label,
            "remarks": remarks,
            "genes": found.genes,
            "contexts": found.contexts,
            "places": found.places,
            "company": found.company,
        },
        as_json=options.json,
        table=found.contexts,
        file=STDOUT if options.csv else options.tsv,
        separator="\t" if options.tsv else ",",
        unit="contexts",
    )
