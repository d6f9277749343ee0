"""Limits in force, each with the setting that changes it."""

from __future__ import annotations

import os
from typing import Final

import pandas as pd

from musegnn.access.log import KEPT, LARGEST
from musegnn.access.settings import AccessSettings
from musegnn.border.apart import AT_ONCE, BASE_MEMORY, MEMORY_PER_BYTE
from musegnn.errors import MuseGNNError
from musegnn.io.kept_arrays import MOST_KEPT
from musegnn.launchers.devices import CPU_RUNS, count_cpu_runs
from musegnn.runs.graph_sources import ALLOWED
from musegnn.runs.shares import MOST_WAITING, USUAL_WAITING
from musegnn.screens.server.columns import LIMITS
from musegnn.screens.shell.words import memory
from musegnn.settings import Settings

FIXED: Final = "nothing: it is part of the program"


def list_limits(settings: AccessSettings, upload_mb: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what is in force for everybody, and what a public server lets others do.

    Parameters
    ----------
    settings
        How the server is opened.
    upload_mb
        Largest file that may be given, in MB.
    """
    waiting = os.environ.get(MOST_WAITING, "").strip()
    limits = [
        ("a file that is given", f"{upload_mb:,} MB", "STREAMLIT_SERVER_MAX_UPLOAD_SIZE"),
        (
            "runs in the queue, of all",
            waiting if waiting.isdigit() else str(USUAL_WAITING),
            MOST_WAITING,
        ),
        ("runs at work on the processors, of all", _runs_at_once(), CPU_RUNS),
        (
            "memory of a set of vectors that is opened",
            f"{_largest_set():,} MB",
            "MUSEGNN_LARGEST_SET",
        ),
        ("folders that graphs may come from", os.environ.get(ALLOWED, "") or "any", ALLOWED),
        ("files read side by side", str(AT_ONCE), FIXED),
        (
            "memory of the reader of a file",
            f"{memory(BASE_MEMORY / 2**20)} and {MEMORY_PER_BYTE} times the file",
            FIXED,
        ),
        ("disk of what is taken out of large files", memory(MOST_KEPT / 2**20), FIXED),
        ("disk of this log", memory((KEPT + 1) * LARGEST / 2**20), FIXED),
    ]
    of_others = []
    if settings.is_public:
        shares = settings.shares
        of_others = [
            (
                "runs in the queue, of a member",
                f"{shares.waiting_runs:,}",
                "[shares] waiting_runs",
            ),
            ("runs at work, of a member", f"{shares.running_runs:,}", "[shares] running_runs"),
            ("memory of a run of a member", memory(shares.memory_mib), "[shares] memory_mib"),
            ("disk of a member", memory(shares.disk_mib), "[shares] disk_mib"),
            ("hours until the next sign-in", f"{settings.sign_in_hours:g}", "sign_in_hours"),
            ("who reads runs of others", _readers(settings), "others_runs"),
            ("names that browsers reach it by", ", ".join(settings.hosts), "hosts"),
        ]
    names = [column.name for column in LIMITS]
    return pd.DataFrame(limits, columns=names), pd.DataFrame(of_others, columns=names)


def _runs_at_once() -> str:
    """How many runs may use the processors at once, or what is wrong with the setting."""
    try:
        return str(count_cpu_runs())
    except MuseGNNError as error:
        return str(error)


def _largest_set() -> int:
    return Settings.from_environment().largest_set


def _readers(settings: AccessSettings) -> str:
    return "administrators" if settings.others_runs == "hidden" else "everybody"
