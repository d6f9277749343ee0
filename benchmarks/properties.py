"""What assays say of molecules, foretold from structure alone, on the published division.

Usage: `python -m benchmarks.properties --dataset NAME [--seeds N] [--clusters]
[--parts models context]`.
Reads the public assay tables beside the clone (or `MUSEGNN_SHARED`). The last line is JSON: for
each model its mean over tasks (AUROC, or mean absolute error), the values of single seeds, that of
their mean, and a 95 % interval over molecules drawn again. Networks stop by the middle part of the
division, and by it one of two ways to learn is chosen for each (`learned`) and the models of the
ensemble are weighed (`weights`); nothing is chosen by the part that is reported. `gain` is the
ensemble less the network on Morgan fingerprints, on the same draws. `context_gain` is what profiles
of molecules add where they are known (`benchmarks.cell_context`; needs the annotation beside the
assay tables).

`boosting` is the histogram boosting of scikit-learn, in place of XGBoost.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.cell_context import measure_context, read_context
from musegnn.errors import InputError
from musegnn.knowledge.store import KnowledgeStore, open_store
from musegnn.molecules.assays import AssayTable, read_assays
from musegnn.molecules.features import scale_of
from musegnn.molecules.property_models import MODELS, TREES, Molecules, Task, weigh_models
from musegnn.molecules.scores import (
    Interval,
    calibrate,
    calibration_error,
    drawn_means,
    interval_of,
    task_auroc,
    task_error,
)
from musegnn.molecules.splits import SHARES, Split, cluster_split, scaffold_split, without_twins
from musegnn.molecules.structures import descriptors, fingerprints, scaffolds
from musegnn.targets.folds import make_folds
from musegnn.training.property_network import PropertySettings, fit_properties

REPOSITORY: Final = Path(__file__).resolve().parent.parent
MORGAN, DESCRIBED, BOTH = "network_morgan", "network_descriptors", "network_both"
PARTS: Final = ("models", "context")
FEWEST_PROFILES: Final = 200  # molecules; with fewer nothing can be told
BOUNDS: Final = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)  # of Tanimoto, for groups of like structures
MOST_FORESTS: Final = 100  # tasks; beyond them a forest a task takes hours
SETTINGS: Final = {
    MORGAN: PropertySettings(rate=3e-4),
    DESCRIBED: PropertySettings(rate=3e-4, patience=20),
    BOTH: PropertySettings(rate=3e-4, width=1024),
}
# every task alike, or every label: which one serves hangs on how unlike the sizes of tasks are
WAYS: Final = {"tasks alike": {}, "labels alike": {"balance": 0.0, "rate": 1e-3, "patience": 8}}
IN_ENSEMBLE: Final = (DESCRIBED, BOTH, "kernel_ridge", "extra_trees", "forest", "boosting")


FILES: Final = {  # names in `molecules`
    "chembl2k": "chembl2k_assays",
    "broad6k": "broad6k_assays",
    "biogen3k": "biogenadme_assays",
    "toxcast": "moltoxcast_assays",
}


def main() -> int:
    """Print a table of models, and the same as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", choices=list(FILES), default="chembl2k")
    parser.add_argument("--seeds", type=int, default=5, help="of networks and forests")
    parser.add_argument("--clusters", action="store_true", help="divide by Tanimoto clusters")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    given = parser.parse_args()
    shared = Path(os.environ.get("MUSEGNN_SHARED") or REPOSITORY.parent / "shared")
    path = shared / "molecules" / f"{FILES[given.dataset]}.csv.gz"
    if not path.is_file():
        print(f"Skipped: no {path.name} in {shared / 'molecules'}.", file=sys.stderr)
        return 1
    table = read_assays(path, name=given.dataset)
    store = open_store(shared / "knowledge") if "context" in given.parts else None
    found = measure(
        table,
        seeds=given.seeds,
        clusters=given.clusters,
        store=store,
        has_models="models" in given.parts,
    )
    print(json.dumps(found))
    return 0


def like_together(bits: np.ndarray) -> Split:
    """Divide by likeness, by the least bound at which every part gets half of its share or more.

    A library made of a few scaffolds is one long chain of like molecules: at a Tanimoto of 0.5 all
    of it would stand in one part.
    """
    for above in BOUNDS:
        split = cluster_split(bits, above=above)
        shares = (*SHARES, 1 - sum(SHARES))
        if all(n >= s * len(bits) / 2 for n, s in zip(split.sizes, shares, strict=True)):
            return split
    msg = f"Expected groups of like structures, found one chain at a Tanimoto of {BOUNDS[-1]}."
    raise InputError(msg, "Divide the table by scaffolds, without `--clusters`.")


def measure(
    table: AssayTable,
    *,
    seeds: int,
    clusters: bool = False,
    store: KnowledgeStore | None = None,
    has_models: bool = True,
) -> dict[str, Any]:
    """Learn all models of a table and say how well they do on the last part.

    Parameters
    ----------
    table
        Of assays.
    seeds
        Networks and forests of each kind.
    clusters
        Divide by groups of similar fingerprints in place of scaffolds.
    store
        Of profiles of molecules; without it nothing is said of what they add.
    has_models
        Whether models of structure are compared at all.
    """
    started = time.monotonic()
    bits, described = fingerprints(table.smiles), descriptors(table.smiles)
    say(started, f"{len(table):,} molecules described")
    rings = scaffolds(table.smiles)
    split = like_together(bits) if clusters else scaffold_split(rings)
    report: dict[str, Any] = {"dataset": table.name}
    ways = list(WAYS)
    if has_models:
        foretold, chosen = foretell(table, split, bits, described, seeds=seeds, started=started)
        report = score_all(table, split, foretold, table.name) | chosen
        ways = [chosen["learned"][DESCRIBED]["way"]]
        clean = without_twins(split, bits)
        if len(clean.test) < len(split.test):
            kept = np.isin(split.test, clean.test)
            report["without_twins"] = score_all(
                table,
                clean,
                {name: [said[kept] for said in runs] for name, runs in foretold.items()},
                table.name,
            )
    if store is not None and table.is_binary:
        context = read_context(table, store)
        if len(context.rows) >= FEWEST_PROFILES:
            report["context_gain"] = measure_context(
                table,
                Molecules(bits, scale_of(described).apply(described)),
                rings,
                context,
                networks=lambda taught, asked: network_of_folds(
                    table, described, rings, (taught, asked), ways
                ),
                say=lambda text: say(started, text),
            )
    return report


def network_of_folds(
    table: AssayTable,
    described: np.ndarray,
    rings: Sequence[str],
    rows: tuple[np.ndarray, np.ndarray],
    ways: Sequence[str],
) -> np.ndarray:
    """Teach the network on descriptors by some molecules and ask it about others.

    A ninth of those it may learn from, whole scaffolds, stops it and chooses among ways to learn.
    """
    taught, asked = rows
    deviates = scale_of(described[taught]).apply(described)
    part = make_folds([rings[row] for row in taught], seed=0, n=9)
    train, valid = taught[part > 0], taught[part == 0]
    labels = table.labels
    best, found = -np.inf, np.zeros((len(asked), len(table.tasks)))
    for way in ways:
        model = fit_properties(
            (deviates[train], labels[train]),
            (deviates[valid], labels[valid]),
            replace(SETTINGS[DESCRIBED], **WAYS[way]),
            is_binary=table.is_binary,
        )
        worth = float(np.nanmean(task_auroc(labels[valid], model.predict(deviates[valid]))))
        if worth > best:
            best, found = worth, model.predict(deviates[asked])
    return found


def foretell(
    table: AssayTable,
    split: Split,
    bits: np.ndarray,
    described: np.ndarray,
    *,
    seeds: int,
    started: float,
) -> tuple[dict[str, list[np.ndarray]], dict[str, Any]]:
    """Return what each model says of the last part, a matrix a seed, and what was chosen."""
    deviates = scale_of(described[split.train]).apply(described)
    molecules = Molecules(bits, deviates)
    asked = np.concatenate([split.valid, split.test])
    task = Task(
        molecules.only(split.train),
        molecules.only(split.valid),
        molecules.only(asked),
        table.labels[split.train],
        table.labels[split.valid],
        table.is_binary,
    )
    foretold: dict[str, list[np.ndarray]] = {}
    for name, model in MODELS.items():
        if name in TREES and len(table.tasks) > MOST_FORESTS:
            continue
        drawn = range(seeds) if name in TREES else range(1)
        foretold[name] = [model(task.with_seed(seed)) for seed in drawn]
        say(started, name)
    features = {
        MORGAN: bits.astype(np.float32),
        DESCRIBED: deviates,
        BOTH: molecules.together,
    }
    held, n_held = table.labels[split.valid], len(split.valid)
    learned = {}
    for name, values in features.items():
        runs = {
            way: ask_network(table, split, values, replace(SETTINGS[name], **change), [0])
            for way, change in WAYS.items()
        }
        score = task_auroc if table.is_binary else task_error
        worth = {way: float(np.nanmean(score(held, runs[way][0][:n_held]))) for way in WAYS}
        way = (max if table.is_binary else min)(WAYS, key=lambda one: worth[one])
        learned[name] = {"way": way, "middle_part": worth}
        settings = replace(SETTINGS[name], **WAYS[way])
        more = ask_network(table, split, values, settings, range(1, seeds))
        foretold[name] = [*runs[way], *more]
        say(started, f"{name}: {learned[name]}")
    members = {name: np.mean(foretold[name], axis=0) for name in IN_ENSEMBLE if name in foretold}
    weights = weigh_models(held, [said[:n_held] for said in members.values()])
    together = np.tensordot(weights, np.stack(list(members.values())), axes=1)
    if table.is_binary:
        together = calibrate(held, together[:n_held], together)
    foretold["ensemble"] = [together]
    chosen = {
        "learned": learned,
        "weights": dict(zip(members, np.round(weights, 3).tolist(), strict=True)),
    }
    say(started, f"weights: {chosen['weights']}")
    return {name: [said[n_held:] for said in runs] for name, runs in foretold.items()}, chosen


def ask_network(
    table: AssayTable,
    split: Split,
    values: np.ndarray,
    settings: PropertySettings,
    seeds: Iterable[int],
) -> list[np.ndarray]:
    """Teach a network for each seed, and ask it about the middle and the last part."""
    asked = values[np.concatenate([split.valid, split.test])]
    return [
        fit_properties(
            (values[split.train], table.labels[split.train]),
            (values[split.valid], table.labels[split.valid]),
            settings.with_seed(seed),
            is_binary=table.is_binary,
        ).predict(asked)
        for seed in seeds
    ]


def score_all(
    table: AssayTable, split: Split, foretold: dict[str, list[np.ndarray]], name: str
) -> dict[str, Any]:
    """Return the scores of all models on the last part of a division."""
    labels = table.labels[split.test]
    score = task_auroc if table.is_binary else task_error
    models, drawn = {}, {}
    for model, runs in foretold.items():
        one = np.mean(runs, axis=0)
        drawn[model] = drawn_means(labels, one, score)
        mean = float(np.nanmean(score(labels, one)))
        together = interval_of(mean, drawn[model], len(labels))
        models[model] = {
            "mean": float(np.mean([np.nanmean(score(labels, said)) for said in runs])),
            "seeds": [round(float(np.nanmean(score(labels, said))), 4) for said in runs],
            "ensemble": together.mean,
            "low": together.low,
            "high": together.high,
        }
    best = (max if table.is_binary else min)(models, key=lambda model: models[model]["ensemble"])
    one = np.mean(foretold["ensemble"], axis=0)
    gain = models["ensemble"]["ensemble"] - models[MORGAN]["ensemble"]
    found = interval_of(gain, drawn["ensemble"] - drawn[MORGAN], len(labels))
    return {
        "dataset": name,
        "split": split.rule,
        "sizes": split.sizes,
        "metric": "auroc" if table.is_binary else "mae",
        "tasks": len(table.tasks),
        "models": models,
        "best": best,
        "gain": asdict(_as_gain(found, is_binary=table.is_binary)),
        "ece": calibration_error(labels, one) if table.is_binary else None,
        "by_task": {
            task: round(float(value), 4)
            for task, value in zip(table.tasks, score(labels, one), strict=True)
            if len(table.tasks) <= MOST_FORESTS and np.isfinite(value)
        },
    }


def _as_gain(found: Interval, *, is_binary: bool) -> Interval:
    """Turn a difference of errors round, so that more is better."""
    if is_binary:
        return found
    return Interval(-found.mean, -found.high, -found.low, found.n)


def say(started: float, text: str) -> None:
    """Print progress with the seconds since the start."""
    print(f"{time.monotonic() - started:7.1f} s  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
