"""Lineage of the cells of one dataset."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from musegnn.runs.kind import Cost, FileNeed, Inputs, Kind, KindSettings
from musegnn.runs.kinds.training import Seed

COUNTS, VECTORS, LABELS = "counts", "vectors", "labels"  # roles of its files
CELLS_FILE: Final = "lineage.h5ad"
SUMMARY_FILE: Final = "lineage.json"

Word = Annotated[str, Field(max_length=100)]


class LineageSettings(KindSettings):
    """How a lineage is traced."""

    kind: ClassVar[str] = "lineage"
    labels: Word = Field("", description="Column that says what each cell is; none: no labels")
    values: Literal["counts", "linear", "log"] = Field(
        "counts", description="What the numbers are: counts, linear (TPM, RPKM) or log"
    )
    layer: str | None = Field(None, max_length=200, description="Where they are; none: found")
    context: Word = Field("", description="Context of the vectors; none: mean of all")
    without: Word = Field(
        "", description="Context that the mean leaves out; none: the one called as the file"
    )
    space: Literal["pca", "vectors", "joint"] = Field(
        "joint", description="Where cells lie: pca, vectors of their genes, or joint"
    )
    root: Word = Field("", description="Label of the first cells")
    root_gene: Word = Field("", description="Gene that marks the first cells")
    tree: str = Field("", max_length=2000, description="Known tree of labels, such as A>B>C, B>D")
    n_top: int = Field(100, ge=5, le=1000, description="Genes that the vector of a cell is made of")
    vector_weight: float = Field(
        0.5, ge=0, le=10, description="Length of the vectors beside principal components"
    )
    resolution: float = Field(1.0, gt=0, le=10, description="Resolution of the clusters")
    seed: Seed = Field(0, description="Seed of clusters, map and permuted genes")


def estimate(settings: LineageSettings, inputs: Inputs) -> Cost:
    """Cost by the size of the file; measured on one thread of a 2-core machine."""
    megabytes = sum(inputs.sizes) / 1e6
    return Cost(4 * megabytes, other_seconds=20, memory_mib=900 + 40 * megabytes, disk_mib=5)


KIND = Kind(
    title="Lineage",
    summary="pseudotime, tree and genes along the way of the cells of one dataset",
    settings=LineageSettings,
    work="musegnn.worker.lineage:trace",
    files=(
        FileNeed(COUNTS, "expression of one dataset, cells by genes"),
        FileNeed(VECTORS, "vectors of genes"),
        FileNeed(LABELS, "table of cells and their labels", least=0),
    ),
    first=("labels", "root", "root_gene", "tree", "values", "context"),
    makes=(CELLS_FILE, SUMMARY_FILE),
    is_short=True,
    estimate=estimate,
)
