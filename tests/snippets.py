"""Run the program that a page offers under Methods, and read the table it prints."""

import contextlib
import io
import os
import subprocess
import sys

import pandas as pd
import pytest

from musegnn.screens.shell.methods import as_script
from tests.e2e.browser import ROOT


def run_snippet(methods, folder, environment=None):
    """Run the downloaded program here on the atlas of `folder`; returns the table it prints."""
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        for name, value in {"MUSEGNN_ATLAS": str(folder), **(environment or {})}.items():
            patch.setenv(name, value)
        exec(compile(as_script(methods), "methods.py", "exec"), {"__name__": "__main__"})
    printed.seek(0)
    return pd.read_csv(printed)


def run_program(methods, folder):
    """Run the downloaded program as a person does, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", as_script(methods)],
        env={**os.environ, "MUSEGNN_ATLAS": str(folder), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return pd.read_csv(io.StringIO(done.stdout))


def read_again(table):
    """Return a table as it comes back from a CSV file, to compare with what a program prints."""
    return pd.read_csv(io.StringIO(table.to_csv(index=False)))
