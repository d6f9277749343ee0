"""`musegnn app`: start the dashboard."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from musegnn.errors import DataFileError
from musegnn.settings import REPOSITORY


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("app", help="start the dashboard and print its address")
    parser.add_argument(
        "result",
        type=Path,
        nargs="?",
        metavar="RESULT_DIR",
        help="result folder to open (default: the atlas that ships with the program)",
    )
    parser.add_argument("--port", type=int, default=8501)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Start Streamlit on `app.py` and wait for it."""
    script = REPOSITORY / "app.py"
    if not script.is_file():
        msg = f"Expected the dashboard at {script}, found no file."
        raise DataFileError(msg, "Run from a checkout of the repository.")
    environment = dict(os.environ)
    if options.result is not None:
        environment["MUSEGNN_ATLAS"] = str(options.result.resolve())
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += ["--server.port", str(options.port), "--server.headless", "true"]
    command += ["--server.address", "localhost", "--browser.gatherUsageStats", "false"]
    return subprocess.run(command, env=environment, cwd=REPOSITORY, check=False).returncode
