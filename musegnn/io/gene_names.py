"""Gene nomenclature: symbols, Ensembl ids, aliases and one-to-one orthologs of human and mouse."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
from scipy import sparse

from musegnn.errors import DataFileError, InputError
from musegnn.io.expression import ID_COLUMNS, Expression
from musegnn.io.h5ad import open_h5ad
from musegnn.io.mitochondrial import MITOCHONDRIAL_RNA
from musegnn.validation import format_list

ORTHOLOG_FILE = "Hs2Mm_orthologs.tsv.gz"  # Ensembl human-mouse table with alternative symbols
ENTREZ_FILE = "nichenet_geneinfo_2022_human_mouse_orthologs.tsv.gz"

_ENSEMBL = {"human": re.compile(r"ENSG\d{11}"), "mouse": re.compile(r"ENSMUSG\d{11}")}
_CAPITAL_RIKEN = re.compile(r"(?<=\d)RIK(?=\d*$)")
_SPIKE_IN = re.compile(r"^ERCC[-_]\d{5}$")
_MOUSE_STYLE = re.compile(r"^(?:[A-Z][a-z0-9]*[a-z][A-Za-z0-9.\-]*|\d{4,}[A-Z]\d+Rik\d?|mt-.*)$")
_HUMAN_STYLE = re.compile(r"^[A-Z][A-Z0-9]*(?:orf\d+)?(?:[-._][A-Za-z0-9.]+)*$")
# names no annotation is needed for: enough of them tell the nomenclature of a file
_LEAST_SHARE = 0.2


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
    ortholog_family
        Mouse symbol -> human symbol, one-to-many pairs included.
    entrez
        Species -> Entrez gene id as text -> symbol.
    source
        Files the tables were read from; empty when nothing was found.
    """

    symbols: Mapping[str, frozenset[str]] = field(default_factory=dict)
    by_ensembl: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ortholog_to_human: Mapping[str, str] = field(default_factory=dict)
    ortholog_family: Mapping[str, str] = field(default_factory=dict)
    entrez: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    source: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when no annotation is at hand and names are taken as they are."""
        return not self.symbols

    def common_name(self, symbol: str, species: str) -> str:
        """Name that is equal in two species exactly for one-to-one orthologs.

        Human symbols stand for themselves; a mouse symbol with a single human ortholog becomes
        that symbol; any other mouse symbol keeps its own name with the species in front.
        """
        if species == "human":
            return symbol
        return self.ortholog_to_human.get(symbol, f"{species}:{symbol}")

    def human_ortholog(self, symbol: str, species: str) -> str:
        """Human ortholog of a gene, one-to-many included; "" where none is known."""
        return symbol if species == "human" else self.ortholog_family.get(symbol, "")


@dataclass(frozen=True)
class NamingReport:
    """What harmonising the names of a file changed.

    Parameters
    ----------
    renamed
        `old -> new` for names that were replaced by the current symbol.
    merged
        Symbols whose several columns were summed.
    dropped
        Names removed because they are spike-ins, not genes.
    n_genes
        Number of genes after harmonising.
    orthologs
        Number of genes with a common name across species by the ortholog table.
    """

    renamed: dict[str, str]
    merged: list[str]
    dropped: list[str]
    n_genes: int
    orthologs: int

    def lines(self) -> list[str]:
        """Sentences for the console and the page."""
        examples = format_list([f"{old} -> {new}" for old, new in self.renamed.items()], limit=3)
        lines = []
        if self.renamed:
            lines.append(f"gene names: {len(self.renamed)} renamed ({examples})")
        if self.merged:
            lines.append(f"gene names: {len(self.merged)} duplicates summed")
        if self.dropped:
            lines.append(f"gene names: {len(self.dropped)} spike-ins dropped")
        lines.append(f"gene names: {self.orthologs} of {self.n_genes} comparable across species")
        return lines


def read_gene_names(folder: Path | None) -> GeneNames:
    """Read the nomenclature tables of a knowledge folder.

    Parameters
    ----------
    folder
        Folder with `Hs2Mm_orthologs.tsv.gz` and, optionally, the NicheNet gene table; None or a
        folder without them gives empty tables.

    Raises
    ------
    DataFileError
        If a table is there but has other columns than expected.
    """
    if folder is None or not (Path(folder) / ORTHOLOG_FILE).is_file():
        return GeneNames()
    table = _read_table(
        Path(folder) / ORTHOLOG_FILE,
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
    family = {
        name.strip(): row_human
        for text, row_human in zip(table["Alt.symbol"], table["Gene.HS"], strict=True)
        for name in text.split(",")
        if name.strip() and row_human
    }
    sources = [ORTHOLOG_FILE]
    entrez: dict[str, dict[str, str]] = {"human": {}, "mouse": {}}
    many_to_many = {genes for text, _ in mouse_alias for genes in text.split(",") if "," in text}
    entrez_path = Path(folder) / ENTREZ_FILE
    if entrez_path.is_file():
        info = _read_table(entrez_path, ["symbol", "entrez", "entrez_mouse", "symbol_mouse"])
        for symbol, number in zip(info["symbol"], info["entrez"], strict=True):
            entrez["human"].setdefault(number.removesuffix(".0"), symbol)
        for symbol, number in zip(info["symbol_mouse"], info["entrez_mouse"], strict=True):
            entrez["mouse"].setdefault(number.removesuffix(".0"), symbol)
        human |= set(info["symbol"]) - {""}
        mouse |= set(info["symbol_mouse"]) - {""}
        sources.append(ENTREZ_FILE)
    mouse |= many_to_many
    aliases = {"human": _unambiguous(human_alias, human), "mouse": _unambiguous(mouse_alias, mouse)}
    _add_other_species_names(aliases["human"], human, mouse_alias, table["Gene.HS"].tolist())
    return GeneNames(
        symbols={"human": frozenset(human), "mouse": frozenset(mouse)},
        by_ensembl={
            **MITOCHONDRIAL_RNA,
            **dict(zip(table["Gene.stable.ID.HS"], table["Gene.HS"], strict=True)),
        },
        aliases=aliases,
        ortholog_to_human=dict(sorted(pairs)),
        ortholog_family=dict(sorted(family.items())),
        entrez=entrez,
        source=tuple(sources),
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
        column = next((c for c in ID_COLUMNS if c in table), None)
        symbols = list(table.get("symbol", table.index))
        identifiers = list(table.index if column is None else table[column])
    else:
        table = _read_table(path, ["gene_id", "symbol"])
        symbols, identifiers = list(table["symbol"]), list(table["gene_id"])
    learnt: dict[str, str] = {}
    for text, symbol in zip(identifiers, symbols, strict=True):
        match = _ENSEMBL["human"].search(str(text))
        bare = str(symbol).replace(match.group(), "").strip("_-.|") if match else ""
        if match and bare:
            learnt.setdefault(match.group(), bare)
    if not learnt:
        msg = (
            f"Expected Ensembl ids beside symbols ({', '.join(ID_COLUMNS)}), found none in {path}."
        )
        raise DataFileError(msg, "Give a file that names genes by id and symbol.")
    return replace(
        names,
        by_ensembl={**learnt, **names.by_ensembl},
        source=(*names.source, path.name),
    )


def _read_table(path: Path, columns: list[str]) -> pd.DataFrame:
    """Read a tab-separated table as text, empty cells as ''."""
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    except (OSError, ValueError, EOFError, zlib.error) as error:
        msg = f"Expected a tab-separated table, found a file that cannot be read: {path}."
        raise DataFileError(msg, "Copy or download it again.") from error
    missing = [column for column in columns if column not in table]
    if missing:
        msg = f"Expected the columns {', '.join(columns)}, found no {', '.join(missing)} in {path}."
        raise DataFileError(msg, "Use the table named in the documentation.")
    return table


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


def harmonise(
    expression: Expression, species: str, names: GeneNames
) -> tuple[Expression, list[str], NamingReport]:
    """Give every gene its current symbol, sum duplicates, drop spike-ins.

    Parameters
    ----------
    expression
        Counts with the names of the file.
    species
        "human" or "mouse".
    names
        Nomenclature tables; empty tables leave symbols as they are.

    Returns
    -------
    Expression with unique symbols (in the order of first appearance), the name in the file of each
    gene, and a report of what changed.

    Raises
    ------
    InputError
        If the names are not gene names of that species.
    """
    check_species(expression.genes, species, names)
    keep = [i for i, name in enumerate(expression.genes) if not _SPIKE_IN.match(name)]
    dropped = [name for name in expression.genes if _SPIKE_IN.match(name)]
    restore = _case_table(species, names)
    upper = restore is not None and _is_upper_case([expression.genes[i] for i in keep])
    symbols, identifiers, columns = [], [], []
    for i in keep:
        symbol, identifier = _symbol_of(
            expression.genes[i], species, names, restore if upper else None
        )
        symbols.append(symbol)
        known = expression.gene_ids[i]
        identifiers.append(known if _ENSEMBL[species].fullmatch(known) else identifier)
        columns.append(i)
    order = list(dict.fromkeys(symbols))
    position = {symbol: j for j, symbol in enumerate(order)}
    targets = [position[symbol] for symbol in symbols]
    counts = expression.counts[:, columns] @ _indicator(targets, len(order))
    source_names, gene_ids = [""] * len(order), [""] * len(order)
    for i, j, identifier in zip(columns, targets, identifiers, strict=True):
        source_names[j] = "+".join(filter(None, [source_names[j], expression.genes[i]]))
        gene_ids[j] = gene_ids[j] or identifier
    if names.by_ensembl and species == "human":
        by_symbol = {symbol: identifier for identifier, symbol in names.by_ensembl.items()}
        gene_ids = [
            known or by_symbol.get(symbol, "")
            for known, symbol in zip(gene_ids, order, strict=True)
        ]
    report = NamingReport(
        renamed={
            expression.genes[i]: symbol
            for i, symbol in zip(columns, symbols, strict=True)
            if expression.genes[i] != symbol
        },
        merged=[order[j] for j, n in sorted(Counter(targets).items()) if n > 1],
        dropped=dropped,
        n_genes=len(order),
        orthologs=_count_orthologs(order, species, names),
    )
    harmonised = Expression(counts.tocsr(), order, gene_ids, expression.source)
    return harmonised, source_names, report


def check_species(genes: list[str], species: str, names: GeneNames) -> None:
    """Raise `InputError` when the names are not gene names of the species."""
    known = names.symbols.get(species, frozenset())
    folded = {symbol.upper() for symbol in known}
    other = "mouse" if species == "human" else "human"
    if _looks_like_other(genes, species):
        msg = f"Expected {species} gene names, found {other} ones ({format_list(genes, limit=3)})."
        raise InputError(msg, f"Choose {other} as the species.")
    share = _share(genes, species, folded)
    if share >= _LEAST_SHARE:
        return
    msg = (
        f"Expected {species} gene names, recognised {100 * share:.0f} % of {len(genes)} "
        f"(for example {format_list(genes, limit=3)})."
    )
    raise InputError(msg, "Use gene symbols or Ensembl gene ids as variable names.")


def _looks_like_other(genes: list[str], species: str) -> bool:
    """True when most names of a human file are written in the mouse way or carry mouse ids."""
    other = "mouse" if species == "human" else "human"
    identifiers = sum(bool(_ENSEMBL[other].search(name)) for name in genes)
    if identifiers > len(genes) / 2:
        return True
    styled = sum(bool(_MOUSE_STYLE.match(name)) for name in genes)
    return species == "human" and styled > len(genes) / 2


def _share(genes: list[str], species: str, known: set[str]) -> float:
    """Share of names that are known symbols or ids, or look like such where nothing is known."""
    pattern = _ENSEMBL[species]
    if known:
        hits = sum(name.upper() in known or bool(pattern.search(name)) for name in genes)
    else:
        styles = (_HUMAN_STYLE,) if species == "human" else (_HUMAN_STYLE, _MOUSE_STYLE)
        hits = sum(
            bool(pattern.search(name)) or any(style.match(name) for style in styles)
            for name in genes
        )
    return hits / max(len(genes), 1)


def _case_table(species: str, names: GeneNames) -> dict[str, str] | None:
    """Upper-case name -> mouse symbol, for mouse files written in capitals."""
    if species != "mouse" or names.is_empty:
        return None
    return {symbol.upper(): symbol for symbol in sorted(names.symbols["mouse"])}


def _mouse_case(name: str) -> str:
    """Write an unknown name in capitals the mouse way: `ABC1` -> `Abc1`, `..RIK` -> `..Rik`."""
    return _CAPITAL_RIKEN.sub("Rik", name) if _CAPITAL_RIKEN.search(name) else name.capitalize()


def _is_upper_case(genes: list[str]) -> bool:
    """True when nearly all names are written in capitals."""
    return sum(name == name.upper() for name in genes) > 0.9 * max(len(genes), 1)


def _symbol_of(
    name: str, species: str, names: GeneNames, restore: dict[str, str] | None
) -> tuple[str, str]:
    """Return the current symbol and the Ensembl id ('' where unknown) of a name."""
    match = _ENSEMBL[species].search(name)
    identifier = match.group() if match else ""
    if match:
        bare = name.replace(identifier, "").strip("_-.|")
        if len(bare) < 2 or bare.isdigit():  # nothing but a version number is left
            return names.by_ensembl.get(identifier, identifier), identifier
        name = names.by_ensembl.get(identifier, bare)
    known = names.symbols.get(species, frozenset())
    if name in known:
        return name, identifier
    dashed = name.replace(".", "-")  # R writes NKX6-1 as NKX6.1
    if dashed in known:
        return dashed, identifier
    if restore is not None:
        usual = restore.get(name.upper()) or restore.get(dashed.upper()) or _mouse_case(name)
        return usual, identifier
    return names.aliases.get(species, {}).get(name, name), identifier


def _indicator(targets: list[int], n_columns: int) -> sparse.csr_matrix:
    """Sparse matrix that sums columns with the same target."""
    n = len(targets)
    ones = [1.0] * n
    return sparse.csr_matrix((ones, (range(n), targets)), shape=(n, n_columns), dtype="float32")


def _count_orthologs(symbols: list[str], species: str, names: GeneNames) -> int:
    """Number of symbols that have a one-to-one ortholog in the other species."""
    if species == "mouse":
        return sum(symbol in names.ortholog_to_human for symbol in symbols)
    humans = set(names.ortholog_to_human.values())
    return sum(symbol in humans for symbol in symbols)
