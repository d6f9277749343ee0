"""Parts of the Labels page."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from musegnn.analysis.gene_set_choice import GeneSetChoice, choose_list
from musegnn.benchmarks.genes.dosage import DosageLabels, read_dosage_labels
from musegnn.embeddings.atlas import Atlas
from musegnn.errors import MuseGNNError
from musegnn.knowledge.phenotypes import NAME as PHENOTYPES
from musegnn.runs import runs_root
from musegnn.screens.labels import view as labels
from musegnn.screens.labels.columns import (
    AREAS,
    CANDIDATES,
    COHESION,
    CONDITIONS,
    PROBABILITIES,
)
from musegnn.screens.labels.figure_cohesion import plot_cohesion
from musegnn.screens.labels.figure_roc import plot_roc
from musegnn.screens.labels.methods import labels_methods
from musegnn.screens.labels.view import ClassifierView, ConditionView, LabelsView
from musegnn.screens.parts.annotation_box_panel import show_annotation_box
from musegnn.screens.parts.cache import open_knowledge
from musegnn.screens.parts.gene_set_panel import choose_gene_set
from musegnn.screens.parts.map_names_panel import show_map_speech, shown_names, take_gesture
from musegnn.screens.parts.map_paper_panel import drawn_colours, offer_map_for_paper
from musegnn.screens.parts.map_writing_figure import Writing
from musegnn.screens.parts.page_work import result_of
from musegnn.screens.parts.page_work_panel import begin, show_end, watch
from musegnn.screens.parts.point_map_panel import (
    map_of_set,
    show_point_map,
)
from musegnn.screens.parts.point_map_svg import MapLook, point_map_svg
from musegnn.screens.shell import linked_content, navigation
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.panel_plotly import load_map_library
from musegnn.screens.shell.panel_visitor import offers
from musegnn.screens.shell.selection import Selection
from musegnn.screens.shell.state import tied
from musegnn.screens.shell.stored_content import ContentStore
from musegnn.screens.shell.tables import context_namer, show_table
from musegnn.screens.shell.words import escaped, prose
from musegnn.settings import Settings

_CANCEL = "labels_cancel"
_EXAMPLE = "Dilated cardiomyopathy (HP:0001644)"


def draw(frame: Frame) -> None:
    """Let the user choose labelled genes, and show where they lie and whether they can be told."""
    load_map_library()
    choice = choose(frame)
    if choice is not None:
        view = show_map(frame, choice)
        show_contexts(frame, choice, view)
        show_classifier(frame, choice)
    show_annotation_box("labels")


def choose(frame: Frame) -> GeneSetChoice | None:
    """Let the user say which genes carry the label."""
    _offer_example(frame)
    choice = choose_gene_set(frame, key="labels")
    if choice is not None:
        called = choice.called(frame.atlas.short_context_names)
        st.subheader(escaped(f"{called}: {len(choice):,} genes"), anchor=False)
    return choice


def _offer_example(frame: Frame) -> None:
    """Offer dosage-sensitive transcription factors where the lists are at hand."""
    known = _dosage()
    if known is None:
        _offer_phenotype(frame)
        return

    def choose_example() -> None:
        frame.state.list_text = " ".join(sorted(known.sensitive))
        frame.state.put("labels_kind", "list")
        _keep_others(frame, " ".join(sorted(known.insensitive)))

    st.button(
        f"Example: {len(known.sensitive)} dosage-sensitive transcription factors",
        key="labels_example",
        on_click=choose_example,
        help="Curated haploinsufficiency (ClinGen level 3 and others, MacArthur gene lists) "
        f"against {len(known.insensitive)} transcription factors without such evidence",
    )


def _offer_phenotype(frame: Frame) -> None:
    """Offer the genes of a disease where phenotypes are at hand; they are read when asked for."""
    store = open_knowledge()
    if store is None or PHENOTYPES not in store.gene_set_libraries("human"):
        return

    def choose_example() -> None:
        genes = store.gene_sets(PHENOTYPES).terms.get(_EXAMPLE, frozenset())
        frame.state.list_text = " ".join(sorted(genes))
        frame.state.put("labels_kind", "list")

    st.button(
        "Example: genes of dilated cardiomyopathy",
        key="labels_example",
        on_click=choose_example,
        help=f"{_EXAMPLE}, Human Phenotype Ontology: genes in which variants are known to cause "
        "it. Who found them did not look at these vectors",
    )


def _dosage() -> DosageLabels | None:
    """Take the labels out of the annotation; a damaged one offers no example."""
    try:
        return read_dosage_labels(open_knowledge())
    except MuseGNNError:
        return None


def show_map(frame: Frame, choice: GeneSetChoice) -> LabelsView:
    """Show the map coloured by score, and the best scored genes outside the set."""
    view = _score(frame.atlas, choice)
    atlas = frame.atlas
    if view.warning:
        st.warning(prose(view.warning))
    n_points = len(atlas.embedding.genes)
    drawn = map_of_set(
        atlas.embedding,
        view.layer,
        on=frame.on,
        description=f"Map of {n_points:,} genes in context, coloured by closeness to {view.label}. "
        "The table below lists the closest.",
        selected=frame.state.selection.rows,
    ).speaking(frame.state.get("names"), atlas.embedding)

    def select_drawn(gesture: dict[str, Any]) -> None:
        take_gesture(frame, drawn, gesture, view.layer, mode="replace")

    show_point_map(
        drawn.points,
        drawn.view,
        on_gesture=select_drawn,
        on_names=lambda is_on: frame.state.put("names", "on" if is_on else "off"),
    )
    st.caption(prose(view.caption))
    show_map_speech(frame, drawn)

    def map_svg(look: MapLook, title: str) -> str:
        layout = atlas.embedding.layout
        layout = layout if drawn.rows is None else layout[drawn.rows]
        colours = drawn_colours(drawn, view.layer, on=look.on)
        names = tuple((name.x, name.y, name.text) for name in shown_names(frame))
        look = replace(look, writing=Writing(names=names))
        return point_map_svg(layout, colours, title=title, look=look)

    offer_map_for_paper(map_svg, key="gene_map", name=file_name(frame.origin, "labels-map", "svg"))
    st.markdown("**Closest genes that do not carry the label**")
    if view.candidates.empty:
        st.info("No context has enough of these genes to compare with. Choose more genes.")
        return view
    show_table(
        view.candidates.head(1000),
        key="labels_candidates",
        description="Genes outside the set, closest first",
        columns=CANDIDATES,
    )
    with st.container(horizontal=True):
        download_csv(
            f"All {len(view.candidates):,} scores as CSV",
            view.candidates,
            origin=atlas.embedding.origin,
            what="label-scores",
            key="download_label_scores",
        )
        if st.button("Select the 50 closest", key="select_candidates"):
            rows = np.sort(view.candidates["row"].to_numpy()[:50])
            selection = Selection(rows, f"closest to {view.label}"[:60])
            frame.state.select(selection)
            navigation.go_to("Atlas")
    return view


@cached_build(max_entries=20, spinner="Scoring all genes")
def _score(atlas: Atlas, choice: GeneSetChoice) -> LabelsView:
    """Score all genes by their closeness to the chosen ones."""
    return labels.build(choice, atlas=atlas)


def show_contexts(frame: Frame, choice: GeneSetChoice, view: LabelsView) -> None:
    """Show in which contexts the genes keep together, and compare two conditions."""
    st.subheader("Where do these genes keep together?", anchor=False)
    if view.notice:
        st.info(prose(view.notice))
        return
    st.markdown(prose(view.sentence))
    show_figure(
        plot_cohesion(view.contexts, names=frame.atlas.short_context_names, on=frame.on),
        key="cohesion",
        description="Cohesion of the genes in each context beside random sets; the table lists the "
        "numbers",
    )
    show_table(
        view.contexts,
        key="labels_contexts",
        description="Cohesion of the genes in each context, with what random sets reach",
        columns=COHESION,
    )
    st.caption(prose(view.contexts_caption))
    download_csv(
        "Contexts as CSV",
        view.contexts,
        origin=frame.origin,
        what="label-cohesion",
        key="download_cohesion",
    )
    if (~view.contexts["is_circular"]).sum() > 1:
        _show_conditions(frame, choice, view)
    show_methods(frame, labels_methods(choice, view, embedding=frame.atlas.embedding))


def _show_conditions(frame: Frame, choice: GeneSetChoice, view: LabelsView) -> None:
    """Let the user compare two conditions, such as a tissue and its tumour."""
    st.markdown("**Two conditions**")
    fair = view.contexts[~view.contexts["is_circular"]]
    most = fair.sort_values(["members", "context"], ascending=[False, True])["context"]
    usual, names = most.tolist()[:2], sorted(most)
    left, right = (
        column.selectbox(
            escaped(f"{label} context"),
            names,
            format_func=context_namer(),
            **frame.state.bound(field, frame.state.among(field, names, usual[place])),
        )
        for place, (column, label, field) in enumerate(
            zip(st.columns(2), ("First", "Second"), ("labels_left", "labels_right"), strict=True)
        )
    )
    try:
        found = _compare(frame.atlas, choice, view.rows_everywhere, left, right)
    except MuseGNNError as error:
        st.info(prose(str(error)))
        return
    st.markdown(prose(found.sentence))
    show_table(
        found.table,
        key="labels_conditions",
        description="Cohesion of the genes in both contexts, with what random sets reach",
        columns=CONDITIONS,
    )
    st.caption(prose(found.caption))
    if st.button("Compare these contexts gene by gene", key="labels_to_compare"):
        frame.state.put("left", left)
        frame.state.put("right", right)
        navigation.go_to("Compare")


@cached_build(max_entries=50)
def _compare(
    atlas: Atlas, choice: GeneSetChoice, rows: np.ndarray, left: str, right: str
) -> ConditionView:
    """Compare the cohesion of the chosen genes in two contexts."""
    return labels.build_condition(
        replace(choice, rows=rows), left, right, embedding=atlas.embedding
    )


def show_classifier(frame: Frame, choice: GeneSetChoice) -> None:
    """Let the user train a classifier on the labels, watch it and read what it found."""
    st.subheader("Can the vectors tell these genes from others?", anchor=False)
    others = _choose_others(frame, choice)
    work = labels.work_of(choice, others, embedding=frame.atlas.embedding, root=runs_root(None))
    record = work.find()
    if record is not None and record.is_active:
        watch(record, _CANCEL)
        return
    folder = result_of(record)
    if folder is not None:
        _show_classifier(frame, _read_classifier(folder, others is not None))
        return
    show_end(record, _CANCEL)
    if not offers("run", "Cross-validation"):
        return
    st.button(
        "Cross-validate", key="labels_start", type="primary", on_click=begin, args=(work, _CANCEL)
    )
    st.caption(
        "Takes a few seconds for a few hundred genes, half a minute for all of an atlas; it runs "
        "in the background and is found again when you come back."
    )


@cached_build(max_entries=20)
def _read_classifier(folder: Path, has_list: bool) -> ClassifierView:  # noqa: FBT001 - a key
    """Read what a run has found; its result never changes."""
    return labels.read_classifier(folder, has_list=has_list)


def _choose_others(frame: Frame, choice: GeneSetChoice) -> np.ndarray | None:
    """Let the user say what the labelled genes are held against."""
    text = _read_others(frame)
    with st.expander("Genes without the label", expanded=bool(text)):
        typed = st.text_area(
            "Paste gene names, or leave this empty for all other genes",
            help="Separated by blanks, commas or lines",
            **tied("labels_others_text", text, partial(_keep_others, frame)),
        )
        if not typed.strip():
            return None
        atlas = frame.atlas
        others = choose_list(typed, dataset=choice.dataset, atlas=atlas)
        if others.report is not None:
            st.caption(prose(others.report.told(atlas.short_context_names)))
    return others.rows


def _read_others(frame: Frame) -> str:
    """Return the list that the link means; a lost one counts as none, and is said."""
    value = frame.state.get("labels_others")
    try:
        return linked_content.read_list(value, store=_store()) if value else ""
    except MuseGNNError as error:
        st.warning(prose(f"The list of other genes was left out. {error}"))
        return ""


def _keep_others(frame: Frame, text: str) -> None:
    """Keep the list of other genes in the link."""
    try:
        frame.state.put("labels_others", linked_content.write_list(text, store=_store()))
    except MuseGNNError as error:
        frame.state.add_message(f"The list of other genes was not kept. {error}")


def _store() -> ContentStore:
    """Where long lists are kept."""
    return ContentStore(Settings.from_environment().links)


def _show_classifier(frame: Frame, view: ClassifierView) -> None:
    """Show areas, curves and genes."""
    result = view.result
    st.markdown(prose(view.sentence))
    left, right = st.columns([3, 2], gap="medium")
    areas = dict(zip(result.table["method"], result.table["auroc"], strict=True))
    with left:
        show_figure(
            plot_roc(result.curves, areas, on=frame.on),
            key="roc",
            description="ROC curves of the vectors and of degree and expression alone; the table "
            "lists the areas",
        )
    with right:
        show_table(
            result.table,
            key="labels_areas",
            description="Areas under the curves, with intervals",
            columns=AREAS,
        )
        show_table(
            result.genes.head(1000),
            key="labels_genes",
            description="Probability of each gene, largest first",
            columns=PROBABILITIES,
        )
    st.caption(prose(view.caption))
    with st.container(horizontal=True):
        for what, table in (
            ("areas", result.table),
            ("curves", result.curves),
            ("genes", result.genes),
        ):
            download_csv(
                f"{what.capitalize()} as CSV",
                table,
                origin=frame.origin,
                what=f"label-classifier-{what}",
                key=f"download_label_{what}",
            )
