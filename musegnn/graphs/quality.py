"""Quality control: which cells and genes enter a gene graph, with a count for every step."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Literal

import numpy as np

from musegnn.errors import GraphError
from musegnn.io.expression import Expression
from musegnn.io.gene_tables import BARE_MITOCHONDRIAL

MITOCHONDRIAL = re.compile(r"^MT[-:]", re.IGNORECASE)
_SURE = 5  # names as of RefSeq, so many of them: some are other names of other genes too


@dataclass(frozen=True)
class QualityControl:
    """Thresholds for cells and genes.

    Parameters
    ----------
    maximum_genes
        Cells with this many detected genes or more are dropped; "adaptive" takes the median plus
        `deviations` median absolute deviations of log1p(genes), which fits every platform.
    minimum_genes
        Cells with fewer detected genes are dropped; "adaptive" is the mirror image of the above.
    maximum_mitochondrial
        Cells with this share of mitochondrial counts or more are dropped, 0 to 1.
    minimum_cells
        Genes detected in fewer cells are dropped.
    deviations
        Number of median absolute deviations of the adaptive rule.
    """

    maximum_genes: int | Literal["adaptive"] = "adaptive"
    minimum_genes: int | Literal["adaptive"] = "adaptive"
    maximum_mitochondrial: float = 0.2
    minimum_cells: int = 3
    deviations: float = 5.0


@dataclass(frozen=True)
class QualityStep:
    """One step of quality control: its rule in words and how much it removed."""

    rule: str
    removed: int
    left: int
    unit: Literal["cells", "genes"]

    def line(self) -> str:
        """Sentence for the console and the page."""
        return f"{self.unit}: {self.removed} removed ({self.rule}), {self.left} left"


def apply_quality_control(
    expression: Expression, quality: QualityControl, *, needs_place: bool = False
) -> tuple[Expression, np.ndarray, list[QualityStep]]:
    """Drop poor cells, then mitochondrial and hardly detected genes.

    Parameters
    ----------
    expression
        Counts with current gene symbols.
    quality
        Thresholds.
    needs_place
        Drop cells without a place on the slide.

    Returns
    -------
    Expression of the kept cells and genes; depth `(C,)` of the kept cells, counted over **all**
    genes of the file; the steps with their counts.

    Raises
    ------
    GraphError
        If fewer than 3 cells or fewer than 3 genes are left.
    """
    found = judge(expression, quality, needs_place=needs_place)
    cells = expression.take_cells(found.cells)
    return cells.take_genes(found.genes), found.depth[found.cells], list(found.steps)


@dataclass(frozen=True)
class Judgement:
    """Which cells and genes quality control keeps, and what it went by.

    Parameters
    ----------
    cells, genes
        `(C,)` and `(G,)`, True for those that are kept.
    depth, detected
        `(C,)` total counts and detected genes of each cell.
    low, high
        Cells with fewer than `low` detected genes, or with `high` or more, are dropped.
    mitochondrial
        Names of the mitochondrial genes; empty where none is known.
    share
        `(C,)` share of mitochondrial counts, 0 to 1; zeros where no such gene is known.
    steps
        The steps with their counts.
    """

    cells: np.ndarray
    genes: np.ndarray
    depth: np.ndarray
    detected: np.ndarray
    low: float
    high: float
    mitochondrial: tuple[str, ...]
    share: np.ndarray
    steps: tuple[QualityStep, ...]


def judge(
    expression: Expression, quality: QualityControl, *, needs_place: bool = False
) -> Judgement:
    """Decide what quality control keeps, without taking it; as `apply_quality_control`."""
    detected = np.diff(expression.counts.indptr)
    depth = expression.depth
    mitochondrial = are_mitochondrial(expression.genes, expression.mitochondrial)
    share = _share(expression, mitochondrial, depth)
    low, high, rule = gene_limits(detected[depth > 0], quality)
    steps: list[QualityStep] = []
    kept = np.ones(expression.n_cells, dtype=bool)
    if needs_place and expression.coordinates is not None:
        kept = np.isfinite(expression.coordinates).all(axis=1)
        if not kept.all():
            left = int(kept.sum())
            steps.append(QualityStep("no place on the slide", len(kept) - left, left, "cells"))
    for keep, text in (
        (depth > 0, "no counts"),
        ((detected >= low) & (detected < high), rule),
        (
            share < quality.maximum_mitochondrial,
            f"{100 * quality.maximum_mitochondrial:g} % mitochondrial counts or more"
            if mitochondrial.any()
            else "mitochondrial counts: not known, no gene of the file is named as mitochondrial",
        ),
    ):
        removed = int((kept & ~keep).sum())
        kept &= keep
        steps.append(QualityStep(text, removed, int(kept.sum()), "cells"))
    if kept.sum() < 3:
        rules = "; ".join(step.line() for step in steps)
        msg = f"Expected at least 3 cells after quality control, found {kept.sum()} ({rules})."
        raise GraphError(msg, "Check that the values are counts of cells that were not filtered.")
    keep_genes = ~mitochondrial
    steps.append(
        QualityStep("mitochondrial", int(mitochondrial.sum()), int(keep_genes.sum()), "genes")
    )
    in_cells = _in_cells(expression, kept, detected)
    enough = in_cells >= max(quality.minimum_cells, 1)
    removed = int((keep_genes & ~enough).sum())
    keep_genes = keep_genes & enough
    steps.append(
        QualityStep(
            f"in fewer than {quality.minimum_cells} cells", removed, int(keep_genes.sum()), "genes"
        )
    )
    if keep_genes.sum() < 3:
        msg = f"Expected at least 3 genes after quality control, found {keep_genes.sum()}."
        raise GraphError(msg, "Give a dataset with more genes or cells.")
    names = tuple(expression.genes[place] for place in np.flatnonzero(mitochondrial))
    return Judgement(
        kept, keep_genes, depth, detected, max(low, 0.0), high, names, share, tuple(steps)
    )


def _in_cells(expression: Expression, kept: np.ndarray, detected: np.ndarray) -> np.ndarray:
    """Count for each gene the kept cells that hold it, `(G,)`."""
    indices = expression.counts.indices
    if not kept.all():
        indices = indices[np.repeat(kept, detected)]
    return np.bincount(indices, minlength=len(expression.genes))


def are_mitochondrial(genes: list[str], known: Set[str] = frozenset()) -> np.ndarray:
    """Tell which genes lie on the mitochondrion, by their symbol or their name in RefSeq.

    Parameters
    ----------
    genes
        Names of G genes.
    known
        Those of them of which the nomenclature says so.

    Returns
    -------
    `(G,)` bool.
    """
    found = np.array([gene in known or bool(MITOCHONDRIAL.match(gene)) for gene in genes], bool)
    if found.any():
        return found
    named = np.array([gene.upper() in BARE_MITOCHONDRIAL for gene in genes], dtype=bool)
    return named if named.sum() >= _SURE else found


def mitochondrial_words(genes: Sequence[str]) -> str:
    """Say how mitochondrial genes were told from others.

    >>> mitochondrial_words(["MT-CO1", "MT-ND1"])
    'by the prefix MT-'
    """
    if all(MITOCHONDRIAL.match(gene) for gene in genes):
        return "by the prefix MT-"
    if all(gene.upper() in BARE_MITOCHONDRIAL for gene in genes):
        return "by their names in RefSeq"
    return "by the table of gene names and their own names"


def _share(expression: Expression, genes: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Share of each cell's counts that fall on the given genes, 0 to 1."""
    counts = np.asarray(expression.counts[:, np.flatnonzero(genes)].sum(axis=1)).ravel()
    return counts / np.where(depth > 0, depth, 1)


def gene_limits(detected: np.ndarray, quality: QualityControl) -> tuple[float, float, str]:
    """Least and most detected genes of a kept cell, and the rule in words."""
    low: float = 0
    high: float = np.inf
    if len(detected):
        logarithm = np.log1p(detected)
        centre = np.median(logarithm)
        spread = 1.4826 * np.median(np.abs(logarithm - centre)) * quality.deviations
        # rounded, so that cells at the median stay where all are alike
        low, high = (
            float(np.ceil(np.round(np.expm1(limit), 6)))
            for limit in (centre - spread, centre + spread)
        )
        high += 1
    if quality.minimum_genes != "adaptive":
        low = quality.minimum_genes
    if quality.maximum_genes != "adaptive":
        high = quality.maximum_genes
    return low, high, f"detected genes below {max(low, 0) + 0.0:.0f} or at least {high:.0f}"
