"""Names in place on a map: where each stands, what the browser gets, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.enrichment.cluster_names import (
    FEWEST_POINTS,
    TEST,
    ClusterNames,
    name_clusters,
)
from musegnn.analysis.enrichment.gene_set_library import load_library
from musegnn.analysis.enrichment.over_representation import SIGNIFICANT
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.vector_set import VectorSet
from musegnn.knowledge.store import KnowledgeStore

# what comes with the program, so that every machine gives the same names
LIBRARIES: Final = ("go_biological_process_2022", "go_cellular_component_2022")
FEWEST_ON_PART: Final = 10  # points of a cluster from which its name is put on a map of some rows
_CELLS: Final = 48  # of the grid in which the densest place is looked for, each way
_TAIL: Final = 0.01  # share of points beyond each side of the grid


@dataclass(frozen=True)
class PlacedName:
    """A name and where it stands.

    Parameters
    ----------
    cluster
        What it names.
    text
        The name.
    kind
        "term" or "markers".
    x, y
        Where it stands, in coordinates of the layout.
    points
        Points of the cluster.
    evidence
        What it rests on, in a sentence.
    """

    cluster: str
    text: str
    kind: str
    x: float
    y: float
    points: int
    evidence: str

    def payload(self) -> dict[str, Any]:
        """Return what the browser gets, JSON-ready."""
        return {
            "cluster": self.cluster,
            "text": self.text,
            "kind": self.kind,
            "x": round(self.x, 4),
            "y": round(self.y, 4),
            "n": self.points,
            "evidence": self.evidence,
        }


@dataclass(frozen=True)
class MapNames:
    """Names on a map.

    Parameters
    ----------
    placed
        The names, that of most points first.
    found
        How clusters were named.
    cluster_codes, clusters
        `(N,)` number of the cluster of each row, and the names of the clusters.
    """

    placed: tuple[PlacedName, ...]
    found: ClusterNames
    cluster_codes: np.ndarray
    clusters: tuple[str, ...]

    def rows(self, cluster: str) -> np.ndarray:
        """Return the rows of a cluster, ascending; none where there is no such cluster."""
        if cluster not in self.clusters:
            return np.empty(0, dtype=np.int64)
        return np.flatnonzero(self.cluster_codes == self.clusters.index(cluster))

    def label(self, cluster: str) -> str:
        """Return the name of a cluster, "" where it has none."""
        return next((name.text for name in self.placed if name.cluster == cluster), "")

    def placed_on(self, rows: np.ndarray, layout: np.ndarray) -> tuple[PlacedName, ...]:
        """Put the names on a map of some of the rows, where it has enough points of the cluster.

        Parameters
        ----------
        rows
            `(n,)` rows of the set that the map shows.
        layout
            `(n, 2)` their places there.
        """
        codes = self.cluster_codes[rows]
        counts = np.bincount(codes, minlength=len(self.clusters))
        numbers = {cluster: number for number, cluster in enumerate(self.clusters)}
        here = [name for name in self.placed if counts[numbers[name.cluster]] >= FEWEST_ON_PART]
        places = densest_places(layout, codes, [numbers[name.cluster] for name in here])
        return tuple(
            replace(name, x=float(x), y=float(y), points=int(counts[numbers[name.cluster]]))
            for name, (x, y) in zip(here, places, strict=True)
        )

    @cached_property
    def caption(self) -> str:
        """What the names are, how they were tested, against what, and how many have none."""
        found, kinds = self.found, self.found.table["kind"]
        if not len(kinds):
            return f"No names on this map: it has no cluster of {FEWEST_POINTS} points or more."
        counts = {
            "bear the most specific term that holds": int((kinds == "term").sum()),
            "their marker genes": int((kinds == "markers").sum()),
            "none": int((kinds == "").sum()),
        }
        said = ", ".join(f"{n:,} {words}" for words, n in counts.items() if n)
        background = found.table["background"]
        sentences = [
            f"Names: of {len(kinds)} clusters of {FEWEST_POINTS} points or more, {said}.",
            f"Terms of {' and '.join(found.libraries)}: {TEST}; a gene belongs to the cluster that "
            "has half of its points in the contexts of the cluster. Background: the "
            f"{int(background.min()):,} to {int(background.max()):,} genes of these contexts."
            if found.libraries
            else "No library of terms is at hand.",
            "Marker genes lie there in more contexts than genes of like expression and degree."
            if counts["their marker genes"]
            else "",
            f"q at most {SIGNIFICANT}, Benjamini-Hochberg over all {found.n_tested:,} pairs of "
            f"cluster and term, and {found.n_marker_tests:,} of cluster and gene.",
            "Vectors of this map were made of what is known: here names say what went in, and are "
            "no finding."
            if found.is_circular
            else "",
        ]
        return " ".join(filter(None, sentences))


def build_names(atlas: Atlas, store: KnowledgeStore | None) -> MapNames:
    """Name the clusters of an atlas by what comes with the program, and put the names in place.

    Parameters
    ----------
    atlas
        The atlas.
    store
        Where the libraries `LIBRARIES` are; those that are not there are left out.
    """
    there = set() if store is None else set(store.gene_set_libraries())
    libraries = [load_library(store, name, atlas=atlas) for name in LIBRARIES if name in there]
    found = name_clusters(atlas, [(library.title, library.index) for library in libraries])
    return place_names(found, atlas.embedding)


def place_names(found: ClusterNames, vectors: VectorSet) -> MapNames:
    """Put the names of clusters where most of their points lie and few others do.

    Parameters
    ----------
    found
        Names of clusters.
    vectors
        The set, whose table has the clusters.
    """
    codes, clusters = pd.factorize(vectors.table[keys.CLUSTER].astype(str).to_numpy(), sort=True)
    named = found.named
    numbers = {str(cluster): number for number, cluster in enumerate(clusters)}
    places = densest_places(vectors.layout, codes, [numbers[name] for name in named["cluster"]])
    placed = tuple(
        PlacedName(
            cluster=str(row.cluster),
            text=str(row.name_),
            kind=str(row.kind),
            x=float(x),
            y=float(y),
            points=int(row.points),
            evidence=_evidence(row),
        )
        for row, (x, y) in zip(
            named.rename(columns={"name": "name_"}).itertuples(index=False), places, strict=True
        )
    )
    return MapNames(placed, found, codes, tuple(map(str, clusters)))


def densest_places(layout: np.ndarray, codes: np.ndarray, wanted: Sequence[int]) -> np.ndarray:
    """Find for each cluster the place where it is densest and least mixed.

    Parameters
    ----------
    layout
        `(N, 2)` coordinates.
    codes
        `(N,)` number of the cluster of each row.
    wanted
        Clusters to place, C.

    Returns
    -------
    `(C, 2)`: mean of the points of the cluster in and around the cell of a grid in which its points
    times their share of all is largest.
    """
    low, high = np.quantile(layout, [_TAIL, 1 - _TAIL], axis=0)
    step = np.where(high > low, high - low, 1) / _CELLS
    cell = np.clip(((layout - low) / step).astype(np.int64), 0, _CELLS - 1)
    flat = cell[:, 0] * _CELLS + cell[:, 1]
    everybody = np.bincount(flat, minlength=_CELLS**2)
    places = np.empty((len(wanted), 2))
    for number, cluster in enumerate(wanted):
        rows = np.flatnonzero(codes == cluster)
        own = np.bincount(flat[rows], minlength=_CELLS**2)
        best = int(np.argmax(own * own / np.maximum(everybody, 1)))
        near = np.abs(cell[rows] - np.array(divmod(best, _CELLS))).max(axis=1) <= 1
        places[number] = layout[rows[near]].mean(axis=0)
    return places


def _evidence(row: Any) -> str:
    """Say what a name rests on."""
    if row.kind == "markers":
        first = str(row.name_).partition(",")[0]
        return (
            f"Marker genes: {first} lies here in {row.hits} of the {row.size} contexts that "
            f"measure it, {row.expected:.2g} expected, q = {row.q:.1g}"
        )
    return (
        f"{row.term}: {row.hits} of {row.genes:,} genes here, {row.expected:.2g} expected among "
        f"like genes, q = {row.q:.1g}"
    )
