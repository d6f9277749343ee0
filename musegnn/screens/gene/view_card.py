"""Gene card: what a gene is called and does, who else tells of it, where it is expressed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.known.knowledge_space import KnowledgeSpace
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.io.gene_style import species_of_id
from musegnn.io.gene_tables import ALIAS, PREVIOUS, SHIPPED
from musegnn.knowledge.gene_words import FEWEST_GENES, GeneWords
from musegnn.screens.gene.view_links import Link, gene_links

MOST_NAMES: Final = 12  # other names of one kind that are listed
NEAREST: Final = 10  # genes that are offered in place of one that is in no context
FEWEST_SHARED: Final = 5  # kinds of knowledge that know both: of one alone, much is alike
NO_ANNOTATION: Final = (
    "What the gene does is told by annotation, of which none is at hand here. The links lead on."
)


@dataclass(frozen=True)
class GeneNames:
    """What a gene is called.

    Parameters
    ----------
    symbol, species
        The gene.
    identifier
        Ensembl gene id, "" where none is known.
    previous, aliases
        Other names, those that were official once and all others.
    """

    symbol: str
    species: str
    identifier: str = ""
    previous: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class CardView:
    """What stands on top of the Gene page.

    Parameters
    ----------
    names
        What the gene is called.
    words
        What annotation says of it.
    facts
        Label and value of what is known by name.
    note
        Whose annotation it is, or that there is none.
    links
        Where other resources tell of it.
    relatives
        Sentences on its orthologs here.
    expression
        A row a gene in context of the ortholog group, by falling mean: `row, gene, context, label,
        tissue, species, mean_expression, share` (of cells with at least one count, percent; NaN
        where it is not at hand), `is_here`. Empty for sets that were made of tables.
    absent
        In which other contexts it is not, or "".
    caption
        What the picture shows.
    """

    names: GeneNames
    words: GeneWords
    facts: tuple[tuple[str, str], ...]
    note: str
    links: tuple[Link, ...]
    relatives: tuple[str, ...]
    expression: pd.DataFrame
    absent: str
    caption: str


@dataclass(frozen=True)
class AbsentView:
    """What is said of a known gene that is in no context.

    Parameters
    ----------
    names, words, facts, note, links
        As in `CardView`.
    why
        Why it is not here.
    nearest
        Genes of the atlas that are most alike by knowledge, best first: `gene, knowledge` (mean
        cosine), `contexts` (number that have it).
    caption
        What the list is, or why there is none.
    """

    names: GeneNames
    words: GeneWords
    facts: tuple[tuple[str, str], ...]
    note: str
    links: tuple[Link, ...]
    why: str
    nearest: pd.DataFrame
    caption: str


def build_card(
    row: int,
    *,
    atlas: Atlas,
    words: GeneWords,
    shares: pd.DataFrame | None = None,
) -> CardView:
    """Collect what the card of a gene in context says.

    Parameters
    ----------
    row
        Row of the gene in context.
    atlas
        The atlas.
    words
        What annotation says of the gene, or of its human ortholog.
    shares
        `dataset, gene, share` of the graphs of the atlas; None where they are not at hand.
    """
    embedding = atlas.embedding
    own = embedding.genes.iloc[row]
    names = names_of(
        str(own[keys.GENE]), str(own[keys.SPECIES_COLUMN]), identifier=str(own[keys.GENE_ID])
    )
    rows = atlas.search.rows(str(atlas.search.ortholog_groups[row]))
    expression = _expression(embedding, rows, row, shares)
    return CardView(
        names=names,
        words=words,
        facts=_facts(names, words),
        note=_note(names, words),
        links=_links(names, words),
        relatives=_relatives(embedding, rows, names),
        expression=expression,
        absent=_absent(embedding, rows, names),
        caption=_caption(embedding, names, expression),
    )


def build_absent(
    query: str, *, atlas: Atlas, words: GeneWords, names: GeneNames, space: KnowledgeSpace | None
) -> AbsentView:
    """Collect what is said of a known gene that no context has.

    Parameters
    ----------
    query
        Name that was typed.
    atlas
        The atlas.
    words
        What annotation says of the gene.
    names
        What it is called, see `names_of_absent`.
    space
        What is known of human genes; None where it is not at hand.
    """
    nearest = _nearest_here(names.symbol, atlas, space)
    gene = f"**{names.symbol}**" + (f" (typed as {query})" if query != names.symbol else "")
    return AbsentView(
        names=names,
        words=words,
        facts=_facts(names, words),
        note=_note(names, words),
        links=_links(names, words),
        why=f"{gene} is a known gene, but it is in no context of this atlas, nor is an ortholog. "
        f"{_chosen(atlas.embedding)}",
        nearest=nearest,
        caption=(
            "Genes of this atlas that are most like it by what is known: mean cosine over the "
            "kinds of knowledge that know both (GO, pathways, interactions, regulons, markers, "
            f"expression over tissues, dependency; {FEWEST_SHARED} at least, or all that know "
            f"{names.symbol}), from the vectors that ship. These are relatives by knowledge, not "
            "neighbours in cells."
            if len(nearest)
            else "No table of knowledge that ships tells which genes here are its relatives."
        ),
    )


def names_of(symbol: str, species: str, *, identifier: str = "") -> GeneNames:
    """Return what a gene is called, by the tables that come with the program."""
    table = SHIPPED.get(species)
    if table is None:
        return GeneNames(symbol, species, identifier)
    genes = table.find_id(identifier.upper()) if identifier else []
    if not genes and species_of_id(symbol) == species:
        genes = table.find_id(symbol.upper())
    genes = genes or [meaning.gene for meaning in table.find(symbol)]
    if len(genes) != 1:  # several genes of one name: none of their other names is sure
        return GeneNames(symbol, species, identifier)
    found = list(table.names(genes[0]))
    previous, aliases = (
        tuple(name for name, own in found if own == kind and name.casefold() != symbol.casefold())
        for kind in (PREVIOUS, ALIAS)
    )
    current = table.symbol(genes[0])
    if current and current != symbol:  # the set holds an older symbol, or the id
        aliases = (current, *aliases)
        previous = tuple(name for name in previous if name != symbol)
    return GeneNames(symbol, species, identifier or table.identifier(genes[0]), previous, aliases)


def names_of_absent(query: str, species: Sequence[str]) -> GeneNames:
    """Return what a gene is called that a name stands for, as the species write it.

    Parameters
    ----------
    query
        The name: a symbol, a previous symbol, an alias or an id.
    species
        Species of the atlas; human is looked at first, unless another writes the name exactly so.
    """
    order = [name for name in dict.fromkeys(("human", *species)) if name in SHIPPED]
    for is_exact in (True, False):
        for name in order:
            table = SHIPPED[name]
            genes = table.find_id(query.upper()) or [found.gene for found in table.find(query)]
            symbols = list(dict.fromkeys(filter(None, map(table.symbol, genes))))
            if symbols and (not is_exact or query in symbols):
                return names_of(symbols[0], name)
    return GeneNames(query, order[0] if order else "human")


def _facts(names: GeneNames, words: GeneWords) -> tuple[tuple[str, str], ...]:
    """Label and value of what a gene is called and where it lies."""
    is_own = names.species == "human"
    human = ", ".join(filter(None, (words.symbol, words.full_name, words.location)))
    known = (
        ("also called", _listed(_aliases(names, words))),
        ("previous symbols", _listed(names.previous)),
        ("human ortholog", "" if is_own else human),
        ("location", words.location if is_own else ""),
        ("kind", words.kind if is_own else ""),
        ("protein", words.uniprot if is_own else ""),
        ("domains (Pfam)", _listed(words.domains) if is_own else ""),
        ("Ensembl id", names.identifier),
    )
    return tuple((label, value) for label, value in known if value)


def _aliases(names: GeneNames, words: GeneWords) -> tuple[str, ...]:
    """Other names of both sources, each once, whatever its case."""
    told = words.aliases if names.species == "human" else ()
    hidden = {name.casefold() for name in (names.symbol, *names.previous)}
    found: dict[str, str] = {}
    for name in (*names.aliases, *told):
        if name.casefold() not in hidden:
            found.setdefault(name.casefold(), name)
    return tuple(found.values())


def _listed(names: tuple[str, ...]) -> str:
    """Join names, of very many the first."""
    rest = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def _note(names: GeneNames, words: GeneWords) -> str:
    """Say whose annotation it is and where it comes from, or that there is none."""
    if not words.source:
        return NO_ANNOTATION
    whose = f" (of its human ortholog {words.symbol})" if names.species != "human" else ""
    if not words.terms:
        return f"The annotation at hand tells nothing of it{whose}."
    return (
        f"Gene Ontology{whose}: the most specific terms of {FEWEST_GENES} genes or more, what it "
        "regulates last."
    )


def _links(names: GeneNames, words: GeneWords) -> tuple[Link, ...]:
    """Where other resources tell of a gene; ids of the ortholog are those of another gene."""
    is_own = words.symbol == names.symbol and names.species == "human"
    return gene_links(
        names.symbol,
        names.species,
        identifier=names.identifier,
        uniprot=words.uniprot if is_own else "",
        entrez=words.entrez if is_own else "",
    )


def _relatives(embedding: EmbeddingSet, rows: np.ndarray, names: GeneNames) -> tuple[str, ...]:
    """Say by which symbols other species have the gene here."""
    genes = embedding.genes.iloc[rows]
    said = []
    for species in dict.fromkeys(genes[keys.SPECIES_COLUMN].astype(str)):
        own = genes[genes[keys.SPECIES_COLUMN].astype(str) == species]
        symbols = sorted(
            set(own[keys.GENE].astype(str))
            - ({names.symbol} if species == names.species else set())
        )
        if symbols:
            n = own.loc[own[keys.GENE].astype(str).isin(symbols), keys.DATASET].nunique()
            said.append(f"{species}: {', '.join(symbols)} ({n} context{'s' if n != 1 else ''})")
    human = str(embedding.genes[keys.ORTHOLOG].iloc[rows[0]]) if len(rows) else ""
    is_told = (genes[keys.SPECIES_COLUMN].astype(str) == "human").any()
    if names.species != "human" and human and not is_told:
        said.append(f"human: {human} (in no context here)")
    return tuple(said)


def _expression(
    embedding: EmbeddingSet, rows: np.ndarray, here: int, shares: pd.DataFrame | None
) -> pd.DataFrame:
    """Mean and share of cells of the gene in each context that has it."""
    genes = embedding.genes.iloc[rows]
    is_of_cells = (genes[keys.MODALITY].astype(str) != keys.KNOWLEDGE).to_numpy()
    genes, rows = genes[is_of_cells], np.asarray(rows)[is_of_cells]
    labels = embedding.context_names
    context = genes[keys.DATASET].astype(str)
    table = pd.DataFrame(
        {
            "row": rows,
            "gene": genes[keys.GENE].astype(str).to_numpy(),
            "context": context.to_numpy(),
            "label": [labels[name] for name in context],
            "tissue": genes[keys.TISSUE].astype(str).to_numpy(),
            "species": genes[keys.SPECIES_COLUMN].astype(str).to_numpy(),
            "mean_expression": genes[keys.MEAN].to_numpy(dtype=float),
            "share": _shares_of(shares, context, genes[keys.GENE].astype(str)),
            "is_here": rows == here,
        }
    )
    return table.sort_values(
        ["mean_expression", "context", "gene"], ascending=[False, True, True], ignore_index=True
    )


def _shares_of(shares: pd.DataFrame | None, context: pd.Series, gene: pd.Series) -> np.ndarray:
    """Share of cells of each gene in context in percent, NaN where no graph says it."""
    if shares is None or shares.empty or not len(gene):
        return np.full(len(gene), np.nan)
    own = shares[shares["gene"].isin(set(gene))]
    known: Mapping[tuple[str, str], float] = {
        (str(dataset), str(name)): 100 * float(share)
        for dataset, name, share in own[["dataset", "gene", "share"]].itertuples(index=False)
    }
    pairs = zip(context, gene, strict=True)
    return np.array([known.get(pair, np.nan) for pair in pairs], dtype=float)


def _absent(embedding: EmbeddingSet, rows: np.ndarray, names: GeneNames) -> str:
    """Say in which contexts of cells the gene is not, tissue by tissue, and what that means."""
    datasets = embedding.datasets
    has = set(embedding.genes[keys.DATASET].iloc[rows].astype(str))
    is_of_cells = datasets[keys.MODALITY].astype(str) != keys.KNOWLEDGE
    tissues = datasets.loc[is_of_cells, keys.TISSUE].astype(str)
    is_absent = ~tissues.index.astype(str).isin(has)
    if not is_absent.any():
        return ""
    counts, of = tissues[is_absent].value_counts(), tissues.value_counts()
    listed = ", ".join(f"{name} ({counts[name]} of {of[name]})" for name in sorted(counts.index))
    return (
        f"Not among the chosen genes of the other {int(is_absent.sum())}: {listed}. "
        f"{_chosen(embedding)}"
    )


def _chosen(embedding: EmbeddingSet) -> str:
    """Say how many genes a context keeps, and what is not stored of the others."""
    sizes = embedding.datasets["n_genes"] if "n_genes" in embedding.datasets else pd.Series([0])
    low, high = int(sizes.min()), int(sizes.max())
    kept = f"{high:,}" if low == high else f"{low:,} to {high:,}"
    return (
        f"Each context keeps the {kept} genes that vary most there; whether another gene was "
        "measured, and how strongly, is not stored."
    )


def _caption(embedding: EmbeddingSet, names: GeneNames, expression: pd.DataFrame) -> str:
    """Say what the picture shows."""
    if expression.empty:
        return ""
    has_shares = expression["share"].notna().any()
    size = (
        "size: share of cells with at least one count"
        if has_shares
        else "the share of cells is not at hand, since the graphs do not lie beside the set"
    )
    return (
        f"In {expression['context'].nunique()} of {len(embedding.datasets)} contexts. Place: mean "
        f"expression, log scale; {size}; colour: tissue. Compare techniques with care."
    )


def _nearest_here(symbol: str, atlas: Atlas, space: KnowledgeSpace | None) -> pd.DataFrame:
    """Genes of the atlas that are most alike by knowledge."""
    empty = pd.DataFrame({"gene": [], "knowledge": [], "contexts": []})
    if space is None:
        return empty
    (own,) = space.rows_of([symbol if symbol.isupper() else symbol.upper()])
    if own < 0:
        return empty
    codes, names = pd.factorize(atlas.search.ortholog_groups)
    places = space.rows_of([str(name) for name in names])
    shared = (space.present[own] & space.present[places]).sum(axis=1)
    enough = min(FEWEST_SHARED, int(space.present[own].sum()))
    here = np.flatnonzero((places >= 0) & (places != own) & (shared >= enough))
    alike = space.similarities(np.array([own]), slice(None))[0][places[here]]
    known = ~np.isnan(alike)
    here, alike = here[known], alike[known]
    best = np.lexsort((np.asarray(names, dtype=str)[here], -alike))[:NEAREST]
    datasets = atlas.embedding.genes[keys.DATASET].astype(str).to_numpy()
    return pd.DataFrame(
        {
            "gene": [str(names[i]) for i in here[best]],
            "knowledge": alike[best].astype(float),
            "contexts": [len(set(datasets[codes == i])) for i in here[best]],
        }
    )
