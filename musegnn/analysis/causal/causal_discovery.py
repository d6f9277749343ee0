"""Causal discovery: which edges the cells of one context suggest, and how stable they are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, TypedDict

import numpy as np
import pandas as pd

from musegnn.analysis.causal.gene_sample import GeneSample
from musegnn.border.compiled import failures_told
from musegnn.progress import Progress, Silent
from musegnn.validation import check_positive

REPLICATES: Final = 100
ALPHA: Final = 0.001  # cells are many: at 0.01 nearly everything depends on everything
CONDITIONS: Final = 2
KEPT_FREQUENCY: Final = 0.5  # edges that stay in fewer replicates are not shown
_CHUNKS: Final = 20
_TEST: Final = "partial correlation of possible causes"
_RIDGE: Final = 1e-6
_LARGEST: Final = 1 - 1e-12  # of a correlation
COLUMNS: Final = ("source", "target", "is_directed", "correlation", "frequency")
STEPS_IN_ALL: Final = 1 + _CHUNKS  # reports to the progress

ASSUMPTIONS: Final = (
    "No hidden common cause: in real cells cell type, cell cycle and sequencing depth are such "
    "causes, so an inferred edge may be the shadow of one.",
    "No feedback loops among the chosen genes, and one steady state.",
    "Linear effects and nearly Gaussian noise of the normalised values, the same in all cells; "
    "cells are independent of each other.",
    "Faithfulness: effects do not cancel each other.",
    "Prior knowledge: only transcription factors and curated regulators may be causes. Without it "
    "the direction of most edges could not be told.",
    "mRNA stands in for protein activity, which for many transcription factors it does not.",
)


class _Options(TypedDict):
    """Options of the independence tests."""

    alpha: float
    max_conditions: int


@dataclass(frozen=True)
class Discovery:
    """Edges that the cells of a context suggest.

    Parameters
    ----------
    edges
        Sorted by frequency: `source`, `target`, `is_directed` (False: the direction is not
        determined), `correlation` (-1 to 1) and `frequency` (share of the bootstrap replicates in
        which the pair stays joined, 0 to 1; at least `KEPT_FREQUENCY`).
    genes
        Genes that entered.
    n_causes
        How many of them may act on others.
    n_cells
        Number of cells.
    sentence
        What was done, in one or two sentences.
    """

    edges: pd.DataFrame
    genes: tuple[str, ...]
    n_causes: int
    n_cells: int
    sentence: str


def discover_edges(
    sample: GeneSample,
    *,
    alpha: float = ALPHA,
    max_conditions: int = CONDITIONS,
    n_replicates: int = REPLICATES,
    seed: int = 0,
    progress: Progress | None = None,
) -> Discovery:
    """Run PC on a sample and on bootstrap replicates of it.

    Parameters
    ----------
    sample
        Correlations of at most 100 genes.
    alpha
        Level of each independence test, 0 to 1.
    max_conditions
        Most genes held fixed at once, 0 to 3.
    n_replicates
        Number of replicates. With cells they are drawn with replacement; with correlations only,
        replicates are drawn from a Gaussian with these correlations (parametric bootstrap).
    seed
        Seed of the replicates.
    progress
        Told about each part of the replicates; it may stop the work by raising.

    Returns
    -------
    Edges that PC finds in all cells and that stay joined in at least half of the replicates.
    Effects on genes that may not be causes are directed; among possible causes causal-learn
    decides, from colliders and Meek's rules.

    Raises
    ------
    InputError
        If a parameter is out of range or there are too few cells.
    """
    progress = progress or Silent()
    adjacency, frequency = edge_frequencies(
        sample,
        alpha=alpha,
        max_conditions=max_conditions,
        n_replicates=n_replicates,
        seed=seed,
        progress=progress,
    )
    directed = _orient(sample, adjacency, alpha=alpha, max_conditions=max_conditions)
    return Discovery(
        edges=_edges(sample, adjacency, directed, frequency),
        genes=sample.genes,
        n_causes=int(sample.is_cause.sum()),
        n_cells=sample.n_cells,
        sentence=_sentence(sample, alpha, max_conditions, n_replicates, seed),
    )


def edge_frequencies(
    sample: GeneSample,
    *,
    alpha: float = ALPHA,
    max_conditions: int = CONDITIONS,
    n_replicates: int = REPLICATES,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Find the joined pairs, and in which share of bootstrap replicates each pair is joined.

    Parameters
    ----------
    sample, alpha, max_conditions, n_replicates, seed, progress
        As for `discover_edges`.

    Returns
    -------
    `(G, G)` bool, the skeleton of all cells; `(G, G)` float64 frequencies, 0 to 1. Both symmetric.

    Raises
    ------
    InputError
        If a parameter is out of range or there are too few cells.
    """
    # compiled loops: loading the compiler takes a second that no other part of a page needs
    from musegnn.analysis.causal.skeleton import find_skeleton  # noqa: PLC0415

    check_positive(n_replicates, name="n_replicates")
    progress = progress or Silent()
    options = _Options(alpha=alpha, max_conditions=max_conditions)
    n_cells, is_cause = sample.n_cells, sample.is_cause
    progress.start("causal discovery", STEPS_IN_ALL)
    adjacency = find_skeleton(sample.correlation, n_cells, is_cause=is_cause, **options)
    progress.advance()
    counts = np.zeros(adjacency.shape)
    rng = np.random.default_rng(seed)
    root = _root(sample.correlation)
    for part in np.array_split(np.arange(n_replicates), _CHUNKS):
        for _ in part:
            replicate = _replicate(sample, root, rng)
            counts += find_skeleton(replicate, n_cells, is_cause=is_cause, **options)
        progress.advance()
    progress.finish()
    return adjacency, counts / n_replicates


def _replicate(sample: GeneSample, root: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Correlations of a bootstrap replicate."""
    n = sample.n_cells
    if sample.cells is not None:
        weight = rng.multinomial(n, np.full(n, 1 / n))
        centred = sample.cells - (weight @ sample.cells) / n
        covariance = (centred * weight[:, None]).T @ centred
    else:
        covariance = _wishart(root, n, rng)
    spread = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
    correlation = covariance / np.outer(spread, spread)
    np.fill_diagonal(correlation, 1.0)
    return correlation


def _root(correlation: np.ndarray) -> np.ndarray:
    """Matrix whose product with its own transpose is the correlation."""
    values, vectors = np.linalg.eigh(correlation)
    # rounding and rank can leave tiny negative eigenvalues
    return vectors * np.sqrt(np.maximum(values, _RIDGE))


def _wishart(root: np.ndarray, n_cells: int, rng: np.random.Generator) -> np.ndarray:
    """Sum of squares of `n_cells` Gaussian cells with these correlations (Bartlett 1933)."""
    size = len(root)
    lower = np.tril(rng.normal(size=(size, size)), -1)
    degrees = np.maximum(n_cells - 1 - np.arange(size), 1)
    lower[np.diag_indices(size)] = np.sqrt(rng.chisquare(degrees))
    factor = root @ lower
    return factor @ factor.T


def _orient(
    sample: GeneSample, adjacency: np.ndarray, *, alpha: float, max_conditions: int
) -> np.ndarray:
    """Return `(G, G)` bool: row acts on column.

    An edge to a gene that is no cause has one possible direction. Those genes say nothing about
    the directions among the causes, so that PC is run on the causes alone.
    """
    is_cause = sample.is_cause
    directed = adjacency & is_cause[:, None] & ~is_cause[None, :]
    causes = np.flatnonzero(is_cause)
    if adjacency[np.ix_(causes, causes)].any():
        within = sample.correlation[np.ix_(causes, causes)]
        arrows = run_pc(within, sample.n_cells, alpha=alpha, max_conditions=max_conditions)
        directed[np.ix_(causes, causes)] = arrows & adjacency[np.ix_(causes, causes)]
    return directed


def run_pc(
    correlation: np.ndarray, n_cells: int, *, alpha: float = ALPHA, max_conditions: int = CONDITIONS
) -> np.ndarray:
    """Run PC of causal-learn on correlations.

    Parameters
    ----------
    correlation
        `(G, G)` correlations.
    n_cells
        Number of cells.
    alpha
        Level of each test.
    max_conditions
        Most genes held fixed at once.

    Returns
    -------
    `(G, G)` bool: row acts on column. Edges without a determined direction are left out.

    References
    ----------
    Zheng et al., Causal-learn: Causal Discovery in Python, JMLR 25 (2024).
    """
    # takes seconds to import, and only this question needs it
    from causallearn.search.ConstraintBased.PC import pc  # noqa: PLC0415

    with failures_told(
        f"Expected correlations of {len(correlation):,} genes that order them, found some that "
        "causal-learn cannot work with.",
        "Leave out genes that go together exactly, or give more cells.",
    ):
        found = pc(
            np.zeros((len(correlation) + 1, len(correlation))),
            alpha=alpha,
            indep_test=_register_test(),
            max_k=max_conditions,
            # the strongest colliders first: on planted graphs 90 % of these arrows are right, 71 %
            # with the default order
            uc_rule=0,
            uc_priority=3,
            show_progress=False,
            correlation=correlation,
            n_cells=n_cells,
        )
    ends = found.G.graph  # -1 a tail, 1 a head: of the row at the column
    return (ends == -1) & (ends.T == 1)


def _register_test() -> str:
    """Tell causal-learn the Fisher z test that reads correlations instead of cells."""
    from causallearn.utils.cit import CIT_Base, register_ci_test  # noqa: PLC0415

    class FromCorrelations(CIT_Base):
        """Fisher's z test of a partial correlation."""

        def __init__(self, data: np.ndarray, **options: Any) -> None:
            self.method = _TEST
            self.correlation: np.ndarray = options["correlation"]
            self.n_cells: int = options["n_cells"]
            self.known: dict[tuple[int, ...], float] = {}

        def __deepcopy__(self, memo: dict[int, Any]) -> FromCorrelations:
            """Share the test: the library copies the graph it hangs on at every stage."""
            return self

        def __call__(
            self,
            X: int,  # noqa: N803 - the names under which the library passes them
            Y: int,  # noqa: N803
            condition_set: tuple[int, ...] | None = None,
        ) -> float:
            """Return the p-value of independence."""
            first, second = sorted((int(X), int(Y)))
            fixed = tuple(sorted(map(int, condition_set or ())))
            key = (first, second, *fixed)
            if key not in self.known:
                self.known[key] = fisher_z_p(self.correlation, first, second, fixed, self.n_cells)
            return self.known[key]

    register_ci_test(_TEST, FromCorrelations)
    return _TEST


def fisher_z_p(
    correlation: np.ndarray, x: int, y: int, fixed: tuple[int, ...], n_cells: int
) -> float:
    """Two-sided p-value of Fisher's z test that x and y are independent given some genes."""
    from musegnn.analysis.causal.skeleton import partial_correlation  # noqa: PLC0415

    partial = partial_correlation(correlation, x, y, fixed)
    z = math.atanh(min(max(partial, -_LARGEST), _LARGEST))
    return math.erfc(math.sqrt((n_cells - len(fixed) - 3) / 2) * abs(z))


def _edges(
    sample: GeneSample, adjacency: np.ndarray, directed: np.ndarray, frequency: np.ndarray
) -> pd.DataFrame:
    """List the stable edges, the most stable first."""
    rows = []
    for x, y in zip(*np.nonzero(np.triu(adjacency)), strict=True):
        if frequency[x, y] < KEPT_FREQUENCY:
            continue
        is_forward, is_backward = bool(directed[x, y]), bool(directed[y, x])
        source, target = (y, x) if is_backward and not is_forward else (x, y)
        rows.append(
            (
                sample.genes[source],
                sample.genes[target],
                is_forward != is_backward,
                float(sample.correlation[x, y]),
                float(frequency[x, y]),
            )
        )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values(
        ["frequency", "source", "target"], ascending=[False, True, True], ignore_index=True
    )


def _sentence(
    sample: GeneSample, alpha: float, max_conditions: int, n_replicates: int, seed: int
) -> str:
    """Say what was done."""
    drawn = (
        "drawn from the cells with replacement"
        if sample.cells is not None
        else "drawn from a Gaussian with these correlations, because no counts are at hand"
    )
    return (
        f"PC (causal-learn) on {len(sample.genes)} genes over {sample.source}, "
        f"{int(sample.is_cause.sum())} of them possible causes; Fisher's z at alpha {alpha:g}, at "
        f"most {max_conditions} genes held fixed. Frequency: share of {n_replicates} bootstrap "
        f"replicates (seed {seed}, {drawn}) in which the pair stays joined; edges below "
        f"{KEPT_FREQUENCY:g} are left out."
    )
