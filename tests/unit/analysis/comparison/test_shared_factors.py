"""Exclusive counts of shared factors against a loop over sets."""

from itertools import combinations

import numpy as np
import pytest

from musegnn.analysis.comparison.shared_factors import shared_factors
from musegnn.errors import InputError
from tests.toy_contexts import Context, make_set

FACTORS = {
    "human": frozenset({"PAX6", "ISL1", "MAFA", "MAFB", "TCF7", "LEF1", "PAX5", "EBF1", "SPI1"}),
    "mouse": frozenset({"Pax6", "Isl1", "Mafa", "Mafb", "Tcf7", "Lef1", "Pax5", "Ebf1", "Spi1"}),
}
CHOSEN = ("pancreas_human", "blood_human", "spleen_mouse", "heart_mouse")


def held_by_loop(embedding, context, which):
    genes = embedding.genes[embedding.genes["dataset"] == context]
    if which == "hubs":
        genes = genes[genes["degree"] >= np.quantile(genes["degree"], 0.75)]
    species = genes["species"].iloc[0]
    return set(genes.loc[genes["gene"].isin(FACTORS[species]), "common_gene"])


@pytest.mark.parametrize("which", ["all genes", "hubs"])
@pytest.mark.parametrize("n_contexts", [2, 3, 4])
def test_exclusive_counts_equal_a_loop_over_sets(atlas, which, n_contexts):
    chosen = CHOSEN[:n_contexts]
    found = shared_factors(atlas, chosen, FACTORS, which=which)
    held = {context: held_by_loop(atlas, context, which) for context in chosen}
    assert found.n_factors == tuple(len(held[context]) for context in chosen)
    expected = {}
    for size in range(1, n_contexts + 1):
        for inside in combinations(chosen, size):
            names = set.intersection(*(held[c] for c in inside))
            names -= set().union(*(held[c] for c in chosen if c not in inside))
            if names:
                expected[inside] = tuple(sorted(names))
    table = found.table
    assert dict(zip(table["contexts"], table["factors"], strict=True)) == expected
    assert table["n"].tolist() == [len(names) for names in table["factors"]]
    assert table["n"].is_monotonic_decreasing
    assert table["n"].sum() == len(set().union(*held.values()))


def test_species_without_a_list_goes_by_its_human_orthologs():
    embedding = make_set(
        Context("h", ["A", "B", "C"], np.eye(3)),
        Context(
            "m",
            ["A", "mouse:B1", "mouse:D"],
            np.eye(3),
            species="mouse",
            symbols=["a", "B1", "d"],
            orthologs=["A", "B", ""],
        ),
    )
    found = shared_factors(embedding, ["h", "m"], {"human": frozenset({"A", "B"})})
    members = dict(zip(found.table["contexts"], found.table["factors"], strict=True))
    assert members == {("h", "m"): ("A",), ("h",): ("B",), ("m",): ("mouse:B1",)}


def test_no_factor_gives_an_empty_table(atlas):
    found = shared_factors(atlas, CHOSEN, {"human": frozenset(), "mouse": frozenset()})
    assert found.table.empty
    assert found.n_factors == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("contexts", "which", "message"),
    [
        (["blood_human"], "all genes", "2 to 6 different contexts, found 1"),
        (["blood_human", "blood_human"], "all genes", "2 to 6 different contexts"),
        (["blood_human", "nowhere"], "all genes", "Expected `context` to be one of"),
        (CHOSEN, "hub", "Did you mean 'hubs'"),
    ],
)
def test_what_cannot_be_used_is_refused(atlas, contexts, which, message):
    with pytest.raises(InputError, match=message):
        shared_factors(atlas, contexts, FACTORS, which=which)
