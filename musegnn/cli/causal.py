"""`musegnn causal`: what regulates some genes of a context, and how much of it is known."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from musegnn import keys
from musegnn.analysis.causal import causal_discovery, inference
from musegnn.analysis.causal.causal_discovery import ASSUMPTIONS, Discovery
from musegnn.analysis.causal.causal_network import (
    CausalNetwork,
    NetworkRequest,
    Sources,
    build_network,
)
from musegnn.analysis.causal.causal_question import (
    ContextGenes,
    best_context,
    genes_in_context,
    load_sources,
    names_without_directions,
    possible_causes,
    read_directions,
    spell_directions,
)
from musegnn.analysis.causal.cause_correlations import (
    correlations_path,
    read_context_correlations,
    write_cause_correlations,
)
from musegnn.analysis.causal.edge_verdicts import rules_table
from musegnn.analysis.causal.gene_sample import GeneSample
from musegnn.analysis.causal.master_regulators import METHOD as MASTER_METHOD
from musegnn.analysis.causal.master_regulators import find_downstream, master_regulators
from musegnn.analysis.causal.network_files import FORMATS, write_network
from musegnn.analysis.causal.network_layout import network_positions
from musegnn.analysis.causal.upstream_regulators import METHOD as UPSTREAM_METHOD
from musegnn.analysis.causal.upstream_regulators import upstream_regulators
from musegnn.analysis.choices import GRADES, KINDS, QUERIES, USUAL_GRADE
from musegnn.analysis.gene_set_choice import (
    GeneSetChoice,
    choose_cluster,
    choose_list,
    choose_neighbours,
)
from musegnn.embeddings import EmbeddingSet, read_embedding_set
from musegnn.embeddings.known_names import open_search
from musegnn.errors import DataFileError, InputError
from musegnn.io.atomic import replacing
from musegnn.io.spreadsheet import table_text
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.knowledge.store import open_store
from musegnn.progress import console_progress
from musegnn.settings import Settings

_SHOWN = 20  # rows of each table for reading
_EDGE_COLUMNS = ["regulator", "target", "kind", "sign", "verdict", "confidence", "here", "score"]
_UPSTREAM = ["regulator", "overlap", "targets", "odds_ratio", "p", "q", "z", "state"]
_MASTERS = ["regulator", "steps", "overlap", "reached", "p", "q", "p_network", "z", "state"]
_TABLES = ("edges", "nodes", "upstream", "masters")


class Answer(NamedTuple):
    """What was asked, and everything that was found."""

    label: str
    context: ContextGenes
    network: CausalNetwork
    upstream: pd.DataFrame
    masters: pd.DataFrame
    discovery: Discovery | None


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("causal", help="what regulates some genes of a context")
    parser.add_argument("embedding", type=Path, metavar="ATLAS", help="folder or embedding.h5ad")
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--gene", metavar="GENE", help="a gene and its nearest in --context")
    chosen.add_argument(
        "--genes", metavar="FILE", help="names of genes, + or - behind a name is its direction"
    )
    chosen.add_argument("--cluster", metavar="C", help="genes of a cluster")
    parser.add_argument(
        "--context", default="", metavar="NAME", help="context (default: the one with most genes)"
    )
    parser.add_argument("-k", type=int, default=50, help="neighbours of --gene (default: 50)")
    parser.add_argument("--query", choices=QUERIES, default="expand", help="(default: expand)")
    parser.add_argument(
        "--confidence",
        choices=GRADES,
        default=USUAL_GRADE,
        help=f"worst curated grade (default: {USUAL_GRADE})",
    )
    parser.add_argument("--around", default="", metavar="GENE", help="add its curated partners")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND")
    parser.add_argument("--infer", action="store_true", help="infer edges from the cells")
    parser.add_argument(
        "--expression", type=Path, metavar="FILE", help="raw counts of the context; infers from it"
    )
    parser.add_argument("--layer", help="where the counts are in --expression")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="also write what the page needs to infer, beside the atlas (with --expression)",
    )
    parser.add_argument("--replicates", type=int, default=causal_discovery.REPLICATES, metavar="N")
    parser.add_argument("--seed", type=int, default=0, help="of bootstrap and random sets")
    answer = parser.add_mutually_exclusive_group()
    answer.add_argument("--json", action="store_true", help="print everything as JSON")
    answer.add_argument(
        "--csv",
        nargs="?",
        const="edges",
        choices=_TABLES,
        metavar="TABLE",
        help=f"print one table in full: {', '.join(_TABLES)} (default: edges)",
    )
    for name in FORMATS:
        parser.add_argument(f"--{name}", type=Path, metavar="OUT", help=f"write the {name} file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Answer, print and write."""
    embedding = read_embedding_set(options.embedding)
    knowledge = Settings.from_environment().knowledge
    search = open_search(embedding, knowledge)
    text = "" if options.genes is None else _read(options.genes)
    choice = _choice(options, text, embedding, search)
    dataset = options.context or best_context(choice, embedding, search.ortholog_groups)
    context = genes_in_context(
        choice, dataset, embedding=embedding, ortholog_groups=search.ortholog_groups
    )
    sources = load_sources(embedding, open_store(knowledge), dataset, least=options.confidence)
    discovery = _infer(options, context, sources, knowledge)
    request = NetworkRequest(
        genes=context.genes,
        dataset=dataset,
        query=options.query,
        around=options.around,
        kinds=tuple(kind for kind in KINDS if kind in options.kinds),
    )
    network = build_network(request, sources, discovery=discovery)
    directions, _ = spell_directions(read_directions(text), context)
    answer = Answer(
        label=choice.label,
        context=context,
        network=network,
        upstream=upstream_regulators(
            sources.regulation, context.tested, context.background, directions=directions
        ),
        masters=master_regulators(
            find_downstream(sources.regulation, context.background),
            context.tested,
            seed=options.seed,
            directions=directions,
        ),
        discovery=discovery,
    )
    _write_files(answer, options, embedding)
    if options.json:
        sys.stdout.write(json.dumps(_as_json(answer), indent=2, allow_nan=False) + "\n")
    elif options.csv:
        sys.stdout.write(table_text(_table(answer, options.csv)))
    else:
        sys.stdout.write(_as_text(answer, sources))
    return 0


def _read(name: str) -> str:
    """Read a list of genes."""
    if name == "-":
        return sys.stdin.read()
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"Expected a text file of gene names at {name}, found none that can be read."
        raise DataFileError(msg, "Check the path.") from error


def _choice(
    options: argparse.Namespace, text: str, embedding: EmbeddingSet, search: Any
) -> GeneSetChoice:
    """Choose genes as the options say."""
    place = {"embedding": embedding, "search": search}
    if options.gene is not None:
        if not options.context:
            msg = "Expected the context of the neighbours of --gene, found no --context."
            raise InputError(msg, f"One of {', '.join(map(str, embedding.datasets.index))}.")
        return choose_neighbours(options.gene, options.context, k=options.k, **place)
    if options.cluster is not None:
        return choose_cluster(options.cluster, dataset=options.context, **place)
    choice = choose_list(names_without_directions(text), dataset=options.context, **place)
    if not len(choice) and choice.report is not None:
        msg = f"Expected genes of {embedding.name}, found none in {options.genes}."
        raise InputError(msg, choice.report.sentence)
    return choice


def _infer(
    options: argparse.Namespace, context: ContextGenes, sources: Sources, knowledge: Path | None
) -> Discovery | None:
    """Infer edges when asked to."""
    if options.keep and options.expression is None:
        msg = "Expected a file of counts for --keep, found no --expression."
        raise InputError(msg, "Give the counts of the context.")
    if not (options.infer or options.expression):
        return None
    sample = (
        _sample_of_atlas(context, sources)
        if options.expression is None
        else _sample_of_file(options, context, sources, knowledge)
    )
    return causal_discovery.discover_edges(
        sample,
        n_replicates=options.replicates,
        seed=options.seed,
        progress=console_progress(),
    )


def _sample_of_atlas(context: ContextGenes, sources: Sources) -> GeneSample:
    """Take the correlations that lie beside the atlas."""
    correlations = read_context_correlations(sources.embedding, context.dataset)
    if correlations is None:
        msg = f"Expected correlations of {context.dataset} beside the atlas, found none."
        raise InputError(msg, "Give its counts with --expression FILE.")
    return inference.sample_from_correlations(correlations, context.genes)


def _sample_of_file(
    options: argparse.Namespace, context: ContextGenes, sources: Sources, knowledge: Path | None
) -> GeneSample:
    """Take the cells of a file, and keep their correlations when asked to."""
    common: dict[str, Any] = {
        "species": context.species,
        "modality": str(sources.embedding.datasets.loc[context.dataset, "modality"]),
        "context_genes": context.background,
        "causes": possible_causes(sources),
        "names": read_gene_names(knowledge),
        "layer": options.layer,
    }
    if options.keep:
        path = correlations_path(sources.embedding, context.dataset)
        if path is not None:
            symbols = sources.embedding.genes[keys.GENE]
            rows = sources.embedding.rows_of_dataset(context.dataset)
            kept = inference.correlations_of_file(
                options.expression,
                dataset=context.dataset,
                **{**common, "context_genes": symbols.iloc[rows].astype(str).tolist()},
            )
            write_cause_correlations(kept, path)
            sys.stderr.write(f"wrote {path}\n")
    return inference.sample_from_file(options.expression, context.genes, **common)


def _write_files(answer: Answer, options: argparse.Namespace, embedding: EmbeddingSet) -> None:
    """Write the network in the formats that were asked for."""
    about = {
        "atlas": embedding.name,
        "config_hash": str(embedding.provenance.get("config_hash", "unknown")),
        "description": _where(answer),
    }
    for name in FORMATS:
        out: Path | None = getattr(options, name)
        if out is None:
            continue
        network = answer.network
        positions = network_positions(network.nodes, network.edges)
        with replacing(out) as path:
            path.write_bytes(write_network(network, name, positions=positions, about=about))
        sys.stderr.write(f"wrote {out}\n")


def _where(answer: Answer) -> str:
    """What was asked, in which context."""
    dataset = answer.context.dataset
    return answer.label if dataset in answer.label else f"{answer.label} in {dataset}"


def _table(answer: Answer, name: str) -> pd.DataFrame:
    """One of the tables in full."""
    return {
        "edges": answer.network.edges,
        "nodes": answer.network.nodes,
        "upstream": answer.upstream,
        "masters": answer.masters,
    }[name]


def _as_json(answer: Answer) -> dict[str, Any]:
    """Everything, with the methods; null where a number does not exist."""
    document: dict[str, Any] = {
        "label": answer.label,
        "context": answer.context.dataset,
        "genes": answer.context.genes,
        "genes_elsewhere": answer.context.n_elsewhere,
        "hidden": answer.network.hidden,
        "circles": answer.network.circles,
        "rules": rules_table().to_dict("records"),
        "upstream_method": UPSTREAM_METHOD,
        "masters_method": MASTER_METHOD,
    }
    if answer.discovery is not None:
        document["inference"] = answer.discovery.sentence
        document["assumptions"] = ASSUMPTIONS
    for name in _TABLES:
        table = _table(answer, name)
        finite = table.replace([float("inf"), float("-inf")], float("nan"))
        document[name] = finite.astype(object).where(finite.notna(), None).to_dict("records")
    return document


def _as_text(answer: Answer, sources: Sources) -> str:
    """Tables for reading, each with its method."""
    network = answer.network
    counts = network.edges["kind"].value_counts()
    listed = ", ".join(f"{int(counts.get(kind, 0))} {kind}" for kind in KINDS)
    hidden = "".join(f", {n} {what} hidden" for what, n in network.hidden.items())
    lines = [
        f"{_where(answer)}: {len(network.nodes)} genes, "
        f"{len(network.edges)} edges ({listed}{hidden})",
        "",
        _head(network.edges, _EDGE_COLUMNS),
    ]
    if answer.discovery is not None:
        lines += [textwrap.fill(answer.discovery.sentence, 100)]
        lines += [textwrap.fill(f"Assumptions: {' '.join(ASSUMPTIONS)}", 100), ""]
    if sources.regulation.is_empty:
        lines += ["No table of regulation is loaded: set MUSEGNN_KNOWLEDGE.", ""]
    else:
        lines += ["Upstream regulators", _head(answer.upstream, _UPSTREAM)]
        lines += [textwrap.fill(UPSTREAM_METHOD, 100), ""]
        lines += ["Master regulators", _head(answer.masters, _MASTERS)]
        lines += [textwrap.fill(MASTER_METHOD, 100), ""]
    return "\n".join(lines)


def _head(table: pd.DataFrame, columns: list[str]) -> str:
    """First rows of a table, three significant digits."""
    if table.empty:
        return "none\n"
    shown = table.loc[:, columns].head(_SHOWN)
    text = shown.to_string(index=False, na_rep="", float_format=lambda value: f"{value:.3g}")
    more = len(table) - len(shown)
    return f"{text}\n" + (f"... and {more} more; --csv prints all\n" if more else "")
