"""Fused vectors and those of each modality as one embedding set: a context each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.linalg import orthogonal_procrustes

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.map_layout import compute_map
from musegnn.embeddings.panel_layout import nearest_by_cosine
from musegnn.errors import InputError
from musegnn.fusion.encode import ModalityVectors
from musegnn.fusion.human_names import HUMAN, HumanNames
from musegnn.fusion.spectral import unit
from musegnn.graphs.thread_limit import limited_threads

FUSED: Final = "fused"
_NEAREST: Final = 5  # genes at whose mean place a gene of a modality is drawn


def modality_set(found: ModalityVectors, names: HumanNames, *, fewest: int = 2) -> EmbeddingSet:
    """Put the vectors of all modalities into one set, a context each, without a map.

    Parameters
    ----------
    found
        Vectors of genes in each modality.
    names
        Give the Ensembl id of a symbol.
    fewest
        Modalities that a gene has to be known in.

    Raises
    ------
    InputError
        If fewer than four genes are known in so many.
    """
    is_known = np.stack(list(found.present.values()), axis=1)
    kept = is_known.sum(axis=1) >= fewest
    if kept.sum() < 4:
        msg = f"Expected genes that {fewest} modalities know, found {int(kept.sum())}."
        raise InputError(msg, "Import more tables, or choose more modalities.")
    genes = np.array(found.genes, dtype=object)
    parts = [
        (key, genes[kept & found.present[key]], vectors[kept & found.present[key]])
        for key, vectors in found.vectors.items()
    ]
    facts = [found.facts[key][kept & found.present[key]] for key, *_ in parts if key in found.facts]
    table = _table(parts, names)
    if len(facts) == len(parts):
        table[keys.DEGREE] = np.concatenate(facts)  # entries of its table that a gene has
    rows = len(table)
    return EmbeddingSet(
        vectors=np.concatenate([vectors for _, _, vectors in parts]),
        table=table,
        layout=np.zeros((rows, 2), dtype=np.float32),
        neighbour_graph=sparse.csr_matrix((rows, rows), dtype=np.float32),
        datasets=_contexts(parts, found),
        provenance={
            "name": "modalities",
            "model": "vectors of modalities",
            "encoders": dict(
                zip(found.coverage["modality"], found.coverage["encoder"], strict=True)
            ),
            "coverage": found.coverage.to_dict("records"),
            "tables": {key: list(records) for key, records in found.sources.items()},
            "absent": dict(found.absent),
        },
    )


def stacked(modalities: EmbeddingSet) -> tuple[list[str], np.ndarray, np.ndarray, list[str]]:
    """Take a set with several contexts of the same genes apart.

    Returns
    -------
    Common names of G genes, sorted; vectors `(G, M, D)` of length 1, zeros where a gene is missing
    in a context; `(G, M)` bool where it is not; and the names of the contexts.

    Raises
    ------
    InputError
        If there are fewer than two contexts.
    """
    contexts = [str(name) for name in modalities.datasets.index if str(name) != FUSED]
    if len(contexts) < 2:
        msg = f"Expected a set with at least 2 contexts to fuse, found {len(contexts)}."
        raise InputError(msg, "Make one with `musegnn fuse`, or give an atlas of several.")
    codes, names = modalities.common_gene_codes
    vectors = np.zeros((len(names), len(contexts), modalities.vectors.shape[1]), dtype=np.float32)
    present = np.zeros(vectors.shape[:2], dtype=bool)
    for number, context in enumerate(contexts):
        rows = modalities.rows_of_dataset(context)
        vectors[codes[rows], number] = unit(np.asarray(modalities.vectors[rows]))
        present[codes[rows], number] = np.abs(modalities.vectors[rows]).sum(axis=1) > 0
    some = present.any(axis=1)
    return list(map(str, names[some])), vectors[some], present[some], contexts


def fused_set(
    modalities: EmbeddingSet,
    fused: np.ndarray,
    genes: Sequence[str],
    *,
    seed: int,
    provenance: Mapping[str, Any],
    width: int,
) -> EmbeddingSet:
    """Join fused vectors and those of the modalities.

    The fused vectors are turned to their principal axes, which changes no angle. The leading
    numbers of each modality are turned as a whole onto the leading axes of the fused ones
    (orthogonal Procrustes over the genes of both): angles within a modality stay, and a gene lies
    as near to itself in the fused context as turning allows. The map is the UMAP of the fused
    vectors; a gene of a modality is drawn at the mean place of the genes nearest to it there.

    Parameters
    ----------
    modalities
        As `modality_set` makes it.
    fused
        `(G, F)` vectors.
    genes
        Common names of the G genes.
    seed
        Of the map.
    provenance
        What the new set records.
    width
        Leading numbers of a modality that are kept.
    """
    with limited_threads(1):
        vectors = unit(_turned(np.asarray(fused, dtype=np.float64))).astype(np.float32)
        layout = compute_map(vectors, seed=seed)
        place = {str(gene): row for row, gene in enumerate(genes)}
        common = modalities.genes[keys.COMMON_GENE].astype(str).to_numpy()
        at = np.array([place[name] for name in common], dtype=np.int64)
        contexts = [str(name) for name in modalities.datasets.index if str(name) != FUSED]
        parts, places, rows_of = [], [], []
        for context in contexts:
            rows = modalities.rows_of_dataset(context)
            own = np.asarray(modalities.vectors[rows])
            turned = _onto(own, vectors[at[rows]], min(width, vectors.shape[1]))
            parts.append(turned)
            places.append(_places(turned, layout.coordinates[at[rows]]))
            rows_of.append(rows)
    order = np.concatenate(rows_of)
    table = modalities.table.iloc[order].copy()
    table[keys.CLUSTER] = layout.clusters[at[order]]
    of_fused = _of_fused(modalities, at, vectors, layout.clusters)
    facts = modalities.datasets.loc[contexts].copy()
    facts.loc[FUSED] = {**facts.iloc[0].to_dict(), **_fused_facts(modalities, len(vectors))}
    whole = pd.concat([of_fused, table], ignore_index=True)
    n = len(whole)
    graph = sparse.csr_matrix(layout.neighbour_graph)
    graph.resize((n, n))
    return EmbeddingSet(
        vectors=np.concatenate([vectors, *parts]),
        table=whole,
        layout=np.concatenate([layout.coordinates, *places]).astype(np.float32),
        neighbour_graph=graph,
        datasets=facts.loc[[FUSED, *contexts]],
        provenance={**modalities.provenance, **provenance},
    )


def _turned(vectors: np.ndarray) -> np.ndarray:
    """Turn rows to their principal axes, each pointing where its largest number is positive."""
    _, _, axes = np.linalg.svd(vectors.T @ vectors)
    turned = vectors @ axes.T
    return turned * np.sign(turned[np.abs(turned).argmax(axis=0), np.arange(turned.shape[1])])


def _onto(own: np.ndarray, fused: np.ndarray, width: int) -> np.ndarray:
    """Turn the leading numbers of one modality onto those of the fused vectors of its genes."""
    kept = unit(own[:, :width].astype(np.float64))
    turn, _ = orthogonal_procrustes(kept, unit(fused[:, :width].astype(np.float64)))
    turned = np.zeros(fused.shape, dtype=np.float32)
    turned[:, :width] = kept @ turn
    return turned


def _places(vectors: np.ndarray, of_fused: np.ndarray) -> np.ndarray:
    """Mean place on the map of the genes that are nearest in a modality."""
    count = min(_NEAREST, len(vectors) - 1)
    if count < 1:
        return of_fused
    nearest, _ = nearest_by_cosine(vectors, count)
    return of_fused[nearest].mean(axis=1)


def _of_fused(
    modalities: EmbeddingSet, at: np.ndarray, vectors: np.ndarray, clusters: np.ndarray
) -> pd.DataFrame:
    """Rows of the fused context, in the order of its genes."""
    first = pd.Series(np.arange(len(at))).groupby(at).first().sort_index()
    table = modalities.table.iloc[first.to_numpy()].reset_index(drop=True)
    table[keys.DATASET] = FUSED
    table[keys.DEGREE] = np.bincount(at, minlength=len(vectors))
    table[keys.CLUSTER] = clusters
    return table


def _fused_facts(modalities: EmbeddingSet, n_genes: int) -> dict[str, Any]:
    """What is said of the fused context."""
    datasets = modalities.datasets
    return {
        "technique": "fusion of " + ", ".join(map(str, datasets.index)),
        "n_genes": n_genes,
        "n_edges": 0,
        "density": 0.0,
        "source": "the sources of all other contexts",
        "licence": "; ".join(sorted({*map(str, datasets["licence"])} - {""})),
        "publication": "",
    }


def _table(parts: Sequence[tuple[str, np.ndarray, np.ndarray]], names: HumanNames) -> pd.DataFrame:
    """One row a gene in one modality."""
    genes = np.concatenate([found for _, found, _ in parts]).astype(str)
    known = names.ids_of(sorted(set(genes)))
    return pd.DataFrame(
        {
            keys.GENE: genes,
            keys.GENE_ID: [known.get(gene, "") for gene in genes],
            keys.COMMON_GENE: genes,
            keys.ORTHOLOG: genes,
            keys.DATASET: np.repeat([key for key, *_ in parts], [len(g) for _, g, _ in parts]),
            keys.SPECIES_COLUMN: HUMAN,
            keys.TISSUE: keys.KNOWLEDGE,
            keys.MODALITY: keys.KNOWLEDGE,
            keys.DEGREE: 0,
            keys.MEAN: 0.0,
            keys.CLUSTER: "0",
        }
    )


def _contexts(
    parts: Sequence[tuple[str, np.ndarray, np.ndarray]], found: ModalityVectors
) -> pd.DataFrame:
    """Describe each modality as a context."""
    facts = found.coverage.set_index("modality")
    rows = [
        {
            "dataset": key,
            "species": HUMAN,
            "tissue": keys.KNOWLEDGE,
            "modality": keys.KNOWLEDGE,
            "technique": str(facts.loc[key, "title"]),
            "n_cells": 0,
            "n_genes": len(genes),
            "n_edges": int(facts.loc[key, "facts"]),
            "density": 0.0,
            "source": _joined(found.sources[key], "source"),
            "licence": _joined(found.sources[key], "licence"),
            "publication": _joined(found.sources[key], "citation"),
        }
        for key, genes, _ in parts
    ]
    return pd.DataFrame(rows).set_index("dataset")


def _joined(records: Sequence[Mapping[str, Any]], field: str) -> str:
    """Different values of a field of some records."""
    values = dict.fromkeys(str(record.get(field, "")) for record in records)
    return "; ".join(filter(None, values))[:500]
