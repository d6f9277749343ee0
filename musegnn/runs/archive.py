"""A run as one zip file: taken elsewhere, read with distrust."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, NoReturn

from musegnn import keys
from musegnn.access.owners import owner_for
from musegnn.access.visitor import acting
from musegnn.errors import DataFileError, RunError
from musegnn.io.atomic import replacing
from musegnn.io.checksum import checksum
from musegnn.runs import files
from musegnn.runs.config import read_run_config
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
LARGEST_RATIO = 300  # deflate reaches 1032 on zeros, files of a run some tens at most
_SLACK = 1 << 20  # bytes; small files of any ratio do no harm
_CHUNK = 1 << 20
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
        if (folder / name).is_file() and not (folder / name).is_symlink():
            yield name, folder / name
    for top in sorted(_FOLDERS):
        for path in sorted((folder / top).rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and not path.is_symlink() and _is_expected(name):
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
    return checksum(path)


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
    try:
        with zipfile.ZipFile(source) as archive, folder_beside(root) as beside:
            index = _read_index(archive)
            made = beside / check_run_id(str(index["run_id"]))  # its id is checked by its name
            members = _check_members(archive, index)
            made.mkdir()
            for member in members:
                _unpack(archive, member, made / member.filename, index["files"][member.filename])
            return _settle(root, made)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        _refuse(f"something that cannot be unpacked ({error})")
    except FileNotFoundError as error:
        msg = f"Expected a zip file, found none at {source}."
        raise DataFileError(msg, "Give one made by `musegnn runs export`.") from error
    except OSError as error:
        refuse(error, "unpack into", root)


def _refuse(found: str) -> NoReturn:
    """Raise `DataFileError` for a file that is no archive of a run."""
    msg = f"Expected a run exported by `musegnn runs export`, found {found}."
    raise DataFileError(msg, "Nothing of it was kept. Export the run again.")


def _read_index(archive: zipfile.ZipFile) -> dict[str, Any]:
    """Read the list of files and hashes."""
    try:
        info = archive.getinfo(INDEX)
    except KeyError:
        _refuse("a zip file without a list of its files")
    if info.file_size > files.LARGEST_JSON:
        _refuse("a list of files that is too long")
    with archive.open(info) as stream:
        content = stream.read(files.LARGEST_JSON + 1)
    try:
        index = json.loads(content)
    except (ValueError, RecursionError):
        _refuse("a list of files that cannot be read")
    is_index = isinstance(index, dict) and index.get("format_version") == FORMAT_VERSION
    if not is_index or not isinstance(index.get("files"), dict):
        _refuse("a list of files of another format")
    return index


def _check_members(archive: zipfile.ZipFile, index: dict[str, Any]) -> list[zipfile.ZipInfo]:
    """Check names, kinds and sizes before anything is unpacked."""
    members = [info for info in archive.infolist() if info.filename != INDEX]
    names = [info.filename for info in members]
    if len(names) > MOST_FILES:
        _refuse(f"{len(names)} files, more than {MOST_FILES}")
    if sorted(names) != sorted(index["files"]) or files.CONFIG not in names:
        _refuse("files that are not those of its list")
    total = 0
    for info in members:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if not _is_expected(info.filename):
            _refuse(f"a file that no run has ({info.filename[:80]!r})")
        if info.is_dir() or kind not in {0, stat.S_IFREG}:
            _refuse(f"{info.filename[:80]!r}, which is no plain file")
        total += info.file_size
        packed = max(info.compress_size, 1)
        is_bomb = info.file_size > LARGEST_RATIO * packed + _SLACK
        if is_bomb or info.file_size > LARGEST_FILE or total > LARGEST_RUN:
            _refuse(f"{info.filename[:80]!r}, which unpacks to too many bytes")
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


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, expected: str) -> None:
    """Write one file, never more bytes than it stated, and check its hash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, written = hashlib.sha256(), 0
    with archive.open(info) as stream, path.open("xb") as target:
        while chunk := stream.read(_CHUNK):
            written += len(chunk)
            if written > info.file_size:
                _refuse(f"{info.filename[:80]!r}, which is longer than it states")
            digest.update(chunk)
            target.write(chunk)
    if digest.hexdigest() != expected:
        _refuse(f"{info.filename[:80]!r} with another hash than its list states")


def _settle(root: Path, made: Path) -> RunRecord:
    """Check the run as a whole and move it into place."""
    if (made / files.RESULT).is_dir():
        problem = find_damage(made / files.RESULT)
        if problem:
            _refuse(problem.partition("found ")[2].rstrip(".") or "a damaged result")
        named = files.read_json(made / files.RESULT / keys.MANIFEST_FILE) or {}
        if set(named.get("files", {})) != _result_files(made):
            _refuse("a result with files that its manifest does not name")
    read_run_config(made)
    _forget_process(made)
    write_owner(made, owner_for(made_by=read_owner(made).made_by))
    told = (files.read_json(made / name) for name in (files.STATUS, files.CANCEL))
    attempt = max(1, *(files.whole_number(values, "attempt") for values in told))
    write_request(made, attempt, executor="local")
    files.write_json(made / files.LAUNCH, {"attempt": attempt, "is_imported": True})
    remember(made)
    with deciding(root, made.name) as target:
        if target.exists():
            msg = f"Expected no run {made.name} here, found one."
            raise RunError(msg, "Delete that one first, if the imported one is to replace it.")
        move(made, target)
        return read_record(root, made.name)


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
