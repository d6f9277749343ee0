"""Change good files of counts in 500 ways and build their graphs by the command line.

Usage: `python -m benchmarks.mutations [--tried 500] [--seed 0] [--apart-every 25] [--verbose]`.
Prints each fault with what draws it again and, last, a JSON line: how many were `tried`, `built`
and `refused`, and the faults, all of which should be 0: `tracebacks`, `hangs`, `half_written` and
`wrong_genes` (a graph whose genes, cells or counts are not those that other libraries read from the
changed file, or not those of the good one where the change leaves the meaning as it was).
"""

from __future__ import annotations

import argparse
import json
import logging
import time
import warnings
from collections import Counter

from benchmarks.mutations.trial import draw, try_change

FAULTS = {
    "tracebacks": "traceback",
    "hangs": "hang",
    "half_written": "half_written",
    "wrong_genes": "wrong_genes",
}


def try_all(tried: int, *, seed: int, apart_every: int, verbose: bool = False) -> dict[str, float]:
    """Try so many changed files that a change fitted; count what came of them."""
    outcomes: Counter[str] = Counter()
    unclear = 0
    started = time.monotonic()
    for kind, change, own in draw(10 * tried, seed=seed):
        number = sum(outcomes.values())
        if number == tried:
            break
        is_apart = bool(apart_every) and number % apart_every == apart_every - 1
        trial = try_change(kind, change, own, apart=is_apart)
        if trial is None:
            continue
        outcomes[trial.outcome] += 1
        is_unclear = trial.outcome == "refused" and "cannot be read" in trial.words
        unclear += is_unclear
        if verbose or is_unclear or trial.outcome in FAULTS.values():
            head = f"{trial.outcome}: {kind}, {change}, {trial.member}, {own}"
            print(f"{head}\n    {trial.words}", flush=True)
    return {
        "tried": sum(outcomes.values()),
        "built": outcomes["built"],
        "refused": outcomes["refused"],
        "refused_without_a_reason": unclear,
        **{name: outcomes[outcome] for name, outcome in FAULTS.items()},
        "seconds": round(time.monotonic() - started, 1),
    }


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tried", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--apart-every", type=int, default=25, help="as a process; 0 for never")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    logging.raiseExceptions = False
    warnings.simplefilter("ignore")  # of libraries that write what is odd
    result = try_all(
        options.tried, seed=options.seed, apart_every=options.apart_every, verbose=options.verbose
    )
    print(json.dumps(result))


if __name__ == "__main__":
    _main()
