"""Causal calibration: how often the score finds curated pairs that were hidden from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from musegnn.border.documents import read_json
from musegnn.errors import DataFileError
from musegnn.settings import REPOSITORY

SHIPPED: Final = REPOSITORY / "data" / "benchmarks" / "causal" / "verdicts.json"
_COMMAND: Final = "python -m benchmarks.causal_verdicts"


@dataclass(frozen=True)
class CalibrationView:
    """What the page shows of the calibration.

    Parameters
    ----------
    sentences
        What was found, plainly.
    metrics
        `score_of`, `auroc`, `low`, `high`: 0.5 is chance, 1 perfect.
    bins
        `score`, `n`, `share` of hidden pairs in percent where 50 is chance.
    caption
        Test, data, n.
    """

    sentences: tuple[str, ...]
    metrics: pd.DataFrame
    bins: pd.DataFrame
    caption: str


def build(path: Path = SHIPPED) -> CalibrationView | None:
    """Read the measured calibration; None when it is not part of this installation.

    Raises
    ------
    DataFileError
        If the file is damaged.
    """
    if not path.is_file():
        return None
    try:
        found = read_json(path, role="a calibration of causal verdicts")
        return CalibrationView(
            sentences=_sentences(found),
            metrics=_metrics(found),
            bins=_bins(found),
            caption=_caption(found),
        )
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        msg = f"Expected a calibration of causal verdicts, found another file: {path.name}."
        raise DataFileError(msg, f"Measure it again: `{_COMMAND}`.") from error


def _sentences(found: dict[str, Any]) -> tuple[str, ...]:
    """Say what was found, in the order of what matters."""
    score = _metric(found, "score")
    lines = [
        f"Between a hidden curated pair and a non-edge of equal degrees, the score prefers the "
        f"curated one in {100 * score['auroc']:.0f} of 100 cases (AUROC {_interval(score)}); "
        f"50 is chance. {_strength(score)}"
    ]
    names = {
        "co_expression": "plain co-expression",
        "cosine": "plain cosine",
        "closeness": "its best part alone, the cosine to the other targets",
    }
    for entry in found["differences"]:
        if entry["against"] in names:
            other = _metric(found, entry["against"])
            lines.append(
                f"{_sentence_case(names[entry['against']])}: {_interval(other)}; the score is "
                f"{_comparison(entry)}."
            )
    hidden, others = (row["share"] for row in found["words"])
    lines.append(
        f"The word suggested, the most that inference alone can earn, goes to {hidden:.0%} of the "
        f"hidden curated pairs and to {others:.0%} of the non-edges."
    )
    return tuple(lines)


def _sentence_case(text: str) -> str:
    """Start with a capital letter."""
    return text[:1].upper() + text[1:]


def _strength(score: dict[str, Any]) -> str:
    """Say what an AUROC of this size is good for."""
    if score["low"] <= 0.5:
        return "That is not better than chance: read the data columns as description only."
    if score["auroc"] < 0.7:
        return (
            "That is weak: the data alone do not find regulation, which is why an inferred edge is "
            "never more than suggested."
        )
    return "The data alone carry information about regulation."


def _comparison(entry: dict[str, Any]) -> str:
    """Say whether the score is better, with the interval of the difference."""
    size = f"{abs(entry['difference']):.3f}"
    interval = f"[{entry['low']:.3f}, {entry['high']:.3f}]"
    if entry["low"] > 0:
        return f"better by {size} {interval}"
    if entry["high"] < 0:
        return f"worse by {size} {interval}"
    return f"not distinguishable from it (difference {entry['difference']:.3f} {interval})"


def _interval(metric: dict[str, Any]) -> str:
    """Value with its interval."""
    return f"{metric['auroc']:.3f} [{metric['low']:.3f}, {metric['high']:.3f}]"


def _metric(found: dict[str, Any], name: str) -> dict[str, Any]:
    """One measured score."""
    return next(entry for entry in found["metrics"] if entry["name"] == name)


def _metrics(found: dict[str, Any]) -> pd.DataFrame:
    """All measured scores."""
    columns = {"label": "score_of", "auroc": "auroc", "low": "low", "high": "high"}
    return pd.DataFrame(found["metrics"]).rename(columns=columns)[list(columns.values())]


def _bins(found: dict[str, Any]) -> pd.DataFrame:
    """Share of hidden pairs by score."""
    return pd.DataFrame(
        {
            "score": [
                f"{entry['from']:.2f} to {entry['to']:.2f}" for entry in found["calibration"]
            ],
            "n": [entry["n"] for entry in found["calibration"]],
            "share": [100 * entry["share_hidden"] for entry in found["calibration"]],
        }
    )


def _caption(found: dict[str, Any]) -> str:
    """Say how it was measured."""
    tables = ", ".join(f"{name} ({release})" for name, release in found["regulation"].items())
    return (
        f"{found['atlas']}, configuration {found['config_hash']}: {found['n_contexts']} contexts, "
        f"{found['splits']} random halves of the curated pairs (confidence A to C, {tables}) "
        f"hidden in each; {found['n_hidden']:,} hidden pairs against {found['n_other']:,} pairs "
        "in no table with the same regulators and targets, exchanged. Intervals: 95 %, "
        f"contexts drawn with replacement {found['draws']:,} times; contexts of one tissue are not "
        f"independent, so they are rather too narrow. Command: `{found['command']}`."
    )
