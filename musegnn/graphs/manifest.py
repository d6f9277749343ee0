"""Manifest: a table that names many datasets with their contexts."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from musegnn.border.text import TextBounds, open_binary
from musegnn.errors import DataFileError, InputError
from musegnn.graphs.build import Context
from musegnn.io.archives import SUFFIXES as ARCHIVE_SUFFIXES
from musegnn.io.choices import AS_FOUND, NAMES, Choices, choices_of
from musegnn.io.droplets import DROPLETS
from musegnn.io.formats.registry import ENDINGS, check_ending
from musegnn.io.paths import check_inside
from musegnn.validation import check_choice

REQUIRED = ("file", "species", "tissue", "modality")
_ROLE = "a tab-separated table of datasets"
_BOUNDS = TextBounds(most_bytes=16 << 20, longest_line=1 << 20)
# names that a program gives to the counts of each sample alike
_OF_EVERY_SAMPLE = re.compile(
    r"^(?:(?:filtered|raw|sample)_(?:feature|gene|peak)_bc_matri\w*|(?:raw_|filtered_)?matrix|outs"
    r"|counts?|adata|cell_feature_matrix|counts_(?:un)?filtered|cells_x_genes|quants_mat|output"
    r"|GeneFull|Gene|filtered|raw|alevin|DGE|)(?:[ _]?\(?\d{0,2}\)?)$",
    re.IGNORECASE,
)
OPTIONAL = ("name", "layer", "annotation", "orthologs", "droplets", *NAMES)


@dataclass(frozen=True)
class Dataset:
    """Counts of one dataset and what is said about them.

    Parameters
    ----------
    file
        File or 10x folder with raw counts.
    context
        Name, species, tissue and modality.
    layer
        Where the counts are; found automatically when None.
    annotation
        Gene bodies, when the columns of the file are chromatin peaks.
    orthologs
        Table of own symbols and human orthologs.
    droplets
        What to do with droplets without a cell, one of `musegnn.io.droplets.DROPLETS`.
    choices
        How the file is to be understood, where somebody has said so.
    """

    file: Path
    context: Context
    layer: str | None = None
    annotation: Path | None = None
    orthologs: Path | None = None
    droplets: str = "refuse"
    choices: Choices = AS_FOUND

    @property
    def name(self) -> str:
        """Name of the dataset."""
        return self.context.name


def default_name(path: Path) -> str:
    """Return a name for the dataset in a file or folder.

    It is the name without the suffix of its format; other characters than letters, digits and a few
    signs become `_`. Names that every sample has, such as `filtered_feature_bc_matrix`, are led by
    the folder that the sample lies in.

    >>> default_name(Path("lung 2/outs/filtered_feature_bc_matrix (1).h5"))
    'lung_2_filtered_feature_bc_matrix_1'
    """
    path = Path(path)
    known = [*ARCHIVE_SUFFIXES, *ENDINGS]
    fitting = [suffix for suffix in known if path.name.lower().endswith(suffix)]
    stem = path.name[: -len(max(fitting, key=len))] if fitting else path.name
    if _OF_EVERY_SAMPLE.match(stem):
        above = (folder.name for folder in path.absolute().parents)
        sample = next((name for name in above if not _OF_EVERY_SAMPLE.match(name)), "")
        stem = f"{sample}_{stem}" if sample and path.parent.name else stem
    cleaned = re.sub(r"[^A-Za-z0-9.+-]+", "_", stem)
    return cleaned.strip("._+-")[:100] or "uploaded"


def read_manifest(path: Path, *, root: Path | None = None) -> list[Dataset]:
    """Read a tab-separated table of datasets.

    Parameters
    ----------
    path
        Table with the columns `REQUIRED` and, where needed, some of `OPTIONAL`; an empty cell of an
        optional column means the default.
    root
        Folder that relative paths start from and that no path may leave; when None they start from
        the folder of the manifest and may lead anywhere.

    Returns
    -------
    Datasets in the order of the rows.

    Raises
    ------
    DataFileError
        If the table cannot be read.
    InputError
        If a column, value or file is missing or wrong; the message names the line.
    """
    path = Path(path)
    datasets: list[Dataset] = []
    line_of: dict[str, int] = {}
    for number, row in _read_rows(path):
        try:
            dataset = _read_dataset(row, path.parent, root)
            # some file systems do not tell upper from lower case
            first = line_of.setdefault(dataset.name.casefold(), number)
            if first != number:
                msg = f"Expected each name once, found {dataset.name!r} in line {first} too."
                raise InputError(msg, "Tell them apart in a column `name`.")
        except InputError as error:
            message = f"Line {number} of {path.name}: {error.message}"
            raise InputError(message, error.hint) from error
        datasets.append(dataset)
    if not datasets:
        msg = f"Expected at least one dataset in {path}, found none."
        raise InputError(msg, "Write one in each line below the header.")
    return datasets


def _read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line numbers and rows; check the columns."""
    with open_binary(path, role=_ROLE, bounds=_BOUNDS) as stream:
        lines = TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        reader = csv.reader(lines, delimiter="\t")
        header = [cell.strip() for cell in next(reader, [])]
        _check_columns(header, path)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                msg = (
                    f"Line {reader.line_num} of {path.name}: Expected {len(header)} cells "
                    f"between tabs, found {len(cells)}."
                )
                raise InputError(msg, "Give each line a cell for every column.")
            values = (cell.strip() for cell in cells)
            yield reader.line_num, dict(zip(header, values, strict=True))


def _check_columns(header: list[str], path: Path) -> None:
    """Raise `InputError` when a column is missing, unknown or repeated."""
    place = f"Line 1 of {path.name}:"
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        msg = (
            f"{place} Expected the columns {', '.join(REQUIRED)} between tabs, found no "
            f"{', '.join(missing)}."
        )
        raise InputError(msg, "Add them to the header.")
    for name in header:
        try:
            check_choice(name, (*REQUIRED, *OPTIONAL), name="column")
        except InputError as error:
            message = f"{place} {error.message}"
            raise InputError(message, error.hint or "Take it out.") from error
        if header.count(name) > 1:
            msg = f"{place} Expected each column once, found {name!r} {header.count(name)} times."
            raise InputError(msg, "Keep one of them.")


def _read_dataset(row: Mapping[str, str], folder: Path, root: Path | None) -> Dataset:
    """Check one row."""
    file = _locate(row["file"], "file", folder, root)
    try:
        check_ending(file)
    except DataFileError as error:
        raise InputError(error.message, error.hint) from error
    context = Context(
        name=row.get("name") or default_name(file),
        species=row["species"],
        tissue=row["tissue"],
        modality=row["modality"],
    )
    tables = {
        column: _locate(row[column], column, folder, root)
        for column in ("annotation", "orthologs", "positions")
        if row.get(column)
    }
    droplets = row.get("droplets") or "refuse"
    check_choice(droplets, DROPLETS, name="droplets")
    choices = choices_of(row, positions=tables.pop("positions", None))
    layer = row.get("layer") or None
    return Dataset(file, context, layer, **tables, droplets=droplets, choices=choices)


def _locate(text: str, column: str, folder: Path, root: Path | None) -> Path:
    """Return the absolute path of something that exists."""
    if not text:
        msg = f"Expected a path in the column `{column}`, found nothing."
        raise InputError(msg, "Fill it in.")
    path = (folder / text).resolve() if root is None else check_inside(text, root)
    is_there = path.exists() if column == "file" else path.is_file()
    if not is_there:
        msg = f"Expected a file at {path}, found none."
        raise InputError(msg, f"Check the column `{column}`.")
    return path
