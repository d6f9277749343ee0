"""Gene search: the same box on every page, with choices when a name is not clear, and contexts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from functools import partial
from typing import Final

import pandas as pd
import streamlit as st

from musegnn import keys
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneMatch
from musegnn.embeddings.gene_suggestions import suggest_genes, warm
from musegnn.screens.parts.gene_contexts import choose_row, context_options
from musegnn.screens.shell.browser_code import read_browser_code
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.permalink import clean
from musegnn.screens.shell.state import PageState, tied
from musegnn.screens.shell.words import prose

# genes of one kind of cell, in place of those that every cell needs
WELL_KNOWN: Final = ("CD3E", "INS", "ALB", "CD79A", "COL1A1", "KRT8", "LYZ", "EPCAM", "PECAM1")
_EXAMPLES: Final = 6
_RECENT: Final = "recent_genes"  # of the session, the last one first
_RECENT_KEPT, _RECENT_SHOWN = 8, 4
_COMPONENT, _TYPED = "gene_suggest", "gene_typed"
_LONGEST: Final = 80  # letters that are looked up
_HERE: Final = "musegnn.screens.parts"
_SUGGEST: Final = st.components.v2.component(
    "gene_suggest",
    js=read_browser_code(_HERE, "gene_suggest.js"),
    css=read_browser_code(_HERE, "gene_suggest.css"),
    isolate_styles=False,
)


def gene_search_box(frame: Frame) -> None:
    """Show the box a gene is typed into; the name goes to the state.

    While somebody types, genes that may be meant are listed below the box.
    """
    state = frame.state
    st.text_input(
        "Find a gene",
        placeholder="CD3E, Ins2, insulin",
        help="Symbol, previous symbol or alias in any species, full name, Ensembl id or number of "
        "Entrez Gene; the beginning of a symbol offers what begins so. The key / comes here",
        **state.bound("gene", write=lambda text: clean("gene", text)),
    )
    _suggest(frame.atlas)
    _offer_recent(state)


@st.fragment
def _suggest(atlas: Atlas) -> None:
    """List genes that may be meant by what is typed; nothing else of the page runs for it."""
    typed = st.session_state.pop(_TYPED, "")
    data = {
        "text": typed,
        "options": [dataclasses.asdict(one) for one in suggest_genes(atlas.search, typed)]
        if typed
        else [],
        "recent": [{"name": name, "note": "looked at before"} for name in recent_genes()],
    }

    def take() -> None:
        said = st.session_state[_COMPONENT].get("typed")
        if said and said["text"]:
            st.session_state[_TYPED] = str(said["text"])[:_LONGEST]
        elif said:  # somebody is about to type
            warm(atlas.search)

    _SUGGEST(key=_COMPONENT, data=data, on_typed_change=take, height=1)


def recent_genes() -> tuple[str, ...]:
    """Genes that were looked at in this session, the last one first."""
    kept: tuple[str, ...] = st.session_state.get(_RECENT, ())
    return kept


def _offer_recent(state: PageState) -> None:
    """Offer the genes that were looked at last, without the present one."""
    others = [name for name in recent_genes() if name.casefold() != state.gene.casefold()][
        :_RECENT_SHOWN
    ]
    if not others:
        return
    with st.container(horizontal=True, gap="small", key="recent_genes"):
        for name in others:
            st.button(
                prose(name),
                key=f"recent_{name}",
                type="tertiary",
                help="Looked at before",
                on_click=partial(setattr, state, "gene", name),
            )


def offer_choices(state: PageState, match: GeneMatch | None) -> None:
    """Offer the genes that an unclear name can mean, or that begin with it, as buttons."""
    if match is not None and (match.status in {"ambiguous", "unknown"} or match.nearest):
        offer_genes(state, (match.choices or match.nearest)[:8], "choice")


def offer_examples(frame: Frame, *, key: str) -> None:
    """Offer six genes that people know, of those here, as buttons whose names begin with `key`.

    Where there are fewer, genes that most contexts have follow.
    """
    counts = pd.Series(frame.atlas.search.ortholog_groups).value_counts()
    usual = sorted(counts.index, key=lambda name: (-counts[name], name))[:_EXAMPLES]
    known = [name for name in WELL_KNOWN if name in counts.index]
    offer_genes(frame.state, list(dict.fromkeys((*known, *usual)))[:_EXAMPLES], key)


def offer_genes(state: PageState, names: Iterable[str], key: str) -> None:
    """Offer genes as buttons whose names begin with `key`."""

    def choose(name: str) -> None:
        state.gene = name

    with st.container(horizontal=True):
        for name in names:
            st.button(prose(name), key=f"{key}_{name}", on_click=choose, args=(name,))


def choose_gene_context(frame: Frame, ortholog_group: str, *, widget: str) -> int | None:
    """Let the user choose among the contexts that have the gene that was typed, in the sidebar.

    Parameters
    ----------
    frame
        The page.
    ortholog_group
        Ortholog group of the gene.
    widget
        Name of the list of contexts.

    Returns
    -------
    Row of the gene in context, or None when no context has it.
    """
    state, embedding = frame.state, frame.atlas.embedding
    rows = frame.atlas.search.rows(ortholog_group)
    row = choose_row(
        embedding, rows, symbol=state.gene, dataset=state.dataset, group=ortholog_group
    )
    if row is None:
        return None
    options = {label: row for row, label in context_options(embedding, rows).items()}
    shown = next(label for label, other in options.items() if other == row)
    with st.sidebar:
        st.selectbox(
            "Context",
            list(options),
            help=f"The {len(options)} contexts that have this gene, most edges first",
            **tied(widget, shown, lambda label: remember_gene(frame, options[label])),
        )
    remember_gene(frame, row)
    return row


def remember_gene(frame: Frame, row: int) -> None:
    """Keep a gene in context as the chosen one."""
    genes = frame.atlas.embedding.genes
    name = str(genes[keys.GENE].iloc[row])
    st.session_state[_RECENT] = tuple(dict.fromkeys((name, *recent_genes())))[:_RECENT_KEPT]
    frame.state.gene = name
    frame.state.dataset = str(genes[keys.DATASET].iloc[row])
