"""Trial: one changed file through `musegnn graph`, and what came of it."""

from __future__ import annotations

import contextlib
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.mutations.changes_hdf5 import NAMES_OF_HDF5, change_hdf5
from benchmarks.mutations.changes_text import NAMES_OF_TEXT, UnfitError, change_text
from benchmarks.mutations.good import FRAGMENTS, KINDS, Good, write_good
from benchmarks.mutations.independent import misfit, read_all, reading_of
from musegnn.cli.main import main
from musegnn.errors import MuseGNNError
from musegnn.graphs.gene_graph import read_gene_graph
from musegnn.settings import REPOSITORY

LONGEST = 60  # seconds; a good file takes less than one
LONGEST_PROCESS = 240  # seconds; on a busy machine most of it is the start
_HDF5 = (".h5", ".h5ad", ".loom")


@dataclass(frozen=True)
class Trial:
    """What came of a changed file.

    Parameters
    ----------
    kind, change, member
        Format, what was changed, and in which file of a folder.
    outcome
        "built", "refused", or a fault: "traceback", "hang", "half_written", "wrong_genes".
    words
        The refusal, or what is wrong.
    """

    kind: str
    change: str
    member: str
    outcome: str
    words: str


class _HangError(BaseException):
    """Raised by the clock."""


def draw(number: int, *, seed: int) -> Iterator[tuple[str, str, int]]:
    """Draw kinds of files and changes: each change of each kind once before any comes again."""
    rng = random.Random(seed)
    pairs: list[tuple[str, str]] = []
    for _ in range(number):
        if not pairs:
            pairs = [(kind, change) for kind in KINDS for change in _changes_of(kind)]
            rng.shuffle(pairs)
        yield (*pairs.pop(), rng.randrange(10**9))


def _changes_of(kind: str) -> tuple[str, ...]:
    is_hdf5 = kind in {"h5ad", "tenx_2", "tenx_3", "loom", "section"} or "in_" in kind
    return NAMES_OF_HDF5 if is_hdf5 else NAMES_OF_TEXT


def try_change(kind: str, change: str, seed: int, *, apart: bool = False) -> Trial | None:
    """Change a good file and build its graph; None when the change does not fit it.

    Parameters
    ----------
    kind, change
        As drawn.
    seed
        Of what the change draws.
    apart
        Run the command as a process, as a user does.
    """
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        good = write_good(Path(place) / "in", kind)
        member = rng.choice(_members(good.path))
        try:
            keeps = _change(member, change, rng)
        except (UnfitError, UnicodeError):
            return None
        outcome, words = _run(good, Path(place), keeps=keeps, apart=apart)
        if apart and outcome == "refused" and not words:
            words = "(a process)"
        return Trial(kind, change, member.name, outcome, words)


def _members(path: Path) -> list[Path]:
    """Return the files that may be changed."""
    files = (
        [item for item in sorted(path.rglob("*")) if item.is_file()] if path.is_dir() else [path]
    )
    return [item for item in files if item.suffix in _HDF5] or files


def _change(member: Path, change: str, rng: random.Random) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if member.suffix in _HDF5:
            return change_hdf5(member, change, rng)
        return change_text(member, change, rng)


def _run(  # noqa: PLR0911 - a fault a return
    good: Good, place: Path, *, keeps: bool, apart: bool
) -> tuple[str, str]:
    """Build the graph and judge what came of it."""
    output = place / "out" / "graph.h5ad"
    before = _content(place / "in")
    arguments = [
        *("graph", str(good.path), "--species", "human", "--tissue", "pancreas"),
        *("--modality", good.modality, *good.options, "-o", str(output)),
    ]
    code, said = _as_process(arguments) if apart else _in_process(arguments)
    if code == "hang":
        return "hang", said
    if code == "traceback" or "Traceback" in said:
        return "traceback", said[-3000:]
    left = sorted(path.name for path in output.parent.rglob("*")) if output.parent.exists() else []
    if _content(place / "in") != before:
        return "half_written", "the input was changed"
    if code != "0":
        lines = said.splitlines()
        if left or output.parent.exists():
            return "half_written", f"left: {left}"
        if code != "2" or len(lines) != 1 or "Expected" not in lines[0]:
            return "traceback", f"code {code}: {said[-3000:]}"
        return "refused", lines[0].replace(str(place), "")
    if left != ["graph.h5ad"]:
        return "half_written", f"left: {left}"
    try:
        graph = read_gene_graph(output)
    except MuseGNNError as error:
        return "half_written", str(error)
    written = [reading_of(good.counts)]
    found, is_whole = read_all(good.path)
    has_several = good.path.suffix == ".h5ad"  # places, of which another may now hold the counts
    if keeps:
        readings = written + (found if has_several else [])
    else:  # what others cannot read may still be read, but then for what it was
        readings = found + ([] if is_whole else written)
    wrong = "" if good.modality == "scatac" else misfit(graph, readings)
    return ("wrong_genes", wrong) if wrong else ("built", "")


def _content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _in_process(arguments: list[str]) -> tuple[str, str]:
    """Run the command here, with a clock."""
    out, err = io.StringIO(), io.StringIO()

    def ring(*_: object) -> None:
        raise _HangError

    previous = signal.signal(signal.SIGALRM, ring)
    signal.alarm(LONGEST)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = str(main(arguments))
    except _HangError:
        return "hang", traceback.format_exc()[-3000:]
    except SystemExit as stop:
        code = str(stop.code)
    except BaseException:  # noqa: BLE001 - whatever it is, a user would see it
        return "traceback", traceback.format_exc()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
    return code, err.getvalue() if code != "0" else out.getvalue()


def _as_process(arguments: list[str]) -> tuple[str, str]:
    """Run the command as a user does."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "musegnn.cli.main", *arguments],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_PROCESS,
        )
    except subprocess.TimeoutExpired:
        return "hang", "as a process"
    return str(done.returncode), done.stderr if done.returncode else done.stdout


def keep_file(kind: str, change: str, seed: int, target: Path) -> Path:
    """Write a changed file again, to look at it."""
    rng = random.Random(seed)
    shutil.rmtree(target, ignore_errors=True)
    good = write_good(target, kind)
    _change(rng.choice(_members(good.path)), change, rng)
    return good.path


__all__ = ["FRAGMENTS", "Trial", "draw", "keep_file", "try_change"]
