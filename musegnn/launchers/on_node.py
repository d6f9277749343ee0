"""A job in a process of its own: its argument is read from a file, its outcome left in another.

Both files hold plain values in JSON, checked against the types that the function declares. Which
function is called stands on the command line of whoever sends the job, in no file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from musegnn.launchers.jobs import Job, Outcome, perform

_OUTCOMES = TypeAdapter(Outcome)


def write_job(job: Job, file: Path) -> list[str]:
    """Write the argument of a job, and return the command that performs it.

    Parameters
    ----------
    job
        Its function declares the types of its argument and of its answer.
    file
        Where the argument goes; the outcome will lie beside it.
    """
    argument, _ = _adapters(job.work)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(argument.dump_json(job.argument))
    name = f"{job.work.__module__}:{job.work.__qualname__}"
    return [sys.executable, "-m", "musegnn.launchers.on_node", name, str(file)]


def read_outcome(job: Job, file: Path) -> Outcome | None:
    """Return what a job left, or None when that is nothing, or not all of it."""
    _, answer = _adapters(job.work)
    try:
        outcome = _OUTCOMES.validate_json(_outcome_file(file).read_bytes())
        value = None if outcome.error else answer.validate_python(outcome.value)
    except (OSError, ValueError):
        return None
    return replace(outcome, value=value)


def main(arguments: Sequence[str]) -> None:
    """Perform the function of a name on the argument in a file."""
    name, path = arguments
    work, file = resolve_name(name), Path(path)
    argument, _ = _adapters(work)
    outcome = perform(Job(file.stem, work, argument.validate_json(file.read_bytes())))
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_bytes(_OUTCOMES.dump_json(outcome))
    unfinished.replace(_outcome_file(file))


def _outcome_file(file: Path) -> Path:
    """Where the outcome of the argument in a file goes."""
    return file.with_suffix(".outcome")


def _adapters(work: Callable[[Any], Any]) -> tuple[TypeAdapter[Any], TypeAdapter[Any]]:
    """Turn the declared types of argument and answer into JSON and back."""
    hints = get_type_hints(work)
    answer = hints.pop("return")
    (argument,) = hints.values()
    return TypeAdapter(argument), TypeAdapter(answer)


if __name__ == "__main__":
    main(sys.argv[1:])
