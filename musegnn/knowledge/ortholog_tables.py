"""Orthologs of species other than mouse, from the tables of a folder of annotation."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

from musegnn.io.nomenclature import GeneNames, read_text_table
from musegnn.io.orthologs import pair_up
from musegnn.knowledge.files import check_own

# twelve sources of orthologs joined by HGNC (HCOP), and primates named after human genes (Ensembl)
_MANY_SPECIES: Final = "hcop_orthologs_human_10species.tsv.gz"
_PRIMATES: Final = "primate_symbol_orthologs.tsv.gz"
_TAXA: Final = {"rat": "10116", "rhesus": "9544", "zebrafish": "7955"}
_PRIMATE_NAMES: Final = {
    "lemur": "mouse_lemur",
    "marmoset": "marmoset",
    "rhesus": "rhesus",
    "cynomolgus": "cynomolgus",
}
_LEAST_SUPPORT: Final = 3  # sources that must name a pair, as in the package babelgene


def ortholog_table(folder: Path | None, species: str) -> Path | None:
    """Return the table of a folder that names orthologs of a species; None without any."""
    if folder is None:
        return None
    known = {_PRIMATES: _PRIMATE_NAMES, _MANY_SPECIES: _TAXA}
    paths = (Path(folder) / name for name, named in known.items() if species in named)
    return next((path for path in paths if path.is_file()), None)


def add_orthologs(names: GeneNames, folder: Path | None, species: str) -> GeneNames:
    """Return names with the orthologs that a folder knows for a species.

    Parameters
    ----------
    names
        What is known already; orthologs that it has for the species stay.
    folder
        Folder with `primate_symbol_orthologs.tsv.gz` or `hcop_orthologs_human_10species.tsv.gz`.
        Of the second, each gene is paired with the human genes that most sources name, three at
        least.
    species
        One of `keys.SPECIES`; human and mouse have tables of their own.

    Raises
    ------
    DataFileError
        If the table cannot be read or has other columns.
    """
    path = ortholog_table(folder, species)
    if path is None or species in names.orthologs:
        return names
    own = check_own(path)
    pairs = _of_primates(own, species, names) if path.name == _PRIMATES else _of_many(own, species)
    if not pairs:
        return names
    return names.with_orthologs(species, pair_up(_up_to_date(pairs, species, names), path.name))


def _of_many(path: Path, species: str) -> list[tuple[str, str]]:
    """Pairs of symbols with the largest support of each gene."""
    columns = ["human_symbol", "taxon_id", "symbol", "support_n"]
    table = read_text_table(path, columns)
    is_own = (table["taxon_id"] == _TAXA[species]) & (table["symbol"] != "")
    table = table[is_own & (table["human_symbol"] != "")]
    support = pd.to_numeric(table["support_n"], errors="coerce").fillna(0)
    best = support.groupby(table["symbol"]).transform("max")
    kept = table[(support >= _LEAST_SUPPORT) & (support == best)]
    return list(zip(kept["symbol"], kept["human_symbol"], strict=True))


def _of_primates(path: Path, species: str, names: GeneNames) -> list[tuple[str, str]]:
    """Pairs of symbols; a gene without a symbol of its own is called by its id."""
    table = read_text_table(path, ["species", "ensembl_id", "human_symbol"])
    table = table[(table["species"] == _PRIMATE_NAMES[species]) & (table["human_symbol"] != "")]
    symbols = names.symbols_of_ids(table["ensembl_id"].tolist(), species)
    own = [symbols.get(identifier, identifier) for identifier in table["ensembl_id"]]
    return list(zip(own, table["human_symbol"], strict=True))


def _up_to_date(
    pairs: list[tuple[str, str]], species: str, names: GeneNames
) -> list[tuple[str, str]]:
    """Bring both sides of each pair to the symbols that genes have today."""
    own = names.up_to_date([pair[0] for pair in pairs], species)
    human = names.up_to_date([pair[1] for pair in pairs], "human")
    return [(own[first], human[second]) for first, second in pairs]
