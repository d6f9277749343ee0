"""Names of genes: the tables of a folder of annotation, and those that come with the program."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final

from musegnn.io.gene_tables import SHIPPED
from musegnn.io.nomenclature import GeneNames, read_text_table
from musegnn.knowledge.files import check_own

# Ensembl human-mouse table with alternative symbols, and the gene table of NicheNet
_ORTHOLOG_FILE: Final = "Hs2Mm_orthologs.tsv.gz"
_ENTREZ_FILE: Final = "nichenet_geneinfo_2022_human_mouse_orthologs.tsv.gz"
# names of clones, which stand for genes that had no symbol yet
_CLONE: Final = re.compile(r"^(?:[A-Z]{2}\d{6}|(?:RP|CT[A-D])\d*-\w+)\.\d+$")


def name_tables(folder: Path | None) -> list[Path]:
    """Return the files that `read_gene_names` reads, those that are there."""
    if folder is None:
        return []
    paths = (Path(folder) / name for name in (_ORTHOLOG_FILE, _ENTREZ_FILE))
    return [path for path in paths if path.is_file()]


def read_gene_names(folder: Path | None) -> GeneNames:
    """Read what is known about names of genes.

    What the folder says comes first; symbols that it gives in an older form are brought up to date.

    Parameters
    ----------
    folder
        Folder with `Hs2Mm_orthologs.tsv.gz` and, optionally, the NicheNet gene table; with None or
        a folder without them, the tables that come with the program are all that is known.

    Raises
    ------
    DataFileError
        If a table is there but has other columns than expected.
    """
    if folder is None or not (Path(folder) / _ORTHOLOG_FILE).is_file():
        return GeneNames(tables=SHIPPED)
    table = read_text_table(
        check_own(Path(folder) / _ORTHOLOG_FILE),
        ["Gene.stable.ID.HS", "Gene.HS", "Gene.MM", "Alt.symbol", "Alt.symbol.HS"],
    )
    human, mouse = set(table["Gene.HS"]) - {""}, set(table["Gene.MM"]) - {""}
    human_alias = list(zip(table["Alt.symbol.HS"], table["Gene.HS"], strict=True))
    mouse_alias = list(zip(table["Alt.symbol"], table["Gene.MM"], strict=True))
    pairs = [
        (row_mouse, row_human)
        for row_mouse, alternatives, row_human, others in zip(
            table["Gene.MM"],
            table["Alt.symbol"],
            table["Gene.HS"],
            table["Alt.symbol.HS"],
            strict=True,
        )
        # several alternatives mean one-to-many: those genes have no single ortholog
        if row_mouse and row_human and "," not in alternatives and "," not in others
    ]
    ortholog_group = {
        name.strip(): row_human
        for text, row_human in zip(table["Alt.symbol"], table["Gene.HS"], strict=True)
        for name in text.split(",")
        if name.strip() and row_human
    }
    sources = [_ORTHOLOG_FILE]
    entrez: dict[str, dict[str, str]] = {"human": {}, "mouse": {}}
    many_to_many = {genes for text, _ in mouse_alias for genes in text.split(",") if "," in text}
    entrez_path = Path(folder) / _ENTREZ_FILE
    if entrez_path.is_file():
        info = read_text_table(
            check_own(entrez_path), ["symbol", "entrez", "entrez_mouse", "symbol_mouse"]
        )
        for symbol, number in zip(info["symbol"], info["entrez"], strict=True):
            entrez["human"].setdefault(number.removesuffix(".0"), symbol)
        for symbol, number in zip(info["symbol_mouse"], info["entrez_mouse"], strict=True):
            entrez["mouse"].setdefault(number.removesuffix(".0"), symbol)
        human |= set(info["symbol"]) - {""}
        mouse |= set(info["symbol_mouse"]) - {""}
        sources.append(_ENTREZ_FILE)
    mouse |= many_to_many
    aliases = {"human": _unambiguous(human_alias, human), "mouse": _unambiguous(mouse_alias, mouse)}
    _add_other_species_names(aliases["human"], human, mouse_alias, table["Gene.HS"].tolist())
    shipped = GeneNames(tables=SHIPPED)
    now_human, now_mouse = _Newer("human", human, shipped), _Newer("mouse", mouse, shipped)
    by_ensembl = {
        identifier: symbol
        for identifier, symbol in zip(table["Gene.stable.ID.HS"], table["Gene.HS"], strict=True)
        if not _CLONE.match(symbol)
    }
    return GeneNames(
        symbols={"human": frozenset(human), "mouse": frozenset(mouse)},
        by_ensembl={identifier: now_human(symbol) for identifier, symbol in by_ensembl.items()},
        aliases={
            "human": now_human.aliases(aliases["human"]),
            "mouse": now_mouse.aliases(aliases["mouse"]),
        },
        ortholog_to_human={now_mouse(own): now_human(other) for own, other in sorted(pairs)},
        ortholog_group={
            now_mouse(own): now_human(other) for own, other in sorted(ortholog_group.items())
        },
        entrez=entrez,  # a name that is looked up again
        source=tuple(sources),
        tables=SHIPPED,
    )


class _Newer:
    """Brings symbols of a table up to date, each to one of its own."""

    def __init__(self, species: str, symbols: set[str], names: GeneNames) -> None:
        self._tables, self._species = names.tables, species
        newer = {old: new for old, (new, _) in names.renamed(sorted(symbols), species).items()}
        times = Counter(newer.values())
        # two symbols never become one, and none takes the place of one that the table has
        self._newer = {
            old: new for old, new in newer.items() if times[new] == 1 and new not in symbols
        }

    def __call__(self, symbol: str) -> str:
        """Return the current symbol."""
        return self._newer.get(symbol, symbol)

    def aliases(self, table: dict[str, str]) -> dict[str, str]:
        """Bring other names up to date, without those that belong to other genes.

        The alternatives of an ortholog table are paralogs too: ALPPL2, which is ALPG now, stands
        beside ALPP. A name that is known to mean other genes, or that of a clone, is no alias.
        """
        own = self._tables[self._species]
        return {
            alias: symbol
            for alias, symbol in ((alias, self(symbol)) for alias, symbol in table.items())
            if not _CLONE.match(alias)
            and (
                not (meanings := own.find_other(alias))
                or symbol in {own.symbol(meaning.gene) for meaning in meanings}
            )
        }


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
    path = Path(folder) / _ENTREZ_FILE
    if not path.is_file():
        return {}
    table = read_text_table(check_own(path), ["symbol", "entrez"])
    numbers = table["entrez"].str.removesuffix(".0")
    known = table.assign(entrez=numbers)[(numbers != "") & (table["symbol"] != "")]
    first = known.drop_duplicates("entrez")
    return dict(zip(first["entrez"], first["symbol"], strict=True))


def _unambiguous(pairs: list[tuple[str, str]], symbols: set[str]) -> dict[str, str]:
    """Other names that lead to one symbol and are no symbols themselves."""
    found: dict[str, set[str]] = {}
    for text, symbol in pairs:
        for name in filter(None, (part.strip() for part in text.split(","))):
            if name not in symbols:
                found.setdefault(name, set()).add(symbol)
    return {name: next(iter(found[name])) for name in sorted(found) if len(found[name]) == 1}


def _add_other_species_names(
    aliases: dict[str, str], human: set[str], mouse_alias: list[tuple[str, str]], genes: list[str]
) -> None:
    """Let an upper-case mouse symbol in a human file mean its human ortholog.

    Published files that were merged across species carry such names: the islet data of Baron
    et al. call human insulin INS1.
    """
    for (text, _), symbol in zip(mouse_alias, genes, strict=True):
        for name in text.split(","):
            upper = name.strip().upper()
            if upper and upper not in human and symbol in human:
                aliases.setdefault(upper, symbol)
