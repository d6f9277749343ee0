"""Fragments of scATAC-seq, as 10x writes them: where each piece of open chromatin was cut out.

A `fragments.tsv.gz` has no header and a row for each fragment: chromosome, start and end (bases
from 0, end not included), barcode, and how often the fragment was read. It is told from a table of
counts by its content. Fragments are counted while they are read: the memory that this needs grows
with pairs of cell and gene, not with the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Final, NoReturn

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn.border.text import open_binary
from musegnn.errors import DataFileError
from musegnn.io.expression import Expression
from musegnn.io.formats.contents import CELLS_IN_ROWS, MINIMUM_CELLS, check_no_layer
from musegnn.io.formats.fragment_rows import ROLE, is_fragment, read_opening
from musegnn.io.gene_annotation import GeneAnnotation
from musegnn.io.gene_bodies import (
    UPSTREAM,
    GeneBodies,
    extend_bodies,
    note_renamed,
    raise_no_hit,
)
from musegnn.validation import format_list

MINIMUM_FRAGMENTS: Final = 200  # of a barcode; droplets without a cell hold fewer
_ROWS = 1_000_000  # that are held at a time
_PIECE = 1 << 18  # bytes
_COMMENT = re.compile(rb"^#.*\n?", re.MULTILINE)
_COLUMNS: Final = {
    "chrom": "category",
    "start": np.int64,
    "end": np.int64,
    "barcode": "category",
    "reads": np.int64,
    "strand": "category",  # of scATAC-seq read on both strands; not used
}


def count_fragments(
    path: Path,
    annotation: GeneAnnotation,
    *,
    layer: str | None = None,
    upstream: int = UPSTREAM,
    minimum: int = MINIMUM_FRAGMENTS,
) -> Expression:
    """Count the fragments of each cell that overlap a gene body extended upstream.

    Parameters
    ----------
    path
        Fragments, sorted or not, compressed or not.
    annotation
        Bodies of genes; names of chromosomes may carry `chr` on one side only.
    layer
        Must be None: fragments have no layers.
    upstream
        Bases added before a gene, see `musegnn.io.gene_bodies.extend_bodies`.
    minimum
        Fragments that a barcode must have, on any chromosome. The file has a barcode for each
        droplet, most of them without a cell.

    Returns
    -------
    Counts of the barcodes, by name, and of the genes with at least one fragment, in the order of
    the annotation. A fragment counts once for each gene that it overlaps, as a peak does in
    `musegnn.io.gene_activity`, however often it was read; `notes` tells what was left out.

    Raises
    ------
    DataFileError
        If the file cannot be read, a row is broken, or fewer than 3 barcodes have enough fragments.
    InputError
        If `upstream` is negative or no fragment overlaps a gene.
    """
    check_no_layer(layer, path, kind=ROLE)
    bodies = extend_bodies(annotation, upstream)
    tally = _Tally(bodies)
    for rows in _read_blocks(Path(path)):
        tally.add(rows)
    cells = tally.choose_cells(minimum, Path(path))
    counts, kept = tally.count(cells)
    if not len(kept):
        raise_no_hit(bodies, "fragments", tally.n_fragments, f"on {next(iter(tally.chromosomes))}")
    names = list(tally.barcodes)
    return Expression(
        counts,
        [bodies.genes[i] for i in kept],
        [bodies.gene_ids[i] for i in kept],
        source={},
        cells=[names[i] for i in cells],
        found_in="fragments",
        layout="fragments",
        orientation=CELLS_IN_ROWS,
        notes=(
            *tally.notes(),
            f"fragments: {len(cells):,} of {len(names):,} barcodes have {minimum} fragments or "
            "more, the others are left out",
            f"gene activity: {len(kept):,} of {len(bodies.genes):,} genes have a fragment in them "
            f"or up to {upstream} bases before, the others are left out",
        ),
    )


class _Tally:
    """Sums that grow with each block of rows."""

    def __init__(self, bodies: GeneBodies) -> None:
        self.bodies = bodies
        self.barcodes: dict[str, int] = {}
        self.chromosomes: dict[str, int] = {}  # fragments on each
        self.n_empty = 0
        self._totals = np.zeros(0, dtype=np.int64)
        self._keys: list[np.ndarray] = []
        self._numbers: list[np.ndarray] = []

    @property
    def n_fragments(self) -> int:
        """Number of fragments so far."""
        return int(self._totals.sum())

    def add(self, rows: pd.DataFrame) -> None:
        """Count a block of rows; fragments without length cut nothing out."""
        is_empty = (rows["start"] == rows["end"]).to_numpy()
        if is_empty.any():
            self.n_empty += int(is_empty.sum())
            rows = rows[~is_empty]
        cells = self._number_barcodes(rows["barcode"])
        grown = np.zeros(len(self.barcodes), dtype=np.int64)
        grown[: len(self._totals)] = self._totals
        self._totals = grown + np.bincount(cells, minlength=len(grown))
        for name, number in rows["chrom"].value_counts().items():
            self.chromosomes[name] = self.chromosomes.get(name, 0) + int(number)
        matched = self.bodies.match_chromosomes(rows["chrom"].cat.categories)
        chromosomes = np.array([matched.get(name, "") for name in rows["chrom"].cat.categories])
        regions = rows[["start", "end"]].assign(chrom=chromosomes[rows["chrom"].cat.codes])
        places = np.flatnonzero(regions["chrom"] != "")
        if not len(places):
            return
        hit, genes = self.bodies.find_hits(regions.iloc[places].reset_index(drop=True))
        pairs = cells[places[hit]] * len(self.bodies.genes) + genes
        keys, numbers = np.unique(pairs, return_counts=True)
        self._keys.append(keys)
        self._numbers.append(numbers.astype(np.int32))

    def _number_barcodes(self, column: pd.Series) -> np.ndarray:
        """Return the number of each row's barcode; new ones get the next."""
        known = self.barcodes
        numbers = [known.setdefault(name, len(known)) for name in column.cat.categories]
        return np.array(numbers, dtype=np.int64)[column.cat.codes.to_numpy()]

    def choose_cells(self, minimum: int, path: Path) -> list[int]:
        """Return the numbers of the barcodes with enough fragments, in the order of their names."""
        enough = self._totals >= minimum
        if enough.sum() < MINIMUM_CELLS:
            most = int(self._totals.max(initial=0))
            msg = (
                f"Expected at least {MINIMUM_CELLS} barcodes with {minimum} fragments or more, "
                f"found {enough.sum()} of {len(enough):,} in {path.name} (the largest has {most})."
            )
            raise DataFileError(msg, "Use the fragments of a whole sample.")
        return [
            self.barcodes[name] for name in sorted(self.barcodes) if enough[self.barcodes[name]]
        ]

    def count(self, cells: list[int]) -> tuple[sparse.csr_matrix, np.ndarray]:
        """Return counts of some cells `(C, G)`, and the numbers of the genes that have any."""
        row_of = np.full(len(self.barcodes), -1, dtype=np.int64)
        row_of[cells] = np.arange(len(cells))
        keys = np.concatenate([np.zeros(0, dtype=np.int64), *self._keys])
        numbers = np.concatenate([np.zeros(0, dtype=np.int32), *self._numbers])
        n_genes = len(self.bodies.genes)
        rows, genes = row_of[keys // n_genes], keys % n_genes
        used = rows >= 0
        kept, columns = np.unique(genes[used], return_inverse=True)
        counts = sparse.csr_matrix(
            (numbers[used].astype(np.float32), (rows[used], columns)), shape=(len(cells), len(kept))
        )
        counts.sort_indices()
        return counts, kept

    def notes(self) -> list[str]:
        """Sentences about chromosomes."""
        matched = self.bodies.match_chromosomes(self.chromosomes)
        notes = note_renamed(matched, "fragments")
        if self.n_empty:
            notes.append(f"fragments: {self.n_empty:,} without length left out")
        lost = [name for name in self.chromosomes if name not in matched]
        if lost:
            number = sum(self.chromosomes[name] for name in lost)
            notes.append(
                f"gene activity: {number:,} of {self.n_fragments:,} fragments lie on chromosomes "
                f"that {self.bodies.source} lacks ({format_list(lost, limit=3)})"
            )
        return notes


class _Rows(io.BufferedIOBase):
    """Hands on a text without the lines that begin with #, wherever they stand.

    Files of several runs are put one behind the other, each with what it says above its rows. A
    barcode may hold the sign too, so that it begins no comment within a line.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._rest = b""  # a line that is not read to its end

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read1(self, size: int | None = -1) -> bytes:
        """Return whole lines, as many as come at once; none at the end."""
        while piece := self._stream.read(_PIECE):
            whole = piece.rfind(b"\n") + 1
            lines = self._rest + piece[:whole] if whole else b""
            self._rest = piece[whole:] if whole else self._rest + piece
            if lines := self._of_rows(lines):
                return lines
        last, self._rest = self._rest, b""
        return self._of_rows(last)

    read = read1

    @staticmethod
    def _of_rows(lines: bytes) -> bytes:
        return _COMMENT.sub(b"", lines) if b"\n#" in lines or lines[:1] == b"#" else lines


def _read_blocks(path: Path) -> Iterator[pd.DataFrame]:
    """Yield rows of a file, checked."""
    opening = read_opening(path)
    if not opening.width:
        msg = f"Expected {ROLE} (chromosome, start, end, barcode), found something else in {path}."
        raise DataFileError(msg, "Use the `fragments.tsv.gz` that Cell Ranger ATAC wrote.")
    names = list(_COLUMNS)[: opening.width]
    with open_binary(path, role=ROLE) as stream:
        try:
            yield from map(_check_block, _parse(_Rows(stream), names, int(opening.has_header)))
        except (ValueError, OverflowError) as error:
            if isinstance(error, UnicodeError):
                raise  # said by `open_binary`
            cause = error
        else:
            return
    _raise_broken(path, opening.width, cause)


def _parse(stream: _Rows, names: list[str], n_headers: int) -> Iterator[pd.DataFrame]:
    """Yield blocks of rows; `ValueError` or `OverflowError` for one that is broken."""
    with pd.read_csv(
        stream,
        sep="\t",
        header=None,
        names=names,
        dtype={name: _COLUMNS[name] for name in names},
        quoting=csv.QUOTE_NONE,
        skiprows=n_headers,
        na_filter=False,
        chunksize=_ROWS,
    ) as blocks:
        yield from blocks


def _check_block(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with possible places and names; `ValueError` when there are others."""
    starts, ends = rows["start"], rows["end"]
    has_names = all("" not in rows[name].cat.categories for name in ("chrom", "barcode"))
    if not has_names or (starts < 0).any() or (starts > ends).any() or (ends >= 2**40).any():
        msg = "a row is broken"
        raise ValueError(msg)
    return rows


def _raise_broken(path: Path, width: int, cause: Exception) -> NoReturn:
    """Raise with the first row that is broken, or for a file that is cut off."""
    with open_binary(path, role=ROLE) as stream:
        for number, line in enumerate(stream, start=1):
            fields = line.decode("utf-8").rstrip("\r\n").split("\t")
            if line.startswith(b"#") or not line.strip() or is_fragment(fields, width):
                continue
            found = " ".join(islice(fields, 6))[:60]
            msg = (
                f"Expected chromosome, start, end and barcode in each row of {path.name}, found "
                f"{found!r} in row {number}."
            )
            raise DataFileError(msg, "The file is damaged or cut off: copy it again.") from cause
    msg = f"Expected {ROLE} in {path.name}, found rows that cannot be read."
    raise DataFileError(msg, "Copy or download the file again.") from cause
