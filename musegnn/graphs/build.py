"""Build a gene graph from raw counts, one step after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn import __version__, keys
from musegnn.errors import InputError
from musegnn.graphs.batches import (
    batch_note,
    estimate_within,
    keep_batches,
    residuals_within,
)
from musegnn.graphs.cscore_estimator import CoExpression
from musegnn.graphs.depth_share import depth_share
from musegnn.graphs.edge_rules import (
    P_VALUE,
    EdgeRule,
    choose_edges,
    describe_rules,
)
from musegnn.graphs.estimators import ESTIMATORS, USUAL, Computation
from musegnn.graphs.gene_choice import choose_genes
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.gene_reliability import WIDTH, gene_reliability
from musegnn.graphs.modalities import find_modality
from musegnn.graphs.presets import GRAPH_PRESETS, GraphPreset
from musegnn.graphs.quality import QualityStep, apply_quality_control
from musegnn.graphs.report import quality_report, report_lines
from musegnn.graphs.reproducibility import edge_reproducibility, split_cells
from musegnn.graphs.resampling import MOST_RESAMPLES, NEAREST, resampled_neighbours
from musegnn.graphs.residuals import (
    all_residuals,
    pearson_residuals,
    principal_components,
)
from musegnn.io.choices import AS_FOUND, Choices, check_takes
from musegnn.io.expression import Expression, read_expression
from musegnn.io.formats.registry import holds_fragments
from musegnn.io.fragments import count_fragments
from musegnn.io.gene_activity import gene_activity
from musegnn.io.gene_annotation import read_gene_annotation
from musegnn.io.gene_names import GeneNames, NamingReport, harmonise
from musegnn.io.gene_style import REGION
from musegnn.progress import Progress, Silent
from musegnn.validation import check_choice, check_name

_SPLIT = 0  # seed of the halves
STEPS = (
    "reading",
    "names",
    "quality",
    "variable genes",
    "residuals",
    "co-expression",
    "edges",
    "halves",
    "depth",
)


@dataclass(frozen=True)
class Context:
    """What the user says about a dataset: species, tissue, modality and a name."""

    name: str
    species: str
    tissue: str
    modality: str

    def __post_init__(self) -> None:
        """Check the values against the known ones."""
        check_name(self.name, name="name")
        check_choice(self.species, keys.SPECIES, name="species")
        find_modality(self.modality)
        if not self.tissue.strip():
            msg = "Expected `tissue` to be a word such as blood, found nothing."
            raise InputError(msg)


@dataclass(frozen=True)
class _How:
    """How edges are found among some cells; inside batches where there are any."""

    estimator: str
    computation: Computation
    rules: Sequence[EdgeRule]

    def residuals(self, counts: sparse.csr_matrix, batches: Sequence[str]) -> np.ndarray:
        """Pearson residuals, `(C, G)`."""
        return residuals_within(counts, batches) if batches else pearson_residuals(counts)

    def estimate(
        self,
        counts: sparse.csr_matrix,
        depth: np.ndarray,
        residuals: np.ndarray,
        batches: Sequence[str],
    ) -> CoExpression:
        """Estimate co-expression."""
        run = partial(ESTIMATORS[self.estimator].run, computation=self.computation)
        if batches:
            return estimate_within(run, counts, depth, residuals, batches)
        return run(counts, depth, residuals)

    def edges(
        self,
        counts: sparse.csr_matrix,
        depth: np.ndarray,
        residuals: np.ndarray,
        batches: Sequence[str],
    ) -> sparse.csr_matrix:
        """Return the adjacency `(G, G)` without its diagonal."""
        found = self.estimate(counts, depth, residuals, batches)
        return split_loops(choose_edges(found, self.rules))[0]


def build_gene_graph(  # noqa: PLR0913 - each is a choice of whoever brings a file
    path: Path,
    context: Context,
    *,
    names: GeneNames,
    n_genes: int = 1000,
    preset: str | GraphPreset = "default",
    estimator: str = "cscore",
    computation: Computation = USUAL,
    layer: str | None = None,
    annotation: Path | None = None,
    droplets: str = "refuse",
    choices: Choices = AS_FOUND,
    resamples: int = 0,
    n_own: int | None = None,
    preferred: Sequence[str] = (),
    progress: Progress | None = None,
) -> GeneGraph:
    """Read raw counts and build their gene graph.

    Parameters
    ----------
    path
        `.h5ad` file with raw counts, cells x genes.
    context
        Species, tissue, modality and name.
    names
        Nomenclature tables; empty ones leave the names as they are.
    n_genes
        Number of genes G; fewer when the file has fewer.
    preset
        "default" or "paper", see `GRAPH_PRESETS`, or one of your own.
    estimator
        How co-expression is estimated, see `ESTIMATORS`.
    computation
        Type, threads and device of the estimate.
    layer
        Where the counts are; found automatically when None.
    annotation
        Gene bodies (GTF or BED), needed when the columns of the file are chromatin peaks.
    droplets
        What to do with droplets without a cell, one of `musegnn.io.droplets.DROPLETS`.
    choices
        How the file is to be understood, where somebody has said so.
    resamples
        How often the cells are drawn anew to see which neighbours come back; 0 does not.
    n_own
        How many of the genes are the leading ones of this dataset; the others are preferred ones.
        None takes all from the dataset itself.
    preferred
        Common names of genes to take beside them, the first in front, see
        `musegnn.graphs.gene_choice.preferred_genes`.
    progress
        Told about each step.

    Returns
    -------
    GeneGraph whose provenance records every count and parameter.

    Raises
    ------
    DataFileError, InputError, GraphError
        If the file, an option or the counts cannot be used; nothing is written.
    """
    if isinstance(preset, str):
        check_choice(preset, tuple(GRAPH_PRESETS), name="preset")
    settings = GRAPH_PRESETS[preset] if isinstance(preset, str) else preset
    check_choice(estimator, tuple(ESTIMATORS), name="estimator")
    _check_test(estimator, settings.rules)
    check_resamples(resamples)
    progress = progress or Silent()
    progress.start(context.name, len(STEPS) + resamples)
    modality = find_modality(context.modality)
    quality = modality.quality(settings.name)
    expression = read_gene_counts(
        path, layer=layer, annotation=annotation, droplets=droplets, choices=choices
    )
    progress.advance(STEPS[0])
    cells = keep_cells(expression, context, names=names, preset=settings.name, batch=choices.batch)
    expression, kept, depth, steps = cells.expression, cells.kept, cells.depth, cells.steps
    for step_name in STEPS[1:3]:
        progress.advance(step_name)
    how = _How(estimator, computation, settings.rules)
    chosen = choose_genes(
        modality.choose,
        kept,
        n_genes,
        n_own=n_own,
        preferred=preferred,
        names=[names.common_name(gene, context.species) for gene in kept.genes],
    )
    selected = kept.take_genes(np.isin(np.arange(len(kept.genes)), chosen))
    progress.advance(STEPS[3])
    batches = selected.batches
    residuals = how.residuals(selected.counts, batches)
    features = (
        all_residuals(residuals)
        if settings.n_components is None
        else principal_components(residuals, n_components=settings.n_components)
    )
    progress.advance(STEPS[4])
    result = how.estimate(selected.counts, depth, residuals, batches)
    progress.advance(STEPS[5])
    adjacency, has_self_loops = split_loops(choose_edges(result, settings.rules))
    progress.advance(STEPS[6])
    halves: list[np.ndarray] = []
    cells_of_halves = iter(split_cells(len(depth), seed=_SPLIT))

    def edges_of_half(counts: sparse.csr_matrix, depth: np.ndarray) -> sparse.csr_matrix:
        rows = next(cells_of_halves)
        own_batches = [batches[row] for row in rows] if batches else []
        own = how.residuals(counts, own_batches)
        halves.append(principal_components(own, n_components=WIDTH).values)
        return how.edges(counts, depth, own, own_batches)

    reproducibility = edge_reproducibility(selected.counts, depth, edges_of_half, seed=_SPLIT)
    progress.advance(STEPS[7])

    def edges_of(counts: sparse.csr_matrix, depth: np.ndarray) -> sparse.csr_matrix:
        return how.edges(counts, depth, how.residuals(counts, batches), batches)

    by_depth = depth_share(selected.counts, depth, adjacency, edges_of)
    progress.advance(STEPS[8])
    column = choices.batch or ""
    graph = GeneGraph(
        name=context.name,
        species=context.species,
        tissue=context.tissue,
        modality=context.modality,
        genes=_gene_table(
            selected,
            depth,
            result,
            species=context.species,
            names=names,
            source_of=cells.source_of,
        ).assign(**(gene_reliability(*halves) if halves else {})),
        features=features.values,
        adjacency=adjacency,
        estimate=result.estimate,
        statistic=result.statistic,
        significance=significance_of(result),
        provenance={
            "input": Path(path).name,
            "counts_found_in": expression.found_in,
            "reading": [*expression.notes, *([batch_note(batches, column)] if batches else [])],
            "batch": column if batches else None,
            "source": expression.source,
            "preset": settings.name,
            "edge_rules": describe_rules(settings.rules),
            "quality": asdict(quality),
            "genes_chosen_by": modality.chosen_by + (", in most batches" if batches else ""),
            **({} if n_own is None else {"genes_of_its_own": n_own}),
            "estimator": estimator,
            "dtype": computation.dtype,
            "device": computation.device,
            "steps": [step.line() for step in steps],
            "filters": [
                {
                    "unit": step.unit,
                    "rule": step.rule,
                    "before": step.left + step.removed,
                    "removed": step.removed,
                    "left": step.left,
                }
                for step in steps
            ],
            "reproducibility": None if reproducibility is None else asdict(reproducibility),
            "depth_share": None if by_depth is None else asdict(by_depth),
            "naming": cells.naming.lines(),
            "names_from": list(names.sources),
            "n_cells": selected.n_cells,
            "n_cells_in_file": expression.n_cells,
            "n_genes_in_file": len(expression.genes),
            "median_depth": float(np.median(depth)),
            "explained_variance": features.explained_variance,
            "cscore_rounds": result.n_iterations,
            "cscore_converged": result.converged,
            "correlations_at_one": _count_at_one(result, adjacency),
            "version": __version__,
            **({"resamples": resamples, "resampled_nearest": NEAREST} if resamples else {}),
        },
        has_self_loops=has_self_loops,
        resampled=_resampled(selected, resamples, how, progress) if resamples else None,
    )
    progress.finish()
    for line in report_lines(quality_report(graph)):
        progress.say(line)
    return graph


@dataclass(frozen=True)
class KeptCells:
    """What quality control left of a dataset whose genes have current names.

    Parameters
    ----------
    expression, kept
        All cells, and those that are kept, with the genes that are.
    depth
        Counts of each kept cell over all genes, `(C,)`.
    steps
        What was removed, and why.
    source_of
        Symbol -> name in the file.
    naming
        What became of the names.
    """

    expression: Expression
    kept: Expression
    depth: np.ndarray
    steps: Sequence[QualityStep]
    source_of: Mapping[str, str]
    naming: NamingReport


def keep_cells(
    expression: Expression, context: Context, *, names: GeneNames, preset: str, batch: str | None
) -> KeptCells:
    """Make names of genes current, and leave out broken cells.

    Raises
    ------
    InputError
        If names are not of the species, or cells have no place where the technique needs one.
    GraphError
        If too little is left.
    """
    whole, source_names, naming = harmonise(expression, context.species, names)
    modality = find_modality(context.modality)
    modality.check(whole)
    kept, depth, steps = apply_quality_control(
        whole, modality.quality(preset), needs_place=modality.needs_positions
    )
    if kept.batches and batch:
        in_batch, step = keep_batches(kept.batches, batch)
        kept, depth, steps = kept.take_cells(in_batch), depth[in_batch], [*steps, step]
    source_of = dict(zip(whole.genes, source_names, strict=True))
    return KeptCells(whole, kept, depth, steps, source_of, naming)


def _resampled(
    selected: Expression, resamples: int, how: _How, progress: Progress
) -> sparse.csr_matrix:
    """Share of resamples in which genes are neighbours; batches keep their cells and are apart."""
    batches = selected.batches

    def residuals_of(rows: np.ndarray) -> np.ndarray:
        own = [batches[row] for row in rows] if batches else []
        return how.residuals(sparse.csr_matrix(selected.counts[rows]), own)

    return resampled_neighbours(
        selected.counts, resamples, groups=batches, residuals_of=residuals_of, progress=progress
    )


def check_resamples(resamples: int) -> None:
    """Raise `InputError` unless so many resamples can be drawn."""
    if 0 <= resamples <= MOST_RESAMPLES:
        return
    msg = f"Expected 0 to {MOST_RESAMPLES} resamples of the cells, found {resamples}."
    raise InputError(msg, "Fifty tell shares of a tenth apart.")


def _check_test(estimator: str, rules: Sequence[EdgeRule]) -> None:
    """Raise `InputError` when rules by p-value meet an estimator that has no test."""
    if any(rule.needs_test for rule in rules) and not ESTIMATORS[estimator].has_test:
        msg = f"Expected an estimator with p-values for this preset, found {estimator!r}."
        raise InputError(msg, "Use the preset `default`, or the estimator `cscore`.")


def split_loops(adjacency: sparse.csr_matrix) -> tuple[sparse.csr_matrix, bool]:
    """Take the diagonal off an adjacency and tell whether there was one."""
    if not adjacency.diagonal().any():
        return adjacency, False
    whole = adjacency.tolil()
    whole.setdiag(False)  # noqa: FBT003 - the value
    return sparse.csr_matrix(whole), True


def read_gene_counts(
    path: Path,
    *,
    layer: str | None,
    annotation: Path | None,
    droplets: str = "refuse",
    choices: Choices = AS_FOUND,
) -> Expression:
    """Read counts of genes; chromatin peaks and fragments become gene activities.

    Raises
    ------
    DataFileError
        If a file cannot be read.
    InputError
        If it holds peaks or fragments and no annotation is given.
    """
    if annotation is not None and holds_fragments(path):
        check_takes(choices, (), path, kind="fragments")
        return count_fragments(path, read_gene_annotation(annotation), layer=layer)
    expression = read_expression(path, layer=layer, droplets=droplets, choices=choices)
    return genes_of_peaks(expression, annotation)


def genes_of_peaks(expression: Expression, annotation: Path | None) -> Expression:
    """Turn counts of chromatin peaks into gene activities; leave counts of genes as they are.

    Raises
    ------
    InputError
        If the columns are peaks and no annotation is given.
    """
    n_peaks = sum(bool(REGION.fullmatch(name)) for name in expression.genes)
    if n_peaks <= len(expression.genes) / 2:
        return expression
    if annotation is None:
        msg = f"Expected genes in the columns, found {n_peaks:,} chromatin peaks."
        raise InputError(msg, "Give gene bodies with `--annotation GENES.gtf` (or .bed).")
    return gene_activity(expression, read_gene_annotation(annotation))


def _count_at_one(result: CoExpression, adjacency: sparse.csr_matrix) -> dict[str, int]:
    """Count the pairs, and the edges, whose correlation is 1 or -1: it was cut there, mostly."""
    at_one = np.abs(result.estimate) >= 1
    np.fill_diagonal(at_one, False)  # noqa: FBT003 - the value
    on_edges = adjacency.multiply(at_one) if adjacency.nnz else adjacency
    return {"pairs": int(at_one.sum()) // 2, "edges": int(sparse.csr_matrix(on_edges).nnz) // 2}


def significance_of(result: CoExpression) -> np.ndarray:
    """Sign of the statistic where p < 0.005, else 0; empty diagonal; `(G, G)` int8."""
    significance = np.where(result.p_value < P_VALUE, np.sign(result.statistic), 0)
    np.fill_diagonal(significance, 0)
    return significance.astype(np.int8)


def _gene_table(
    selected: Expression,
    depth: np.ndarray,
    result: CoExpression,
    *,
    species: str,
    names: GeneNames,
    source_of: Mapping[str, str],
) -> pd.DataFrame:
    """Describe each gene of the graph."""
    detected = np.bincount(selected.counts.indices, minlength=len(selected.genes))
    per_10k = selected.counts.multiply(1e4 / depth[:, None])
    return pd.DataFrame(
        {
            keys.GENE: selected.genes,
            keys.GENE_ID: selected.gene_ids,
            keys.COMMON_GENE: [names.common_name(gene, species) for gene in selected.genes],
            keys.ORTHOLOG: [names.human_ortholog(gene, species) for gene in selected.genes],
            keys.SOURCE_NAME: [source_of[gene] for gene in selected.genes],
            keys.MEAN: np.asarray(per_10k.mean(axis=0)).ravel(),
            keys.DETECTED: detected / selected.n_cells,
            keys.VARIANCE: result.variance,
        }
    )
