"""The live map of a run: where a fixed panel of genes lay after some of the epochs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from musegnn.border.arrays import read_npy
from musegnn.border.documents import Bounds, parse_json
from musegnn.errors import DataFileError
from musegnn.runs.files import FRAMES, read_json, read_lines

PANEL_FILE: Final = "panel.json"
INDEX_FILE: Final = "index.jsonl"
LARGEST_PANEL: Final = 5000  # genes in context
LARGEST_VECTORS: Final = LARGEST_PANEL * 4 * 4096  # bytes; no network has so many dimensions
PANEL_COLUMNS: Final = ("gene", "dataset", "species", "tissue", "modality")
LARGEST_INDEX: Final = 16 << 20
_LINE = Bounds(most_bytes=64 << 10, most_depth=4, most_values=1000, most_keys=1000)
_ROLE = "a frame of the live map"


@dataclass(frozen=True)
class Frame:
    """One picture of the map.

    Parameters
    ----------
    epoch
        After which epoch.
    recall
        Share of the 15 nearest genes of the panel by cosine that also are among the 15 nearest on
        the picture, mean over genes, 0 to 1.
    churn
        Share of the 15 nearest genes by cosine that were not among them in the frame before, 0 to
        1; None in the first frame.
    residual
        Root mean square distance of the points from those of the frame before, after the picture
        was turned onto it, in units of the size of the map; None in the first frame.
    seconds
        Time that making it took.
    """

    epoch: int
    recall: float
    churn: float | None
    residual: float | None
    seconds: float


@dataclass(frozen=True)
class LiveMap:
    """All frames so far, without their coordinates.

    Parameters
    ----------
    panel
        Columns `PANEL_COLUMNS`: texts, one for each gene in context of the panel.
    frames
        In order of epochs.
    """

    panel: dict[str, list[str]] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)

    @property
    def n_points(self) -> int:
        """Genes in context of the panel."""
        return len(self.panel.get("gene", []))


def frame_name(epoch: int) -> str:
    """Name of the file of a frame."""
    return f"epoch_{epoch:07d}.npy"


def vectors_name(epoch: int) -> str:
    """Name of the file with the vectors that wait to be drawn."""
    return f"vectors_{epoch:07d}.npy"


def read_live_map(folder: Path) -> LiveMap:
    """Read which frames there are; one that cannot be read is left out.

    Parameters
    ----------
    folder
        Folder of the run.
    """
    panel = read_json(folder / FRAMES / PANEL_FILE)
    columns = {name: (panel or {}).get(name) for name in PANEL_COLUMNS}
    lengths = {len(c) if isinstance(c, list) else -1 for c in columns.values()}
    if lengths == {-1} or len(lengths) != 1:
        return LiveMap()
    lines = read_lines(folder / FRAMES / INDEX_FILE, most_bytes=LARGEST_INDEX)
    frames = {frame.epoch: frame for line in lines if (frame := _parse(line)) is not None}
    present = [frame for epoch, frame in sorted(frames.items()) if _path(folder, epoch).is_file()]
    return LiveMap({name: [str(v) for v in c or []] for name, c in columns.items()}, present)


def read_frame(folder: Path, epoch: int) -> np.ndarray | None:
    """Return the coordinates of a frame, `(P, 2)` float32, without unit; None when there is none.

    Parameters
    ----------
    folder
        Folder of the run.
    epoch
        After which epoch.
    """
    try:
        return read_points(_path(folder, epoch))
    except DataFileError:
        return None


def read_points(path: Path) -> np.ndarray:
    """Read the coordinates of a frame, `(P, 2)` float32, without unit.

    Raises
    ------
    DataFileError
        If it is no such file, or one of its numbers is not finite.
    """
    points = read_npy(path, role=_ROLE, kind="float32", most_bytes=LARGEST_PANEL * 8)
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        msg = f"Expected {_ROLE}, found other numbers than two coordinates a gene in {path}."
        raise DataFileError(msg, "Train again to have it drawn.")
    return points


def _path(folder: Path, epoch: int) -> Path:
    """Path of the file of a frame."""
    return folder / FRAMES / frame_name(int(epoch))


def _parse(line: bytes) -> Frame | None:
    """Read a line of the index; None when it is torn or changed by hand."""
    try:
        values: Any = parse_json(line, _LINE)
        return Frame(
            epoch=int(values["epoch"]),
            recall=float(values["recall"]),
            churn=None if values["churn"] is None else float(values["churn"]),
            residual=None if values["residual"] is None else float(values["residual"]),
            seconds=float(values["seconds"]),
        )
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
