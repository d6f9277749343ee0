"""Panels of the Data page: what a chosen file was taken for, with pictures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from musegnn.graphs.modalities import MODALITIES
from musegnn.screens.data import view_pictures as pictures
from musegnn.screens.data.figure_barcodes import barcode_rank_curve
from musegnn.screens.data.figure_cells import cell_histogram
from musegnn.screens.data.figure_share import share_figure
from musegnn.screens.data.figure_spots import spots_figure
from musegnn.screens.data.view_preview import FilePreview, QualityView, facts_table
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.words import escaped, prose


def show_facts(found: FilePreview, quality: QualityView | None) -> None:
    """Show in words what was recognised as what."""
    more = quality.outlook.facts if quality is not None else ()
    table = facts_table((*found.look.facts, *more))
    st.table(table.map(escaped).set_index("what"))
    for note in found.look.notes:
        st.caption(prose(note))


def show_preview(
    found: FilePreview, quality: QualityView | None, frame: BareFrame, *, modality: str
) -> None:
    """Show pictures, numbers, first counts and what quality control would remove."""
    left, right = st.columns(2)
    with left:
        _show_ranks(found, frame)
        _show_counts(found, quality, frame)
    with right:
        _show_spots(found, frame)
        _show_share(found, quality, frame)
        _show_detected(found, quality, frame)
    left, right = st.columns(2)
    with left:
        st.table(found.numbers.set_index("measure"))
    with right:
        if quality is not None:
            st.markdown(prose(f"**Quality control would remove** ({MODALITIES[modality].title})"))
            st.table(quality.steps[["step", "removed", "left"]].set_index("step"))
    n_cells, n_columns = found.head.shape
    with st.expander(escaped(f"Counts of the first {n_cells} cells and {n_columns} columns")):
        st.table(found.head)


def _stem(found: FilePreview) -> str:
    """Name of the file without its ends."""
    return found.look.name.partition(".")[0]


def _show_ranks(found: FilePreview, frame: BareFrame) -> None:
    """Show how cells stand out from droplets without one."""
    ranks = found.look.ranks
    caption = pictures.ranks_sentence(found.look)
    show_figure(
        barcode_rank_curve(
            ranks.counts,
            n_cells=ranks.n_cells if ranks.is_unfiltered else None,
            threshold=ranks.threshold,
            on=frame.on,
        ),
        key="data_barcodes",
        description=caption,
        caption=caption,
        name=f"{_stem(found)}_barcodes",
    )


def _show_spots(found: FilePreview, frame: BareFrame) -> None:
    """Show counts by place where there are places."""
    spots = pictures.spot_map(found.look)
    if spots is None:
        return
    show_figure(
        spots_figure(spots.x, spots.y, spots.counts, spots.spots, on=frame.on),
        key="data_spots",
        description=spots.caption,
        caption=spots.caption,
        name=f"{_stem(found)}_spots",
    )


def _show_share(found: FilePreview, quality: QualityView | None, frame: BareFrame) -> None:
    """Show the share of mitochondrial counts, or say that it cannot be known."""
    if quality is None:
        return
    outlook = quality.outlook
    caption = pictures.share_sentence(outlook)
    if not outlook.judgement.mitochondrial:
        st.markdown(prose(f"**Mitochondrial counts.** {caption}"))
        return
    bins = pictures.share_histogram(outlook.judgement.share, outlook.maximum_share)
    show_figure(
        share_figure(bins, limit=100 * outlook.maximum_share, on=frame.on),
        key="data_share_histogram",
        description=caption,
        caption=caption,
        name=f"{_stem(found)}_mitochondrial",
    )


def _show_counts(found: FilePreview, quality: QualityView | None, frame: BareFrame) -> None:
    """Show the counts of the cells."""
    expression = found.look.expression
    counts = expression.depth if quality is None else quality.outlook.judgement.depth
    caption = pictures.histogram_caption(counts, "counts")
    show_figure(
        cell_histogram(pictures.histogram(counts), title="counts of a cell (log)", on=frame.on),
        key="data_counts_histogram",
        description=caption,
        caption=caption,
        name=f"{_stem(found)}_counts",
    )


def _show_detected(found: FilePreview, quality: QualityView | None, frame: BareFrame) -> None:
    """Show detected genes of the cells, with the limits where they are known."""
    judged = quality.outlook.judgement if quality is not None else None
    unit = "peaks" if found.look.has_peaks and judged is None else "genes"
    detected = found.look.detected if judged is None else judged.detected
    caption = pictures.histogram_caption(detected, f"detected {unit}")
    bins: pd.DataFrame = pictures.histogram(detected)
    limits = []
    if quality is not None and judged is not None:
        bins = pictures.histogram(detected, (judged.low, judged.high))
        limits = [(judged.low, f"at least {judged.low:,.0f}")] if judged.low > 0 else []
        if np.isfinite(judged.high):
            limits.append((judged.high, f"below {judged.high:,.0f}"))
        caption += f" {pictures.detected_sentence(quality.outlook)}"
    show_figure(
        cell_histogram(bins, title=f"detected {unit} of a cell (log)", limits=limits, on=frame.on),
        key="data_detected_histogram",
        description=caption,
        caption=caption,
        name=f"{_stem(found)}_{unit}",
    )
