"""Words about a lineage: what it shows, what it does not, and the control beside the claim."""

from __future__ import annotations

from typing import Final

import pandas as pd

from musegnn.lineages.lineage import JOINT_PERMUTED, METHODS, PERMUTED
from musegnn.lineages.result import LineageResult
from musegnn.lineages.spaces import JOINT, PCA, VECTORS

NAMES: Final = {
    PCA: "principal components",
    VECTORS: "gene vectors",
    JOINT: "both",
    PERMUTED: "gene vectors, genes permuted",
    JOINT_PERMUTED: "both, genes permuted",
}
SAME: Final = 0.95  # correlation of two pseudotimes from which on they tell one order
CLUSTERED: Final = (
    "Labels that were made by clustering the same counts favour principal components, from which "
    "clusters are usually made."
)
_MARGIN: Final = 0.02  # less is what another seed may change


def scores_table(result: LineageResult) -> pd.DataFrame:
    """Return a row a method: agreement with labels, and with the pseudotime shown."""
    rows = []
    for name in METHODS:
        own = result.scores[name]
        rows.append(
            {
                "method": NAMES[name],
                "ari": own.ari,
                "nmi": own.nmi,
                "accuracy": own.accuracy,
                "pseudotime": own.pseudotime,
                "tree": own.tree,
                "same_order": result.agreement.get(name, 1.0),
            }
        )
    return pd.DataFrame(rows).astype({name: float for name in rows[0] if name != "method"})


def describe_lineage(result: LineageResult) -> tuple[str, ...]:
    """Say in a few sentences how many cells there are, from which root, and what to trust."""
    n_cells = len(result.cells)
    sentences = [
        f"{n_cells:,} cells in {len(result.groups.names)} groups by {result.grouped_by}; "
        f"pseudotime begins in {result.root}: {result.root_words}."
    ]
    if result.reached < n_cells:
        sentences.append(
            f"{n_cells - result.reached:,} cells are not connected to the root and have no "
            "pseudotime."
        )
    sentences.append(
        f"{result.n_rising:,} genes rise and {result.n_falling:,} fall along it, of "
        f"{result.n_tested:,}; pseudotime is made from the same genes, so this ranks them and "
        "tests nothing."
    )
    return (*sentences, control_words(result))


def control_words(result: LineageResult) -> str:
    """Say what the vectors of genes add, against the same vectors dealt out to other genes."""
    same = result.agreement.get(JOINT_PERMUTED)
    words = "With the vectors of genes dealt out to other genes"
    if same is None:
        words = f"{words}, no order could be found from this root."
    elif same >= SAME:
        words = (
            f"{words}, the order of the cells stays the same (Spearman {same:.3f}): it comes from "
            "the counts, not from what is known about genes."
        )
    else:
        words = (
            f"{words}, the order of the cells is another (Spearman {same:.3f}): it depends on the "
            "vectors, so compare it with what you know of these cells."
        )
    real, control = (result.scores[name] for name in (JOINT, JOINT_PERMUTED))
    if real.accuracy is None or control.accuracy is None:
        return words
    gain = real.accuracy - control.accuracy
    told = "as well as" if abs(gain) < _MARGIN else "better than" if gain > 0 else "worse than"
    return (
        f"{words} The vectors tell labels {told} permuted ones ({real.accuracy:.3f} and "
        f"{control.accuracy:.3f} of cells)."
    )
