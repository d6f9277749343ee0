"""Edges that the cells of one context suggest, as the Causal page infers them."""

from __future__ import annotations

from typing import ClassVar, Final

from pydantic import Field

from musegnn.runs.kind import FileNeed, Kind, KindSettings

EDGES_FILE: Final = "edges.json"


class InferenceSettings(KindSettings):
    """How edges are inferred."""

    kind: ClassVar[str] = "inference"
    dataset: str = Field("", max_length=100, description="The context")
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of the bootstrap replicates")


KIND = Kind(
    title="Edges inferred from cells",
    summary="PC with a bootstrap over the cells of one context, for some genes",
    settings=InferenceSettings,
    work="musegnn.worker.infer_edges:infer_edges",
    files=(
        FileNeed("question", "the genes, and which of them may act on others"),
        FileNeed("correlations", "correlations that ship with the atlas", least=0),
        FileNeed("counts", "raw counts of the context", least=0),
    ),
    makes=(EDGES_FILE,),
    is_short=True,
)
