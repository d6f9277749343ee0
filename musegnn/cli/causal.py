"""`musegnn causal`: what regulates some genes of a context, and how much of it is known."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from musegnn import keys
from musegnn.analysis.annotated_atlas import AnnotatedAtlas, read_atlas
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
)
from musegnn.analysis.causal.cause_correlations import (
    correlations_path,
    read_context_correlations,
    write_cause_correlations,
)
from musegnn.analysis.causal.edge_verdicts import rules_table
from musegnn.analysis.causal.gene_sample import GeneSample
from musegnn.analysis.causal.master_regulators import METHOD as MASTER_METHOD
from musegnn.analysis.causal.network_files import FORMATS, write_network
from musegnn.analysis.causal.network_layout import network_positions
from musegnn.analysis.causal.regulators import find_regulators
from musegnn.analysis.causal.upstream_regulators import METHOD as UPSTREAM_METHOD
from musegnn.analysis.choices import GRADES, KINDS, QUERIES, USUAL_GRADE
from musegnn.analysis.gene_set_choice import GeneSetChoice
from musegnn.cli.answer import SET_HELP, STDOUT, filled, laid_out, respond, tell
from musegnn.cli.genes import add_choice, choose_genes, read_names, symbol_of
from musegnn.errors import InputError
from musegnn.io.atomic import replacing
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.progress import console_progress

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
    tables: dict[str, pd.DataFrame]
    discovery: Discovery | None

    @property
    def where(self) -> str:
        """What was asked, in which context."""
        dataset = self.context.dataset
        return self.label if dataset in self.label else f"{self.label} in {dataset}"


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("causal", help="what regulates some genes of a context")
    parser.add_argument("embedding", type=Path, metavar="ATLAS", help=SET_HELP)
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--gene", metavar="GENE", help="a gene and its nearest in --context")
    add_choice(chosen, note=", + or - behind a name is its direction")
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
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print everything as JSON")
    form.add_argument(
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
    atlas = read_atlas(options.embedding, tell=tell)
    text = "" if options.genes is None else read_names(options.genes)
    choice = _choice(options, text, atlas)
    groups = atlas.search.ortholog_groups
    dataset = options.context or best_context(choice, atlas.embedding, groups)
    context = genes_in_context(choice, dataset, embedding=atlas.embedding, ortholog_groups=groups)
    sources = load_sources(atlas.embedding, atlas.store, dataset, least=options.confidence)
    discovery = _infer(options, context, sources, atlas.knowledge)
    request = NetworkRequest(
        genes=context.genes,
        dataset=dataset,
        query=options.query,
        around=symbol_of(options.around, atlas.search),
        kinds=tuple(kind for kind in KINDS if kind in options.kinds),
    )
    network = build_network(request, sources, discovery=discovery)
    regulators = find_regulators(
        context, sources.regulation, directions_text=text, seed=options.seed
    )
    tables = (network.edges, network.nodes, regulators.upstream, regulators.masters)
    named = dict(zip(_TABLES, tables, strict=True))
    answer = Answer(choice.label, context, network, named, discovery)
    _write_files(answer, options, atlas)
    return respond(
        text=lambda: _as_text(answer, sources),
        document=lambda: _as_document(answer),
        as_json=options.json,
        table=named.get(options.csv),
        file=STDOUT if options.csv else None,
    )


def _choice(options: argparse.Namespace, text: str, atlas: AnnotatedAtlas) -> GeneSetChoice:
    """Choose genes as the options say."""
    if options.gene is not None and not options.context:
        msg = "Expected the context of the neighbours of --gene, found no --context."
        raise InputError(msg, f"One of {', '.join(map(str, atlas.embedding.datasets.index))}.")
    return choose_genes(atlas, options, gene=options.gene, names=names_without_directions(text))


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


def _write_files(answer: Answer, options: argparse.Namespace, atlas: AnnotatedAtlas) -> None:
    """Write the network in the formats that were asked for."""
    about = {
        "atlas": atlas.embedding.name,
        "config_hash": str(atlas.embedding.provenance.get("config_hash", "unknown")),
        "description": answer.where,
    }
    network = answer.network
    for name in FORMATS:
        out: Path | None = getattr(options, name)
        if out is None:
            continue
        positions = network_positions(network.nodes, network.edges)
        with replacing(out) as path:
            path.write_bytes(write_network(network, name, positions=positions, about=about))
        sys.stderr.write(f"wrote {out}\n")


def _as_document(answer: Answer) -> dict[str, Any]:
    """Everything, with the methods."""
    document: dict[str, Any] = {
        "label": answer.label,
        "context": answer.context.dataset,
        "genes": answer.context.genes,
        "genes_elsewhere": answer.context.n_elsewhere,
        "hidden": answer.network.hidden,
        "circles": answer.network.circles,
        "rules": rules_table(),
        "upstream_method": UPSTREAM_METHOD,
        "masters_method": MASTER_METHOD,
    }
    if answer.discovery is not None:
        document["inference"] = answer.discovery.sentence
        document["assumptions"] = ASSUMPTIONS
    return {**document, **answer.tables}


def _as_text(answer: Answer, sources: Sources) -> str:
    """Tables for reading, each with its method."""
    network, tables = answer.network, answer.tables
    counts = network.edges["kind"].value_counts()
    listed = ", ".join(f"{int(counts.get(kind, 0))} {kind}" for kind in KINDS)
    hidden = "".join(f", {n} {what} hidden" for what, n in network.hidden.items())
    lines = [
        f"{answer.where}: {len(network.nodes)} genes, "
        f"{len(network.edges)} edges ({listed}{hidden})",
        "",
        _head(network.edges, _EDGE_COLUMNS),
    ]
    if answer.discovery is not None:
        lines += [filled(answer.discovery.sentence)]
        lines += [filled(f"Assumptions: {' '.join(ASSUMPTIONS)}"), ""]
    if sources.regulation.is_empty:
        lines += [
            "No table of who regulates whom is at hand: run `musegnn knowledge fetch collectri`.",
            "",
        ]
    else:
        lines += ["Upstream regulators", _head(tables["upstream"], _UPSTREAM)]
        lines += [filled(UPSTREAM_METHOD), ""]
        lines += ["Master regulators", _head(tables["masters"], _MASTERS)]
        lines += [filled(MASTER_METHOD)]
    return "\n".join(lines)


def _head(table: pd.DataFrame, columns: list[str]) -> str:
    """First rows of a table."""
    if table.empty:
        return "none\n"
    more = len(table) - _SHOWN
    text = laid_out(table.loc[:, columns].head(_SHOWN))
    return f"{text}\n" + (f"... and {more} more; --csv prints all\n" if more > 0 else "")
