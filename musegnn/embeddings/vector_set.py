"""Vector set: one vector for each row of a table, with their map and where they come from."""

from __future__ import annotations

import hashlib
import importlib
import json
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final, Self, TypeVar

import anndata
import numpy as np
import pandas as pd
from scipy import sparse

from musegnn import keys
from musegnn.border.apart import apart
from musegnn.border.documents import Bounds, parse_json
from musegnn.embeddings.origin import Origin, find_set_file
from musegnn.errors import DataFileError, InputError
from musegnn.io.h5ad import (
    check_rows,
    finite_numbers,
    measure_vectors,
    open_h5ad,
    open_parts,
    parsing,
    write_packed,
)
from musegnn.io.strings import as_objects
from musegnn.settings import Settings

_MAP: Final = "X_umap"
_NEIGHBOURS: Final = "connectivities"
_FIELDS: Final = ("label", "within", "details", "unit")  # what the file of a plain set records

LARGE_ROWS: Final = 200_000  # from here on a set is mapped from a file, and its map is a density
HEADER: Final = Bounds(most_bytes=64 << 20)  # what a file says of itself, as JSON
_ROW_BYTES: Final = 70  # of names, places and indices, beside the vector of a row

Kind = TypeVar("Kind", bound="VectorSet")


@dataclass(frozen=True)
class SetSize:
    """How large a set is, known before it is opened.

    Parameters
    ----------
    rows, dimensions
        Its vectors, and the numbers of each; 0 where the file does not say it.
    unit
        What the rows are, in the plural.
    """

    rows: int = 0
    dimensions: int = 0
    unit: str = "rows"

    @property
    def is_large(self) -> bool:
        """True for a set that is mapped from a file."""
        return self.rows >= LARGE_ROWS

    @property
    def megabytes(self) -> int:
        """Memory that the opened set needs, for all sessions together."""
        return -(-self.rows * (4 * self.dimensions + _ROW_BYTES) // 1_000_000)

    def __str__(self) -> str:
        """Rows, bytes of the vectors, and memory."""
        vectors = -(-4 * self.rows * self.dimensions // 1_000_000)
        return (
            f"{self.rows:,} {self.unit} of {self.dimensions} numbers each, {vectors:,} MB; "
            f"needs about {self.megabytes:,} MB of memory, once for all sessions"
        )


@dataclass(frozen=True, kw_only=True)
class VectorSet:
    """Vectors of N things in one space: genes in context, molecules, anything with a name.

    Parameters
    ----------
    vectors
        `(N, D)` float32, one row a thing. Not normalised.
    table
        N rows in the order of `vectors`, what is known of each; the index is 0..N-1 and is the
        row id used everywhere.
    layout
        `(N, 2)` float32, coordinates of the map, without unit.
    neighbour_graph
        `(N, N)` sparse kNN connectivities in [0, 1] from which clusters and map were computed.
    label
        Column of `table` that names a row.
    within
        Column within whose values a label stands once, such as the context of a gene; "" where a
        label names one row of the whole set.
    details
        More columns that the map shows about a row.
    unit
        What the rows are, in the plural.
    provenance
        Name, model, configuration and its hash, seed, versions, notes: JSON-ready.
    path
        File the set was read from, or None.
    """

    vectors: np.ndarray
    table: pd.DataFrame
    layout: np.ndarray
    neighbour_graph: sparse.csr_matrix
    label: str
    within: str = ""
    details: tuple[str, ...] = ()
    unit: str = "rows"
    provenance: dict[str, Any] = field(default_factory=dict)
    path: Path | None = None

    role: ClassVar[str] = "a set of vectors"  # what a file of the kind is, in messages
    advice: ClassVar[str] = "Choose a file that `write_vector_set` wrote."

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.vectors)

    @property
    def name(self) -> str:
        """Short name shown on every page."""
        return str(self.provenance.get("name", "embedding"))

    @property
    def sources(self) -> tuple[str, ...]:
        """One line a source of data."""
        return tuple(map(str, self.provenance.get("sources", ())))

    @cached_property
    def origin(self) -> Origin:
        """What files and methods say of where the set comes from."""
        recorded = self.provenance
        return Origin(
            self.name,
            str(recorded.get("config_hash", Origin.config_hash)),
            str(recorded.get("model", Origin.model)),
            recorded.get("seed", Origin.seed),
            self.sources,
        )

    @cached_property
    def id(self) -> str:
        """Hash of places and names: how links and sessions know the set."""
        digest = hashlib.sha256()
        labels = self.labels().values()
        for numbers in (*self.layout.T.astype("<f4"), *(codes for _, codes in labels)):
            digest.update(b64encode(np.ascontiguousarray(numbers).tobytes()))
        for names, _ in labels:
            digest.update("\0".join(names).encode())
        return digest.hexdigest()[:16]

    @property
    def named_by(self) -> tuple[str, ...]:
        """Columns that name a row together."""
        return (self.label, self.within) if self.within else (self.label,)

    @cached_property
    def row_names(self) -> np.ndarray:
        """Name of each row, `(N,)` str: its label, and after an @ what it is within."""
        return self._join("@")

    def labels(self, rows: np.ndarray | None = None) -> dict[str, tuple[list[str], np.ndarray]]:
        """Return what the map says of each row, by column: what names it first, then the details.

        Parameters
        ----------
        rows
            Rows to describe, or None for all.

        Returns
        -------
        Different names, sorted, and for each row the place of its own among them: the smallest
        unsigned integers that hold them, little-endian.
        """
        return {column: self._coded(column, rows) for column in (*self.named_by, *self.details)}

    @cached_property
    def unit_vectors(self) -> np.ndarray:
        """Vectors scaled to length 1, `(N, D)` float32, read-only; zero rows stay zero."""
        norms = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        unit = self.vectors / np.where(norms > 0, norms, 1)
        unit.flags.writeable = False
        return unit

    def rows_within(self, place: str = "") -> np.ndarray:
        """Return the rows of one value of the column `within`, ascending; without it, all rows."""
        return self._rows_by_place.get(place, np.empty(0, dtype=np.int64)).copy()

    @cached_property
    def _rows_by_place(self) -> dict[str, np.ndarray]:
        """Rows of every place, found once: pages ask for each context on every run."""
        if not self.within:
            return {"": np.arange(len(self), dtype=np.int64)}
        codes, names = factorized(self.table[self.within])
        order = np.argsort(codes, kind="stable")
        bounds = np.searchsorted(codes[order], np.arange(len(names) + 1))
        return {str(name): order[bounds[i] : bounds[i + 1]] for i, name in enumerate(names)}

    def row(self, label: str, place: str = "") -> int | None:
        """Return the row of an exact label in a place, or None when it is not there."""
        rows = self.rows_within(place)
        same = np.flatnonzero(self.table[self.label].iloc[rows].to_numpy(dtype=object) == label)
        return int(rows[same[0]]) if len(same) else None

    def names_of(self, rows: np.ndarray) -> dict[str, list[str]]:
        """Return the labels of rows by the place they are in, as `rows_named` takes them."""
        part = self.table.iloc[rows]
        labels = part[self.label].to_numpy(dtype=str)
        if not self.within:
            return {"": labels.tolist()} if len(rows) else {}
        places = part[self.within].to_numpy(dtype=str)
        return {str(place): labels[places == place].tolist() for place in np.unique(places)}

    def rows_named(self, names: Mapping[str, Collection[str]]) -> np.ndarray:
        """Return the rows of labels by place, ascending; what is not there is left out."""
        rows = [
            here[self.table[self.label].iloc[here].isin(set(labels)).to_numpy()]
            for place, labels in names.items()
            for here in [self.rows_within(place)]
        ]
        return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *rows]))

    def check_row(self, row: int) -> None:
        """Raise `InputError` unless the set has such a row."""
        if not 0 <= row < len(self):
            msg = f"Expected a row between 0 and {len(self) - 1}, found {row}."
            raise InputError(msg, "Choose it again.")

    def part(self, rows: np.ndarray, **provenance: Any) -> Self:
        """Return some of the rows as a set of their own.

        Parameters
        ----------
        rows
            Rows to take, in the order of the new set.
        provenance
            What the new set records besides.
        """
        return replace(
            self,
            vectors=self.vectors[rows],
            table=self.table.iloc[rows].reset_index(drop=True),
            layout=self.layout[rows],
            neighbour_graph=self.neighbour_graph[rows][:, rows],
            provenance={**self.provenance, **provenance},
            path=None,
        )

    def _coded(self, column: str, rows: np.ndarray | None) -> tuple[list[str], np.ndarray]:
        """Number the names of a column; by hash, which takes a tenth of the time of sorting."""
        values = self.table[column]
        codes, names = factorized(values if rows is None else values.iloc[rows])
        size = 1 if len(names) <= 2**8 else 2 if len(names) <= 2**16 else 4
        return [str(name) for name in names], codes.astype(f"<u{size}")

    def _join(self, sign: str) -> np.ndarray:
        """Columns that name a row, joined, `(N,)` str."""
        first, *others = (self.table[column].astype(str) for column in self.named_by)
        return first.str.cat(others, sep=sign).to_numpy(dtype=object)

    def _header(self) -> dict[str, str]:
        """What the file records of this kind of set."""
        return {"rows": json.dumps({name: getattr(self, name) for name in _FIELDS})}

    @classmethod
    def _is_in(cls, columns: Collection[str], header: Mapping[str, Any]) -> bool:
        """Tell whether a file with these columns and this header holds this kind of set."""
        return "rows" in header

    @classmethod
    def _read(cls, table: pd.DataFrame, header: Mapping[str, Any]) -> dict[str, Any]:
        """Take out of a file what this kind of set has besides vectors, map and provenance."""
        recorded = parse_json(str(header["rows"]), HEADER)
        fields = {name: recorded[name] for name in _FIELDS} | {
            "details": tuple(recorded["details"])
        }
        return {**fields, "table": with_texts(table, [fields["label"]])}


def write_vector_set(vectors: VectorSet, path: Path, *, precision: type = np.float32) -> None:
    """Write a set as `.h5ad`; scanpy and CELLxGENE open it as it is.

    `precision` is the number format of the vectors in the file; they are read as float32.

    obs = rows of the table, X = vectors, obsm['X_umap'] = map, obsp['connectivities'] = kNN graph,
    uns['musegnn_embedding'] = provenance and what the columns mean, as JSON.

    Raises
    ------
    InputError
        If two rows have the same name.
    """
    obs = vectors.table.set_axis(pd.Index(vectors._join("|")))
    if not obs.index.is_unique:
        twice = obs.index[obs.index.duplicated()][0]
        msg = f"Expected {vectors.unit} with a name each, found {twice!r} twice."
        raise InputError(msg, f"Tell them apart in the column {vectors.label!r}.")
    for column in obs:  # each name is stored once, and a code for each row
        is_text = not pd.api.types.is_numeric_dtype(obs[column])
        # numbers for names that hardly ever come twice would only take room
        if is_text and (len(obs) < LARGE_ROWS or 4 * obs[column].nunique() < len(obs)):
            obs[column] = obs[column].astype("category")
    var = pd.DataFrame(index=[f"dimension_{i}" for i in range(vectors.vectors.shape[1])])
    data = anndata.AnnData(X=vectors.vectors.astype(precision), obs=obs, var=var)
    data.obsm[_MAP] = vectors.layout.astype(np.float32)
    connectivities = sparse.csr_matrix(vectors.neighbour_graph, dtype=np.float32)
    connectivities.data = np.round(connectivities.data, 2)  # says no more, and packs well
    data.obsp[_NEIGHBOURS] = connectivities
    data.uns["neighbors"] = {
        "connectivities_key": _NEIGHBOURS,
        "params": {"method": "umap", "metric": "cosine"},
    }
    data.uns[keys.UNS_EMBEDDING] = {
        "format_version": keys.FORMAT_VERSION,
        "provenance": json.dumps(vectors.provenance, sort_keys=True),
        **vectors._header(),
    }
    # a large set is mapped, which packed numbers cannot be
    write_packed(data, path, compression=0 if len(vectors) >= LARGE_ROWS else 9)


def measure_set(path: Path, kind: type[VectorSet]) -> SetSize:
    """Say how large a set is, without opening it.

    Parameters
    ----------
    path
        Its `.h5ad`, or the folder of a result or of a run that holds an `embedding.h5ad`.
    kind
        What it should be.

    Raises
    ------
    DataFileError
        If it is larger than `MUSEGNN_LARGEST_SET` allows, or than its bytes can be.
    """
    path = find_set_file(path, role=kind.role)
    if not path.is_file():
        return SetSize()
    unit = str(getattr(kind, "unit", SetSize.unit))
    size = SetSize(**measure_vectors(path, role=kind.role), unit=unit)
    allowed = Settings.from_environment().largest_set
    if size.megabytes > allowed:
        msg = f"Expected {kind.role} that needs at most {allowed:,} MB, found {size}: {path}."
        hint = f"Where the machine has it, set MUSEGNN_LARGEST_SET to {size.megabytes} or more."
        raise DataFileError(msg, f"{hint} Else open a part of the rows.")
    return size


def read_vector_set(
    path: Path, kind: type[Kind], *, tell: Callable[[str], object] | None = None
) -> Kind:
    """Read a set; a large one is mapped from what was taken out of its file once.

    Parameters
    ----------
    path
        Its `.h5ad`, or the folder of a result or of a run that holds an `embedding.h5ad`.
    kind
        What it should be: `VectorSet`, or a kind of it.
    tell
        Told before a large one is opened how many rows it has and what memory it needs.

    Raises
    ------
    DataFileError
        If the file is missing, damaged, too large, or not of the kind.
    """
    path = find_set_file(path, role=kind.role)
    size = measure_set(path, kind)
    if size.is_large:
        if tell is not None:
            tell(f"{path.name}: {size}")
        return _read_large(path, kind)
    place = f"{kind.__module__}:{kind.__qualname__}"
    found = kind(path=path, **read_fields(path, kind=place, role=kind.role))
    found.vectors.flags.writeable = found.layout.flags.writeable = False
    return found


@apart("a set of vectors")
def read_fields(path: Path, *, kind: str, role: str) -> dict[str, Any]:
    """Read what a set is made of.

    Parameters
    ----------
    path
        Its `.h5ad`.
    kind
        Module and name of the class that it should be, with a colon between.
    role
        What the file should be, for messages.

    Returns
    -------
    Values of the fields of the class, but for `path`.

    Raises
    ------
    DataFileError
        If the file is missing, damaged, or not of the kind.
    """
    module, _, name = kind.partition(":")
    cls: type[VectorSet] = getattr(importlib.import_module(module), name)
    # names of rows are in the table: what else there is takes a tenth of the time and is not used
    wanted = {"obsm": _MAP, "obsp": _NEIGHBOURS, "uns": keys.UNS_EMBEDDING}
    data = open_parts(path, role=role, parts=wanted) or open_h5ad(path, role=role)
    header = data.uns.get(keys.UNS_EMBEDDING)
    has_arrays = data.X is not None and _MAP in data.obsm
    if not isinstance(header, Mapping) or not (has_arrays and cls._is_in(data.obs.columns, header)):
        raise _of_another_kind(path, cls)
    with parsing(path, header.get("format_version"), role=role):
        fields = {
            "vectors": finite_numbers(data.X, path),
            "layout": finite_numbers(data.obsm[_MAP], path),
            "neighbour_graph": sparse.csr_matrix(data.obsp[_NEIGHBOURS]),
            "provenance": dict(parse_json(str(header["provenance"]), HEADER, any_number=True)),
            **cls._read(data.obs.reset_index(drop=True), header),
        }
        named_by = [fields.get(name, getattr(cls, name, "")) for name in ("label", "within")]
        check_rows(fields["table"], named_by, fields["vectors"], fields["layout"], path)
        return fields


def _read_large(path: Path, kind: type[Kind]) -> Kind:
    """Map a set from what was taken out of its file."""
    # who opens small sets alone loads nothing of this
    from musegnn.embeddings.large_set import open_parts  # noqa: PLC0415

    names = {"place": _MAP, "graph": _NEIGHBOURS, "header": keys.UNS_EMBEDDING}
    parts = open_parts(path, role=kind.role, names=names)
    if not parts.header or not kind._is_in(parts.table.columns, parts.header):
        raise _of_another_kind(path, kind)
    with parsing(path, parts.header.get("format_version"), role=kind.role):
        opened = kind(
            vectors=parts.vectors,
            layout=parts.layout,
            neighbour_graph=parts.graph,
            provenance=dict(parse_json(parts.header["provenance"], HEADER, any_number=True)),
            path=path,
            **kind._read(parts.table, parts.header),
        )
    vars(opened)["unit_vectors"] = parts.unit  # mapped like the others, in place of a copy
    return opened


def _of_another_kind(path: Path, kind: type[VectorSet]) -> DataFileError:
    """Say that a file holds something else."""
    msg = f"Expected {kind.role}, found another kind of h5ad file in {path}."
    return DataFileError(msg, kind.advice)


def factorized(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Number the different names of a column.

    Parameters
    ----------
    values
        N names; empty places count as none.

    Returns
    -------
    For each row the place of its name, `(N,)` int64 with -1 for none, and the names in the order
    of the alphabet.
    """
    if not isinstance(values.dtype, pd.CategoricalDtype):
        is_packed = isinstance(values.dtype, pd.StringDtype)  # taken as it is, which is quickest
        plain = values.array if is_packed else values.to_numpy(dtype=object)
        codes, names = pd.factorize(plain, sort=True)
        return codes, np.asarray(names, dtype=object)
    numbers = values.cat.codes.to_numpy()
    known = values.cat.categories.to_numpy(dtype=object)
    used = np.flatnonzero(np.bincount(numbers[numbers >= 0], minlength=len(known)))
    order = used[np.argsort(known[used], kind="stable")]
    place = np.full(len(known) + 1, -1, dtype=np.int64)  # the last one is that of -1
    place[order] = np.arange(len(order))
    return place[numbers], known[order]


def with_texts(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Hold the names of some columns as texts; a large table keeps each once, with numbers."""
    loose = [
        name
        for name in columns
        if len(table) < LARGE_ROWS
        or not isinstance(table[name].dtype, pd.CategoricalDtype | pd.StringDtype)
    ]
    return table.assign(**{name: as_objects(table[name]) for name in loose})
