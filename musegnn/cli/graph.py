"""`musegnn graph`: raw counts to a gene graph."""

from __future__ import annotations

import argparse
from pathlib import Path

from musegnn import keys
from musegnn.errors import InputError
from musegnn.graphs.build import Context, build_gene_graph
from musegnn.graphs.gene_graph import write_gene_graph
from musegnn.io.gene_names import add_gene_ids, read_gene_names
from musegnn.progress import console_progress
from musegnn.settings import Settings


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("graph", help="build a gene graph from raw counts (.h5ad)")
    parser.add_argument("input", type=Path, metavar="INPUT.h5ad", help="raw counts, cells x genes")
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
        "--knowledge",
        type=Path,
        metavar="FOLDER",
        help="folder with gene name and ortholog tables (default: $MUSEGNN_KNOWLEDGE)",
    )
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
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.h5ad")
    parser.set_defaults(run=run)


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
    for path in options.gene_ids:
        names = add_gene_ids(names, path)
    try:
        graph = build_gene_graph(
            options.input,
            context,
            names=names,
            n_genes=options.genes,
            preset=options.preset,
            progress=progress,
        )
    finally:
        progress.finish()  # an error starts on a line of its own
    if names.is_empty:
        progress.say(
            "gene names: no tables at hand, names are taken as they are and species stay apart "
            "(set MUSEGNN_KNOWLEDGE to a folder with Hs2Mm_orthologs.tsv.gz)"
        )
    write_gene_graph(graph.compact() if options.compact else graph, options.output)
    progress.say(f"written: {options.output}")
    return 0
