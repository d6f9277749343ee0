"""Tables of annotation that are fetched from their publishers, as pages offer it."""

from __future__ import annotations

from typing import ClassVar, Final

from pydantic import Field

from musegnn.runs.kind import Kind, KindSettings

FETCHED_FILE: Final = "tables.json"


class AnnotationSettings(KindSettings):
    """Which tables are fetched."""

    kind: ClassVar[str] = "annotation"
    tables: str = Field(
        "reactome_2016",
        pattern=r"^[a-z0-9_.]+(,[a-z0-9_.]+)*$",
        max_length=2000,
        description="Names in the catalogue, between commas",
    )


KIND = Kind(
    title="Annotation from its publishers",
    summary="fetches tables of public knowledge into the folder of annotation",
    settings=AnnotationSettings,
    work="musegnn.worker.fetch_annotation:fetch",
    makes=(FETCHED_FILE,),
    is_short=True,
)
