"""Nomenclature of human, mouse and lemur: symbols, Ensembl ids, aliases and orthologs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from musegnn import keys
from musegnn.border.text import open_binary
from musegnn.errors import DataFileError
from musegnn.io.gene_style import ENSEMBL
from musegnn.io.h5ad import open_h5ad
from musegnn.io.orthologs import Orthologs

# species whose genes carry the symbols of their human orthologs
SAME_SYMBOL = frozenset({"lemur"})


@dataclass(frozen=True)
class GeneNames:
    """What is known about the gene names of human and mouse.

    Parameters
    ----------
    symbols
        Species -> known symbols.
    by_ensembl
        Ensembl gene id (of human) -> symbol.
    aliases
        Species -> other name -> symbol; only names with a single meaning.
    ortholog_to_human
        Mouse symbol -> human symbol, one-to-one pairs only.
    ortholog_group
        Mouse symbol -> human symbol, one-to-many pairs included.
    entrez
        Species -> Entrez gene id as text -> symbol.
    source
        Files the tables were read from; empty when nothing was found.
    orthologs
        Species -> orthologs that a user brought, see `musegnn.io.orthologs`.
    """

    symbols: Mapping[str, frozenset[str]] = field(default_factory=dict)
    by_ensembl: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ortholog_to_human: Mapping[str, str] = field(default_factory=dict)
    ortholog_group: Mapping[str, str] = field(default_factory=dict)
    entrez: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    source: tuple[str, ...] = ()
    orthologs: Mapping[str, Orthologs] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """True when no annotation is at hand and names are taken as they are."""
        return not self.symbols

    def common_name(self, symbol: str, species: str) -> str:
        """Name that is equal in two species exactly for one-to-one orthologs.

        Human symbols stand for themselves; a mouse symbol with a single human ortholog becomes
        that symbol; any other mouse symbol keeps its own name with the species in front. Lemur
        follows a table of the user where it knows the gene, and else the rule that the same symbol
        means the same gene.
        """
        if species == "human":
            return symbol
        if self.has_table(symbol, species):
            human = self.orthologs[species].one_to_one.get(symbol)
        elif species in SAME_SYMBOL:
            human = symbol if self.is_same_symbol(symbol, species) else None
        else:
            human = self.ortholog_to_human.get(symbol)
        return human or f"{species}:{symbol}"

    def human_ortholog(self, symbol: str, species: str) -> str:
        """Human ortholog of a gene, one-to-many included; "" where none is known."""
        if species == "human":
            return symbol
        if self.has_table(symbol, species):
            return self.orthologs[species].ortholog_group[symbol]
        if species in SAME_SYMBOL:
            return symbol if self.is_same_symbol(symbol, species) else ""
        return self.ortholog_group.get(symbol, "")

    def has_table(self, symbol: str, species: str) -> bool:
        """True when a table of the user names the orthologs of a gene."""
        return species in self.orthologs and symbol in self.orthologs[species].ortholog_group

    def is_same_symbol(self, symbol: str, species: str) -> bool:
        """True when a gene stands for the human gene of the same symbol, by that rule alone.

        It does not where the user's table gives the gene, or the human gene, another partner.
        """
        if species not in SAME_SYMBOL or self.has_table(symbol, species):
            return False
        if species in self.orthologs and symbol in self.orthologs[species].humans:
            return False
        human = self.symbols.get("human", frozenset())
        return not human or symbol in human

    def with_orthologs(self, species: str, table: Orthologs) -> GeneNames:
        """Return these names with the orthologs that a user brought for a species."""
        return replace(
            self,
            orthologs={**self.orthologs, species: table},
            source=(*self.source, table.source),
        )


def add_gene_ids(names: GeneNames, path: Path) -> GeneNames:
    """Learn Ensembl ids from a file that has them beside symbols.

    Parameters
    ----------
    names
        Tables known so far; what they say wins.
    path
        `.h5ad` whose `var` has a column with Ensembl ids (`gene_ids`, `ensembl`, `ensembl_id` or
        `gene_id`), such as any 10x matrix, or names such as `CD3E_ENSG00000198851`; or a
        tab-separated table with the columns `gene_id` and `symbol`.

    Raises
    ------
    DataFileError
        If the file cannot be read or has no such column.
    """
    path = Path(path)
    if path.suffix == ".h5ad":
        table = open_h5ad(path, role="a file with gene ids").var
        column = next((c for c in keys.ID_COLUMNS if c in table), None)
        symbols = list(table.get("symbol", table.index))
        identifiers = list(table.index if column is None else table[column])
    else:
        table = read_text_table(path, ["gene_id", "symbol"])
        symbols, identifiers = list(table["symbol"]), list(table["gene_id"])
    learnt: dict[str, str] = {}
    for text, symbol in zip(identifiers, symbols, strict=True):
        match = ENSEMBL["human"].search(str(text))
        bare = str(symbol).replace(match.group(), "").strip("_-.|") if match else ""
        if match and bare:
            learnt.setdefault(match.group(), bare)
    if not learnt:
        columns = ", ".join(keys.ID_COLUMNS)
        msg = f"Expected Ensembl ids beside symbols ({columns}), found none in {path}."
        raise DataFileError(msg, "Give a file that names genes by id and symbol.")
    return replace(
        names,
        by_ensembl={**learnt, **names.by_ensembl},
        source=(*names.source, path.name),
    )


def read_text_table(path: Path, columns: list[str]) -> pd.DataFrame:
    """Read a tab-separated table as text, empty cells as ''."""
    try:
        with open_binary(path, role="a tab-separated table") as stream:
            table = pd.read_csv(stream, sep="\t", dtype=str, keep_default_na=False)
    except (ValueError, OverflowError) as error:
        msg = f"Expected a tab-separated table, found a file that cannot be read: {path}."
        raise DataFileError(msg, "Copy or download it again.") from error
    missing = [column for column in columns if column not in table]
    if missing:
        msg = f"Expected the columns {', '.join(columns)}, found no {', '.join(missing)} in {path}."
        raise DataFileError(msg, "Use the table named in the documentation.")
    return table
