"""`musegnn fuse`: gene vectors from what is known, one context a modality and one fused."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from musegnn.cli.answer import in_columns, print_json, print_text
from musegnn.errors import InputError
from musegnn.progress import Progress, console_progress
from musegnn.runs.graph_sources import list_graphs
from musegnn.runs.kinds.fusion import FusionSettings
from musegnn.runs.presets import parse_settings
from musegnn.settings import Settings

if TYPE_CHECKING:
    from musegnn.fusion.modality import Sources

MODALITIES_FILE = "modalities.h5ad"
_SETTINGS = ("joining", "epochs", "seed", "fused_width", "context_width")


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "fuse", help="gene vectors from annotation: each modality by itself, and fused"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="RUN_DIR")
    parser.add_argument(
        "--knowledge",
        type=Path,
        metavar="FOLDER",
        help="folder of annotation (default: $MUSEGNN_KNOWLEDGE)",
    )
    parser.add_argument(
        "--graphs",
        type=Path,
        metavar="FOLDER",
        help="gene graphs to take co-expression of (default: those of the shipped atlas)",
    )
    parser.add_argument(
        "--modality",
        action="append",
        metavar="NAME",
        help="only this modality; may be given several times (an unknown name lists all)",
    )
    parser.add_argument(
        "--table",
        action="append",
        default=[],
        metavar="MODALITY=NAME",
        help="read this table of the annotation for a modality in place of the usual ones",
    )
    parser.add_argument(
        "--leave-out",
        action="append",
        default=[],
        metavar="NAME",
        help="leave the pairs of this table of interactions out, to test on them",
    )
    parser.add_argument(
        "--encoder", choices=("svd", "walks"), help="for all modalities (default: the better one)"
    )
    parser.add_argument(
        "--width", type=int, default=128, help="numbers of a modality (default: 128)"
    )
    parser.add_argument(
        "--joining",
        choices=("svd", "attention"),
        help="svd: leading directions of all modalities, at once; attention: a network that is "
        "trained (default: svd)",
    )
    parser.add_argument("--epochs", type=int, help="rounds of attention (default: 30)")
    parser.add_argument("--fused-width", type=int, help="numbers of a fused vector (default: 128)")
    parser.add_argument(
        "--context-width",
        type=int,
        help="leading numbers of a modality that its context keeps (default: 64)",
    )
    parser.add_argument("--seed", type=int, help="seed of every draw (default: 0)")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument(
        "--resume",
        action="store_true",
        help="take up a fusion that was stopped, from its checkpoint",
    )
    parser.add_argument("--name", help="name shown in the dashboard (default: name of RUN_DIR)")
    parser.add_argument("--json", action="store_true", help="print the coverage as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read tables, make vectors of each modality, fuse them, and say what was covered."""
    # libraries that compute take seconds to import: only this command pays for them
    from musegnn.worker.fuse import fuse_here  # noqa: PLC0415

    given = {name: getattr(options, name) for name in _SETTINGS}
    given = {name: value for name, value in given.items() if value is not None}
    settings = parse_settings({"method": FusionSettings.kind, **given})
    if not isinstance(settings, FusionSettings):  # the method says so
        raise TypeError
    if not 2 <= options.width <= 1024:
        msg = f"Expected a width from 2 to 1024, found {options.width}."
        raise InputError(msg, "128 is usual.")
    output = options.output
    begun = output / MODALITIES_FILE
    if options.resume and not begun.is_file():
        msg = f"Expected a fusion that was stopped, found no {MODALITIES_FILE} in {output}."
        raise InputError(msg, "Start it without `--resume`.")
    if not options.resume and output.exists() and (not output.is_dir() or any(output.iterdir())):
        msg = f"Expected a new or empty folder, found something in {output}."
        raise InputError(msg, "Choose another folder with `-o`.")
    progress = console_progress()
    try:
        if not options.resume:
            _write_modalities(options, settings.seed, progress)
        fuse_here(
            output / "run",
            begun,
            settings,
            device=options.device,
            name=options.name or output.resolve().name,
            is_resumed=options.resume,
            console=progress,
        )
    finally:
        progress.finish()  # an error starts on a line of its own
    _answer(output, as_json=options.json)
    return 0


def _write_modalities(options: argparse.Namespace, seed: int, progress: Progress) -> None:
    """Write the vectors of each modality, which the run reads, and what they cover."""
    from musegnn.embeddings.embedding_set import write_embedding_set  # noqa: PLC0415
    from musegnn.fusion.encode import (  # noqa: PLC0415
        encode_tables,
        find_modalities,
        read_tables,
    )
    from musegnn.fusion.fused_set import modality_set  # noqa: PLC0415

    chosen = find_modalities(options.modality)
    sources = _sources(options)
    tables, absent = read_tables(sources, chosen, progress=progress)
    found = encode_tables(
        tables,
        width=options.width,
        encoder=options.encoder,
        seed=seed,
        absent=absent,
        progress=progress,
    )
    modalities = modality_set(found, sources.names)
    options.output.mkdir(parents=True, exist_ok=True)
    write_embedding_set(modalities, options.output / MODALITIES_FILE)


def _sources(options: argparse.Namespace) -> Sources:
    """Open the annotation and find the gene graphs."""
    from musegnn.fusion.encode import find_modalities  # noqa: PLC0415 - it computes
    from musegnn.fusion.human_names import HumanNames  # noqa: PLC0415
    from musegnn.fusion.modality import Sources  # noqa: PLC0415
    from musegnn.knowledge.store import open_store  # noqa: PLC0415

    settings = Settings.from_environment()
    folder = options.knowledge or settings.knowledge
    store = open_store(folder)
    if store is None:
        msg = "Expected a folder with annotation tables, found none."
        if folder is not None:
            msg = f"Expected a folder with annotation tables, found none in {folder}."
        raise InputError(msg, "Name it with `--knowledge`, or set MUSEGNN_KNOWLEDGE.")
    tables: dict[str, list[str]] = {}
    for text in options.table:
        modality, sign, name = text.partition("=")
        if not (sign and name):
            msg = f"Expected MODALITY=NAME for `--table`, found {text[:60]!r}."
            raise InputError(msg, "Such as `--table GO=go_biological_process_2021`.")
        find_modalities([modality])
        tables.setdefault(modality, []).append(name)
    for name in options.leave_out:
        store.record(name)
    graphs = options.graphs or settings.atlas
    listed = list_graphs(graphs) if options.graphs or graphs.is_dir() else []
    return Sources(
        store,
        HumanNames.of_folder(folder),
        [Path(graph.path) for graph in listed],
        tables,
        tuple(options.leave_out),
    )


def _answer(output: Path, *, as_json: bool) -> None:
    """Say what each modality covers."""
    from musegnn.embeddings.embedding_set import read_embedding_set  # noqa: PLC0415

    told = read_embedding_set(output / MODALITIES_FILE).provenance
    coverage, absent = told["coverage"], told["absent"]
    if as_json:
        found = {"coverage": coverage, "absent": absent}
        print_json({**found, "result": str(output / "run" / "result")})
        return
    head = ("modality", "encoder", "names", "led to genes", "genes", "facts")
    counts = ("names", "names_led", "genes", "facts")
    rows = [
        (row["modality"], row["encoder"], *(f"{row[name]:,}" for name in counts))
        for row in coverage
    ]
    print_text(*in_columns([head, *rows], n_left=2))
    for key, needs in absent.items():
        print_text(f"{key}: no table at hand; it needs {needs} (`musegnn knowledge import`)")
    print_text("", f"written: {output / 'run' / 'result'}")
