"""`musegnn graph`: raw counts to gene graphs, one dataset or many."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from musegnn import keys
from musegnn.cli.graph_batch import run_batch
from musegnn.cli.graph_look import run_look
from musegnn.errors import InputError
from musegnn.graphs.batch import GraphOptions, GraphTask, make_graph
from musegnn.graphs.build import Context
from musegnn.graphs.estimators import ESTIMATORS, Computation
from musegnn.graphs.manifest import OPTIONAL, REQUIRED, Dataset, default_name
from musegnn.graphs.modalities import MODALITIES
from musegnn.graphs.presets import GRAPH_PRESETS
from musegnn.io.choices import NAMES as CHOICES
from musegnn.io.choices import SIDES, choices_of
from musegnn.io.droplets import DROPLETS
from musegnn.io.formats.registry import ENDINGS
from musegnn.launchers.batch_job import PARAMETERS
from musegnn.progress import console_progress
from musegnn.settings import Settings
from musegnn.validation import check_choice

SUFFIXES = ", ".join(ENDINGS)
REPORT_BESIDE = Path()  # `--report` without a file

# what a manifest says for each dataset, and what only a manifest makes sense of
OF_ONE = (
    *("input", "species", "tissue", "modality", "name", "layer", "annotation", "orthologs"),
    "droplets",
    *CHOICES,
)
OF_MANY = ("root", "jobs", "executor", "slurm", "own", "wanted")


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("graph", help="build gene graphs from raw counts")
    _add_one(parser.add_argument_group("one dataset"))
    _add_many(parser.add_argument_group("many datasets at once"))
    _add_shared(parser.add_argument_group("both"))
    parser.set_defaults(run=partial(run, parser))


def _add_one(group: argparse._ArgumentGroup) -> None:
    """Add what is said about one dataset."""
    group.add_argument(
        "input", type=Path, nargs="?", metavar="INPUT", help=f"raw counts: {SUFFIXES}"
    )
    group.add_argument(
        "--look",
        action="store_true",
        help="build nothing: say what the file is taken for, and what quality control would remove",
    )
    group.add_argument("--json", action="store_true", help="with --look: print all of it as JSON")
    add_context(group)


def add_context(group: argparse._ArgumentGroup) -> None:
    """Add what counts are of, and how they are read."""
    group.add_argument("--species", metavar="NAME", help=", ".join(keys.SPECIES))
    group.add_argument("--tissue", metavar="NAME", help="such as blood or pancreas")
    group.add_argument(
        "--modality",
        metavar="NAME",
        help="; ".join(f"{record.name}: {record.title}" for record in MODALITIES.values()),
    )
    group.add_argument("--name", help="name of the dataset (default: name of the input file)")
    group.add_argument(
        "--layer",
        help="where the counts are (default: found automatically)",
    )
    group.add_argument(
        "--genes-in", choices=SIDES, help="side of a table or matrix on which the genes stand"
    )
    group.add_argument(
        "--genome", metavar="NAME", help="genome to take of a file of several, such as GRCh38"
    )
    group.add_argument(
        "--features", metavar="KIND", help='kind of features to take, such as "Peaks"'
    )
    group.add_argument(
        "--assay", metavar="NAME", help="modality of a MuData file, table of a SpatialData folder"
    )
    group.add_argument(
        "--symbols", metavar="COLUMN", help="column of the features that names the genes, or index"
    )
    group.add_argument(
        "--dates",
        metavar="DATE=SYMBOL,...",
        help="which symbols dates of a spreadsheet were, such as 1-Mar=MARCHF1",
    )
    group.add_argument(
        "--batch",
        metavar="COLUMN",
        help="compare genes inside the batches, samples or donors that this column of the table of "
        "cells names",
    )
    group.add_argument(
        "--positions", type=Path, metavar="TABLE", help="positions of the cells: barcode, x and y"
    )
    group.add_argument(
        "--droplets",
        metavar="WHAT",
        help=f"{', '.join(DROPLETS)} an unfiltered matrix (default: {DROPLETS[0]})",
    )
    group.add_argument(
        "--annotation",
        type=Path,
        metavar="GENES.gtf",
        help="gene bodies (GTF or BED), for chromatin peaks and fragments",
    )
    group.add_argument(
        "--orthologs", type=Path, metavar="TABLE", help="two columns: own symbol, human ortholog"
    )


def _add_many(group: argparse._ArgumentGroup) -> None:
    """Add what a manifest needs."""
    group.add_argument(
        "--manifest",
        type=Path,
        metavar="TABLE.tsv",
        help=f"a dataset a line, columns {', '.join(REQUIRED)}; optional {', '.join(OPTIONAL)}",
    )
    group.add_argument(
        "--root",
        type=Path,
        metavar="FOLDER",
        help="where paths of the manifest start, and what they may not leave (default: its folder)",
    )
    group.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        help="how many datasets at the same time (default: number of cores; on Slurm all)",
    )
    group.add_argument(
        "--own",
        type=int,
        metavar="N",
        help="take N genes of each dataset for itself; the others are those that are measured well "
        "in most tissues of the table (default: all for itself)",
    )
    group.add_argument(
        "--wanted",
        type=Path,
        metavar="GENES.txt",
        help="with --own: genes, one a line, that the datasets which measure them best are to have",
    )
    group.add_argument(
        "--executor",
        choices=("local", "slurm"),
        help="processes of this machine, or jobs of a Slurm cluster (default: local)",
    )
    group.add_argument(
        "--slurm",
        nargs="+",
        metavar="NAME=VALUE",
        help=f"for the cluster: {', '.join(PARAMETERS)}; time in minutes",
    )


def _add_shared(group: argparse._ArgumentGroup) -> None:
    """Add how graphs are built and where they go."""
    add_building(group)
    group.add_argument(
        "--self-loops",
        action="store_true",
        help="let each gene attend to itself too (edges and degrees stay as they are)",
    )
    group.add_argument(
        "--resamples",
        type=int,
        default=0,
        metavar="N",
        help="draw the cells anew N times, to see which neighbours come back (default: 0)",
    )
    group.add_argument(
        "--dtype",
        default="float64",
        choices=("float64", "float32"),
        help="numbers of the estimate; float32 halves the memory (default: float64)",
    )
    group.add_argument(
        "--device",
        default="cpu",
        choices=("cpu", "cuda", "auto"),
        help="where co-expression is estimated (default: cpu)",
    )
    group.add_argument(
        "--threads",
        type=int,
        default=1,
        metavar="N",
        help="threads of one graph; 1 makes the same bytes on every machine (default: 1)",
    )
    group.add_argument(
        "--compact",
        action="store_true",
        help="keep statistics on edges only and features as float16: a tenth of the size",
    )
    group.add_argument(
        "--report",
        type=Path,
        nargs="?",
        const=REPORT_BESIDE,
        metavar="FILE.json",
        help="also write the quality report as JSON; of many datasets each gets NAME.report.json",
    )
    group.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="OUT",
        help="graph file (.h5ad); of many datasets a folder",
    )


def add_building(group: argparse._ArgumentGroup) -> None:
    """Add how a graph is built."""
    group.add_argument(
        "--genes", type=int, default=1000, help="number of variable genes (default: 1000)"
    )
    group.add_argument(
        "--preset",
        default="default",
        metavar="NAME",
        help="; ".join(f"{preset.name}: {preset.words}" for preset in GRAPH_PRESETS.values()),
    )
    group.add_argument(
        "--estimator",
        default="cscore",
        metavar="NAME",
        help=f"how co-expression is estimated: {', '.join(ESTIMATORS)} (default: cscore)",
    )
    group.add_argument(
        "--knowledge",
        type=Path,
        metavar="FOLDER",
        help="folder with gene name and ortholog tables (default: $MUSEGNN_KNOWLEDGE)",
    )
    group.add_argument(
        "--gene-ids",
        type=Path,
        nargs="*",
        default=[],
        metavar="FILE",
        help="table or .h5ad with Ensembl ids beside symbols, for ids the other tables lack",
    )


def run(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    """Build one graph or many, or look at a file only."""
    _check_combination(parser, options)
    if options.look:
        return run_look(options)
    how = GraphOptions(
        n_genes=options.genes,
        preset=options.preset,
        estimator=options.estimator,
        is_compact=options.compact,
        knowledge=options.knowledge or Settings.from_environment().knowledge,
        gene_ids=tuple(options.gene_ids),
        has_self_loops=options.self_loops,
        computation=Computation(options.dtype, options.threads, options.device),
        resamples=options.resamples,
        n_own=options.own,
    )
    if options.manifest is not None:
        return run_batch(options, how, has_reports=options.report is not None)
    return run_one(options, how)


def run_one(options: argparse.Namespace, how: GraphOptions) -> int:
    """Build the graph of one dataset and write it."""
    progress = console_progress()
    if options.output.resolve() == options.input.resolve():
        msg = f"Expected an output other than the input, found {options.input} for both."
        raise InputError(msg, "Choose another file with `-o`.")
    dataset = dataset_of(options, options.input)
    make_graph(GraphTask(dataset, how, options.output, options.report), progress=progress)
    if options.report is not None:
        progress.say(f"report: {options.report}")
    progress.say(f"written: {options.output}")
    return 0


def dataset_of(options: argparse.Namespace, path: Path) -> Dataset:
    """Return a file of counts with what the options say about it."""
    context = Context(
        name=options.name or default_name(path),
        species=options.species,
        tissue=options.tissue,
        modality=options.modality,
    )
    droplets = options.droplets or DROPLETS[0]
    check_choice(droplets, DROPLETS, name="droplets")
    texts = {name: getattr(options, name) for name in CHOICES}
    return Dataset(
        path,
        context,
        options.layer,
        options.annotation,
        options.orthologs,
        droplets,
        choices_of(texts, positions=options.positions),
    )


def _check_combination(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End with a usage error when options of one dataset and of many are mixed."""
    given = {name for name in (*OF_ONE, *OF_MANY) if getattr(options, name) is not None}
    if options.json and not options.look:
        parser.error("--json: only with --look; a built graph has --report")
    if options.look:
        _check_look(parser, options)
        return
    if options.output is None:
        parser.error("the following arguments are required: -o/--output")
    if options.manifest is not None:
        excess = [_flag(name) for name in OF_ONE if name in given]
        if excess:
            parser.error(f"with --manifest, the table says it: leave out {', '.join(excess)}")
        if options.report not in {None, REPORT_BESIDE}:
            parser.error("with --manifest, --report takes no file: each dataset gets its own")
        if options.wanted is not None and options.own is None:
            parser.error("--wanted needs --own")
        if options.slurm is not None and options.executor != "slurm":
            parser.error("--slurm needs --executor slurm")
        return
    missing = [_flag(name) for name in OF_ONE[:4] if name not in given]
    if missing:
        parser.error(
            f"the following arguments are required: {', '.join(missing)} (or --manifest TABLE.tsv)"
        )
    excess = [_flag(name) for name in OF_MANY if name in given]
    if excess:
        parser.error(f"{', '.join(excess)}: only with --manifest")
    if options.report == REPORT_BESIDE:
        parser.error("--report: expected a file, such as report.json")


def _check_look(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End with a usage error when a look is asked for together with something to write."""
    if options.input is None:
        parser.error("the following arguments are required: INPUT")
    for name, value in (("--manifest", options.manifest), ("-o", options.output)):
        if value is not None:
            parser.error(f"{name}: not with --look, which writes nothing")
    if options.report is not None:
        parser.error("--report: not with --look, which writes nothing; --json prints all of it")


def _flag(name: str) -> str:
    """Return how an option is written."""
    return "INPUT" if name == "input" else f"--{name.replace('_', '-')}"
