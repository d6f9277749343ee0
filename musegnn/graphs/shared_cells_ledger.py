"""Ledger of a folder of graphs: which datasets were compared, and how many cells they share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from musegnn.border.documents import Bounds, read_json
from musegnn.errors import DataFileError
from musegnn.graphs.gene_graph import read_gene_graph, write_gene_graph
from musegnn.graphs.shared_cells import Pair
from musegnn.io.atomic import replacing
from musegnn.io.spreadsheet import table_text

TABLE_FILE = "shared_cells.tsv"
LEDGER_FILE = ".shared_cells.json"
PROVENANCE_KEY = "shares_cells_with"  # in the provenance of a gene graph: other dataset -> cells


@dataclass(frozen=True)
class SharedCells:
    """What is known about cells that datasets share.

    Parameters
    ----------
    compared
        Dataset -> fingerprint of its cells; all pairs of one species among them were compared.
    n_cells
        Dataset -> number of cells that were compared.
    pairs
        Pair in the order of the alphabet -> cells that both have; pairs with none left out.
    """

    compared: Mapping[str, str] = field(default_factory=dict)
    n_cells: Mapping[str, int] = field(default_factory=dict)
    pairs: Mapping[Pair, int] = field(default_factory=dict)

    def keep(self, fingerprints: Mapping[str, str]) -> SharedCells:
        """Forget datasets that are gone or whose cells have changed."""
        kept = {n: f for n, f in self.compared.items() if fingerprints.get(n) == f}
        return SharedCells(
            compared=kept,
            n_cells={name: self.n_cells[name] for name in kept},
            pairs={pair: n for pair, n in self.pairs.items() if set(pair) <= set(kept)},
        )

    def add(
        self,
        fingerprints: Mapping[str, str],
        n_cells: Mapping[str, int],
        pairs: Mapping[Pair, int],
    ) -> SharedCells:
        """Take in what a comparison found."""
        return replace(
            self,
            compared={**self.compared, **fingerprints},
            n_cells={**self.n_cells, **n_cells},
            pairs={**self.pairs, **pairs},
        )

    def missing_pairs(self, names: Iterable[str]) -> list[Pair]:
        """Pairs of datasets of one species that were not compared yet."""
        return [
            pair for pair in combinations(sorted(names), 2) if not set(pair) <= set(self.compared)
        ]

    def partners(self, name: str) -> dict[str, int]:
        """Datasets that share cells with one, and how many."""
        return {
            (first if second == name else second): number
            for (first, second), number in sorted(self.pairs.items())
            if name in {first, second}
        }


_BOUNDS = Bounds(most_bytes=64 << 20, most_values=5_000_000, most_keys=100_000)  # pairs of sets


def read_ledger(folder: Path) -> SharedCells:
    """Read the ledger of a folder; an absent or damaged one is empty, so all is compared again."""
    try:
        stored = read_json(folder / LEDGER_FILE, role="a ledger of shared cells", bounds=_BOUNDS)
        return SharedCells(
            compared={str(name): str(text) for name, text in stored["compared"].items()},
            n_cells={str(name): int(stored["n_cells"][name]) for name in stored["compared"]},
            pairs={(str(a), str(b)): int(number) for a, b, number in stored["pairs"]},
        )
    except (DataFileError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return SharedCells()


def write_ledger(shared: SharedCells, folder: Path) -> None:
    """Write the table for people, then the ledger."""
    lines = [
        (first, second, number, shared.n_cells[first], shared.n_cells[second])
        for (first, second), number in sorted(shared.pairs.items())
    ]
    columns = ["first", "second", "cells_shared", "cells_first", "cells_second"]
    with replacing(folder / TABLE_FILE) as temporary:
        text = table_text(pd.DataFrame(lines, columns=columns), separator="\t")
        temporary.write_text(text, encoding="utf-8")
    stored: dict[str, Any] = {
        "compared": shared.compared,
        "n_cells": shared.n_cells,
        "pairs": [[*pair, number] for pair, number in sorted(shared.pairs.items())],
    }
    with replacing(folder / LEDGER_FILE) as temporary:
        temporary.write_text(json.dumps(stored, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def record_partners(path: Path, partners: Mapping[str, int]) -> None:
    """Write into the provenance of a graph file which datasets share cells with it."""
    graph = read_gene_graph(path)
    provenance = {key: value for key, value in graph.provenance.items() if key != PROVENANCE_KEY}
    if partners:
        provenance[PROVENANCE_KEY] = dict(partners)
    write_gene_graph(replace(graph, provenance=provenance), path)
