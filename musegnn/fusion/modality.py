"""Modality: one kind of knowledge about genes, and where it is read from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from musegnn.fusion.feature_table import FeatureTable
from musegnn.fusion.human_names import HumanNames
from musegnn.knowledge.store import KnowledgeStore

SVD: Final = "svd"
WALKS: Final = "walks"
Encoder = Literal["svd", "walks"]


@dataclass(frozen=True)
class Sources:
    """What modalities are read from.

    Parameters
    ----------
    store
        Tables of annotation.
    names
        Leads names to symbols.
    graphs
        Gene graphs (`.h5ad`) of which co-expression is taken.
    tables
        Modality -> names of tables to read instead of the usual ones.
    without
        Names of tables of interactions whose pairs are left out, so that they can test the rest.
    """

    store: KnowledgeStore
    names: HumanNames
    graphs: Sequence[Path] = ()
    tables: Mapping[str, Sequence[str]] = field(default_factory=dict)
    without: Sequence[str] = ()

    def record(self, name: str) -> dict[str, Any]:
        """Return where a table comes from, as values for JSON."""
        return asdict(self.store.record(name))

    def chosen(self, modality: str, known: Sequence[str], usual: Sequence[str]) -> list[str]:
        """Names of the tables to read: those that were asked for, else the usual that are there.

        Parameters
        ----------
        modality
            Key of the modality.
        known
            Names of all tables of its kind in the store.
        usual
            Names of tables that are read by default.
        """
        asked = self.tables.get(modality)
        if asked is not None:
            for name in asked:
                self.store.record(name)  # tells the nearest name where there is none
            return list(asked)
        return [name for name in usual if name in known]


@dataclass(frozen=True)
class Modality:
    """One kind of knowledge.

    Parameters
    ----------
    key
        Short name: that of the context in files and on pages.
    title
        What it is, in words.
    read
        Reads its table; None where no table is at hand.
    encoder
        What makes vectors of it by default: the better one by hidden facts, see docs/fusion.md.
    needs
        What has to be imported for it, told where there is none.
    """

    key: str
    title: str
    read: Callable[[Sources], FeatureTable | None]
    encoder: Encoder
    needs: str
