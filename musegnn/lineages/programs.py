"""Gene programs: which genes rise and which fall along a lineage."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, rankdata
from scipy.stats import t as students

from musegnn.lineages.cells import Cells

COLUMNS: Final = ("gene", "rho", "p", "q", "detected", "direction")
LEAST_SHARE: Final = 0.05  # of cells in which a gene is seen
LEAST_SEEN: Final = 10
_BLOCK: Final = 20_000_000  # numbers that are ranked together
RISES, FALLS = "rises", "falls"
CIRCULAR: Final = (
    "Pseudotime is made from the same genes, so p and q rank genes and test nothing: most genes "
    "that differ between any cells of the lineage come out small."
)


def along_lineage(cells: Cells, time: np.ndarray) -> pd.DataFrame:
    """Correlate each gene with pseudotime.

    Parameters
    ----------
    cells
        Cells with log expression.
    time
        `(C,)` pseudotime; cells with NaN stay out.

    Returns
    -------
    A row a gene seen in at least 5 % of the cells and ten of them, strongest first: `rho`
    Spearman's correlation, `p` two-sided by Student's t, `q` Benjamini-Hochberg over these genes,
    `detected` share of cells that show it, `direction`.
    """
    inside = np.flatnonzero(np.isfinite(time))
    matrix = cells.expression[inside].tocsc()
    seen = np.diff(matrix.indptr)
    tested = np.flatnonzero(seen >= max(LEAST_SEEN, LEAST_SHARE * len(inside)))
    order = _standard(rankdata(time[inside])[:, None])[:, 0]
    rho = np.zeros(len(tested))
    step = max(1, _BLOCK // max(len(inside), 1))
    for low in range(0, len(tested), step):
        part = matrix[:, tested[low : low + step]].toarray()
        rho[low : low + step] = order @ _standard(rankdata(part, axis=0))
    rho = np.clip(rho, -1, 1)
    free = max(len(inside) - 2, 1)
    with np.errstate(divide="ignore"):
        statistic = np.abs(rho) * np.sqrt(free / np.maximum(1 - rho**2, 0))
    p = 2 * students.sf(statistic, free)
    table = pd.DataFrame(
        {
            "gene": [cells.genes[column] for column in tested],
            "rho": rho,
            "p": p,
            "q": false_discovery_control(p) if len(p) else p,
            "detected": seen[tested] / len(inside),
            "direction": np.where(rho > 0, RISES, FALLS),
        }
    )
    strength = table["rho"].abs()
    ranked = table.assign(strength=strength).sort_values(
        ["strength", "gene"], ascending=[False, True]
    )
    return ranked[list(COLUMNS)].reset_index(drop=True)


def program(table: pd.DataFrame, direction: str, *, most: int = 100) -> tuple[str, ...]:
    """Return the genes that rise or fall most, strongest first, of those with q below 0.05."""
    chosen = table[(table["direction"] == direction) & (table["q"] < 0.05)]
    return tuple(chosen["gene"].head(most))


def _standard(columns: np.ndarray) -> np.ndarray:
    """Centre columns and scale them to length 1; constant ones become zero."""
    centred = columns - columns.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    return np.asarray(centred / np.where(length > 0, length, 1))
