"""Gene search: the same box on every page, with choices when a name is not clear, and contexts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final

import pandas as pd
import streamlit as st

from musegnn import keys
from musegnn.embeddings.gene_search import GeneMatch
from musegnn.screens.parts.gene_contexts import choose_row, context_options
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.permalink import clean
from musegnn.screens.shell.state import PageState, tied
from musegnn.screens.shell.words import prose

# genes of one kind of cell, in place of those that every cell needs
WELL_KNOWN: Final = ("CD3E", "INS", "ALB", "CD79A", "COL1A1", "KRT8", "LYZ", "EPCAM", "PECAM1")
_EXAMPLES: Final = 6
_RECENT: Final = "recent_genes"  # of the session, the last one first
_RECENT_KEPT, _RECENT_SHOWN = 8, 4


def gene_search_box(state: PageState) -> None:
    """Show the box a gene is typed into; the name goes to the state."""
    st.text_input(
        "Find a gene",
        placeholder="CD3E, Ins2, insulin",
        help="Symbol, previous symbol or alias in any species, full name, Ensembl id or number of "
        "Entrez Gene; the beginning of a symbol offers what begins so. The key / comes here",
        **state.bound("gene", write=lambda text: clean("gene", text)),
    )
    _offer_recent(state)


def _offer_recent(state: PageState) -> None:
    """Offer the genes that were looked at last, without the present one."""
    kept: tuple[str, ...] = st.session_state.get(_RECENT, ())
    others = [name for name in kept if name.casefold() != state.gene.casefold()][:_RECENT_SHOWN]
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
    kept: tuple[str, ...] = st.session_state.get(_RECENT, ())
    st.session_state[_RECENT] = tuple(dict.fromkeys((name, *kept)))[:_RECENT_KEPT]
    frame.state.gene = name
    frame.state.dataset = str(genes[keys.DATASET].iloc[row])
