"""Ask whether molecules that are near each other share a target or a mechanism, against rivals.

Usage: `python -m benchmarks.molecule_neighbours [--output FILE]`. Needs tables of drugs
(`MUSEGNN_SHARED`, else the public files beside the clone), and the molecules that ship.

Asked are molecules of the map without any edge in the context, of which a target is known: what
cells did with them, the encoder never saw, and known targets are no part of its context at all.
Candidates are all other molecules of which one is known (`all`), and only those of other chains of
Tanimoto above 0.5 (`apart`): there nothing looks like the one asked, which takes most from whoever
compares structures. A hit is one of the k nearest that shares a target. `embedding` is the cosine
of vectors, `untrained` that of the same network before training, `tanimoto` Morgan fingerprints,
`descriptors` the correlation of scaled descriptors, `both` the sum of the ranks of embedding and
fingerprints, `random` any order.

Prints a line a model, and last a JSON line: `target` and `mechanism`, each with `all` and `apart`:
`n`, for each model `hit_at_1`, `hit_at_10`, `mrr`, and `gain` of pairs of models; each number with
`_interval` (95 %, chains of molecules drawn anew).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import rankdata

from musegnn.knowledge.store import open_store
from musegnn.molecules.alike import tanimoto_of_bits
from musegnn.molecules.encoder_inputs import EncoderInputs, FeatureScale, read_inputs
from musegnn.molecules.molecule_set import KEY, SMILES
from musegnn.molecules.shipped import IN_CONTEXT, MoleculeReference, read_reference
from musegnn.molecules.splits import groups_of_similar
from musegnn.targets.tables import read_pharmacology

REPOSITORY = Path(__file__).resolve().parent.parent
CHAIN = 0.5
MEASURES = ("hit_at_1", "hit_at_10", "mrr")
DRAWS = 2000
PAIRS = (
    ("embedding", "tanimoto"),
    ("embedding", "untrained"),
    ("embedding", "descriptors"),
    ("both", "tanimoto"),
)
SEED = 0


def score_ranks(rank: int) -> tuple[float, float, float]:
    """Measures of the place of the first candidate that shares something."""
    return float(rank <= 1), float(rank <= 10), 1 / rank


def first_hits(scores: np.ndarray, shares: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Return the place of the first hit of each asked molecule, `(Q,)`; ties go to the last.

    Parameters
    ----------
    scores, shares, allowed
        `(Q, C)`: likeness, whether something is shared, and who is a candidate at all.
    """
    found = np.where(allowed, scores, -np.inf)
    best = np.where(shares & allowed, found, -np.inf).max(axis=1)
    ahead = (found > best[:, None]).sum(axis=1)
    tied = ((found == best[:, None]) & allowed & ~shares).sum(axis=1)
    return ahead + tied + 1


def ask(
    scores: Mapping[str, np.ndarray], shares: np.ndarray, allowed: np.ndarray, groups: np.ndarray
) -> dict[str, object]:
    """Measure all models on the asked molecules that can be answered.

    Parameters
    ----------
    scores
        Model -> `(Q, C)` likeness.
    shares, allowed
        `(Q, C)`.
    groups
        `(Q,)` chains, which are drawn anew as a whole.
    """
    can = (shares & allowed).any(axis=1)
    values = {
        name: np.array([score_ranks(rank) for rank in first_hits(one, shares, allowed)[can]])
        for name, one in scores.items()
    }
    draws = draw_groups(groups[can])
    report: dict[str, object] = {"n": int(can.sum()), "chains": len(np.unique(groups[can]))}
    report |= {name: with_intervals(one, draws) for name, one in values.items()}
    report["gain"] = {
        f"{one} over {other}": with_intervals(values[one] - values[other], draws)
        for one, other in PAIRS
        if one in values and other in values
    }
    return report


def draw_groups(groups: np.ndarray) -> np.ndarray:
    """Return how often each molecule counts in each draw of chains, `(DRAWS, Q)`."""
    rng = np.random.default_rng(SEED)
    _, which = np.unique(groups, return_inverse=True)
    n = which.max() + 1
    counts = rng.multinomial(n, np.full(n, 1 / n), size=DRAWS)
    return counts[:, which]


def with_intervals(values: np.ndarray, draws: np.ndarray) -> dict[str, object]:
    """Mean of each measure, `(Q, 3)`, with its interval."""
    means = draws @ values / draws.sum(axis=1, keepdims=True)
    report: dict[str, object] = {}
    for column, name in enumerate(MEASURES):
        low, high = np.quantile(means[:, column], [0.025, 0.975])
        report[name] = round(float(values[:, column].mean()), 4)
        report[f"{name}_interval"] = [round(float(low), 4), round(float(high), 4)]
    return report


def compare(
    reference: MoleculeReference, terms_of: Mapping[str, frozenset[str]], what: str
) -> dict[str, object]:
    """Measure all models for one kind of term."""
    table = reference.molecules.table
    keys = table[KEY].astype(str)
    known = np.flatnonzero([bool(terms_of.get(key)) for key in keys])
    asked = known[~table[IN_CONTEXT].to_numpy(dtype=bool)[known]]
    inputs = read_inputs(list(table[SMILES].iloc[known]))
    place = {row: at for at, row in enumerate(known.tolist())}
    own = np.array([place[row] for row in asked.tolist()])
    shares = shared_terms([terms_of[key] for key in keys.iloc[known]], own)
    chains = groups_of_similar(inputs.fingerprints, above=CHAIN)
    is_other = np.ones((len(own), len(known)), dtype=bool)
    is_other[np.arange(len(own)), own] = False
    scores = score_all(reference, inputs, known, own)
    print(f"{what}: {len(known):,} molecules, {len(own):,} asked, {chains.max() + 1:,} chains")
    report = {
        side: ask(scores, shares, allowed, chains[own])
        for side, allowed in (
            ("all", is_other),
            ("apart", is_other & (chains[own][:, None] != chains[None])),
        )
    }
    for side, found in report.items():
        for name in scores:
            print(f"{what:10} {side:6} {name:12} {found[name]}", file=sys.stderr)
    return {"candidates": len(known), **report}


def shared_terms(terms: list[frozenset[str]], asked: np.ndarray) -> np.ndarray:
    """Return `(Q, C)` whether an asked molecule and a candidate share a term."""
    names = {term: at for at, term in enumerate(sorted(frozenset().union(*terms)))}
    has = np.zeros((len(terms), len(names)), dtype=np.float32)
    for row, own in enumerate(terms):
        has[row, [names[term] for term in own]] = 1
    return (has[asked] @ has.T) > 0


def score_all(
    reference: MoleculeReference, inputs: EncoderInputs, known: np.ndarray, own: np.ndarray
) -> dict[str, np.ndarray]:
    """Likeness of asked molecules and candidates by each model, `(Q, C)`."""
    tanimoto = tanimoto_of_bits(inputs.bits[own], inputs.bits)
    embedding = _cosine(reference.molecules.vectors[known], own)
    scaled = FeatureScale.of(inputs.descriptors).scaled(inputs).descriptors
    both = rankdata(tanimoto, axis=1) + rankdata(embedding, axis=1)
    return {
        "embedding": embedding,
        "untrained": _cosine(untrained_codes(reference, inputs), own),
        "tanimoto": tanimoto,
        "descriptors": _cosine(scaled - scaled.mean(axis=0), own),
        "both": both,
        "random": np.random.default_rng(SEED).random(tanimoto.shape),
    }


def untrained_codes(reference: MoleculeReference, inputs: EncoderInputs) -> np.ndarray:
    """Codes of a network of the same shape with weights as they are drawn before training."""
    rng = np.random.default_rng(SEED)
    weights = {
        name: draw_weights(name, values.shape, rng)
        for name, values in sorted(reference.encoder.weights.items())
    }
    return replace(reference.encoder, weights=weights).encode(inputs)[0]


def draw_weights(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw the weights of one tensor by the usual rule of its kind."""
    is_table = name.startswith("atoms.") or ".bonds." in name
    if is_table:
        return rng.normal(size=shape).astype(np.float32)
    if len(shape) == 2 and name != "virtual":
        bound = shape[1] ** -0.5
        return rng.uniform(-bound, bound, shape).astype(np.float32)
    is_one = name.endswith("running_var") or (name.endswith("weight") and len(shape) == 1)
    return np.full(shape, float(is_one), dtype=np.float32)


def _cosine(vectors: np.ndarray, own: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(length > 0, length, 1)
    return np.asarray(unit[own] @ unit.T)


def measure(reference: MoleculeReference, shared: Path) -> dict[str, object]:
    """Measure on the public tables."""
    data = read_pharmacology(open_store(shared / "knowledge"))
    targets = data.pairs.groupby("compound")["gene"].agg(frozenset).to_dict()
    told = data.compounds["mechanism"][data.compounds["mechanism"] != ""]
    mechanisms = {str(key): frozenset(str(text).split("|")) for key, text in told.items()}
    return {
        "command": "python -m benchmarks.molecule_neighbours",
        "sources": sorted(data.licences),
        "target": compare(reference, targets, "target"),
        "mechanism": compare(reference, mechanisms, "mechanism"),
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print JSON last."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, help="also write the JSON to a file")
    options = parser.parse_args(arguments)
    shared = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    report = measure(read_reference(), shared)
    if options.output is not None:
        text = json.dumps(report, indent=1, sort_keys=True) + "\n"
        options.output.write_text(text, encoding="utf-8")
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
