"""`musegnn molecules context` and `train`: what is at hand as a graph, and an encoder of it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from musegnn.cli.answer import laid_out, print_json, print_text, tell
from musegnn.errors import InputError
from musegnn.molecules.context_graph import KINDS, MOLECULE, ContextGraph, write_context
from musegnn.progress import console_progress
from musegnn.runs.presets import change_settings, preset_settings, read_settings
from musegnn.settings import Settings

if TYPE_CHECKING:
    from musegnn.targets.context_tables import AtHand

CONTEXT_FILE: Final = "context.npz"
_PRESETS: Final = {"default": "molecules_default", "paper": "molecules_paper"}


def register(ways: argparse._SubParsersAction) -> None:
    """Add both ways to the command `musegnn molecules`."""
    context = ways.add_parser(
        "context", help="what is known of molecules as a graph: signatures, profiles, targets"
    )
    context.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.npz")
    train = ways.add_parser(
        "train", help="train an encoder of molecules on what is at hand, or on a context"
    )
    train.add_argument("-o", "--output", type=Path, required=True, metavar="RUN_DIR")
    train.add_argument(
        "--context",
        type=Path,
        metavar="FILE.npz",
        help="a context that `musegnn molecules context` wrote, in place of what is at hand",
    )
    train.add_argument("--preset", choices=sorted(_PRESETS), help="sizes and settings (default)")
    train.add_argument(
        "--config", type=Path, metavar="FILE.yaml", help="settings of your own, not a preset"
    )
    train.add_argument("--epochs", type=int, help="rounds over all molecules")
    train.add_argument("--seed", type=int, help="seed of weights and draws (default: 0)")
    train.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    train.add_argument("--name", help="name shown in the dashboard (default: name of RUN_DIR)")
    train.add_argument("--resume", action="store_true", help="take up a training that was stopped")
    for way in (context, train):
        _add_sources(way)
        way.add_argument("--json", action="store_true", help="print what was used as JSON")
    context.set_defaults(run=run_context)
    train.set_defaults(run=run_train)


def _add_sources(way: argparse.ArgumentParser) -> None:
    """Add the options that say what a context is made of."""
    way.add_argument(
        "--knowledge",
        type=Path,
        metavar="FOLDER",
        help="folder of annotation (default: $MUSEGNN_KNOWLEDGE)",
    )
    for name, what in (
        ("assays", "molecules with what was measured of them, a column an assay"),
        ("profiles", "profiles of morphology with molecules, a feature a column"),
    ):
        way.add_argument(
            f"--{name}",
            type=Path,
            action="append",
            default=[],
            metavar="TABLE",
            help=f"a table of your own: {what}; may be given several times",
        )
    way.add_argument(
        "--without",
        action="append",
        default=[],
        choices=[kind for kind in KINDS if kind != MOLECULE],
        help="leave the edges of one kind of nodes out",
    )
    way.add_argument(
        "--keep-tests",
        action="store_true",
        help="keep the edges of molecules in the last part of each table of assays; by default "
        "they go, since a benchmark would find its answer there",
    )
    way.add_argument(
        "--leave-out",
        type=Path,
        metavar="FILE",
        help="molecules whose edges go as well: SMILES or InChI a line, a table or SDF",
    )


def run_context(options: argparse.Namespace) -> int:
    """Make a context of what is at hand, and say of what."""
    at_hand, graph = _make(options)
    write_context(graph, options.output)
    _answer(at_hand, graph, options.output, as_json=options.json)
    return 0


def run_train(options: argparse.Namespace) -> int:
    """Train an encoder, on a context that is given or made now."""
    settings, preset = _settings(options)
    # torch takes seconds to import: only this command pays for it
    from musegnn.runs.kinds.molecules import CONTEXT  # noqa: PLC0415
    from musegnn.worker.here import perform_on_files  # noqa: PLC0415

    output: Path = options.output
    begun = output / CONTEXT_FILE
    if options.resume and options.context is None and not begun.is_file():
        msg = f"Expected a training that was stopped, found no {CONTEXT_FILE} in {output}."
        raise InputError(msg, "Start it without `--resume`.")
    if not options.resume and output.exists() and (not output.is_dir() or any(output.iterdir())):
        msg = f"Expected a new or empty folder, found something in {output}."
        raise InputError(msg, "Choose another folder with `-o`.")
    made = None
    if options.context is None and not options.resume:
        made = _make(options)
        output.mkdir(parents=True, exist_ok=True)
        write_context(made[1], begun)
    progress = console_progress()
    try:
        perform_on_files(
            output / "run",
            settings,
            {CONTEXT: options.context or begun},
            device=options.device,
            name=options.name or output.resolve().name,
            preset=preset,
            is_resumed=options.resume,
            console=progress,
        )
    finally:
        progress.finish()  # an error starts on a line of its own
    if made is not None:
        _answer(*made, output / "run" / "result", as_json=options.json)
    else:
        print_text(f"written: {output / 'run' / 'result'}")
    return 0


def _settings(options: argparse.Namespace) -> tuple[Any, str]:
    """Read the settings of a training, and name the preset they are."""
    from musegnn.runs.kinds.molecules import MoleculeSettings  # noqa: PLC0415

    if options.config is not None and options.preset is not None:
        msg = "Expected either `--preset` or `--config`, found both."
        raise InputError(msg, "Leave one of them out.")
    changes = {name: getattr(options, name) for name in ("epochs", "seed")}
    if options.config is not None:
        found = read_settings(options.config, **changes)
        if not isinstance(found, MoleculeSettings):
            msg = f"Expected settings of the method `molecules`, found {found.kind!r}."
            raise InputError(msg, "Start from a copy of experiments/molecules_default.yaml.")
        return found, ""
    preset = _PRESETS[options.preset or "default"]
    usual = preset_settings(preset)
    return change_settings(usual, **changes), preset


def _make(options: argparse.Namespace) -> tuple[AtHand, ContextGraph]:
    """Read what is at hand and join it."""
    # RDKit takes a second to import
    from musegnn.knowledge.store import open_store  # noqa: PLC0415
    from musegnn.molecules.context_build import build_context  # noqa: PLC0415
    from musegnn.targets import context_tables  # noqa: PLC0415

    folder = options.knowledge or Settings.from_environment().knowledge
    if options.knowledge is not None and not options.knowledge.is_dir():
        msg = f"Expected a folder of annotation, found none at {options.knowledge}."
        raise InputError(msg, "Name another with `--knowledge`.")
    at_hand = context_tables.read_at_hand(
        open_store(folder),
        assays=options.assays,
        profiles=options.profiles,
        processes=os.cpu_count() or 1,
        tell=lambda what: tell(f"reading {what}"),
    )
    tell("joining nodes")
    graph = build_context(at_hand.tables)
    if not options.keep_tests:
        graph = context_tables.leave_out_tests(graph, at_hand)
    if options.leave_out is not None:
        from musegnn.cli.structure_text import text_in  # noqa: PLC0415
        from musegnn.molecules.reading import read_molecules  # noqa: PLC0415

        listed = read_molecules(text_in(str(options.leave_out))).molecules
        graph = context_tables.leave_out_molecules(
            graph, at_hand, [one.standard for one in listed], why=options.leave_out.name
        )
    for kind in options.without:
        graph = graph.without_kind(kind)
    return at_hand, graph


def _answer(at_hand: AtHand, graph: ContextGraph, written: Path, *, as_json: bool) -> None:
    """Say what a context is made of."""
    used, nodes, edges = at_hand.as_table(), graph.count_nodes(), graph.count_edges()
    if as_json:
        print_json(
            {
                "used": used,
                "missing": list(at_hand.missing),
                "nodes": nodes,
                "edges": edges,
                "left_out": graph.left_out,
                "written": str(written),
            }
        )
        return
    print_text(laid_out(used), "", laid_out(nodes), "", laid_out(edges), "")
    print_text(*at_hand.missing)
    if graph.left_out:
        print_text(f"Without edges, so that benchmarks stay honest: {graph.left_out}.")
    print_text(f"written: {written}")
