"""Write beside, then rename: a reader never sees half a file."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from musegnn.errors import DataFileError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path next to `path` that replaces it when the block succeeds.

    Parameters
    ----------
    path
        Final path of a file or folder. Its folder is created when missing.

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
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        if temporary.is_dir() and path.is_dir():
            shutil.rmtree(path)
        temporary.replace(path)
    except OSError as error:
        msg = f"Expected to be able to write {path}, found: {error.strerror or error}."
        raise DataFileError(msg, "Check the folder, its permissions and the free space.") from error
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        elif temporary.exists():
            temporary.unlink()
