"""Techniques: what is counted, which cells are kept, and how the genes of a graph are chosen.

A technique is one record of `MODALITIES`; graphs, quality control, the preview of a file, forms and
the command line read it from there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from musegnn.errors import InputError
from musegnn.graphs.quality import QualityControl
from musegnn.graphs.residuals import rank_variable_genes
from musegnn.graphs.spatial_variation import sparkx
from musegnn.io.expression import Expression
from musegnn.validation import check_choice

USUAL_LIMITS = "default"


@dataclass(frozen=True)
class Modality:
    """A technique.

    Parameters
    ----------
    name
        Name for files and the command line.
    title
        What people call it.
    counted
        What a number of the matrix counts, in words.
    limits
        Name of a preset -> thresholds of quality control; a preset that is not there takes those of
        `USUAL_LIMITS`.
    chosen_by
        How the genes of a graph are chosen, in words.
    choose
        Takes counts and a number of genes, returns the columns of so many, those to be kept first
        in front.
    needs_positions
        True when each cell needs a place in the tissue.
    is_hinted
        Tells by counts, and by whether their columns are chromatin peaks, that a file is of this
        technique.
    """

    name: str
    title: str
    counted: str
    limits: Mapping[str, QualityControl]
    chosen_by: str
    choose: Callable[[Expression, int], np.ndarray]
    needs_positions: bool = False
    is_hinted: Callable[[Expression, bool], bool] = lambda _expression, _has_peaks: False

    def quality(self, preset: str) -> QualityControl:
        """Return the thresholds of a preset."""
        return self.limits.get(preset, self.limits[USUAL_LIMITS])

    def check(self, expression: Expression) -> None:
        """Raise `InputError` when counts lack what the technique needs."""
        if self.needs_positions and expression.coordinates is None:
            msg = (
                "Expected coordinates of the spots (obsm['spatial'] or columns x and y) for a "
                f"{self.title}, found none."
            )
            hint = (
                "Lay spatial/tissue_positions.csv beside the counts, or into their archive, give a "
                "table of barcode, x and y (`--positions TABLE`), add them to the file, or choose "
                "another technique."
            )
            tried = [note for note in expression.notes if note.startswith("coordinates: ")]
            raise InputError(msg, " ".join((hint, *(f"C{note[1:]}." for note in tried))))


def find_modality(name: str) -> Modality:
    """Return the technique of a name.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    check_choice(name, tuple(MODALITIES), name="modality")
    return MODALITIES[name]


def guess_modality(expression: Expression, *, has_peaks: bool) -> Modality:
    """Return the technique that a file points to; the last that is hinted at, else the first."""
    records = list(MODALITIES.values())
    hinted = (record for record in reversed(records) if record.is_hinted(expression, has_peaks))
    return next(hinted, records[0])


def _most_variable(expression: Expression, n_genes: int) -> np.ndarray:
    """Columns with the largest variance, the largest first."""
    return rank_variable_genes(expression.counts, n_genes)


def _most_local(expression: Expression, n_genes: int) -> np.ndarray:
    """Columns whose counts depend most surely on the place in the tissue, the surest first."""
    tested = sparkx(expression.counts, np.asarray(expression.coordinates))
    # p-values underflow for strong patterns: the largest statistic breaks the ties
    strongest = tested.filter(like="statistic_").max(axis=1).to_numpy()
    order = np.lexsort((-strongest, tested["p_value"].to_numpy()))
    return order[:n_genes]


_PAPER_RNA = QualityControl(maximum_genes=4000, minimum_genes=0, minimum_cells=1)
_BY_VARIANCE = "largest variance of analytic Pearson residuals"

# the first is what a file without hints is taken for; a later one is the more special
MODALITIES: dict[str, Modality] = {
    record.name: record
    for record in (
        Modality(
            name="scrna",
            title="single-cell RNA",
            counted="transcripts of each gene in a cell or nucleus",
            limits={USUAL_LIMITS: QualityControl(), "paper": _PAPER_RNA},
            chosen_by=_BY_VARIANCE,
            choose=_most_variable,
        ),
        Modality(
            name="scatac",
            title="chromatin (gene activity)",
            counted="cuts of open chromatin in and before each gene in a cell",
            limits={
                USUAL_LIMITS: QualityControl(),
                "paper": QualityControl(maximum_genes=6000, minimum_genes=200, minimum_cells=3),
            },
            chosen_by=_BY_VARIANCE,
            choose=_most_variable,
            is_hinted=lambda expression, has_peaks: (
                has_peaks or "atac" in expression.source.get("modality", "").lower()
            ),
        ),
        Modality(
            name="spatial",
            title="tissue section",
            counted="transcripts of each gene at a spot of a tissue section",
            limits={
                # a spot is a mixture of cells: few or many genes are tissue, not a broken cell
                USUAL_LIMITS: QualityControl(maximum_mitochondrial=0.3, deviations=8.0),
                "paper": _PAPER_RNA,
            },
            chosen_by="smallest SPARK-X p-value",
            choose=_most_local,
            needs_positions=True,
            is_hinted=lambda expression, _has_peaks: expression.coordinates is not None,
        ),
    )
}
