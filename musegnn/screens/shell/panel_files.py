"""Files of the page: what a button offers stays for who presses it while the page is drawn anew.

Streamlit gives what a button offers a new name whenever the page is drawn, and forgets the old one
as soon as anybody's page is done, although the browser still shows the old button; and it forgets
a file that was made once two pages of anybody are done, fetched or not. On a server that many use,
a press was so lost in the middle of things.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Final

from streamlit.runtime import runtime
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileKind, MediaFileStorage

PATIENCE: Final = 60.0  # seconds that a browser on a busy machine may need to show a new button
_DRAWN: Final = 2  # times that a button may have been drawn anew behind the one that is shown


class PatientFiles(MediaFileManager):
    """Keep what nothing refers to any more for a minute, and of a button few of the last.

    Parameters
    ----------
    storage
        Where files are.
    """

    def __init__(self, storage: MediaFileStorage) -> None:
        super().__init__(storage)
        self._left: dict[str, float] = {}  # since when nothing refers to them

    def remove_orphaned_files(self) -> None:
        """Remove what nothing has referred to for a minute; pictures of pages at once."""
        super().remove_orphaned_files()
        with self._lock:
            known = self._deferred_callables.keys() | self._file_metadata.keys()
            for name in self._left.keys() - known:
                del self._left[name]

    def _get_inactive_file_ids(self) -> set[str]:
        """Names of stored files that may go."""
        unused = super()._get_inactive_file_ids()
        offered = {
            name for name in unused if self._file_metadata[name].kind == MediaFileKind.DOWNLOADABLE
        }
        return unused - offered | self._long_left(offered)

    def _remove_orphaned_deferred_callables(self) -> None:
        """Remove what buttons offered that nobody can see any more."""
        used = {
            name for places in self._files_by_session_and_coord.values() for name in places.values()
        }
        newer = Counter[tuple[str, str]]()
        unused: list[str] = []
        replaced: list[str] = []
        for name, entry in reversed(self._deferred_callables.items()):
            button = (entry["session_id"], entry["element_id"] or entry["coordinates"])
            if name not in used:
                (unused if newer[button] <= _DRAWN else replaced).append(name)
            newer[button] += 1
        for name in (*replaced, *self._long_left(unused)):
            self._drop_deferred_id(name)

    def _long_left(self, unused: Iterable[str]) -> set[str]:
        """Return those that nothing has referred to for longer than a browser may need."""
        now = time.monotonic()
        return {name for name in unused if now - self._left.setdefault(name, now) > PATIENCE}


def keep_files() -> None:
    """Let the server that starts next keep files so."""
    runtime.MediaFileManager = PatientFiles  # type: ignore[attr-defined]
