"""What `benchmarks.place` leaves out, and how it sums up."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from benchmarks.atlas_cells import list_entries
from benchmarks.place import choose, summarise

SHARING = {"human_pbmc3k_402": "human_pbmc_10x_liger", "human_pbmc_10x_liger": "human_pbmc3k_402"}


def test_the_rule_chooses_one_of_each_species_and_technique():
    entries = list_entries()
    graphs = {
        e.name: SimpleNamespace(
            name=e.name,
            provenance={"shares_cells_with": {SHARING[e.name]: 65}} if e.name in SHARING else {},
        )
        for e in entries
    }
    assert [entry.name for entry in choose(entries, graphs)] == [
        "human_pbmc4k_10x",  # the first of blood, pbmc3k_402, shares cells with another
        "mouse_cortex_E17_dropseq",
        "human_breast_cancer_layers1to4",
        "mouse_cerebellum_slideseq",  # brain and liver have two sections: the first tissue by name
    ]


def test_behind_is_worse_whatever_the_metric():
    def row(dataset, method, value, rank):
        keys = ("unseen", "interactions", "reactome", "go", "no_ribosome")
        values = dict.fromkeys(keys, value) | {"same_tissue_rank": rank}
        return {"dataset": dataset, "seed": 0, "method": method, **values}

    rows = [
        row(dataset, method, value, rank)
        for dataset, rank in (("a", 20.0), ("b", math.nan))
        for method, value in (("joint", 0.80), ("placed", 0.79), ("mapped", 0.7), ("pca", 0.6))
    ]
    for entry in rows:
        entry["same_tissue_rank"] += 15 * (entry["method"] == "placed")
    found = summarise(rows)["behind_joint"]["placed"]
    assert found["unseen"]["mean"] == pytest.approx(0.01)
    assert found["go"]["is_met"] is False
    assert found["same_tissue_rank"]["mean"] == 15  # the dataset without a partner counts nothing
    assert found["same_tissue_rank"]["is_met"] is False
    assert found["no_ribosome"]["bar"] is None
    assert (found["go"]["datasets"], found["same_tissue_rank"]["datasets"]) == (2, 1)
