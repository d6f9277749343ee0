"""An atlas whose every name is something that a page must show and not obey."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet, write_embedding_set
from tests.ui_fixtures import make_embedding

# what each would do: load a picture, run a script, lead away, colour, draw a formula, turn around
PAYLOADS = (
    "![p](http://evil.example/p.png)",
    "[a](javascript:alert(1))",
    "<img src=http://evil.example/i.png>",
    ":red[x] :material/home: :smile:",
    "$x^2$ **b** `c`",
    "www.evil.example a@evil.example \u202egnp",
    "http://evil.example/&amp;",
)
N_CONTEXTS = 3


def hostile_names(kind: str, n: int) -> list[str]:
    """Return `n` different names, each with a payload in it."""
    return [f"{PAYLOADS[i % len(PAYLOADS)]} {kind}{i}" for i in range(n)]


def make_hostile_atlas() -> EmbeddingSet:
    """Return a small atlas with a payload in every text of its tables and of its provenance."""
    plain = make_embedding()
    kept = list(plain.datasets.index[:N_CONTEXTS])
    rows = [row for name in kept for row in plain.rows_of_dataset(name)]
    genes = plain.genes.iloc[rows].reset_index(drop=True)
    texts = (
        keys.GENE,
        keys.GENE_ID,
        keys.COMMON_GENE,
        keys.ORTHOLOG,
        keys.TISSUE,
        keys.CLUSTER,
    )
    for column in texts:
        values = sorted(set(genes[column]))
        genes[column] = genes[column].map(
            dict(zip(values, hostile_names(column, len(values)), strict=True))
        )
    datasets = plain.datasets.loc[kept].copy()  # their names are those of files, and checked
    for column in datasets.columns:
        if datasets[column].dtype == object:
            datasets[column] = hostile_names(column, len(datasets))
    datasets["species"] = plain.datasets.loc[kept, "species"].to_numpy()
    return dataclasses.replace(
        plain,
        vectors=plain.vectors[rows],
        table=genes,
        layout=plain.layout[rows],
        neighbour_graph=plain.neighbour_graph[rows][:, rows],
        datasets=datasets,
        provenance={
            name: f"{payload} {name}"
            for name, payload in zip(
                ("name", "config_hash", "model", "seed"), PAYLOADS, strict=False
            )
        },
    )


def write_hostile_atlas(folder: Path) -> EmbeddingSet:
    """Write that atlas as a result folder and return it."""
    atlas = make_hostile_atlas()
    write_embedding_set(atlas, folder / keys.EMBEDDING_FILE)
    return atlas
