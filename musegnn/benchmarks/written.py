"""Written benchmarks: how a file of any kind is read, and what is said of one that is damaged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from musegnn.border.documents import read_json
from musegnn.errors import DataFileError, InputError

Taken = TypeVar("Taken")


def read_benchmark_text(path: Path) -> dict[str, Any]:
    """Read the JSON of a benchmark of any kind; {} when it is no object.

    Raises
    ------
    DataFileError
        If the file is missing or no JSON.
    """
    content = read_json(Path(path), role="a benchmark as JSON", links=True)
    return content if isinstance(content, dict) else {}


def take_out(
    content: Mapping[str, Any],
    path: Path,
    parse: Callable[[Mapping[str, Any]], Taken],
    *,
    role: str,
    version: int,
    command: str,
) -> Taken:
    """Take what a file holds out of its JSON, whose kind is known.

    Parameters
    ----------
    content, path
        What was read, and where from.
    parse
        Takes it out; what it raises for damage becomes one sentence.
    role
        What it should be, for messages.
    version
        Of the format that `parse` understands.
    command
        What makes such a file, for messages.

    Raises
    ------
    DataFileError
        If it is damaged, or of another version.
    """
    if content.get("format_version") != version:
        msg = (
            f"Expected {role} of format version {version}, found "
            f"{content.get('format_version')!r} in {path}."
        )
        raise DataFileError(msg, "Update the program, or measure again.")
    try:
        return parse(content)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        msg = f"Expected {role}, found a damaged file at {path} ({error!r})."
        raise DataFileError(msg, f"Measure again with {command}.") from error
    except InputError as error:
        msg = f"Expected {role}, found in {path}: {error.message}"
        raise DataFileError(msg, error.hint) from error
