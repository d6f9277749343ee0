"""Causal evidence: everything that speaks for or against one edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn.analysis.causal.causal_network import Sources
from musegnn.analysis.causal.edge_verdicts import RULES
from musegnn.analysis.choices import CO_EXPRESSED

_SIGNS: Final = {1: "activates", -1: "inhibits", 0: "not told"}
_WORDS: Final = {1.0: "together", -1.0: "opposite", 0.0: "not significant"}
CURATED_COLUMNS: Final = ("source", "release", "sign", "confidence", "reference")
CONTEXT_COLUMNS: Final = ("context", "tissue", "species", "co_expressed")


@dataclass(frozen=True)
class EvidenceView:
    """What the evidence panel shows of one edge.

    Parameters
    ----------
    title
        The edge.
    verdict, rule
        The verdict, and the rule that gave it in full.
    facts
        Label and value of each number.
    curated
        One row a source: `CURATED_COLUMNS`.
    contexts
        One row a context that measured both genes, those that speak first: `CONTEXT_COLUMNS`.
    caption
        Where the numbers come from.
    """

    title: str
    verdict: str
    rule: str
    facts: tuple[tuple[str, str], ...]
    curated: pd.DataFrame
    contexts: pd.DataFrame
    caption: str


def build(edge: pd.Series, sources: Sources, *, called: str) -> EvidenceView:
    """Collect the evidence for one edge.

    Parameters
    ----------
    edge
        Row of the edges of a network, see `musegnn.analysis.causal.causal_network.EDGE_COLUMNS`.
    sources
        What is known.
    called
        The context, for people.
    """
    regulator, target = str(edge["regulator"]), str(edge["target"])
    arrow = "\u2192" if edge["is_directed"] else "\u2013"
    rule = next(rule for rule in RULES if rule.name == edge["rule"])
    contexts = _contexts(regulator, target, sources)
    return EvidenceView(
        title=f"{regulator} {arrow} {target}",
        verdict=str(edge["verdict"]),
        rule=f"Rule {rule.name}: {rule.text}.",
        facts=_facts(edge, sources),
        curated=_curated(regulator, target, sources),
        contexts=contexts,
        caption=(
            f"Co-expression: sign of the CS-CORE statistic at two-sided p < 0.005 in each of the "
            f"{len(contexts)} contexts that measured both genes, {called} included."
        ),
    )


def _curated(regulator: str, target: str, sources: Sources) -> pd.DataFrame:
    """Every source of the pair, as listed."""
    found = sources.regulation.evidence(regulator, target)
    return pd.DataFrame(
        {
            "source": found["source"].astype(str),
            "release": found["release"].astype(str),
            "sign": [_SIGNS[int(np.sign(value))] for value in found["sign"]],
            "confidence": found["confidence"].replace("", "not graded").astype(str),
            "reference": found["reference"].replace("", "none given").astype(str),
        },
        columns=list(CURATED_COLUMNS),
    )


def _contexts(regulator: str, target: str, sources: Sources) -> pd.DataFrame:
    """Co-expression of the pair in every context that measured it."""
    common = sources.common
    names = [common.get(regulator, regulator)], [common.get(target, target)]
    signs = sources.signs.of_pairs(*names)[0]
    datasets = sources.embedding.datasets
    rows = [
        {
            "context": name,
            "tissue": str(datasets.loc[name, "tissue"]),
            "species": str(datasets.loc[name, "species"]),
            "co_expressed": _WORDS[float(sign)],
            "is_silent": sign == 0,
        }
        for name, sign in zip(sources.signs.contexts, signs, strict=True)
        if not np.isnan(sign)
    ]
    table = pd.DataFrame(rows, columns=[*CONTEXT_COLUMNS, "is_silent"])
    ordered = table.sort_values(["is_silent", "co_expressed", "context"], ignore_index=True)
    return ordered.loc[:, list(CONTEXT_COLUMNS)]


def _facts(edge: pd.Series, sources: Sources) -> tuple[tuple[str, str], ...]:
    """Numbers of the edge with their names."""
    frequency = edge["frequency"]
    missing = "not kept in the graph" if pd.notna(edge["here"]) else "not measured"
    factor = "yes" if edge["regulator"] in sources.factors else "no"
    facts = [
        ("regulator is a transcription factor", factor),
        ("co-expressed here", _WORDS.get(float(edge["here"]), "not measured")),
        ("CS-CORE statistic z", _number(edge["statistic"], missing)),
        ("CS-CORE correlation, -1 to 1", _number(edge["estimate"], missing)),
        (
            "other contexts agree : oppose",
            f"{edge['agree']} : {edge['oppose']} of {edge['contexts']}",
        ),
        (
            "co-expression with other targets of the regulator, -1 to 1",
            _number(edge["regulon"], "no other target here"),
        ),
        (
            "mean cosine to these targets, -1 to 1",
            _number(edge["closeness"], "no other target here"),
        ),
        (
            "bootstrap frequency, 0 to 1",
            "not inferred" if pd.isna(frequency) else f"{frequency:.2f}",
        ),
    ]
    if edge["inferred_direction"]:
        facts.append(("inferred direction", str(edge["inferred_direction"])))
    if edge["kind"] == CO_EXPRESSED:
        return tuple(facts[1:5])
    return (*facts, ("score", f"{edge['score']:.3g}"))


def _number(value: float, missing: str) -> str:
    """Three significant digits, or why there is no number."""
    return missing if pd.isna(value) else f"{value:.3g}"
