"""A drug on every tissue's map: the picture, its tables, and the ways on to gene and atlas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from musegnn.analysis.labels.set_on_maps import OneMap, maps_of
from musegnn.embeddings.atlas import Atlas
from musegnn.errors import InputError
from musegnn.screens.drugs import FROM, ON_MAPS
from musegnn.screens.drugs import view_maps as maps
from musegnn.screens.drugs.columns import COMPANY, LIT
from musegnn.screens.drugs.columns import ON_MAPS as CONTEXTS
from musegnn.screens.drugs.figure_maps import plot_lit_maps
from musegnn.screens.drugs.methods import maps_methods
from musegnn.screens.drugs.panel_ways_on import ask_network
from musegnn.screens.drugs.view_maps import MapsView
from musegnn.screens.shell import navigation
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import BareFrame, Frame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.tables import (
    context_name,
    context_namer,
    say_contexts,
    show_table,
)
from musegnn.screens.shell.words import escaped, prose
from musegnn.targets.lit import LIKELY, OF_SIGNATURE, WHICH, LitGenes, lit_signature, lit_targets
from musegnn.targets.own_signature import OwnSignature
from musegnn.targets.predictor import Prediction
from musegnn.targets.tables import Pharmacology

_PLOT: Final = "drug_maps_plot"
_TITLE: Final = "On every tissue's map"


def show_targets_on_maps(
    frame: BareFrame, answer: Prediction, data: Pharmacology, *, has_network: bool = True
) -> None:
    """Show the targets of a compound, or of what left a signature, on all maps."""
    _show(
        frame,
        WHICH,
        lambda which, above: lit_targets(answer, data, which=which, above=above),
        has_probability=True,
        has_network=has_network,
    )


def show_signature_on_maps(frame: BareFrame, own: OwnSignature, data: Pharmacology) -> None:
    """Show the genes of a signature on all maps."""
    _show(frame, OF_SIGNATURE, lambda which, _: lit_signature(own, data.genes, which=which))


def _show(
    frame: BareFrame,
    options: tuple[str, ...],
    choose: Callable[[str, float], LitGenes],
    *,
    has_probability: bool = False,
    has_network: bool = False,
) -> None:
    """Let the user say which genes, and show them on all maps."""
    st.subheader(_TITLE, anchor=False)
    if not isinstance(frame, Frame):
        st.caption("Open a map in the sidebar to see where these genes sit in each tissue.")
        return
    which, above = _choose(frame, options, has_probability=has_probability)
    try:
        lit = choose(which, above)
        view = _build(frame.atlas, lit)
    except InputError as error:  # what stands around it has an answer all the same
        st.info(prose(str(error)))
        return
    st.markdown(prose(view.sentence))
    for remark in view.remarks:
        st.caption(prose(remark))
    gene, context = _chosen(frame, view)
    _show_picture(frame, view, (gene, context))
    _show_ways_on(frame, view, lit, (gene, context), has_network=has_network)
    _show_tables(frame, view)
    show_methods(frame, maps_methods(frame.origin, lit), key="drug_maps_methods")


@cached_build(max_entries=3)
def _maps(atlas: Atlas) -> tuple[OneMap, ...]:
    """Lay out all contexts."""
    return maps_of(atlas)


@cached_build(max_entries=60, spinner="Looking at every map")
def _build(atlas: Atlas, lit: LitGenes) -> MapsView:
    """Find the genes on all maps."""
    found = maps.find_on_maps(lit, atlas=atlas, maps=_maps(atlas))
    return maps.build_maps(lit, found, embedding=atlas.embedding)


def _choose(frame: Frame, options: tuple[str, ...], *, has_probability: bool) -> tuple[str, float]:
    """Let the user say which genes light up, and from which probability."""
    above = LIKELY
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = st.segmented_control(
            "Light",
            ON_MAPS,
            format_func=lambda name: escaped(options[ON_MAPS.index(name)]),
            **frame.state.bound("drug_which"),
        )
        if has_probability:
            said = st.selectbox(
                "Predicted ones from a probability of",
                ("0.02", "0.05", FROM, "0.2", "0.5"),
                width=260,
                help="Known targets light up whatever their probability",
                **frame.state.bound("drug_from"),
            )
            above = float(said)
    return options[ON_MAPS.index(which or frame.state.get("drug_which"))], above


def _chosen(frame: Frame, view: MapsView) -> tuple[str, str]:
    """Return gene and context of the link where they are on a map, else the first ones."""
    genes = [str(gene) for gene in view.genes["gene"]]
    measured = [gene for gene in genes if maps.contexts_of(view, gene)]
    gene = frame.state.get("drug_gene")
    if gene not in genes:
        gene = measured[0]
    contexts = maps.contexts_of(view, gene)
    context = frame.state.get("drug_context")
    return gene, context if context in contexts else (contexts or [""])[0]


def _show_picture(frame: Frame, view: MapsView, chosen: tuple[str, str]) -> None:
    """Show the maps; a click on a gene chooses it."""

    def take() -> None:
        selection: Any = st.session_state[_PLOT]["selection"]
        for point in selection["points"][:1]:
            gene, context = point["customdata"][:2]
            frame.state.put("drug_gene", str(gene))
            frame.state.put("drug_context", str(context))

    behind = maps.background_of(view, _maps(frame.atlas), atlas=frame.atlas)
    show_figure(
        plot_lit_maps(
            view.maps,
            view.places,
            behind.points,
            span=(behind.low, behind.high),
            chosen=chosen,
            on=frame.on,
        ),
        key=_PLOT,
        on_select=take,
        description="A small map of each context with these genes over all others; the tables "
        "below list the same genes and contexts",
        caption=f"{view.caption}{behind.remark}",
        name=file_name(frame.origin, "genes-on-every-map", "svg"),
    )


def _show_ways_on(
    frame: Frame, view: MapsView, lit: LitGenes, chosen: tuple[str, str], *, has_network: bool
) -> None:
    """Offer one gene in one context, and all genes on the Atlas."""
    gene, context = chosen
    left, right, rest = st.columns([1, 2, 3], vertical_alignment="bottom")
    with left:
        gene = st.selectbox(
            "Gene",
            [str(name) for name in view.genes["gene"]],
            **frame.state.bound("drug_gene", gene, widget="drug_gene_chosen"),
        )
    contexts = maps.contexts_of(view, gene)
    place = context if context in contexts else ""
    with right:
        if contexts:
            place = st.selectbox(
                "in",
                contexts,
                format_func=context_namer(),
                **frame.state.bound(
                    "drug_context", place or contexts[0], widget="drug_context_chosen"
                ),
            )
    with rest, st.container(horizontal=True):
        symbol = maps.symbol_in(view, gene, place)
        if st.button(
            escaped(f"Open {symbol} in {context_name(place)}" if place else f"Open {symbol}"),
            key="drug_maps_gene",
            disabled=not place,
            help="Its neighbours there, and what speaks for them",
        ):
            frame.state.gene, frame.state.dataset = symbol, place
            navigation.go_to("Gene")
        if st.button(
            escaped(f"Light {len(lit.genes)} gene{'s' * (len(lit.genes) > 1)} on the Atlas"),
            key="drug_maps_atlas",
            help="The large map of all contexts, with these genes in its list",
        ):
            frame.state.list_text = ",".join(lit.genes)
            navigation.go_to("Atlas")
        if has_network:
            st.button(
                escaped(f"{gene} in the network"),
                key="drug_maps_network",
                help="Compounds that hit it, and what they hit too",
                on_click=lambda: ask_network(frame, gene),
            )
    st.caption(prose(maps.where_is(view, gene)))


def _show_tables(frame: Frame, view: MapsView) -> None:
    """Show the same as tables."""
    show_table(
        view.contexts,
        key="drug_maps_contexts",
        description="Contexts with these genes: how close they lie, and whose company they keep",
        columns=CONTEXTS,
    )
    st.caption(prose(maps.STATEMENT))
    left, right = st.columns(2)
    with left:
        st.markdown("**Gene by gene**")
        show_table(view.genes, key="drug_maps_genes", description="These genes", columns=LIT)
    with right:
        st.markdown("**Company in several contexts**")
        show_table(
            view.company.assign(where=say_contexts(view.company["where"])),
            key="drug_maps_company",
            description="Genes that are near these in several contexts",
            columns=COMPANY,
        )
    with st.container(horizontal=True):
        for label, table, what in (
            ("Contexts as CSV", view.contexts, "genes-by-context"),
            ("Places as CSV", view.places.drop(columns=["hover"]), "genes-on-maps"),
            ("Company as CSV", view.company, "company-of-genes"),
        ):
            download_csv(label, table, origin=frame.origin, what=what, key=f"drug_csv_{what}")
