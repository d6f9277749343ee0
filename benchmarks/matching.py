"""Match structures with the profiles they left, among those of molecules that nobody has seen.

Usage: `python -m benchmarks.matching [--seeds 5] [--divisions cluster scaffold]`. Needs tables of
morphology and of drugs (`MUSEGNN_SHARED`, else the public files beside the clone).

Folds keep chains of Tanimoto above 0.45 together (`cluster`), or Murcko scaffolds (`scaffold`).
Candidates are the about 61 compounds of a fold, of which none trained; main directions, scales of
descriptors and widths are fitted on the other folds. Profiles are consensus profiles in units of
controls, without well position (`corrected`) and with it (`uncorrected`, where `position` shows
what the well alone tells). `known_target` is the ridge of descriptors and of vectors of the genes
that tables list as targets, which a new molecule does not have. `shuffled` trains on profiles of
other molecules. Widths and ridges were chosen on folds of the seeds 100 and 101.

Prints a line a model, and last a JSON line: for each direction and division, each model's
`hit_at_1`, `hit_at_10`, `mrr`, `auroc`, each with `_interval` (95 %, compounds drawn anew), `n`
(compounds), `candidates`, and `gain` (of the reciprocal rank over `structure_nearest`, paired, with
interval); `position` is the control of place; `external` trains on CPJUMP1 and asks for compounds
of other plates of another study.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musegnn.knowledge.store import KnowledgeStore, open_store
from musegnn.molecules import matching, structures
from musegnn.molecules.morphology import (
    Profiles,
    consensus,
    correct_position,
    harmonise,
    position_control,
    read_morphology,
    scale_to_controls,
    well_places,
)
from musegnn.targets.folds import clusters_of, make_folds
from musegnn.targets.gene_vectors import read_gene_vectors
from musegnn.targets.similarity import (
    gaussian_kernel,
    median_distance,
    scale_descriptors,
    structure_kernel,
)
from musegnn.targets.tables import read_labels, read_pharmacology

REPOSITORY = Path(__file__).resolve().parent.parent
CHAIN = 0.45  # Tanimoto similarity above which compounds lie in one fold
CANDIDATES = 61
BASE = "structure_nearest"
WIDTH = 0.5  # of the median squared distance of descriptors


@dataclass(frozen=True)
class Asked:
    """Molecules with a profile each.

    Parameters
    ----------
    bits, counts, described
        `(C, .)` fingerprints, counted ones, descriptors with NaN.
    numbers
        `(C, F)` profiles.
    places
        `(C, 2)` row and column of the well; NaN where there is none.
    targets
        `(C, C)` kernel of known targets; zeros for a compound without one.
    """

    bits: np.ndarray
    counts: np.ndarray
    described: np.ndarray
    numbers: np.ndarray
    places: np.ndarray
    targets: np.ndarray


def describe(texts: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fingerprints, counted ones and descriptors."""
    return (
        structures.fingerprints(texts),
        structures.counted_fingerprints(texts),
        structures.descriptors(texts),
    )


def score_fold(
    asked: Asked, train: np.ndarray, test: np.ndarray, *, seed: int
) -> dict[str, np.ndarray]:
    """Return `(T, T)` scores of each model: molecules of the fold by profiles of the fold."""
    space = matching.fit_space(asked.numbers[train])
    known, own = space.place(asked.numbers[train]), space.place(asked.numbers[test])
    rng = np.random.default_rng([seed, len(test)])
    both = np.concatenate([test, train])
    new, old = slice(0, len(test)), slice(len(test), None)
    described = scale_descriptors(asked.described[both], asked.described[train])
    width = WIDTH * median_distance(described[old])
    by_descriptors = gaussian_kernel(described, described[old], width=width)
    structure = asked.bits[both], asked.counts[both]
    trained = asked.bits[train], asked.counts[train]
    by_structure = structure_kernel(structure, trained)
    tanimoto = structures.tanimoto(asked.bits[both], asked.bits[train])
    by_target = by_descriptors + asked.targets[np.ix_(both, train)]

    def ridge(kernel: np.ndarray, profiles: np.ndarray = known) -> np.ndarray:
        predicted = matching.predict_by_ridge(kernel[new], kernel[old], profiles)
        return matching.cosines(predicted, own)

    scores = {
        "random": rng.normal(size=(len(test), len(test))),
        BASE: matching.cosines(matching.predict_by_neighbours(tanimoto[new], known), own),
        "ridge_tanimoto": ridge(tanimoto),
        "ridge_structure": ridge(by_structure),
        "ridge_descriptors": ridge(by_descriptors),
        "ridge_both": ridge((by_structure + by_descriptors) / 2),
        "canonical": matching.score_by_correlation(
            by_descriptors[new], by_descriptors[old], known, own
        ),
        "shuffled": ridge(by_descriptors, rng.permutation(known)),
    }
    if asked.targets.any():
        scores["known_target"] = ridge(by_target)
    if np.isfinite(asked.places).all():
        apart = [(asked.places[both, a][:, None] - asked.places[train, a]) ** 2 for a in (0, 1)]
        place = np.exp(-(apart[0] + apart[1]) / 8) + sum(np.exp(-one) for one in apart) / 2
        scores["position"] = ridge(place)
    return scores


def ask_folds(asked: Asked, groups: np.ndarray, *, seeds: int) -> dict[str, dict[str, object]]:
    """Ask in both directions over all folds and seeds."""
    n = len(asked.numbers)
    n_folds = max(2, round(n / CANDIDATES))
    values: dict[str, dict[str, np.ndarray]] = {"to_profile": {}, "to_molecule": {}}
    for seed in range(seeds):
        fold = make_folds(groups, seed=seed, n=n_folds)
        for number in range(n_folds):
            train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
            for model, scores in score_fold(asked, train, test, seed=seed).items():
                for way, table in (("to_profile", scores), ("to_molecule", scores.T)):
                    total = values[way].setdefault(model, np.zeros((n, len(matching.MEASURES))))
                    ranks = matching.ranks_of_own(table)
                    total[test] += matching.measures_of(ranks, len(test)) / seeds
    return {way: summarise(found, round(n / n_folds)) for way, found in values.items()}


def summarise(values: Mapping[str, np.ndarray], candidates: int) -> dict[str, object]:
    """Means with intervals, and the paired gain over the structure neighbour."""
    found: dict[str, object] = {}
    for model, table in values.items():
        mean, low, high = matching.mean_and_interval(table)
        row: dict[str, object] = {"n": len(table), "candidates": candidates}
        for at, measure in enumerate(matching.MEASURES):
            row[measure] = round(float(mean[at]), 4)
            row[f"{measure}_interval"] = [round(float(low[at]), 4), round(float(high[at]), 4)]
        if BASE in values and model != BASE:
            change = matching.mean_and_interval(table - values[BASE])[:, 2]
            row["gain"] = [round(float(x), 4) for x in change]
        found[model] = row
    return found


def target_kernel(keys: list[str], store: KnowledgeStore) -> np.ndarray:
    """Return the `(C, C)` likeness of known targets by gene vectors; zeros without a target."""
    n = len(keys)
    data = read_pharmacology(store)
    labels = read_labels(data, keys)
    genes = read_gene_vectors(store)
    kernel = np.zeros((n, n))
    if genes is None or not labels.compounds:
        return kernel
    likeness = np.maximum(genes.kernel(labels.targets), 0) ** 4
    known = labels.known / np.maximum(labels.known.sum(axis=1, keepdims=True), 1)
    likeness = known @ likeness @ known.T
    size = np.sqrt(np.maximum(np.diag(likeness), 1e-12))
    row = {key: at for at, key in enumerate(labels.compounds)}
    here = np.array([at for at, key in enumerate(keys) if key in row])
    which = np.array([row[keys[at]] for at in here])
    kernel[np.ix_(here, here)] = (likeness / np.outer(size, size))[np.ix_(which, which)]
    return kernel


def morphology_of(store: KnowledgeStore, name: str, *, corrected: bool) -> Profiles:
    """Consensus profiles of a source."""
    scaled = scale_to_controls(read_morphology(store, name))
    return consensus(correct_position(scaled) if corrected else scaled)


def asked_of(profiles: Profiles, store: KnowledgeStore) -> Asked:
    """Everything about molecules with consensus profiles."""
    return Asked(
        *describe(list(profiles.about["structure"])),
        numbers=profiles.numbers,
        places=well_places(profiles.about["well"]),
        targets=target_kernel(list(profiles.about["key"]), store),
    )


def expression_of(store: KnowledgeStore) -> tuple[Asked, list[str]]:
    """Consensus signatures of compounds with a structure, signed logarithms, twins joined."""
    data = read_pharmacology(store)
    keys = [key for key in data.signature_keys if data.compounds["structure"].get(key)]
    texts = [str(data.compounds["structure"][key]) for key in keys]
    rows = data.signatures[[data.row_of[key] for key in keys]]
    logs = np.sign(rows) * np.log1p(np.abs(rows))
    places = np.full((len(keys), 2), np.nan)
    targets = target_kernel(keys, store)
    return Asked(*describe(texts), logs, places, targets), texts


def ask_other_study(store: KnowledgeStore) -> dict[str, object]:
    """Train on CPJUMP1 at 24 hours, ask for compounds of another study that are not in it."""
    wells = scale_to_controls(read_morphology(store, "cpjump1_wells"))
    day = wells.take((wells.about["hours"] == 24).to_numpy())
    known, other, said = harmonise(
        consensus(correct_position(day)), morphology_of(store, "dahlin_wells", corrected=True)
    )
    print(f"external: {said}")
    new = ~other.about["key"].isin(set(known.about["key"])).to_numpy()
    other = other.take(new & (other.about["structure"] != "").to_numpy())
    # each study has a spread of its own, told from its profiles alone
    scaled = [
        (part.numbers - part.numbers.mean(axis=0)) / np.maximum(part.numbers.std(axis=0), 1e-6)
        for part in (known, other)
    ]
    texts = [*known.about["structure"], *other.about["structure"]]
    n, total = len(known), len(texts)
    asked = Asked(
        *describe(texts),
        numbers=np.concatenate(scaled),
        places=np.full((total, 2), np.nan),
        targets=np.zeros((total, total)),
    )
    scores = score_fold(asked, np.arange(n), np.arange(n, total), seed=0)
    size = total - n
    return {
        way: summarise(
            {
                model: matching.measures_of(
                    matching.ranks_of_own(s if way[3] == "p" else s.T), size
                )
                for model, s in scores.items()
            },
            size,
        )
        for way in ("to_profile", "to_molecule")
    }


def groups_of(bits: np.ndarray, texts: list[str], division: str) -> np.ndarray:
    """Return what must lie in one fold."""
    if division == "cluster":
        return clusters_of(structures.tanimoto(bits, bits), above=CHAIN)
    from rdkit import Chem  # noqa: PLC0415
    from rdkit.Chem.Scaffolds import MurckoScaffold  # noqa: PLC0415

    found = []
    for text in texts:
        read = Chem.MolFromInchi if text.startswith("InChI=") else Chem.MolFromSmiles
        molecule = read(text)
        scaffold = "" if molecule is None else MurckoScaffold.MurckoScaffoldSmiles(mol=molecule)
        found.append(scaffold or f"acyclic {text}")
    return np.unique(found, return_inverse=True)[1]


def tell(title: str, rows: Mapping[str, Mapping[str, object]]) -> None:
    """Print one line a model."""
    for model, row in rows.items():
        figures = " ".join(f"{name} {row[name]:.3f}" for name in matching.MEASURES)
        low, high = row["mrr_interval"]
        gain = row.get("gain")
        said = "" if gain is None else " gain {:+.3f} [{:+.3f}, {:+.3f}]".format(*gain)
        print(f"{title:52s} {model:18s} {figures} mrr [{low:.3f}, {high:.3f}]{said}")
    sys.stdout.flush()


def measure(store: KnowledgeStore, *, seeds: int, divisions: list[str]) -> dict[str, object]:
    """Run every source, direction and division."""
    found: dict[str, object] = {}
    scaled = scale_to_controls(read_morphology(store, "cpjump1_wells"))
    control = {}
    for name, wells in (("uncorrected", scaled), ("corrected", correct_position(scaled))):
        control[name] = vars(position_control(wells))
        print(f"position, {name}: {position_control(wells).sentence}")
    found["position"] = control
    names = {"to_profile": "molecule_to_{}", "to_molecule": "{}_to_molecule"}
    for state in ("corrected", "uncorrected"):
        profiles = morphology_of(store, "cpjump1_wells", corrected=state == "corrected")
        asked = asked_of(profiles, store)
        for division in divisions:
            start = time.time()
            groups = groups_of(asked.bits, list(profiles.about["structure"]), division)
            for way, rows in ask_folds(asked, groups, seeds=seeds).items():
                title = names[way].format("morphology")
                suffix = (
                    ""
                    if (state, division) == ("corrected", "cluster")
                    else (f" ({division}, {state})")
                )
                found[title + suffix] = rows
                tell(f"{title} {division} {state}", rows)
            print(f"{len(profiles)} compounds, {division}, {state}: {time.time() - start:.0f} s")
    if "dahlin_wells" in store.names("morphology profiles"):
        found["external"] = ask_other_study(store)
        for way, rows in found["external"].items():
            tell(f"CPJUMP1 to other study, {way}", rows)
    if store.names("drug signatures"):
        asked, texts = expression_of(store)
        for division in divisions:
            groups = groups_of(asked.bits, texts, division)
            for way, rows in ask_folds(asked, groups, seeds=min(seeds, 2)).items():
                title = names[way].format("expression")
                found[title + ("" if division == "cluster" else f" ({division})")] = rows
                tell(f"{title} {division}", rows)
    return found


def main() -> None:
    """Read the tables, measure, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    shared = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    parser.add_argument("--knowledge", type=Path, default=shared / "knowledge")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--divisions", nargs="+", default=["cluster", "scaffold"], choices=["cluster", "scaffold"]
    )
    options = parser.parse_args()
    store = open_store(options.knowledge)
    if store is None:
        parser.error("no tables: name the folder of annotation with --knowledge")
    print(json.dumps(measure(store, seeds=options.seeds, divisions=options.divisions)))


if __name__ == "__main__":
    main()
