"""Name index: from a name to ortholog groups, and from a group to rows, as sorted arrays.

Arrays need no object for each name, are searched by halving, and lie in a file as they are.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from musegnn import keys

_OF_SPECIES: Final = re.compile(r"^\w+:")
_FEW: Final = 100_000  # names that may be held as objects beside the arrays
_WINDOW: Final = 20_000  # names that are looked at for similar ones


@dataclass(frozen=True)
class Names:
    """Different names in the order of their UTF-8 bytes, which is that of their letters.

    Parameters
    ----------
    letters
        Bytes of all names, uint8.
    starts
        `(n + 1,)` int64, where each begins, and the end of the last.
    """

    letters: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        """Number of names."""
        return len(self.starts) - 1

    def __getitem__(self, place: int) -> str:
        """Return the name at a place."""
        return self._encoded(place).decode("utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        """Yield all names in their order."""
        return (self[place] for place in range(len(self)))

    def place(self, name: str) -> int:
        """Return the place of the first name that is not before this one."""
        sought = name.encode("utf-8", "surrogatepass")
        if self._listed is not None:
            return bisect_left(self._listed, sought)
        return bisect_left(range(len(self)), sought, key=self._bytes)

    def find(self, name: str) -> int | None:
        """Return the place of a name, or None when it is not there."""
        place, sought = self.place(name), name.encode("utf-8", "surrogatepass")
        listed = self._listed
        if listed is not None:  # asked for thousands of times by a pasted list
            return place if place < len(listed) and listed[place] == sought else None
        return place if place < len(self) and self._bytes(place) == sought else None

    def _encoded(self, place: int) -> bytes:
        return self._bytes(place) if self._listed is None else self._listed[place]

    @cached_property
    def _listed(self) -> list[bytes] | None:
        """All names as objects where they are few: a pasted list asks for thousands of them."""
        return [self._bytes(place) for place in range(len(self))] if len(self) <= _FEW else None

    def _bytes(self, place: int) -> bytes:
        return self.letters[self.starts[place] : self.starts[place + 1]].tobytes()


@dataclass(frozen=True)
class NameTable:
    """Names with the groups that carry each.

    Parameters
    ----------
    names
        The names.
    groups
        Numbers of groups, those of the first name first, int32.
    bounds
        `(n + 1,)` int64, where those of each name begin, and the end of the last.
    """

    names: Names
    groups: np.ndarray
    bounds: np.ndarray

    def find(self, name: str) -> np.ndarray:
        """Return the groups that carry a name; none when it is not there."""
        place = self.names.find(name)
        return self.groups[:0] if place is None else self.at(place)

    def beginning_with(self, start: str, *, most: int) -> Iterator[tuple[str, np.ndarray]]:
        """Yield names that begin with a text, in their order, each with the groups that carry it.

        Parameters
        ----------
        start
            The text.
        most
            Names that are looked at.
        """
        first = self.names.place(start)
        for place in range(first, min(first + most, len(self.names))):
            name = self.names[place]
            if not name.startswith(start):
                return
            yield name, self.at(place)

    def at(self, place: int) -> np.ndarray:
        """Return the groups that carry the name at a place."""
        return self.groups[self.bounds[place] : self.bounds[place + 1]]


@dataclass(frozen=True)
class NameIndex:
    """Index over the names of genes in context.

    Parameters
    ----------
    group_names
        Ortholog groups.
    group_of_row
        `(N,)` int32.
    rows, bounds
        Rows of the first group first, ascending, `(N,)` int32; where those of each group begin.
    symbols, folded, ids, common
        By symbol, by symbol without case, by Ensembl id in capitals, by common name without case.
    """

    group_names: Names
    group_of_row: np.ndarray
    rows: np.ndarray
    bounds: np.ndarray
    symbols: NameTable
    folded: NameTable
    ids: NameTable
    common: NameTable

    def rows_of(self, groups: Iterable[str]) -> np.ndarray:
        """Return all rows of some groups, ascending int64, each once; those that exist count."""
        places = set(map(self.group_names.find, groups))
        parts = [
            self.rows[self.bounds[place] : self.bounds[place + 1]]
            for place in places
            if place is not None
        ]
        return np.sort(np.concatenate([self.rows[:0], *parts])).astype(np.int64)

    def groups(self, table: NameTable, name: str) -> set[str]:
        """Return the names of the groups that carry a name."""
        return {self.group_names[int(number)] for number in table.find(name)}

    @cached_property
    def groups_of_rows(self) -> np.ndarray:
        """Name of the group of each row, `(N,)` object; each name is held once."""
        names = np.array([*self.group_names, None], dtype=object)[:-1]
        return names[self.group_of_row]

    def near(self, name: str) -> list[str]:
        """Return names among which the ones that look like an unknown one are sought.

        All of a small set; of a large one those that begin alike, in any case.
        """
        tables = (self.symbols.names, self.group_names)
        if sum(map(len, tables)) <= 2 * _WINDOW:
            return sorted({*tables[0], *tables[1]})
        found: set[str] = set()
        for begin in {name, name.upper(), name.lower(), name.capitalize()}:
            for names in tables:
                middle = names.place(begin)
                low, high = max(0, middle - 500), min(len(names), middle + 500)
                found.update(names[place] for place in range(low, high))
        return sorted(found)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays by name, as `from_arrays` takes them."""
        found = {
            "group_of_row": self.group_of_row,
            "rows": self.rows,
            "bounds": self.bounds,
            "letters": self.group_names.letters,
            "starts": self.group_names.starts,
        }
        for key in _TABLES:
            table: NameTable = getattr(self, key)
            found |= {
                f"{key}:letters": table.names.letters,
                f"{key}:starts": table.names.starts,
                f"{key}:groups": table.groups,
                f"{key}:bounds": table.bounds,
            }
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> NameIndex:
        """Look at arrays as an index; they are as `to_arrays` gave them."""
        tables = {
            key: NameTable(
                Names(arrays[f"{key}:letters"], arrays[f"{key}:starts"]),
                arrays[f"{key}:groups"],
                arrays[f"{key}:bounds"],
            )
            for key in _TABLES
        }
        return cls(
            Names(arrays["letters"], arrays["starts"]),
            arrays["group_of_row"],
            arrays["rows"],
            arrays["bounds"],
            **tables,
        )


_TABLES: Final = ("symbols", "folded", "ids", "common")


def index_names(genes: pd.DataFrame) -> NameIndex:
    """Index the names of genes in context.

    Parameters
    ----------
    genes
        N rows with symbol, Ensembl id, common name and human ortholog.
    """
    common_codes, common = _numbered(genes[keys.COMMON_GENE])
    ortholog_codes, ortholog = _numbered(genes[keys.ORTHOLOG])
    group_of_row, groups = _groups(common_codes, common, ortholog_codes, ortholog)
    del ortholog_codes, ortholog
    numbers = np.arange(len(groups), dtype=np.int32)
    tables = {
        "common": _table(
            np.concatenate([common_codes, len(common) + numbers]),
            pa.concat_arrays([_changed(names, str.casefold) for names in (common, groups)]),
            np.concatenate([group_of_row, numbers]),
        )
    }
    del common_codes, common, numbers
    ids, id_names = _numbered(genes[keys.GENE_ID])
    tables["ids"] = _table(ids, _changed(id_names, str.upper), group_of_row, skip=True)
    del ids, id_names
    symbols, symbol_names = _numbered(genes[keys.GENE])
    tables["symbols"] = _table(symbols, symbol_names, group_of_row)
    folded = _changed(symbol_names, str.casefold)
    del symbol_names
    tables["folded"] = _table(symbols, folded, group_of_row)
    return NameIndex(
        group_names=_names(groups),
        group_of_row=group_of_row,
        rows=np.argsort(group_of_row, kind="stable").astype(np.int32),
        bounds=_bounds(group_of_row, len(groups)),
        **tables,
    )


def _groups(
    common_codes: np.ndarray,
    common: pa.LargeStringArray,
    ortholog_codes: np.ndarray,
    ortholog: pa.LargeStringArray,
) -> tuple[np.ndarray, pa.LargeStringArray]:
    """Return the place of the group of each row, int32, and all groups in their order."""
    # a gene without ortholog is a group of its own, by its common name
    n_common = max(len(common), 1)
    pair_of_row, pairs = pd.factorize(ortholog_codes * n_common + common_codes)
    named = ortholog.take(pa.array(pairs // n_common))
    own = _changed(common, _without_species).take(pa.array(pairs % n_common))
    places, groups = _sorted(pc.if_else(pc.equal(named, ""), own, named))
    return places[pair_of_row], groups


def _numbered(values: pd.Series) -> tuple[np.ndarray, pa.LargeStringArray]:
    """Number the texts of a column, `(N,)` int64, and list them.

    Texts of which each stood once with a number for each row are listed once; others, of which
    hardly any comes twice, as they stand.
    """
    if isinstance(values.dtype, pd.CategoricalDtype) and not values.hasnans:
        names = values.cat.categories.astype(str)
        return values.cat.codes.to_numpy(dtype=np.int64), _texts(names)
    if isinstance(values.dtype, pd.StringDtype) and not values.hasnans:
        return np.arange(len(values)), _whole(pa.array(values.array))
    return _encoded(_texts(values.astype(str)))


def _texts(values: Iterable[str]) -> pa.LargeStringArray:
    """Lay texts out; half a letter, which no file can hold, becomes a question mark."""
    listed = list(values)
    try:
        return pa.array(listed, type=pa.large_string())
    except UnicodeEncodeError:
        whole = [text.encode("utf-8", "replace").decode("utf-8") for text in listed]
        return pa.array(whole, type=pa.large_string())


def _encoded(texts: pa.Array) -> tuple[np.ndarray, pa.LargeStringArray]:
    """Number different texts in the order in which they come."""
    found = _whole(texts).dictionary_encode()
    return found.indices.to_numpy().astype(np.int64), found.dictionary.cast(pa.large_string())


def _whole(texts: pa.Array | pa.ChunkedArray) -> pa.LargeStringArray:
    """Return texts in one piece."""
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    return whole.cast(pa.large_string())


def _without_species(name: str) -> str:
    """Take the species off a common name."""
    return _OF_SPECIES.sub("", name)


_QUICK: Final[dict[Callable[[str], str], Callable[[pa.Array], pa.Array]]] = {
    str.casefold: pc.ascii_lower,
    str.upper: pc.ascii_upper,
    _without_species: lambda names: pc.replace_substring_regex(names, _OF_SPECIES.pattern, ""),
}


def _changed(names: pa.LargeStringArray, change: Callable[[str], str]) -> pa.LargeStringArray:
    """Change each name; at once where all letters are plain."""
    if pc.all(pc.string_is_ascii(names)).as_py() in {True, None}:
        return _QUICK[change](names).cast(pa.large_string())
    return _texts(map(change, names.to_pylist()))


def _sorted(names: pa.LargeStringArray) -> tuple[np.ndarray, pa.LargeStringArray]:
    """Return for each name its place among the different ones in their order, and these.

    Places are int32: an index has fewer than 2^31 rows.
    """
    order = pc.sort_indices(names)
    ordered = names.take(order)
    is_new = np.ones(len(names), dtype=bool)
    if len(names):  # equal ones stand beside each other
        is_new[1:] = pc.not_equal(ordered[1:], ordered[:-1]).to_numpy(zero_copy_only=False)
    places = np.empty(len(names), dtype=np.int32)
    places[order.to_numpy()] = np.cumsum(is_new, dtype=np.int32) - 1
    return places, ordered if is_new.all() else ordered.filter(pa.array(is_new))


def _names(texts: pa.LargeStringArray) -> Names:
    """Look at sorted names as arrays."""
    _, starts, letters = texts.buffers()
    if starts is None or letters is None or not len(texts):
        return Names(np.empty(0, np.uint8), np.zeros(len(texts) + 1, np.int64))
    ends = np.frombuffer(starts, np.int64, len(texts) + 1, 8 * texts.offset)
    return Names(np.frombuffer(letters, np.uint8), ends)


def _bounds(numbers: np.ndarray, n: int) -> np.ndarray:
    """Where each of the numbers 0 to n - 1 begins once they are sorted, and the end of the last."""
    bounds = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(numbers, minlength=n), out=bounds[1:])
    return bounds


def _table(
    codes: np.ndarray, names: pa.LargeStringArray, groups: np.ndarray, *, skip: bool = False
) -> NameTable:
    """Join names with the groups of their rows.

    Parameters
    ----------
    codes, groups
        For each row the place of its name in `names`, and its group.
    names
        The names; equal ones become one.
    skip
        Leave out the empty name, which stands for none; it is the first.
    """
    places, texts = _sorted(names)
    n_groups = int(groups.max(initial=0)) + 1
    found = places[codes].astype(np.int64)
    found *= n_groups
    found += groups
    found.sort()
    if len(found):
        found = found[np.concatenate([[True], found[1:] != found[:-1]])]
    if skip and len(texts) and texts[0].as_py() == "":
        found, texts = found[found >= n_groups] - n_groups, texts[1:]
    named = found // n_groups
    return NameTable(_names(texts), (found % n_groups).astype(np.int32), _bounds(named, len(texts)))
