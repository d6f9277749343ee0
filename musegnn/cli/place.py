"""`musegnn place`: new datasets in the space of an atlas, whose vectors stay as they are."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

from musegnn.cli.answer import filled, in_columns, print_json, print_text
from musegnn.cli.graph import SUFFIXES, add_building, add_context, dataset_of
from musegnn.embeddings.placement_words import DEFINITION, fit_to_plain, read_fits
from musegnn.errors import InputError
from musegnn.graphs.batch import GraphOptions, GraphTask, make_graph
from musegnn.graphs.graph_header import is_gene_graph
from musegnn.io.atomic import scratch_folder
from musegnn.progress import Progress, console_progress
from musegnn.runs.kinds.placement import FIT_FILE, PlacementSettings
from musegnn.runs.presets import parse_settings
from musegnn.settings import Settings

_SHOWN = 5  # contexts of each new dataset
_NEEDED = ("species", "tissue", "modality")


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "place", help="place new datasets into an atlas without training it again"
    )
    parser.add_argument(
        "inputs",
        type=Path,
        nargs="+",
        metavar="NEW",
        help=f"gene graphs (.h5ad of `musegnn graph`), or raw counts: {SUFFIXES}",
    )
    parser.add_argument(
        "--into",
        type=Path,
        metavar="ATLAS",
        help="result folder of the atlas, or its embedding.h5ad (default: $MUSEGNN_ATLAS, else "
        "the one that ships)",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--title", help="name of the result in the dashboard (default: name of DIR)"
    )
    parser.add_argument(
        "--folds",
        type=int,
        help="parts of the shared genes whose names are hidden in turn (default: 2)",
    )
    parser.add_argument("--seed", type=int, help="seed of parts, control and map (default: 0)")
    parser.add_argument("--json", action="store_true", help="print how well they fit as JSON")
    add_context(parser.add_argument_group("raw counts: what they are of"))
    add_building(parser.add_argument_group("raw counts: how their graphs are built"))
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Build graphs where counts are given, place them, and say how well they fit."""
    # libraries that compute take seconds to import: only this command pays for them
    from musegnn.worker.place import place_here  # noqa: PLC0415

    given = {name: getattr(options, name) for name in ("folds", "seed")}
    settings = parse_settings({"method": PlacementSettings.kind, **_without_none(given)})
    if not isinstance(settings, PlacementSettings):  # the method says so
        raise TypeError
    progress = console_progress()
    with ExitStack() as held:
        try:
            graphs = _graphs(options, Path(held.enter_context(scratch_folder())), progress)
            place_here(
                options.output,
                graphs,
                options.into or Settings.from_environment().atlas,
                settings,
                name=options.title or "",
                console=progress,
            )
        finally:
            progress.finish()  # an error starts on a line of its own
    _answer(options.output / "result" / FIT_FILE, as_json=options.json)
    return 0


def _without_none(values: dict[str, object]) -> dict[str, object]:
    """Leave out what was not asked for."""
    return {name: value for name, value in values.items() if value is not None}


def _graphs(options: argparse.Namespace, folder: Path, progress: Progress) -> list[Path]:
    """Gene graphs of all inputs, those of counts built into a folder."""
    counts = [path for path in options.inputs if not is_gene_graph(path)]
    missing = [f"--{name}" for name in _NEEDED if counts and getattr(options, name) is None]
    if missing:
        msg = f"Expected what {counts[0].name} is of, found no {', '.join(missing)}."
        raise InputError(msg, "Say it, or give a gene graph of `musegnn graph`.")
    if options.name and len(counts) != 1:
        msg = f"Expected one file of counts for the name {options.name!r}, found {len(counts)}."
        raise InputError(msg, "Leave `--name` out: each is called as its file.")
    how = GraphOptions(
        n_genes=options.genes,
        preset=options.preset,
        estimator=options.estimator,
        knowledge=options.knowledge or Settings.from_environment().knowledge,
        gene_ids=tuple(options.gene_ids),
    )
    built = {}
    for i, path in enumerate(counts):
        dataset = dataset_of(options, path)
        target = folder / f"{i}_{dataset.name}.h5ad"
        make_graph(GraphTask(dataset, how, target), progress=progress)
        built[path] = target
    return [built.get(path, path) for path in options.inputs]


def _answer(path: Path, *, as_json: bool) -> None:
    """Say how well each dataset fits."""
    report = read_fits(path)
    if as_json:
        print_json({"atlas": report.atlas, "placed": [fit_to_plain(fit) for fit in report.fits]})
        return
    for fit in report.fits:
        for words in fit_to_plain(fit)["words"]:
            print_text(filled(words))
        head = ("context", "tissue", "technique", "shared", "near %", "chance %", "rank")
        rows = [
            (
                str(row["context"]),
                str(row["tissue"]),
                str(row["technique"]),
                f"{row['shared']}",
                f"{100 * row['near']:.1f}",
                f"{100 * row['chance']:.1f}",
                f"{row['rank']:.0f}",
            )
            for _, row in fit.contexts.head(_SHOWN).iterrows()
        ]
        print_text(*in_columns([head, *rows], n_left=3), "")
    print_text(filled(DEFINITION), "", f"written: {path.parent}")
