"""Molecules methods: how the table of like molecules is made, as a program."""

from __future__ import annotations

from typing import Final

from musegnn.embeddings.origin import Origin
from musegnn.screens.shell.methods import Methods, describe

OPENING: Final = """\
from musegnn.molecules.alike import cosines, rank_alike, tanimoto_of_bits
from musegnn.molecules.asking import ask
from musegnn.molecules.shipped import read_reference

reference = read_reference()
"""
_CODE: Final = """\
asked = ask({asked!r}, reference)
table = rank_alike(
    cosines(asked.vector, reference.molecules.unit_vectors),
    tanimoto_of_bits(asked.bits[None], reference.bits)[0],
    own=asked.row,
    k={k},
)
"""
CITE: Final = (
    "Liu G, Seal S, Arevalo J, Liang Z, Carpenter AE, Jiang M, Singh S. Learning Molecular "
    "Representation in a Cell. ICLR 2025. arXiv:2406.12056.",
    "Subramanian A, et al. A Next Generation Connectivity Map: L1000 Platform and the First "
    "1,000,000 Profiles. Cell 171, 1437 (2017). doi:10.1016/j.cell.2017.10.049.",
    "Chandrasekaran SN et al. Three million images and morphological profiles of cells treated "
    "with matched chemical and genetic perturbations. Nat Methods 21, 1114 (2024). "
    "doi:10.1038/s41592-024-02241-6.",
)


def likeness_methods(origin: Origin, asked: str, *, k: int) -> Methods:
    """Say how molecules like one are found."""
    return describe(
        origin,
        title="Molecules that are alike",
        sentences=(
            "Vectors are the mean codes of an encoder of the graph of atoms, of fingerprints and "
            "of descriptors, trained to tell what random walks over a context of molecules, "
            "expression, cell shape and genes visit, at a price for what a code keeps. Molecules "
            "are compared by the cosine of their vectors, and by Tanimoto similarity of Morgan "
            "fingerprints (radius 2, 2048 bits). Known targets are no part of the context, and "
            "molecules that benchmarks of assays ask about have no edge in it.",
        ),
        parameters={"asked": asked, "nearest": k},
        code=_CODE.format(asked=asked, k=k),
        opening=OPENING,
        cite=CITE,
    )
