"""How high the known targets of a compound stand among all candidates, against rivals and controls.

Usage: `python -m benchmarks.targets [--seeds 5] [--schemes random cluster unseen family]
[--published-seeds 1] [--published-width 256]`. Needs the tables of drugs
(`MUSEGNN_SHARED`, else the public files beside the clone).

Compounds are one by the first block of their InChIKey, and those with the same signature are
joined, before any fold. Asked about are compounds with a signature and at most five targets; the
candidates are their targets, ranked all together. Training has every other compound of the other
folds, those with more targets too. Schemes: `random` folds of compounds; `cluster` folds of chains
of Tanimoto above 0.5, where labelled molecules without a signature that are so alike to one asked
about are left out as well; `unseen`, folds of targets: the compounds that hit a held-out target are
asked, none of them trains, nothing is known of the held-out targets, and these alone are ranked;
`family` the same with whole families (letters of the symbol) in a fold.

Prints a line for each scheme and method, and last a JSON line: for each scheme and method
`r_at_1pct` (share of known targets in the top 1 %), `mrr`, `auroc`, each with `_interval` (95 %,
compounds drawn anew), `n` (compounds asked, all seeds) and `strong` (the same where the largest
z-score is 10 or more). `combined` is structure and signature, `wide` adds labelled molecules
without a signature, `wide_ridge` a ridge over all of them, and `stack_wide` is what the page and
the command show; `shuffled` is `signature` and `combined_shuffled` is `combined` with the
signatures of other compounds; `gains` are paired differences. `ece` is the expected calibration
error of held-out probabilities, over all pairs and over the ten best of a compound. Settings of
the methods were chosen on folds of the seeds 100 and 101.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from musegnn.baselines.siamese_targets import SiameseSettings, score_siamese
from musegnn.knowledge.store import open_store
from musegnn.targets.folds import ALIKE, N_FOLDS, clusters_of, families_of, make_folds
from musegnn.targets.gene_vectors import (
    GeneVectors,
    average_of_lists,
    read_gene_vectors,
    vectors_of,
)
from musegnn.targets.methods import answer
from musegnn.targets.ranking import Ranked, join_ranked, rank_known
from musegnn.targets.reference import IDENTICAL, Reference, build_reference
from musegnn.targets.stacking import (
    WITH_OUTSIDE,
    WITHOUT_OUTSIDE,
    calibration_curve,
    expected_calibration_error,
    fit_stack,
)
from musegnn.targets.tables import STRONG, Pharmacology, read_pharmacology
from musegnn.targets.unseen import UNSEEN, hide_targets

REPOSITORY = Path(__file__).resolve().parent.parent
MEASURES = ("r_at_1pct", "mrr", "auroc")
IN_FOLD = (
    *("popularity", "signature_nearest", "signature_whitened", "signature"),
    *("structure_nearest", "structure_ridge", "structure", "combined_ridge", "combined"),
    *("outside_nearest", "wide", "wide_ridge"),
)
GAINS = (
    *(("signature", "signature_whitened"), ("signature", "shuffled"), ("combined", "structure")),
    *(("combined_shuffled", "structure"), ("structure", "structure_ridge"), ("wide", "combined")),
    *(("wide_ridge", "wide"), ("stack_wide", "wide")),
)


@dataclass
class Results:
    """Ranks of each method, fold by fold, and what the probabilities said."""

    ranked: dict[str, list[Ranked]] = field(default_factory=dict)
    said: list[np.ndarray] = field(default_factory=list)
    came: list[np.ndarray] = field(default_factory=list)

    def add(self, method: str, scores: np.ndarray, known: np.ndarray, rows: np.ndarray) -> None:
        """Rank the candidates of some compounds by one method."""
        self.ranked.setdefault(method, []).append(rank_known(scores, known, groups=rows))


def ask_known_targets(
    reference: Reference,
    lists: tuple[np.ndarray, np.ndarray],
    results: Results,
    *,
    scheme: str,
    seed: int,
    options: argparse.Namespace,
) -> None:
    """Ask about the compounds of each fold; all targets are candidates."""
    shuffled = reference.shuffled(seed)
    n = reference.n_measured
    alike = ALIKE if scheme == "cluster" else IDENTICAL
    groups = clusters_of(reference.measured["tanimoto"]) if scheme == "cluster" else np.arange(n)
    fold = make_folds(groups, seed=seed)
    for number in range(N_FOLDS):
        train = np.flatnonzero(fold != number)
        test = np.intersect1d(np.flatnonzero(fold == number), reference.asked)
        question = reference.question(train, test, alike=alike, outside=True, wide=True)
        known = reference.known[test]
        for name in IN_FOLD:
            results.add(name, answer(name, question), known, test)
        control = shuffled.question(train, test, alike=alike)
        results.add("shuffled", answer("signature", control), known, test)
        results.add("combined_shuffled", answer("combined", control), known, test)
        for name, methods in (("stack", WITHOUT_OUTSIDE), ("stack_wide", WITH_OUTSIDE)):
            stack = fit_stack(reference, train, groups, methods, alike=alike, seed=seed)
            sums = stack.score(question)
            results.add(name, sums, known, test)
        results.said.append(stack.probability(sums))
        results.came.append(known)
        if seed < options.published_seeds:
            settings = SiameseSettings(
                width=options.published_width, hidden=options.published_width // 4
            )
            few = train[reference.n_known[train] <= 5]
            scores = score_siamese(
                lists[0][few],
                reference.known[few],
                lists[0][test],
                lists[1],
                settings=settings,
                seed=seed,
            )
            results.add("published", scores, known, test)


def ask_unseen_targets(
    reference: Reference,
    genes: GeneVectors,
    results: Results,
    *,
    scheme: str,
    seed: int,
) -> None:
    """Ask about compounds that hit held-out targets; these alone are ranked."""
    symbols = reference.targets
    groups = families_of(symbols) if scheme == "family" else np.arange(len(symbols))
    fold = make_folds(groups, seed=seed)
    shuffled = reference.shuffled(seed)
    permuted = reference.with_genes(genes.permuted(seed).kernel(symbols))
    for number in range(N_FOLDS):
        hidden = fold == number
        test = reference.asked[reference.known[reference.asked][:, hidden].any(axis=1)]
        train = np.setdiff1d(np.arange(reference.n_measured), test)
        known = reference.known[test][:, hidden]
        question = hide_targets(reference.question(train, test, outside=True), hidden)
        for name, score in UNSEEN.items():
            results.add(name, score(question)[:, hidden], known, test)
        control = hide_targets(shuffled.question(train, test, outside=True), hidden)
        results.add("shuffled", UNSEEN["signature"](control)[:, hidden], known, test)
        control = hide_targets(permuted.question(train, test, outside=True), hidden)
        for name in ("signature", "structure"):
            results.add(f"{name}_permuted", UNSEEN[name](control)[:, hidden], known, test)


def describe(results: Results, strong: np.ndarray) -> dict[str, dict[str, object]]:
    """Mean and interval of each measure of each method, and those of strong signatures."""
    described: dict[str, dict[str, object]] = {}
    joined = {name: join_ranked(parts) for name, parts in results.ranked.items()}
    for name, ranked in joined.items():
        among = ranked.among(strong[ranked.groups])
        row: dict[str, object] = {"n": len(ranked.weights)}
        for measure in MEASURES:
            row[measure] = round(ranked.mean(measure), 4)
            row[f"{measure}_interval"] = [round(end, 4) for end in ranked.interval(measure)]
        row["strong"] = {"n": len(among.weights)} | {
            measure: round(among.mean(measure), 4) for measure in MEASURES
        }
        described[name] = row
    for one, other in GAINS:
        if one in joined and other in joined:
            change = {}
            for stratum, mask in (("all", None), ("strong", strong)):
                a, b = joined[one], joined[other]
                if mask is not None:
                    a, b = a.among(mask[a.groups]), b.among(mask[b.groups])
                for measure in MEASURES:
                    change[f"{stratum} {measure}"] = [round(x, 4) for x in a.gain(b, measure)]
            described.setdefault("gains", {})[f"{one} - {other}"] = change
    return described


def tell(scheme: str, described: dict[str, dict[str, object]]) -> None:
    """Print one line a method."""
    for name, row in described.items():
        if name == "gains":
            for pair, change in row.items():
                print(f"{scheme:8s} gain {pair}: {change}")
            continue
        figures = " ".join(
            f"{measure} {row[measure]:.3f} [{row[f'{measure}_interval'][0]:.3f}, "
            f"{row[f'{measure}_interval'][1]:.3f}]"
            for measure in MEASURES
        )
        print(f"{scheme:8s} {name:20s} {figures} strong {row['strong']['mrr']:.3f} n {row['n']}")
    sys.stdout.flush()


def measure(
    data: Pharmacology, genes: GeneVectors | None, options: argparse.Namespace
) -> dict[str, object]:
    """Run every scheme and seed."""
    reference = build_reference(data, genes)
    n = reference.n_measured
    print(
        f"{data.n_rows} signatures, {len(data.signature_keys)} compounds after joining; {n} with a "
        f"known target, {len(reference.asked)} asked about; {len(reference.compounds) - n} "
        f"labelled molecules without a signature; {len(reference.targets)} candidate targets: "
        f"{', '.join(reference.targets[:8])}, ..."
    )
    row = {key: at for at, key in enumerate(data.signature_keys)}
    own = data.signatures[[row[key] for key in reference.compounds[:n]]]
    no_lists = np.zeros((n, 1)), np.zeros((len(reference.targets), 1))
    lists = (
        no_lists
        if genes is None
        else (average_of_lists(genes, data.genes, own), vectors_of(genes, reference.targets))
    )
    strong = reference.space.strength >= STRONG
    found: dict[str, object] = {}
    said, came = [], []
    for scheme in options.schemes:
        results, start = Results(), time.time()
        for seed in range(options.seeds):
            if scheme in {"random", "cluster"}:
                ask_known_targets(
                    reference, lists, results, scheme=scheme, seed=seed, options=options
                )
            elif genes is not None:
                ask_unseen_targets(reference, genes, results, scheme=scheme, seed=seed)
        found[scheme] = describe(results, strong)
        tell(scheme, found[scheme])
        print(f"{scheme}: {time.time() - start:.0f} s")
        said += results.said
        came += results.came
    if said:
        p, k = np.concatenate(said), np.concatenate(came)
        best = np.argsort(-p, axis=1, kind="stable")[:, :10]
        top = np.take_along_axis(p, best, 1), np.take_along_axis(k, best, 1)
        found["ece"] = round(expected_calibration_error(p, k), 5)
        found["ece_of_the_ten_best"] = round(expected_calibration_error(*top), 5)
        found["calibration"] = [
            [round(a, 4), round(b, 4), size] for a, b, size in calibration_curve(*top)
        ]
    return {**found, "seeds": options.seeds, "folds": N_FOLDS, "candidates": len(reference.targets)}


def main() -> None:
    """Read the tables, measure, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    shared = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    parser.add_argument("--knowledge", type=Path, default=shared / "knowledge")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--schemes", nargs="+", default=["random", "cluster", "unseen", "family"], metavar="SCHEME"
    )
    parser.add_argument("--published-seeds", type=int, default=1)
    parser.add_argument("--published-width", type=int, default=256)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    store = open_store(options.knowledge)
    data = read_pharmacology(store)
    print(f"tables: {dict(data.licences)}")
    genes = read_gene_vectors(store)
    if genes is not None:
        print(f"gene vectors: {', '.join(genes.sources)}")
    line = json.dumps(measure(data, genes, options))
    if options.output is not None:
        options.output.write_text(f"{line}\n", encoding="utf-8")
    print(line)


if __name__ == "__main__":
    main()
