"""Parts of the Tissues page: two lists side by side, all tissues in one picture, the tables."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from musegnn.analysis.neighbours.pooled_company import (
    PooledCompany,
    pool_difference,
    pooled_company,
)
from musegnn.embeddings.atlas import Atlas
from musegnn.screens.parts.gene_search_panel import (
    gene_search_box,
    offer_choices,
    offer_examples,
)
from musegnn.screens.shell import navigation
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import errors_as_messages, show_notice
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.permalink import clean
from musegnn.screens.shell.state import linked_panel
from musegnn.screens.shell.tables import context_name, context_namer, show_table
from musegnn.screens.shell.words import prose
from musegnn.screens.tissues import ANY, COMMON, POOLED_BY
from musegnn.screens.tissues import view as tissues
from musegnn.screens.tissues.anatomy import OTHER, place_pools
from musegnn.screens.tissues.columns import PARTNERS, POOLS
from musegnn.screens.tissues.figure_anatomy import plot_anatomy
from musegnn.screens.tissues.figure_company import plot_company
from musegnn.screens.tissues.figure_lists import plot_lists
from musegnn.screens.tissues.methods import company_methods
from musegnn.screens.tissues.view import TissuesView

_LISTS: Final = "tissues_lists"
_BODIES: Final = "tissues_bodies"
_PICTURE: Final = "tissues_picture"
_MOST_NEIGHBOURS = 100


def draw(frame: Frame) -> None:
    """Let the user choose a gene, and show whose company it keeps in each tissue."""
    gene, k, by = _choose(frame)
    if not gene:
        return
    with errors_as_messages():
        company = _open(frame.atlas, gene, by, k, "")
        first, second = st.columns(2)
        with first:
            left = _choose_pool(frame, company, "pool", "Company in", list(company.pools["pool"]))
        company = _open(frame.atlas, gene, by, k, left)
        others = [pool for pool in company.pools["pool"] if pool != left]
        with second:
            right = _choose_pool(frame, company, "other_pool", "beside", others) if others else ""
        view = tissues.build(
            company,
            left=left,
            right=right,
            embedding=frame.atlas.embedding,
            common_only=bool(right) and _choose_genes(frame),
            named=context_name,
        )
        _show_lists(frame, view)
        if right:
            _show_test(frame, view, company)
        _show_all(frame, view, company)
        show_methods(frame, company_methods(view, company, frame.origin))


@cached_build(max_entries=60, spinner="Asking every context")
def _open(atlas: Atlas, gene: str, by: str, k: int, asked: str) -> PooledCompany:
    """Find the company of a gene, or return what was found before."""
    return pooled_company(gene, atlas=atlas, by=by, k=k, asked=asked)


def _choose(frame: Frame) -> tuple[str, int, str]:
    """Show the controls; the gene is "" while none is chosen."""
    state = frame.state
    with st.sidebar:
        gene_search_box(frame)
        by = st.selectbox(
            "Take contexts together by",
            POOLED_BY,
            help="A context is one dataset; those of a tissue together say what holds for it",
            **state.bound("pooled_by"),
        )
        k = st.slider(
            "Number of nearest genes",
            5,
            _MOST_NEIGHBOURS,
            help="How many genes count as its company",
            **state.bound("k", int(state.get("k"))),
        )
    if not state.gene:
        st.markdown(
            "Type a gene on the left to see whose company it keeps in each tissue, all datasets of "
            "a tissue together. For example one of these:"
        )
        offer_examples(frame, key="tissues_example")
        return "", k, by
    match = frame.atlas.search.find(state.gene)
    show_notice((match.message,) if match.message else ())
    offer_choices(state, match)
    return match.gene if match.status == "found" else "", k, by


def _choose_pool(
    frame: Frame, company: PooledCompany, field: str, label: str, options: list[str]
) -> str:
    """Let the user choose a pool that has the gene; the first one stands for what is not there."""
    wished = frame.state.get(field)
    by_link = {clean(field, name): name for name in reversed(options)}
    if wished and wished not in by_link and wished in {clean(field, n) for n in company.absent}:
        st.info(prose(f"{wished} has not measured {company.gene}; another one is shown."))
    return st.selectbox(
        prose(label),
        options,
        format_func=context_namer(),
        **frame.state.bound(
            field,
            by_link.get(wished, options[0]),
            write=lambda name: clean(field, name),
            widget=f"tissues_{field}",
        ),
    )


def _choose_genes(frame: Frame) -> bool:
    """Let the user list only genes that both sides have measured."""
    return st.toggle(
        "Only genes that both have measured",
        help="A context keeps the genes that vary most in it: what is not measured on the other "
        "side cannot be near there",
        **frame.state.bound(
            "pool_genes",
            frame.state.get("pool_genes") == COMMON,
            write=lambda is_on: COMMON if is_on else ANY,
        ),
    )


def _show_anatomy(frame: Frame, company: PooledCompany) -> None:
    """Show where the tissues lie; a click on one puts its list on the right."""
    marks = place_pools(company, frame.atlas.embedding)
    if marks.empty:
        return

    def take() -> None:
        selection: Any = st.session_state[_BODIES]["selection"]
        for point in selection["points"]:
            pool, role, *_ = point.get("customdata") or ("", "")
            if role == OTHER:
                frame.state.put("other_pool", clean("other_pool", str(pool)))

    show_figure(
        plot_anatomy(marks, on=frame.on),
        key=_BODIES,
        on_select=take,
        description=f"Where {company.gene} was measured, in a person and a mouse; the table of "
        "places lists the same numbers",
        caption="Filled: how alike its company is to that of the tissue on the left (dark: "
        "unlike, bright: alike; the left one in the colour of selection). Hollow: not measured, or "
        "too few genes in common. A click puts a tissue on the right.",
        name=file_name(frame.origin, f"{company.gene}-anatomy", "svg"),
    )


def _show_lists(frame: Frame, view: TissuesView) -> None:
    """Show the answer in words and the lists side by side."""
    for sentence in view.sentences:
        st.markdown(prose(sentence))
    for warning in view.warnings:
        st.caption(prose(warning))
    show_figure(
        plot_lists(view.lists, on=frame.on),
        key=_LISTS,
        description=f"Nearest genes of {view.gene}, side by side; the table of genes lists them",
        caption="Nearest on top; lines join genes that both lists have, the others say where they "
        "stand on the other side.",
        name=file_name(frame.origin, f"{view.gene}-tissues", "svg"),
    )
    with st.container(horizontal=True):
        navigation.next_page("Gene", f"Open {view.gene}", key="tissues_gene")
        navigation.next_page("Compare", "Compare two contexts gene by gene", key="tissues_compare")


def _show_test(frame: Frame, view: TissuesView, company: PooledCompany) -> None:
    """Show whether the two differ beyond what contexts differ by, folded."""
    panel = linked_panel(
        frame.state, "pool_test", "Is that more than datasets differ by?", key="tissues_test"
    )
    if panel is None:
        return
    with panel:
        contexts = tissues.contexts_of(company, frame.atlas.embedding)
        found = pool_difference(company, contexts[view.left], contexts[view.right])
        st.markdown(
            prose(tissues.difference_in_words(found.effect, found.p, found.n_ways, found.note))
        )
        st.caption(
            "Agreement: where the nearest genes of one context stand in the order of the other, "
            "both ways, among the genes that both have (1: the same, about 0: anywhere)."
        )


def _show_all(frame: Frame, view: TissuesView, company: PooledCompany) -> None:
    """Show all pools in one picture and in tables."""

    def take() -> None:
        selection: Any = st.session_state[_PICTURE]["selection"]
        for point in selection["points"]:
            told = point.get("customdata") or [""]
            frame.state.gene = str(told[0])

    st.subheader("Everywhere", anchor=False)
    if view.absent:
        st.caption(prose(view.absent))
    _show_anatomy(frame, company)
    show_figure(
        plot_company(view.genes, view.columns, view.closeness, view.hover, on=frame.on),
        key=_PICTURE,
        on_select=take,
        description=f"Genes near {view.gene} by where; the table of genes lists the numbers",
        caption="The nearest genes of each column, and how close they stand to "
        f"{view.gene} in the others. A click asks for the gene itself.",
        name=file_name(frame.origin, f"{view.gene}-everywhere", "svg"),
    )
    show_table(
        view.pools,
        key="tissues_pools",
        description=f"Where {view.gene} was measured, most like the first row on top",
        columns=POOLS,
        most_rows=12,
    )
    with st.expander("All genes, with numbers"):
        show_table(
            view.partners,
            key="tissues_partners",
            description=f"Genes measured with {view.gene}, nearest first in each place",
            columns=PARTNERS,
            most_rows=12,
        )
        download_csv(
            "Genes as CSV",
            company.partners.assign(asked=view.gene, pooled_by=company.by, k=company.k),
            origin=frame.origin,
            what=f"{view.gene}-by-{company.by}",
            key="download_tissues_partners",
        )
