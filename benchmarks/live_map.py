"""Extra time that the live map of a training takes.

    python -m benchmarks.live_map --datasets 8 --epochs 40 --rounds 3

Trains on graphs of the shipped atlas with and without the live map, in turn, each in a process of
its own on one thread. `trainer` is the processor time of the training process from the first epoch
to the last, which what else the machine does hardly changes; `wall` is the time on the clock;
`maker` is the processor time of the process that draws, which runs beside at a low priority. The
last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from musegnn.graphs.gene_graph import read_gene_graph
from musegnn.launchers.jobs import THREAD_VARIABLES
from musegnn.runs.frames import read_live_map
from musegnn.runs.presets import preset_settings
from musegnn.training.loop import EpochRecord, train
from musegnn.worker.live_map import LiveMapFeed

REPOSITORY = Path(__file__).resolve().parent.parent
ATLAS = REPOSITORY / "data" / "atlas" / "graphs"


class Watch:
    """Offers every epoch to the live map and takes the time."""

    def __init__(self, feed: LiveMapFeed) -> None:
        self.feed, self.times = feed, list[tuple[float, float]]()

    def is_stop_asked(self) -> bool:
        """Never."""
        return False

    def after_epoch(self, record: EpochRecord, encode: object) -> None:
        """Offer the vectors; the first epoch, which prepares, is not timed."""
        self.feed.offer(record.epoch, record.seconds / record.epoch, encode)  # type: ignore[arg-type]
        self.times.append((time.process_time(), time.monotonic()))


def measure(datasets: int, epochs: int, every: int) -> dict[str, float]:
    """Train once in this process."""
    graphs = [read_gene_graph(path) for path in sorted(ATLAS.glob("*.h5ad"))[:datasets]]
    with tempfile.TemporaryDirectory() as place:
        with LiveMapFeed(Path(place), graphs, every=every, done=0) as feed:
            watch = Watch(feed)
            train(graphs, preset_settings("default", epochs=epochs), device="cpu", watch=watch)
        frames = len(read_live_map(Path(place)).frames)
        points = read_live_map(Path(place)).n_points
    (cpu_first, wall_first), (cpu_last, wall_last) = watch.times[0], watch.times[-1]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "trainer": cpu_last - cpu_first,
        "wall": wall_last - wall_first,
        "maker": used.ru_utime + used.ru_stime,
        "frames": frames,
        "points": points,
    }


def main() -> None:
    """Measure with and without, in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        print(json.dumps(measure(options.datasets, options.epochs, options.every)))
        return
    environment = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, "1")}
    found: dict[int, list[dict[str, float]]] = {0: [], options.every: []}
    for _ in range(options.rounds):
        for every, rounds in found.items():
            command = [sys.executable, "-m", "benchmarks.live_map", "--alone"]
            command += ["--datasets", str(options.datasets), "--epochs", str(options.epochs)]
            command += ["--every", str(every)]
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=True
            )
            rounds.append(json.loads(done.stdout.splitlines()[-1]))
            print(every, rounds[-1], flush=True)
    without, with_map = (
        {key: median(r[key] for r in rounds) for key in rounds[0]} for rounds in found.values()
    )
    extra = {f"extra_{key}": with_map[key] / without[key] - 1 for key in ("trainer", "wall")}
    kept = {key: with_map[key] for key in ("frames", "points", "maker")}
    print(json.dumps({**extra, **kept, "seconds_without": without["trainer"]}))


if __name__ == "__main__":
    main()
