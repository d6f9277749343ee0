"""Activity: which regulators and pathways the genes they act on speak for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, t

from musegnn import keys
from musegnn.analysis.enrichment.over_representation import SIGNIFICANT
from musegnn.border.compiled import failures_told
from musegnn.embeddings.atlas import Atlas
from musegnn.errors import InputError
from musegnn.validation import check_positive

TEST: Final = (
    "univariate linear model (ULM, decoupler): t statistic of the slope of the gene scores on the "
    "weights of the targets, two-sided"
)
FEWEST_TARGETS: Final = 5
FEWEST_CONTEXTS: Final = 3  # in which a gene must be measured to be compared
EXPRESSION: Final = (
    "log(1 + mean counts per 10,000) of a gene in the context, minus the mean of the other "
    "contexts that measured it"
)
CONFIDENCE: Final = ("A", "B", "C", "")  # grades of DoRothEA; "" where a source gives none
NETWORK_COLUMNS: Final = ("source", "target", "weight")
CORRECTION: Final = "Benjamini-Hochberg over all pairs of context and source tested"
COLUMNS: Final = ("context", "source", "activity", "targets", "genes", "p", "q")


@dataclass(frozen=True)
class Activity:
    """Activities of regulators or pathways in several contexts, or along one ranking.

    Parameters
    ----------
    table
        One row a context and source tested, smallest p first; columns `COLUMNS`: `activity` is the
        t statistic (positive: its targets are high where they should be), `targets` and `genes`
        how many targets and genes were compared, `p` and `q` 0 to 1.
    scores
        What was explained, in words.
    left_out
        Contexts without enough genes, sorted.
    """

    table: pd.DataFrame
    scores: str
    left_out: tuple[str, ...] = ()

    @property
    def n_tested(self) -> int:
        """Pairs of context and source tested: the family of q."""
        return len(self.table)

    @property
    def n_active(self) -> int:
        """Pairs with q below `SIGNIFICANT`."""
        return int((self.table["q"] < SIGNIFICANT).sum())

    @property
    def statement(self) -> str:
        """Test, scores, background and correction, as they are printed under the table."""
        without = f" {len(self.left_out)} contexts have too few genes." if self.left_out else ""
        return (
            f"Test: {TEST}, over all genes of a context that could be scored (n in the table); "
            f"at least {FEWEST_TARGETS} targets among them. Scores: {self.scores}.{without} "
            f"{self.n_tested:,} pairs tested. q: {CORRECTION}. Genes are taken as independent, "
            "which co-expressed ones are not: q is optimistic."
        )

    @property
    def facts(self) -> dict[str, Any]:
        """What every row depends on, as columns of a file."""
        return {
            "scores": self.scores,
            "pairs_tested": self.n_tested,
            "test": TEST,
            "correction": CORRECTION,
        }

    def matrix(self, column: str = "activity") -> pd.DataFrame:
        """Return a column, contexts x sources; NaN where too few targets were measured."""
        return self.table.pivot_table(
            index="context", columns="source", values=column, aggfunc="first"
        )


def regulation_network(
    regulation: pd.DataFrame, *, confidence: Collection[str] = CONFIDENCE
) -> pd.DataFrame:
    """Take the signed regulations of a graded table as a network.

    Parameters
    ----------
    regulation
        Columns `regulator`, `target`, `sign` (1, -1, 0 when unknown), `confidence`.
    confidence
        Grades to keep; "" are those that were not graded.

    Returns
    -------
    `NETWORK_COLUMNS`, each pair once, sorted: `weight` is the sign. Pairs with unknown or
    contradicting signs are left out.
    """
    kept = regulation[regulation["confidence"].isin(list(confidence)) & (regulation["sign"] != 0)]
    pairs = kept.groupby(["regulator", "target"], sort=True)["sign"].agg(["min", "max"])
    agreed = pairs[pairs["min"] == pairs["max"]]["min"].reset_index()
    return agreed.set_axis(list(NETWORK_COLUMNS), axis=1).astype({"weight": np.float64})


def footprint_network(footprints: pd.DataFrame) -> pd.DataFrame:
    """Take pathway footprints as a network.

    Parameters
    ----------
    footprints
        Columns `pathway`, `target`, `weight`.

    Returns
    -------
    `NETWORK_COLUMNS`, each pair once (mean weight), sorted.
    """
    means = footprints.groupby(["pathway", "target"], sort=True)["weight"].mean().reset_index()
    return means.set_axis(list(NETWORK_COLUMNS), axis=1)


def context_expression(atlas: Atlas) -> pd.DataFrame:
    """Return how high each ortholog group is in each context, relative to the others.

    Returns
    -------
    Contexts (sorted) x ortholog groups (sorted) that at least `FEWEST_CONTEXTS` contexts measured;
    natural logarithm, see `EXPRESSION`; NaN where not measured. Several genes of one ortholog group
    in a context are averaged.
    """
    table = pd.DataFrame(
        {
            "context": atlas.embedding.genes[keys.DATASET].astype(str).to_numpy(),
            "ortholog_group": atlas.search.ortholog_groups.astype(str),
            "value": np.log1p(atlas.embedding.genes[keys.MEAN].to_numpy(dtype=np.float64)),
        }
    )
    values = table.pivot_table(
        index="context", columns="ortholog_group", values="value", aggfunc="mean"
    )
    n_measured = values.notna().sum()
    values = values.loc[:, n_measured >= FEWEST_CONTEXTS]
    total, n_measured = values.sum(), values.notna().sum()
    others = (total - values) / (n_measured - 1)
    return values - others


def activity(
    scores: pd.Series, network: pd.DataFrame, *, name: str = "ranking", words: str = "the ranking"
) -> Activity:
    """Estimate the activity of each source from the scores of genes.

    Parameters
    ----------
    scores
        Finite numbers, index gene symbols, each once.
    network
        `NETWORK_COLUMNS`.
    name
        What stands in the column `context`.
    words
        What the scores are.

    Raises
    ------
    InputError
        If no source has `FEWEST_TARGETS` targets among the genes.
    """
    table = _activities(scores, network, name)
    if table.empty:
        msg = (
            f"Expected a regulator or pathway with {FEWEST_TARGETS} targets among the "
            f"{len(scores):,} genes, found none."
        )
        raise InputError(msg, "Choose more genes or another table.")
    return Activity(_corrected(table), words)


def context_activity(expression: pd.DataFrame, network: pd.DataFrame) -> Activity:
    """Estimate the activity of each source in each context.

    Parameters
    ----------
    expression
        Contexts x genes, see `context_expression`; NaN where not measured. Each context is
        compared over the genes it measured.
    network
        `NETWORK_COLUMNS`.

    Raises
    ------
    InputError
        If no context has a source with enough targets.
    """
    parts, left_out = [], []
    for context, row in expression.iterrows():
        table = _activities(row.dropna(), network, str(context))
        if table.empty:
            left_out.append(str(context))
        else:
            parts.append(table)
    if not parts:
        msg = f"Expected targets of the network in some context, found fewer than {FEWEST_TARGETS}."
        raise InputError(msg, "Choose another table.")
    return Activity(_corrected(pd.concat(parts, ignore_index=True)), EXPRESSION, tuple(left_out))


def strongest(result: Activity, *, count: int) -> list[str]:
    """Return the sources with the smallest p of any context, in that order.

    Raises
    ------
    InputError
        If `count` is not positive.
    """
    check_positive(count, name="count")
    return result.table["source"].drop_duplicates().head(count).tolist()


def _activities(scores: pd.Series, network: pd.DataFrame, name: str) -> pd.DataFrame:
    """Activities of the sources with enough targets; q is not yet there."""
    inside = network[network["target"].isin(scores.index)]
    targets = inside.groupby("source", sort=True).size()
    # a slope needs targets and others, and more genes than parameters
    usable = targets[(targets >= FEWEST_TARGETS) & (targets < len(scores) - 1)]
    if usable.empty or len(scores) < FEWEST_TARGETS or scores.std() == 0:
        return pd.DataFrame(columns=list(COLUMNS[:-1]))
    from decoupler.mt import ulm  # noqa: PLC0415 - takes seconds to import

    # genes that score exactly 0 are data, not empty
    with failures_told(
        f"Expected scores from which activities follow, found some of {name} that decoupler "
        "cannot work with.",
        "Choose other genes or another network.",
    ):
        estimate, _ = ulm(
            scores.astype(np.float64).to_frame(name).T,
            inside[inside["source"].isin(usable.index)],
            tmin=FEWEST_TARGETS,
            empty=False,
        )
    values = estimate.iloc[0].dropna().sort_index()
    return pd.DataFrame(
        {
            "context": name,
            "source": values.index.astype(str),
            "activity": values.to_numpy(dtype=np.float64),
            "targets": usable[values.index].to_numpy(),
            "genes": len(scores),
            "p": 2 * t.sf(np.abs(values.to_numpy(dtype=np.float64)), len(scores) - 2),
        }
    )


def _corrected(table: pd.DataFrame) -> pd.DataFrame:
    """Add q over all rows, smallest p first."""
    table = table.assign(q=false_discovery_control(table["p"]))
    order = ["p", "context", "source"]
    return table.loc[:, list(COLUMNS)].sort_values(order, ignore_index=True)
