"""Find the run that answers a question, so that nothing is computed twice or lost by a reload."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from musegnn import __version__
from musegnn.access.owners import may_see
from musegnn.access.visitor import acting
from musegnn.errors import MuseGNNError
from musegnn.runs import files
from musegnn.runs.config import read_run_config
from musegnn.runs.graph_sources import FileSource
from musegnn.runs.identifiers import RUN_ID
from musegnn.runs.kind import KindSettings
from musegnn.runs.listing import list_run_folders
from musegnn.runs.owning import read_owner
from musegnn.runs.record import RunRecord, record_of


def find_answer(
    root: Path, settings: KindSettings, sources: Sequence[FileSource]
) -> RunRecord | None:
    """Return the newest run with these settings that reads files of this content, or None.

    Parameters
    ----------
    root
        Folder of all runs.
    settings
        Settings; they know their kind.
    sources
        Files with their hashes, in any order.
    """
    wanted = _contents(sources)
    for folder in reversed(of_kind(root, settings.kind)):
        try:
            config = read_run_config(folder)
        except MuseGNNError:
            continue  # the Runs page tells what is wrong with it
        if config.settings == settings and _contents(config.files) == wanted:
            record = record_of(folder)
            if record.state != "finished" or _is_of_this_version(folder):
                return record
    return None


def _is_of_this_version(folder: Path) -> bool:
    """True when this version of the program computed the result: another may have been mended."""
    versions = (files.read_json(folder / files.PROVENANCE) or {}).get("versions")
    return isinstance(versions, dict) and versions.get("musegnn") == __version__


def of_kind(root: Path, kind: str, *, is_own: bool = False) -> list[Path]:
    """Folders of the runs of a kind that whoever acts may see, or owns; oldest first."""
    if not root.is_dir():
        return []
    named = ((RUN_ID.fullmatch(folder.name), folder) for folder in list_run_folders(root))
    found = sorted(folder for match, folder in named if match and match["kind"] == kind)
    who = acting()
    if is_own:
        return [folder for folder in found if who.owns(read_owner(folder).id)]
    return [folder for folder in found if may_see(read_owner(folder), who)]


def _contents(sources: Sequence[FileSource]) -> list[tuple[str, str]]:
    """Roles and hashes of files, sorted."""
    return sorted((source.role, source.sha256) for source in sources)
