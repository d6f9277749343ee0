"""Can change of a neighbourhood be called? Halves, shuffled labels, planted changes, the atlas.

Usage: `python -m benchmarks.change [--draws 20] [--parts still planted atlas] [--atlas FOLDER]
[--shared FOLDER] [--datasets NAME ...] [--write]`. Two samples of the cells of one dataset, that is
cells whose labels were shuffled, are built into graphs, placed by the untrained start together with
six other datasets of the atlas, or with all, and compared as contexts are. The datasets of `FITTED`
gave what `benchmarks.change_fit` prints for `sampling_null` and `nearness_null` of
`musegnn.analysis.comparison`; everything reported is from the others. Of the parts, `still` asks
the halves, `planted` plants changes, and `atlas` asks the contexts and tissues of the atlas itself.
The last line is JSON: value, interval and n of each figure; `--write` keeps them for the
*Benchmarks* page and `docs/benchmarks.md`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Final

import numpy as np
from scipy import sparse
from scipy.stats import false_discovery_control, spearmanr
from sklearn.cluster import KMeans

from benchmarks.atlas_cells import (
    Atlas,
    Cells,
    Entry,
    add_options,
    atlas_of,
    build_part,
)
from benchmarks.measured import keep
from benchmarks.resampling import ratio_interval
from musegnn import keys
from musegnn.analysis.comparison.context_alignment import common_genes
from musegnn.analysis.comparison.nearness_null import mutual_nearness, nearness_test
from musegnn.analysis.comparison.ranked_lists import count_shared, later_ranks, neighbour_ranks
from musegnn.analysis.comparison.same_tissue_null import (
    pairing_of,
    pairs_of_one_tissue,
    same_tissue_null,
)
from musegnn.analysis.comparison.sampling_null import Side, shared_by_sampling
from musegnn.analysis.comparison.sampling_test import sampling_test
from musegnn.analysis.comparison.tissue_change import tissue_change
from musegnn.embeddings.reliability import NOISE_SHARE, least_beyond_chance
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.gene_reliability import gene_reliability
from musegnn.graphs.reproducibility import split_cells
from musegnn.graphs.residuals import pearson_residuals, principal_components
from musegnn.graphs.unit_rows import unit_rows
from musegnn.runs.presets import preset_settings
from musegnn.training.starting_features import starting_features

# gave the constants of both nulls; whoever fits them anew reports on the others: every other one by
# name of those that the atlas began with, and of those that came later
FITTED: Final = frozenset(
    {
        "human_breast_cancer_layers1to4",
        "human_darmanis_2015",
        "human_fetal_heart_ST",
        "human_her2_breast_C1",
        "human_her2_breast_E1",
        "human_her2_breast_G2",
        "human_ipsc_cardio_day2",
        "human_lungcancer_lines_celseq2_5cl",
        "human_melanoma_lymphnode_ST",
        "human_pancreas_baron",
        "human_pbmc4k_10x",
        "marmoset_esc_spheroids_ss2",
        "mouse_blastocyst_E3.5_E4.5",
        "mouse_cortex_snareseq_gene_activity",
        "mouse_intestine_celseq",
        "mouse_liver_ST_CN73_E2",
        "mouse_olfactory_bulb_rep11",
        "mouse_pancreas_endocrinogenesis",
        "mouse_tabulamuris_brain",
        "mouse_tabulamuris_intestine",
        "mouse_tabulamuris_muscle",
        "mouse_tabulamuris_skin",
        "zebrafish_telencephalon_ss2",
    }
)
# placed beside the halves, so that these are two of many contexts; all of them but the own one
OTHERS = (
    *("human_pbmc_10x_liger", "human_breast_tumour_10x", "human_her2_breast_G2"),
    *("human_fetal_heart_ST", "human_pancreas_baron", "mouse_pancreas_endocrinogenesis"),
    *("mouse_intestine_celseq", "mouse_cortex_snareseq_rna"),
)
N_OTHERS, FEWEST_CELLS, FEW_CELLS = 6, 160, 150
K = 20
MODULE = (15, 60)
Q = 0.05
PARTS = ("still", "planted", "atlas")


@dataclass(frozen=True)
class Pair:
    """Two samples of cells as two contexts: vectors `(G, D)` and what is known of the genes."""

    units: tuple[np.ndarray, np.ndarray]
    sides: tuple[Side, Side]
    n_contexts: int
    dataset: str


def read_sets(atlas: Atlas, entries: Sequence[Entry]) -> list[Cells]:
    """Read the cells of datasets that have enough of them."""
    found = [atlas.read_cells(entry) for entry in entries]
    return [cells for cells in found if len(cells.depth) >= FEWEST_CELLS]


def build(cells: Cells, rows: np.ndarray, name: str) -> tuple[GeneGraph, Side]:
    """Build graph and reliability of some cells, as `musegnn graph` does."""
    graph = build_part(cells, rows, name)
    counts = sparse.csr_matrix(cells.counts[rows])
    halves = [
        principal_components(pearson_residuals(sparse.csr_matrix(counts[half]))).values
        for half in split_cells(counts.shape[0], seed=0)
    ]
    shares = np.column_stack(list(gene_reliability(*halves).values()))
    mean = graph.genes[keys.MEAN].to_numpy(np.float64)
    return graph, Side(shares, graph.degree, mean, graph.n_genes)


def place(
    atlas: Atlas,
    cells: Cells,
    first: np.ndarray,
    second: np.ndarray,
    other: Cells | None = None,
    *,
    among_all: bool = False,
) -> Pair:
    """Place two samples of cells together with six other datasets, or with all.

    `other` has the second sample.
    """
    name = cells.graph.name
    made = [build(cells, first, f"{name}.1"), build(other or cells, second, f"{name}.2")]
    names = list(atlas.graphs) if among_all else [one for one in OTHERS if one in atlas.graphs]
    beside = [atlas.graphs[one] for one in names if one != name]
    beside = beside if among_all else beside[:N_OTHERS]
    graphs = [*(graph for graph, _ in made), *beside]
    vectors = starting_features(graphs, preset_settings("default"))
    units = unit_rows(vectors[0]), unit_rows(vectors[1])
    return Pair(units, (made[0][1], made[1][1]), len(graphs), name)


def take(pair: Pair, genes: np.ndarray) -> Pair:
    """Keep some of the genes as the common ones."""
    sides = [
        replace(
            side,
            reliability=side.reliability[genes],
            degree=side.degree[genes],
            mean=side.mean[genes],
        )
        for side in pair.sides
    ]
    units = pair.units[0][genes], pair.units[1][genes]
    return replace(pair, units=units, sides=(sides[0], sides[1]))


def count_both(pair: Pair, k: int = K) -> tuple[np.ndarray, np.ndarray]:
    """Count the neighbours that both samples have, and tell how near those of one are there."""
    return count_both_ranks([neighbour_ranks(unit) for unit in pair.units], k)


def count_both_ranks(ranks: list[np.ndarray], k: int = K) -> tuple[np.ndarray, np.ndarray]:
    """Count as above, from the ranks in both samples."""
    return count_shared(later_ranks(*ranks), k), mutual_nearness(ranks[0], ranks[1], k)


def is_noise(pair: Pair) -> bool:
    """Tell whether the product would call nothing, since one of the samples is noise."""
    shares = [side.reliability[:, 2] for side in pair.sides]
    least = [least_beyond_chance(side.n_genes, K) / K - 1e-6 for side in pair.sides]
    return any(np.mean(s >= bound) < NOISE_SHARE for s, bound in zip(shares, least, strict=True))


def ask(pair: Pair, k: int = K) -> dict[str, np.ndarray]:
    """Test the genes of a pair as the Compare page does."""
    (shared, nearness), n = count_both(pair, k), len(pair.units[0])
    fraction = k / (n - 1)
    expected, low, high = shared_by_sampling(*pair.sides, k=k, n_common=n)
    p, told = nearness_test(nearness, *pair.sides, fraction=fraction, n_contexts=pair.n_contexts)
    if is_noise(pair):
        told[:] = False
    q = np.full(n, np.nan)
    q[told] = false_discovery_control(p[told]) if told.any() else p[told]
    reliability = np.sqrt(np.prod([side.at_fraction(fraction) for side in pair.sides], axis=0))
    return {
        "p": p,
        "q": q,
        "effect": (expected - shared) / k,
        "is_within": (low <= shared) & (shared <= high),
        "rel": reliability,
        "told": told,
        "shared": shared,
    }


def draw(
    atlas: Atlas, cells: Cells, seed: int, *, few: bool = False, among_all: bool = False
) -> Pair:
    """Two samples of the cells of a dataset, or a half and `FEW_CELLS` of the other half."""
    first, second = split_cells(len(cells.depth), seed=1000 + seed)
    if few:
        chosen = np.random.default_rng(seed).permutation(len(second))[:FEW_CELLS]
        second = second[np.sort(chosen)]
    return place(atlas, cells, first, second, among_all=among_all)


def plant(atlas: Atlas, cells: Cells, seed: int) -> list[dict[str, int]]:
    """Give the genes of a module the profiles of others in the second half; count the called.

    Modules are groups of `MODULE` genes by k-means of the components of the first half, of which
    the genes share a quarter of their neighbours or more between halves of it: of genes without
    company none can be lost. Each gene changes places with a gene as firm from elsewhere, so that
    it stays firm and keeps other company; the three firmest modules of a dataset are planted, one
    at a time.
    """
    first, second = split_cells(len(cells.depth), seed=2000 + seed)
    graph, own = build(cells, first, "modules")
    groups = KMeans(25, n_init=3, random_state=seed).fit_predict(unit_rows(graph.features[:, :32]))
    shares = own.reliability[:, 2]
    sizes = np.bincount(groups)
    firm = np.bincount(groups, shares) / sizes
    fits = (sizes >= MODULE[0]) & (sizes <= MODULE[1]) & (firm >= 0.25)
    rng, found = np.random.default_rng(seed), []
    for group in [g for g in np.argsort(-firm, kind="stable") if fits[g]][:3]:
        genes = np.flatnonzero(groups == group)
        elsewhere = rng.permutation(np.flatnonzero((groups != group) & (shares >= 0.25)))
        genes, others = genes[: len(elsewhere)], elsewhere[: len(genes)]
        order = np.arange(len(groups))
        order[genes], order[others] = others, genes
        swapped = replace(cells, counts=sparse.csr_matrix(cells.counts[:, order]))
        answer = ask(place(atlas, cells, first, second, swapped))
        called, is_still = answer["q"] < Q, order == np.arange(len(order))
        found.append(
            {
                "genes": len(genes),
                "found": int(called[genes].sum()),
                "told": int(answer["told"][genes].sum()),
                "others": int(is_still.sum()),
                "others_called": int(called[is_still].sum()),
                "others_told": int(answer["told"][is_still].sum()),
            }
        )
    return found


def ask_atlas(atlas: Atlas) -> dict[str, float]:
    """Count calls between contexts of the atlas, by the tissues that they are of.

    What goes beyond a tissue is asked of two datasets of one tissue too, with a null that knows no
    pair of that tissue: each call there is a false one.
    """
    embedding = atlas.embedding
    kinds = embedding.datasets[[keys.SPECIES_COLUMN, keys.TISSUE, keys.MODALITY]].astype(str)
    of_one_tissue = pairs_of_one_tissue(embedding)
    total: dict[str, float] = {"smallest_p_beyond": 1.0}
    for a, b in combinations(sorted(kinds.index), 2):
        common = common_genes(embedding, a, b)
        if len(common) < K + 2:
            continue
        is_same = bool((kinds.loc[a] == kinds.loc[b]).all())
        units = [embedding.unit_vectors[rows] for rows in (common.first_rows, common.second_rows)]
        ranks = [neighbour_ranks(unit) for unit in units]
        shared, nearness = count_both_ranks(ranks)
        asked = sampling_test(embedding, common, nearness, K)
        row = {"pairs": 1, "genes": len(common), "untested": float(bool(asked.note))}
        told = ~np.isnan(asked.p)
        if told.sum() > 1:
            q = false_discovery_control(asked.p[told])
            lost = (asked.expected - shared)[told] / K
            row |= {"told": int(told.sum()), "calls": int((q < Q).sum()), "lost": float(lost.sum())}
            own = [
                pair
                for pair in of_one_tissue
                if is_same and kinds.loc[pair[0]].equals(kinds.loc[a])
            ]
            null = same_tissue_null(embedding, common, k=K, share_cells=own)
            p = null.p_values(pairing_of(embedding, common, nearness, K))[told]
            if not np.isnan(p).any():
                beyond = false_discovery_control(p) < Q
                row |= {"beyond": int(beyond.sum()), "beyond_share": int((p < Q).sum())}
                total["smallest_p_beyond"] = min(total["smallest_p_beyond"], float(p.min()))
        for name, value in row.items():
            key = f"{'same' if is_same else 'different'}_{name}"
            total[key] = total.get(key, 0) + value
    return total


def ask_tissues(atlas: Atlas, draws: int = 20) -> dict[str, float]:
    """Compare all pairs of tissues, and the largest pair with its datasets dealt out anew."""
    embedding = atlas.embedding
    tissues = embedding.datasets[keys.TISSUE].astype(str)
    found: dict[str, float] = {"pairs": 0, "genes": 0, "calls": 0}
    tested: list[tuple[int, str, str]] = []
    for first, second in combinations(sorted(tissues.unique()), 2):
        change = tissue_change(embedding, first, second)
        if not change.note:
            print(f"{first} and {second}: {change.n_differing} of {len(change.table)} genes differ")
            found["pairs"] += 1
            found["genes"] += len(change.table)
            found["calls"] += change.n_differing
            tested.append((int(tissues.isin([first, second]).sum()), first, second))
    if not tested:
        return found
    _, *largest = max(tested)
    theirs = tissues.index[tissues.isin(largest)]
    fewer = int(tissues[theirs].value_counts().min())
    rng, below = np.random.default_rng(0), 0
    found |= {"shuffled_calls": 0, "shuffled_genes": 0, "shuffled_below": 0}
    for _ in range(draws):
        others = tissues.where(tissues.index.isin(theirs), "another")
        others[theirs] = "one"
        others[rng.permutation(theirs)[:fewer]] = "other"
        datasets = embedding.datasets.assign(**{keys.TISSUE: others})
        change = tissue_change(replace(embedding, datasets=datasets), "one", "other")
        found["shuffled_calls"] += change.n_differing
        found["shuffled_genes"] += len(change.table)
        below += int((change.table["p"] < Q).sum())
    return found | {"shuffled_below": below}


def share(above: float, below: float, interval: Sequence[float] | None = None) -> dict[str, Any]:
    """Return one figure: a share, its interval, and of how many; {} of nothing."""
    if not below:
        return {}
    return {"value": above / below, "n": int(below), "interval": interval}


def drawn_again(above: Sequence[float], below: Sequence[float]) -> dict[str, Any]:
    """Return the share of a sum in another, with its interval over draws of their parts."""
    parts = np.array(above, dtype=float), np.array(below, dtype=float)
    interval = ratio_interval(*parts) if len(above) > 1 else None
    return share(float(parts[0].sum()), float(parts[1].sum()), interval)


def measure_still(atlas: Atlas, sets: Sequence[Cells], draws: int) -> dict[str, Any]:
    """Ask two samples of one dataset: nothing changed between them."""
    rng = np.random.default_rng(0)
    answers = []
    for number in range(draws):
        cells = sets[number % len(sets)]
        is_few = number % 2 == 1 and len(cells.depth) >= 2 * FEW_CELLS
        among_all = number % 5 == 4
        pair = draw(atlas, cells, number, few=is_few, among_all=among_all)
        chosen = np.sort(rng.permutation(len(pair.units[0]))[: (200, 400, 10_000)[number % 3]])
        answer = ask(take(pair, chosen))
        answers.append(answer)
        kind = f"half and {FEW_CELLS} cells" if is_few else "halves"
        kind += ", beside all" if among_all else ""
        told = answer["told"]
        below = np.mean(answer["p"][told] < Q) if told.any() else np.nan
        print(
            f"{cells.graph.name}, {kind}: {int((answer['q'] < Q).sum())} of {told.sum()} called, "
            f"{below:.3f} with p < {Q}",
            flush=True,
        )
    told = [answer["told"] for answer in answers]
    sizes = [int(one.sum()) for one in told]

    def counted(name: str, is_so: Any) -> list[int]:
        return [int(is_so(a[name][own]).sum()) for a, own in zip(answers, told, strict=True)]

    unreliable = np.concatenate([1 - answer["rel"] for answer in answers])
    losses = {
        "lost": np.concatenate([answer["effect"] for answer in answers]),
        "raw": np.concatenate([1 - a["shared"] / (2 * K - a["shared"]) for a in answers]),
    }
    return {
        "test": {
            "called": drawn_again(counted("q", lambda q: q < Q), sizes),
            "below": drawn_again(counted("p", lambda p: p < Q), sizes),
            "within": drawn_again(counted("is_within", lambda one: one), sizes),
        },
        **{
            name: {"rho": {"value": float(spearmanr(loss, unreliable)[0]), "n": len(loss)}}
            for name, loss in losses.items()
        },
    }


def measure_planted(atlas: Atlas, sets: Sequence[Cells]) -> tuple[dict[str, Any], int]:
    """Plant changes in each dataset; the figures, and how many modules these are."""
    rows = []
    for number, cells in enumerate(sets):
        for row in plant(atlas, cells, number):
            rows.append(row)
            print(f"{cells.graph.name}: {row}", flush=True)

    def called(kind: str, of: str) -> dict[str, Any]:
        return drawn_again([row[kind] for row in rows], [row[of] for row in rows])

    found = {
        "planted": {"called_of_all": called("found", "genes"), "called": called("found", "told")},
        "stayed": {
            "called_of_all": called("others_called", "others"),
            "called": called("others_called", "others_told"),
        },
    }
    return (found if rows else {}), len(rows)


def measure_atlas(atlas: Atlas) -> dict[str, Any]:
    """Ask the contexts of the atlas, pair by pair, and its tissues."""
    total, tissues = ask_atlas(atlas), ask_tissues(atlas)
    print(json.dumps({**total, **{f"tissues_{name}": value for name, value in tissues.items()}}))
    kinds = ("different", "same")

    def figures(names: dict[str, tuple[str, str]], prefix: str) -> dict[str, Any]:
        return {
            measure: share(total.get(f"{prefix}_{above}", 0), total.get(f"{prefix}_{below}", 0))
            for measure, (above, below) in names.items()
        }

    between = {"called": ("calls", "told"), "called_of_all": ("calls", "genes")}
    beyond = {"called": ("beyond", "told"), "below": ("beyond_share", "told")}
    of_tissues = {"different": {"called": share(tissues["calls"], tissues["genes"])}}
    if "shuffled_genes" in tissues:
        n = tissues["shuffled_genes"]
        of_tissues["shuffled"] = {
            "called": share(tissues["shuffled_calls"], n),
            "below": share(tissues["shuffled_below"], n),
        }
    return {
        "between": {kind: figures(between, kind) for kind in kinds},
        "beyond": {kind: figures(beyond, kind) for kind in kinds},
        "tissues": of_tissues,
        "pairs_of_tissues": tissues["pairs"],
    }


def measure(
    atlas: Atlas, names: Sequence[str] | None, *, draws: int, parts: Sequence[str]
) -> dict[str, Any]:
    """Ask the parts that are wished, on datasets that gave no constant."""
    found: dict[str, Any] = {"atlas": atlas.in_words, "draws": 0, "modules": 0, "datasets": []}
    if {"still", "planted"} & set(parts):
        sets = read_sets(atlas, [e for e in atlas.chosen(names) if e.name not in FITTED])
        found["datasets"] = [cells.graph.name for cells in sets]
        if not sets:
            msg = "all of these datasets gave constants, or have few cells"
            raise SystemExit(msg)
        if "still" in parts:
            found |= {"still": measure_still(atlas, sets, draws), "draws": draws}
        if "planted" in parts:
            found["planted"], found["modules"] = measure_planted(atlas, sets)
    if "atlas" in parts:
        found |= measure_atlas(atlas)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add_options(parser)
    parser.add_argument("--draws", type=int, default=20, help="of two samples of cells")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args(arguments)
    found = measure(atlas_of(options), options.datasets, draws=options.draws, parts=options.parts)
    print(json.dumps(found))
    if options.write:
        keep("change", [found])
    return 0


if __name__ == "__main__":
    sys.exit(main())
