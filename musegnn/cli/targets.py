"""`musegnn targets`: what a compound hits, by its structure and the signature it leaves."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from musegnn.border.text import open_binary
from musegnn.cli.answer import STDOUT, filled, laid_out, respond, tell
from musegnn.cli.genes import read_names
from musegnn.cli.on_maps import add_on_maps, add_which, respond_on_maps
from musegnn.errors import InputError
from musegnn.io.atomic import replacing
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.knowledge.store import open_store
from musegnn.settings import Settings
from musegnn.targets.asking import ask_about, query_of_signature
from musegnn.targets.lit import lit_targets
from musegnn.targets.network import build_network
from musegnn.targets.network_files import FORMATS
from musegnn.targets.network_files import write_network as write_file
from musegnn.targets.opening import open_predictor, open_spaces
from musegnn.targets.own_signature import (
    LONGEST_TEXT,
    OwnSignature,
    signature_of_lists,
    signature_of_table,
)
from musegnn.targets.predicted import can_rank, read_predictions
from musegnn.targets.predictor import Prediction
from musegnn.targets.shipped import read_drugs
from musegnn.targets.tables import Pharmacology, read_pharmacology
from musegnn.targets.tractable import (
    HOW_ALIKE,
    MEANING,
    find_gene,
    read_stages,
    tell_stage,
    tractable_neighbours,
)
from musegnn.targets.unlabelled import MEANING as UNLABELLED
from musegnn.targets.unlabelled import predict_unlabelled
from musegnn.validation import check_positive

_LAYOUTS = {"probability": "{:.3f}", "low": "{:.3f}", "high": "{:.3f}", "similarity": "{:.2f}"}
_TOLD = ("mechanism", "phase", "atc", "indication", "ids")
_LONGEST = 44  # letters of a text in the table for reading


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("targets", help="ranked targets of a compound or of a signature")
    parser.add_argument(
        "compound",
        nargs="?",
        default="",
        metavar="COMPOUND",
        help="name, InChIKey, DrugBank or Broad id, or SMILES",
    )
    add_signature(parser)
    parser.add_argument("-n", type=int, default=20, metavar="N", help="targets to show (20)")
    parser.add_argument("--seed", type=int, default=0, help="of the intervals (default: 0)")
    parser.add_argument(
        "--network",
        type=Path,
        metavar="OUT.graphml",
        help="write compounds and targets that are among the ten best of each other instead, as "
        ".graphml or .cx2",
    )
    add_on_maps(parser)
    add_which(parser)
    parser.add_argument(
        "--near",
        metavar="GENE",
        help="say whether drugs reach a gene, and which tractable genes are most like it, instead",
    )
    parser.add_argument(
        "--unlabelled",
        action="store_true",
        help="rank targets of every compound with a stored signature and no known target, instead",
    )
    add_forms(parser, "targets")
    parser.set_defaults(run=run)


def add_signature(parser: argparse.ArgumentParser) -> None:
    """Add the ways to give a signature."""
    parser.add_argument("--up", metavar="FILE", help="genes that go up; - reads standard input")
    parser.add_argument("--down", metavar="FILE", help="genes that go down")
    parser.add_argument(
        "--table",
        metavar="FILE",
        help="genes with their changes, as DESeq2, edgeR, limma, GEO2R, Seurat or scanpy write it, "
        "or two columns",
    )
    parser.add_argument("--cluster", default="", metavar="C", help="which one of a marker table")


def add_forms(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the forms of the answer."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print everything as JSON")
    form.add_argument("--csv", action="store_true", help=f"print all {what} as CSV")
    form.add_argument("--tsv", type=Path, metavar="OUT", help=f"write all {what} to a file")


def read_own(options: argparse.Namespace, data: Pharmacology) -> OwnSignature | None:
    """Read the signature that the options give, None for none.

    Raises
    ------
    InputError
        If both lists and a table are given, or what they hold is no signature.
    """
    has_lists = options.up is not None or options.down is not None
    if has_lists and options.table is not None:
        msg = "Expected lists or a table, found both."
        raise InputError(msg, "Give --up and --down, or --table.")
    if not has_lists and options.table is None:
        return None
    names = read_gene_names(Settings.from_environment().knowledge)
    if has_lists:
        up, down = ([] if one is None else _names_in(one) for one in (options.up, options.down))
        return signature_of_lists(up, down, data.genes, names)
    text = _table_in(options.table)
    return signature_of_table(text, data.genes, names, group=options.cluster)


def run(options: argparse.Namespace) -> int:
    """Print ranked targets, or write the network of all of them."""
    if options.network is not None:
        return write_network(options)
    if options.near is not None:
        return respond_near(options)
    if options.unlabelled:
        return respond_unlabelled(options)
    has_signature = any(value is not None for value in (options.up, options.down, options.table))
    if bool(options.compound) == has_signature:
        found = "both" if has_signature else "neither"
        msg = f"Expected a compound or a signature, found {found}."
        raise InputError(msg, "Name a compound, or give --up, --down or --table.")
    store = open_store(Settings.from_environment().knowledge)
    # what is no signature is refused before anything takes long
    own = read_own(options, read_drugs(store)) if has_signature else None
    if own is None and not can_rank(store):
        shipped = read_predictions()
        return _respond_with(options, shipped.ask(options.compound), shipped.data)
    predictor = open_predictor(store, tell=tell)
    data = predictor.data
    query = ask_about(options.compound, data) if own is None else query_of_signature(own)
    return _respond_with(options, predictor.predict(query, seed=options.seed), data)


def _respond_with(options: argparse.Namespace, answer: Prediction, data: Pharmacology) -> int:
    """Print an answer in the form that is asked for."""
    if options.on_maps is not None:
        lit = lit_targets(answer, data, which=options.which, above=options.above)
        return respond_on_maps(options, lit)
    file = STDOUT if options.csv else options.tsv
    return respond(
        text=lambda: _as_text(answer, options.n),
        document=lambda: _as_document(answer),
        as_json=options.json,
        table=answer.targets,
        file=file,
        separator="\t" if options.tsv else ",",
        unit="targets",
    )


def write_network(options: argparse.Namespace) -> int:
    """Write the network of compounds and targets and say what it is against chance."""
    if options.compound or any((options.up, options.down, options.table)):
        msg = "Expected --network alone, found a compound or a signature beside it."
        raise InputError(msg, "The network is that of all compounds of the store.")
    file_format = options.network.suffix.removeprefix(".").casefold()
    if file_format not in FORMATS:
        msg = f"Expected a file that ends in .graphml or .cx2, found {options.network.name}."
        raise InputError(msg, "Give it one of these endings.")
    predictor = open_predictor(open_store(Settings.from_environment().knowledge), tell=tell)
    network = build_network(predictor, seed=options.seed)
    with replacing(options.network) as path:
        path.write_bytes(write_file(network, file_format))
    new = network.odd
    named = network.communities[network.communities["kind"] != ""]
    head = (
        f"wrote {len(network.nodes)} nodes and {len(network.edges)} edges "
        f"({network.edges['known'].mean():.0%} curated) to {options.network}; modularity "
        f"{network.modularity:.2f}, rewired {network.modularity_by_chance:.2f}"
    )
    shown = new.head(options.n)[
        ["name", "atc", "indication", "community_name", "targets", "companions", "likest"]
    ]
    return respond(
        text=lambda: "\n".join(
            [
                head,
                "",
                "Compounds that share a target and agree in ATC, without structure twins:",
                laid_out(network.agreement),
                "",
                f"Communities with a name, {len(named)} of {len(network.communities)}:",
                laid_out(
                    _short(named[["name", "kind", "hits", "inside", "q", "compounds", "targets"]]),
                    {"q": "{:.2g}"},
                ),
                "",
                f"Compounds in the company of another use than theirs, {len(new)} in all:",
                laid_out(_short(shown), {"likest": "{:.2f}"}) if len(shown) else "none",
                filled(OF_NEW_USE),
            ]
        ),
        document=lambda: {
            "nodes": network.nodes,
            "edges": network.edges,
            "agreement": network.agreement,
            "modularity": network.modularity,
            "modularity_by_chance": network.modularity_by_chance,
            "communities": network.communities,
            "groups": network.groups,
            "new_use": new,
        },
        as_json=options.json,
        table=network.edges,
        file=STDOUT if options.csv else options.tsv,
        separator="\t" if options.tsv else ",",
        unit="edges",
    )


def respond_near(options: argparse.Namespace) -> int:
    """Print how far drugs came with a gene, and the tractable genes most like it."""
    if options.compound or any((options.up, options.down, options.table)):
        msg = "Expected --near alone, found a compound or a signature beside it."
        raise InputError(msg, "Ask one of them.")
    folder = Settings.from_environment().knowledge
    store = open_store(folder)
    stages = read_stages(read_pharmacology(store))
    spaces, modalities = open_spaces(store)
    gene = find_gene(options.near, spaces, read_gene_names(folder))
    table = tractable_neighbours(gene, stages, spaces, modalities, n=options.n)
    said = tell_stage(gene, stages)
    return respond(
        text=lambda: "\n".join(
            [
                filled(said),
                "",
                "Tractable genes most like it:",
                laid_out(_short(table), dict.fromkeys(spaces, "{:.3f}")),
                "",
                filled(f"{MEANING} {HOW_ALIKE}"),
            ]
        ),
        document=lambda: {"gene": gene, "answer": said, "meaning": MEANING, "tractable": table},
        as_json=options.json,
        table=table,
        file=STDOUT if options.csv else options.tsv,
        separator="\t" if options.tsv else ",",
        unit="genes",
    )


def respond_unlabelled(options: argparse.Namespace) -> int:
    """Print the likeliest targets of every compound with a signature and no known target."""
    if options.compound or any((options.up, options.down, options.table)):
        msg = "Expected --unlabelled alone, found a compound or a signature beside it."
        raise InputError(msg, "Ask one of them.")
    check_positive(options.n, name="n")
    predictor = open_predictor(open_store(Settings.from_environment().knowledge), tell=tell)
    table = predict_unlabelled(predictor, n=options.n, seed=options.seed, tell=tell)
    first = table[table["rank"] == 1].sort_values("probability", ascending=False)
    shown = first[["name", "gene", "probability", "low", "high", "domain", "nearest", "similarity"]]
    return respond(
        text=lambda: "\n".join(
            [
                f"{len(first)} compounds, the likeliest target of each, the surest first:",
                laid_out(_short(shown), _LAYOUTS),
                "",
                filled(UNLABELLED),
            ]
        ),
        document=lambda: {"meaning": UNLABELLED, "targets": table},
        as_json=options.json,
        table=table,
        file=STDOUT if options.csv else options.tsv,
        separator="\t" if options.tsv else ",",
        unit="targets",
    )


def _table_in(name: str) -> str:
    """Text of a table, packed or not, or of standard input."""
    if name == "-":
        return sys.stdin.read(LONGEST_TEXT)
    role = "a table of genes and changes"
    with open_binary(Path(name), role=role, legacy=True) as stream:
        content = stream.read(LONGEST_TEXT + 1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")  # of older spreadsheets


def _names_in(name: str) -> list[str]:
    """Names of a list: one a line, or between commas or blanks."""
    return read_names(name).replace(",", " ").replace(";", " ").split()


def _as_document(answer: Prediction) -> dict[str, Any]:
    """Everything."""
    found = {name: getattr(answer, name) for name in answer.__dataclass_fields__}
    return found if answer.candidates else {k: v for k, v in found.items() if k != "candidates"}


def _as_text(answer: Prediction, n: int) -> str:
    """Words before numbers."""
    lines = [answer.label]
    told = [name for name in _TOLD if answer.about.get(name)]
    lines += [f"  {name}: {answer.about[name].replace('|', ', ')[:160]}" for name in told]
    lines += ["", f"This query is {answer.domain}."]
    lines += [filled(reason) for reason in answer.reasons]
    shown = answer.targets.head(n).copy()
    lines += ["", f"Targets, the first {len(shown)} of {answer.n_candidates} candidates:"]
    lines.append(laid_out(_short(shown), _LAYOUTS))
    for title, table in (
        ("Nearest labelled molecules by structure", answer.by_structure),
        ("Nearest labelled compounds by signature", answer.by_signature),
    ):
        if len(table):
            lines += ["", f"{title}:", laid_out(_short(table.head(5)), _LAYOUTS)]
    lines += ["", filled(METHOD)]
    return "\n".join(lines)


def _short(table: pd.DataFrame) -> pd.DataFrame:
    """Cut long texts for reading."""
    found = table.copy()
    for name in found.select_dtypes(object).columns:
        texts = [str(text).replace("|", ", ") for text in found[name]]
        found[name] = [t if len(t) <= _LONGEST else f"{t[: _LONGEST - 3]}..." for t in texts]
    return found


OF_NEW_USE = (
    "Such a compound shares predicted targets with compounds of that use; no more is claimed. "
    "likest: largest Tanimoto similarity to one of them; where it is high, the prediction may be "
    "no more than the structure."
)
METHOD = (
    "Probabilities are calibrated on folds of the labelled compounds, all known targets against "
    "all other candidates; the interval holds 95 % of refits in which compounds count differently. "
    "A target without a known compound is told by like genes. A high rank is a guess to be tested."
)
