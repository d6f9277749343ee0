"""Do gene vectors help to find the lineage of cells? Beside principal components and controls.

Usage: `python -m benchmarks.lineage [SET ...] [--vectors SET[:CONTEXT]] [--seeds N] [--halves N]`.
Reads the public data beside the clone (or `MUSEGNN_SHARED`). Vectors of genes are by default a
truncated SVD of public gene sets, which has seen none of these cells. The last line is JSON: for
each set and method `ari`, `nmi`, `accuracy`, `pseudotime`, means over the seeds on all cells, with
the range over seeds (`*_seeds`) and over random halves of the cells (`*_halves`).

Methods: `pca`, `vectors`, `joint`, and with the vectors dealt out to other genes `permuted` and
`joint_permuted`. Weighing and weights were chosen on ten other sets of labelled cells and on none
of these.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.decomposition import TruncatedSVD

from musegnn.embeddings.atlas import read_atlas
from musegnn.errors import InputError
from musegnn.graphs.unit_rows import unit_rows
from musegnn.knowledge.gene_sets import bounded, read_gmt
from musegnn.lineages.cells import Cells, read_cells
from musegnn.lineages.gene_vectors import GeneVectors, find_gene_vectors, given_vectors
from musegnn.lineages.known_tree import KnownTree, parse_tree
from musegnn.lineages.lineage import METHODS, LineageOptions, all_spaces, score_space
from musegnn.lineages.spaces import PCA, Space
from musegnn.lineages.trajectory import (
    Neighbourhood,
    diffusion_time,
    find_clusters,
    find_neighbours,
    root_of_label,
)

REPOSITORY = Path(__file__).resolve().parent.parent
LIBRARIES = ("GO_Biological_Process_2021", "MSigDB_c2_all_v6.0", "Reactome_2016")
WIDTH = 128  # of each library
MEASURES = ("ari", "nmi", "accuracy", "pseudotime", "tree")


@dataclass(frozen=True)
class LineageSet:
    """A public set of cells with what is known of them.

    Parameters
    ----------
    file
        Name in `data/scrna`.
    labels
        Column of labels; "" for none.
    tree
        Known tree; "" for none.
    values
        What the numbers are.
    origin
        Where the labels come from.
    """

    file: str
    labels: str
    tree: str
    values: str
    origin: str


SETS = {
    "pancreas": LineageSet(
        "mouse_pancreas_endocrinogenesis",
        "cell_type",
        "Ductal>Ngn3 low EP>Ngn3 high EP>Pre-endocrine>Alpha, Pre-endocrine>Beta, "
        "Pre-endocrine>Delta, Pre-endocrine>Epsilon",
        "counts",
        "clusters of the same counts",
    ),
    "blastocyst": LineageSet(
        "mouse_blastocyst_E3.5_E4.5", "stage", "E3.5>E4.5", "counts", "stage, one with the library"
    ),
    "cardio_day2": LineageSet(
        "human_ipsc_cardio_day2", "cluster", "", "counts", "clusters of the same counts"
    ),
    "cardio_day5": LineageSet(
        "human_ipsc_cardio_day5", "cluster", "", "counts", "clusters of the same counts"
    ),
    "intestine": LineageSet("mouse_intestine_celseq", "", "", "counts", "none"),
    "preimplantation": LineageSet(
        "human_preimplantation_yan_rpkm",
        "stage",
        "zygote>2cell>4cell>8cell>16cell>blast",
        "linear",
        "true stages",
    ),
    "dendritic": LineageSet(
        "mouse_dc_progenitors_ginhoux_log", "stage", "MDP>CDP>PreDC", "log", "sorted cells"
    ),
}


def shared_folder() -> Path:
    """Where the public data lie."""
    return Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))


def read_set(name: str) -> Cells | None:
    """Read a set; None where its file is absent."""
    known = SETS[name]
    path = shared_folder() / "data" / "scrna" / f"{known.file}.h5ad"
    return read_cells(path, labels=known.labels, values=known.values) if path.is_file() else None


@cache
def gene_set_vectors(folder: Path) -> tuple[np.ndarray, tuple[str, ...]]:
    """Make vectors of genes of public gene sets: a truncated SVD a library, side by side.

    Terms count by how rare they are, log(genes / genes of the term); rows of each library have
    length 1, and zero for a gene that it lacks.
    """
    libraries = [
        bounded(read_gmt(folder / f"{name}.gmt.gz"), minimum_size=5, maximum_size=500)
        for name in LIBRARIES
    ]
    genes = sorted({gene.upper() for terms in libraries for own in terms.values() for gene in own})
    place = {gene: number for number, gene in enumerate(genes)}
    blocks = []
    for terms in libraries:
        members = [sorted({place[gene.upper()] for gene in own}) for own in terms.values()]
        columns = np.repeat(np.arange(len(members)), [len(own) for own in members])
        rows = np.concatenate(members)
        weight = np.log(len(genes) / np.bincount(columns))
        matrix = sparse.csr_matrix((weight[columns], (rows, columns)), (len(genes), len(members)))
        blocks.append(unit_rows(TruncatedSVD(WIDTH, random_state=0).fit_transform(matrix)))
    return np.hstack(blocks), tuple(genes)


def open_vectors(asked: str, cells: Cells, file: str = "") -> GeneVectors:
    """Find vectors for the genes of some cells, in a set or from gene sets.

    A context that is called as the file was learned from the very cells: the mean leaves it out.
    """
    if asked:
        path, _, context = asked.partition(":")
        return find_gene_vectors(
            read_atlas(Path(path)),
            cells.genes,
            context=context,
            gene_ids=cells.gene_ids,
            without=file,
        )
    vectors, names = gene_set_vectors(shared_folder() / "knowledge")
    return given_vectors(vectors, names, cells.genes, words="SVD of public gene sets")


def measure(
    cells: Cells, genes: GeneVectors, tree: str, *, seeds: Iterable[int]
) -> dict[str, list[dict[str, float]]]:
    """Score every method with every seed, of Leiden and of the permuted genes alike."""
    known = parse_tree(tree, cells.label_names)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in METHODS}
    kept: dict[str, tuple[Space, Neighbourhood]] = {}
    components = None
    for seed in seeds:
        options = LineageOptions(seed=seed)
        spaces = all_spaces(cells, genes, options, components=components)
        components = spaces[PCA].places
        for name, space in spaces.items():
            is_random = "permuted" in name
            if is_random or name not in kept:
                kept[name] = space, Neighbourhood(find_neighbours(space.places), np.array([]))
            _, near = kept[name]
            near = replace(near, clusters=find_clusters(near.data, seed=seed))
            found[name].append(_scores(cells, space, near, known))
    return found


def _scores(
    cells: Cells, space: Space, near: Neighbourhood, known: KnownTree | None
) -> dict[str, float]:
    """Score one method; what cannot be scored is left out."""
    time, root = None, None
    if known is not None:
        try:
            root = root_of_label(near, cells.labels, known.root)
            time = diffusion_time(near, root.cell)
        except InputError:
            known = None
    scores = score_space(cells, space, near, time=time, known=known, root=root)
    names = (*MEASURES, "reached", "tree_chance")
    values = {name: getattr(scores, name) for name in names}
    return {name: float(value) for name, value in values.items() if value is not None}


def summarise(
    on_all: dict[str, list[dict[str, float]]], on_halves: list[dict[str, list[dict[str, float]]]]
) -> dict[str, dict]:
    """Return the mean of each measure, and its range over seeds and over halves."""
    table: dict[str, dict] = {}
    for method, runs in on_all.items():
        own: dict = {}
        for name in (*MEASURES, "reached", "tree_chance"):
            values = [run[name] for run in runs if name in run]
            halves = [run[name] for half in on_halves for run in half[method] if name in run]
            own[name] = round(float(np.mean(values)), 4) if values else None
            if values and name in MEASURES:
                own[f"{name}_seeds"] = [round(min(values), 4), round(max(values), 4)]
            if halves and name in MEASURES:
                own[f"{name}_halves"] = [round(min(halves), 4), round(max(halves), 4)]
        table[method] = own
    return table


def halves_of(cells: Cells, number: int) -> list[Cells]:
    """Draw random halves of the cells, with every label as often as it is."""
    drawn = []
    labels = np.full(len(cells), "") if cells.labels is None else cells.labels.astype(str)
    for seed in range(number):
        rng = np.random.default_rng(seed)
        rows = [
            rng.permutation(np.flatnonzero(labels == label))[: (np.sum(labels == label) + 1) // 2]
            for label in np.unique(labels)
        ]
        drawn.append(cells.take(np.sort(np.concatenate(rows))))
    return drawn


def print_table(name: str, cells: Cells, genes: GeneVectors, table: dict[str, dict]) -> None:
    """Print a set as Markdown rows."""
    origin = SETS[name].origin
    print(f"\n{name}: {len(cells)} cells, {genes.n_shared:,} genes with a vector; labels: {origin}")
    print("| method | " + " | ".join(MEASURES) + " | reached |")
    print("|---" * (len(MEASURES) + 2) + "|")
    for method, own in table.items():
        shown = []
        for measured in MEASURES:
            if own[measured] is None:
                shown.append("-")
                continue
            low, high = own.get(f"{measured}_halves", own[f"{measured}_seeds"])
            shown.append(f"{own[measured]:.3f} [{low:.3f}, {high:.3f}]")
        reached = own["reached"]
        print(
            f"| {method} | {' | '.join(shown)} | {'-' if reached is None else f'{reached:.2f}'} |"
        )
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """Measure every set and print tables, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(SETS))
    parser.add_argument("--vectors", default="", metavar="SET[:CONTEXT]")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--halves", type=int, default=5)
    options = parser.parse_args(arguments)
    unknown = [name for name in options.sets if name not in SETS]
    if unknown:
        parser.error(f"no set {unknown[0]!r}; there are {', '.join(SETS)}")
    document = {}
    for name in options.sets or SETS:
        cells = read_set(name)
        if cells is None:
            print(f"{name}: its file is absent ({SETS[name].file}.h5ad)")
            continue
        genes = open_vectors(options.vectors, cells, SETS[name].file)
        tree = SETS[name].tree
        on_all = measure(cells, genes, tree, seeds=range(options.seeds))
        on_halves = [
            measure(half, genes, tree, seeds=[seed])
            for seed, half in enumerate(halves_of(cells, options.halves))
        ]
        document[name] = summarise(on_all, on_halves)
        print_table(name, cells, genes, document[name])
    print(json.dumps(document))
    return 0


if __name__ == "__main__":
    sys.exit(main())
