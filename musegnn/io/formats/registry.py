"""The formats that counts are read from, and how a path tells which one it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from musegnn.border.apart import apart
from musegnn.errors import DataFileError
from musegnn.io.choices import AS_FOUND, Choices, Offers, check_takes, choices_of
from musegnn.io.formats.contents import Contents
from musegnn.io.formats.delimited import read_delimited
from musegnn.io.formats.fragment_rows import is_fragments_file
from musegnn.io.formats.h5ad import offered_h5ad, read_h5ad
from musegnn.io.formats.loom import offered_loom, read_loom
from musegnn.io.formats.positions import find_positions, place_cells
from musegnn.io.formats.tenx_h5 import offered_tenx_h5, read_tenx_h5
from musegnn.io.formats.tenx_mtx import holds_matrix, offered_tenx_mtx, read_tenx_mtx


class Reader(Protocol):
    """Reads one format."""

    def __call__(
        self, path: Path, *, layer: str | None = None, choices: Choices = AS_FOUND
    ) -> Contents:
        """Return what stands in the file."""


@dataclass(frozen=True)
class Format:
    """A format of count files.

    Parameters
    ----------
    name
        Name for people.
    suffixes
        Ends of file names, in lower case.
    read
        Its reader.
    takes_folders
        True when a path may be a folder.
    takes
        Names of the choices that it takes.
    offers
        Lists what can be chosen in a file.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Reader
    takes_folders: bool = False
    takes: tuple[str, ...] = ("genome", "features", "symbols")
    offers: Callable[[Path], Offers] = lambda _: Offers()


FORMATS: Final[tuple[Format, ...]] = (
    Format(
        "AnnData",
        (".h5ad",),
        read_h5ad,
        takes=("genes_in", "genome", "features", "symbols"),
        offers=offered_h5ad,
    ),
    Format("10x HDF5", (".h5",), read_tenx_h5, offers=offered_tenx_h5),
    Format(
        "10x folder",
        (".mtx", ".mtx.gz"),
        read_tenx_mtx,
        takes_folders=True,
        offers=offered_tenx_mtx,
    ),
    Format(
        "text table",
        tuple(f".{kind}{gz}" for kind in ("csv", "tsv", "txt") for gz in ("", ".gz")),
        read_delimited,
        takes=("genes_in", "genome", "symbols"),
        offers=lambda _: Offers(sides=True),
    ),
    Format("loom", (".loom",), read_loom, offers=offered_loom),
)

# counts in folders of Cell Ranger, Space Ranger and Xenium, the likeliest first
COUNTS_OF_FOLDERS: Final = (
    *("filtered_feature_bc_matrix.h5", "filtered_feature_bc_matrix"),
    *("filtered_gene_bc_matrices_h5.h5", "filtered_peak_bc_matrix.h5", "filtered_peak_bc_matrix"),
    *("cell_feature_matrix.h5", "cell_feature_matrix"),
)


@apart("counts")
def read_contents(
    path: Path, *, layer: str | None = None, choices: dict[str, str] | None = None
) -> Contents:
    """Read what stands in a file or folder of counts, whatever its format.

    Parameters
    ----------
    path
        File or folder.
    layer
        Where the counts are; the feature type or genome.
    choices
        What `musegnn.io.choices.Choices.given` says of the file.

    Raises
    ------
    InputError
        If a choice is made that the format does not have.
    DataFileError
        If no format fits, or its reader finds something wrong.
    """
    path = find_counts(Path(path))
    texts = choices or {}
    table = texts.get("positions")
    chosen = choices_of(texts, positions=Path(table) if table else None)
    known = find_format(path)
    check_takes(chosen, (*known.takes, "positions", "dates"), path, kind=known.name)
    contents = known.read(path, layer=layer, choices=chosen)
    if chosen.positions is not None:
        return place_cells(contents, chosen.positions)
    positions = find_positions(path) if contents.coordinates is None else None
    return contents if positions is None else place_cells(contents, positions)


@apart("counts")
def list_choices(path: Path) -> Offers:
    """List what can be chosen in a file or folder of counts; the counts are not read.

    Raises
    ------
    DataFileError
        If no format fits, or the file cannot be read.
    """
    path = find_counts(Path(path))
    return find_format(path).offers(path)


def find_counts(path: Path) -> Path:
    """Return the counts in the folder that a maker's program wrote, such as `outs`.

    The filtered ones are taken where both lie there; a folder with a matrix is itself.
    """
    if not path.is_dir() or holds_matrix(path):
        return path
    found = [folder / name for folder in (path, path / "outs") for name in COUNTS_OF_FOLDERS]
    return next((place for place in found if place.exists()), path)


def find_format(path: Path) -> Format:
    """Return the format of a file by its suffix; a folder without one is a 10x folder.

    Raises
    ------
    DataFileError
        If no format has that suffix; the message lists those that are known.
    """
    name = Path(path).name.lower()
    for known in FORMATS:
        if name.endswith(known.suffixes):
            return known
    if Path(path).is_dir():
        return next(known for known in FORMATS if known.takes_folders)
    suffixes = ", ".join(suffix for known in FORMATS for suffix in known.suffixes)
    found = Path(name).suffix or "none"
    msg = f"Expected a 10x folder or one of the suffixes {suffixes}; found {found} in {path}."
    raise DataFileError(msg, "Save the counts in one of these formats.")


def holds_fragments(path: Path) -> bool:
    """True when a path names a text file with fragments of scATAC-seq in place of counts.

    Raises
    ------
    DataFileError
        If no format has its suffix, or it is a text file that cannot be read.
    """
    return find_format(path).read is read_delimited and is_fragments_file(path)
