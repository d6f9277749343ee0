"""What a file was taken for, written out: lines for a console, plain values for JSON."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from musegnn.errors import MuseGNNError
from musegnn.graphs.look import FileLook, Outlook

_QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


def look_lines(look: FileLook, outlook: Outlook | None, problem: MuseGNNError | None) -> list[str]:
    """Say what was recognised as what, a line a fact, for a console."""
    facts = (*look.facts, *(outlook.facts if outlook else ()))
    width = max(len(fact.what) for fact in facts)
    lines = [look.name]
    for fact in facts:
        option = f" [{fact.option}]" if fact.option else ""
        why = f" ({fact.why})" if fact.why else ""
        lines.append(f"  {fact.what:<{width}}  {fact.found}{why}{option}")
    lines += [f"  note: {note}" for note in look.notes]
    if outlook is not None:
        lines.append("quality control would remove:")
        lines += [f"  {step.line()}" for step in outlook.judgement.steps]
    if problem is not None:
        lines.append(f"cannot be built so: {problem.message} {problem.hint or ''}".rstrip())
    return lines


def look_document(
    look: FileLook, outlook: Outlook | None, problem: MuseGNNError | None
) -> dict[str, Any]:
    """Return the same as plain values, ready for JSON."""
    facts = (*look.facts, *(outlook.facts if outlook else ()))
    ranks = look.ranks
    document: dict[str, Any] = {
        "file": look.name,
        "format": look.form,
        "facts": [
            {
                "key": fact.key,
                "what": fact.what,
                "found": fact.found,
                "why": fact.why,
                "option": fact.option,
            }
            for fact in facts
        ],
        "notes": list(look.notes),
        "cells": look.expression.n_cells,
        "columns": len(look.expression.genes),
        "species": look.guess.species,
        "modality": look.modality,
        "counts_of_a_cell": _quantiles(look.expression.depth),
        "detected_of_a_cell": _quantiles(look.detected),
        "barcodes": {
            "with_counts": len(ranks.counts),
            "with_a_cell": ranks.n_cells,
            "threshold": ranks.threshold,
            "is_unfiltered": ranks.is_unfiltered,
        },
        "quality": None,
        "problem": None if problem is None else f"{problem.message} {problem.hint or ''}".rstrip(),
    }
    if outlook is not None:
        found = outlook.judgement
        document["quality"] = {
            "detected_at_least": found.low,
            "detected_below": found.high if np.isfinite(found.high) else None,
            "mitochondrial_genes": list(found.mitochondrial),
            "mitochondrial_share_below": outlook.maximum_share if found.mitochondrial else None,
            "mitochondrial_share": _quantiles(found.share) if found.mitochondrial else None,
            "steps": [
                {"unit": step.unit, "rule": step.rule, "removed": step.removed, "left": step.left}
                for step in found.steps
            ],
        }
    return document


def _quantiles(values: np.ndarray) -> dict[str, float]:
    """Quantiles of a number of each cell."""
    if not len(values):
        return {}
    found = np.quantile(values, _QUANTILES)
    return {f"{100 * q:g} %": float(value) for q, value in zip(_QUANTILES, found, strict=True)}
