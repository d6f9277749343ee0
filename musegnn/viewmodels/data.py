"""Data: is a file good, and what graph does it make."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.graphs.build import Context, build_gene_graph
from musegnn.graphs.gene_graph import GeneGraph, write_gene_graph
from musegnn.graphs.report import QualityReport, quality_report
from musegnn.io.gene_names import read_gene_names
from musegnn.progress import Progress
from musegnn.settings import Settings

MODALITY_NAMES = {
    "scrna": "single-cell RNA",
    "scatac": "chromatin (gene activity)",
    "spatial": "tissue section",
}
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
    """What the user gives: a file and its context.

    Parameters
    ----------
    file_name, content
        The uploaded file.
    species, tissue, modality
        The context.
    n_genes
        Number of variable genes.
    preset
        "default" or "paper".
    """

    file_name: str
    content: bytes
    species: str
    tissue: str
    modality: str
    n_genes: int
    preset: str


@dataclass(frozen=True)
class DataView:
    """What the Data page shows of a graph.

    Parameters
    ----------
    name
        Name of the dataset.
    summary
        `measure`, `value`, `meaning`, one row a number.
    degrees
        `degree` and `genes` with that many edges.
    report
        The whole report.
    graph_file
        The gene graph as the bytes of an `.h5ad` file.
    caption
        One line below the picture.
    command
        Command that trains on the downloaded graph.
    """

    name: str
    summary: pd.DataFrame
    degrees: pd.DataFrame
    report: QualityReport
    graph_file: bytes
    caption: str
    command: str


def build(request: DataRequest, *, progress: Progress) -> DataView:
    """Build the gene graph of an uploaded file and describe it.

    Raises
    ------
    DataFileError, InputError, GraphError
        If the file, an option or the counts cannot be used.
    """
    names = read_gene_names(Settings.from_environment().knowledge)
    safe_name = Path(request.file_name).name
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / safe_name
        path.write_bytes(request.content)
        context = Context(
            name=_dataset_name(safe_name),
            species=request.species,
            tissue=request.tissue,
            modality=request.modality,
        )
        graph = build_gene_graph(
            path,
            context,
            names=names,
            n_genes=request.n_genes,
            preset=request.preset,
            progress=progress,
        )
        graph_path = Path(folder) / "graph.h5ad"
        write_gene_graph(graph, graph_path)
        return describe(graph, graph_path.read_bytes())


def describe(graph: GeneGraph, graph_file: bytes) -> DataView:
    """Make the view of a gene graph."""
    report = quality_report(graph)
    counts = np.bincount(report.degree)
    return DataView(
        name=graph.name,
        summary=summary_table(report),
        degrees=pd.DataFrame({"degree": np.arange(len(counts)), "genes": counts}),
        report=report,
        graph_file=graph_file,
        caption=(
            f"Edges of each of the {graph.n_genes:,} genes of {graph.name}, estimated by CS-CORE "
            f"from {graph.provenance.get('n_cells', 0):,} cells, preset "
            f"{graph.provenance.get('preset', 'unknown')}."
        ),
        command=f"musegnn train {graph.name}.h5ad data/atlas/graphs/*.h5ad -o my_run",
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


def species_choices() -> tuple[str, ...]:
    """Species a file can be of."""
    return keys.SPECIES


def modality_choices() -> tuple[str, ...]:
    """Modalities a file can be of."""
    return keys.MODALITIES


def _dataset_name(file_name: str) -> str:
    """Name of a dataset from a file name: characters that are not allowed become `_`."""
    stem = Path(file_name).stem
    cleaned = "".join(c if c.isascii() and (c.isalnum() or c in "._+-") else "_" for c in stem)
    return cleaned.lstrip("._+-")[:100] or "uploaded"
