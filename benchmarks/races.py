"""Two to four people act at one moment on one folder of runs: what is lost, doubled, told falsely.

Each round lets processes of their own start, stop, delete, take back, rename, take up, import,
export and list runs, empty the trash and be the dispatcher, all at once, mostly on the same run; in
many rounds one of them is killed (SIGKILL) before one of its touches of the file system.
Afterwards there must be an order in which the same acts, one after the other, give what everybody
was told and what is there (`benchmarks.race_model`); no folder may be there that nobody made, and
no lock held.

    python -m benchmarks.races --times 2000

prints JSON: `rounds`, `kills`, `lost`, `ghosts`, `false_words`, `held_locks`, `seconds`. What must
not be is described on the error output, with the seed that repeats it.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.race_model import ACTS, Act
from benchmarks.race_people import Stage

ROUNDS_OF_A_FOLDER = 12
WRONG = ("lost", "ghosts", "false_words", "held_locks")


def choose_acts(stage: Stage, chance: random.Random, n_people: int) -> list[Act]:
    """Choose what people do, mostly on the same run."""
    world = stage.world
    ids = sorted({*world.runs, *world.trash, *world.packed})
    first = chance.choice(ids)
    return [
        Act(
            chance.choice(ACTS),
            first if chance.random() < 0.7 else chance.choice(ids),
            f"name {chance.randrange(10**6)}",
        )
        for _ in range(n_people)
    ]


def play(stage: Stage, seed: int) -> list[tuple[str, str]]:
    """Play one round; return what must not be."""
    chance = random.Random(seed)
    world = stage.world
    active = [run_id for run_id, run in world.runs.items() if run.state == "active"]
    if active and chance.random() < 0.5:
        stage.end(chance.choice(active))
    acts = choose_acts(stage, chance, chance.randint(2, 4))
    victim = chance.randrange(len(acts))
    dies = {victim: 1 + int(chance.expovariate(1 / 25))} if chance.random() < 0.4 else {}
    return [(p.kind, p.text) for p in stage.act(acts, seed=chance.randrange(10**9), dies=dies)]


def main() -> None:
    """Play all rounds and print what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--times", type=int, default=200, help="rounds")
    parser.add_argument("--seed", type=int, default=0, help="of the first round")
    options = parser.parse_args()
    started = time.monotonic()
    counted: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        try:
            for number in range(options.times):
                if number and number % ROUNDS_OF_A_FOLDER == 0:
                    stage.new_root()
                for kind, text in play(stage, options.seed + number):
                    counted[kind] += 1
                    sys.stderr.write(f"round {options.seed + number}: {kind}: {text}\n")
        finally:
            stage.close()
        kills = stage.n_kills
    wrong = {name: counted[name] for name in WRONG}
    seconds = round(time.monotonic() - started, 1)
    print(json.dumps({"rounds": options.times, "kills": kills, **wrong, "seconds": seconds}))


if __name__ == "__main__":
    main()
