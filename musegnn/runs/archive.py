"""A run as one zip file: taken elsewhere, read with distrust."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, NoReturn

from musegnn import keys
from musegnn.access.owners import owner_for
from musegnn.access.visitor import acting
from musegnn.border.apart import NoReaderError
from musegnn.border.documents import WrongDocument, parse_json
from musegnn.border.packed import Member, Packed, PackedBounds, open_zip
from musegnn.border.regular import hash_regular, is_regular
from musegnn.errors import DataFileError, RunError
from musegnn.io.atomic import replacing
from musegnn.runs import files
from musegnn.runs.config import clean_name, read_run_config
from musegnn.runs.contents import check_contents
from musegnn.runs.identifiers import check_run_id, folder_of
from musegnn.runs.owning import read_owner, write_owner
from musegnn.runs.record import RunRecord, read_record
from musegnn.runs.result import find_damage, remember
from musegnn.runs.staging import folder_beside, move, refuse
from musegnn.runs.states import ACTIVE
from musegnn.runs.submission import changing, deciding, runs_root, write_request

INDEX = "archive.json"
FORMAT_VERSION = 1
LARGEST_FILE = 2 << 30  # bytes, unpacked
LARGEST_RUN = 8 << 30  # bytes, unpacked
MOST_FILES = 5000
BOUNDS: Final = PackedBounds(
    most_members=MOST_FILES + 1,  # and the list of them
    most_bytes=LARGEST_RUN,
    most_growth=100,  # deflate reaches 1032 on zeros, files of a run some tens at most
    slack=16 << 20,  # small files of any ratio do no harm
)
_ROLE = "a run exported by `musegnn runs export`"
_NOTHING = "Nothing of it was kept. Export the run again."
# what a run left, and nothing that says which process is at work on it
_PLAIN = (
    *(files.CONFIG, files.OWNER, files.LABEL, files.CANCEL, files.STATUS, files.ERROR),
    *(files.PROVENANCE, files.METRICS, files.LOG, files.CHECKPOINT, files.BEST),
)
_FOLDERS = {
    files.FRAMES: (".npy", ".json", ".jsonl"),
    files.RESULT: (".h5ad", ".safetensors", ".json"),
}
_PROCESS_KEYS = ("pid", "mark", "machine", "heartbeat_steady", "heartbeat_time")


def export_run(root: Path, run_id: str, target: Path, *, with_checkpoint: bool = True) -> Path:
    """Write a run as one zip file.

    Parameters
    ----------
    root, run_id
        The run: one that has ended.
    target
        The zip file, or a folder that gets `<run id>.zip`.
    with_checkpoint
        Whether the checkpoint comes along, by which a run that has not finished can be taken up.

    Returns
    -------
    Path of the zip file.

    Raises
    ------
    RunError
        If there is no such run, it waits or goes on, or its result is damaged.
    DataFileError
        If the file cannot be written.
    """
    target = Path(target)
    if target.is_dir():
        target /= f"{check_run_id(run_id)}.zip"
    skipped = set() if with_checkpoint else {files.CHECKPOINT, files.BEST}
    with changing(folder_of(root, run_id)):  # nobody moves it away while it is packed
        record = read_record(root, run_id)
        if record.is_active:
            msg = f"Expected a run that has ended, found {run_id} {record.state}."
            raise RunError(msg, "Wait, or cancel it first.")
        if (record.folder / files.RESULT).is_dir():
            problem = find_damage(record.folder / files.RESULT)
            if problem:
                raise RunError(problem, "Take the run up again before exporting it.")
        with replacing(target) as temporary, zipfile.ZipFile(temporary, "w") as archive:
            hashes = {}
            for name, path in _exported(record.folder):
                if name not in skipped:
                    hashes[name] = _pack(archive, name, path)
            index = {"format_version": FORMAT_VERSION, "run_id": run_id, "files": hashes}
            archive.writestr(INDEX, json.dumps(index, indent=2, sort_keys=True))
    return target


def _exported(folder: Path) -> Iterator[tuple[str, Path]]:
    """Names and paths of what is exported, sorted; links are left out."""
    for name in sorted(_PLAIN):
        if is_regular(folder / name):
            yield name, folder / name
    for top in sorted(_FOLDERS):
        for path in sorted((folder / top).rglob("*")):
            name = path.relative_to(folder).as_posix()
            if is_regular(path) and _is_expected(name):
                yield name, path


def _pack(archive: zipfile.ZipFile, name: str, path: Path) -> str:
    """Put a file into the archive; return its hash."""
    if name == files.OWNER:  # an account of here means nothing elsewhere
        owner = read_owner(path.parent)
        told = json.dumps({"made_by": owner.made_by or owner.name}).encode()
        archive.writestr(zipfile.ZipInfo(name), told, zipfile.ZIP_DEFLATED)
        return hashlib.sha256(told).hexdigest()
    if name == files.STATUS:  # which process it was says nothing elsewhere
        status = files.read_json(path) or {}
        kept = {key: value for key, value in status.items() if key not in _PROCESS_KEYS}
        content = json.dumps(kept, indent=2, sort_keys=True).encode()
        archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        return hashlib.sha256(content).hexdigest()
    is_packed = path.suffix in {".h5ad", ".safetensors"}
    archive.write(path, name, zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED)
    return hash_regular(path)


def import_run(root: Path | None, source: Path | IO[bytes]) -> RunRecord:
    """Take a run out of a zip file made by `export_run`.

    Parameters
    ----------
    root
        Folder of all runs; None takes the one of the settings.
    source
        The zip file, or a stream of its bytes.

    Returns
    -------
    What is known of the run, which keeps its id and belongs to whoever brings it in.

    Raises
    ------
    DataFileError
        If it is no such file: damaged, with a path that leads outside, a link, a file that no run
        has, more or larger files than a run has, or a hash that does not match. Nothing is kept of
        it then.
    RunError
        If a run of this id is here already.
    """
    for right in ("upload", "run"):
        acting().check_may(right)
    root = runs_root(root)
    with open_zip(source, BOUNDS, role=_ROLE) as archive, folder_beside(root) as beside:
        index = _read_index(archive)
        made = beside / check_run_id(str(index.get("run_id")))  # its id is checked by its name
        members = _check_members(archive, index)
        with _writing(root):
            made.mkdir()
        for member in members:
            _unpack(archive, member, made / member.name, index["files"][member.name])
        with _writing(root):
            return _settle(root, made)


def _refuse(found: str) -> NoReturn:
    """Raise `DataFileError` for a file that is no archive of a run."""
    msg = f"Expected {_ROLE}, found {found}."
    raise DataFileError(msg, _NOTHING)


@contextmanager
def _writing(root: Path) -> Iterator[None]:
    """Say what goes wrong with the folder of runs."""
    try:
        yield
    except OSError as error:
        refuse(error, "unpack into", root)


def _read_index(archive: Packed) -> dict[str, Any]:
    """Read the list of files and hashes."""
    if INDEX not in {member.name for member in archive.members}:
        _refuse("a zip file without a list of its files")
    try:
        index = parse_json(archive.read(INDEX, most_bytes=files.LARGEST_JSON), files.BOUNDS)
    except WrongDocument as error:
        _refuse(f"a list of files that cannot be read: {error}")
    is_index = isinstance(index, dict) and index.get("format_version") == FORMAT_VERSION
    if not is_index or not isinstance(index.get("files"), dict):
        _refuse("a list of files of another format")
    return index


def _check_members(archive: Packed, index: dict[str, Any]) -> list[Member]:
    """Check names and sizes before anything is unpacked."""
    members = [member for member in archive.members if member.name != INDEX]
    names = [member.name for member in members]
    if sorted(names) != sorted(index["files"]) or files.CONFIG not in names:
        _refuse("files that are not those of its list")
    for member in members:
        if not _is_expected(member.name):
            _refuse(f"a file that no run has ({member.name[:80]!r})")
        most = files.LARGEST_JSON if member.name.endswith(".json") else LARGEST_FILE
        if member.size > most:
            _refuse(f"{member.name[:80]!r}, which unpacks to too many bytes")
    return members


def _is_expected(name: str) -> bool:
    """True for the name of a file that a run has; never for one that leads out of its folder."""
    if name in _PLAIN:
        return True
    path = PurePosixPath(name)
    is_clean = path.as_posix() == name and "\\" not in name and "\0" not in name
    if not is_clean or path.is_absolute() or ".." in path.parts or len(path.parts) > 3:
        return False
    return path.parts[0] in _FOLDERS and path.suffix in _FOLDERS[path.parts[0]] and len(name) < 300


def _unpack(archive: Packed, member: Member, path: Path, expected: str) -> None:
    """Write one file, and check its hash."""
    digest = hashlib.sha256()
    with _writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.open("xb")
    with target:
        for chunk in archive.chunks(member.name):
            digest.update(chunk)
            with _writing(path.parent):
                target.write(chunk)
    if digest.hexdigest() != expected:
        _refuse(f"{member.name[:80]!r} with another hash than its list states")


def _settle(root: Path, made: Path) -> RunRecord:
    """Check the run as a whole and move it into place."""
    if (made / files.RESULT).is_dir():
        problem = find_damage(made / files.RESULT)
        if problem:
            _refuse(problem.partition("found ")[2].rstrip(".") or "a damaged result")
        named = files.read_json(made / files.RESULT / keys.MANIFEST_FILE) or {}
        if set(named.get("files", {})) != _result_files(made):
            _refuse("a result with files that its manifest does not name")
    _check_texts(made)
    read_run_config(made)
    _check_arrays(made)
    _forget_process(made)
    write_owner(made, owner_for(made_by=read_owner(made).made_by))
    told = (files.read_json(made / name) for name in (files.STATUS, files.CANCEL))
    attempt = max(1, *(files.whole_number(values, "attempt") for values in told))
    write_request(made, attempt, executor="local")
    files.write_json(made / files.LAUNCH, {"attempt": attempt, "is_imported": True})
    files.write_json(made / files.IMPORTED, {"run_id": made.name})
    remember(made)
    with deciding(root, made.name) as target:
        if target.exists():
            msg = f"Expected no run {made.name} here, found one."
            raise RunError(msg, "Delete that one first, if the imported one is to replace it.")
        move(made, target)
        return read_record(root, made.name)


def _check_texts(folder: Path) -> None:
    """Refuse a run whose small files cannot be read, or whose name nobody could give it here."""
    for path in sorted(folder.glob("*.json")):
        if files.read_json(path) is None:
            _refuse(f"{path.name!r}, which cannot be read")
    label = files.read_json(folder / files.LABEL)
    if label is None:
        return
    try:
        clean_name(str(label.get("name", "")))
    except ValueError as error:
        _refuse(f"a name that no run has: {error}")


def _check_arrays(folder: Path) -> None:
    """Refuse a run with a file that nobody could open: who looks at the run would meet it."""
    try:
        check_contents(folder)
    except NoReaderError:
        raise
    except DataFileError as error:
        _refuse(f"a file that cannot be read: {error.message.rstrip('.')}")


def _forget_process(folder: Path) -> None:
    """Take out of a run what says that a process is at work on it: here none is.

    A number of a process that came with a file could be that of any process of this machine.
    """
    status = files.read_json(folder / files.STATUS)
    if status is None:
        return
    kept = {key: value for key, value in status.items() if key not in _PROCESS_KEYS}
    if kept.get("state") in ACTIVE:
        kept |= {"state": "stopped", "message": "It was going on when it was exported."}
    files.write_json(folder / files.STATUS, kept)


def _result_files(folder: Path) -> set[str]:
    """Files of the result but for its manifest."""
    result = folder / files.RESULT
    found = {path.relative_to(result).as_posix() for path in result.rglob("*") if path.is_file()}
    return found - {keys.MANIFEST_FILE}
