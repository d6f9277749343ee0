"""Lineages methods: how the table of genes is made, as a program."""

from __future__ import annotations

from typing import Final

from musegnn.lineages.result import LineageResult
from musegnn.screens.shell.methods import CITATION, Methods, describe

OPENING: Final = """\
from pathlib import Path

from musegnn.lineages.result import read_lineage

lineage = read_lineage(Path({folder!r}))
"""
CITE: Final = (
    "Haghverdi L, et al. Diffusion pseudotime robustly reconstructs lineage branching. Nat Methods "
    "13, 845 (2016). doi:10.1038/nmeth.3971.",
    "Wolf FA, et al. PAGA: graph abstraction reconciles clustering with trajectory inference. "
    "Genome Biol 20, 59 (2019). doi:10.1186/s13059-019-1663-x.",
    "Wolf FA, Angerer P, Theis FJ. SCANPY: large-scale single-cell gene expression data analysis. "
    "Genome Biol 19, 15 (2018). doi:10.1186/s13059-017-1382-0.",
    *CITATION[:1],
)


def lineage_methods(result: LineageResult, name: str) -> Methods:
    """Say how the genes along a lineage are found, with the program that lists them.

    Parameters
    ----------
    result
        The lineage.
    name
        Where its folder lies, as who reads it may know it.
    """
    opening = OPENING.format(folder=name)
    return describe(
        result.cells.origin,
        title="Genes along the lineage",
        sentences=(
            *result.words,
            "Genes: Spearman correlation of log expression with pseudotime, Benjamini-Hochberg "
            "over the genes seen in 5 % of the cells.",
        ),
        parameters={
            "cells": len(result.cells),
            "root": result.root,
            "known tree": result.known or "none",
            "genes with a vector": result.n_shared,
        },
        opening=opening,
        code="table = lineage.programs\n",
        cite=CITE,
    )
