"""The layouts that counts are read from, and how what a path shows tells which one it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from musegnn.border.apart import apart
from musegnn.errors import DataFileError
from musegnn.extensions import find_records, load
from musegnn.io.choices import Choices, Offers, check_takes, choices_of
from musegnn.io.formats.contents import Contents
from musegnn.io.formats.fragment_rows import is_fragments_file
from musegnn.io.formats.layout import LAST, Layout
from musegnn.io.formats.positions import find_positions, of_same_sample, place_cells
from musegnn.io.formats.sight import Sight
from musegnn.validation import format_list

LAYOUTS: Final[tuple[Layout, ...]] = tuple(
    sorted(
        find_records("layouts", "musegnn.io.formats.layouts", Layout, attribute="LAYOUT"),
        key=lambda layout: (layout.order, layout.name),
    )
)
ENDINGS: Final[tuple[str, ...]] = tuple(
    dict.fromkeys(ending for layout in LAYOUTS if layout.reader for ending in layout.endings)
)
_TEXTS: Final = (".csv", ".tsv", ".txt", ".tab", ".bed")
# ends of names that nothing else has than whole datasets
_SURE: Final = (".h5ad", ".h5mu", ".loom", ".h5seurat", ".zarr", ".zarr.zip")
_MOST_STEPS: Final = 5  # from the folder of a run to its counts


@apart("counts")
def read_contents(
    path: Path, *, layer: str | None = None, choices: dict[str, str] | None = None
) -> Contents:
    """Read what stands in a file or folder of counts, whatever its layout.

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
        If a choice is made that the layout does not have.
    DataFileError
        If no layout fits, or its reader finds something wrong.
    """
    texts = choices or {}
    table = texts.get("positions")
    chosen = choices_of(texts, positions=Path(table) if table else None)
    inner, layout, chosen = _locate(Path(path), chosen)
    check_takes(chosen, (*layout.takes, "positions", "dates"), inner, kind=layout.name)
    contents = load(layout.reader)(inner, layer=layer, choices=chosen)
    contents = replace(contents, layout=layout.name)
    if chosen.positions is not None:
        return place_cells(contents, chosen.positions)
    if contents.coordinates is not None:
        return contents
    positions = _find_own(inner, layout) or find_positions(inner)
    return contents if positions is None else place_cells(contents, positions)


@apart("counts")
def list_choices(path: Path) -> Offers:
    """List what can be chosen in a file or folder of counts; the counts are not read.

    Raises
    ------
    DataFileError
        If no layout fits, or the file cannot be read.
    """
    path = Path(path)
    for _ in range(_MOST_STEPS):
        layout = find_layout(path)
        inside = _list_inside(path, layout)
        if len(inside) > 1:
            return Offers(assays=tuple(inside))
        if not inside:
            _check_read(layout, path)
            return load(layout.offers)(path) if layout.offers else Offers()
        (path,) = inside.values()
    return Offers()


def find_layout(path: Path) -> Layout:
    """Return the layout of a file or folder by what it shows, else by the end of its name.

    Raises
    ------
    DataFileError
        If there is none; the message lists those that are known.
    """
    sight = Sight(path)
    for layout in LAYOUTS:
        if layout.order >= LAST and sight.name.endswith(_of_others(layout)):
            break  # text of a name that promises something else
        if _fits(layout, sight):
            return layout
    if sight.is_folder and not sight.name.endswith(ENDINGS):  # its reader says what it lacks
        # the most general one comes last
        return next(layout for layout in reversed(LAYOUTS) if layout.parts is not None)
    return _find_by_ending(path)


def check_ending(path: Path) -> None:
    """Raise `DataFileError` for a file whose name ends as none that is read here does."""
    if not Path(path).is_dir():
        _find_by_ending(path)


def holds_fragments(path: Path) -> bool:
    """True when a path names a text file with fragments of scATAC-seq in place of counts.

    Raises
    ------
    DataFileError
        If it is a text file that cannot be read.
    """
    name = Path(path).name.lower().removesuffix(".gz")
    return name.endswith(_TEXTS) and is_fragments_file(path)


def _of_others(layout: Layout) -> tuple[str, ...]:
    """Return the endings of names that belong to other layouts."""
    return tuple(ending for ending in ENDINGS if ending not in layout.endings)


def _fits(layout: Layout, sight: Sight) -> bool:
    """Ask a layout; what it stumbles over is said by whoever reads the file."""
    try:
        return layout.is_this(sight)
    except (DataFileError, OSError):
        return False


def _find_by_ending(path: Path) -> Layout:
    """Return the first layout that is read and whose files end so."""
    name = Path(path).name.lower()
    for layout in LAYOUTS:
        if layout.reader and name.endswith(layout.endings):
            return layout
    for layout in LAYOUTS:  # what is known and not read says what to do
        if not layout.reader and layout.endings and name.endswith(layout.endings):
            _check_read(layout, path)
    found = Path(name).suffix or "none"
    msg = (
        f"Expected a folder of counts or one of the suffixes {', '.join(ENDINGS)}; "
        f"found {found} in {path}."
    )
    raise DataFileError(msg, "Save the counts in one of these formats.")


def _locate(path: Path, choices: Choices) -> tuple[Path, Layout, Choices]:
    """Follow the folders of a run to its counts; a choice of a sample is used up by that."""
    for _ in range(_MOST_STEPS):
        layout = find_layout(path)
        inside = _list_inside(path, layout)
        if not inside:
            _check_read(layout, path)
            return path, layout, choices
        if len(inside) == 1 and choices.assay not in inside:
            (path,) = inside.values()
            continue
        if choices.assay not in inside:
            found = "several" if choices.assay is None else repr(choices.assay)
            msg = f"Expected one of {format_list(list(inside))} in {path}, found {found}."
            raise DataFileError(msg, "Choose one (`--assay NAME`), or give its folder.")
        path, choices = inside[str(choices.assay)], replace(choices, assay=None)
    msg = f"Expected counts in {path}, found folders in each other."
    raise DataFileError(msg, "Give the folder that holds the counts.")


def _list_inside(path: Path, layout: Layout) -> dict[str, Path]:
    """Return the counts inside the folder of a run, by the name that tells samples apart."""
    if not path.is_dir():
        return {}
    for pattern in layout.places:
        found = sorted(item for item in path.glob(pattern) if not item.name.startswith("."))
        if found:
            place = next((i for i, part in enumerate(Path(pattern).parts) if "*" in part), 0)
            return {item.relative_to(path).parts[place]: item for item in found}
    return _list_alone(path, layout)


def _list_alone(path: Path, layout: Layout) -> dict[str, Path]:
    """Return what lies alone in a folder that is none of the layouts, or what are counts there."""
    sight = Sight(path)
    if _fits(layout, sight):
        return {}
    found = [path / name for name in sight.entries]
    if len(found) != 1:  # what else lies there is no text and no counts, such as a model
        found = [item for item in found if item.name.lower().endswith(_SURE)]
    return {item.name: item for item in found}


def _check_read(layout: Layout, path: Path) -> None:
    """Raise for a layout that is not read."""
    if not layout.reader:
        msg = f"Expected counts, found {layout.found or layout.name} in {path.name}."
        raise DataFileError(msg, layout.hint)


def _find_own(path: Path, layout: Layout) -> Path | None:
    """Return the table of positions that a layout knows to lie beside its counts."""
    folder = path if path.is_dir() else path.parent
    for pattern in layout.positions:
        found = [item for item in sorted(folder.glob(pattern)) if item.is_file()]
        if found:
            return of_same_sample(path, found, pattern.strip("*").partition("*")[0])
    return None
