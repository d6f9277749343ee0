"""Many people at once: waiting time, errors and memory of one server.

`python -m benchmarks.load [ATLAS] [--people 20] [--rounds 3] [--pause 3] [--settle 125]` starts the
real dashboard and lets people visit it at the same time, each with a session of its own over a
WebSocket, without a browser. A person reads for a while after each answer (from a third of
`--pause` to five thirds of it, in seconds), then goes on: Home, Atlas, a gene, another colour, a
lasso, its neighbours on Gene, back to the Atlas, and leaves; a round is one such visit of
everybody. Prints JSON.

- `p95_s`, `median_s`, `largest_s`: from the sending of an interaction to the last message of its
  answer, over all people and rounds
- `p95_alone_s`, `ratio_to_one`: the same of one person who has the server alone, before the others,
  and how many times longer the slow answers take with all of them
- `errors`: pages that showed an error, answers that did not come, and connections that broke
- `memory_mib`: resident memory of the server when it is warm (one visit), after each round, and
  `--settle` seconds later, when Streamlit has forgotten the sessions (it keeps them for 120 s)
- `memory_growth_mib`: last value minus the one after the first round: what people who left leave
  behind
- `processor_ms_per_action`: processor time of the server; on a machine that does nothing else, one
  process answers at most 1000 over this many actions a second, however many people wait
- `actions`: number of interactions; `p95_by_action_s`: the same by kind

`--givers 3` lets so many of the people work meanwhile: each gives a file of counts on the Data
page, has its graph built and looks until it is there, while one training runs on the same machine.
All values above are then of all people; in addition

- `p95_lookers_s`: of those who look at pages alone; `uploads`, `builds`: files that were given,
  graphs that came of them; `training_epochs`: what the training did meanwhile; `load_before`: how
  many tasks wanted a processor before anything was started (elsewhere than here others may work)

`--sessions 60` instead lets that many sessions open three pages and leave, one after the other, and
prints the memory after the first, after half and after all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.interaction import serve
from benchmarks.load_work import Givers, training, work
from benchmarks.streamlit_client import Answer, Visitor
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.screens.parts.colour_choices import COLOUR_LABELS, MY_LIST

ATLAS = Path(__file__).resolve().parents[1] / "data" / "atlas"
ALONE = 3  # visits of one person with the server to itself
COLOURS = tuple(label for label in COLOUR_LABELS if label not in {MY_LIST, "tissue"})


@dataclass
class Log:
    """What all people met.

    Parameters
    ----------
    seconds
        Waiting times of each action.
    errors
        What went wrong, in words.
    """

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, action: str, answer: Answer) -> None:
        """Note an answer."""
        with self._lock:
            self.seconds[action].append(answer.seconds)
            self.errors += [f"{action}: {error}" for error in answer.errors]

    def waits(self) -> np.ndarray:
        """Return all waiting times."""
        return np.concatenate([np.empty(0), *map(np.asarray, self.seconds.values())])

    def fail(self, action: str, error: Exception) -> None:
        """Note an answer that did not come."""
        with self._lock:
            self.errors.append(f"{action}: {type(error).__name__} {error}")


def walk(visitor: Visitor, embedding: EmbeddingSet, rng: np.random.Generator) -> Iterator[Any]:
    """Yield name and call of each step of a visit."""
    row = int(rng.integers(len(embedding.genes)))
    gene = str(embedding.genes["gene"].iloc[row])
    x, y = float(embedding.layout[row, 0]), float(embedding.layout[row, 1])
    box = {"x": [x - 1, x + 1, x + 1, x - 1], "y": [y - 1, y - 1, y + 1, y + 1]}
    yield "home", lambda: visitor.open("")
    yield "atlas", lambda: visitor.open("Atlas")
    yield "gene", lambda: visitor.set_text("_gene", gene)
    for colour in rng.permutation(COLOURS)[:2]:
        yield "recolour", lambda colour=colour: visitor.set_text("_colour", str(colour))
    yield "lasso", lambda: visitor.gesture("gene_map", "gesture", {"kind": "polygon", **box})
    yield "neighbours", lambda: visitor.open("Gene", f"gene={gene}")
    yield "atlas", lambda: visitor.open("Atlas")


def visit(
    address: str, embedding: EmbeddingSet, log: Log, rng: np.random.Generator, pause: float
) -> None:
    """Walk through the dashboard once, as one person."""
    go(address, log, rng, pause, lambda visitor: walk(visitor, embedding, rng))


def go(
    address: str,
    log: Log,
    rng: np.random.Generator,
    pause: float,
    steps: Callable[[Visitor], Iterator[Any]],
) -> None:
    """Take some steps as one person."""
    action = "connect"
    try:
        time.sleep(rng.uniform(0, pause))  # people do not come all in the same moment
        visitor = Visitor(address)
        try:
            for action, act in steps(visitor):
                log.add(action, act())
                time.sleep(rng.uniform(pause / 3, 5 * pause / 3))
        finally:
            visitor.close()
    # whatever goes wrong for one person is what this program counts
    except Exception as error:  # noqa: BLE001
        log.fail(action, error)


def measure(
    atlas: Path, *, people: int, rounds: int, pause: float, settle: float, givers: int = 0
) -> dict[str, Any]:
    """Let everybody visit several times, and some of them work."""
    embedding = read_embedding_set(atlas)
    log, working, memory, files = Log(), Log(), [], Givers()
    load_before = os.getloadavg()[0]
    with ExitStack() as held:
        root = Path(held.enter_context(tempfile.TemporaryDirectory()))
        (root / "runs").mkdir()
        address, server = held.enter_context(serve(atlas, root / "links", root / "runs"))

        def give(rng: np.random.Generator) -> None:
            name, content = files.next_file()
            steps = partial(work, content=content, root=root / "runs", name=name)
            go(address, working, rng, pause, steps)

        warm = Log()
        visit(address, embedding, warm, np.random.default_rng(0), 0.1)
        memory.append(resident(server))
        alone = Log()
        for number in range(ALONE):
            visit(address, embedding, alone, np.random.default_rng([number, 2]), pause / 3)
        look = held.enter_context(training(root / "runs", atlas / "graphs")) if givers else None
        first_epoch = look().epoch if look else 0
        before = server.cpu_times()
        for number in range(rounds):
            generators = [np.random.default_rng([number, person, 1]) for person in range(people)]
            crowd = [
                threading.Thread(target=visit, args=(address, embedding, log, rng, pause))
                for rng in generators[givers:]
            ]
            crowd += [threading.Thread(target=give, args=(rng,)) for rng in generators[:givers]]
            for person in crowd:
                person.start()
            for person in crowd:
                person.join()
            memory.append(resident(server))
        after = server.cpu_times()
        done = look() if look else None
        if settle:
            time.sleep(settle)
            visit(address, embedding, warm, np.random.default_rng(0), 0.1)
            memory.append(resident(server))
    processor = after.user + after.system - before.user - before.system
    lookers, one = (log.waits(), alone.waits())
    waits = np.concatenate([lookers, working.waits()])
    if not (len(lookers) and len(one)):
        sys.exit(f"No answer came: {[*warm.errors, *alone.errors, *log.errors][:5]}")
    slow, slow_alone = (float(np.quantile(each, 0.95)) for each in (waits, one))
    return {
        "people": people,
        "rounds": rounds,
        "pause_s": pause,
        "actions": len(waits),
        "p95_s": round(slow, 3),
        "p95_alone_s": round(slow_alone, 3),
        "ratio_to_one": round(slow / slow_alone, 2),
        "median_s": round(float(np.median(waits)), 3),
        "largest_s": round(float(waits.max()), 3),
        "processor_ms_per_action": round(1000 * processor / len(waits), 1),
        "errors": sum(len(each.errors) for each in (warm, alone, log, working)),
        "first_errors": [*warm.errors, *alone.errors, *log.errors, *working.errors][:5],
        **(
            {
                "givers": givers,
                "p95_lookers_s": round(float(np.quantile(lookers, 0.95)), 3),
                "uploads": len(working.seconds["upload"]),
                "builds": len(working.seconds["built"]),
                "training_state": done.state,
                "training_epochs": done.epoch - first_epoch,
                "load_before": round(load_before, 1),
            }
            if done is not None
            else {}
        ),
        "memory_mib": memory,
        "memory_growth_mib": round(memory[-1] - memory[1], 1),
        "p95_by_action_s": {
            action: round(float(np.quantile(values, 0.95)), 3)
            for action, values in [*log.seconds.items(), *working.seconds.items()]
            if values
        },
    }


def measure_sessions(atlas: Path, sessions: int) -> dict[str, Any]:
    """Let sessions come and go one after the other, each with a look at three pages."""
    errors: list[str] = []
    memory = []
    with (
        tempfile.TemporaryDirectory() as links,
        serve(atlas, Path(links), Path(links) / "runs") as (address, server),
    ):
        for number in range(sessions):
            visitor = Visitor(address)
            for page in ("", "Atlas", "Gene"):
                errors += visitor.open(page).errors
            visitor.close()
            if number + 1 in {1, sessions // 2, sessions}:
                memory.append(resident(server))
    return {
        "sessions": sessions,
        "errors": len(errors),
        "memory_mib": memory,
        "growth_after_half_mib": round(memory[-1] - memory[-2], 1),
    }


def resident(server: psutil.Process) -> float:
    """Resident memory in MiB, a moment after the last session has left."""
    time.sleep(2)
    return round(server.memory_info().rss / 2**20, 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("atlas", nargs="?", type=Path, default=ATLAS)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pause", type=float, default=3.0)
    parser.add_argument("--settle", type=float, default=125.0)
    parser.add_argument("--givers", type=int, default=0)
    parser.add_argument("--sessions", type=int, default=0)
    options = parser.parse_args()
    if options.sessions:
        print(json.dumps(measure_sessions(options.atlas, options.sessions)))
        sys.exit()
    print(
        json.dumps(
            measure(
                options.atlas,
                people=options.people,
                rounds=options.rounds,
                pause=options.pause,
                settle=options.settle,
                givers=options.givers,
            )
        )
    )
