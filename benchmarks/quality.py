"""Compare the presets with all baselines: hidden edges, hidden names, knowledge from elsewhere.

Usage: `python -m benchmarks.quality [--quick] [--shared FOLDER] [--splits 1-3] [--seeds 0-2]
[--paper-epochs N] [--methods NAME ...] [--division N] [--genes WHICH] [--no-unseen]
[--change SETTING=VALUE ...] [--json FILE [--extend]] [--graphs FOLDER | --fresh-datasets]`.
Prints a table and, as the last line, JSON with every figure.

Eleven datasets (four of blood, three of pancreas of two species, four tissue sections), 1000 genes
each; a cell that stands in two of them is removed from the second. In each split a tenth of the
edges and a fifth of the repeated gene names are hidden from everything a method sees; features come
from all cells. Apart from that the cells are split in halves once: methods are fitted to one half
and asked for the edges of the other, which nothing of them has seen (`unseen cells`; asked in the
first split alone, for it depends on no split). Settings of the presets were chosen on split 0,
which is not reported, but with known relations and division 0 of the cells in view: see
docs/benchmarks.md. Rivals get one seed a split; those that train for minutes get the first split
only, which the number of runs in the table says. `--genes fresh` counts relations of genes alone
that were not looked at while the starting vectors of `default` were chosen, `--genes seen` the
others; methods of the name `studies`, `fused` or `apart` have other studies beside the cells, and
are asked for no names; `--division` cuts the cells anew; `--change` sets settings of `default` and
`default_start`. `--graphs` takes the graphs of a folder in place of the eleven datasets, such as
those of the shipped atlas, which know no single cells: nothing is asked of unseen ones. `--extend`
puts the runs into a file that is there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import yaml
from scipy import sparse

from benchmarks.other_studies import (
    APART,
    WHOLE,
    read_fused,
    read_sets,
    studies_alone,
    with_studies,
    without_names,
)
from musegnn import __version__, keys
from musegnn.baselines.registry import BASELINES, fit_baseline
from musegnn.benchmarks.comparison import (
    Comparison,
    Method,
    Run,
    average_ranks,
    extend,
    paired_differences,
    read_comparison,
    summarise,
    to_json,
    write_comparison,
)
from musegnn.benchmarks.genes.benchmark import Benchmark, Knowledge, read_knowledge
from musegnn.graphs.build import Context, build_gene_graph
from musegnn.graphs.cscore_estimator import cscore
from musegnn.graphs.depth_share import shuffled_in_strata
from musegnn.graphs.edge_rules import choose_edges
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph
from musegnn.graphs.hold_out import draw_hold_out, mask_graphs
from musegnn.graphs.known_relations import KnownRelations
from musegnn.graphs.modalities import find_modality
from musegnn.graphs.presets import GRAPH_PRESETS
from musegnn.graphs.quality import apply_quality_control
from musegnn.graphs.residuals import pearson_residuals, principal_components
from musegnn.graphs.shared_cells import CellProfiles, shared_rows
from musegnn.io.expression import read_expression
from musegnn.io.gene_names import GeneNames, harmonise
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.progress import console_progress
from musegnn.runs.kinds.aligned import AlignedSettings
from musegnn.runs.presets import preset_settings
from musegnn.training.loop import train
from musegnn.training.starting_features import starting_features

REPOSITORY = Path(__file__).resolve().parent.parent
DATASETS = (
    ("scrna/human_pbmc_facs10x", "human", "blood", "scrna"),
    ("scrna/human_pbmc4k_10x", "human", "blood", "scrna"),
    ("scrna/human_pbmc3k_402", "human", "blood", "scrna"),
    ("scrna/human_pbmc_10x_liger", "human", "blood", "scrna"),
    ("scrna/human_pancreas_baron", "human", "pancreas", "scrna"),
    ("scrna/mouse_pancreas_baron", "mouse", "pancreas", "scrna"),
    ("scrna/mouse_pancreas_endocrinogenesis", "mouse", "pancreas", "scrna"),
    ("spatial/human_her2_breast_A1", "human", "breast tumour", "spatial"),
    ("spatial/human_her2_breast_D1", "human", "breast tumour", "spatial"),
    ("spatial/mouse_liver_ST_CN73_E2", "mouse", "liver", "spatial"),
    ("spatial/mouse_olfactory_bulb_rep11", "mouse", "brain", "spatial"),
)
# every human or mouse matrix of counts at hand with 95 cells or more that is in no atlas and was
# never looked at while a method was chosen: what wins here was not tuned here
FRESH_DATASETS = (
    ("scrna/human_darmanis_2015", "human", "brain", "scrna"),
    ("scrna/human_enge_2017", "human", "pancreas", "scrna"),
    ("scrna/mouse_tabulamuris_brain", "mouse", "brain", "scrna"),
    ("scrna/mouse_tabulamuris_heart", "mouse", "heart", "scrna"),
    ("scrna/mouse_tabulamuris_intestine", "mouse", "intestine", "scrna"),
    ("scrna/mouse_tabulamuris_liver", "mouse", "liver", "scrna"),
    ("scrna/mouse_tabulamuris_muscle", "mouse", "muscle", "scrna"),
    ("scrna/mouse_tabulamuris_pancreas", "mouse", "pancreas", "scrna"),
    ("scrna/mouse_tabulamuris_skin", "mouse", "skin", "scrna"),
)
RIVAL = "procrustes_pca"
N_COMPONENTS = 128
SEVERAL_SEEDS = {"default", "default_start_studies_shuffled"}
ON_FIRST_SPLIT = {"paper", "gene2vec", "gae", "vgae", "mae", "wsmae"}  # minutes each
OTHER_WIDTHS = (64,)
GENES = ("all", "seen", "fresh")


@dataclass(frozen=True)
class Dataset:
    """A dataset as graph of all cells and of one half; edges of the other, and of its depth."""

    whole: GeneGraph
    half: GeneGraph
    other_half: sparse.csr_matrix
    by_depth: sparse.csr_matrix


@dataclass(frozen=True)
class Collection:
    """What methods are compared on.

    Parameters
    ----------
    title, data
        Name of the benchmark, and what it was measured on.
    graphs
        Graphs that parts are hidden of.
    datasets
        The same with the halves of their cells; empty when these are not known.
    """

    title: str
    data: str
    graphs: list[GeneGraph]
    datasets: list[Dataset]


Fit = Callable[[Sequence[GeneGraph], int], list[np.ndarray]]


def load(
    shared: Path, names: GeneNames, entries: Sequence[tuple[str, ...]], *, division: int = 0
) -> list[Dataset]:
    """Build all graphs from cells that stand in no earlier dataset; `division` seeds the halves."""
    progress = console_progress()
    datasets: list[Dataset] = []
    known: list[tuple[str, CellProfiles]] = []
    for file, species, tissue, modality in entries:
        path = shared / "data" / f"{file}.h5ad"
        context = Context(Path(file).name, species, tissue, modality)
        expression, _, _ = harmonise(read_expression(path), species, names)
        profiles = CellProfiles.of_all_cells(expression)
        others = [other for of_species, other in known if of_species == species]
        repeated = [shared_rows(profiles, other) for other in others]
        own = np.setdiff1d(np.arange(expression.n_cells), np.concatenate([[], *repeated]))
        known.append((species, profiles))
        whole = build_from_cells(path, context, names, own)
        kept, depth, _ = apply_quality_control(
            replace(expression, counts=expression.counts[own], cells=[], coordinates=None),
            find_modality(modality).quality("default"),
        )
        position = {gene: i for i, gene in enumerate(kept.genes)}
        counts = sparse.csr_matrix(kept.counts[:, [position[g] for g in whole.genes["gene"]]])
        order = np.random.default_rng(division).permutation(len(depth))
        first, second = (np.sort(rows) for rows in np.array_split(order, 2))
        half = replace(
            whole,
            genes=whole.genes.assign(**abundance_of(counts[first], depth[first])),
            features=principal_components(
                pearson_residuals(counts[first]), n_components=N_COMPONENTS
            ).values,
            adjacency=edges_of(counts[first], depth[first]),
        )
        unseen, deep = counts[second], depth[second]
        by_depth = edges_of(shuffled_in_strata(unseen, deep), deep)
        datasets.append(Dataset(whole, half, edges_of(unseen, deep), by_depth))
        removed = expression.n_cells - len(own)
        progress.say(
            f"graph: {context.name}, {whole.n_edges:,} edges, {removed} repeated cells removed"
        )
    return datasets


def build_from_cells(path: Path, context: Context, names: GeneNames, rows: np.ndarray) -> GeneGraph:
    """Build the graph of some cells of a file."""
    table = anndata.read_h5ad(path)
    if len(rows) == table.n_obs:
        return build_gene_graph(path, context, names=names)
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / path.name
        table[rows].copy().write_h5ad(part)
        return build_gene_graph(part, context, names=names)


def abundance_of(counts: sparse.csr_matrix, depth: np.ndarray) -> dict[str, np.ndarray]:
    """What the gene table says of expression, from some cells."""
    per_10k = counts.multiply(1e4 / depth[:, None])
    detected = np.bincount(counts.indices, minlength=counts.shape[1]) / counts.shape[0]
    return {keys.MEAN: np.asarray(per_10k.mean(axis=0)).ravel(), keys.DETECTED: detected}


def edges_of(counts: sparse.csr_matrix, depth: np.ndarray) -> sparse.csr_matrix:
    """Graph of some cells by the default preset."""
    return choose_edges(cscore(counts, depth), GRAPH_PRESETS["default"].rules)


def fits(
    paper_epochs: int, changes: Mapping[str, Any], knowledge: Path = Path()
) -> dict[str, tuple[Fit, str, str, bool]]:
    """Method -> how to fit it, role, description, whether seeds change it."""

    def preset(name: str, **given: Any) -> Fit:
        def fit(graphs: Sequence[GeneGraph], seed: int) -> list[np.ndarray]:
            config = preset_settings(name, seed=seed, **given)
            return train(list(graphs), config, device="auto").vectors

        return fit

    def start(**given: Any) -> Fit:
        def fit(graphs: Sequence[GeneGraph], _: int) -> list[np.ndarray]:
            config = preset_settings("default", **given)
            if not isinstance(config, AlignedSettings):
                msg = f"expected `default` to be of the aligned method, found {config.method}"
                raise TypeError(msg)
            return starting_features(graphs, config)

        return fit

    def baseline(name: str) -> Fit:
        return lambda graphs, seed: fit_baseline(name, graphs, seed=seed)

    found: dict[str, tuple[Fit, str, str, bool]] = {
        "default": (preset("default", **changes), "method", "the preset of this project", True),
        "default_start": (
            start(**changes),
            "baseline",
            "where `default` starts, not trained",
            False,
        ),
    }
    sets, begin = read_sets(knowledge), found["default_start"][0]
    for name in ("default", "default_start"):
        fit, role, _, has_chance = found[name]
        text = f"`{name}` with gene sets of other studies beside it, in blocks told apart"
        found[f"{name}_studies"] = (with_studies(fit, sets), role, text, has_chance)
    fit, text = with_studies(begin, sets, is_shuffled=True), "the same sets of other genes"
    found["default_start_studies_shuffled"] = (fit, "control", text, True)
    text = "gene sets of other studies alone, no cell"
    found["studies"] = (studies_alone(sets), "baseline", text, False)
    for name, contexts, words in (
        ("fused", WHOLE, "the fused vectors, GO, pathways and interactions among them,"),
        ("apart", APART, f"contexts of the fused vectors without these ({', '.join(APART)})"),
    ):
        read, text = read_fused(contexts), f"`default_start` with {words} beside it"
        found[f"default_start_{name}"] = (with_studies(begin, read), "baseline", text, False)
        found[name] = (studies_alone(read), "baseline", f"{words} alone, no cell", False)
    for width in OTHER_WIDTHS:
        given = {**changes, "network.embedding_width": width}
        text = f"`default`, {width} numbers a gene in place of 32"
        found[f"default_{width}"] = (preset("default", **given), "method", text, True)
        text = f"where `default_{width}` starts, not trained"
        found[f"default_{width}_start"] = (start(**given), "baseline", text, False)
    if paper_epochs:
        text = f"the published method, {paper_epochs} of 2000 epochs, on the default graphs"
        found["paper"] = (preset("paper", epochs=paper_epochs), "method", text, True)
    roles = {"method": "baseline", "control": "control"}
    for entry in (entry for entry in BASELINES.values() if entry.task == "genes"):
        has_chance = entry.is_trained or entry.kind == "control"
        found[entry.name] = (baseline(entry.name), roles[entry.kind], entry.summary, has_chance)
    return found


def collect_data(options: argparse.Namespace, names: GeneNames) -> Collection:
    """Read the graphs of a folder, or build those of the datasets."""
    if options.graphs is not None:
        graphs = [read_gene_graph(path) for path in sorted(options.graphs.glob("*.h5ad"))]
        manifest = options.graphs.parent / keys.MANIFEST_FILE
        name = options.graphs.parent.name
        if manifest.is_file():  # the graphs of a result
            name = json.loads(manifest.read_text(encoding="utf-8"))["provenance"]["name"]
        text = f"its {len(graphs)} graphs, 1000 genes each at most"
        return Collection(name, text, graphs, [])
    entries, title = DATASETS, "Eleven datasets"
    if options.quick:
        entries, title = DATASETS[:4], "Four datasets of blood"
    elif options.fresh_datasets:
        entries, title = FRESH_DATASETS, "Nine datasets that nothing was chosen on"
    datasets = load(options.shared, names, entries, division=options.division)
    text = f"{len(datasets)} public datasets, 1000 genes each, default graphs"
    graphs = [dataset.whole for dataset in datasets]
    return Collection(title, text, graphs, datasets if options.unseen else [])


def measure(
    data: Collection, options: argparse.Namespace, shared: Path, names: GeneNames
) -> Comparison:
    """Fit and score every method on every split and seed."""
    knowledge = of_genes(read_knowledge(shared / "knowledge"), options.genes)
    methods = fits(options.paper_epochs, dict(options.change), shared / "knowledge")
    if options.methods:
        methods = {name: methods[name] for name in options.methods}
    known = read_comparison(options.json) if options.extend and options.json.is_file() else None
    runs: list[Run] = []
    comparison = None
    for run in score_splits(data, methods, options, knowledge):
        runs.append(run)
        comparison = collect(runs, methods, options.command, data)
        if known is not None:
            comparison = in_order(extend(known, comparison))
        if options.json:  # hours of work are not lost to an interruption
            write_comparison(comparison, options.json)
    if comparison is None:
        raise SystemExit("expected at least one split and seed")  # noqa: EM101
    return comparison


def in_order(comparison: Comparison) -> Comparison:
    """List methods as this file does, and their runs alike."""
    order = list(fits(1, {}))
    methods = sorted(comparison.methods, key=lambda method: order.index(method.name))
    runs = sorted(
        comparison.runs,
        key=lambda run: (order.index(run.method), run.split or 0, run.seed or 0),
    )
    return replace(comparison, methods=tuple(methods), runs=tuple(runs))


def of_genes(knowledge: Knowledge, which: str) -> Knowledge:
    """Keep relations between two genes of one half of the genes, drawn by their names.

    The half "seen" was looked at while settings were chosen, "fresh" was not; "all" keeps all.
    """
    if which == "all":
        return knowledge

    def is_kept(gene: str) -> bool:
        half = hashlib.sha256(gene.encode()).digest()[0] % 2
        return half == GENES.index(which) - 1

    def keep(sets: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
        return {term: frozenset(filter(is_kept, genes)) for term, genes in sets.items()}

    relations = knowledge.relations
    if relations is not None:
        pairs = [(a, b) for a, b in relations.interactions if is_kept(a) and is_kept(b)]
        relations = KnownRelations(keep(relations.terms), pairs)
    return replace(knowledge, relations=relations, pathways=keep(knowledge.pathways))


def collect(
    runs: list[Run],
    methods: dict[str, tuple[Fit, str, str, bool]],
    command: str,
    data: Collection,
) -> Comparison:
    """Put the runs so far into one comparison."""
    measured = {run.method for run in runs}
    return Comparison(
        title=data.title,
        data=data.data,
        methods=tuple(
            Method(name, role, text)
            for name, (_, role, text, _) in methods.items()
            if name in measured
        ),
        runs=tuple(runs),
        rival=rival_of(measured),
        provenance={"commands": [command], "version": __version__},
    )


def rival_of(measured: Set[str]) -> str:
    """Whom differences are taken from: what other studies add is told against the same start."""
    pair = {"default_start", "default_start_studies"}
    rival = "default_start" if pair <= measured else RIVAL
    return rival if rival in measured else ""


def score_splits(
    data: Collection,
    methods: dict[str, tuple[Fit, str, str, bool]],
    options: argparse.Namespace,
    knowledge: Knowledge,
) -> Iterator[Run]:
    """Yield one run for each method, split and seed."""
    progress = console_progress()
    for split in options.splits:
        hold_out = draw_hold_out(data.graphs, split)
        masked = mask_graphs(data.graphs, hold_out)
        benchmark = Benchmark(data.graphs, hold_out, knowledge)
        for name, (fit, _, _, has_chance) in methods.items():
            if name in ON_FIRST_SPLIT and split != options.splits[0]:
                continue
            # rivals get one seed a split: what varies for them is what is hidden
            for seed in options.seeds if name in SEVERAL_SEEDS else options.seeds[:1]:
                started = time.monotonic()
                vectors = fit(masked, seed)
                unseen = fit_halves(data.datasets, fit, seed) if split == options.splits[0] else []
                by_depth = [one.by_depth for one in data.datasets] if unseen else []
                measured = without_names(name, benchmark.score(vectors, unseen, by_depth))
                yield Run(name, seed if has_chance else None, split, measured)
                progress.say(
                    f"split {split} {name} seed {seed}: {time.monotonic() - started:.0f} s"
                )


def fit_halves(
    datasets: list[Dataset], fit: Fit, seed: int
) -> list[tuple[np.ndarray, sparse.csr_matrix]]:
    """Fit to one half of the cells; beside the vectors stand the edges of the other half."""
    if not datasets:
        return []
    vectors = fit([dataset.half for dataset in datasets], seed)
    return list(zip(vectors, (dataset.other_half for dataset in datasets), strict=True))


def command_of(words: list[str]) -> str:
    """Command for others: without the places of this machine."""
    kept = []
    for before, word in zip(["", *words], words, strict=False):
        if before not in {"--json", "--shared"} and word not in {"--json", "--shared", "--extend"}:
            kept.append(word)
    return " ".join(["python -m benchmarks.quality", *kept])


def setting(text: str) -> tuple[str, Any]:
    """Read `NAME=VALUE`."""
    name, found, value = text.partition("=")
    if not found:
        msg = f"expected SETTING=VALUE, found {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return name, yaml.safe_load(value)


def numbers(text: str) -> list[int]:
    """Read `0-2` or `1`."""
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    if found is None:
        msg = f"expected a number or a range such as 0-2, found {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return list(range(int(found[1]), int(found[2] or found[1]) + 1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    parser.add_argument("--shared", type=Path, default=default)
    parser.add_argument("--quick", action="store_true", help="blood only, one split, one seed")
    text = "nine datasets that nothing was chosen on, in place of the eleven"
    parser.add_argument("--fresh-datasets", action="store_true", help=text)
    parser.add_argument("--splits", type=numbers, default=[1, 2, 3])
    parser.add_argument("--seeds", type=numbers, default=[0, 1, 2])
    parser.add_argument("--paper-epochs", type=int, default=60, help="0 leaves the paper out")
    parser.add_argument("--division", type=int, default=0, help="seed of the halves of the cells")
    parser.add_argument("--methods", nargs="+", help="only these")
    parser.add_argument("--genes", choices=GENES, default="all", help="whose relations count")
    parser.add_argument("--change", nargs="+", type=setting, default=[], metavar="SETTING=VALUE")
    text = "leave out the edges of unseen cells, for which every method is fitted once more"
    parser.add_argument("--no-unseen", dest="unseen", action="store_false", help=text)
    parser.add_argument("--graphs", type=Path, help="folder of graphs in place of the datasets")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--extend", action="store_true", help="put the runs into the file")
    arguments = parser.parse_args()
    if arguments.extend and arguments.json is None:
        parser.error("expected a file for --extend, found none: give --json FILE")
    if arguments.extend and (arguments.change or arguments.division or arguments.genes != "all"):
        parser.error("expected the usual settings with --extend, found others: use another file")
    arguments.command = command_of(sys.argv[1:])
    if arguments.quick:
        arguments.splits, arguments.seeds = arguments.splits[:1], arguments.seeds[:1]
    gene_names = read_gene_names(arguments.shared / "knowledge")
    found = collect_data(arguments, gene_names)
    comparison = measure(found, arguments, arguments.shared, gene_names)
    print(summarise(comparison).to_string())
    print(average_ranks(comparison, list(comparison.values()["metric"].unique())).to_string())
    if comparison.rival:
        print(paired_differences(comparison).to_string())
    print(json.dumps(json.loads(to_json(comparison))))
