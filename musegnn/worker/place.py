"""The work of placements: gene graphs and an atlas in, the atlas with the new contexts out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.embeddings.embedding_set import (
    GENE_COLUMNS,
    EmbeddingSet,
    read_embedding_set,
    write_embedding_set,
)
from musegnn.embeddings.map_placement import place_on_map
from musegnn.embeddings.placement_fit import PlacementFit, measure_fit
from musegnn.embeddings.placement_words import fit_to_plain
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import GeneGraph, check_graphs, read_gene_graph, write_gene_graph
from musegnn.graphs.thread_limit import limited_threads
from musegnn.progress import Progress, Silent
from musegnn.runs.config import make_config
from musegnn.runs.graph_sources import FileSource, list_graphs, seal
from musegnn.runs.identifiers import is_run_id
from musegnn.runs.kinds.aligned import AlignedSettings
from musegnn.runs.kinds.placement import ATLAS, ATLAS_GRAPH, FIT_FILE, GRAPH, PlacementSettings
from musegnn.runs.presets import parse_settings, preset_settings
from musegnn.training.placement import (
    FrozenAtlas,
    FrozenContext,
    place_graph,
    place_held_out,
    shuffled,
)
from musegnn.worker.here import perform_here
from musegnn.worker.provenance import versions
from musegnn.worker.result import dataset_table, gene_table
from musegnn.worker.task import Done, Task

MOST_GRAPHS = 800  # of an atlas; beyond, new contexts are mapped onto its vectors alone


@dataclass(frozen=True)
class Placement:
    """New contexts in an atlas.

    Parameters
    ----------
    embedding
        Rows of the atlas as they were, then those of the new contexts, graph by graph.
    fits
        How well each of them fits.
    with_graphs
        Whether the gene graphs of the atlas were used, and not its vectors alone.
    """

    embedding: EmbeddingSet
    fits: tuple[PlacementFit, ...]
    with_graphs: bool


def place(
    atlas: EmbeddingSet,
    graphs: Sequence[GeneGraph],
    *,
    atlas_graphs: Sequence[GeneGraph] = (),
    settings: PlacementSettings | None = None,
    progress: Progress | None = None,
) -> Placement:
    """Place new contexts into an atlas: no vector of it moves, nor any point of its map.

    Parameters
    ----------
    atlas
        Vectors that stay.
    graphs
        Gene graphs of the new contexts; each is placed as if it were alone.
    atlas_graphs
        Gene graphs of the atlas, of every context or none.
    settings
        Folds and seed; None takes the usual ones.
    progress
        Told about steps.

    Raises
    ------
    InputError
        If a name stands twice, or a context has hardly a gene in common with the atlas.
    """
    progress, settings = progress or Silent(), settings or PlacementSettings()  # type: ignore[call-arg]
    _check_names(atlas, graphs)
    # sums are rounded in another order with every number of threads: one makes the same bytes
    with limited_threads(1):
        return _place(atlas, graphs, atlas_graphs, settings, progress)


def _place(
    atlas: EmbeddingSet,
    graphs: Sequence[GeneGraph],
    atlas_graphs: Sequence[GeneGraph],
    settings: PlacementSettings,
    progress: Progress,
) -> Placement:
    """Place new contexts whose names are their own."""
    frozen = freeze(atlas, atlas_graphs)
    steps = 2 * settings.folds + 1
    progress.start("placing", steps * len(graphs) + 1)
    vectors, fits = [], []
    for graph in graphs:
        vectors.append(place_graph(graph, frozen))
        progress.advance(graph.name)
        tell = partial(progress.advance, f"hidden names of {graph.name}")
        deal = {"folds": settings.folds, "seed": settings.seed}
        tried = (
            place_held_out(graph, frozen, **deal, tell=tell),
            place_held_out(shuffled(graph, seed=settings.seed), frozen, **deal, tell=tell),
        )
        names = graph.genes[keys.COMMON_GENE].astype(str).tolist()
        rows, _ = frozen.anchors(graph)
        fits.append(measure_fit(graph.name, names, tried, rows, atlas))
    embedding = _join(atlas, graphs, np.concatenate(vectors), seed=settings.seed)
    progress.advance("map")
    progress.finish()
    return Placement(embedding, tuple(fits), bool(frozen.graphs))


def freeze(atlas: EmbeddingSet, graphs: Sequence[GeneGraph]) -> FrozenAtlas:
    """Take what a placement needs out of an atlas; graphs of other genes are left aside."""
    common = atlas.genes[keys.COMMON_GENE].astype(str).to_numpy(dtype=object)
    contexts = []
    for name in map(str, atlas.datasets.index):
        rows = atlas.rows_of_dataset(name)
        contexts.append(FrozenContext(name, tuple(common[rows]), atlas.vectors[rows]))
    told = atlas.provenance.get("config")
    settings = None
    if isinstance(told, dict) and told.get("method") == AlignedSettings.kind:
        settings = parse_settings(told)
    if not isinstance(settings, AlignedSettings):
        settings = preset_settings("default")
    by_name = {graph.name: graph for graph in graphs}
    found = [by_name[context.name] for context in contexts if context.name in by_name]
    is_whole = len(found) == len(contexts) and all(
        tuple(graph.genes[keys.COMMON_GENE].astype(str)) == context.genes
        for graph, context in zip(found, contexts, strict=True)
    )
    return FrozenAtlas(contexts, found if is_whole else (), settings)


def place_into_atlas(task: Task) -> Done:
    """Write the atlas with the new contexts, the graphs of all of them, and how well they fit."""
    settings = task.settings_of(PlacementSettings)
    (path,) = task.files(ATLAS)
    atlas = read_embedding_set(path)
    old = [(read_gene_graph(file), file) for file in task.files(ATLAS_GRAPH)]
    graphs = sorted((read_gene_graph(p) for p in task.files(GRAPH)), key=lambda graph: graph.name)
    check_graphs(graphs)
    placed = place(
        atlas,
        graphs,
        atlas_graphs=[graph for graph, _ in old],
        settings=settings,
        progress=task.progress,
    )
    folder, run_id = task.result, task.folder.path.name
    sources = {file.role: file for file in task.config.files if file.role == ATLAS}
    record = {
        "into": {
            "name": atlas.name,
            "id": atlas.id,
            "config_hash": atlas.origin.config_hash,
            "sha256": sources[ATLAS].sha256,
        },
        "contexts": [graph.name for graph in graphs],
        "graphs": {file.name: file.sha256 for file in task.config.files if file.role == GRAPH},
        "with_graphs_of_the_atlas": placed.with_graphs,
        "verdicts": {fit.name: fit.verdict for fit in placed.fits},
        "settings": settings.to_dict(),
        "config_hash": settings.hash,
        "versions": versions(),
        "map": "UMAP's transform of the new genes; no point of the atlas moves",
    }
    own = {"run_id": run_id, "run_config_hash": task.config.config_hash}
    provenance = {
        **atlas.provenance,
        "name": task.config.name,
        "placed": [*atlas.provenance.get("placed", []), record],
        **(own if is_run_id(run_id) else {}),
    }
    write_embedding_set(
        replace(placed.embedding, provenance=provenance), folder / keys.EMBEDDING_FILE
    )
    (folder / keys.GRAPHS_FOLDER).mkdir(exist_ok=True)
    for graph, file in old:
        shutil.copyfile(file, folder / keys.GRAPHS_FOLDER / f"{graph.name}.h5ad")
    for graph in graphs:
        write_gene_graph(graph.compact(), folder / keys.GRAPHS_FOLDER / f"{graph.name}.h5ad")
    document = {"into": record["into"], "placed": [fit_to_plain(fit) for fit in placed.fits]}
    (folder / FIT_FILE).write_text(json.dumps(document, indent=1), encoding="utf-8")
    told = ", ".join(f"{fit.name} {fit.verdict}" for fit in placed.fits)
    return Done(f"placed into {atlas.name}: {told}", {"provenance": provenance})


def place_here(
    folder: Path,
    graph_paths: Sequence[Path],
    atlas: Path,
    settings: PlacementSettings,
    *,
    name: str = "",
    console: Progress | None = None,
) -> None:
    """Place in this process, in a folder of one's own choice.

    Parameters
    ----------
    folder
        New or empty.
    graph_paths
        Gene graphs of the new datasets.
    atlas
        Result folder of the atlas, or its `embedding.h5ad`.
    settings
        Folds and seed.
    name
        Name shown in the dashboard; "" takes that of the folder.
    console
        Told about steps.

    Raises
    ------
    InputError, DataFileError
        If something cannot be used; no half-written result stays.
    """
    embedding, graphs = files_of_atlas(atlas)
    files = [seal(FileSource(role=ATLAS, name=embedding.name, path=str(embedding)))]
    for role, paths in ((ATLAS_GRAPH, graphs), (GRAPH, graph_paths)):
        for path in paths:
            source = FileSource(role=role, name=path.name[:100], path=str(path.absolute()))
            files.append(seal(source))
    config = make_config(
        settings=settings,
        files=files,
        threads=1,
        device="cpu",
        executor="inprocess",
        live_map_every=0,
        name=name or folder.resolve().name[:100],
    )
    perform_here(folder, config, [], console=console)


def files_of_atlas(atlas: Path) -> tuple[Path, list[Path]]:
    """Return the vectors of an atlas and its gene graphs, none where they are not at hand."""
    path = Path(atlas).absolute()
    embedding = path / keys.EMBEDDING_FILE if path.is_dir() else path
    folder = embedding.parent / keys.GRAPHS_FOLDER
    if not folder.is_dir():
        return embedding, []
    graphs = [Path(source.path) for source in list_graphs(folder)]
    return embedding, graphs if len(graphs) <= MOST_GRAPHS else []


def _check_names(atlas: EmbeddingSet, graphs: Sequence[GeneGraph]) -> None:
    """Raise `InputError` unless every new context has a name of its own."""
    check_graphs(graphs)
    taken = [graph.name for graph in graphs if graph.name in set(map(str, atlas.datasets.index))]
    if taken:
        msg = f"Expected a new name for each dataset, found {taken[0]!r} in {atlas.name} already."
        raise InputError(msg, "Build its graph again with another `--name`.")


def _join(
    atlas: EmbeddingSet, graphs: Sequence[GeneGraph], vectors: np.ndarray, *, seed: int
) -> EmbeddingSet:
    """Put new rows below those of the atlas."""
    new = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    placed = place_on_map(
        new.astype(np.float32),
        np.asarray(atlas.unit_vectors, dtype=np.float32),
        np.asarray(atlas.layout),
        atlas.neighbour_graph,
        atlas.genes[keys.CLUSTER].astype(str).to_numpy(),
        seed=seed,
    )
    table = pd.concat([gene_table(graph) for graph in graphs], ignore_index=True)
    table[keys.CLUSTER] = placed.clusters
    columns = (*GENE_COLUMNS, *keys.RELIABILITY_COLUMNS)
    # what was measured on one side alone is missing on the other
    old, table = (side[[c for c in columns if c in side]].copy() for side in (atlas.table, table))
    for column in old.columns:
        if isinstance(old[column].dtype, pd.CategoricalDtype):
            old[column] = old[column].astype(str)
    facts = dataset_table(list(graphs))
    return replace(
        atlas,
        vectors=np.concatenate([atlas.vectors, vectors]),
        table=pd.concat([old, table], ignore_index=True),
        layout=np.concatenate([atlas.layout, placed.coordinates]),
        neighbour_graph=placed.neighbour_graph,
        datasets=pd.concat([atlas.datasets, facts.reindex(columns=atlas.datasets.columns)]),
        path=None,
    )
