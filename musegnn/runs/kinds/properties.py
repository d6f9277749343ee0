"""What assays would find of many molecules."""

from __future__ import annotations

from typing import ClassVar, Final

from musegnn.runs.kind import Cost, FileNeed, Inputs, Kind, KindSettings

MOLECULES: Final = "molecules"  # role of its file
TABLE_FILE: Final = "properties.csv"
REFUSED_FILE: Final = "left_out.csv"
FIRST_FILE: Final = "properties.json"


class PropertiesSettings(KindSettings):
    """Nothing is chosen: the shipped models are asked."""

    kind: ClassVar[str] = "properties"


def estimate(settings: PropertiesSettings, inputs: Inputs) -> Cost:
    """Cost by the size of the file, 60 bytes a molecule; measured on one core of two."""
    molecules = sum(inputs.sizes) / 60
    return Cost(0.02 * molecules, other_seconds=5, memory_mib=500 + 0.01 * molecules, disk_mib=5)


KIND = Kind(
    title="Properties of molecules",
    summary="what assays would find of up to 100,000 structures",
    settings=PropertiesSettings,
    work="musegnn.worker.properties:foretell_file",
    files=(FileNeed(MOLECULES, "structures: SMILES, InChI, a table with a column smiles, or SDF"),),
    makes=(TABLE_FILE, REFUSED_FILE, FIRST_FILE),
    is_short=True,
    estimate=estimate,
)
