"""Molecules of large tables in one form, which the context of molecules needs."""

from __future__ import annotations

from typing import ClassVar, Final

from musegnn.runs.kind import Cost, FileNeed, Inputs, Kind, KindSettings

STRUCTURES: Final = "structures"  # role of its file
FORMS_FILE: Final = "forms.json"


class FormsSettings(KindSettings):
    """Nothing is chosen."""

    kind: ClassVar[str] = "forms"


def estimate(settings: FormsSettings, inputs: Inputs) -> Cost:
    """Cost by the size of the file, 60 bytes a molecule; measured on one core of two."""
    molecules = sum(inputs.sizes) / 60
    return Cost(0.012 * molecules, other_seconds=5, memory_mib=400 + 0.01 * molecules, disk_mib=1)


KIND = Kind(
    title="Molecules in one form",
    summary="brings the molecules of large tables of annotation into one form, once",
    settings=FormsSettings,
    work="musegnn.worker.forms:bring_into_form",
    files=(FileNeed(STRUCTURES, "structures by table (.json), as the page Context graph asks"),),
    makes=(FORMS_FILE,),
    is_short=True,
    estimate=estimate,
)
