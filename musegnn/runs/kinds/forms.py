"""Molecules of the tables of annotation in one form, which the context of molecules needs."""

from __future__ import annotations

from typing import ClassVar, Final

from pydantic import Field

from musegnn.runs.kind import Kind, KindSettings

FORMS_FILE: Final = "forms.json"


class FormsSettings(KindSettings):
    """Whose molecules are brought into one form."""

    kind: ClassVar[str] = "forms"
    waiting: str = Field(
        "",
        pattern=r"^([0-9a-f]{16})?$",
        description="Hash of the structures that wait, as the page Context graph counts them; "
        "none takes whatever waits",
    )


KIND = Kind(
    title="Molecules in one form",
    summary="brings the molecules of large tables of annotation into one form, once",
    settings=FormsSettings,
    work="musegnn.worker.forms:bring_into_form",
    makes=(FORMS_FILE,),
    is_short=True,
)
