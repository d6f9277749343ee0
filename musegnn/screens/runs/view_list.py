"""List of runs: filtered, sorted, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, get_args

import pandas as pd

from musegnn.access.visitor import LOCAL
from musegnn.runs.record import RunRecord
from musegnn.runs.states import ACTIVE, State
from musegnn.screens.runs.columns import RUNS
from musegnn.screens.shell.words import NOTHING, digits, duration, moment

STATES: Final[tuple[State, ...]] = get_args(State)
STATE_MEANINGS: Final[dict[State, str]] = {
    "queued": "waits for its turn",
    "starting": "its process is there and loads what it needs",
    "running": "trains",
    "stopping": "was asked to stop; its process is still there",
    "stopped": "was stopped and its process is gone; it can be resumed",
    "failed": "ended with an error",
    "finished": "its result is there and the hashes of its files match",
    "lost": "its process is gone, or silent, without a word; it can be resumed",
    "cancelled": "was stopped before anything was trained",
}
ORDERS: Final = ("newest", "oldest", "name", "state", "best value", "time left", "epochs")
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ListRequest:
    """What of the list is wanted.

    Parameters
    ----------
    search
        Words that must all occur in name, id, preset, device or a dataset; capitals do not matter.
    states
        States to show; empty for all.
    order
        One of `ORDERS`.
    """

    search: str = ""
    states: tuple[str, ...] = ()
    order: str = ORDERS[0]


@dataclass(frozen=True)
class RunList:
    """The list as it is shown.

    Parameters
    ----------
    records
        Runs that fit, in order.
    table
        The same runs, with the columns `musegnn.screens.runs.columns.RUNS`.
    n_all
        Runs in all.
    n_active
        Runs in all that wait or go on.
    caption
        How many there are, by state.
    """

    records: tuple[RunRecord, ...]
    table: pd.DataFrame
    n_all: int
    n_active: int
    caption: str

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the runs in the order of the table."""
        return tuple(record.run_id for record in self.records)


def build(records: Sequence[RunRecord], request: ListRequest) -> RunList:
    """Choose, sort and describe runs.

    Parameters
    ----------
    records
        As `musegnn.runs.list_runs` returns them, newest first.
    request
        What is wanted.
    """
    words = request.search.casefold().split()
    fitting = [
        record
        for record in records
        if (not request.states or record.state in request.states)
        and (not words or all(word in _searched(record) for word in words))
    ]
    ordered = _sort(fitting, request.order)
    counts = Counter(record.state for record in records)
    told = ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state])
    shown = f"{len(ordered)} of {len(records)}" if len(ordered) < len(records) else len(records)
    return RunList(
        records=tuple(ordered),
        table=pd.DataFrame([_row(record) for record in ordered], columns=shown_columns(records)),
        n_all=len(records),
        n_active=sum(counts[state] for state in ACTIVE),
        caption=f"{shown} {'run' if len(records) == 1 else 'runs'}: {told}."
        if records
        else "No runs.",
    )


def shown_columns(records: Sequence[RunRecord]) -> list[str]:
    """Names of the columns of the list: whose a run is only where there is more than one person."""
    is_shared = any(record.owner != LOCAL.id for record in records)
    return [column.name for column in RUNS if is_shared or column.name != "owner"]


def _searched(record: RunRecord) -> str:
    """Text that is searched for words."""
    graphs = record.config.graphs if record.config else []
    told = (*(graph.name for graph in graphs), *(graph.tissue for graph in graphs))
    return " ".join(
        (
            *(record.name, record.run_id, record.preset, record.device, record.state),
            *(_owner(record), record.made_by, *told),
        )
    ).casefold()


def _owner(record: RunRecord) -> str:
    """Name of whose a run is; "" for the local user."""
    return "" if record.owner == LOCAL.id else record.owner_name


def _sort(records: list[RunRecord], order: str) -> list[RunRecord]:
    """Sort runs that come newest first; equal ones stay in that order."""
    if order == "best value":
        return sorted(records, key=_by_best)
    first: dict[str, Callable[[RunRecord], Any]] = {
        "oldest": lambda r: r.created or _LONG_AGO,
        "name": lambda r: r.name.casefold(),
        "state": lambda r: STATES.index(r.state),
        "time left": lambda r: (r.seconds_left is None, r.seconds_left or 0.0),
        "epochs": lambda r: -r.epoch,
    }
    return sorted(records, key=first[order]) if order in first else records


def _by_best(record: RunRecord) -> tuple[int, float]:
    """Validated runs with the largest value first, then losses with the smallest, then none."""
    if record.best is None:
        return 2, 0.0
    return (1, record.best) if record.best_name == "loss" else (0, -record.best)


def _row(record: RunRecord) -> dict[str, object]:
    """One line of the table."""
    return {
        "name": record.name,
        "state": state_text(record),
        "progress": 100 * record.progress,
        "epoch": " / ".join(f"{count:,}" for count in record.counted),
        "best": digits(record.best),
        "best_of": record.best_name if record.best is not None else NOTHING,
        "left": duration(record.seconds_left),
        "device": record.device or NOTHING,
        "owner": record.owner_name,
        "started": moment(record.started or record.created),
        "preset": record.preset or "own settings",
        "datasets": len(record.config.graphs) if record.config else None,
        "seed": record.seed,
        "run_id": record.run_id,
    }


def full_table(records: Sequence[RunRecord]) -> pd.DataFrame:
    """Return all that is known of runs in full precision, one row each, for a file."""
    names = (
        *("run_id", "name", "state", "epoch", "epochs", "loss", "best", "best_name", "best_epoch"),
        *("seconds", "seconds_left", "memory_mib", "device", "executor", "preset", "method"),
        *("owner_name", "made_by", "seed", "attempt", "created", "started", "ended", "config_hash"),
    )
    rows = [[getattr(record, name) for name in names] for record in records]
    table = pd.DataFrame(rows, columns=list(names))
    datasets = [" ".join(g.name for g in r.config.graphs) if r.config else "" for r in records]
    return table.assign(datasets=datasets)


def state_text(record: RunRecord) -> str:
    """Name the state, with the place in the queue."""
    return f"queued ({record.queue_place}.)" if record.queue_place else record.state
