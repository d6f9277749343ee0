"""Place new datasets into an atlas whose vectors stay as they are."""

from __future__ import annotations

from typing import ClassVar, Final

from pydantic import Field

from musegnn import keys
from musegnn.runs.kind import FileNeed, Kind, KindSettings
from musegnn.runs.kinds.training import Seed

FIT_FILE: Final = "fit.json"
GRAPH, ATLAS, ATLAS_GRAPH = "graph", "atlas", "atlas graph"  # roles of its files


class PlacementSettings(KindSettings):
    """How new datasets are placed."""

    kind: ClassVar[str] = "placement"
    folds: int = Field(2, ge=2, le=10, description="Parts of the shared genes hidden in turn")
    seed: Seed = Field(0, description="Seed of these parts, of the control and of the map")


KIND = Kind(
    title="Placement",
    summary="new datasets in the space of an atlas whose vectors stay as they are",
    settings=PlacementSettings,
    work="musegnn.worker.place:place_into_atlas",
    files=(
        FileNeed(GRAPH, "gene graph of a new dataset", most=100),
        FileNeed(ATLAS, "vectors of the atlas"),
        FileNeed(ATLAS_GRAPH, "gene graphs of the atlas", least=0, most=800),
    ),
    first=("folds",),
    makes=(keys.EMBEDDING_FILE, FIT_FILE),
    is_short=True,
)
