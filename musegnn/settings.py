"""Where things are: folders taken from the environment, resolved once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

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
    """

    atlas: Path
    knowledge: Path | None
    links: Path = Path("links")
    runs: Path = Path("runs")
    knowledge_store: Path = Path("knowledge")
    ensemble: Path | None = None

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
            ensemble=Path(os.environ["MUSEGNN_ENSEMBLE"])
            if os.environ.get("MUSEGNN_ENSEMBLE")
            else None,
        )


def _user_data() -> Path:
    """Folder in which programs keep what they make for a user."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "musegnn"


def _user_cache() -> Path:
    """Folder in which programs keep what they can fetch again."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "musegnn"
