"""Run the command line in tests, and say what a refusal must look like."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from musegnn.cli.main import main

REPOSITORY = Path(__file__).parents[1]
HUMAN = ("--species", "human", "--tissue", "pancreas", "--modality", "scrna")
DATASETS = (
    ("islets", "human_pancreas_baron", "human", "pancreas", 100),
    ("mouse_islets", "mouse_pancreas_baron", "mouse", "pancreas", 80),
    ("pbmc", "human_pbmc4k_10x", "human", "blood", 60),
)


class Answer(NamedTuple):
    """What a command gave back."""

    code: int
    out: str
    err: str


def musegnn(*arguments: object) -> Answer:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:  # argparse
            code = int(stop.code or 0)
    return Answer(code, out.getvalue(), err.getvalue())


def musegnn_process(*arguments: object, hash_seed: str = "random") -> Answer:
    """Run a command as a user does, with Python's own warnings."""
    done = subprocess.run(
        [sys.executable, "-m", "musegnn.cli.main", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONHASHSEED": hash_seed},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def list_all(folder: Path) -> list[str]:
    """Every file and folder below, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def expect_refused(answer: Answer, message: str) -> None:
    """Exit code 2, and one line that says what was expected, what was found, what to do."""
    lines = answer.err.splitlines()
    assert len(lines) == 1, answer.err
    assert re.match(r"musegnn (graph|train|neighbours): [A-Z`].*[.?]$", lines[0])
    assert re.search(message, lines[0]), lines[0]
    assert answer.out == ""
    assert answer.code == 2
