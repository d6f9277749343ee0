"""`musegnn benchmark`: how good are the vectors, and what would chance give."""

from __future__ import annotations

import argparse
import sys
import textwrap
from pathlib import Path
from typing import Any

import pandas as pd

from musegnn import keys
from musegnn.embeddings import EmbeddingSet, read_embedding_set
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph
from musegnn.graphs.hold_out import HoldOut, draw_hold_out
from musegnn.io.gene_names import read_gene_names
from musegnn.settings import Settings
from musegnn.validation import format_list


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("benchmark", help="measure how good an embedding is")
    parser.add_argument("embedding", type=Path, metavar="RESULT", help="folder or embedding.h5ad")
    parser.add_argument(
        "--graphs",
        type=Path,
        nargs="+",
        metavar="GRAPH.h5ad",
        help="graphs it was trained on (default: those of the result)",
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
        run_of,
        write_comparison,
    )
    from musegnn.benchmarks.report import (  # noqa: PLC0415
        benchmark,
        read_knowledge,
        vectors_by_graph,
    )

    embedding = read_embedding_set(options.embedding)
    graphs = _read_graphs(options.graphs, embedding)
    vectors = vectors_by_graph(embedding, graphs)
    hold_out = None if options.hold_out is None else _hold_out(embedding, graphs, options.hold_out)
    folder = options.knowledge or Settings.from_environment().knowledge
    if options.knowledge is not None and not options.knowledge.is_dir():
        msg = f"Expected a folder with gene sets, found none at {options.knowledge}."
        raise InputError(msg, "Give the folder that holds them, or leave `--knowledge` out.")
    knowledge = read_knowledge(folder, read_gene_names(folder))
    report = benchmark(vectors, graphs, hold_out, knowledge)
    sys.stdout.write(_as_text(report, embedding, graphs, hold_out))
    if options.json is not None:
        seed = embedding.provenance.get("seed")
        result = Comparison(
            title=embedding.name,
            data=describe(graphs),
            methods=(Method(embedding.name, "method", str(embedding.provenance.get("model", ""))),),
            runs=(run_of(report, embedding.name, seed=seed, split=options.hold_out),),
            provenance=_provenance(embedding),
        )
        write_comparison(result, options.json)
        sys.stdout.write(f"wrote {len(report)} metrics to {options.json}\n")
    return 0


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
    report: pd.DataFrame,
    embedding: EmbeddingSet,
    graphs: list[GeneGraph],
    hold_out: HoldOut | None,
) -> str:
    """Write the table by groups, for reading."""
    from musegnn.benchmarks.metric_list import GROUP_MEANINGS, METRICS  # noqa: PLC0415

    lines = [f"{embedding.name}: {describe(graphs)}"]
    for group, part in report.groupby("group", sort=False):
        lines += ["", *textwrap.wrap(f"{group}: {GROUP_MEANINGS[str(group)]}", 100)]
        shown = pd.DataFrame(
            {
                "metric": part["label"],
                "value": [_number(value) for value in part["value"]],
                "n": part["n"].map("{:,}".format),
                "counted": part["counted"],
                "range": part["range"],
                "better": part["better"],
                "by chance": [METRICS[key].chance for key in part["metric"]],
            }
        )
        lines.append(shown.to_string(index=False))
        lines += [f"({note})" for note in dict.fromkeys(part["note"]) if note]
    if hold_out is None:
        lines += [
            "",
            "Nothing was hidden from training: hidden edges and hidden names were not measured.",
        ]
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    """Write three decimals below 10, one above; a dash where there is no number."""
    if pd.isna(value):
        return "-"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"
