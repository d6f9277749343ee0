"""What a code of a molecule keeps against what it foretells, and which context earns its place.

Usage: `python -m benchmarks.bottleneck [--seeds 2] [--epochs 10] [--parts curve ablations rivals]`.
Needs the public tables beside the clone (`MUSEGNN_SHARED`). The encoder of the kind `molecules` is
trained on ChEMBL2K's molecules and those with a signature or a profile; every edge of the middle
and the last part of the published division is left out. The last line is JSON.

`curve`: for each price `beta` of a nat the bits a code keeps, and the AUROC of the **middle** part
of ChEMBL2K by linear heads on the frozen code: on its mean, as it is used, and on a draw, which
alone obeys the price (a head that scales means reads what the price meant to remove). The price of
the released code is 1e-9: so small that the bottleneck is one by name.

`ablations`: the same at the default price, each with its difference from the whole on the same
draws of molecules: without expression, morphology, genes or all context, with profiles dealt out to
other molecules before edges are drawn, on the corrupted graph.

`rivals`, on the **last** part: linear heads and a network on frozen codes, codes beside
descriptors, the encoder taught further by the assays, the encoder taught by the assays alone (from
scratch), and a network on descriptors, which knows no context. Networks stop by the middle part.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.nn import functional

from musegnn.knowledge.store import KnowledgeStore, open_store
from musegnn.model.molecule_encoder import Codes, MoleculeEncoder
from musegnn.molecules.assays import SKELETON, AssayTable, read_assays
from musegnn.molecules.context_build import ContextTables, Measured, build_context
from musegnn.molecules.context_graph import EXPRESSION, GENE, MORPHOLOGY, ContextGraph
from musegnn.molecules.encoder_inputs import EncoderInputs, FeatureScale, read_inputs
from musegnn.molecules.morphology import (
    consensus,
    correct_position,
    morphology_sources,
    read_morphology,
    scale_to_controls,
)
from musegnn.molecules.scores import drawn_means, interval_of, task_auroc
from musegnn.molecules.splits import Split, scaffold_split
from musegnn.molecules.structures import scaffolds
from musegnn.runs.kinds.molecules import MoleculeSettings
from musegnn.targets.tables import read_pharmacology
from musegnn.targets.tractable import FUSED, open_fused
from musegnn.training.bottleneck import BottleneckObjective, batch_of
from musegnn.training.property_network import PropertySettings, fit_properties

REPOSITORY: Final = Path(__file__).resolve().parent.parent
BETAS: Final = (1e-9, 1e-5, 1e-4, 1e-3, 1e-2)
RELEASED: Final = 1e-9
DEFAULT: Final = MoleculeSettings().beta
DRAWS: Final = 4  # of a code, where draws are read
PARTS: Final = ("curve", "ablations", "rivals")
CPU: Final = torch.device("cpu")


@dataclass(frozen=True)
class Study:
    """An assay table, its division, and the context of its molecules and others.

    Parameters
    ----------
    table, split
        The assays and their three parts.
    context, tables
        Without the edges of the middle and the last part, and what it was made of.
    inputs
        Its molecules as the encoder reads them.
    places
        `(M,)` where each molecule of the table stands in the context.
    """

    table: AssayTable
    split: Split
    context: ContextGraph
    inputs: EncoderInputs
    places: np.ndarray
    tables: ContextTables

    def shuffled(self, seed: int) -> ContextGraph:
        """Return the control: the same context of profiles dealt out to other molecules."""
        rng = np.random.default_rng(seed)

        def dealt(own: Measured) -> Measured:
            own = own.by_molecule()  # what was measured of a molecule twice goes together
            return replace(own, values=own.values[rng.permutation(len(own.values))])

        kept = self.tables
        mixed = {k: tuple(map(dealt, getattr(kept, k))) for k in ("expression", "morphology")}
        return context_of(replace(kept, **mixed), self.table, self.split)

    def labels(self, part: str) -> np.ndarray:
        """Labels of a part."""
        found: np.ndarray = self.table.labels[getattr(self.split, part)]
        return found


@dataclass(frozen=True)
class Encoded:
    """Codes of all molecules of a table.

    Parameters
    ----------
    mean, deviation
        `(M, C)` of the normal distribution of each.
    bits
        Mean of what a code keeps.
    encoder
        With its weights.
    """

    mean: np.ndarray
    deviation: np.ndarray
    bits: float
    encoder: MoleculeEncoder


def read_study(table: AssayTable, store: KnowledgeStore | None) -> Study:
    """Lay out the context of a table: its molecules and those with a signature or a profile."""
    given: dict[str, str] = {}
    for key, text in zip(table.keys, table.smiles, strict=True):
        given.setdefault(key, text)
    parts: dict[str, Any] = {}
    if store is not None:
        data = read_pharmacology(store)
        for key in data.signature_keys:
            given.setdefault(key, str(data.compounds["structure"].get(key, "")))
        profiles = []
        for name in morphology_sources(store):
            own = consensus(correct_position(scale_to_controls(read_morphology(store, name))))
            keys = tuple(str(key)[:SKELETON] for key in own.about["key"])
            profiles.append(Measured(name, keys, own.numbers, own.features))
            for key, text in zip(keys, own.about["structure"], strict=True):
                given.setdefault(key, str(text))
        pairs = data.pairs[["compound", "gene"]].itertuples(index=False, name=None)
        targets = tuple(pair for pair in pairs if pair[0] in given)
        links = store.interactions()[["a", "b"]].drop_duplicates()
        signed = (Measured("L1000", data.signature_keys, data.signatures, data.genes),)
        parts = {
            "expression": signed if len(data.signatures) else (),
            "morphology": tuple(profiles),
            "targets": targets,
            "interactions": tuple(links.itertuples(index=False, name=None)),
        }
        vectors = open_fused().get(FUSED)
        if vectors is not None:
            parts |= {"genes": vectors.symbols, "gene_vectors": vectors.vectors}
    keys = [key for key, text in given.items() if key and text]
    inputs = read_inputs([given[key] for key in keys])
    read = np.flatnonzero(inputs.is_read)
    inputs, keys = inputs.take(read), [keys[row] for row in read]
    place = {key: row for row, key in enumerate(keys)}
    table = table.only(np.flatnonzero([key in place for key in table.keys]))
    split = scaffold_split(scaffolds(table.smiles))
    tables = ContextTables(
        tuple(keys),
        tuple(given[key] for key in keys),
        inputs.scaffolds,
        inputs.fingerprints,
        **parts,
    )
    places = np.array([place[key] for key in table.keys])
    return Study(table, split, context_of(tables, table, split), inputs, places, tables)


def context_of(tables: ContextTables, table: AssayTable, split: Split) -> ContextGraph:
    """Build a context without the edges of the middle and the last part of some assays."""
    asked = np.concatenate([split.valid, split.test])
    return build_context(tables).without(
        {table.keys[row] for row in asked}, why=f"middle and last part of {table.name}"
    )


def encode(study: Study, context: ContextGraph, settings: MoleculeSettings) -> Encoded:
    """Train an encoder on a context and encode the molecules of the table."""
    scale = FeatureScale.of(study.inputs.descriptors)
    objective = BottleneckObjective(context, study.inputs, scale, settings, CPU)
    for _ in range(settings.epochs):
        objective.run_epoch()
    encoder = objective.network.encoder
    mean, deviation = codes_of(encoder, scale.scaled(study.inputs.take(study.places)))
    nats = 0.5 * (mean**2 + deviation**2 - 1 - 2 * np.log(deviation)).sum(axis=1)
    return Encoded(mean, deviation, float(nats.mean() / np.log(2)), encoder)


@torch.no_grad()
def codes_of(encoder: MoleculeEncoder, scaled: EncoderInputs) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of the codes of molecules."""
    encoder.eval()
    found = [_codes(encoder, scaled, rows) for rows in _batches(np.arange(len(scaled)), 512)]
    mean = torch.cat([codes.mean for codes in found]).numpy()
    return mean, torch.cat([(codes.log_variance / 2).exp() for codes in found]).numpy()


def _codes(encoder: MoleculeEncoder, scaled: EncoderInputs, rows: np.ndarray) -> Codes:
    found: Codes = encoder(batch_of(scaled.take(rows), CPU, reads=encoder.n_features > 0))
    return found


def _batches(rows: np.ndarray, size: int) -> list[np.ndarray]:
    return np.array_split(rows, -(-len(rows) // size))


def linear_heads(
    features: np.ndarray, labels: np.ndarray, asked: np.ndarray, *, strength: float = 0.01
) -> np.ndarray:
    """Foretell each task by a logistic line on features; `(A, T)` log odds.

    Parameters
    ----------
    features, labels
        `(M, F)` and `(M, T)`, NaN where nothing was measured.
    asked
        `(A, F)`.
    strength
        Inverse of the penalty, fixed before anything was measured.
    """
    found = np.zeros((len(asked), labels.shape[1]))
    for column, own in enumerate(labels.T):
        known = np.isfinite(own)
        if len(np.unique(own[known])) == 2:
            line = LogisticRegression(C=strength, max_iter=500)
            line.fit(features[known], own[known] > 0)
            found[:, column] = line.decision_function(asked)
    return found


def read_means(study: Study, encoded: Encoded, part: str) -> np.ndarray:
    """What linear heads foretell of a part from mean codes."""
    train = encoded.mean[study.split.train]
    centre, spread = train.mean(axis=0), np.maximum(train.std(axis=0), 1e-9)
    features = (encoded.mean - centre) / spread
    return linear_heads(
        features[study.split.train], study.labels("train"), features[getattr(study.split, part)]
    )


def read_draws(study: Study, encoded: Encoded, part: str, *, seed: int) -> list[np.ndarray]:
    """What linear heads foretell of a part from draws of the codes, one matrix a draw."""
    rng = np.random.default_rng(seed)
    shape = (DRAWS, *encoded.mean.shape)
    drawn = (encoded.mean + encoded.deviation * rng.standard_normal(shape)).astype(np.float32)
    train = study.split.train
    features = drawn[:, train].reshape(-1, drawn.shape[2])
    labels = np.tile(study.labels("train"), (DRAWS, 1))
    asked = drawn[:, getattr(study.split, part)]
    told = linear_heads(features, labels, asked.reshape(-1, drawn.shape[2]), strength=1.0)
    return list(told.reshape(*asked.shape[:2], -1))


def describe(labels: np.ndarray, runs: list[np.ndarray]) -> tuple[dict[str, Any], np.ndarray]:
    """Mean AUROC over runs, with its interval over molecules, and its draws."""
    each = [float(np.nanmean(task_auroc(labels, said))) for said in runs]
    drawn = np.mean([drawn_means(labels, said, task_auroc) for said in runs], axis=0)
    found = interval_of(float(np.mean(each)), drawn, len(labels))
    seeds = [round(value, 4) for value in each]
    return {"mean": found.mean, "low": found.low, "high": found.high, "seeds": seeds}, drawn


def measure_curve(
    study: Study, trained: Callable[[float, int], Encoded], seeds: int
) -> list[dict[str, Any]]:
    """Bits and AUROC of the middle part for each price."""
    labels, rows = study.labels("valid"), []
    for beta in BETAS:
        runs = [trained(beta, seed) for seed in range(seeds)]
        drawn = [
            said
            for seed, run in enumerate(runs)
            for said in read_draws(study, run, "valid", seed=seed)
        ]
        rows.append(
            {
                "beta": beta,
                "is_nominal": beta <= RELEASED,
                "bits": [round(run.bits, 1) for run in runs],
                "mean_code": describe(labels, [read_means(study, run, "valid") for run in runs])[0],
                "drawn_code": describe(labels, drawn)[0],
            }
        )
        say(f"beta {beta:g}: {rows[-1]}")
    return rows


def measure_ablations(
    study: Study,
    trained: Callable[[float, int], Encoded],
    settings: MoleculeSettings,
    seeds: int,
) -> dict[str, Any]:
    """Score the middle part with something taken from the context, and its difference."""
    labels = study.labels("valid")
    whole = [read_means(study, trained(DEFAULT, seed), "valid") for seed in range(seeds)]
    row, base = describe(labels, whole)
    found: dict[str, Any] = {"whole": row}
    contexts: dict[str, Callable[[int], ContextGraph]] = {
        "without expression": lambda seed: study.context.without_kind(EXPRESSION),
        "without morphology": lambda seed: study.context.without_kind(MORPHOLOGY),
        "without genes": lambda seed: study.context.without_kind(GENE),
        "shuffled profiles": study.shuffled,
        "corrupted graph": study.context.corrupted,
        "without context": lambda seed: replace(study.context, edges=()),
    }
    for name, make in contexts.items():
        runs = [
            encode(study, make(seed), settings.model_copy(update={"seed": seed}))
            for seed in range(seeds)
        ]
        said = [read_means(study, run, "valid") for run in runs]
        row, drawn = describe(labels, said)
        less = interval_of(row["mean"] - found["whole"]["mean"], drawn - base, len(labels))
        found[name] = {
            **row,
            "bits": [round(run.bits, 1) for run in runs],
            "less_whole": [less.mean, less.low, less.high],
        }
        say(f"{name}: {found[name]}")
    return found


def measure_rivals(
    study: Study,
    trained: Callable[[float, int], Encoded],
    settings: MoleculeSettings,
    seeds: int,
) -> dict[str, Any]:
    """Score the last part; each with its difference from the network on descriptors."""
    split, labels = study.split, study.labels("test")
    scale = FeatureScale.of(study.inputs.descriptors[study.places[split.train]])
    scaled = scale.scaled(study.inputs.take(study.places))
    runs = [trained(DEFAULT, seed) for seed in range(seeds)]
    own = FeatureScale.of(study.inputs.descriptors)

    def network(features: np.ndarray, seed: int) -> np.ndarray:
        settings = PropertySettings(rate=3e-4, patience=20, seed=seed)
        train, valid = (
            (features[rows], study.table.labels[rows]) for rows in (split.train, split.valid)
        )
        return fit_properties(train, valid, settings, is_binary=True).predict(features[split.test])

    def scratch(seed: int) -> np.ndarray:
        asked = settings.model_copy(update={"seed": seed})
        start = BottleneckObjective(study.context, study.inputs, scale, asked, CPU)
        return teach(study, start.network.encoder, scaled, seed=seed)

    taught = own.scaled(study.inputs.take(study.places))
    models: Mapping[str, Callable[[int], np.ndarray]] = {
        "descriptors": lambda seed: network(scaled.descriptors, seed),
        "frozen code, linear": lambda seed: read_means(study, runs[seed], "test"),
        "frozen code, network": lambda seed: network(runs[seed].mean, seed),
        "frozen code and descriptors": lambda seed: network(
            np.hstack([runs[seed].mean, scaled.descriptors]), seed
        ),
        "encoder taught further": lambda seed: teach(
            study, copy.deepcopy(runs[seed].encoder), taught, seed=seed
        ),
        "encoder from scratch": scratch,
    }
    found: dict[str, Any] = {}
    base: np.ndarray | None = None
    for name, model in models.items():
        row, drawn = describe(labels, [model(seed) for seed in range(seeds)])
        found[name] = row
        if base is None:
            base = drawn
        else:
            less = interval_of(
                row["mean"] - found["descriptors"]["mean"], drawn - base, len(labels)
            )
            row["less_descriptors"] = [less.mean, less.low, less.high]
        say(f"{name}: {row}")
    return found


def teach(
    study: Study,
    encoder: MoleculeEncoder,
    scaled: EncoderInputs,
    *,
    seed: int,
    epochs: int = 30,
    patience: int = 6,
) -> np.ndarray:
    """Teach an encoder by the assays; logits of the last part, stopped by the middle one."""
    split, order = study.split, np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(seed)
    heads = nn.Linear(encoder.mean.out_features, len(study.table.tasks))
    nn.init.zeros_(heads.weight)
    nn.init.zeros_(heads.bias)
    network = nn.ModuleList([encoder, heads])
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=1e-2)
    labels = torch.from_numpy(study.table.labels)
    known = torch.isfinite(labels)
    labels = torch.nan_to_num(labels)

    def wrong(rows: np.ndarray) -> torch.Tensor:
        said = heads(_codes(encoder, scaled, rows).mean)
        losses = functional.binary_cross_entropy_with_logits(said, labels[rows], reduction="none")
        return (losses * known[rows]).sum() / known[rows].sum().clamp(min=1)

    best, kept, at = np.inf, copy.deepcopy(network.state_dict()), 0
    for epoch in range(epochs):
        network.train()
        for rows in _batches(order.permutation(split.train), 128):
            codes = encoder(
                batch_of(scaled.take(rows), CPU, reads=encoder.n_features > 0), generator
            )
            losses = functional.binary_cross_entropy_with_logits(
                heads(codes.mean), labels[rows], reduction="none"
            )
            loss = (losses * known[rows]).sum() / known[rows].sum().clamp(min=1)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        network.eval()
        with torch.inference_mode():
            score = float(wrong(split.valid))
        if score < best:
            best, kept, at = score, copy.deepcopy(network.state_dict()), epoch
        elif epoch - at >= patience:
            break
    network.load_state_dict(kept)
    network.eval()
    with torch.inference_mode():
        said: np.ndarray = heads(_codes(encoder, scaled, split.test).mean).numpy()
    return said


def measure(study: Study, *, seeds: int, epochs: int, parts: list[str]) -> dict[str, Any]:
    """Measure the parts that are asked for."""
    settings = MoleculeSettings(epochs=epochs)
    kept: dict[tuple[float, int], Encoded] = {}

    def trained(beta: float, seed: int) -> Encoded:
        if (beta, seed) not in kept:
            asked = settings.model_copy(update={"beta": beta, "seed": seed})
            kept[beta, seed] = encode(study, study.context, asked)
            say(f"trained: beta {beta:g}, seed {seed}")
        return kept[beta, seed]

    found: dict[str, Any] = {
        "dataset": study.table.name,
        "sizes": study.split.sizes,
        "molecules": len(study.inputs),
        "edges": sum(map(len, study.context.edges)),
        "left_out": study.context.left_out,
        "seeds": seeds,
        "epochs": epochs,
    }
    if "curve" in parts:
        found["curve"] = measure_curve(study, trained, seeds)
    if "rivals" in parts:
        found["rivals"] = measure_rivals(study, trained, settings, seeds)
    if "ablations" in parts:
        found["ablations"] = measure_ablations(study, trained, settings, seeds)
    return found


def say(text: str) -> None:
    """Print progress with the seconds of computing so far."""
    print(f"{time.process_time():7.1f} s  {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Read the tables, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    given = parser.parse_args()
    shared = Path(os.environ.get("MUSEGNN_SHARED") or REPOSITORY.parent / "shared")
    path = shared / "molecules" / "chembl2k_assays.csv.gz"
    if not path.is_file():
        print(f"Skipped: no {path.name} in {path.parent}.", file=sys.stderr)
        return 1
    torch.set_num_threads(1)
    study = read_study(read_assays(path, name="chembl2k"), open_store(shared / "knowledge"))
    say(f"{len(study.inputs):,} molecules in the context")
    found = measure(study, seeds=given.seeds, epochs=given.epochs, parts=given.parts)
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
