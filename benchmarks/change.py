"""Can change of a neighbourhood be called? Halves, shuffled labels, planted changes, the atlas.

Usage: `python -m benchmarks.change [--draws N] [--shared FOLDER]`. Two samples of the cells of one
dataset, that is cells whose labels were shuffled, are built into graphs, placed by the untrained
start together with six other datasets of the atlas, or with all, and compared as contexts are.
Every other dataset (by name) gives what `benchmarks.change_fit` prints for `sampling_null` and
`nearness_null` of `musegnn.analysis.comparison`; everything reported is from the others. The last
line is JSON.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.stats import false_discovery_control, spearmanr
from sklearn.cluster import KMeans

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
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.embeddings.reliability import NOISE_SHARE, least_beyond_chance
from musegnn.graphs.build import read_gene_counts, split_loops
from musegnn.graphs.edge_rules import choose_edges
from musegnn.graphs.estimators import ESTIMATORS, USUAL
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph
from musegnn.graphs.gene_reliability import gene_reliability
from musegnn.graphs.modalities import find_modality
from musegnn.graphs.presets import GRAPH_PRESETS
from musegnn.graphs.quality import apply_quality_control
from musegnn.graphs.reproducibility import split_cells
from musegnn.graphs.residuals import pearson_residuals, principal_components
from musegnn.graphs.unit_rows import unit_rows
from musegnn.io.gene_names import harmonise
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.runs.presets import preset_settings
from musegnn.training.starting_features import starting_features

REPOSITORY = Path(__file__).resolve().parent.parent
ATLAS = REPOSITORY / "data" / "atlas"
# placed beside the halves, so that these are two of many contexts; all of them but the own one
OTHERS = (
    *("human_pbmc_10x_liger", "human_breast_tumour_10x", "human_her2_breast_G2"),
    *("human_fetal_heart_ST", "human_pancreas_baron", "mouse_pancreas_endocrinogenesis"),
    *("mouse_intestine_celseq", "mouse_cortex_snareseq_rna"),
)
N_OTHERS, MOST_CELLS, FEWEST_CELLS, FEW_CELLS = 6, 4000, 160, 150
K, N_COMMON = 20, (80, 120, 200, 400, 10_000)
MODULE = (15, 60)
Q = 0.05


@dataclass(frozen=True)
class Cells:
    """Counts of one dataset of the atlas, columns as the genes of its graph."""

    graph: GeneGraph
    counts: sparse.csr_matrix
    depth: np.ndarray


@dataclass(frozen=True)
class Pair:
    """Two samples of cells as two contexts: vectors `(G, D)` and what is known of the genes."""

    units: tuple[np.ndarray, np.ndarray]
    sides: tuple[Side, Side]
    n_contexts: int
    dataset: str


def list_datasets() -> list[dict[str, str]]:
    """Datasets of the atlas, by name."""
    with (REPOSITORY / "data" / "datasets.tsv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    return sorted(rows, key=lambda row: Path(row["file"]).stem)


@cache
def read_graph(name: str) -> GeneGraph:
    """Read a graph of the atlas."""
    return read_gene_graph(ATLAS / keys.GRAPHS_FOLDER / f"{name}.h5ad")


def read_cells(row: dict[str, str], shared: Path) -> Cells | None:
    """Read the cells of a dataset, at most `MOST_CELLS` of them; None when they are too few."""
    graph = read_graph(Path(row["file"]).stem)
    bodies = shared / row["annotation"] if row["annotation"] else None
    expression = read_gene_counts(shared / row["file"], layer=None, annotation=bodies)
    expression, _, _ = harmonise(expression, row["species"], read_names(shared))
    modality = find_modality(row["modality"])
    kept, depth, _ = apply_quality_control(
        expression, modality.quality("default"), needs_place=modality.needs_positions
    )
    if len(depth) < FEWEST_CELLS:
        return None
    place = {name: column for column, name in enumerate(kept.genes)}
    is_there = graph.genes[keys.GENE].isin(place).to_numpy()
    genes = graph.genes[is_there].reset_index(drop=True)
    counts = sparse.csr_matrix(kept.counts[:, [place[name] for name in genes[keys.GENE]]])
    chosen = np.sort(np.random.default_rng(0).permutation(len(depth))[:MOST_CELLS])
    return Cells(replace(graph, genes=genes), sparse.csr_matrix(counts[chosen]), depth[chosen])


@cache
def read_names(shared: Path):  # noqa: ANN201 - GeneNames
    """Read the names of genes once."""
    return read_gene_names(shared / "knowledge")


def build(cells: Cells, rows: np.ndarray, name: str) -> tuple[GeneGraph, Side]:
    """Build graph and reliability of some cells, as `musegnn graph` does."""
    counts, depth = sparse.csr_matrix(cells.counts[rows]), cells.depth[rows]
    residuals = pearson_residuals(counts)
    estimate = ESTIMATORS["cscore"].run(counts, depth, residuals, USUAL)
    adjacency, _ = split_loops(choose_edges(estimate, GRAPH_PRESETS["default"].rules))
    mean = np.asarray(counts.multiply(1e4 / depth[:, None]).mean(axis=0)).ravel()
    graph = replace(
        cells.graph,
        name=name,
        genes=cells.graph.genes.assign(**{keys.MEAN: mean}),
        features=principal_components(residuals, n_components=64).values,
        adjacency=adjacency,
    )
    halves = [
        principal_components(pearson_residuals(sparse.csr_matrix(counts[half]))).values
        for half in split_cells(len(depth), seed=0)
    ]
    shares = np.column_stack(list(gene_reliability(*halves).values()))
    return graph, Side(shares, graph.degree, mean, graph.n_genes)


def place(
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
    names = [Path(row["file"]).stem for row in list_datasets()] if among_all else OTHERS
    beside = [read_graph(one) for one in names if one != name]
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


def is_tuned(name: str) -> bool:
    """Tell whether a dataset gave the constants: every other one by name."""
    names = [Path(row["file"]).stem for row in list_datasets()]
    return names.index(name) % 2 == 0


def draw(cells: Cells, seed: int, *, few: bool = False, among_all: bool = False) -> Pair:
    """Two samples of the cells of a dataset, or a half and `FEW_CELLS` of the other half."""
    first, second = split_cells(len(cells.depth), seed=1000 + seed)
    if few:
        chosen = np.random.default_rng(seed).permutation(len(second))[:FEW_CELLS]
        second = second[np.sort(chosen)]
    return place(cells, first, second, among_all=among_all)


def plant(cells: Cells, seed: int) -> list[dict[str, int]]:
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
        answer = ask(place(cells, first, second, swapped))
        called, is_still = answer["q"] < Q, order == np.arange(len(order))
        found.append(
            {
                "genes": len(genes),
                "found": int(called[genes].sum()),
                "told": int(answer["told"][genes].sum()),
                "others_called": int(called[is_still].sum()),
                "others_told": int(answer["told"][is_still].sum()),
            }
        )
    return found


def ask_atlas() -> dict[str, float]:
    """Count calls between contexts of the shipped atlas, by the tissues that they are of.

    What goes beyond a tissue is asked of two datasets of one tissue too, with a null that knows no
    pair of that tissue: each call there is a false one.
    """
    embedding = read_embedding_set(ATLAS)
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


def ask_tissues(draws: int = 20) -> dict[str, float]:
    """Compare all pairs of tissues of the atlas, and two of them with the tissues shuffled."""
    embedding = read_embedding_set(ATLAS)
    tissues = embedding.datasets[keys.TISSUE].astype(str)
    found: dict[str, float] = {"pairs": 0, "genes": 0, "calls": 0}
    for first, second in combinations(sorted(tissues.unique()), 2):
        change = tissue_change(embedding, first, second)
        if not change.note:
            print(f"{first} and {second}: {change.n_differing} of {len(change.table)} genes differ")
            found["pairs"] += 1
            found["genes"] += len(change.table)
            found["calls"] += change.n_differing
    rng, shares, called = np.random.default_rng(0), [], 0
    theirs = tissues.index[tissues.isin(["blood", "breast tumour"])]
    for _ in range(draws):
        others = tissues.where(tissues.index.isin(theirs), "another")
        others[theirs] = "one"
        others[rng.permutation(theirs)[:4]] = "other"
        datasets = embedding.datasets.assign(**{keys.TISSUE: others})
        change = tissue_change(replace(embedding, datasets=datasets), "one", "other")
        called += change.n_differing
        shares.append(float((change.table["p"] < Q).mean()))
    return found | {"shuffled_calls": called, "shuffled_share": float(np.mean(shares))}


def summarise(shared: Path, draws: int) -> dict[str, float | int | None]:
    """Ask everything, on datasets that gave no constant."""
    sets = [
        cells
        for row in list_datasets()
        if not is_tuned(Path(row["file"]).stem)
        for cells in [read_cells(row, shared)]
        if cells is not None
    ]
    rng = np.random.default_rng(0)
    called, p, within, effect, raw, unreliable = 0, [], [], [], [], []
    shares: list[float] = []
    for number in range(draws):
        cells = sets[number % len(sets)]
        is_few = number % 2 == 1 and len(cells.depth) >= 2 * FEW_CELLS
        among_all = number % 5 == 4
        pair = draw(cells, number, few=is_few, among_all=among_all)
        chosen = np.sort(rng.permutation(len(pair.units[0]))[: (200, 400, 10_000)[number % 3]])
        answer = ask(take(pair, chosen))
        n_called = int((answer["q"] < Q).sum())
        called += n_called
        kind = f"half and {FEW_CELLS} cells" if is_few else "halves"
        kind += ", beside all" if among_all else ""
        share = np.mean(answer["p"][answer["told"]] < Q) if answer["told"].any() else np.nan
        print(
            f"{cells.graph.name}, {kind}: {n_called} of {answer['told'].sum()} called, "
            f"{share:.3f} with p < {Q}",
            flush=True,
        )
        shares.append(share)
        told = answer["told"]
        p.append(answer["p"][told])
        within.append(answer["is_within"][told])
        effect.append(answer["effect"])
        raw.append(1 - answer["shared"] / (2 * K - answer["shared"]))
        unreliable.append(1 - answer["rel"])
    planted = [row for number, cells in enumerate(sets) for row in plant(cells, number)]
    for row in planted:
        print(row)
    atlas = ask_atlas()
    print(json.dumps(atlas, indent=1))
    tissues = ask_tissues()
    joined = np.concatenate(unreliable)
    return {
        "draws": draws,
        "halves_called": called,
        "halves_tested": sum(map(len, p)),
        "shuffled_share": float(np.mean(np.concatenate(p) < Q)),
        "shuffled_share_of_draws": float(np.nanmean(shares)),
        "shuffled_share_error": float(np.nanstd(shares) / np.sqrt(np.isfinite(shares).sum())),
        "shuffled_share_below_01": float(np.mean(np.concatenate(p) < Q / 5)),
        "interval_holds": float(np.mean(np.concatenate(within))),
        "planted_power": sum(r["found"] for r in planted) / sum(r["genes"] for r in planted),
        "planted_power_of_told": sum(r["found"] for r in planted) / sum(r["told"] for r in planted),
        "planted_modules": len(planted),
        "others_called": sum(r["others_called"] for r in planted),
        "calls": int(atlas["different_calls"]),
        "calls_of": int(atlas["different_genes"]),
        "calls_beyond": int(atlas["different_beyond"]),
        "calls_beyond_false": int(atlas["same_beyond"]),
        "shares_beyond": [
            atlas[f"{kind}_beyond_share"] / atlas[f"{kind}_told"] for kind in ("same", "different")
        ],
        "smallest_p_beyond": atlas["smallest_p_beyond"],
        "told": int(atlas["different_told"]),
        **{f"tissues_{name}": value for name, value in tissues.items()},
        "calls_before": 40,
        "calls_before_of": 32_460,
        "same_tissue_share_called": atlas["same_calls"] / atlas["same_told"],
        "different_tissue_share_called": atlas["different_calls"] / atlas["different_told"],
        "rho_unreliability": float(spearmanr(np.concatenate(effect), joined)[0]),
        "rho_unreliability_before": float(spearmanr(np.concatenate(raw), joined)[0]),
    }


def main() -> int:
    """Print the answers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument(
        "--shared",
        type=Path,
        default=Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared")),
    )
    options = parser.parse_args()
    print(json.dumps(summarise(options.shared, options.draws)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
