"""Gene names of a file, made current and comparable: `harmonise`."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

from scipy import sparse

from musegnn.io.expression import Expression
from musegnn.io.gene_style import ENSEMBL, are_entrez
from musegnn.io.nomenclature import (
    SAME_SYMBOL,
    GeneNames,
    add_gene_ids,
)
from musegnn.io.species_check import check_species
from musegnn.validation import format_list

__all__ = ["GeneNames", "NamingReport", "add_gene_ids", "harmonise"]

_CAPITAL_RIKEN = re.compile(r"(?<=\d)RIK(?=\d*$)")
_SPIKE_IN = re.compile(r"^ERCC[-_]\d{5}$")


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
    same_symbol
        Number of genes with a common name only because a human gene has the same symbol.
    """

    renamed: dict[str, str]
    merged: list[str]
    dropped: list[str]
    n_genes: int
    orthologs: int
    same_symbol: int = 0

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
        comparable = self.orthologs + self.same_symbol
        lines.append(f"gene names: {comparable} of {self.n_genes} comparable across species")
        if self.same_symbol:
            lines.append(
                f"gene names: {self.same_symbol} of these by the rule that the human gene of "
                "the same symbol is the ortholog, not by a table"
            )
        return lines


def harmonise(
    expression: Expression, species: str, names: GeneNames
) -> tuple[Expression, list[str], NamingReport]:
    """Give every gene its current symbol, sum duplicates, drop spike-ins.

    Parameters
    ----------
    expression
        Counts with the names of the file.
    species
        One of `keys.SPECIES`.
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
    in_file, expression = expression.genes, _without_entrez(expression, species, names)
    known_as = "human" if species in SAME_SYMBOL else species
    check_species(expression.genes, species, names.symbols.get(known_as, frozenset()))
    keep = [i for i, name in enumerate(expression.genes) if not _SPIKE_IN.match(name)]
    dropped = [name for name in expression.genes if _SPIKE_IN.match(name)]
    restore = _case_table(species, names)
    upper = restore is not None and _is_upper_case([expression.genes[i] for i in keep])
    symbols, identifiers, columns = [], [], []
    for i in keep:
        known = expression.gene_ids[i]
        name = expression.genes[i]
        if known and not ENSEMBL[species].search(known):  # told apart by an id nothing is known of
            name = name.removesuffix(f"_{known}")
        symbol, identifier = _symbol_of(name, species, names, restore if upper else None)
        symbols.append(symbol)
        identifiers.append(known if ENSEMBL[species].fullmatch(known) else identifier)
        columns.append(i)
    order = list(dict.fromkeys(symbols))
    position = {symbol: j for j, symbol in enumerate(order)}
    targets = [position[symbol] for symbol in symbols]
    counts = expression.counts[:, columns] @ _indicator(targets, len(order))
    source_names, gene_ids = [""] * len(order), [""] * len(order)
    for i, j, identifier in zip(columns, targets, identifiers, strict=True):
        source_names[j] = "+".join(filter(None, [source_names[j], in_file[i]]))
        gene_ids[j] = gene_ids[j] or identifier
    if names.by_ensembl and species == "human":
        by_symbol = {symbol: identifier for identifier, symbol in names.by_ensembl.items()}
        gene_ids = [
            known or by_symbol.get(symbol, "")
            for known, symbol in zip(gene_ids, order, strict=True)
        ]
    report = NamingReport(
        renamed={
            in_file[i]: symbol
            for i, symbol in zip(columns, symbols, strict=True)
            if in_file[i] != symbol
        },
        merged=[order[j] for j, n in sorted(Counter(targets).items()) if n > 1],
        dropped=dropped,
        n_genes=len(order),
        orthologs=_count_orthologs(order, species, names),
        same_symbol=sum(names.is_same_symbol(symbol, species) for symbol in order),
    )
    harmonised = replace(expression, counts=counts.tocsr(), genes=order, gene_ids=gene_ids)
    return harmonised, source_names, report


def _without_entrez(expression: Expression, species: str, names: GeneNames) -> Expression:
    """Call genes by their symbols where a file calls them by ids of Entrez Gene."""
    known = names.entrez.get(species, {})
    if not known or not are_entrez(expression.genes):
        return expression
    return replace(expression, genes=[known.get(name, name) for name in expression.genes])


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
    match = ENSEMBL[species].search(name)
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
    if species in names.orthologs:
        return sum(symbol in names.orthologs[species].one_to_one for symbol in symbols)
    if species in SAME_SYMBOL:
        return 0
    if species == "mouse":
        return sum(symbol in names.ortholog_to_human for symbol in symbols)
    humans = set(names.ortholog_to_human.values())
    return sum(symbol in humans for symbol in symbols)
