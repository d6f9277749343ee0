"""Hand the vectors of a gene panel to the process that draws the live map of a training."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from types import TracebackType

import numpy as np

from musegnn import keys
from musegnn.border.documents import parse_json
from musegnn.errors import MuseGNNError
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.io.atomic import replacing
from musegnn.launchers.detached import child_environment, module_command
from musegnn.launchers.devices import VISIBLE
from musegnn.launchers.jobs import THREAD_VARIABLES
from musegnn.runs import files
from musegnn.runs.frames import (
    INDEX_FILE,
    LARGEST_INDEX,
    LARGEST_PANEL,
    PANEL_COLUMNS,
    PANEL_FILE,
    frame_name,
    vectors_name,
)

SHARE = 0.02  # of the time of training that may go into encoding for frames
MOST_CONTEXTS = 10
PATIENCE = 8.0  # seconds for the last frame after the result is written


def choose_contexts(graphs: list[GeneGraph], *, most: int = MOST_CONTEXTS) -> list[int]:
    """Choose graphs for the live map that differ from each other.

    Parameters
    ----------
    graphs
        As they are trained on.
    most
        How many at most; encoding more would take time from the training.

    Returns
    -------
    Numbers of graphs, ascending: in turn one of each species, tissue and modality, in their order.
    """
    groups: dict[tuple[str, str, str], list[int]] = {}
    for number, graph in enumerate(graphs):
        groups.setdefault((graph.species, graph.tissue, graph.modality), []).append(number)
    turns = zip_longest(*groups.values())
    ordered = [number for turn in turns for number in turn if number is not None]
    return sorted(ordered[:most])


def choose_panel(graphs: list[GeneGraph], *, largest: int = LARGEST_PANEL) -> list[np.ndarray]:
    """Choose the genes of the live map: those that are there in the most contexts.

    Parameters
    ----------
    graphs
        Of the live map.
    largest
        Most genes in context.

    Returns
    -------
    Rows of each graph, ascending. Names are taken whole, with all their contexts, by falling number
    of contexts and then by the alphabet, until the panel is full.
    """
    names = [graph.genes[keys.COMMON_GENE].to_numpy() for graph in graphs]
    counts = Counter(str(name) for found in names for name in found)
    chosen, size = set(), 0
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        if size + counts[name] > largest:
            break
        chosen.add(name)
        size += counts[name]
    return [np.flatnonzero([str(name) in chosen for name in found]) for found in names]


class LiveMapFeed:
    """Feeds the process that draws, as often as there is time for it.

    Encoding takes a part of an epoch, so frames lie so many epochs apart that it takes less than
    `SHARE` of the training. Drawing takes longer, but happens in a process of the lowest priority.
    It reads from a pipe and ends when that is closed, however the training ends.

    Parameters
    ----------
    folder
        Folder of the run.
    graphs
        As they are trained on.
    every
        Least number of epochs from frame to frame; 0 makes none.
    done
        Epochs that are done already; frames of later ones are removed.
    """

    def __init__(self, folder: Path, graphs: list[GeneGraph], *, every: int, done: int) -> None:
        self._folder = folder / files.FRAMES
        self._every = every
        self._numbers = choose_contexts(graphs)
        self._graphs = [graphs[number] for number in self._numbers]
        self._rows = choose_panel(self._graphs) if every else []
        self._next = done + every
        self._process: subprocess.Popen[bytes] | None = None
        self._done = done

    def __enter__(self) -> LiveMapFeed:
        """Write the panel and start the process."""
        if not self._every or sum(map(len, self._rows)) < 4:
            return self
        try:
            self._folder.mkdir(exist_ok=True)
            self._drop_later_frames()
            self._write_panel()
            self._process = self._start()
        except (OSError, MuseGNNError) as error:  # a picture is no reason to stop a training
            sys.stderr.write(f"live map: {error}\n")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the process draw what it has, if the training ended well, and end it."""
        process = self._process
        if process is None:
            return
        self._close()
        try:
            process.wait(PATIENCE if kind is None else 0.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def offer(
        self, epoch: int, epoch_seconds: float, encode: Callable[[list[int]], list[np.ndarray]]
    ) -> None:
        """Make a frame when it is time.

        Parameters
        ----------
        epoch
            That has ended.
        epoch_seconds
            Mean time of an epoch.
        encode
            Gives the vectors of graphs by their numbers.
        """
        if self._process is None or epoch < self._next:
            return
        if any(self._folder.glob("vectors_*.npy")):
            return  # the one before is still being drawn
        started = time.monotonic()
        self._hand_over(epoch, encode(self._numbers))
        cost = time.monotonic() - started
        wanted = int(np.ceil(cost / (SHARE * max(epoch_seconds, 1e-6))))
        self._next = epoch + max(self._every, wanted)

    def offer_last(self, epoch: int, vectors: list[np.ndarray]) -> None:
        """Make a frame of the result, whose vectors of all graphs are there already."""
        if self._process is not None:
            self._hand_over(epoch, [vectors[number] for number in self._numbers])

    def _hand_over(self, epoch: int, vectors: list[np.ndarray]) -> None:
        """Write the vectors of the panel and tell the process."""
        panel = np.concatenate([v[rows] for v, rows in zip(vectors, self._rows, strict=True)])
        try:
            with replacing(self._folder / vectors_name(epoch)) as temporary:
                np.save(temporary, panel.astype(np.float32), allow_pickle=False)
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.write(f"{epoch}\n".encode())
                self._process.stdin.flush()
        except (OSError, MuseGNNError) as error:
            sys.stderr.write(f"live map: no more frames ({error})\n")
            self._close()
            self._process = None

    def _close(self) -> None:
        """Close the pipe."""
        if self._process is not None and self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except OSError:
                return

    def _start(self) -> subprocess.Popen[bytes]:
        """Start the process that draws, in our group, so that it ends with us."""
        calm = {**dict.fromkeys(THREAD_VARIABLES, "1"), VISIBLE: ""}
        return subprocess.Popen(
            module_command("musegnn.runs.map_maker", self._folder),
            stdin=subprocess.PIPE,
            env=child_environment(calm),
        )

    def _write_panel(self) -> None:
        """Write which genes the panel has."""
        columns: dict[str, list[str]] = {name: [] for name in PANEL_COLUMNS}
        for graph, rows in zip(self._graphs, self._rows, strict=True):
            columns["gene"] += graph.genes[keys.GENE].to_numpy()[rows].astype(str).tolist()
            context = {
                "dataset": graph.name,
                "species": graph.species,
                "tissue": graph.tissue,
                "modality": graph.modality,
            }
            for name, value in context.items():
                columns[name] += [value] * len(rows)
        files.write_json(self._folder / PANEL_FILE, columns)

    def _drop_later_frames(self) -> None:
        """Remove frames after the epochs that are done, and what a killed process left."""
        kept = []
        index = self._folder / INDEX_FILE
        for line in files.read_lines(index, most_bytes=LARGEST_INDEX):
            try:
                epoch = int(parse_json(line)["epoch"])
            except (ValueError, KeyError, TypeError, OverflowError):
                continue
            if epoch <= self._done:
                kept.append((epoch, line))
        names = {PANEL_FILE, INDEX_FILE, *(frame_name(epoch) for epoch, _ in kept)}
        for path in self._folder.iterdir():
            if path.name not in names:
                path.unlink(missing_ok=True)
        with replacing(index) as temporary:
            temporary.write_bytes(b"".join(line + b"\n" for _, line in kept))
