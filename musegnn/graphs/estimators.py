"""Ways to estimate co-expression behind one interface: CS-CORE and two plain controls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import ndtr

from musegnn.errors import GraphError, InputError
from musegnn.graphs.cscore_estimator import CoExpression, cscore
from musegnn.graphs.low_rank_cosine import low_rank_cosine
from musegnn.graphs.studentised import studentised_cscore
from musegnn.graphs.thread_limit import limited_threads

CELLS_IN_A_METACELL = 20
FEWEST_METACELLS = 10

Estimate = Callable[..., CoExpression]


@dataclass(frozen=True)
class Computation:
    """How numbers are computed, which changes what they are only in the last digits.

    Parameters
    ----------
    dtype
        "float64", or "float32" for half the memory.
    threads
        Largest number of threads; None takes all.
    device
        "cpu", "cuda", or "auto".
    """

    dtype: str = "float64"
    threads: int | None = None
    device: str = "cpu"


USUAL = Computation()


@dataclass(frozen=True)
class Estimator:
    """A way to estimate co-expression.

    Parameters
    ----------
    name
        Name for the command line.
    words
        What an estimate is called in a sentence that ends "estimated by ...".
    summary
        One line: what it does and what its weakness is.
    estimate
        Takes counts `(C, G)`, depth `(C,)` and Pearson residuals `(C, G)`; with `has_options` also
        `dtype` and `device`.
    reference
        Where it is described.
    has_test
        False when its p-values say nothing, so that rules by p-value cannot be used.
    has_options
        True when it can work in another type or on another device, as `cscore` does.
    """

    name: str
    words: str
    summary: str
    estimate: Estimate
    reference: str
    has_test: bool = True
    has_options: bool = False

    def run(
        self,
        counts: sparse.csr_matrix,
        depth: np.ndarray,
        residuals: np.ndarray,
        computation: Computation = USUAL,
    ) -> CoExpression:
        """Estimate with a type, a limit of threads and a device, as in `cscore`.

        Raises
        ------
        InputError
            If this estimator knows no other type or device than the usual ones.
        """
        how = computation
        options = {"dtype": how.dtype, "device": how.device}
        if not self.has_options:
            if (how.dtype, how.device) != ("float64", "cpu"):
                msg = (
                    f"Expected `dtype` float64 and `device` cpu for the estimator `{self.name}`, "
                    f"found {how.dtype} and {how.device}."
                )
                raise InputError(msg, "Leave both out, or use the estimator `cscore`.")
            options = {}
        with limited_threads(how.threads):
            return self.estimate(counts, depth, residuals, **options)


def pearson_of_residuals(residuals: np.ndarray) -> CoExpression:
    """Correlate the residuals of all gene pairs, tested by Fisher's z.

    Parameters
    ----------
    residuals
        `(C, G)` with at least 4 cells.

    Returns
    -------
    CoExpression with the correlation as `estimate` and atanh(r) sqrt(C - 3) as `statistic`; 0 for
    genes without variation.
    """
    return _correlate(residuals)


def metacell_correlation(
    counts: sparse.csr_matrix, depth: np.ndarray, residuals: np.ndarray, *, seed: int = 0
) -> CoExpression:
    """Correlate expression over groups of similar cells, whose summed counts are less sparse.

    Cells are grouped by k-means on 20 principal components of their residuals, about 20 cells a
    group; the groups' counts are summed, scaled to 10,000 and log-transformed.

    Notes
    -----
    Cells are grouped by the same genes that are then correlated, so p-values are too small: use it
    for ranks, as a control.
    """
    from sklearn.cluster import KMeans  # noqa: PLC0415 - only this control needs it
    from sklearn.decomposition import PCA  # noqa: PLC0415

    n_groups = max(FEWEST_METACELLS, len(depth) // CELLS_IN_A_METACELL)
    if len(depth) < n_groups:
        msg = f"Expected at least {n_groups} cells for metacells, found {len(depth)}."
        raise GraphError(msg, "Use the estimator `cscore`.")
    n_components = min(20, *residuals.shape)
    scores = PCA(n_components, svd_solver="full").fit_transform(residuals)
    group = KMeans(n_groups, n_init=1, random_state=seed).fit_predict(scores)
    member = sparse.csr_matrix((np.ones(len(group)), (group, np.arange(len(group)))))
    summed = (member @ counts).toarray()
    total = member @ depth
    return _correlate(np.log1p(1e4 * summed / total[:, None]))


def _correlate(values: np.ndarray) -> CoExpression:
    """Pearson correlation of columns with Fisher's z test."""
    n = len(values)
    if n < 4:
        msg = f"Expected at least 4 observations to correlate genes, found {n}."
        raise GraphError(msg, "Give more cells.")
    centred = np.asarray(values, dtype=np.float64)
    centred = centred - centred.mean(axis=0)
    norm = np.linalg.norm(centred, axis=0)
    usable = norm > 1e-12 * np.sqrt(n)
    unit = centred / np.where(usable, norm, 1.0)
    estimate = np.clip(unit.T @ unit, -1, 1)
    statistic = np.arctanh(np.clip(estimate, -1 + 1e-15, 1 - 1e-15)) * np.sqrt(n - 3)
    for array in (estimate, statistic):
        array[~usable, :] = 0
        array[:, ~usable] = 0
    p_value = 2 * ndtr(-np.abs(statistic))
    np.fill_diagonal(estimate, 1.0)
    variance = np.where(usable, norm**2 / n, 0.0)
    return CoExpression(
        estimate=estimate,
        statistic=statistic,
        p_value=p_value,
        mean=np.asarray(values).mean(axis=0),
        variance=variance,
        n_iterations=0,
        converged=True,
    )


ESTIMATORS: dict[str, Estimator] = {
    "cscore": Estimator(
        "cscore",
        "CS-CORE",
        "models depth and counting noise; calibrated test",
        lambda counts, depth, _, **options: cscore(counts, depth, **options),
        "Su et al., Nature Communications 14, 4846 (2023)",
        has_options=True,
    ),
    "cscore_t": Estimator(
        "cscore_t",
        "CS-CORE with a test for few cells",
        "the same estimate, a test that holds with few cells and far out; weaker, more memory",
        lambda counts, depth, _: studentised_cscore(counts, depth),
        "Efron, Journal of the American Statistical Association 64, 1278 (1969), for the test",
    ),
    "cscore_depth": Estimator(
        "cscore_depth",
        "CS-CORE with depth taken out",
        "what is left of each gene without what goes with depth; loses what types differ in depth",
        lambda counts, depth, _: studentised_cscore(counts, depth, without_depth=True),
        "Efron, Journal of the American Statistical Association 64, 1278 (1969), for the test",
    ),
    "pearson": Estimator(
        "pearson",
        "correlation of Pearson residuals",
        "correlation of Pearson residuals; simple, shrinks towards 0 in sparse data",
        lambda _counts, _depth, residuals: pearson_of_residuals(residuals),
        "Lause, Berens, Kobak, Genome Biology 22, 258 (2021), for the residuals",
    ),
    "metacell": Estimator(
        "metacell",
        "correlation over metacells",
        "correlation over groups of 20 similar cells; its p-values are too small",
        metacell_correlation,
        "Baran et al., Genome Biology 20, 206 (2019), for the idea of metacells",
    ),
    "lowrank": Estimator(
        "lowrank",
        "cosine in the leading components",
        "cosine in the leading components of two normalisations; best edges, but no test",
        low_rank_cosine,
        "Obayashi and Kinoshita, DNA Research 16, 249 (2009), for the mutual rank",
        has_test=False,
    ),
}


def estimator_words(name: str) -> str:
    """Return what an estimator is called in a sentence; one that is not known here by its name."""
    known = ESTIMATORS.get(name)
    return f"the estimator {name}" if known is None else known.words
