"""Regulation: curated regulator-target pairs, one row a pair, quick to look up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn.analysis.choices import GRADES, USUAL_GRADE
from musegnn.errors import InputError
from musegnn.validation import check_choice

# a table without grades is taken as curated, but not as the best
_RANK: Final = {"A": 0, "B": 1, "C": 2, "": 2, "D": 3, "E": 4}
_WORST: Final = 4
STRONG_RANK: Final = 1  # A and B
CURATED_RANK: Final = 2  # C and what has no grade; beyond it pairs are predictions

COLUMNS: Final = ("regulator", "target", "sign", "confidence", "source", "release", "reference")
GRADES_MEANING: Final = (
    "A and B: several lines of curated evidence; C or no grade: one; D and E: predictions"
)


@dataclass(frozen=True)
class Regulation:
    """Who regulates whom, from one or more tables.

    Parameters
    ----------
    table
        One row a pair and source, sorted by pair: `COLUMNS`.
    pairs
        One row a pair, sorted: `regulator`, `target`, `sign` (+1, -1; 0 unknown or sources
        disagree), `confidence` (the best), `rank` (0 for A to 4 for E), `n_sources`, `start` and
        `stop` (rows of `table`).
    least
        Worst grade that was let in.
    """

    table: pd.DataFrame
    pairs: pd.DataFrame
    least: str

    @property
    def is_empty(self) -> bool:
        """True when there is no pair."""
        return self.pairs.empty

    @cached_property
    def regulators(self) -> pd.Index:
        """Regulators, sorted."""
        return pd.Index(self.pairs["regulator"].unique())

    @cached_property
    def targets(self) -> pd.Index:
        """Targets, sorted."""
        return pd.Index(np.sort(self.pairs["target"].unique().astype(str)).astype(object))

    @cached_property
    def signs(self) -> sparse.csr_matrix:
        """Signs of regulators (rows) on targets (columns), float32; 0 where unknown."""
        return self._matrix(self.pairs["sign"].to_numpy(dtype=np.float32))

    @cached_property
    def links(self) -> sparse.csr_matrix:
        """1 where a regulator (row) has a target (column), float32."""
        return self._matrix(np.ones(len(self.pairs), dtype=np.float32))

    @cached_property
    def positions(self) -> dict[tuple[str, str], int]:
        """Row of `pairs` of each regulator and target."""
        names = zip(self.pairs["regulator"], self.pairs["target"], strict=True)
        return {pair: row for row, pair in enumerate(names)}

    @cached_property
    def rows_of(self) -> dict[str, np.ndarray]:
        """Rows of `pairs` in which a gene stands on either side, ascending."""
        both = pd.concat([self.pairs["regulator"], self.pairs["target"]], ignore_index=True)
        grouped = both.groupby(both, sort=False).indices
        return {str(name): np.sort(rows % len(self.pairs)) for name, rows in grouped.items()}

    @cached_property
    def _sides(self) -> tuple[np.ndarray, np.ndarray]:
        """Regulators and targets of `pairs` as plain arrays, which are quicker to look into."""
        regulators, targets = self.pairs["regulator"], self.pairs["target"]
        return regulators.to_numpy(dtype=object), targets.to_numpy(dtype=object)

    @cached_property
    def _partners(self) -> dict[str, list[str]]:
        """Partners that were asked for before."""
        return {}

    def partners(self, gene: str) -> list[str]:
        """Return the genes joined to a gene in either direction, sorted."""
        if gene not in self._partners:
            rows = self.rows_of.get(gene, np.empty(0, dtype=np.int64))
            regulators, targets = self._sides
            self._partners[gene] = sorted({*regulators[rows], *targets[rows]} - {gene})
        return self._partners[gene]

    def among(self, genes: Collection[str]) -> pd.DataFrame:
        """Return the pairs whose both sides are among some genes."""
        rows = [self.rows_of[gene] for gene in sorted(set(genes)) if gene in self.rows_of]
        if not rows:
            return self.pairs.iloc[:0]
        part = self.pairs.iloc[np.unique(np.concatenate(rows))]
        inside = part["regulator"].isin(genes) & part["target"].isin(genes)
        return part[inside.to_numpy()]

    def evidence(self, regulator: str, target: str) -> pd.DataFrame:
        """Return every source of one pair, with sign, grade, release and reference."""
        row = self.positions.get((regulator, target))
        if row is None:
            return self.table.iloc[:0]
        start, stop = self.pairs.iloc[row][["start", "stop"]]
        return self.table.iloc[int(start) : int(stop)].reset_index(drop=True)

    def without(self, rows: np.ndarray) -> Regulation:
        """Return the same regulation without some rows of `pairs`, as if nobody knew them."""
        keep = np.ones(len(self.pairs), dtype=bool)
        keep[rows] = False
        return Regulation(self.table, self.pairs[keep].reset_index(drop=True), self.least)

    def _matrix(self, values: np.ndarray) -> sparse.csr_matrix:
        rows = self.regulators.get_indexer(self.pairs["regulator"])
        columns = self.targets.get_indexer(self.pairs["target"])
        shape = (len(self.regulators), len(self.targets))
        return sparse.csr_matrix((values, (rows, columns)), shape=shape)


def read_regulation(table: pd.DataFrame, *, least: str = USUAL_GRADE) -> Regulation:
    """Bring a table of regulation into one row a pair.

    Parameters
    ----------
    table
        `COLUMNS`, as `musegnn.knowledge.store.KnowledgeStore.regulation` returns it.
    least
        Worst grade to take, one of `GRADES`; pairs without a grade count as C.

    Returns
    -------
    Regulation without the pairs in which a gene regulates itself. Where sources give opposite
    signs, the sign is 0: nothing is outvoted.

    Raises
    ------
    InputError
        If a column is missing or the grade is unknown.
    """
    check_choice(least, GRADES, name="confidence")
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        msg = f"Expected a table of regulation, found no column {', '.join(missing)}."
        raise InputError(msg, f"It needs {', '.join(COLUMNS)}.")
    rank = table["confidence"].map(_RANK).fillna(_WORST).to_numpy(dtype=np.int64)
    regulator = table["regulator"].to_numpy(dtype=object)
    target = table["target"].to_numpy(dtype=object)
    keep = (rank <= _RANK[least]) & (regulator != target)
    kept = table.loc[keep, list(COLUMNS)]
    kept = kept.assign(rank=rank[keep]).sort_values(
        ["regulator", "target", "source"], kind="stable", ignore_index=True
    )
    return Regulation(kept[list(COLUMNS)], _one_row_a_pair(kept), least)


def _one_row_a_pair(table: pd.DataFrame) -> pd.DataFrame:
    """Join the sources of each pair; the table is sorted by pair."""
    columns = ["regulator", "target", "sign", "confidence", "rank", "n_sources", "start", "stop"]
    if table.empty:
        return pd.DataFrame(columns=columns).astype({"sign": np.int64, "rank": np.int64})
    changes = (table["regulator"] != table["regulator"].shift()) | (
        table["target"] != table["target"].shift()
    )
    start = np.flatnonzero(changes.to_numpy())
    stop = np.append(start[1:], len(table))
    sign = table["sign"].to_numpy(dtype=np.int64)
    has_plus = np.maximum.reduceat(sign, start) > 0
    has_minus = np.minimum.reduceat(sign, start) < 0
    rank = np.minimum.reduceat(table["rank"].to_numpy(), start)
    # the grade of the best row, which keeps apart C and "no grade"
    order = np.lexsort((table["rank"].to_numpy(), np.repeat(start, stop - start)))
    first = table.iloc[start]
    pairs = pd.DataFrame(
        {
            "regulator": first["regulator"].to_numpy(),
            "target": first["target"].to_numpy(),
            "sign": np.where(has_plus == has_minus, 0, np.where(has_plus, 1, -1)),
            "confidence": table["confidence"].to_numpy(dtype=object)[order][start],
            "rank": rank,
            "n_sources": stop - start,
            "start": start,
            "stop": stop,
        }
    )
    return pairs[columns]
