"""Panels of the Data page: what a chosen file holds."""

from __future__ import annotations

import numpy as np
import streamlit as st

from musegnn.graphs.modalities import MODALITIES
from musegnn.screens.data.figure_cells import cell_histogram
from musegnn.screens.data.view_preview import (
    FilePreview,
    QualityView,
    histogram,
    histogram_caption,
)
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.words import prose


def show_preview(
    found: FilePreview, quality: QualityView | None, frame: BareFrame, *, modality: str
) -> None:
    """Show numbers, histograms, first counts and what quality control would remove."""
    st.subheader("Checks and preview", anchor=False)
    left, right = st.columns([5, 7])
    with left:
        st.table(found.numbers.set_index("measure"))
        for note in found.expression.notes:
            st.caption(prose(note))
        if quality is not None:
            st.markdown(prose(f"**Quality control would remove** ({MODALITIES[modality].title})"))
            st.table(quality.steps[["step", "removed", "left"]].set_index("step"))
    with right:
        _show_histograms(found, quality, frame)
    n_cells, n_columns = found.head.shape
    st.markdown(prose(f"**Counts of the first {n_cells} cells and {n_columns} columns**"))
    st.table(found.head)


def _show_histograms(found: FilePreview, quality: QualityView | None, frame: BareFrame) -> None:
    """Show counts and detected genes of the cells, the limits where they are known."""
    outlook = quality.outlook if quality is not None else None
    unit = "peaks" if found.has_peaks and outlook is None else "genes"
    counts = found.counts if outlook is None else outlook.counts
    detected = found.detected if outlook is None else outlook.detected
    stem = found.name.partition(".")[0]
    caption = histogram_caption(counts, "counts")
    show_figure(
        cell_histogram(histogram(counts), title="counts of a cell (log)", on=frame.on),
        key="data_counts_histogram",
        description=caption,
        caption=caption,
        name=f"{stem}_counts",
    )
    limits = []
    caption = histogram_caption(detected, f"detected {unit}")
    bins = histogram(detected)
    if outlook is not None:
        bins = histogram(detected, (outlook.low, outlook.high))
        limits = [(outlook.low, f"at least {outlook.low:,.0f}")] if outlook.low > 0 else []
        if np.isfinite(outlook.high):
            limits.append((outlook.high, f"below {outlook.high:,.0f}"))
        caption += " Dashed: limits of quality control; grey: removed by them."
    show_figure(
        cell_histogram(bins, title=f"detected {unit} of a cell (log)", limits=limits, on=frame.on),
        key="data_detected_histogram",
        description=caption,
        caption=caption,
        name=f"{stem}_{unit}",
    )
