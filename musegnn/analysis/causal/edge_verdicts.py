"""Edge verdicts: one word an edge, by rules that anyone can read, and the score behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn.analysis.causal.causal_discovery import KEPT_FREQUENCY
from musegnn.analysis.causal.regulation import CURATED_RANK, STRONG_RANK

ESTABLISHED, SUPPORTED = "established", "supported"
SUGGESTED, CONTRADICTED, NO_CLAIM = "suggested", "contradicted", "no claim"
VERDICTS: Final = (ESTABLISHED, SUPPORTED, SUGGESTED, CONTRADICTED)

MANY_SOURCES: Final = 2  # sources that make a curated pair as good as one of grade A or B
MANY_CONTEXTS: Final = 2  # contexts needed before "elsewhere" says anything


SCORED: Final = ("here", "elsewhere", "regulon", "closeness", "frequency")
SCORE_MEANING: Final = (
    "Score: the sum of co-expression here (-1, 0, 1), its mean over the other contexts, its mean "
    "with the other curated targets of the regulator, the mean cosine to those targets in the "
    "embedding, and the bootstrap frequency; the first three count with the curated sign. What is "
    "not known counts 0."
)


@dataclass(frozen=True)
class Rule:
    """One rule: the verdict it gives, and when."""

    name: str
    verdict: str
    text: str


# in this order; the first that holds decides
RULES: Final = (
    Rule(
        "1 opposite sign",
        CONTRADICTED,
        "listed with a sign, co-expressed here at p < 0.005 with the opposite sign, and not of the "
        "listed sign in more of the other contexts than of the opposite one",
    ),
    Rule(
        "2 well curated and seen",
        ESTABLISHED,
        f"curated with confidence A or B or by {MANY_SOURCES} sources, and co-expressed with the "
        f"listed sign here, or in at least {MANY_CONTEXTS} other contexts and more than oppose it",
    ),
    Rule(
        "3 well curated",
        SUPPORTED,
        f"curated with confidence A or B or by {MANY_SOURCES} sources; the data at hand neither "
        "show nor contradict it",
    ),
    Rule(
        "4 curated and seen",
        SUPPORTED,
        "curated with confidence C or without grade, and co-expressed with the listed sign here or "
        f"in at least {MANY_CONTEXTS} other contexts and more than oppose it",
    ),
    Rule(
        "5 predicted and found again",
        SUPPORTED,
        "listed with confidence D or E only, co-expressed here with the listed sign, and inferred "
        f"here in at least {KEPT_FREQUENCY:.0%} of the bootstrap replicates",
    ),
    Rule("6 listed", SUGGESTED, "listed in a table, and none of the above"),
    Rule(
        "7 inferred",
        SUGGESTED,
        "in no table; inferred here from a possible cause, in at least "
        f"{KEPT_FREQUENCY:.0%} of the bootstrap replicates. Inference alone never gives more",
    ),
    Rule("8 co-expressed only", NO_CLAIM, "in no table and not inferred: nothing is claimed"),
)


def judge(edges: pd.DataFrame) -> pd.DataFrame:
    """Give each edge its verdict.

    Parameters
    ----------
    edges
        One row an edge: `sign` (listed: +1, -1, 0 unknown), `rank` (of the best listed confidence,
        0 for A to 4 for E; negative when no table lists the pair), `n_sources`, `here` (sign of
        co-expression in this context, NaN when not measured), `agree` and `oppose` (numbers of
        other contexts with the expected and the opposite sign, see `expected_sign`), `frequency`
        (of the bootstrap, NaN when not inferred).

    Returns
    -------
    Same index: `verdict` (one of `VERDICTS` or `NO_CLAIM`) and `rule` (name of the rule that
    fired).
    """
    rank = edges["rank"].to_numpy(dtype=np.int64)
    sign = edges["sign"].to_numpy(dtype=np.int64)
    here = edges["here"].fillna(0).to_numpy(dtype=np.int64)
    agree, oppose = (edges[name].to_numpy(dtype=np.int64) for name in ("agree", "oppose"))
    frequency = edges["frequency"].fillna(0).to_numpy(dtype=float)
    is_listed = rank >= 0
    is_curated = is_listed & (rank <= CURATED_RANK)
    is_strong = is_curated & (
        (rank <= STRONG_RANK) | (edges["n_sources"].to_numpy() >= MANY_SOURCES)
    )
    is_seen_here = (here * expected_sign(sign, here)) > 0
    is_seen = is_seen_here | ((agree >= MANY_CONTEXTS) & (agree > oppose))
    is_inferred = frequency >= KEPT_FREQUENCY
    opposes = is_listed & (here * sign < 0) & (agree <= oppose)
    fired = np.select(
        [
            opposes,
            is_strong & is_seen,
            is_strong,
            is_curated & is_seen,
            is_listed & is_seen_here & is_inferred,
            is_listed,
            is_inferred,
        ],
        np.arange(len(RULES) - 1),
        default=len(RULES) - 1,
    )
    return pd.DataFrame(
        {
            "verdict": [RULES[number].verdict for number in fired],
            "rule": [RULES[number].name for number in fired],
        },
        index=edges.index,
    )


def expected_sign(sign: np.ndarray, here: np.ndarray) -> np.ndarray:
    """Sign that other contexts are compared with: the listed one, else the one seen here."""
    return np.where(sign != 0, sign, np.nan_to_num(here)).astype(np.int64)


def score_edges(edges: pd.DataFrame) -> np.ndarray:
    """Sum the evidence of the data for each edge, `(P,)`; see `SCORE_MEANING`.

    Parameters
    ----------
    edges
        `sign` and the columns `SCORED`; NaN counts as 0.
    """
    values = edges[list(SCORED)].fillna(0).to_numpy(dtype=float)
    listed = np.where(edges["sign"].to_numpy() < 0, -1.0, 1.0)
    values[:, :3] *= listed[:, None]
    return values.sum(axis=1)


def rules_table() -> pd.DataFrame:
    """List the rules in their order: `rule`, `verdict`, `when`."""
    return pd.DataFrame(
        {
            "rule": [rule.name for rule in RULES],
            "verdict": [rule.verdict for rule in RULES],
            "when": [rule.text for rule in RULES],
        }
    )
