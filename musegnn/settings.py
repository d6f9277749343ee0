"""Where things are: folders taken from the environment, resolved once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from musegnn.errors import InputError

REPOSITORY = Path(__file__).resolve().parent.parent
EXPERIMENTS = REPOSITORY / "experiments"  # settings of training runs


@dataclass(frozen=True)
class Settings:
    """Folders the product reads from.

    Parameters
    ----------
    atlas
        Result folder opened by the dashboard when nothing else is chosen (`MUSEGNN_ATLAS`).
    knowledge
        Folder with annotation tables (`MUSEGNN_KNOWLEDGE`); by default `knowledge_store` when it
        is there, else None.
    links
        Folder of what is too long for a link (`MUSEGNN_LINKS`), by default in the data folder of
        the user.
    runs
        Folder of background runs (`MUSEGNN_RUNS`), by default in the data folder of the user.
    ensemble
        Folder with results of other training seeds (`MUSEGNN_ENSEMBLE`), or None.
    knowledge_store
        Folder that fetched and imported annotation is written to: `MUSEGNN_KNOWLEDGE`, by default
        in the cache folder of the user.
    opened
        Folder of what was taken out of large files where it cannot lie beside them
        (`MUSEGNN_OPENED`), by default in the cache folder of the user.
    largest_set
        Megabytes of memory that one set of vectors may need (`MUSEGNN_LARGEST_SET`).
    log
        File that the server keeps its log in (`MUSEGNN_LOG`), by default in the data folder of the
        user.
    uploads
        Folder of files that were uploaded and are held by nobody but their sessions
        (`MUSEGNN_UPLOADS`), by default in the cache folder of the user.
    shipped
        Folder of the annotation that comes with the product (`MUSEGNN_SHIPPED`); an empty folder
        switches it off.
    """

    atlas: Path
    knowledge: Path | None
    links: Path = Path("links")
    runs: Path = Path("runs")
    knowledge_store: Path = Path("knowledge")
    ensemble: Path | None = None
    opened: Path = Path("opened")
    largest_set: int = 4_000
    log: Path = Path("dashboard.log")
    uploads: Path = Path("uploads")
    shipped: Path = REPOSITORY / "data" / "annotation"

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the settings from environment variables; absent ones get their defaults."""
        named = os.environ.get("MUSEGNN_KNOWLEDGE", "")
        store = Path(named) if named else _user_cache() / "knowledge"
        return cls(
            atlas=Path(os.environ.get("MUSEGNN_ATLAS", REPOSITORY / "data" / "atlas")),
            knowledge=store if named or store.is_dir() else None,
            links=Path(os.environ.get("MUSEGNN_LINKS") or _user_data() / "links"),
            runs=Path(os.environ.get("MUSEGNN_RUNS") or _user_data() / "runs").absolute(),
            knowledge_store=store,
            uploads=Path(os.environ.get("MUSEGNN_UPLOADS") or _user_cache() / "uploads").absolute(),
            log=Path(os.environ.get("MUSEGNN_LOG") or _user_data() / "dashboard.log"),
            ensemble=Path(os.environ["MUSEGNN_ENSEMBLE"])
            if os.environ.get("MUSEGNN_ENSEMBLE")
            else None,
            opened=Path(os.environ.get("MUSEGNN_OPENED") or _user_cache() / "opened"),
            shipped=Path(os.environ.get("MUSEGNN_SHIPPED") or cls.shipped),
            largest_set=_megabytes("MUSEGNN_LARGEST_SET", cls.largest_set),
        )


def _megabytes(name: str, usual: int) -> int:
    """Read a number of megabytes from the environment.

    Raises
    ------
    InputError
        If it is no whole number above 0.
    """
    text = os.environ.get(name, "").strip()
    if not text:
        return usual
    if not text.isdecimal() or not text.isascii() or not int(text[:12]):
        msg = f"Expected a whole number of megabytes in {name}, found {text[:40]!r}."
        raise InputError(msg, f"Set it to a number such as {usual}, or leave it out.")
    return int(text[:12])


def _user_data() -> Path:
    """Folder in which programs keep what they make for a user."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "musegnn"


def _user_cache() -> Path:
    """Folder in which programs keep what they can fetch again."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "musegnn"
