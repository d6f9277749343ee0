"""`musegnn benchmark`: how good are the vectors, and what would chance give."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from musegnn import keys
from musegnn.cli.answer import SET_HELP, filled, laid_out, print_text, tell
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph
from musegnn.graphs.hold_out import HoldOut, draw_hold_out
from musegnn.settings import Settings
from musegnn.validation import format_list

if TYPE_CHECKING:  # scikit-learn takes long to load
    from collections.abc import Mapping

    from musegnn.benchmarks.comparison import Comparison
    from musegnn.benchmarks.metric import Group, Measured, Metric


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("benchmark", help="measure how good an embedding is")
    parser.add_argument(
        "embeddings",
        type=Path,
        nargs="+",
        metavar="RESULT",
        help=f"{SET_HELP}; several of the same graphs are compared, and those that "
        "differ in their seed alone are one method with mean and 95 %% interval",
    )
    parser.add_argument(
        "--graphs",
        type=Path,
        nargs="+",
        metavar="GRAPH.h5ad",
        help="graphs it was trained on (default: those of the first result)",
    )
    parser.add_argument(
        "--knowledge",
        type=Path,
        metavar="DIR",
        help="folder with gene sets and interactions (default: MUSEGNN_KNOWLEDGE)",
    )
    parser.add_argument(
        "--hold-out",
        type=int,
        metavar="SEED",
        help="score what `musegnn train --hold-out SEED` hid from training",
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="write a benchmark.json")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the table and write it."""
    from musegnn.benchmarks.comparison import (  # noqa: PLC0415 - scikit-learn takes long to load
        Comparison,
        Method,
        Run,
        write_comparison,
    )
    from musegnn.benchmarks.genes.benchmark import (  # noqa: PLC0415
        Benchmark,
        read_knowledge,
        vectors_by_graph,
    )

    embeddings = [read_embedding_set(path, tell=tell) for path in options.embeddings]
    first = embeddings[0]
    graphs = _read_graphs(options.graphs, first)
    vectors = [vectors_by_graph(embedding, graphs) for embedding in embeddings]
    hold_outs = [
        None if options.hold_out is None else _hold_out(embedding, graphs, options.hold_out)
        for embedding in embeddings
    ]
    hold_out = hold_outs[0]  # the same draw, for graphs and seed are the same
    folder = options.knowledge or Settings.from_environment().knowledge
    if options.knowledge is not None and not options.knowledge.is_dir():
        msg = f"Expected a folder with gene sets, found none at {options.knowledge}."
        raise InputError(msg, "Give the folder that holds them, or leave `--knowledge` out.")
    asked = Benchmark(graphs, hold_out, read_knowledge(folder))
    names = name_methods(embeddings)
    methods: dict[str, Method] = {}
    runs = []
    for embedding, rows, name in zip(embeddings, vectors, names, strict=True):
        measured = asked.score(rows)
        methods.setdefault(name, Method(name, "method", str(embedding.provenance.get("model", ""))))
        seed = embedding.provenance.get("seed")
        runs.append(Run(name, seed, options.hold_out, measured))
        if len(embeddings) == 1:
            print_text(_as_text(measured, embedding, graphs))
    result = Comparison(
        title=first.name,
        data=describe(graphs),
        methods=tuple(methods.values()),
        runs=tuple(runs),
        provenance=_provenance(first)
        if len(embeddings) == 1
        else {"embeddings": [_provenance(embedding) for embedding in embeddings]},
    )
    if len(embeddings) > 1:
        print_text(_compared(result))
    if options.json is not None:
        write_comparison(result, options.json)
        n = len(result.values()["value"].dropna())
        print_text(f"wrote {n} metrics to {options.json}")
    return 0


def name_methods(embeddings: Sequence[EmbeddingSet]) -> list[str]:
    """Name of the method of each embedding: that of the first one with the same settings but seed.

    Two methods of one name are told apart by a number.
    """
    found: dict[str, str] = {}
    names = []
    for embedding in embeddings:
        config = embedding.provenance.get("config") or {}
        settings = {key: value for key, value in dict(config).items() if key != "seed"}
        model = embedding.provenance.get("model", "")
        same = json.dumps([model, settings or embedding.name], sort_keys=True, default=str)
        if same not in found:
            n = sum(name.partition(" (")[0] == embedding.name for name in found.values())
            found[same] = f"{embedding.name} ({n + 1})" if n else embedding.name
        names.append(found[same])
    return names


def _compared(comparison: Comparison) -> str:
    """Write means with half of their intervals and average ranks, for reading."""
    from musegnn.benchmarks.comparison import average_ranks, summarise  # noqa: PLC0415
    from musegnn.benchmarks.registry import find_metrics  # noqa: PLC0415

    metrics = find_metrics()
    table = summarise(comparison)
    half = (table["high"] - table["low"]) / 2
    shown = [
        _number(mean) if pd.isna(width) else f"{_number(mean)} ± {_number(width)}"
        for mean, width in zip(table["mean"], half, strict=True)
    ]
    order = [key for key in metrics if key in set(table["metric"])]
    wide = (
        table.assign(shown=shown)
        .pivot_table(index="metric", columns="method", values="shown", aggfunc="first")
        .reindex(index=order, columns=[method.name for method in comparison.methods])
        .fillna("-")
    )
    wide.insert(0, "better", [metrics[key].better for key in order])
    wide.index = pd.Index([metrics[key].label for key in order], name="metric")
    ranks = average_ranks(comparison, order)
    runs = ", ".join(
        f"{method.name}: {sum(run.method == method.name for run in comparison.runs)}"
        for method in comparison.methods
    )
    return (
        f"{comparison.data}\n\n{wide.to_string()}\n\nmean ± half of the 95 % interval over seeds; "
        f"runs of {runs}\n\naverage rank over {len(order)} metrics, 1 is best\n"
        f"{laid_out(ranks[['method', 'rank']])}"
    )


def describe(graphs: list[GeneGraph]) -> str:
    """Say in one sentence which graphs were measured."""
    n = sum(graph.n_genes for graph in graphs)
    names = format_list([graph.name for graph in graphs], limit=3)
    return f"{n:,} genes in context of {len(graphs)} datasets ({names})"


def _read_graphs(paths: list[Path] | None, embedding: EmbeddingSet) -> list[GeneGraph]:
    """Read the graphs, by name, so that the order of the arguments changes nothing."""
    if paths is None:
        folder = embedding.path.parent / keys.GRAPHS_FOLDER if embedding.path else Path()
        paths = sorted(folder.glob("*.h5ad"))
        if not paths:
            msg = f"Expected gene graphs in {folder}, found none."
            raise InputError(msg, "Give those it was trained on with `--graphs GRAPH.h5ad ...`.")
    graphs = sorted((read_gene_graph(path) for path in paths), key=lambda graph: graph.name)
    names = [graph.name for graph in graphs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        msg = f"Expected graphs of different datasets, found {format_list(twice)} twice."
        raise InputError(msg, "Give each graph once.")
    return graphs


def _hold_out(embedding: EmbeddingSet, graphs: list[GeneGraph], seed: int) -> HoldOut:
    """Draw again what was hidden from training.

    Raises
    ------
    InputError
        If the embedding was not trained with this hold-out, or on other datasets.
    """
    recorded: dict[str, Any] = embedding.provenance.get("hold_out") or {}
    found = recorded.get("seed")
    if found != seed:
        what = "no hold-out" if found is None else f"the hold-out of seed {found}"
        msg = f"Expected an embedding trained with `--hold-out {seed}`, found {what}."
        hint = (
            f"Train with `musegnn train ... --hold-out {seed}`, or leave `--hold-out` out."
            if found is None
            else f"Say `--hold-out {found}`."
        )
        raise InputError(msg, hint)
    trained_on = sorted(str(name) for name in embedding.datasets.index)
    names = [graph.name for graph in graphs]
    if names != trained_on:
        missing = sorted(set(trained_on) - set(names))
        msg = (
            "Expected all graphs of the training, for the draw depends on them; found none of "
            f"{format_list(missing)}."
        )
        raise InputError(msg, "Give all graphs with `--graphs`.")
    return draw_hold_out(
        graphs, seed, edge_share=recorded["edge_share"], name_share=recorded["name_share"]
    )


def _provenance(embedding: EmbeddingSet) -> dict[str, Any]:
    """Keep what says which embedding was measured, and how it was trained."""
    wanted = ("name", "model", "config_hash", "seed", "hold_out", "versions", "graph_presets")
    return {key: embedding.provenance[key] for key in wanted if key in embedding.provenance}


def _as_text(
    measured: Mapping[str, Measured], embedding: EmbeddingSet, graphs: list[GeneGraph]
) -> str:
    """Write the numbers by groups, for reading; one line for a group without any."""
    from musegnn.benchmarks.registry import find_metrics  # noqa: PLC0415

    by_group: dict[Group, list[tuple[Metric, Measured]]] = {}
    for key, found in measured.items():
        metric = find_metrics()[key]
        by_group.setdefault(metric.group, []).append((metric, found))
    lines = [f"{embedding.name}: {describe(graphs)}"]
    for group, rows in by_group.items():
        notes = dict.fromkeys(found.note for _, found in rows if found.note)
        if all(pd.isna(found.value) for _, found in rows):
            lines += ["", f"{group.name}: not measured ({'; '.join(notes)})"]
            continue
        lines += ["", filled(f"{group.name}: {group.meaning}")]
        shown = pd.DataFrame(
            {
                "metric": metric.label,
                "value": _number(found.value),
                "n": f"{found.n:,}",
                "counted": found.counted,
                "range": metric.range_text,
                "better": metric.better,
                "by chance": metric.chance,
            }
            for metric, found in rows
        )
        lines += [laid_out(shown), *(f"({note})" for note in notes)]
    return "\n".join(lines)


def _number(value: float) -> str:
    """Write three decimals below 10, one above; a dash where there is no number."""
    if pd.isna(value):
        return "-"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"
