"""Master regulators: who stands up to three signed steps above a set of genes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, hypergeom

from musegnn.analysis.causal.regulation import Regulation
from musegnn.analysis.causal.upstream_regulators import (
    MINIMUM_OVERLAP,
    activation_z,
    check_set,
    overlap_p,
    state_of,
)

MOST_STEPS: Final = 3
# Share of the error that each depth may spend: a deep explanation needs a smaller p-value. They add
# up to 1, so that the smallest weighted p-value over the depths stays valid (weighted Bonferroni).
DEPTH_SHARES: Final = (1 / 2, 1 / 3, 1 / 6)
DRAWS: Final = 1000
_DEGREE_CLASSES: Final = 10
_NAMED: Final = 5  # genes in between that are named
COLUMNS: Final = (
    *("regulator", "steps", "overlap", "reached", "set_size", "background", "p", "q"),
    *("p_network", "signed", "z", "z_corrected", "state", "through"),
)
METHOD: Final = (
    "A regulator reaches a gene by at most three curated steps, each regulator acting on the next; "
    "the sign is the product along the shortest paths (0 where they disagree). For one, two and "
    "three steps the overlap of what it reaches with the set is tested as above; the p-values are "
    "divided by 1/2, 1/3 and 1/6 and the smallest counts, so that longer chains need more "
    "evidence. q: Benjamini-Hochberg over all regulators. Network p: the share of random sets of "
    f"equal size and equal numbers of curated regulators ({DRAWS:,} draws) that do as well. The "
    "open counterpart of the causal networks of Kramer et al. 2014."
)


@dataclass(frozen=True)
class Downstream:
    """What each regulator reaches among the genes of a context.

    Parameters
    ----------
    regulators
        R names, sorted.
    genes
        B genes of the context, sorted.
    steps
        `(R, B)` int8: steps to the gene, 1 to `MOST_STEPS`; 0 when it is out of reach.
    signs
        `(R, B)` int8: product of the signs along the shortest paths, by majority; 0 unknown.
    reaches
        `(R, R)` bool: one step from regulator to regulator.
    in_degree
        `(B,)` number of regulators of each gene.
    """

    regulators: pd.Index
    genes: pd.Index
    steps: np.ndarray
    signs: np.ndarray
    reaches: np.ndarray
    in_degree: np.ndarray


def find_downstream(regulation: Regulation, background: Collection[str]) -> Downstream:
    """Find what every regulator reaches within `MOST_STEPS` steps.

    Parameters
    ----------
    regulation
        Curated pairs.
    background
        Genes of the model and context; genes in between need not be among them.
    """
    regulators = regulation.regulators
    genes = pd.Index(sorted(set(background)))
    links, signs = (
        _columns(matrix, regulation.targets, genes)
        for matrix in (regulation.links, regulation.signs)
    )
    between, between_signs = (
        _columns(matrix, regulation.targets, regulators)
        for matrix in (regulation.links, regulation.signs)
    )
    steps = (links > 0).astype(np.int8)
    found = np.sign(signs).astype(np.int8)
    itself = regulators.get_indexer(genes)  # a regulator does not explain itself
    reached, reached_signs = between > 0, np.sign(between_signs)
    front = reached.copy()
    np.fill_diagonal(front, val=False)
    own = np.eye(len(regulators), dtype=bool)
    for depth in range(2, MOST_STEPS + 1):
        weight = front.astype(np.float32)
        new = ((weight @ links) > 0) & (steps == 0)
        steps[new] = depth
        sums = (weight * reached_signs) @ signs
        found[new] = np.sign(sums[new])
        further = ((weight @ between) > 0) & ~reached & ~own
        sums = (weight * reached_signs) @ between_signs
        reached_signs = np.where(further, np.sign(sums), reached_signs)
        reached, front = reached | further, further
    rows = np.flatnonzero(itself >= 0)
    steps[itself[rows], rows] = 0
    found[itself[rows], rows] = 0
    in_degree = (links > 0).sum(axis=0)
    return Downstream(regulators, genes, steps, found, between > 0, in_degree)


def _columns(matrix: object, names: pd.Index, wanted: pd.Index) -> np.ndarray:
    """Columns of a sparse matrix by name, dense float32; zeros for names it lacks."""
    place = names.get_indexer(wanted)
    dense = np.zeros((matrix.shape[0], len(wanted)), dtype=np.float32)  # type: ignore[attr-defined]
    here = np.flatnonzero(place >= 0)
    dense[:, here] = matrix[:, place[here]].toarray()  # type: ignore[index]
    return dense


def master_regulators(
    downstream: Downstream,
    genes: Collection[str],
    *,
    directions: Mapping[str, float] | None = None,
    n_draws: int = DRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """Rank the regulators within three signed steps above a set.

    Parameters
    ----------
    downstream
        What each regulator reaches; its genes are the background.
    genes
        The set; genes outside the background are left out.
    directions
        Gene -> a number whose sign says up or down.
    n_draws
        Number of random sets for `p_network`.
    seed
        Seed of the random sets.

    Returns
    -------
    One row a regulator that reaches at least `MINIMUM_OVERLAP` genes of the set, best first:
    `COLUMNS`. `steps` is the depth with the best weighted p-value, at which `overlap`, `reached`
    and the activation scores are counted; `through` names genes in between, most used first.

    Raises
    ------
    InputError
        If no gene of the set is in the background.
    """
    _, members = check_set(genes, downstream.genes)
    in_set = downstream.genes.isin(members)
    n_set, n_genes = len(members), len(downstream.genes)
    within = np.stack(
        [(downstream.steps > 0) & (downstream.steps <= d + 1) for d in range(MOST_STEPS)]
    ).astype(np.float32)
    reached = within.sum(axis=2).astype(np.int64)
    overlap = (within @ in_set.astype(np.float32)).astype(np.int64)
    weighted = _weighted_p(overlap, reached, n_set, n_genes)
    depth = weighted.argmin(axis=0)
    rows = np.arange(len(downstream.regulators))
    p = weighted[depth, rows]
    tested = reached[-1] > 0
    table = pd.DataFrame(
        {
            "regulator": downstream.regulators,
            "steps": depth + 1,
            "overlap": overlap[depth, rows],
            "reached": reached[depth, rows],
            "set_size": n_set,
            "background": n_genes,
            "p": p,
            "q": 1.0,
            "p_network": _network_p(
                within, reached, p, _random_sets(downstream.in_degree, in_set, n_draws, seed)
            ),
        }
    )
    table.loc[tested, "q"] = false_discovery_control(p[tested]) if tested.any() else 1.0
    known = {gene: value for gene, value in (directions or {}).items() if gene in members}
    table = table.join(_activation(downstream, within[depth, rows] > 0, in_set, known))
    table = table[tested & (table["overlap"] >= MINIMUM_OVERLAP).to_numpy()]
    order = np.lexsort((table["regulator"], -table["overlap"], table["steps"], table["p"]))
    table = table.iloc[order]
    table["through"] = [
        _through(downstream, row, in_set, steps)
        for row, steps in zip(table.index, table["steps"], strict=True)
    ]
    return table.loc[:, list(COLUMNS)].reset_index(drop=True)


def _weighted_p(overlap: np.ndarray, reached: np.ndarray, n_set: int, n_genes: int) -> np.ndarray:
    """Overlap p-values of each depth, divided by the share of the depth, at most 1."""
    shares = np.array(DEPTH_SHARES)[:, None]
    return np.minimum(overlap_p(overlap, reached, n_set, n_genes) / shares, 1.0)


def _network_p(
    within: np.ndarray, reached: np.ndarray, p: np.ndarray, draws: np.ndarray
) -> np.ndarray:
    """Share of the random sets with a weighted p at most as large."""
    n_genes, n_draws = draws.shape
    n_set = int(draws[:, 0].sum())
    # each number of reached genes has its own distribution of overlaps: looked up, not computed
    sizes, place = np.unique(reached, return_inverse=True)
    tails = hypergeom.sf(np.arange(n_set + 1)[None, :] - 1, n_genes, sizes[:, None], n_set)
    best = np.ones((within.shape[1], n_draws), dtype=np.float32)
    for depth, share in enumerate(DEPTH_SHARES):
        overlap = (within[depth] @ draws).astype(np.int64)
        rows = place.reshape(reached.shape)[depth][:, None]
        np.minimum(best, tails[rows, overlap] / share, out=best)
    as_good = best <= p[:, None] * (1 + 1e-6)  # ties are equal up to rounding
    return (1 + as_good.sum(axis=1)) / (1 + n_draws)


def _random_sets(in_degree: np.ndarray, in_set: np.ndarray, n_draws: int, seed: int) -> np.ndarray:
    """Indicators of random sets with as many genes of each class of in-degree, `(B, draws)`."""
    rng = np.random.default_rng(seed)
    cuts = np.unique(np.quantile(in_degree, np.linspace(0, 1, _DEGREE_CLASSES + 1)[1:-1]))
    classes = np.searchsorted(cuts, in_degree, side="left")
    draws = np.zeros((len(in_degree), n_draws), dtype=np.float32)
    for number in np.unique(classes[in_set]):
        rows = np.flatnonzero(classes == number)
        n = int(in_set[rows].sum())
        order = rng.random((len(rows), n_draws)).argpartition(n - 1, axis=0)[:n]
        draws[rows[order], np.arange(n_draws)] = 1.0
    return draws


def _activation(
    downstream: Downstream, within: np.ndarray, in_set: np.ndarray, directions: Mapping[str, float]
) -> pd.DataFrame:
    """Activation scores over what each regulator reaches: `signed, z, z_corrected, state`."""
    direction = np.array([np.sign(directions.get(name, 0.0)) for name in downstream.genes])
    tilt = float(np.mean([np.sign(value) for value in directions.values()] or [0.0]))
    signs = downstream.signs * within
    score = signs @ (direction * in_set)
    n = abs(signs) @ abs(direction * in_set)
    with np.errstate(divide="ignore", invalid="ignore"):
        lean = signs.sum(axis=1) / abs(signs).sum(axis=1)
    z, corrected = activation_z(score, n, expected=tilt * lean)
    return pd.DataFrame(
        {"signed": n.astype(np.int64), "z": z, "z_corrected": corrected, "state": state_of(z)}
    )


def _through(downstream: Downstream, row: int, in_set: np.ndarray, steps: int) -> str:
    """Name the regulators one step below that act directly on most genes of the set."""
    if steps == 1:
        return ""
    direct = downstream.reaches[row].copy()
    direct[row] = False
    counts = (downstream.steps[:, in_set] == 1).sum(axis=1) * direct
    best = np.lexsort((downstream.regulators, -counts))[:_NAMED]
    return ", ".join(downstream.regulators[i] for i in best if counts[i])
