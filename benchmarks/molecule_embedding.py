"""Measure how long molecules take to embed, and what memory that needs.

Usage: `python -m benchmarks.molecule_embedding [--molecules 10000] [--jobs 2]`. Takes molecules of
the map that ships, each once, as SMILES in a file, and asks `musegnn molecules embed` in a process
of its own.

Prints a JSON line last: `molecules`, `jobs`, `seconds` of the wall, `cpu_seconds` of all processes,
`cpu_seconds_a_core` (what the wall would show on as many idle cores, at best), `peak_mib` (all
processes together), `within` (60 s and 1 GiB).
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

import pandas as pd

from musegnn.border.tables import read_parquet
from musegnn.molecules.molecule_set import SMILES
from musegnn.molecules.shipped import read_reference

REPOSITORY = Path(__file__).resolve().parent.parent
SECONDS, MIB = 60, 1024
_STEP = 0.2  # seconds between two looks at memory


def memory_of(process: int) -> int:
    """Bytes that a process and its children hold in memory, shared pages counted in part."""
    total = 0
    waiting = [process]
    while waiting:
        one = waiting.pop()
        try:
            kept = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii")
            children = Path(f"/proc/{one}/task/{one}/children").read_text(encoding="ascii")
        except OSError:  # it has just ended
            continue
        line = next(line for line in kept.splitlines() if line.startswith("Pss:"))
        total += 1024 * int(line.split()[1])
        waiting += map(int, children.split())
    return total


def measure(molecules: int, jobs: int) -> dict[str, object]:
    """Embed molecules in a process of its own, and watch it."""
    table = read_reference().molecules.table
    texts = list(table[SMILES].head(molecules))
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "given.smi", Path(folder) / "made.parquet"
        given.write_text("\n".join(texts) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "musegnn.cli.main", "molecules", "embed", str(given)]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started, peak = time.perf_counter(), 0
        process = subprocess.Popen(
            [*command, "-o", str(made), "--jobs", str(jobs), "--json"],
            cwd=REPOSITORY,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None:
            peak = max(peak, memory_of(process.pid))
            time.sleep(_STEP)
        seconds = time.perf_counter() - started
        if process.returncode:
            sys.exit(f"failed: musegnn molecules embed ended with {process.returncode}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found: pd.DataFrame = read_parquet(made, role="vectors")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "molecules": len(texts),
        "embedded": len(found),
        "jobs": jobs,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "cpu_seconds_a_core": round(cpu / jobs, 1),
        "peak_mib": round(peak / 2**20),
        "within": bool(seconds <= SECONDS and peak <= MIB * 2**20),
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print JSON last."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--molecules", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(arguments)
    print(json.dumps(measure(options.molecules, options.jobs)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
