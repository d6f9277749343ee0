"""Symbols of Entrez gene ids."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from musegnn.io.nomenclature import ENTREZ_FILE
from musegnn.knowledge.interactions import readable


def read_entrez_symbols(folder: Path) -> dict[str, str]:
    """Read the human symbol of each Entrez gene id; the first where an id has several.

    Parameters
    ----------
    folder
        Folder with the gene table of NicheNet; without it nothing is known.

    Returns
    -------
    Id as text -> symbol.

    Raises
    ------
    DataFileError
        If the table is there but cannot be read.
    """
    path = Path(folder) / ENTREZ_FILE
    if not path.is_file():
        return {}
    with readable(path, "a table of gene names"):
        table = pd.read_csv(
            path, sep="\t", usecols=["symbol", "entrez"], dtype=str, keep_default_na=False
        )
    numbers = table["entrez"].str.removesuffix(".0")
    known = table.assign(entrez=numbers)[(numbers != "") & (table["symbol"] != "")]
    first = known.drop_duplicates("entrez")
    return dict(zip(first["entrez"], first["symbol"], strict=True))
