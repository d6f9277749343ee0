"""Parts of the Modules page: the picture, the chosen cell, and the tables."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from musegnn.analysis.gene_set_choice import GeneSetChoice
from musegnn.analysis.modules.gene_modules import MODULES, GeneModule
from musegnn.embeddings.atlas import Atlas
from musegnn.screens.modules import NO, VALUES, YES
from musegnn.screens.modules import view as modules
from musegnn.screens.modules.columns import BY_MODULE, MEMBERS, PAIRS
from musegnn.screens.modules.figure_modules import plot_modules
from musegnn.screens.modules.methods import modules_methods
from musegnn.screens.modules.view import ModulesView
from musegnn.screens.parts.gene_set_panel import choose_gene_set
from musegnn.screens.shell import navigation
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.permalink import clean
from musegnn.screens.shell.selection import Selection
from musegnn.screens.shell.tables import context_name, context_namer, context_names, show_table
from musegnn.screens.shell.words import escaped, prose

_PLOT: Final = "modules_plot"
_DESCRIPTION: Final = "Modules by contexts; the table `All pairs` below lists the numbers"


def draw(frame: Frame) -> None:
    """Show all modules in all contexts, then the members of one cell."""
    value = _choose_value(frame)
    own = _choose_own(frame)
    scores = _score_textbook(frame.atlas)
    added = None if own is None else (own, _score_own(frame.atlas, own))
    view = modules.build(scores, value=value, own=added)
    st.markdown(prose(view.sentence))
    if view.table.empty:
        return
    listed = {module.name: module for module in (*(() if own is None else (own,)), *MODULES)}
    module, context = _chosen_cell(frame, view)
    _show_picture(frame, view, (module, context))
    _show_cell(frame, view, listed, module, context)
    _show_tables(frame, view)
    show_methods(frame, modules_methods(view, own, embedding=frame.atlas.embedding))


@cached_build(max_entries=4, spinner="Asking known modules in every context")
def _score_textbook(atlas: Atlas) -> pd.DataFrame:
    """Score the textbook modules."""
    return modules.score_textbook(atlas)


@cached_build(max_entries=20, spinner="Asking your genes in every context")
def _score_own(atlas: Atlas, module: GeneModule) -> pd.DataFrame:
    """Score one more module."""
    return modules.score_own(atlas, module)


@cached_build(max_entries=60)
def _members(atlas: Atlas, module: GeneModule, context: str) -> pd.DataFrame:
    """List the members of a cell."""
    return modules.members_of(atlas, module, context)


def _choose_value(frame: Frame) -> str:
    """Let the user say what the colour is."""
    with st.sidebar:
        return st.selectbox(
            "Colour",
            list(VALUES),
            help="AUROC of the members; share of members among the 20 nearest genes of a member; "
            "that share over the one of sets of like expression and degree",
            **frame.state.bound("module_value"),
        )


def _choose_own(frame: Frame) -> GeneModule | None:
    """Let the user ask genes of their own too; on from the start for who comes with a selection."""
    usual = YES if len(frame.state.selection) else NO
    wished = frame.state.get("modules_own") or usual
    with st.sidebar:
        is_on = st.toggle(
            "Genes of your own, too",
            help="A list, a selection, a cluster or the neighbours of a gene as one more module",
            **frame.state.bound(
                "modules_own", wished == YES, write=lambda is_on: YES if is_on else NO
            ),
        )
    choice: GeneSetChoice | None = choose_gene_set(frame, key="modules") if is_on else None
    if choice is None:
        return None
    if warning := modules.warning_of(choice):
        st.caption(prose(warning))
    return modules.own_module(choice)


def _chosen_cell(frame: Frame, view: ModulesView) -> tuple[str, str]:
    """Return module and context of the link, or the first ones to show."""
    usual = modules.first_cell(view) or (view.modules[0], view.contexts[0])
    wished = frame.state.get("module")
    module = next((name for name in view.modules if clean("module", name) == wished), "")
    if wished and not module:
        st.info(prose(f"There is no module `{wished}` here; another one is shown."))
    context = frame.state.get("module_context")
    if not module:
        return (usual[0], context) if context in view.contexts else usual
    own = view.table[view.table["module"] == module]
    best = str(own.loc[own["auroc"].idxmax(), "context"]) if len(own) else usual[1]
    return module, context if context in view.contexts else best


def _show_picture(frame: Frame, view: ModulesView, chosen: tuple[str, str]) -> None:
    """Show the heatmap; a click on a cell chooses it."""

    def take() -> None:
        selection: Any = st.session_state[_PLOT]["selection"]
        cell = modules.cell_of_points(selection["points"])
        if cell is not None:
            frame.state.put("module", clean("module", cell[0]))
            frame.state.put("module_context", cell[1])

    show_figure(
        plot_modules(
            view.cells,
            view.modules,
            view.contexts,
            called=context_names(),
            title=view.title,
            span=view.span,
            chosen=chosen,
            on=frame.on,
        ),
        key=_PLOT,
        on_select=take,
        description=_DESCRIPTION,
        caption=view.caption,
        name=file_name(frame.origin, "modules-by-contexts", "svg"),
    )


def _show_cell(
    frame: Frame, view: ModulesView, listed: dict[str, GeneModule], module: str, context: str
) -> None:
    """Show the members of one module in one context, with the ways on."""
    left, right = st.columns(2)
    with left:
        name = st.selectbox(
            "Module",
            view.modules,
            **frame.state.bound(
                "module", module, write=lambda name: clean("module", name), widget="module_chosen"
            ),
        )
    with right:
        place = st.selectbox(
            "Context",
            view.contexts,
            format_func=context_namer(),
            **frame.state.bound("module_context", context, widget="module_context_chosen"),
        )
    own = listed[name]
    members = _members(frame.atlas, own, place)
    st.markdown(prose(modules.cell_sentence(view, own, place, context_name(place))))
    if members.empty:
        return
    marked = show_table(
        members,
        key="module_members",
        description=f"Members of {name} in {context_name(place)}, best first",
        columns=MEMBERS,
        selectable=True,
    )
    st.caption(prose(f"Source of the members: {own.source}. Mark a row to open its gene."))
    selection = Selection(np.sort(members["row"].to_numpy()), f"{name}, {context_name(place)}"[:60])
    with st.container(horizontal=True):
        if st.button("Light on the Atlas", key="light_module", help="Selects the members there"):
            frame.state.select(selection)
            navigation.go_to("Atlas")
        gene = "" if marked is None else str(members["gene"].iloc[marked])
        if st.button(
            escaped(f"Open {gene}") if gene else "Open the gene",
            key="module_gene",
            disabled=not gene,
            help="Its neighbours on the Gene page; mark a row first",
        ):
            frame.state.gene, frame.state.dataset = gene, place
            navigation.go_to("Gene")
        other = modules.next_context(view, name, place)
        if other and st.button(
            escaped(f"Compare with {context_name(other)}"),
            key="module_compare",
            help="The two contexts side by side, members selected",
        ):
            frame.state.select(selection)
            frame.state.put("left", place)
            frame.state.put("right", other)
            navigation.go_to("Compare")
        download_csv(
            "Members as CSV",
            members.drop(columns="row"),
            origin=frame.origin,
            what="module-members",
            key="download_module_members",
        )


def _show_tables(frame: Frame, view: ModulesView) -> None:
    """Show the same numbers as tables."""
    st.subheader("Module by module", anchor=False)
    show_table(
        view.by_module,
        key="modules_table",
        description="Modules where they act and elsewhere",
        columns=BY_MODULE,
        most_rows=14,
    )
    with st.expander(escaped(f"All pairs: {len(view.table):,} of module and context")):
        show_table(
            view.table,
            key="module_pairs",
            description="Scores of each module in each context",
            columns=PAIRS,
            most_rows=14,
        )
        st.caption(prose(view.statement))
    download_csv(
        f"All {len(view.file):,} pairs as CSV",
        view.file,
        origin=frame.origin,
        what="modules",
        key="download_modules",
    )
