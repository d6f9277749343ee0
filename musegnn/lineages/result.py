"""Result of a lineage: the files that hold it, and how they are read again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import anndata
import numpy as np
import pandas as pd

from musegnn.embeddings.vector_set import VectorSet, read_vector_set, write_vector_set
from musegnn.errors import DataFileError
from musegnn.io.atomic import replacing
from musegnn.io.h5ad import open_h5ad, write_packed
from musegnn.io.json_tables import reading_tables, table_from_plain, table_to_plain
from musegnn.io.spreadsheet import table_text
from musegnn.lineages.lineage import Lineage
from musegnn.lineages.programs import RISES
from musegnn.lineages.scores import Scores
from musegnn.lineages.trajectory import Groups, layout_groups

CELLS_FILE: Final = "lineage.h5ad"
SUMMARY_FILE: Final = "lineage.json"
EXPRESSION_FILE: Final = "expression.h5ad"
PROGRAMS_FILE: Final = "programs.csv"
FILES: Final = (CELLS_FILE, SUMMARY_FILE, EXPRESSION_FILE, PROGRAMS_FILE)
MOST_LISTED: Final = 1000  # genes along the lineage that the summary holds
_NUMBERS: Final = ("rho", "p", "q", "detected")
_MOST: Final = "most"


@dataclass(frozen=True)
class LineageResult:
    """A lineage as a page and a command show it.

    Parameters
    ----------
    cells
        A row a cell, with its place, map and neighbours; columns `cell`, `label`, `cluster`,
        `pseudotime`, `detected`.
    groups
        Groups of cells, see `musegnn.lineages.trajectory.Groups`.
    grouped_by
        "label" or "cluster".
    places
        Where groups are drawn: columns group, x, y, cells.
    root, root_words
        Group that pseudotime begins in, and how it was chosen.
    known
        The known tree as it was written; "" without one.
    scores, agreement
        As in `musegnn.lineages.lineage.Lineage`.
    programs
        The strongest genes along the lineage.
    n_tested, n_rising, n_falling
        Genes tested, and those with q below 0.05 that rise and fall.
    words, notes
        What was done, and what was odd.
    n_shared
        Genes of the cells that have a vector.
    folder
        Where its files lie.
    """

    cells: VectorSet
    groups: Groups
    grouped_by: str
    places: pd.DataFrame
    root: str
    root_words: str
    known: str
    scores: Mapping[str, Scores]
    agreement: Mapping[str, float | None]
    programs: pd.DataFrame
    n_tested: int
    n_rising: int
    n_falling: int
    words: tuple[str, ...]
    notes: tuple[str, ...]
    n_shared: int
    folder: Path

    @cached_property
    def reached(self) -> int:
        """Cells that have a pseudotime."""
        return int(np.isfinite(self.cells.table["pseudotime"].to_numpy(dtype=float)).sum())

    @cached_property
    def _expression(self) -> anndata.AnnData:
        """What is drawn of genes; read when the first gene is asked for."""
        return open_h5ad(self.folder / EXPRESSION_FILE, role="expression of a lineage")

    @property
    def shown_genes(self) -> tuple[str, ...]:
        """Genes that can be drawn."""
        return tuple(map(str, self._expression.var_names))

    def expression(self, gene: str) -> np.ndarray:
        """Return log expression of a gene, mean over each cell and its nearest ones, `(C,)`.

        Raises
        ------
        DataFileError
            If the file does not fit the cells.
        """
        data = self._expression
        if data.n_obs != len(self.cells) or _MOST not in data.var:
            msg = f"Expected expression of {len(self.cells)} cells, found {data.n_obs}."
            raise DataFileError(msg, "Trace the lineage again.")
        place = self.shown_genes.index(gene)
        column = np.asarray(data.X[:, place], dtype=np.float64).ravel()
        return column / 255 * float(data.var[_MOST].iloc[place])


def write_lineage(folder: Path, lineage: Lineage, provenance: Mapping[str, Any]) -> None:
    """Write cells, summary, expression and genes of a lineage into a folder that is there.

    Parameters
    ----------
    folder
        Where.
    lineage
        What.
    provenance
        Name, model, configuration, seed and sources, as of `VectorSet`.
    """
    has_labels = bool((lineage.table["label"] != "").any())
    details = ("label", "cluster") if has_labels else ("cluster",)
    table = lineage.table.assign(pseudotime=lineage.table["pseudotime"].round(5))
    cells = VectorSet(
        vectors=lineage.places.astype(np.float16).astype(np.float32),  # says no more than that
        table=table,
        layout=lineage.layout,
        neighbour_graph=lineage.neighbours,
        label="cell",
        details=details,
        unit="cells",
        provenance=dict(provenance),
    )
    write_vector_set(cells, folder / CELLS_FILE)
    shown = anndata.AnnData(
        X=lineage.shown,
        obs=pd.DataFrame(index=table["cell"].to_numpy()),
        var=pd.DataFrame({_MOST: lineage.shown_most}, index=list(lineage.shown_genes)),
    )
    write_packed(shown, folder / EXPRESSION_FILE, compression=9)
    with replacing(folder / PROGRAMS_FILE) as path:
        path.write_text(table_text(lineage.programs), encoding="utf-8")
    with replacing(folder / SUMMARY_FILE) as path:
        path.write_text(json.dumps(summary(lineage), allow_nan=False), encoding="utf-8")


def summary(lineage: Lineage) -> dict[str, Any]:
    """Return what is told of a lineage beside its cells, as plain values."""
    groups = lineage.groups
    of_cells = lineage.table[lineage.grouped_by].to_numpy(dtype=object)
    significant = lineage.programs["q"] < 0.05
    rises = lineage.programs["direction"] == RISES
    listed = lineage.programs.head(MOST_LISTED).copy()
    for name, digits in (("rho", 4), ("detected", 4)):
        listed[name] = listed[name].round(digits)
    for name in ("p", "q"):
        listed[name] = [float(f"{value:.3g}") for value in listed[name]]
    return {
        "groups": list(groups.names),
        "sizes": [int(size) for size in groups.sizes],
        "connectivity": np.round(groups.connectivity, 5).tolist(),
        "tree": [list(edge) for edge in groups.tree],
        "grouped_by": lineage.grouped_by,
        "places": table_to_plain(layout_groups(groups, lineage.layout, of_cells)),
        "root": str(of_cells[lineage.root.cell]),
        "root_words": lineage.root.words,
        "known": "" if lineage.known is None else str(lineage.known),
        "scores": {name: asdict(scores) for name, scores in lineage.scores.items()},
        "agreement": dict(lineage.agreement),
        "programs": table_to_plain(listed),
        "n_tested": len(lineage.programs),
        "n_rising": int((significant & rises).sum()),
        "n_falling": int((significant & ~rises).sum()),
        "words": list(lineage.words),
        "notes": list(lineage.notes),
        "n_shared": lineage.n_shared,
    }


def summary_of(result: LineageResult) -> dict[str, Any]:
    """Return what the summary of a result that was read says, for a command."""
    with reading_tables(result.folder / SUMMARY_FILE, role="a lineage") as content:
        return dict(content)


def read_lineage(folder: Path) -> LineageResult:
    """Read a lineage.

    Parameters
    ----------
    folder
        The result folder of a run, or what `musegnn lineage` wrote.

    Raises
    ------
    DataFileError
        If a file is missing, damaged, or holds something else.
    """
    folder = Path(folder)
    if not (folder / SUMMARY_FILE).is_file() and (folder / "result" / SUMMARY_FILE).is_file():
        folder = folder / "result"
    cells = read_vector_set(folder / CELLS_FILE, VectorSet)
    with reading_tables(folder / SUMMARY_FILE, role="a lineage") as content:
        names = tuple(map(str, content["groups"]))
        connectivity = np.array(content["connectivity"], dtype=np.float64)
        if connectivity.shape != (len(names), len(names)):
            msg = "connections of other groups"
            raise ValueError(msg)
        groups = Groups(
            names,
            np.array(content["sizes"], dtype=np.int64),
            connectivity,
            tuple((str(first), str(second)) for first, second in content["tree"]),
        )
        scores = {str(name): Scores(**own) for name, own in content["scores"].items()}
        return LineageResult(
            cells=cells,
            groups=groups,
            grouped_by=str(content["grouped_by"]),
            places=table_from_plain(content["places"], numbers=("x", "y", "cells")),
            root=str(content["root"]),
            root_words=str(content["root_words"]),
            known=str(content["known"]),
            scores=scores,
            agreement=dict(content["agreement"]),
            programs=table_from_plain(content["programs"], numbers=_NUMBERS),
            n_tested=int(content["n_tested"]),
            n_rising=int(content["n_rising"]),
            n_falling=int(content["n_falling"]),
            words=tuple(map(str, content["words"])),
            notes=tuple(map(str, content["notes"])),
            n_shared=int(content["n_shared"]),
            folder=folder,
        )
