"""Place in the atlas: what is asked for, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.placement_fit import PlacementFit
from musegnn.embeddings.placement_words import DEFINITION, fit_words, nearest_words, read_fits
from musegnn.runs import parse_settings
from musegnn.runs.inputs import Given, find_file
from musegnn.runs.kinds.gene_graph import GRAPH_FILE
from musegnn.runs.kinds.placement import ATLAS, ATLAS_GRAPH, FIT_FILE, GRAPH, PlacementSettings
from musegnn.screens.parts.page_work import PageWork
from musegnn.screens.shell.colour_layer import ColourLayer, LegendEntry

_MOST_GRAPHS: Final = 800
_SHARES: Final = ("near", "chance")


@dataclass(frozen=True)
class PlaceView:
    """What the page shows of a placed dataset.

    Parameters
    ----------
    name
        Of the dataset.
    atlas
        Name of the atlas it went into.
    nearest
        Where it lies, in a sentence; "" when it fits nowhere.
    sentence
        How well it fits, in words.
    verdict
        The same in two or three words.
    contexts, groups
        One row a context of the atlas, nearest first; and one a tissue, technique and species.
        Shares in percent.
    definition
        What the columns mean.
    """

    name: str
    atlas: str
    nearest: str
    sentence: str
    verdict: str
    contexts: pd.DataFrame
    groups: pd.DataFrame
    definition: str = DEFINITION


def work_of(name: str, built: Path, atlas: Path) -> PageWork:
    """Return the run that places a gene graph into an atlas.

    Parameters
    ----------
    name
        Of the dataset.
    built
        Result of the run that built its graph.
    atlas
        Result folder of the atlas.

    Raises
    ------
    DataFileError
        If a file cannot be read.
    """
    graphs = sorted((atlas / keys.GRAPHS_FOLDER).glob("*.h5ad"))
    given: list[Given] = [
        find_file(built / GRAPH_FILE, role=GRAPH),
        find_file(atlas / keys.EMBEDDING_FILE, role=ATLAS),
    ]
    if len(graphs) <= _MOST_GRAPHS:
        given += [find_file(path, role=ATLAS_GRAPH) for path in graphs]
    settings = parse_settings({"method": PlacementSettings.kind})
    return PageWork(settings, tuple(given), f"{name} in the atlas")


def is_in(name: str, atlas: EmbeddingSet) -> bool:
    """Tell whether a context of this name is in an atlas already."""
    return name in set(map(str, atlas.datasets.index))


def read_placed(folder: Path) -> PlaceView:
    """Read what a placement of one dataset left.

    Raises
    ------
    DataFileError
        If it cannot be read.
    """
    report = read_fits(folder / FIT_FILE)
    return describe(report.fits[0], report.atlas)


def describe(fit: PlacementFit, atlas: str) -> PlaceView:
    """Make the view of a placed dataset."""
    return PlaceView(
        name=fit.name,
        atlas=atlas,
        nearest=nearest_words(fit),
        sentence=fit_words(fit),
        verdict=fit.verdict,
        contexts=_in_percent(fit.contexts),
        groups=_in_percent(fit.groups),
    )


def new_context_layer(embedding: EmbeddingSet, name: str) -> ColourLayer:
    """Group the points of a map into the genes of one context and all others."""
    is_new = (embedding.genes[keys.DATASET].astype(str) == name).to_numpy()
    legend = (
        LegendEntry(0, "the atlas", int((~is_new).sum())),
        LegendEntry(1, name, int(is_new.sum())),
    )
    return ColourLayer("placed", "membership", is_new.astype("uint8"), legend)


def _in_percent(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose shares are percent."""
    return table.assign(**{column: 100 * table[column] for column in _SHARES})
