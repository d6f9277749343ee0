"""Data: several files that were given at once, sorted into samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from musegnn.errors import MuseGNNError
from musegnn.graphs.manifest import default_name
from musegnn.io.archives import is_archive
from musegnn.io.formats.positions import FILES
from musegnn.io.formats.registry import check_ending
from musegnn.io.formats.tenx_mtx import BARCODES, FEATURES, MATRIX, SYMBOLS
from musegnn.screens.parts.uploads import Upload, pack_uploads

_PLACES = tuple(name.rpartition("/")[2] for name in FILES)
_ENDS = {"features": FEATURES, "symbols": SYMBOLS, "barcodes": BARCODES, "positions": _PLACES}
_MATRIX = "matrix"
_MATRICES = (*MATRIX, ".mtx", ".mtx.gz")


@dataclass(frozen=True)
class Sample:
    """Files that make one dataset.

    Parameters
    ----------
    upload
        What is read: a file, or the files of a matrix packed into one.
    files
        Names of the files.
    """

    upload: Upload
    files: tuple[str, ...]


@dataclass(frozen=True)
class Sorted:
    """What files that were given make together.

    Parameters
    ----------
    samples
        Datasets in the order of their names.
    positions
        Positions of the cells of the only sample; None where there is none.
    problems
        Sentences about files that are nothing to build from.
    """

    samples: tuple[Sample, ...]
    positions: Upload | None
    problems: tuple[str, ...]


def sort_uploads(given: Sequence[Upload]) -> Sorted:
    """Sort files into samples: a matrix with its lists is one, any other file of counts is one.

    Lists go with the matrix of the same prefix; a list that no matrix has the prefix of goes with
    all of them. Positions beside a single file of counts are those of its cells.

    Parameters
    ----------
    given
        Files in the order in which they came.

    Raises
    ------
    DataFileError
        If the files of a matrix cannot be kept together.
    """
    names = Counter(upload.name for upload in given)
    problems = [
        f"{name} was given {number} times: pack each sample as a .zip, or choose them one by one."
        for name, number in names.items()
        if number > 1
    ]
    given = list({upload.name: upload for upload in given}.values())
    matrices = {_prefix(upload.name, _MATRICES): upload for upload in given if _is_matrix(upload)}
    places = [upload for upload in given if upload.name.endswith(_PLACES)]
    parts: list[tuple[str, str, Upload]] = []  # what it is, its prefix, the file
    whole: list[Upload] = []
    for upload in given:
        if _is_matrix(upload):
            continue
        kind = _kind_of(upload.name)
        if matrices and kind is not None:
            parts.append((kind, _prefix(upload.name, _ENDS[kind]), upload))
        elif upload in places and len(places) < len(given):
            parts.append(("positions", "", upload))
        elif problem := _problem(upload, kind):
            problems.append(problem)
        else:
            whole.append(upload)
    samples = [Sample(upload, (upload.name,)) for upload in whole]
    for prefix, matrix in matrices.items():
        beside = [
            upload
            for _, own, upload in parts
            if own == prefix or own not in matrices or len(matrices) == 1
        ]
        files = [matrix, *beside]
        samples.append(
            Sample(_together(prefix, files), tuple(file.name for file in files))
            if beside
            else Sample(matrix, (matrix.name,))
        )
    loose = [upload for kind, _, upload in parts if kind == "positions" and not matrices]
    positions = loose[0] if len(loose) == 1 and len(samples) == 1 else None
    problems += [
        f"{upload.name} holds positions, and it is not clear of which file: choose that file alone "
        "and give the positions below."
        for upload in loose
        if upload is not positions
    ]
    samples.sort(key=lambda sample: sample.upload.name)
    return Sorted(tuple(samples), positions, tuple(problems))


def unique_names(samples: Iterable[str]) -> list[str]:
    """Name datasets after their files; those of one name are told apart by a number.

    >>> unique_names(["a/matrix.tar", "b.h5ad", "b.csv"])
    ['matrix', 'b', 'b_2']
    """
    seen: Counter[str] = Counter()
    names = []
    for sample in samples:
        name = default_name(Path(Path(sample).name))
        seen[name.casefold()] += 1
        number = seen[name.casefold()]
        names.append(name if number == 1 else f"{name[:90]}_{number}")
    return names


def _is_matrix(upload: Upload) -> bool:
    """True for the matrix of a folder of three files."""
    return upload.name.endswith(_MATRICES)


def _kind_of(name: str) -> str | None:
    """Return which list of a matrix a file is by its name, None for any other file."""
    return next((kind for kind, ends in _ENDS.items() if name.endswith(ends)), None)


def _prefix(name: str, ends: Sequence[str]) -> str:
    """Return what stands in a name before its usual end."""
    end = max((end for end in ends if name.endswith(end)), key=len, default="")
    return name[: len(name) - len(end)]


def _problem(upload: Upload, kind: str | None) -> str:
    """Say why a file is nothing to build from; "" where it may be."""
    is_table = ".csv" in upload.name.lower()
    if kind in {"features", "symbols", "barcodes"} and not is_table:
        return (
            f"{upload.name} is a list of a matrix: choose matrix.mtx, features.tsv and "
            "barcodes.tsv together."
        )
    if is_archive(upload.name):
        return ""
    try:
        check_ending(Path(upload.name))
    except MuseGNNError as error:
        return f"{error.message} {error.hint or ''}".strip()
    return ""


def _together(prefix: str, files: Sequence[Upload]) -> Upload:
    """Keep the files of a matrix together, as a folder would be given."""
    return pack_uploads(f"{prefix.rstrip('._-') or _MATRIX}.tar", files)
