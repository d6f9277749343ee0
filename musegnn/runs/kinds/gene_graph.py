"""Gene graph of one dataset from raw counts, as the Data page builds it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from musegnn import keys
from musegnn.runs.kind import FileNeed, Kind, KindSettings

GRAPH_FILE: Final = "graph.h5ad"

Droplets = Literal["refuse", "filter", "keep"]  # as in `musegnn.io.droplets`
Word = Annotated[str, Field(max_length=100)]


class GeneGraphSettings(KindSettings):
    """How a gene graph is built."""

    kind: ClassVar[str] = "gene_graph"
    later: ClassVar[frozenset[str]] = frozenset(
        {"genes_in", "genome", "features", "assay", "symbols", "dates", "batch", "bootstraps"}
    )
    dataset: str = Field("uploaded", min_length=1, max_length=100, description="Its name")
    species: Word = Field(keys.SPECIES[0], description="Species of the cells")
    tissue: Word = Field("", description="Tissue of the cells")
    modality: Word = Field("scrna", description="Technique")
    n_genes: int = Field(1000, ge=3, le=5000, description="Variable genes")
    preset: Word = Field("default", description="Edge rule")
    estimator: Word = Field("cscore", description="How co-expression is estimated")
    layer: str | None = Field(None, max_length=200, description="Where the counts are; none: found")
    droplets: Droplets = Field(
        "refuse", description="What to do with an unfiltered matrix: refuse, filter or keep"
    )
    bootstraps: int = Field(
        0,
        ge=0,
        le=200,
        description="How often the cells are drawn anew to see which neighbours come back; 0: not",
    )
    genes_in: Literal["rows", "columns"] | None = Field(
        None, description="Side of a table on which the genes stand; none: found"
    )
    genome: Word | None = Field(None, description="Genome to take of a file of several")
    features: Word | None = Field(None, description="Kind of features to take; none: genes")
    assay: Word | None = Field(None, description="Part to take of a file of several")
    symbols: Word | None = Field(None, description="Column that names the genes; none: found")
    dates: str | None = Field(
        None, max_length=1000, description="Which symbols dates of a spreadsheet were"
    )
    batch: Word | None = Field(
        None, description="Column of the cells that names batches; none: all cells together"
    )


KIND = Kind(
    title="Gene graph",
    summary="the co-expression graph of one dataset, from raw counts",
    settings=GeneGraphSettings,
    work="musegnn.worker.build_graph:build_graph",
    files=(
        FileNeed("counts", "raw counts of one dataset"),
        FileNeed("annotation", "gene bodies (GTF or BED), for chromatin peaks", least=0),
        FileNeed("orthologs", "ortholog table of the species", least=0),
        FileNeed("positions", "positions of the cells, in place of those found", least=0),
    ),
    first=("dataset", "species", "tissue", "modality"),
    makes=(GRAPH_FILE,),
    is_short=True,
)
