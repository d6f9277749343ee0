"""Genes that people ask for: targets of drugs, transcription factors and markers of cell types.

An atlas takes them wherever they are measured well, see `preferred_genes`. A rule chooses them from
public tables of the shared folder, so that nobody's favourites do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain, zip_longest
from pathlib import Path

import pandas as pd

N_GENES = 1500


def well_known_genes(shared: Path, n_genes: int = N_GENES) -> list[str]:
    """Human symbols, best known first, in turn from three lists.

    Parameters
    ----------
    shared
        Folder with `knowledge` and `pharmacology`.
    n_genes
        How many are wanted.

    Returns
    -------
    Targets by the number of compounds of the Drug Repurposing Hub that act on them, transcription
    factors of Lambert 2018 by the number of their targets in CollecTRI, and markers by the number
    of papers that CellMarker 2.0 has for them in human; ties by name. A gene stands once.
    """
    ranked = (_targets(shared), _factors(shared), _markers(shared))
    in_turn = chain.from_iterable(zip_longest(*ranked))
    return list(dict.fromkeys(gene for gene in in_turn if gene))[:n_genes]


def _targets(shared: Path) -> list[str]:
    path = shared / "pharmacology" / "repurposing_info.tsv.gz"
    table = pd.read_csv(path, sep="\t", usecols=["pert_iname", "target"], dtype=str).dropna()
    table = table.drop_duplicates("pert_iname")
    return _by_number(gene for cell in table["target"] for gene in cell.split("|"))


def _factors(shared: Path) -> list[str]:
    folder = shared / "knowledge"
    factors = pd.read_csv(folder / "TF_human_lambert2018.txt.gz", header=None, dtype=str)[0]
    regulons = pd.read_csv(folder / "collectri_human.tsv.gz", sep="\t", dtype=str)
    return _by_number(regulons.loc[regulons["source"].isin(set(factors)), "source"])


def _markers(shared: Path) -> list[str]:
    columns = ["species", "Symbol", "PMID"]
    path = shared / "knowledge" / "CellMarker2.tsv.gz"
    table = pd.read_csv(path, sep="\t", usecols=columns, dtype=str).dropna()
    return _by_number(table.loc[table["species"] == "Human"].drop_duplicates()["Symbol"])


def _by_number(genes: Iterable[str]) -> list[str]:
    counts = Counter(genes)
    return sorted(counts, key=lambda gene: (-counts[gene], gene))
