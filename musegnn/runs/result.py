"""The result of a run: whole only when the hashes of its manifest match."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from musegnn import keys
from musegnn.errors import DataFileError, MuseGNNError, RunError
from musegnn.runs.files import RESULT, SEEN, read_json, write_json
from musegnn.runs.graph_sources import hash_file
from musegnn.runs.states import Result


def result_folder(folder: Path) -> Path:
    """Return the folder with the result of a finished run, every file of it hashed.

    Raises
    ------
    RunError
        If there is no result, or a file of it is not what the manifest says.
    """
    problem = find_damage(folder / RESULT)
    if problem:
        raise RunError(problem, "Take the run up again, or import it again.")
    return folder / RESULT


def look_at_result(folder: Path) -> Result:
    """Say whether the result of a run is there and whole.

    Files whose size and time of change are those of the last time their hashes were right are taken
    as right, as git does; others are hashed, and what is found is remembered.
    """
    result = folder / RESULT
    if not result.is_dir():
        return "absent"
    manifest = read_json(result / keys.MANIFEST_FILE)
    if manifest is None:
        return "damaged"
    seen = read_json(folder / SEEN)
    if seen is not None and seen.get("files") == _signatures(result, manifest):
        return "whole"
    if find_damage(result):
        return "damaged"
    remember(folder)
    return "whole"


def remember(folder: Path) -> None:
    """Note what the files of a result look like whose hashes are right."""
    manifest = read_json(folder / RESULT / keys.MANIFEST_FILE)
    if manifest is None:
        return
    try:
        write_json(folder / SEEN, {"files": _signatures(folder / RESULT, manifest)})
    except DataFileError:  # a folder that can only be read is hashed again next time
        return


def find_damage(result: Path) -> str:
    """Compare a result with its manifest, hashing every file; say what is wrong, or ""."""
    manifest = read_json(result / keys.MANIFEST_FILE)
    files = listed_files(manifest)
    if files is None:
        return f"Expected a manifest with hashes in {result}, found none."
    for name, expected in files.items():
        try:
            found = hash_file(result / name)
        except MuseGNNError:
            return f"Expected {name} in {result}, found none that can be read."
        if found != expected:
            return f"Expected {name} as the manifest in {result} says, found it changed."
    return ""


def listed_files(manifest: dict[str, Any] | None) -> dict[str, str] | None:
    """Return the files of a manifest with their hashes; None when it is none.

    Names that lead out of the folder make it none.
    """
    files = (manifest or {}).get("files")
    if not isinstance(files, dict) or not files:
        return None
    for name, value in files.items():
        path = PurePosixPath(name)
        if not isinstance(value, str) or path.is_absolute() or ".." in path.parts:
            return None
    return files


def _signatures(result: Path, manifest: dict[str, Any]) -> dict[str, list[int | str]] | None:
    """Size, time of change and expected hash of every file; None when one is missing."""
    files = listed_files(manifest)
    if files is None:
        return None
    found: dict[str, list[int | str]] = {}
    try:
        for name, expected in {**files, keys.MANIFEST_FILE: ""}.items():
            state = (result / name).stat()
            found[name] = [state.st_size, state.st_mtime_ns, expected]
    except OSError:
        return None
    return found
