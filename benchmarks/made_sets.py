"""Made embedding sets of any size: seeded, with contexts, species, tissues and modalities.

Names are made up, but as many and as often as in real sets: a context has up to 40,000 genes, and
most genes are in many contexts. Vectors and places follow planted modules, so that neighbours and
maps have structure.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet

SPECIES: Final = ("human", "mouse", "lemur")
TISSUES: Final = (
    *("blood", "brain", "breast", "heart", "intestine", "kidney", "liver", "lung", "pancreas"),
    *("skin", "spleen", "thymus"),
)
MODALITIES: Final = ("scrna", "snrna", "spatial")
GENES: Final = 40_000  # of one context at most
MODULES: Final = 24


def make_set(
    n_rows: int,
    *,
    dimensions: int = 32,
    neighbours: int = 8,
    seed: int = 0,
    is_distinct: bool = False,
) -> EmbeddingSet:
    """Make an embedding set.

    Parameters
    ----------
    n_rows
        Genes in context.
    dimensions
        Numbers of each vector.
    neighbours
        Entries of each row in the graph of neighbours.
    seed
        Same seed, same set.
    is_distinct
        No name is that of two rows, as of genes that nobody has joined.
    """
    rng = np.random.default_rng(seed)
    n_contexts = max(2, -(-n_rows // GENES))
    context = np.sort(np.arange(n_rows) % n_contexts)
    gene = np.arange(n_rows) - np.searchsorted(context, np.arange(n_contexts))[context]
    module = (gene * 7) % MODULES
    centres = rng.normal(size=(MODULES, dimensions)).astype(np.float32) * 2
    vectors = rng.normal(size=(n_rows, dimensions)).astype(np.float32)
    vectors += centres[module]
    angle = 2 * np.pi * module / MODULES
    places = 8 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    places += 0.8 * np.stack([np.cos(context), np.sin(context)], axis=1)
    places += rng.normal(size=(n_rows, 2)) * 0.6
    names = [f"{name}_{number}" for number, name in enumerate(_contexts(n_contexts))]
    return EmbeddingSet(
        vectors=vectors,
        table=_table((gene, context, module), names, rng, is_distinct=is_distinct),
        layout=places.astype(np.float32),
        neighbour_graph=_ring(n_rows, neighbours, rng),
        datasets=_datasets(names, np.bincount(context, minlength=n_contexts)),
        provenance={
            "name": f"made-{n_rows}",
            "config_hash": f"made{seed:04d}",
            "seed": seed,
            "model": "planted modules, not a trained model",
        },
    )


def _contexts(n_contexts: int) -> list[str]:
    """Species and tissue of each context."""
    return [
        f"{SPECIES[number % len(SPECIES)]}_{TISSUES[number % len(TISSUES)]}"
        for number in range(n_contexts)
    ]


def _table(
    numbers: tuple[np.ndarray, np.ndarray, np.ndarray],
    names: list[str],
    rng: np.random.Generator,
    *,
    is_distinct: bool,
) -> pd.DataFrame:
    """Make the row of each gene in context; names are held once, with a number for each row."""
    gene, context, module = numbers
    species = context % len(SPECIES)
    code = gene + GENES * species

    def numbered(values: list[str]) -> pd.Categorical:
        return pd.Categorical.from_codes(code, values)

    human = [f"GENE{number}" for number in range(GENES)]
    common = [
        name if number % 5 else (name if kind == "human" else f"{kind}:{kind.title()}{number}")
        for kind in SPECIES
        for number, name in enumerate(human)
    ]
    ortholog = [
        name if number % 5 or kind == "human" else ""
        for kind in SPECIES
        for number, name in enumerate(human)
    ]
    symbols = [
        name if kind == "human" else f"{kind.title()}{number}"
        for kind in SPECIES
        for number, name in enumerate(human)
    ]
    ids = [
        f"ENS{kind[:3].upper() if kind != 'human' else ''}G{number:011d}"
        for kind in SPECIES
        for number in range(GENES)
    ]
    n_rows = len(gene)
    by_name = {name: number for number, name in enumerate(dict.fromkeys(common))}
    common_codes = np.array([by_name[name] for name in common])[code]
    kinds = {name: number for number, name in enumerate(dict.fromkeys(ortholog))}
    ortholog_codes = np.array([kinds[name] for name in ortholog])[code]
    tissue = [TISSUES[number % len(TISSUES)] for number in range(len(names))]
    modality = [MODALITIES[number % 5 % len(MODALITIES)] for number in range(len(names))]
    columns = {
        keys.GENE: numbered(symbols),
        keys.GENE_ID: numbered(ids),
        keys.COMMON_GENE: pd.Categorical.from_codes(common_codes, list(by_name)),
        keys.ORTHOLOG: pd.Categorical.from_codes(ortholog_codes, list(kinds)),
        keys.DATASET: pd.Categorical.from_codes(context, names),
        keys.SPECIES_COLUMN: pd.Categorical.from_codes(species, list(SPECIES)),
        keys.TISSUE: pd.Categorical(np.array(tissue)[context], categories=list(TISSUES)),
        keys.MODALITY: pd.Categorical(np.array(modality)[context], categories=list(MODALITIES)),
        keys.DEGREE: rng.integers(1, 300, n_rows).astype(np.int32),
        keys.MEAN: rng.lognormal(0, 1.2, n_rows).astype(np.float32),
        keys.CLUSTER: pd.Categorical.from_codes(module, [str(n) for n in range(MODULES)]),
    }
    table = pd.DataFrame(columns)
    if is_distinct:
        own = pd.Series(np.arange(n_rows)).astype("string[pyarrow]")
        starts = {keys.GENE: "Gene", keys.GENE_ID: "ENSG0", keys.COMMON_GENE: "GENE"}
        for column, start in {**starts, keys.ORTHOLOG: "GENE"}.items():
            table[column] = (start + own).to_numpy(dtype=object)
    return table


def _ring(n_rows: int, neighbours: int, rng: np.random.Generator) -> sparse.csr_matrix:
    """Join each row with the ones that follow it."""
    steps = np.arange(1, neighbours + 1)
    columns = np.sort((np.arange(n_rows)[:, None] + steps) % n_rows, axis=1).astype(np.int32)
    weights = rng.uniform(0.05, 1, columns.size).astype(np.float32)
    starts = np.arange(0, columns.size + 1, neighbours, dtype=np.int32)
    return sparse.csr_matrix((weights, columns.ravel(), starts), shape=(n_rows, n_rows))


def _datasets(names: list[str], sizes: np.ndarray) -> pd.DataFrame:
    """Make the table of contexts."""
    parts = [name.split("_") for name in names]
    return pd.DataFrame(
        {
            "species": [part[0] for part in parts],
            "tissue": [part[1] for part in parts],
            "modality": [MODALITIES[n % 5 % len(MODALITIES)] for n in range(len(names))],
            "technique": "made up",
            "n_cells": 1000,
            "n_genes": sizes,
            "n_edges": 0,
            "density": 0.0,
            "source": "made up",
            "licence": "CC0",
            "publication": "",
        },
        index=pd.Index(names, name="dataset"),
    )
