"""Annotation from local files: gene sets and protein interactions."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from musegnn.errors import DataFileError
from musegnn.io.gene_names import GeneNames

GO_FILE = "GO_Biological_Process_2021.gmt.gz"
REACTOME_FILE = "Reactome_2016.gmt.gz"
INTERACTION_FILE = "ppi_hetio_ind.tsv.gz"


def read_gene_sets(
    path: Path, *, minimum_size: int = 10, maximum_size: int = 300
) -> dict[str, frozenset[str]]:
    """Read a gene-set library in GMT format.

    Parameters
    ----------
    path
        `.gmt` or `.gmt.gz`: term, description, then genes; a weight behind a comma is ignored.
    minimum_size, maximum_size
        Terms with fewer or more genes are left out: tiny ones say nothing, huge ones are vague.

    Returns
    -------
    Term -> genes, in the order of the file.

    Raises
    ------
    DataFileError
        If the file is missing or holds no term of that size.
    """
    path = Path(path)
    if not path.is_file():
        msg = f"Expected a gene-set library at {path}, found no file."
        raise DataFileError(msg, "Set MUSEGNN_KNOWLEDGE to the folder that holds it.")
    opener = gzip.open if path.suffix == ".gz" else open
    terms: dict[str, frozenset[str]] = {}
    with (
        _readable(path, "a gene-set library in GMT format"),
        opener(path, "rt", encoding="utf-8") as stream,
    ):
        for line in stream:
            term, _, *genes = line.rstrip("\n").split("\t")
            members = frozenset(gene.split(",")[0] for gene in genes if gene)
            if minimum_size <= len(members) <= maximum_size:
                terms[term] = members
    if not terms:
        msg = f"Expected gene sets of {minimum_size} to {maximum_size} genes, found none in {path}."
        raise DataFileError(msg, "Check that the file is in GMT format.")
    return terms


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
    with _readable(path, "a tab-separated table of interactions"):
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
def _readable(path: Path, expected: str) -> Iterator[None]:
    """Turn what parsers raise on a damaged file into one `DataFileError`."""
    try:
        yield
    except (OSError, EOFError, ValueError, zlib.error) as error:
        msg = f"Expected {expected}, found something else in {path} ({error})."
        raise DataFileError(msg, "Fetch the file again.") from error
