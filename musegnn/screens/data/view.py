"""Data: is a file good, and what graph does it make."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from musegnn.errors import InputError
from musegnn.graphs.edge_rules import read_rules, rules_in_words
from musegnn.graphs.estimators import estimator_words
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph
from musegnn.graphs.known_relations import KnownRelations, relation_words
from musegnn.graphs.manifest import default_name
from musegnn.graphs.report import QualityReport, quality_report
from musegnn.runs import parse_settings
from musegnn.runs.kinds.gene_graph import GRAPH_FILE, GeneGraphSettings
from musegnn.screens.data.view_choices import Reading
from musegnn.screens.parts.page_work import PageWork
from musegnn.screens.parts.uploads import Upload, give_upload
from musegnn.validation import check_name

MEANINGS = {
    "genes": "Genes of the graph, the most variable ones of the file",
    "edges": "Pairs of genes that are co-expressed by the rule of the preset",
    "density": "Share of all pairs that are edges, in percent",
    "genes_without_edge": "Genes that are co-expressed with none of the others",
    "components": "Groups of two or more genes with no edge between the groups",
    "largest_component": "Genes in the largest of these groups",
    "median_degree": "Edges of a typical gene",
    "largest_degree": "Edges of the gene with the most",
}


@dataclass(frozen=True)
class DataRequest:
    """What the user gives: a file, its context and how to build.

    Parameters
    ----------
    file
        The uploaded file.
    species, tissue, modality
        The context.
    n_genes
        Number of variable genes.
    preset
        "default" or "paper".
    estimator
        One of `musegnn.graphs.estimators.ESTIMATORS`.
    reading
        How the file is to be read.
    annotation
        Gene bodies (GTF or BED), needed for peaks.
    orthologs
        Table of orthologs of the species, two columns.
    name
        Name of the dataset; "" makes one of the name of the file.
    bootstraps
        How often the cells are drawn anew to see which neighbours come back.
    """

    file: Upload
    species: str
    tissue: str
    modality: str
    n_genes: int = 1000
    preset: str = "default"
    estimator: str = "cscore"
    reading: Reading = Reading()  # noqa: RUF009 - frozen
    annotation: Upload | None = None
    orthologs: Upload | None = None
    name: str = ""
    bootstraps: int = 0


@dataclass(frozen=True)
class DataView:
    """What the Data page shows of a graph.

    Parameters
    ----------
    name
        Name of the dataset.
    n_cells
        Cells the graph was estimated from; 0 where it does not record them.
    summary
        `measure`, `value`, `meaning`, one row a number.
    degrees
        `degree` and `genes` with that many edges.
    report
        The whole report.
    meaning
        `edges that`, `found`, `by chance`, `times chance`, `without ribosomal`: what known
        relations say of the edges; empty without tables.
    meaning_note
        What that table is, or how to get one.
    halves
        One sentence about the same graph from two halves of the cells, "" where it is not known.
    graph_file
        The gene graph as the bytes of an `.h5ad` file.
    report_file
        The report as JSON.
    caption
        One line below the picture.
    command
        Command that trains on the downloaded graph.
    """

    name: str
    n_cells: int
    summary: pd.DataFrame
    degrees: pd.DataFrame
    report: QualityReport
    meaning: pd.DataFrame
    meaning_note: str
    halves: str
    graph_file: bytes
    report_file: bytes
    caption: str
    command: str


def work_of(request: DataRequest, *, root: Path) -> PageWork:
    """Return the run that builds the gene graph of an uploaded file.

    Raises
    ------
    InputError
        If a value of the form cannot be used.
    """
    if not request.tissue.strip():
        msg = "Expected a tissue such as blood, found nothing."
        raise InputError(msg, "Type it into the field Tissue.")
    given = (
        ("counts", request.file),
        ("annotation", request.annotation),
        ("orthologs", request.orthologs),
        ("positions", request.reading.positions),
    )
    inputs = [give_upload(root, file, role=role) for role, file in given if file is not None]
    name = request.name.strip() or default_name(Path(request.file.name))
    check_name(name, name="name")
    settings = parse_settings(
        {
            "method": GeneGraphSettings.kind,
            "dataset": name,
            "species": request.species,
            "tissue": request.tissue.strip(),
            "modality": request.modality,
            "n_genes": request.n_genes,
            "preset": request.preset,
            "estimator": request.estimator,
            "bootstraps": request.bootstraps,
            "layer": request.reading.layer,
            "droplets": request.reading.droplets,
            **dict(request.reading.said),
        }
    )
    return PageWork(settings, tuple(inputs), f"Graph of {name}")


def read_built(folder: Path, relations: KnownRelations | None = None) -> DataView:
    """Describe the graph that a run has built.

    Raises
    ------
    DataFileError
        If its file cannot be read.
    """
    path = folder / GRAPH_FILE
    return describe(read_gene_graph(path), path.read_bytes(), relations)


def describe(
    graph: GeneGraph, graph_file: bytes, relations: KnownRelations | None = None
) -> DataView:
    """Make the view of a gene graph."""
    report = quality_report(graph, relations)
    counts = np.bincount(report.degree)
    provenance = graph.provenance
    n_cells = int(provenance.get("n_cells", 0))
    text = json.dumps({"name": graph.name, **report.to_dict()}, indent=2, allow_nan=False)
    return DataView(
        name=graph.name,
        n_cells=n_cells,
        summary=summary_table(report),
        degrees=pd.DataFrame({"degree": np.arange(len(counts)), "genes": counts}),
        report=report,
        meaning=meaning_table(report),
        meaning_note=_meaning_note(report, has_tables=relations is not None),
        halves=" ".join(filter(None, (halves_sentence(report), depth_sentence(report)))),
        graph_file=graph_file,
        report_file=(text + "\n").encode(),
        caption=(
            f"Edges of each of the {graph.n_genes:,} genes of {graph.name}, estimated by "
            f"{estimator_words(provenance.get('estimator', 'cscore'))} from {n_cells:,} cells, "
            f"preset {provenance.get('preset', 'unknown')}{_rule(provenance)}."
        ),
        command=f"musegnn train {graph.name}.h5ad data/atlas/graphs/*.h5ad -o my_run",
    )


def _rule(provenance: Mapping[str, Any]) -> str:
    """Say when two genes are joined, where the graph records it."""
    words = rules_in_words(read_rules(provenance.get("edge_rules", [])))
    return f": {words}" if words else ""


def meaning_table(report: QualityReport) -> pd.DataFrame:
    """Put the rows with and without ribosomal genes side by side, one line a relation."""
    rows = []
    for relation, found in report.enrichment.groupby("relation", sort=False):
        by_label = {row.ribosomal: row for row in found.itertuples()}
        whole, rest = by_label["with"], by_label["without"]
        rows.append(
            (
                relation_words(str(relation)),
                f"{whole.edges_related:,} of {whole.pairs:,}",
                f"{whole.expected:,.1f}",
                _fold(whole.fold),
                _fold(rest.fold),
            )
        )
    columns = ["edges that", "found", "by chance", "times chance", "without ribosomal"]
    return pd.DataFrame(rows, columns=columns)


def _fold(value: float) -> str:
    """Write a ratio, or say that nothing was expected."""
    return f"{value:.2f}" if np.isfinite(value) else "no pairs"


def _meaning_note(report: QualityReport, *, has_tables: bool) -> str:
    """Explain the table of known relations, or say how to get it."""
    if not has_tables:
        return (
            "Not known: no processes and no interactions are at hand. Set `MUSEGNN_KNOWLEDGE` to a "
            "folder of annotation tables, run `musegnn knowledge fetch go_biological_process_2021 "
            "hi_ii_14` once, or bring tables of your own with `musegnn knowledge import`; then "
            "build the graph again."
        )
    if report.enrichment.empty:
        return "Not known: the tables at hand name none of these genes."
    return (
        "Edges between two genes the source knows; by chance: random pairs in which every gene "
        "keeps its number of edges; 1 is no better than chance. Ribosomal genes are so many and so "
        "strongly joined that they can make a graph look better than it is."
    )


def halves_sentence(report: QualityReport) -> str:
    """Say how many edges come back from other cells of the same file; "" when it is not known."""
    found = report.reproducibility
    if not found:
        return ""
    return (
        f"Built twice, from two random halves of {found['cells_in_half']:,.0f} cells each: "
        f"{100 * found['jaccard']:.0f} % of the edges found in either half are in both (Jaccard "
        f"{found['jaccard']:.2f}, 0 to 1), {100 * found['chance']:.1f} % by chance. The whole file "
        "holds twice the cells, so its edges are firmer than that."
    )


def depth_sentence(report: QualityReport) -> str:
    """Say how many edges depth alone gives; "" when it is not known."""
    found = report.depth
    if not found:
        return ""
    return (
        "Built once more with the counts of each gene exchanged among "
        f"{found['cells_in_stratum']:.0f} cells of like depth: {100 * found['share']:.0f} % of "
        f"the edges come back, {100 * found['chance']:.1f} % by chance. So many go with depth "
        "alone, be it technique or cell types that differ in it."
    )


def summary_table(report: QualityReport) -> pd.DataFrame:
    """List the numbers of a report with their meaning; density in percent."""
    values = {**report.summary, "density": 100 * report.summary["density"]}
    return pd.DataFrame(
        {
            "measure": [_label(name) for name in MEANINGS],
            "value": [_number(values[name]) for name in MEANINGS],
            "meaning": list(MEANINGS.values()),
        }
    )


def _number(value: float) -> str:
    """Whole numbers in full, others with three significant digits."""
    return f"{int(value):,}" if float(value).is_integer() else f"{value:.3g}"


def _label(name: str) -> str:
    """Name of a number with its unit."""
    return f"{name.replace('_', ' ')} (%)" if name == "density" else name.replace("_", " ")
