"""`musegnn graph`: raw counts to a gene graph."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from musegnn import keys
from musegnn.errors import InputError
from musegnn.graphs.build import Context, build_gene_graph
from musegnn.graphs.estimators import ESTIMATORS
from musegnn.graphs.gene_graph import GeneGraph, write_gene_graph
from musegnn.graphs.report import quality_report
from musegnn.io.atomic import replacing
from musegnn.io.formats.registry import FORMATS
from musegnn.io.gene_names import add_gene_ids, read_gene_names
from musegnn.io.orthologs import read_orthologs
from musegnn.progress import console_progress
from musegnn.settings import Settings

SUFFIXES = ", ".join(suffix for entry in FORMATS for suffix in entry.suffixes)


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("graph", help="build a gene graph from raw counts")
    parser.add_argument("input", type=Path, metavar="INPUT", help=f"raw counts: {SUFFIXES}")
    parser.add_argument("--species", required=True, metavar="NAME", help=", ".join(keys.SPECIES))
    parser.add_argument("--tissue", required=True, metavar="NAME", help="such as blood or pancreas")
    parser.add_argument(
        "--modality", required=True, metavar="NAME", help=", ".join(keys.MODALITIES)
    )
    parser.add_argument("--name", help="name of the dataset (default: name of the input file)")
    parser.add_argument(
        "--genes", type=int, default=1000, help="number of variable genes (default: 1000)"
    )
    parser.add_argument(
        "--preset",
        default="default",
        metavar="NAME",
        help="default: positive sign, mutual top 50 plus each gene's top 3; paper: p < 0.005",
    )
    parser.add_argument(
        "--estimator",
        default="cscore",
        metavar="NAME",
        help=f"how co-expression is estimated: {', '.join(ESTIMATORS)} (default: cscore)",
    )
    parser.add_argument(
        "--knowledge",
        type=Path,
        metavar="FOLDER",
        help="folder with gene name and ortholog tables (default: $MUSEGNN_KNOWLEDGE)",
    )
    parser.add_argument(
        "--orthologs", type=Path, metavar="TABLE", help="two columns: own symbol, human ortholog"
    )
    parser.add_argument(
        "--annotation",
        type=Path,
        metavar="GENES.gtf",
        help="gene bodies (GTF or BED), when the columns of the file are chromatin peaks",
    )
    parser.add_argument("--layer", help="where the counts are (default: found automatically)")
    parser.add_argument(
        "--gene-ids",
        type=Path,
        nargs="*",
        default=[],
        metavar="FILE",
        help="table or .h5ad with Ensembl ids beside symbols, for ids the other tables lack",
    )
    parser.add_argument(
        "--compact",
        action="store_true",
        help="keep statistics on edges only and features as float16: a tenth of the size",
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE.json", help="also write the quality report as JSON"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.h5ad")
    parser.set_defaults(run=run)


def write_report(graph: GeneGraph, path: Path) -> None:
    """Write the quality report of a graph as JSON."""
    text = json.dumps(quality_report(graph).to_dict(), indent=2, allow_nan=False)
    with replacing(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def run(options: argparse.Namespace) -> int:
    """Build the graph and write it."""
    progress = console_progress()
    if options.output.resolve() == options.input.resolve():
        msg = f"Expected an output other than the input, found {options.input} for both."
        raise InputError(msg, "Choose another file with `-o`.")
    context = Context(
        name=options.name or options.input.stem,
        species=options.species,
        tissue=options.tissue,
        modality=options.modality,
    )
    names = read_gene_names(options.knowledge or Settings.from_environment().knowledge)
    if options.orthologs is not None:
        names = names.with_orthologs(options.species, read_orthologs(options.orthologs))
    for path in options.gene_ids:
        names = add_gene_ids(names, path)
    try:
        graph = build_gene_graph(
            options.input,
            context,
            names=names,
            n_genes=options.genes,
            preset=options.preset,
            estimator=options.estimator,
            layer=options.layer,
            annotation=options.annotation,
            progress=progress,
        )
    finally:
        progress.finish()  # an error starts on a line of its own
    if names.is_empty:
        progress.say(
            "gene names: no tables at hand, names are taken as they are and species stay apart "
            "(set MUSEGNN_KNOWLEDGE to a folder with Hs2Mm_orthologs.tsv.gz)"
        )
    if options.report is not None:
        write_report(graph, options.report)
        progress.say(f"report: {options.report}")
    write_gene_graph(graph.compact() if options.compact else graph, options.output)
    progress.say(f"written: {options.output}")
    return 0
