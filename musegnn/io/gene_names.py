"""Gene names of a file, made current and comparable: `harmonise`."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np
from scipy import sparse

from musegnn.io.expression import Expression
from musegnn.io.gene_style import CAPITALISED, CAPITALS, ENSEMBL, are_entrez, is_id
from musegnn.io.gene_tables import BARE_MITOCHONDRIAL
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
# RefSeq calls the proteins of the mitochondrion by names without a prefix, in any vertebrate. Some
# are other names of other genes too (COX1 of PTGS1): these count where two of the others stand
_VERTEBRATES: Final = frozenset(ENSEMBL) - {"fly", "worm"}
_OF_OTHERS: Final = frozenset({"ND1", "COX1", "COX2", "COX3"})
_ENOUGH_BARE: Final = 2
_SMALL: Final = frozenset({"zebrafish", "worm"})  # species whose symbols are written small


_FEW_CROSSED, _SHARE_CROSSED = 5, 0.02  # names whose id is another gene's, from which it is told


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
        Number of genes with a common name only because a human gene has the same name.
    apart
        `name -> symbol` for other names of a gene that the file has under its symbol too.
    by_id
        Names of genes that share their symbol with another Ensembl id, which they now carry.
    left_as_ids
        Number of genes that are still called by their id, since no symbol is known.
    crossed
        `name -> symbol` where a name is the symbol of one gene and its id that of another.
    """

    renamed: dict[str, str]
    merged: list[str]
    dropped: list[str]
    n_genes: int
    orthologs: int
    same_symbol: int = 0
    apart: Mapping[str, str] = field(default_factory=dict)
    by_id: Sequence[str] = ()
    left_as_ids: int = 0
    crossed: Mapping[str, str] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Sentences for the console and the page."""
        examples = format_list([f"{old} -> {new}" for old, new in self.renamed.items()], limit=3)
        lines = []
        if self.renamed:
            lines.append(f"gene names: {len(self.renamed)} renamed ({examples})")
        if len(self.crossed) >= max(_FEW_CROSSED, _SHARE_CROSSED * self.n_genes):
            pairs = [f"{old} beside the id of {new}" for old, new in self.crossed.items()]
            lines.append(
                f"gene names: {len(self.crossed)} are symbols of other genes than the Ensembl ids "
                f"beside them ({format_list(pairs, limit=3)}): the ids decide; look whether the "
                "columns of the file were sorted apart"
            )
        if self.merged:
            lines.append(f"gene names: {len(self.merged)} duplicates summed")
        if self.apart:
            told = format_list([f"{old} beside {new}" for old, new in self.apart.items()], limit=3)
            lines.append(
                f"gene names: {len(self.apart)} other names of genes that the file names too stay "
                f"apart ({told})"
            )
        if self.by_id:
            told = format_list(list(self.by_id), limit=3)
            lines.append(
                f"gene names: {len(self.by_id)} share their symbol with another Ensembl id and "
                f"stay genes of their own ({told})"
            )
        if self.left_as_ids:
            lines.append(f"gene names: {self.left_as_ids} without a known symbol keep their id")
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


class _Named(NamedTuple):
    """A column of a file with the symbol it gets.

    `own` is the name that it keeps where the file has the gene under its symbol too; `rank` is 0
    for the symbol itself, an id, or what the folder says, and more for weaker names.
    """

    column: int
    symbol: str
    identifier: str
    own: str
    rank: int = 0
    by_folder: bool = False


def harmonise(
    expression: Expression, species: str, names: GeneNames
) -> tuple[Expression, list[str], NamingReport]:
    """Give every gene its current symbol, sum what is one gene, drop spike-ins.

    An Ensembl id decides where it is known, then the symbol itself, what the annotation folder says
    of another name, a previous symbol, and at last an alias. Columns are summed where they carry
    one symbol and not two ids; an alias or previous symbol of a gene that the file has under its
    symbol too may be another gene, and stays apart.

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
    check_species(expression.genes, species, names)
    keep = [i for i, name in enumerate(expression.genes) if not _SPIKE_IN.match(name)]
    dropped = [name for name in expression.genes if _SPIKE_IN.match(name)]
    found, apart = _keep_apart(_name_columns(expression, keep, species, names))
    found, by_id = _tell_apart_by_id(found, species, names)
    symbols = [part.symbol for part in found]
    order = list(dict.fromkeys(symbols))
    position = {symbol: j for j, symbol in enumerate(order)}
    targets = [position[symbol] for symbol in symbols]
    counts = _sum_columns(expression.counts, keep, targets, len(order))
    source_names, gene_ids = [""] * len(order), [""] * len(order)
    for part, j in zip(found, targets, strict=True):
        source_names[j] = "+".join(filter(None, [source_names[j], in_file[part.column]]))
        gene_ids[j] = gene_ids[j] or part.identifier
    known_ids = names.ids_of_symbols(order, species)
    gene_ids = [
        known or known_ids.get(symbol, "") for known, symbol in zip(gene_ids, order, strict=True)
    ]
    by_table, by_name = _count_comparable(order, species, names)
    report = NamingReport(
        renamed={
            in_file[part.column]: part.symbol
            for part in found
            if in_file[part.column] != part.symbol
        },
        merged=[order[j] for j, n in sorted(Counter(targets).items()) if n > 1],
        dropped=dropped,
        n_genes=len(order),
        orthologs=by_table,
        same_symbol=by_name,
        apart=apart,
        by_id=by_id,
        left_as_ids=0 if names.is_empty else sum(map(is_id, order)),
        crossed=_find_crossed(found, species, names),
    )
    harmonised = replace(
        expression,
        counts=counts,
        genes=order,
        gene_ids=gene_ids,
        mitochondrial=_find_mitochondrial(found, species, names),
        renamed=frozenset(part.symbol for part in found if part.rank and part.symbol != part.own),
    )
    return harmonised, source_names, report


def _find_crossed(found: list[_Named], species: str, names: GeneNames) -> dict[str, str]:
    """Return names that are symbols, but of other genes than the ids beside them say."""
    moved = {part.own: part.symbol for part in found if part.identifier and not part.rank}
    moved = {own: symbol for own, symbol in moved.items() if own != symbol and not is_id(own)}
    official = names.symbols_among(list(moved), species)
    return {own: symbol for own, symbol in moved.items() if own in official}


def _without_entrez(expression: Expression, species: str, names: GeneNames) -> Expression:
    """Call genes by their symbols where a file calls them by ids of Entrez Gene."""
    known = names.entrez.get(species, {})
    if not known or not are_entrez(expression.genes):
        return expression
    return replace(expression, genes=[known.get(name, name) for name in expression.genes])


def _name_columns(
    expression: Expression, keep: list[int], species: str, names: GeneNames
) -> list[_Named]:
    """Find the symbol and the id of each column that is kept."""
    pattern = ENSEMBL[species]
    bare, identifiers, known_ids = [], [], []
    for i in keep:
        name, known = expression.genes[i], expression.gene_ids[i]
        if known and not pattern.search(known):  # told apart by an id nothing is known of
            name = name.removesuffix(f"_{known}")
        match = pattern.search(name)
        identifier = match.group() if match else ""
        if identifier:
            rest = name.replace(identifier, "").strip("_-.|")
            # nothing but a version number is left
            name = identifier if len(rest) < 2 or rest.isdigit() else rest
        bare.append(name)
        identifiers.append(identifier)
        known_ids.append(known if pattern.fullmatch(known) else identifier)
    by_id = names.symbols_of_ids(
        list(dict.fromkeys(filter(None, (*identifiers, *known_ids)))), species
    )
    by_name = _Names(bare, species, names)
    ways = [by_name.find(name) for name in bare]
    own_ids = names.ids_of_symbols([way.symbol for way in ways if way.rank], species)
    found = []
    for i, name, identifier, known, way in zip(
        keep, bare, identifiers, known_ids, ways, strict=True
    ):
        symbol = by_id.get(known) or by_id.get(identifier)
        if symbol:
            found.append(_Named(i, symbol, known, name))
            continue
        # the other name of a gene with another id: perhaps of another gene
        is_other = known and way.rank and own_ids.get(way.symbol, known) != known
        symbol = way.own if is_other else way.symbol
        found.append(way._replace(column=i, identifier=known, symbol=symbol))
    return found


class _Names:
    """What the names of one file stand for, asked of all tables at once."""

    def __init__(self, bare: list[str], species: str, names: GeneNames) -> None:
        dashed = [_dashed(name) for name in bare if "." in name]
        asked = list(dict.fromkeys((*bare, *dashed)))
        self._symbols = names.symbols_among(asked, species)
        self._folder = names.aliases.get(species, {})
        self._renamed = names.renamed(asked, species)
        self._restored: Mapping[str, str] | None = None
        self._usual = _mouse_case if species in CAPITALISED else str
        if not names.is_empty and _is_other_case(bare, species):
            self._restored = names.in_any_case(asked, species)

    def find(self, name: str) -> _Named:
        """Return the symbol that a name leads to, and how well."""
        ways = (name, _dashed(name)) if "." in name else (name,)
        for way in ways:
            if way in self._symbols:
                return _Named(0, way, "", way)
        if self._restored is not None:
            usual = next((self._restored[way] for way in ways if way in self._restored), "")
            own = name if is_id(name) else self._usual(name)
            return _Named(0, usual or own, "", own, int(bool(usual)))
        for way in ways:
            if way in self._folder:
                return _Named(0, self._folder[way], "", name, by_folder=True)
        for way in ways:
            if way in self._renamed:
                symbol, kind = self._renamed[way]
                return _Named(0, symbol, "", name, kind)
        return _Named(0, name, "", name)


def _dashed(name: str) -> str:
    """Write a name with the dashes that R turns into dots: NKX6.1 is NKX6-1."""
    return name.replace(".", "-")


def _keep_apart(found: list[_Named]) -> tuple[list[_Named], dict[str, str]]:
    """Let weak names of a gene that the file has under a better one keep their own.

    A reference that has both has two genes; which of them the other name was is not known.
    """
    groups: dict[str, list[_Named]] = defaultdict(list)
    for part in found:
        groups[part.symbol].append(part)
    weak: dict[int, str] = {}
    for symbol, group in groups.items():
        best = min(part.rank for part in group)
        alone = best == 0 or sum(part.rank == best for part in group) == 1
        for part in group if len(group) > 1 else ():
            if part.rank > (best if alone else 0) and part.own != symbol:
                weak[part.column] = symbol
    kept = [part._replace(symbol=part.own) if part.column in weak else part for part in found]
    return kept, {part.own: weak[part.column] for part in found if part.column in weak}


def _tell_apart_by_id(
    found: list[_Named], species: str, names: GeneNames
) -> tuple[list[_Named], list[str]]:
    """Add the id to symbols that several ids carry, except for the gene whose own it is."""
    if species not in names.tables:  # nothing is known of ids: one symbol is one gene
        return found, []
    ids: dict[str, set[str]] = defaultdict(set)
    named: set[str] = set()  # symbols that the file itself uses, for a gene without an id
    for part in found:
        if not part.by_folder:
            ids[part.symbol].add(part.identifier)
            if not part.identifier:
                named.add(part.symbol)
    shared = {symbol for symbol, own in ids.items() if len(own) > 1}
    if not shared:
        return found, []
    official = names.ids_of_symbols(sorted(shared), species)
    # where no table says whose it is, the first that the file itself calls so has it
    for part in found:
        is_told = official.get(part.symbol) in ids[part.symbol]
        if part.symbol in shared and not is_told and part.own == part.symbol:
            official[part.symbol] = part.identifier
    official |= dict.fromkeys(named, "")
    told: list[str] = []
    kept = []
    for part in found:
        owner = official.get(part.symbol, "")
        is_other = part.symbol in shared and part.identifier not in {"", owner}
        if is_other and not part.by_folder:
            part = part._replace(symbol=f"{part.symbol}_{part.identifier}")  # noqa: PLW2901
            told.append(part.symbol)
        kept.append(part)
    return kept, list(dict.fromkeys(told))


def _find_mitochondrial(found: list[_Named], species: str, names: GeneNames) -> frozenset[str]:
    """Return the genes that the table, or their names as of RefSeq, call mitochondrial."""
    table = names.tables.get(species)
    known = frozenset() if table is None else table.mitochondrial
    sure = {part.symbol for part in found if known & {part.symbol, part.identifier}}
    if species not in _VERTEBRATES:
        return frozenset(sure)
    bare = [part for part in found if part.own.upper() in BARE_MITOCHONDRIAL]
    alone = {part.own.upper() for part in bare} - _OF_OTHERS
    is_refseq = len(alone) >= _ENOUGH_BARE
    return frozenset(
        sure | {part.symbol for part in bare if is_refseq or part.own.upper() not in _OF_OTHERS}
    )


def _mouse_case(name: str) -> str:
    """Write an unknown name in capitals the mouse way: `ABC1` -> `Abc1`, `..RIK` -> `..Rik`."""
    return _CAPITAL_RIKEN.sub("Rik", name) if _CAPITAL_RIKEN.search(name) else name.capitalize()


def _is_other_case(genes: list[str], species: str) -> bool:
    """True when nearly all names are written in a case that the symbols of a species do not have.

    Such files come of programs that fold names: in capitals, or all small.
    """
    names = [name for name in genes if not is_id(name)]
    most = 0.9 * max(len(names), 1)
    is_upper = species in CAPITALISED | _SMALL and sum(n == n.upper() for n in names) > most
    is_lower = species in CAPITALISED | CAPITALS and sum(n == n.lower() for n in names) > most
    return bool(names) and (is_upper or is_lower)


def _sum_columns(
    counts: sparse.csr_matrix, keep: Sequence[int], targets: Sequence[int], n_columns: int
) -> sparse.csr_matrix:
    """Sum columns with the same target; only nonzero counts are stored.

    Columns that stay as they are cost no copy of a large matrix.
    """
    kept = counts if len(keep) == counts.shape[1] else counts[:, keep]
    places = np.asarray(targets, dtype=kept.indices.dtype)
    is_plain = kept.has_canonical_format and bool(kept.data.all())
    if is_plain and np.array_equal(places, np.arange(n_columns)):
        return kept
    summed = sparse.csr_matrix(
        (kept.data.copy(), places[kept.indices], kept.indptr.copy()),
        shape=(kept.shape[0], n_columns),
    )
    summed.sum_duplicates()
    summed.eliminate_zeros()
    return summed


def _count_comparable(symbols: list[str], species: str, names: GeneNames) -> tuple[int, int]:
    """Number of symbols with a single ortholog by a table, and of those with a namesake only."""
    if species == "human":
        by_table = set(names.ortholog_to_human.values())
        by_name = set() if by_table else set(names.same_names("mouse").values())
        return (
            sum(symbol in by_table for symbol in symbols),
            sum(symbol in by_name for symbol in symbols),
        )
    by_name_only = sum(names.is_same_symbol(symbol, species) for symbol in symbols)
    if species in names.orthologs:
        return (
            sum(symbol in names.orthologs[species].one_to_one for symbol in symbols),
            by_name_only,
        )
    if species in SAME_SYMBOL or species != "mouse":
        return 0, by_name_only
    return sum(symbol in names.ortholog_to_human for symbol in symbols), by_name_only
