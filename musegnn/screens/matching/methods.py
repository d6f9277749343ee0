"""Matching methods: how the table is made, as a program."""

from __future__ import annotations

from musegnn.embeddings.origin import Origin
from musegnn.screens.shell.methods import Methods, describe

_CODE = """\
from pathlib import Path
from musegnn.molecules.profile_matching import match_molecule, match_profile, read_asked
from musegnn.molecules.profile_reference import read_reference
from musegnn.molecules.reading import read_molecules

reference = read_reference()
table = {call}
"""
CITATION = (
    "Chandrasekaran SN et al. Three million images and morphological profiles of cells treated "
    "with matched chemical and genetic perturbations. Nat Methods 21, 1114 (2024). "
    "doi:10.1038/s41592-024-02241-6.",
)


def match_methods(
    origin: Origin, *, molecule: str = "", file: str = "", row: int = 0, more: str = ""
) -> Methods:
    """Say how molecules and profiles were matched."""
    own = f", more=read_molecules({more!r}).molecules" if more.strip() else ""
    call = (
        f"match_profile(read_asked(Path({file!r}), reference), {row}, reference{own})"
        if file
        else f"match_molecule({molecule!r}, reference)[0]"
    )
    return describe(
        origin,
        title="Molecules and profiles that match",
        sentences=(
            "Profiles of Cell Painting (CPJUMP1, U2OS, medians over 24 and 48 hours) count from "
            "the controls of their plate, as signed logarithms of control spreads, and what wells "
            "share by their place is whitened away. Profiles are compared by cosine along the 50 "
            "main directions of measured ones. The profile of a structure is predicted by kernel "
            "ridge regression on two-dimensional descriptors, the molecule itself left out. "
            "Held-out ranks beside rivals and controls stand in `docs/molecules.md`.",
        ),
        parameters={"asked": file or molecule, "directions": 50, "ridge": 1.0},
        code=_CODE.format(call=call),
        cite=CITATION,
    )
