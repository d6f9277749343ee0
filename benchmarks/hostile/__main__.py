"""Give files made to do harm to every function that reads one.

    python -m benchmarks.hostile --minutes 15

First a corpus of a thousand files and more, drawn by the seed from every kind of file and every
kind of evil, and hostile files of others where there are some beside the public data
(`MUSEGNN_SHARED`); then honest files with changes drawn by chance, for the rest of the time. Each
is given to the function that a page or a command calls on it, in a process that is watched. The
last line is JSON, exit code 1 unless all but `tried` and the counts beside it are 0:

`crashes`: the process ended; `tracebacks`: an exception that is no sentence for a person;
`hangs_over_10s`; `over_2gb`: memory that one file took; `files_read_outside`: text that lies in a
file that nobody gave was shown; `kept_poison`: a file that was refused yet stays, or that the next
visitor meets.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

from benchmarks.hostile import honest
from benchmarks.hostile.corpus import Case, list_cases
from benchmarks.hostile.doors import DOORS
from benchmarks.hostile.evil import NotApplicableError, Outside
from benchmarks.hostile.found import found_cases, found_folder
from benchmarks.hostile.fuzz import draw_cases
from benchmarks.hostile.watch import Outcome, Watch

FAULTS = (
    "crashes",
    "tracebacks",
    "hangs_over_10s",
    "over_2gb",
    "files_read_outside",
    "kept_poison",
)
_BY_KIND = {
    "crash": "crashes",
    "traceback": "tracebacks",
    "hang": "hangs_over_10s",
    "memory": "over_2gb",
}
LARGEST_UPLOAD = 1 << 30  # bytes; a server takes 200 MB unless it is told otherwise
_SHOWN = 12  # cases of each fault in the report


@dataclass
class Tally:
    """What was counted.

    Parameters
    ----------
    tried, outcomes
        Files given, and what came of them.
    faults
        For each kind of fault the cases.
    """

    tried: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in FAULTS})

    def add(self, case: Case, outcome: Outcome) -> None:
        """Count a case."""
        self.tried += 1
        self.outcomes[outcome.kind] += 1
        numbers = f"{outcome.seconds:.1f} s, {outcome.memory >> 20} MiB"
        found = (
            [(_BY_KIND[outcome.kind], f"{numbers}\n{outcome.text}")] if _is_fault(outcome) else []
        )
        if outcome.is_outside:
            found.append(("files_read_outside", outcome.text))
        if outcome.poison:
            found.append(("kept_poison", outcome.poison))
        for name, text in found:
            self.faults[name].append(f"{case.name}\n{text}")
            print(f"{name}: {case.name}\n{text}", file=sys.stderr, flush=True)

    def report(self) -> dict[str, object]:
        """Numbers, and the first cases of each fault."""
        return {
            "tried": self.tried,
            **{name: len(cases) for name, cases in self.faults.items()},
            "outcomes": dict(self.outcomes),
            "first": {
                name: [case[:400] for case in cases[:_SHOWN]]
                for name, cases in self.faults.items()
                if cases
            },
        }


def _is_fault(outcome: Outcome) -> bool:
    return outcome.kind in _BY_KIND


def lay_outside(folder: Path, token: str, files: dict[str, Path]) -> Outside:
    """Write the files that nobody gives."""
    folder.mkdir()
    text = folder / "outside.txt"
    text.write_text(f"{token}\n" * 3000, "ascii")
    with h5py.File(folder / "outside.h5", "w") as file:
        letters = np.frombuffer(token.encode() * 3000, np.uint8)
        file["texts"] = np.array([token] * 3000, dtype=object)
        file["letters"], file["numbers"] = letters, letters.astype(np.float32)
        file["table"] = np.tile(letters[: len(letters) // 3000 * 60].astype(float), (40, 1))
    return Outside(text, folder / "outside.h5", files)


def run(
    folder: Path, *, seed: int, minutes: float, formats: list[str] | None, most: int
) -> tuple[Tally, int, int]:
    """Give the corpus, then drawn files until the time is over.

    Parameters
    ----------
    folder
        Empty folder to work in.
    seed
        Of what is drawn.
    minutes
        Time in all; the corpus is given as a whole even if it takes longer, unless it is 0.
    formats
        Kinds of files; None for all.
    most
        Cases of a door and a kind of file in the corpus.

    Returns
    -------
    What was counted, how many cases the corpus had, and how many files of others were given.
    """
    started = time.monotonic()
    kinds = [name for name in honest.WRITERS if formats is None or name in formats]
    files = honest.write_all(folder / "honest", kinds)
    token = "CANARY" + random.Random(os.urandom(8)).randbytes(8).hex()
    plain = {name: path for name, path in files.items() if path.is_file()}
    outside = lay_outside(folder / "outside", token, plain)
    atlas = honest.write_all(folder / "atlas", ["result"])["result"]
    watch, tally = Watch(folder / "work", atlas, token), Tally()

    def give(case: Case) -> None:
        try:
            path = case.make(files[case.kind], folder / "given", outside)
        except NotApplicableError:
            return
        if DOORS[case.door].takes_bytes and path.is_file() and path.stat().st_size > LARGEST_UPLOAD:
            return  # no server takes it from a browser
        tally.add(case, watch.give(case.door, path))

    try:
        for case in list_cases(files, seed=seed, most=most):
            give(case)
        n_corpus = tally.tried
        for case in found_cases(found_folder(), files):
            give(case)
        n_found = tally.tried - n_corpus
        for case in draw_cases(files, seed=seed):
            if time.monotonic() - started > 60 * minutes:
                break
            give(case)
    finally:
        watch.close()
    return tally, n_corpus, n_found


def main(arguments: list[str] | None = None) -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--formats", nargs="+", choices=tuple(honest.WRITERS), metavar="KIND")
    parser.add_argument("--most", type=int, default=30, help="files of each kind for each door")
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    try:
        tally, n_corpus, n_found = run(
            folder,
            seed=options.seed,
            minutes=options.minutes,
            formats=options.formats,
            most=options.most,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report = {
        "seed": options.seed,
        "corpus": n_corpus,
        "found": n_found,
        "doors": len(DOORS),
        **tally.report(),
    }
    print(json.dumps(report))
    return int(any(tally.faults.values()))


if __name__ == "__main__":
    sys.exit(main())
