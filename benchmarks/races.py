"""Two people decide about one run at the same moment: what is lost, doubled, or told falsely.

Each round makes a run that has ended and lets two processes act on it at once: delete with delete,
cancel, rename, resume or undelete. Afterwards its checkpoint must be found exactly once, among the
runs or in the trash; no other folder may have come to be; and of two that delete, one alone may
have been told that it did.

    python -m benchmarks.races --times 200

prints JSON: `rounds`, `lost`, `ghosts`, `false_words`, `seconds`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path

from musegnn.errors import MuseGNNError
from musegnn.runs import cancel, delete, rename, resume, undelete
from musegnn.runs.identifiers import TRASH, is_run_id
from tests.made_runs import write_run

MARK = b"the only copy"
Act = Callable[[Path, str], object]
ACTS: dict[str, Act] = {
    "delete": delete,
    "cancel": cancel,
    "rename": lambda root, run_id: rename(root, run_id, "another name"),
    "resume": lambda root, run_id: resume(root, run_id, executor="inprocess"),
    "undelete": undelete,
}
PAIRS = tuple(("delete", other) for other in ACTS)


def _act(
    name: str,
    root: Path,
    run_id: str,
    barrier: Barrier,
    told: multiprocessing.SimpleQueue[tuple[str, bool]],
) -> None:
    """Wait for the other one, act, and tell whether it was done."""
    barrier.wait(30)
    try:
        ACTS[name](root, run_id)
    except MuseGNNError:
        told.put((name, False))
    else:
        told.put((name, True))


def play(root: Path, names: tuple[str, str]) -> dict[str, int]:
    """Play one round and count what went wrong."""
    record = write_run(root, "stopped")
    (record.folder / "checkpoint.safetensors").write_bytes(MARK)
    context = multiprocessing.get_context("fork")
    barrier, told = context.Barrier(2), context.SimpleQueue()
    players = [
        context.Process(target=_act, args=(name, root, record.run_id, barrier, told))
        for name in names
    ]
    for player in players:
        player.start()
    answers = [told.get() for _ in players]
    for player in players:
        player.join()
    copies = [path for path in root.rglob("checkpoint.safetensors") if path.read_bytes() == MARK]
    homes = [*root.iterdir(), *((root / TRASH).iterdir() if (root / TRASH).is_dir() else ())]
    folders = [home for home in homes if is_run_id(home.name)]
    deleted = sum(done for name, done in answers if name == "delete")
    return {
        "lost": int(len(copies) != 1),
        "ghosts": int(len(folders) != 1),
        "false_words": int(names == ("delete", "delete") and deleted != 1),
    }


def main() -> None:
    """Play all rounds and print what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--times", type=int, default=200, help="rounds, of all pairs together")
    options = parser.parse_args()
    started = time.monotonic()
    counted: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.times):
            root = Path(folder) / str(number)
            root.mkdir()
            counted.update(play(root, PAIRS[number % len(PAIRS)]))
    wrong = {name: counted[name] for name in ("lost", "ghosts", "false_words")}
    seconds = round(time.monotonic() - started, 1)
    print(json.dumps({"rounds": options.times, **wrong, "seconds": seconds}))


if __name__ == "__main__":
    main()
