"""Measure fused gene vectors beside their rivals, on what none of them was made of.

Usage: `python -m benchmarks.fusion [--shared FOLDER] [--attention] [--ablation] [--tasks NAME
...]`. Prints a
line for each space and task as it comes, what may leak, and as the last line JSON: `tasks` (mean
AUROC), `intervals` (95 %), `best_single` (which modality it was), `paired` (fused minus the best
rival, label by label, with its interval), `labels`. Rivals: vectors of all modalities side by side
(concatenation), their 512 leading directions (svd), each modality alone, three numbers of study
bias (is a transcription factor, log of the GO terms of a gene in place of its papers, log of its
partners), random vectors, and fused ones whose genes were permuted. Folds are drawn over genes; the
probe is a ridge whose penalty is chosen within the training genes.

With `--ablation` the spaces are subsets of the modalities instead: all fused, all but one, and each
alone; the last line is `ablation`: for each task, `all` (AUROC), and for each modality `without`
(fused without it minus all, label by label, 95 %) and `alone`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks.fusion_tasks import (
    HELD_OUT_INTERACTIONS,
    PairTask,
    Task,
    held_out_task,
    interval,
    read_tasks,
    score,
    score_pairs,
)
from musegnn.fusion.encode import encode_tables, find_modalities, read_tables
from musegnn.fusion.feature_table import FeatureTable
from musegnn.fusion.human_names import HumanNames
from musegnn.fusion.joining import join_by_svd
from musegnn.fusion.modality import Sources
from musegnn.fusion.spectral import unit
from musegnn.knowledge.store import KnowledgeStore
from musegnn.settings import REPOSITORY

WIDTH, WIDE = 128, 512
HELD_OUT = ("expression", "pathways", "interactions")  # modalities that are told from the others
SEED = 0
BIAS, RANDOM, PERMUTED, FUSED = "bias", "random", "permuted", "fused"
Spaces = dict[str, np.ndarray]


def make_spaces(
    vectors: np.ndarray, present: np.ndarray, keys: list[str], bias: np.ndarray
) -> Spaces:
    """Vectors of all genes in each space that is compared.

    Parameters
    ----------
    vectors, present
        `(G, M, D)` and `(G, M)` bool.
    keys
        M names.
    bias
        `(G, 3)`.
    """
    rng = np.random.default_rng(SEED)
    fused = unit(join_by_svd(vectors, present, WIDTH).fused)
    return {
        FUSED: fused,
        "concatenation": vectors.reshape(len(vectors), -1),
        "svd": join_by_svd(vectors, present, min(WIDE, vectors[0].size)).fused,
        BIAS: bias,
        RANDOM: rng.normal(size=(len(vectors), WIDTH)).astype(np.float32),
        PERMUTED: fused[rng.permutation(len(fused))],
        **{f"alone: {key}": vectors[:, m] for m, key in enumerate(keys)},
    }


def make_subsets(vectors: np.ndarray, present: np.ndarray, keys: list[str]) -> Spaces:
    """Fused vectors of all modalities and of all but one, and each modality alone.

    A gene that no other modality knows is zero where its own is left out.
    """
    spaces = {FUSED: unit(join_by_svd(vectors, present, WIDTH).fused)}
    for m, key in enumerate(keys):
        others = [n for n in range(len(keys)) if n != m]
        joined = join_by_svd(vectors[:, others], present[:, others], WIDTH)
        spaces[f"without: {key}"] = unit(joined.fused)
    return spaces | {f"alone: {key}": vectors[:, m] for m, key in enumerate(keys)}


def compare_subsets(found: dict[str, np.ndarray], keys: list[str]) -> dict[str, object]:
    """What each modality adds to all others, and what it tells alone."""

    def told(values: np.ndarray) -> list[float]:
        return [round(float(number), 4) for number in (values.mean(), *interval(values))]

    return {
        "all": told(found[FUSED]),
        "without": {key: told(found[f"without: {key}"] - found[FUSED]) for key in keys},
        "alone": {key: told(found[f"alone: {key}"]) for key in keys},
    }


def study_bias(
    genes: tuple[str, ...], tables: Mapping[str, FeatureTable], sources: Sources
) -> np.ndarray:
    """Three numbers of each gene that say how well it is studied."""
    factors = set(
        sources.names.symbols_of(sorted(sources.store.transcription_factors("human"))).values()
    )

    def logs(key: str) -> np.ndarray:
        table = tables[key]
        known = dict(zip(table.genes, np.diff(table.members.indptr), strict=True))
        return np.log1p([known.get(gene, 0) for gene in genes])

    is_factor = np.array([gene in factors for gene in genes], dtype=float)
    return np.stack([is_factor, logs("GO"), logs("interactions")], axis=1).astype(np.float32)


def measure(task: Task | PairTask, spaces: Spaces) -> dict[str, np.ndarray]:
    """Scores of a task in each space, told as they come."""
    found = {}
    for name, vectors in spaces.items():
        values = (
            score_pairs(task, vectors, seed=SEED)
            if isinstance(task, PairTask)
            else score(task, vectors, seed=SEED)
        )
        found[name] = values
        low, high = interval(values)
        print(f"{task.name}\t{name}\t{values.mean():.4f}\t[{low:.4f}, {high:.4f}]", flush=True)
    return found


def summarise(found: dict[str, np.ndarray]) -> dict[str, object]:
    """Means, intervals, the best modality, and fused against the best rival."""
    alone = {name: values for name, values in found.items() if name.startswith("alone: ")}
    best = max(alone, key=lambda name: alone[name].mean())
    shown = {name: values for name, values in found.items() if name not in alone}
    shown["best_single"] = alone[best]
    rivals = [n for n in ("concatenation", "svd", "best_single", BIAS) if n in shown]
    rival = max(rivals, key=lambda name: shown[name].mean())
    differences = found[FUSED] - shown[rival]
    return {
        "tasks": {name: round(float(values.mean()), 4) for name, values in shown.items()},
        "intervals": {
            name: [round(end, 4) for end in interval(values)] for name, values in shown.items()
        },
        "best_single": best.removeprefix("alone: "),
        "paired": {
            "rival": rival,
            "difference": round(float(differences.mean()), 4),
            "interval": [round(end, 4) for end in interval(differences)],
        },
        "labels": len(found[FUSED]),
    }


def attention(vectors: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Fused vectors of the network, trained as `musegnn fuse --joining attention` does."""
    import torch  # noqa: PLC0415 - only who asks for attention pays for it

    from musegnn.runs.kinds.fusion import FusionSettings  # noqa: PLC0415
    from musegnn.training.fusion import FusionObjective  # noqa: PLC0415

    torch.set_num_threads(1)
    settings = FusionSettings(joining="attention", seed=SEED)
    objective = FusionObjective(vectors, present, settings, torch.device("cpu"))
    for number in range(settings.epochs):
        loss = float(objective.run_epoch()["loss"])
        print(f"attention\tepoch {number + 1}\t{loss:.4f}", flush=True)
    return unit(objective.fuse()[0])


def main() -> int:
    """Run all tasks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    shared = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    parser.add_argument("--shared", type=Path, default=shared)
    parser.add_argument("--attention", action="store_true", help="train the network as well")
    parser.add_argument("--ablation", action="store_true", help="subsets of the modalities")
    parser.add_argument("--tasks", nargs="+", help="only these")
    options = parser.parse_args()
    folder = options.shared / "knowledge"
    store = KnowledgeStore(folder)
    names = HumanNames.of_folder(folder)
    graphs = sorted((REPOSITORY / "data" / "atlas" / "graphs").glob("*.h5ad"))
    sources = Sources(store, names, graphs, without=(HELD_OUT_INTERACTIONS,))
    tables, _ = read_tables(sources, find_modalities(None))
    found = encode_tables(tables, width=WIDTH, seed=SEED)
    keys = list(found.vectors)
    is_known = np.stack([found.present[key] for key in keys], axis=1)
    kept = is_known.sum(axis=1) >= 2
    genes = tuple(np.array(found.genes, dtype=object)[kept])
    present = is_known[kept]
    vectors = np.stack([found.vectors[key][kept] for key in keys], axis=1)
    bias = study_bias(genes, tables, sources)
    print(f"{len(genes)} genes, {len(keys)} modalities: {', '.join(keys)}", flush=True)
    rng = np.random.default_rng(SEED)
    if options.ablation:
        subsets = make_subsets(vectors, present, keys)
        ablation = {
            task.name: compare_subsets(measure(task, subsets), keys)
            for task in read_tasks(store, names, genes, rng)
            if options.tasks is None or task.name in options.tasks
        }
        print(json.dumps({"ablation": ablation}))
        return 0
    spaces = make_spaces(vectors, present, keys, bias)
    if options.attention:
        spaces["attention"] = attention(vectors, present)
    results = {}
    for task in read_tasks(store, names, genes, rng):
        if options.tasks is None or task.name in options.tasks:
            print(f"# {task.name}: {task.asks}. May leak: {task.leaks}.", flush=True)
            results[task.name] = summarise(measure(task, spaces))
    for key in HELD_OUT:
        name = f"{key} from the others"
        if options.tasks is not None and name not in options.tasks:
            continue
        made = {"vectors": vectors, "present": present, "genes": genes, "bias": bias, "rng": rng}
        results[name] = summarise(_held_out(key, keys, tables, **made))
    groups = ("tasks", "intervals", "best_single", "paired", "labels")
    print(json.dumps({part: {n: r[part] for n, r in results.items()} for part in groups}))
    return 0


def _held_out(
    key: str,
    keys: list[str],
    tables: Mapping[str, FeatureTable],
    *,
    vectors: np.ndarray,
    present: np.ndarray,
    genes: tuple[str, ...],
    bias: np.ndarray,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Tell what a modality knows from spaces that were made without it."""
    others = [m for m, other in enumerate(keys) if other != key]
    place = {gene: row for row, gene in enumerate(genes)}
    table = tables[key]
    known = [
        i
        for i, gene in enumerate(table.genes)
        if gene in place and present[place[gene], others].any()
    ]
    rows = np.array([place[table.genes[i]] for i in known])
    task = held_out_task(key, table, np.array(known), rows, rng)
    print(f"# {task.name}: {task.asks}. May leak: {task.leaks}.", flush=True)
    spaces = make_spaces(vectors[:, others], present[:, others], [keys[m] for m in others], bias)
    return measure(task, spaces)


if __name__ == "__main__":
    sys.exit(main())
