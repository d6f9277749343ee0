"""Live map of a run: frames of a fixed panel of genes, with axes that hold for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn.runs.frames import Frame, LiveMap, read_frame, read_live_map
from musegnn.screens.shell.colour_layer import ColourLayer, category_layer

COLOURS: Final = ("tissue", "species", "modality", "dataset")
_MARGIN = 0.04  # of the range of an axis, on each side


@dataclass(frozen=True)
class Axes:
    """Ranges that hold all frames, in the units of the map, which have no meaning.

    Parameters
    ----------
    x, y
        Lower and upper end.
    """

    x: tuple[float, float]
    y: tuple[float, float]


@dataclass(frozen=True)
class FrameView:
    """One frame as it is drawn.

    Parameters
    ----------
    epoch
        After which epoch.
    points
        `x, y, gene, dataset`; one row a gene in context.
    colours
        Colour of each point, as on the map of the result.
    axes
        Ranges of all frames.
    caption
        What a point is, n, epoch, quality.
    """

    epoch: int
    points: pd.DataFrame
    colours: ColourLayer
    axes: Axes
    caption: str


@dataclass
class FrameStore:
    """Frames of one run that were read so far, so that each is read once.

    Parameters
    ----------
    folder
        Folder of the run.
    live
        Panel and frames without coordinates.
    """

    folder: Path
    live: LiveMap
    _read: dict[int, np.ndarray]

    @classmethod
    def open(cls, folder: Path) -> FrameStore:
        """Look which frames a run has."""
        return cls(folder, LiveMap(), {}).look()

    def look(self) -> FrameStore:
        """Look again; frames that vanished, because the run was taken up earlier, go."""
        self.live = read_live_map(self.folder)
        known = {frame.epoch for frame in self.live.frames}
        self._read = {epoch: points for epoch, points in self._read.items() if epoch in known}
        for epoch in sorted(known - set(self._read)):
            points = read_frame(self.folder, epoch)
            if points is not None and len(points) == self.live.n_points:
                self._read[epoch] = points
        return self

    @property
    def epochs(self) -> tuple[int, ...]:
        """Epochs with a frame that can be drawn, ascending."""
        return tuple(sorted(self._read))

    def axes(self) -> Axes:
        """Return ranges in which all frames lie."""
        low = np.min([points.min(axis=0) for points in self._read.values()], axis=0)
        high = np.max([points.max(axis=0) for points in self._read.values()], axis=0)
        margin = np.maximum((high - low) * _MARGIN, 1e-6)
        ends = np.column_stack([low - margin, high + margin]).astype(float)
        return Axes(tuple(ends[0].tolist()), tuple(ends[1].tolist()))

    def view(self, epoch: int, *, colour: str) -> FrameView:
        """Describe one frame.

        Parameters
        ----------
        epoch
            One of `epochs`.
        colour
            One of `COLOURS`.
        """
        panel = pd.DataFrame(self.live.panel)
        points = pd.DataFrame(
            {
                "x": self._read[epoch][:, 0],
                "y": self._read[epoch][:, 1],
                "gene": panel["gene"],
                "dataset": panel["dataset"],
            }
        )
        frame = next(frame for frame in self.live.frames if frame.epoch == epoch)
        layer = category_layer(panel[colour].to_numpy(dtype=str), title=colour)
        return FrameView(epoch, points, layer, self.axes(), self._caption(frame, panel))

    def _caption(self, frame: Frame, panel: pd.DataFrame) -> str:
        """Say what the picture shows."""
        place = self.epochs.index(frame.epoch) + 1
        churn = "" if frame.churn is None else f", {_percent(frame.churn)} of them new since then"
        moved = "" if place == 1 else ", turned onto the frame before, without other change"
        return (
            f"A point is a gene in context; n = {len(panel):,}, the same in every frame, of "
            f"{panel['dataset'].nunique()} datasets. Epoch {frame.epoch:,}, frame {place} of "
            f"{len(self.epochs)}{moved}. UMAP of the vectors; axes have no unit and are the same "
            f"in all frames. {_percent(frame.recall)} of the 15 nearest genes by cosine are also "
            f"among the 15 nearest in the picture{churn}."
        )

    def quality(self) -> pd.DataFrame:
        """Return the numbers of each frame: `epoch, recall, churn, residual, seconds`."""
        rows = [
            (f.epoch, f.recall, f.churn, f.residual, f.seconds)
            for f in self.live.frames
            if f.epoch in self._read
        ]
        return pd.DataFrame(rows, columns=["epoch", "recall", "churn", "residual", "seconds"])


def _percent(share: float) -> str:
    """Write a share in percent."""
    return f"{100 * share:.0f} %"
