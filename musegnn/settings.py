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
        Folder with annotation tables, or None (`MUSEGNN_KNOWLEDGE`).
    """

    atlas: Path
    knowledge: Path | None

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the settings from environment variables; absent ones get their defaults."""
        knowledge = os.environ.get("MUSEGNN_KNOWLEDGE", "")
        return cls(
            atlas=Path(os.environ.get("MUSEGNN_ATLAS", REPOSITORY / "data" / "atlas")),
            knowledge=Path(knowledge) if knowledge else None,
        )
