"""A lineage: the whole way from cells and gene vectors to pseudotime, tree and programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn.errors import InputError
from musegnn.lineages.cells import Cells
from musegnn.lineages.gene_vectors import GeneVectors
from musegnn.lineages.known_tree import KnownTree, parse_tree
from musegnn.lineages.programs import along_lineage
from musegnn.lineages.scores import (
    Scores,
    cluster_scores,
    label_accuracy,
    order_score,
    tree_score,
)
from musegnn.lineages.spaces import (
    JOINT,
    N_TOP,
    PCA,
    SPACES,
    VECTOR_WEIGHT,
    VECTORS,
    Space,
    make_spaces,
)
from musegnn.lineages.trajectory import (
    RESOLUTION,
    Groups,
    Neighbourhood,
    Root,
    components_of,
    connect_groups,
    diffusion_time,
    draw_cells,
    find_neighbourhood,
    root_of_label,
    root_of_values,
    smoothed,
)
from musegnn.progress import Progress, Silent
from musegnn.validation import check_choice, format_list, nearest_names

PERMUTED, JOINT_PERMUTED = "permuted", "joint_permuted"
METHODS: Final = (PCA, VECTORS, JOINT, PERMUTED, JOINT_PERMUTED)
MOST_SHOWN: Final = 5000  # genes that can be drawn on the map
LEAST_SHOWN: Final = 500
_SHOWN_NUMBERS: Final = 20_000_000  # of all cells together, a byte each


@dataclass(frozen=True)
class LineageOptions:
    """How a lineage is traced.

    Parameters
    ----------
    space
        Space that neighbours are found in: `pca`, `vectors` or `joint`.
    root
        Label of the first cells; "" for none.
    root_gene
        Gene that marks the first cells; "" for none.
    tree
        Known tree of labels, see `musegnn.lineages.known_tree.parse_tree`; "" for none.
    n_top
        Genes of a cell that its vector is made of.
    weight
        Length of the block of vectors beside that of principal components.
    resolution
        Of Leiden.
    seed
        Of clusters, map and permuted genes.
    most_shown
        Genes that are kept to be drawn at most; fewer of many cells.
    """

    space: str = JOINT
    root: str = ""
    root_gene: str = ""
    tree: str = ""
    n_top: int = N_TOP
    weight: float = VECTOR_WEIGHT
    resolution: float = RESOLUTION
    seed: int = 0
    most_shown: int = MOST_SHOWN


@dataclass(frozen=True)
class Lineage:
    """Cells on their way.

    Parameters
    ----------
    table
        A row a cell: `cell`, `label`, `cluster`, `pseudotime` (0 to 1, NaN where no way leads to
        the root), `detected` genes.
    places
        `(C, D)` where the cells lie, in the space that was asked for.
    layout
        `(C, 2)` UMAP.
    neighbours
        `(C, C)` connectivities.
    groups
        Groups of cells with their connections and tree.
    grouped_by
        "label" or "cluster".
    root
        Where pseudotime begins.
    known
        The known tree; None without one.
    scores
        Agreement with labels, by method of `METHODS`.
    agreement
        Spearman correlation of the pseudotime of each other method with this one, from the same
        root; None where it could not be computed.
    programs
        Genes along the lineage, see `musegnn.lineages.programs.along_lineage`.
    shown_genes
        K genes that can be drawn.
    shown
        `(C, K)` uint8, log expression of these, mean over a cell and its nearest ones, as a share
        of the largest of the gene in steps of 1/255.
    shown_most
        `(K,)` largest such mean of each gene.
    words
        What was done, a sentence each.
    notes
        What was found odd on the way.
    n_shared
        Genes of the cells that have a vector.
    """

    table: pd.DataFrame
    places: np.ndarray
    layout: np.ndarray
    neighbours: sparse.csr_matrix
    groups: Groups
    grouped_by: str
    root: Root
    known: KnownTree | None
    scores: Mapping[str, Scores]
    agreement: Mapping[str, float | None]
    programs: pd.DataFrame
    shown_genes: tuple[str, ...]
    shown: np.ndarray
    shown_most: np.ndarray
    words: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())
    n_shared: int = 0


def trace_lineage(
    cells: Cells,
    genes: GeneVectors,
    options: LineageOptions | None = None,
    *,
    progress: Progress | None = None,
) -> Lineage:
    """Trace a lineage, with everything that it is to be compared with beside it.

    Parameters
    ----------
    cells
        Cells with log expression, and labels where there are some.
    genes
        Vectors of their genes.
    options
        How; None takes the usual way.
    progress
        Told about steps.

    Raises
    ------
    InputError
        If a root, a tree or a choice is none of these cells, the cells have one label alone, or the
        root stands apart.
    """
    options, progress = options or LineageOptions(), progress or Silent()
    check_choice(options.space, SPACES, name="space")
    known = check_lineage(cells, options)
    progress.start("lineage", len(METHODS) + 3)
    spaces = all_spaces(cells, genes, options)
    progress.advance("places of cells")
    found = {options.space: _near(spaces[options.space], options)}
    near = found[options.space]
    root = choose_root(near, cells, options, known)
    time = diffusion_time(near, root.cell)
    progress.advance("pseudotime")
    scores, agreement = {}, {}
    for name, space in spaces.items():
        own = found.get(name) or _near(space, options)
        own_time = time if name == options.space else _time_or_none(own, root.cell)
        scores[name] = score_space(cells, space, own, time=own_time, known=known, root=root)
        if name != options.space:
            agreement[name] = _agreement(time, own_time)
        progress.advance(name)
    has_labels = len(cells.label_names) > 1
    groups_of = np.asarray(cells.labels if has_labels else near.clusters)
    groups = connect_groups(near, groups_of, str(groups_of[root.cell]))
    programs = along_lineage(cells, time)
    shown_genes, shown, most = _shown(cells, near, programs, options.most_shown)
    layout = draw_cells(near, seed=options.seed)
    progress.advance("map")
    progress.finish()
    return Lineage(
        table=_table(cells, near, time),
        places=spaces[options.space].places,
        layout=layout,
        neighbours=near.graph,
        groups=groups,
        grouped_by="label" if has_labels else "cluster",
        root=root,
        known=known,
        scores=scores,
        agreement=agreement,
        programs=programs,
        shown_genes=shown_genes,
        shown=shown,
        shown_most=most,
        words=_words(spaces[options.space], root, options),
        notes=(*cells.notes, *_notes(near, time, cells)),
        n_shared=genes.n_shared,
    )


def check_lineage(cells: Cells, options: LineageOptions) -> KnownTree | None:
    """Check what was said about cells before anything is computed; return the known tree.

    Raises
    ------
    InputError
        See `trace_lineage`.
    """
    labels = cells.label_names
    if options.root and options.root_gene:
        msg = "Expected a label or a gene for the root, found both."
        raise InputError(msg, "Leave one of them out.")
    if (options.root or options.tree) and not labels:
        msg = "Expected labels of the cells for a root or a tree of labels, found none."
        raise InputError(msg, "Name the column of labels, or name a gene for the root.")
    if len(labels) == 1:
        msg = f"Expected cells of different labels, found {labels[0]} alone."
        raise InputError(msg, "A lineage has stages: name another column, or none.")
    if options.root and options.root not in labels:
        near = nearest_names(options.root, labels)
        msg = (
            f"Expected a root among the labels {format_list(labels, limit=12)}; "
            f"found {options.root!r}."
        )
        raise InputError(msg, f"Did you mean {near[0]!r}?" if near else "Name one of them.")
    if options.root_gene:
        gene_column(cells, options.root_gene)
    return parse_tree(options.tree, labels)


def gene_column(cells: Cells, gene: str) -> int:
    """Return the column of a gene, by its name in any case.

    Raises
    ------
    InputError
        If the cells do not have it.
    """
    folded = {name.casefold(): column for column, name in reversed([*enumerate(cells.genes)])}
    found = folded.get(gene.casefold())
    if found is None:
        near = nearest_names(gene, cells.genes)
        hint = f"Nearest: {', '.join(near)}." if near else "Name a gene as the file does."
        msg = f"Expected a gene of the cells, found {gene!r}."
        raise InputError(msg, hint)
    return found


def all_spaces(
    cells: Cells,
    genes: GeneVectors,
    options: LineageOptions,
    *,
    components: np.ndarray | None = None,
) -> dict[str, Space]:
    """Return the spaces of `METHODS`: each alone, both, and the controls with permuted genes."""
    how = {"n_top": options.n_top, "weight": options.weight}
    real = make_spaces(cells, genes, components=components, **how)  # type: ignore[arg-type]
    control = make_spaces(
        cells,
        genes.permuted(options.seed),
        components=real[PCA].places,
        **how,  # type: ignore[arg-type]
    )
    return {**real, PERMUTED: control[VECTORS], JOINT_PERMUTED: control[JOINT]}


def choose_root(
    near: Neighbourhood, cells: Cells, options: LineageOptions, known: KnownTree | None
) -> Root:
    """Choose where pseudotime begins, and say how.

    A label that was named goes first, then a gene, then the root of the known tree; without any of
    them the cell whose surroundings show most genes, which is a rule of thumb.
    """
    label = options.root or ("" if options.root_gene or known is None else known.root)
    if label and cells.labels is not None:
        return root_of_label(near, cells.labels, label)
    if options.root_gene:
        column = gene_column(cells, options.root_gene)
        values = np.asarray(cells.expression[:, [column]].todense()).ravel()
        return root_of_values(near, values, f"expression of {cells.genes[column]}")
    found = root_of_values(near, cells.detected.astype(float), "genes seen")
    guess = "no root was named, and early cells often show more genes: a rule of thumb"
    return replace(found, words=f"{found.words} ({guess})")


def score_space(
    cells: Cells,
    space: Space,
    near: Neighbourhood,
    *,
    time: np.ndarray | None,
    known: KnownTree | None,
    root: Root | None,
) -> Scores:
    """Score a space where there are labels to score it by."""
    if cells.labels is None or len(cells.label_names) < 2:
        return Scores()
    ari, nmi = cluster_scores(cells.labels, near.clusters)
    found = Scores(ari=ari, nmi=nmi, accuracy=label_accuracy(space.places, cells.labels))
    if known is None or root is None:
        return found
    groups = connect_groups(near, cells.labels, str(cells.labels[root.cell]))
    tree, chance = tree_score(groups, known)
    found = replace(found, tree=tree, tree_chance=chance)
    if time is None:
        return found
    order, reached = order_score(time, cells.labels, known)
    return replace(found, pseudotime=order, reached=reached)


def _near(space: Space, options: LineageOptions) -> Neighbourhood:
    """Connect and cluster the cells of a space."""
    return find_neighbourhood(space.places, resolution=options.resolution, seed=options.seed)


def _time_or_none(near: Neighbourhood, root: int) -> np.ndarray | None:
    """Return pseudotime from a cell; None where it stands apart in this space."""
    try:
        return diffusion_time(near, root)
    except InputError:
        return None


def _agreement(time: np.ndarray, other: np.ndarray | None) -> float | None:
    """Correlate two pseudotimes over the cells that both reach."""
    from scipy.stats import spearmanr  # noqa: PLC0415 - a second to import

    if other is None:
        return None
    both = np.isfinite(time) & np.isfinite(other)
    if both.sum() < 3 or len(np.unique(time[both])) < 2 or len(np.unique(other[both])) < 2:
        return None
    return float(spearmanr(time[both], other[both]).statistic)


def _table(cells: Cells, near: Neighbourhood, time: np.ndarray) -> pd.DataFrame:
    """Return a row a cell; names that stand twice get their number."""
    names = pd.Series(cells.names, dtype=object)
    twice = names.duplicated(keep=False)
    numbered = names.where(~twice, names + "#" + (names.index + 1).astype(str))
    return pd.DataFrame(
        {
            "cell": numbered,
            "label": "" if cells.labels is None else cells.labels,
            "cluster": near.clusters,
            "pseudotime": time,
            "detected": cells.detected,
        }
    )


def _shown(
    cells: Cells, near: Neighbourhood, programs: pd.DataFrame, most_shown: int
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Return the genes that can be drawn, and what is drawn of them."""
    place = {gene: column for column, gene in enumerate(cells.genes)}
    mean = np.asarray(cells.expression.mean(axis=0)).ravel()
    square = np.asarray(cells.expression.multiply(cells.expression).mean(axis=0)).ravel()
    number = min(most_shown, max(LEAST_SHOWN, _SHOWN_NUMBERS // len(cells)))
    seen = np.flatnonzero(np.bincount(cells.expression.indices, minlength=len(cells.genes)))
    by_spread = seen[np.argsort(-(square - mean**2)[seen], kind="stable")[:number]]
    along = [place[gene] for gene in programs["gene"].head(number // 2)]
    chosen = sorted([*dict.fromkeys([*along, *map(int, by_spread)])][:number])
    means = smoothed(near, cells.expression[:, chosen])
    most = means.max(axis=0)
    steps = np.rint(255 * means / np.where(most > 0, most, 1)).astype(np.uint8)
    return tuple(cells.genes[column] for column in chosen), steps, most.astype(np.float32)


def _words(space: Space, root: Root, options: LineageOptions) -> tuple[str, ...]:
    """Say what was done."""
    return (
        f"Places of cells: {space.words}.",
        "Neighbours: 15 nearest cells by Euclidean distance, exact; connectivities as of UMAP.",
        f"Clusters: Leiden (igraph), resolution {options.resolution:g}, seed {options.seed}.",
        f"Root: {root.words}.",
        "Pseudotime: diffusion pseudotime of scanpy on these neighbours.",
        "Groups: PAGA; the tree is the spanning tree of its strongest connections.",
        "Control: the same with the vectors dealt out to other genes.",
    )


def _notes(near: Neighbourhood, time: np.ndarray, cells: Cells) -> tuple[str, ...]:
    """Say what a reader must know of these cells."""
    notes = []
    lost = int((~np.isfinite(time)).sum())
    if lost:
        parts = int(components_of(near).max()) + 1
        notes.append(
            f"pseudotime: {lost:,} of {len(time):,} cells are not connected to the root "
            f"({parts} parts) and have none"
        )
    if cells.labels is not None and (cells.labels == "").any():
        notes.append(f"labels: {int((cells.labels == '').sum()):,} cells have none")
    return tuple(notes)
