"""Protein interactions given as pairs of Entrez gene ids."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from musegnn.errors import DataFileError
from musegnn.io.gene_names import GeneNames

INTERACTION_FILE = "ppi_hetio_ind.tsv.gz"


def read_interactions(path: Path, names: GeneNames) -> list[tuple[str, str]]:
    """Read protein interactions given as pairs of human Entrez gene ids.

    Parameters
    ----------
    path
        Tab-separated table with the columns `gene_0` and `gene_1`.
    names
        Nomenclature tables with Entrez ids of human genes.

    Returns
    -------
    Pairs of human symbols, each pair once, sorted; pairs with an unknown id are left out.

    Raises
    ------
    DataFileError
        If the file is missing or has other columns.
    """
    path = Path(path)
    if not path.is_file():
        msg = f"Expected protein interactions at {path}, found no file."
        raise DataFileError(msg, "Set MUSEGNN_KNOWLEDGE to the folder that holds it.")
    with readable(path, "a tab-separated table of interactions"):
        table = pd.read_csv(path, sep="\t", dtype=str)
    if not {"gene_0", "gene_1"} <= set(table):
        msg = f"Expected the columns gene_0 and gene_1, found {', '.join(table)} in {path}."
        raise DataFileError(msg, "Use the table named in the documentation.")
    symbol_of = names.entrez.get("human", {})
    pairs = {
        (min(a, b), max(a, b))
        for a, b in zip(table["gene_0"].map(symbol_of), table["gene_1"].map(symbol_of), strict=True)
        if isinstance(a, str) and isinstance(b, str) and a != b
    }
    return sorted(pairs)


@contextmanager
def readable(path: Path, expected: str) -> Iterator[None]:
    """Turn what parsers raise on a damaged file into one `DataFileError`."""
    try:
        yield
    except (OSError, EOFError, ValueError, zlib.error) as error:
        msg = f"Expected {expected}, found something else in {path} ({error})."
        raise DataFileError(msg, "Fetch the file again.") from error
