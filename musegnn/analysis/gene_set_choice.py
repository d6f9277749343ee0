"""Choice of a gene set: which genes of an atlas a question is about, and against which others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from musegnn import keys
from musegnn.analysis.choices import BLOCKS, CELLS, CELLS_AND_STUDIES, STUDIES, ChoiceKind
from musegnn.analysis.gene_list_report import ListReport
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.context_names import as_called
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.gene_search import GeneListMatch, GeneSearch
from musegnn.embeddings.neighbours import compare_rows
from musegnn.embeddings.study_block import WEIGHT, StudyBlock, compare_by_studies
from musegnn.errors import InputError
from musegnn.io.gene_species import tell_species
from musegnn.validation import check_choice, check_positive, format_list

LONGEST_LIST: Final = 2_000_000  # letters of a pasted list, some 300,000 names

# what the label of genes that other studies found says, also once they are a selection of a name
WITH_STUDIES: Final = {
    CELLS_AND_STUDIES: "your cells and other studies",
    STUDIES: "other studies alone",
}


@dataclass(frozen=True)
class StudyUse:
    """Other studies by which genes were found.

    Parameters
    ----------
    blocks
        One of `BLOCKS`.
    weight
        Of their vectors beside those of the cells.
    tables
        Names of the tables the vectors were made of.
    vectors
        What the vectors are, see `musegnn.knowledge.studies.study_vectors.StudyVectors.facts`.
    """

    blocks: str
    weight: float
    tables: tuple[str, ...]
    vectors: tuple[tuple[str, str | int], ...]

    def caution(self, library: str) -> str:
        """Say why a test of these genes against a library of terms proves nothing, or little."""
        if library in self.tables:
            return (
                f"**Circular.** These genes were found with other studies, whose vectors were made "
                f"of the very sets of {library}: that they share its terms is how they were found, "
                "and p says nothing. Take the neighbours from your cells to test this library."
            )
        return (
            "**With care.** These genes were found with other studies "
            f"({', '.join(self.tables)}), which know the same genes as {library}: sets of one "
            "subject overlap, and p is too small. Take the neighbours from your cells for a test."
        )

    @property
    def facts(self) -> dict[str, str | float]:
        """What every row of a file depends on."""
        weight = {} if self.blocks == STUDIES else {"studies_weight": self.weight}
        return {"found_by": self.blocks, **dict(self.vectors), **weight}


@dataclass(frozen=True)
class GeneSetChoice:
    """Genes of an atlas that a question is about.

    Genes are named by ortholog group: the human symbol where there is one, so that lists of human
    genes can be compared with any species, else the own symbol.

    Parameters
    ----------
    label
        What was chosen, in a few words.
    kind
        One of `CHOICE_KINDS`.
    rows
        Ascending int64 rows of the atlas.
    symbols
        Ortholog groups of the rows, sorted, each once.
    dataset
        The one context all rows lie in, or "" when they come from several.
    centre
        Ortholog group of the gene whose neighbourhood was taken, which is one of `symbols`; ""
        otherwise. A test must leave it out: it was not found, it was given.
    gene
        Symbol of that gene in its context, or "".
    report
        What became of the names of a pasted list, or None.
    studies
        Other studies by which neighbours were found, or None where the cells alone were asked.
    knowledge
        Contexts of knowledge, such as those of a fused set, in which the genes were found.
    said
        The label in parts, of which every second one is the name of a context; () for one part.
    """

    label: str
    kind: str
    rows: np.ndarray
    symbols: tuple[str, ...]
    dataset: str = ""
    centre: str = ""
    gene: str = ""
    report: ListReport | None = field(default=None, compare=False)
    studies: StudyUse | None = None
    knowledge: tuple[str, ...] = ()
    said: tuple[str, ...] = field(default=(), compare=False)

    def called(self, names: Mapping[str, str]) -> str:
        """Return the label with the context called as people call it.

        Parameters
        ----------
        names
            Name of a context -> what it is called, such as
            `musegnn.embeddings.atlas.Atlas.context_names`.
        """
        return as_called(self.said or (self.label,), names)

    def __len__(self) -> int:
        """Number of ortholog groups."""
        return len(self.symbols)

    def caution(self, library: str) -> str:
        """Say what is circular about a test of these genes against a library, or ""."""
        if self.studies is not None:
            return self.studies.caution(library)
        if self.knowledge:
            return (
                "**Circular.** These genes lie together by vectors that were made of knowledge "
                f"({format_list(self.knowledge, limit=4)}), not of cells. Where they were made of "
                f"{library}, or of what tells of the same, that they share its terms is how they "
                "were found, and p says nothing. Test a list, or genes that were found in cells."
            )
        if self.report is None and any(words in self.label for words in WITH_STUDIES.values()):
            return (
                "**With care.** By its name this selection was found with other studies: where "
                f"their vectors were made of {library}, p says nothing."
            )
        return ""

    def contexts(self, embedding: EmbeddingSet) -> tuple[str, ...]:
        """Return the contexts the genes were chosen from, sorted; all of them for a list."""
        if self.dataset:
            return (self.dataset,)
        if self.kind == "list" or not len(self.rows):
            return tuple(sorted(map(str, embedding.datasets.index)))
        names = embedding.genes[keys.DATASET].iloc[self.rows].astype(str)
        return tuple(sorted(set(names)))

    def chosen_by_place(self, embedding: EmbeddingSet) -> tuple[str, ...]:
        """Return the contexts whose own vectors chose the genes, sorted; () for none.

        That the genes lie together there is how they were found. Whether a selection was drawn on
        a map or came from a list is not known: it has none here.
        """
        by_place = self.kind in {"neighbours", "cluster"}
        by_cells = self.studies is None or self.studies.blocks != STUDIES
        return self.contexts(embedding) if by_place and by_cells else ()

    def background_symbols(self, atlas: Atlas) -> tuple[str, ...]:
        """Return the ortholog groups that could have been chosen: those of `contexts`, sorted.

        Parameters
        ----------
        atlas
            The atlas.
        """
        datasets = (
            atlas.embedding.genes[keys.DATASET].isin(self.contexts(atlas.embedding)).to_numpy()
        )
        return ortholog_groups_of(np.flatnonzero(datasets), atlas.search)


def ortholog_groups_of(rows: np.ndarray, search: GeneSearch) -> tuple[str, ...]:
    """Return the ortholog groups of some rows, sorted, each once."""
    return tuple(sorted(set(map(str, search.ortholog_groups[rows]))))


def choose_rows(
    rows: np.ndarray,
    label: str,
    *,
    kind: ChoiceKind = "selection",
    atlas: Atlas,
    said: tuple[str, ...] = (),
) -> GeneSetChoice:
    """Choose the genes of some rows.

    Parameters
    ----------
    rows
        Rows of the atlas.
    label
        What was chosen, in a few words.
    kind
        How it was chosen.
    atlas
        The atlas.
    said
        As in `GeneSetChoice`.

    Raises
    ------
    InputError
        If there is no row, or one that the atlas does not have.
    """
    rows = np.unique(np.asarray(rows, dtype=np.int64))
    if not len(rows):
        msg = f"Expected at least one gene, found none in {label or 'the choice'}."
        raise InputError(msg, "Choose other genes.")
    if rows[0] < 0 or rows[-1] >= len(atlas.embedding.genes):
        msg = f"Expected rows of {atlas.embedding.name}, found row {rows[-1]} of another atlas."
        raise InputError(msg, "Select again.")
    return GeneSetChoice(
        label,
        kind,
        rows,
        ortholog_groups_of(rows, atlas.search),
        dataset=_single_dataset(atlas.embedding, rows),
        knowledge=_knowledge_of(atlas.embedding, rows),
        said=said,
    )


def choose_cluster(cluster: str, *, dataset: str = "", atlas: Atlas) -> GeneSetChoice:
    """Choose the genes of a cluster, in one context or in all.

    Parameters
    ----------
    cluster
        Name of the cluster.
    dataset
        Context, or "" for all.
    atlas
        The atlas.

    Raises
    ------
    InputError
        If the cluster or the context does not exist, or they have no gene in common.
    """
    clusters = atlas.embedding.genes[keys.CLUSTER].astype(str).to_numpy()
    check_choice(cluster, sorted(set(clusters)), name="cluster")
    inside = clusters == cluster
    said: tuple[str, ...] = (f"cluster {cluster}",)
    if dataset:
        check_context(atlas.embedding, dataset)
        inside &= atlas.embedding.genes[keys.DATASET].astype(str).to_numpy() == dataset
        said = (f"{said[0]} in ", dataset)
    rows = np.flatnonzero(inside)
    return choose_rows(rows, "".join(said), kind="cluster", atlas=atlas, said=said)


def choose_neighbours(
    gene: str,
    dataset: str,
    *,
    k: int = 50,
    atlas: Atlas,
    blocks: str = CELLS,
    studies: StudyBlock | None = None,
    weight: float = WEIGHT,
) -> GeneSetChoice:
    """Choose a gene and its `k` nearest genes in one context.

    Parameters
    ----------
    gene
        Name of the gene; where its ortholog group has several genes in the context, the one of this
        very symbol, else the first.
    dataset
        Context.
    k
        Number of neighbours, at least 1.
    atlas
        The atlas.
    blocks
        One of `BLOCKS`: what they are found by.
    studies
        What other studies say of its genes; needed where `blocks` asks for them.
    weight
        Of their vectors beside those of the cells.

    Raises
    ------
    InputError
        If the gene or the context is not known, the context lacks the gene, or other studies are
        asked that are not there or, alone, know nothing of the gene.
    """
    check_positive(k, name="k")
    check_choice(blocks, BLOCKS, name="blocks")
    check_context(atlas.embedding, dataset)
    row = find_row(gene, dataset, atlas=atlas)
    use, by = None, ""
    if blocks == CELLS:
        candidates = compare_rows(atlas.embedding, row)
    elif studies is None:
        msg = f"Expected vectors of other studies to find neighbours by {blocks}, found none."
        raise InputError(msg, "Read them with `musegnn.knowledge.studies.sources`.")
    else:
        candidates = compare_by_studies(studies, row, weight=None if blocks == STUDIES else weight)
        vectors = studies.studies
        use = StudyUse(blocks, weight, tuple(vectors.taken), tuple(vectors.facts.items()))
        by = f" by {WITH_STUDIES[blocks]}"
    nearest = candidates.rows[candidates.nearest(k)]
    symbol = str(atlas.embedding.genes[keys.GENE].iloc[row])
    rows = np.sort(np.append(nearest, row)).astype(np.int64)
    said = (f"{symbol} and its {len(nearest)} nearest in ", dataset, by)
    return GeneSetChoice(
        label="".join(said),
        kind="neighbours",
        rows=rows,
        symbols=ortholog_groups_of(rows, atlas.search),
        dataset=dataset,
        centre=str(atlas.search.ortholog_groups[row]),
        gene=symbol,
        studies=use,
        knowledge=_knowledge_of(atlas.embedding, rows),
        said=said,
    )


def choose_list(text: str, *, dataset: str = "", atlas: Atlas) -> GeneSetChoice:
    """Choose the genes of a pasted list.

    Parameters
    ----------
    text
        Names separated by blanks, commas, semicolons or lines; names that nothing knows are
        reported, not refused.
    dataset
        Context to take the genes from, or "" for all.
    atlas
        The atlas.

    Raises
    ------
    InputError
        If the context does not exist or the list is longer than `LONGEST_LIST` letters.
    """
    if len(text) > LONGEST_LIST:
        msg = f"Expected a list of at most {LONGEST_LIST:,} letters, found {len(text):,}."
        raise InputError(msg, "Keep the names only.")
    if dataset:
        check_context(atlas.embedding, dataset)
    matches = atlas.search.find_list(text)
    rows = atlas.search.rows_of_genes(matches.genes)
    if dataset:
        rows = rows[
            atlas.embedding.genes[keys.DATASET].iloc[rows].astype(str).to_numpy() == dataset
        ]
    symbols = ortholog_groups_of(rows, atlas.search)
    here = set(symbols)
    report = ListReport(
        used=tuple(match for match in matches.found if match.gene in here),
        not_here=(
            *matches.absent,
            *(match for match in matches.found if match.gene not in here),
        ),
        unknown=matches.unknown,
        ambiguous=matches.ambiguous,
        dataset=dataset,
        species=_species_elsewhere(matches, atlas),
    )
    label = f"list of {len(symbols):,} genes"
    said = (f"{label} in ", dataset) if dataset else (label,)
    return GeneSetChoice(
        label="".join(said),
        kind="list",
        rows=rows,
        symbols=symbols,
        dataset=dataset,
        report=report,
        said=said,
    )


def _knowledge_of(embedding: EmbeddingSet, rows: np.ndarray) -> tuple[str, ...]:
    """Contexts of knowledge that some rows lie in, sorted."""
    genes = embedding.genes.iloc[rows]
    of_knowledge = genes[keys.MODALITY].astype(str).to_numpy() == keys.KNOWLEDGE
    return tuple(sorted(set(genes[keys.DATASET].astype(str)[of_knowledge])))


def _species_elsewhere(matches: GeneListMatch, atlas: Atlas) -> str:
    """Species, none of the atlas, that most names without a gene here are of; "" for none."""
    without = [match.query for match in (*matches.unknown, *matches.absent)]
    is_most = len(without) >= len(matches.found) + len(matches.ambiguous)
    species = tell_species(without) if is_most else ""
    return "" if species in atlas.names["species"] else species


def find_row(gene: str, dataset: str, *, atlas: Atlas) -> int:
    """Return the row of a gene in a context.

    Raises
    ------
    InputError
        If the name is not clear, or the context does not have the gene.
    """
    match = atlas.search.find(gene)
    if match.status != "found":
        raise InputError(match.message or "Expected the name of a gene, found none.")
    rows = atlas.search.rows(match.gene)
    datasets = atlas.embedding.genes[keys.DATASET].astype(str).to_numpy()[rows]
    here = rows[datasets == dataset]
    if not len(here):
        msg = f"Expected {match.gene} in {dataset}, found it only in other contexts."
        raise InputError(msg, f"It is in {format_list(sorted(set(datasets)))}.")
    symbols = atlas.embedding.genes[keys.GENE].iloc[here].astype(str).str.casefold().to_numpy()
    own = np.flatnonzero(symbols == match.query.casefold())
    return int(here[own[0]] if len(own) else here[0])


def check_context(embedding: EmbeddingSet, dataset: str) -> None:
    """Raise `InputError` unless the atlas has a context of this name; name the nearest one."""
    check_choice(dataset, [str(name) for name in embedding.datasets.index], name="context")


def symbols_not_in(symbols: Collection[str], background: Collection[str]) -> tuple[str, ...]:
    """Return the symbols that a background lacks, sorted."""
    return tuple(sorted(set(symbols) - set(background)))


def _single_dataset(embedding: EmbeddingSet, rows: np.ndarray) -> str:
    """Name of the one context all rows lie in, or ""."""
    names = set(embedding.genes[keys.DATASET].iloc[rows].astype(str))
    return names.pop() if len(names) == 1 else ""
