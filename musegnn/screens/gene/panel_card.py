"""The card on top of the Gene page, and the page of a gene that no context has."""

from __future__ import annotations

import html

import streamlit as st

from musegnn import keys
from musegnn.embeddings.gene_search import GeneMatch
from musegnn.knowledge.gene_words import GeneWords, words_of_gene
from musegnn.screens.gene import cache as gene_cache
from musegnn.screens.gene.columns import EXPRESSION, RELATIVES
from musegnn.screens.gene.figure_expression import MOST_DOTS, plot_expression
from musegnn.screens.gene.view_card import (
    AbsentView,
    CardView,
    build_absent,
    build_card,
    names_of_absent,
)
from musegnn.screens.gene.view_links import Link
from musegnn.screens.parts.cache import open_knowledge
from musegnn.screens.parts.gene_search_panel import offer_genes
from musegnn.screens.parts.map_basics_panel import tissue_colours
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import escaped, joined_facts, prose


def show_card(frame: Frame, row: int) -> None:
    """Say what a gene is, where other resources tell of it, and where it is expressed."""
    own = frame.atlas.embedding.genes.iloc[row]
    card = build_card(
        row,
        atlas=frame.atlas,
        words=_words(str(own[keys.GENE]), str(own[keys.SPECIES_COLUMN]), str(own[keys.ORTHOLOG])),
        shares=gene_cache.open_shares(frame.atlas),
    )
    with st.container(border=True, key="gene_card"):
        left, right = st.columns([5, 6], gap="medium")
        with left:
            _show_names(card)
            for told in card.relatives:
                st.markdown(prose(told))
            show_words(card)
            show_links(card.links, key="card")
        with right:
            _show_expression(frame, card)


def show_absent(frame: Frame, match: GeneMatch) -> None:
    """Say why a known gene is not here, where else it is told of, and who is here in its place."""
    query = match.also[0] if len(match.also) == 1 else match.query
    species = frame.atlas.names["species"]
    names = names_of_absent(query, species)
    # a human symbol in the letters of the species, where no table of orthologs was asked
    human = names.symbol if names.species == "human" else names.symbol.upper()
    view = build_absent(
        match.query,
        atlas=frame.atlas,
        words=words_of_gene(open_knowledge(), human),
        names=names,
        space=gene_cache.open_space(),
    )
    st.warning(prose(view.why))
    with st.container(border=True, key="gene_card"):
        _show_names(view)
        show_words(view)
        show_links(view.links, key="card")
    st.subheader("Its closest relatives that are here", anchor=False)
    if len(view.nearest):
        offer_genes(frame.state, [str(gene) for gene in view.nearest["gene"]], "relative")
        show_table(
            view.nearest,
            key="relatives",
            description=f"Genes of this atlas that are most like {names.symbol} by knowledge",
            columns=RELATIVES,
        )
    st.caption(prose(view.caption))


def _words(symbol: str, species: str, ortholog: str) -> GeneWords:
    """What annotation says of a gene, by its human ortholog."""
    human = symbol if species == "human" else ortholog
    return words_of_gene(open_knowledge(), human)


def _show_names(view: CardView | AbsentView) -> None:
    """Say what the gene is called."""
    is_own = view.names.species == "human"  # names in full are those of human genes
    name = f" {escaped(view.words.full_name)}" if view.words.full_name and is_own else ""
    st.markdown(f"**{escaped(view.names.symbol)}**{name} \u00b7 {escaped(view.names.species)}")
    if view.facts:
        st.caption(joined_facts(view.facts))


def show_words(view: CardView | AbsentView) -> None:
    """Say what the gene does, aspect by aspect."""
    for own in view.words.terms:
        if not own.terms:
            continue
        rest = own.n_terms - len(own.terms)
        more = f" and {rest:,} more" if rest > 0 else ""
        st.markdown(prose(f"**{own.aspect}** {'; '.join(own.terms)}{more}."))
    st.caption(prose(view.note), help=prose(view.words.source) or None)


def show_links(links: tuple[Link, ...], *, key: str) -> None:
    """Show where else the gene is told of; nothing is loaded from there."""
    if not links:
        return
    listed = " \u00b7 ".join(
        f'<a href="{html.escape(link.address)}" target="_blank" '
        f'rel="noopener noreferrer" style="color:inherit">'
        f"{html.escape(link.name)}</a>"
        for link in links
    )
    with st.container(key=f"links_{key}"):
        st.html(f"<p>Read on: {listed}</p>")


def _show_expression(frame: Frame, card: CardView) -> None:
    """Show the dot plot with its file."""
    table = card.expression
    if table.empty:
        st.caption("This set was made of tables of knowledge: it holds no expression.")
        return
    shown = min(len(table), MOST_DOTS)
    more = f" Drawn are the {shown} highest of {len(table)}." if shown < len(table) else ""
    with_gene = len(set(table["gene"])) > 1
    what = f"{card.names.symbol}-expression"
    show_figure(
        plot_expression(
            table,
            colours=tissue_colours(frame.atlas.embedding, on=frame.on),
            with_gene=with_gene,
            on=frame.on,
        ),
        key="expression",
        description=f"Mean expression of {card.names.symbol} in each context, and the share of "
        "cells; the download lists the same numbers",
        caption=f"{card.caption}{more}",
        name=file_name(frame.origin, what, "svg"),
    )
    folded = st.expander(
        "As a table, and where it is not", key="expression_panel", on_change="rerun"
    )
    if not folded.open:
        return
    with folded:
        if card.absent:
            st.markdown(prose(card.absent))
        show_table(
            table,
            key="expression_table",
            description=f"Expression of {card.names.symbol} in each context",
            columns=EXPRESSION,
        )
        download_csv(
            "Expression as CSV",
            table.drop(columns=["row", "is_here", "label"]),
            origin=frame.origin,
            what=what,
            key="download_expression",
        )
