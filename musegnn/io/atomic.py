"""Write beside, then rename: a reader never sees half a file."""

from __future__ import annotations

import errno
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from musegnn.errors import DataFileError, MuseGNNError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FULL_WORDS = ("No space left on device", "Disk quota exceeded")
_CHECK = "Check the folder, its permissions and the free space."


def is_full_disk(error: BaseException | None) -> bool:
    """True when an error, or what caused it, is a lack of space; libraries say so in words."""
    while error is not None:
        is_full = isinstance(error, OSError) and error.errno in _FULL
        if is_full or any(words in str(error) for words in _FULL_WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def scratch_folder(place: Path | None = None) -> Iterator[Path]:
    """Make a folder for the files of a block of code and remove it at its end.

    Parameters
    ----------
    place
        Folder to make it in; None takes that of the system.

    Raises
    ------
    DataFileError
        If it cannot be made, or there is no room left in it.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="musegnn-", dir=place) as folder:
            yield Path(folder)
    except MuseGNNError:
        raise
    except Exception as error:
        if not is_full_disk(error):
            raise
        msg = f"Expected free space for a file in {place or tempfile.gettempdir()}, found none."
        raise DataFileError(msg, "Make room there, or name another folder in TMPDIR.") from error


@contextmanager
def replacing(path: Path, *, makes_folder: bool = True) -> Iterator[Path]:
    """Yield a temporary path next to `path` that replaces it when the block succeeds.

    Parameters
    ----------
    path
        Final path of a file or folder.
    makes_folder
        Whether its folder is made when it is missing; not that of something which somebody may
        just have moved away.

    Yields
    ------
    Path to write to, in the same folder, with the same suffix. When the block fails it is removed
    and what stood at `path` before stays untouched.

    Raises
    ------
    DataFileError
        If the folder cannot be written.
    """
    path = Path(path)
    if not path.name:
        msg = f"Expected the path of a file or folder to write, found {str(path)!r}."
        raise DataFileError(msg, "Give it a name.")
    temporary = path.with_name(f".{path.stem}-{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        if makes_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        if temporary.is_dir() and path.is_dir():
            shutil.rmtree(path)
        temporary.replace(path)
    except OSError as error:
        msg = f"Expected to be able to write {path}, found: {error.strerror or error}."
        raise DataFileError(msg, _CHECK) from error
    except MuseGNNError:
        raise
    except Exception as error:
        if not is_full_disk(error):
            raise
        msg = f"Expected to be able to write {path}, found no space left on the disk."
        raise DataFileError(msg, _CHECK) from error
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        elif temporary.exists():
            temporary.unlink()


def remove_leftovers(folder: Path, names: Iterable[str]) -> None:
    """Remove what a writer that was killed inside `replacing` left.

    Parameters
    ----------
    folder
        Where it wrote.
    names
        Names of the files and folders it wrote; nobody may be writing them now.
    """
    temporaries = [
        re.compile(rf"\.{re.escape(Path(name).stem)}-[0-9a-f]{{8}}{re.escape(Path(name).suffix)}")
        for name in names
    ]
    for path in list(folder.iterdir()) if folder.is_dir() else []:
        if not any(pattern.fullmatch(path.name) for pattern in temporaries):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
