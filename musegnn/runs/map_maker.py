"""Draw the live map of a training: `python -m musegnn.runs.map_maker FRAMES_FOLDER`.

Numbers of epochs come in on standard input, one a line; the vectors lie in the folder. It ends when
the input is closed, and gives way to everything else on the machine.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from musegnn.border.arrays import read_npy
from musegnn.embeddings.panel_layout import (
    N_NEIGHBOURS,
    fuzzy_graph,
    lay_out,
    nearest_by_cosine,
    principal_plane,
    turn_onto,
)
from musegnn.errors import DataFileError
from musegnn.io.atomic import replacing
from musegnn.runs.frames import INDEX_FILE, LARGEST_VECTORS, frame_name, read_points, vectors_name

FIRST_STEPS, NEXT_STEPS = 100, 30  # of the layout: later frames start where the last one ended
PRIORITY = 16  # as given to `nice`: 3 % of a core that a training wants as well


@dataclass(frozen=True)
class Drawn:
    """A frame with what the next one is compared to.

    Parameters
    ----------
    points
        `(P, 2)` float32.
    neighbours
        `(P, 15)` rows of the nearest genes by cosine; `(P, 0)` when they are not known.
    """

    points: np.ndarray
    neighbours: np.ndarray


def draw(vectors: np.ndarray, before: Drawn | None, *, seed: int = 0) -> Drawn:
    """Lay out one frame from the points of the frame before.

    Parameters
    ----------
    vectors
        `(P, D)` vectors of the panel, P at least 3.
    before
        The frame before; without one the layout starts at the two leading principal components.
    seed
        Of the layout.

    Returns
    -------
    The frame, turned onto the one before (rotation, reflection and shift; never stretched).
    """
    places, distances = nearest_by_cosine(vectors, min(N_NEIGHBOURS, len(vectors) - 1))
    start = principal_plane(vectors) if before is None else before.points
    n_steps = FIRST_STEPS if before is None else NEXT_STEPS
    points = lay_out(fuzzy_graph(places, distances), start, n_steps=n_steps, seed=seed)
    return Drawn(points if before is None else turn_onto(points, before.points), places)


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Share of the neighbours in `first` that are among those in `second`, mean over rows."""
    shared = (first[:, :, None] == second[:, None, :]).any(axis=2)
    return float(shared.mean())


def describe(drawn: Drawn, before: Drawn | None) -> dict[str, float | None]:
    """Return recall, churn and residual; see `musegnn.runs.frames.Frame`."""
    points = drawn.points
    _, found = cKDTree(points).query(points, k=drawn.neighbours.shape[1] + 1)
    values: dict[str, float | None] = {
        "recall": overlap(drawn.neighbours, np.asarray(found)[:, 1:]),
        "churn": None,
        "residual": None,
    }
    if before is None:
        return values
    moved = np.square(points - before.points).sum(axis=1).mean()
    spread = np.square(points - points.mean(axis=0)).sum(axis=1).mean()
    values["residual"] = float(np.sqrt(moved / max(float(spread), 1e-12)))
    if before.neighbours.shape[1]:
        values["churn"] = 1 - overlap(drawn.neighbours, before.neighbours)
    return values


def take_up(folder: Path) -> Drawn | None:
    """Start from the last frame of an earlier attempt, if there is one."""
    frames = sorted(folder.glob("epoch_*.npy"))
    try:
        points = read_points(frames[-1])
    except (IndexError, DataFileError):
        return None
    return Drawn(points, np.zeros((len(points), 0), dtype=np.int32))


def make_frame(folder: Path, epoch: int, before: Drawn | None) -> Drawn:
    """Draw the frame of an epoch and write it."""
    started = time.monotonic()
    waiting = folder / vectors_name(epoch)
    vectors = read_npy(waiting, role="vectors", kind="float32", most_bytes=LARGEST_VECTORS)
    if before is not None and before.points.shape != (len(vectors), 2):
        before = None
    drawn = draw(vectors, before)
    with replacing(folder / frame_name(epoch)) as temporary:
        np.save(temporary, drawn.points, allow_pickle=False)
    values = {**describe(drawn, before), "seconds": time.monotonic() - started}
    with (folder / INDEX_FILE).open("a", encoding="utf-8") as index:
        index.write(json.dumps({"epoch": epoch, **values}) + "\n")
    waiting.unlink(missing_ok=True)
    return drawn


def main(arguments: list[str]) -> int:
    """Draw frames until the input ends."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("Expected the folder of frames as the only argument.\n")
        return 2
    os.nice(PRIORITY)
    folder = Path(arguments[0])
    before = take_up(folder)
    for line in sys.stdin:
        # the last epoch may be asked for twice, and be drawn by then
        if line.strip().isdigit() and (folder / vectors_name(int(line))).is_file():
            before = make_frame(folder, int(line), before)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
