"""A set of genes on every map: closeness against a loop, chance, paralogs, what is missing."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from musegnn.analysis.labels.set_on_maps import (
    CONTEXT_COLUMNS,
    FEWEST,
    maps_of,
    place_on_maps,
)
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError
from tests.ui_fixtures import MODULES

ISLET = MODULES["islet"].split()


@pytest.fixture(scope="module")
def whole(atlas):
    return Atlas(atlas, GeneSearch(atlas))


def wanted(genes, weight=0.5):
    return pd.DataFrame({"gene": genes, "weight": weight, "kind": "known"})


def test_similarity_and_company_equal_a_loop(whole):
    found = place_on_maps(wanted(ISLET[:6]), atlas=whole, draws=99)
    assert tuple(found.contexts) == CONTEXT_COLUMNS
    row = found.contexts.set_index("context").loc["blood_human"]
    genes = whole.embedding.genes
    here = genes[genes["dataset"] == "blood_human"]
    own = here[here["gene"].isin(ISLET[:6])]
    unit = whole.embedding.unit_vectors
    pairs = [float(unit[a] @ unit[b]) for a, b in combinations(own.index, 2)]
    assert row["similarity"] == pytest.approx(np.mean(pairs), abs=1e-5)
    assert row["measured"] == len(own)
    assert row["members"].split("|") == own["gene"].tolist()
    middle = unit[own.index].mean(axis=0)
    others = here.drop(own.index)
    nearest = others["gene"].iloc[np.argsort(-(unit[others.index] @ middle))[:5]]
    assert row["company"].split("|") == nearest.tolist()
    spot = found.places[found.places["context"] == "blood_human"].iloc[0]
    assert (spot["x"], spot["y"]) == pytest.approx(tuple(whole.embedding.layout[spot["row"]]))
    rest = [float(unit[spot["row"]] @ unit[b]) for b in own.index if b != spot["row"]]
    assert spot["similarity"] == pytest.approx(np.mean(rest), abs=1e-5)


def test_a_planted_neighbourhood_is_found_and_a_mixed_set_is_not(whole):
    together = place_on_maps(wanted(ISLET[:8]), atlas=whole, draws=199).contexts
    assert (together["p"] <= 0.02).all()
    assert (together["z"] > 2).all()
    mixed = [text.split()[1] for text in MODULES.values()]
    apart = place_on_maps(wanted(mixed), atlas=whole, draws=199).contexts
    assert (apart["p"] > 0.05).all()


def test_random_sets_are_called_as_often_as_they_should(whole):
    rng = np.random.default_rng(0)
    genes = sorted(set(map(str, whole.search.ortholog_groups)))
    maps = maps_of(whole)
    p, rival = [], []
    for number in range(150):
        chosen = [str(gene) for gene in rng.choice(genes, 12, replace=False)]
        found = place_on_maps(
            wanted(chosen), atlas=whole, maps=maps, rivals=genes[::2], draws=99, seed=number
        )
        p += found.contexts["gene_p"].dropna().tolist()
        # sets drawn from the rivals alone are as random among them
        own = [str(gene) for gene in rng.choice(genes[::2], 12, replace=False)]
        found = place_on_maps(
            wanted(own), atlas=whole, maps=maps, rivals=genes[::2], draws=99, seed=number
        )
        rival += found.contexts["p"].dropna().tolist()
    assert len(p) > 850
    assert 0.035 <= np.mean(np.array(p) < 0.05 + 1e-9) <= 0.065
    assert 0.03 <= np.mean(np.array(rival) < 0.05 + 1e-9) <= 0.07


def test_paralogs_of_one_group_count_once(whole):
    (mouse,) = [one for one in maps_of(whole) if one.context == "pancreas_mouse"]
    symbols = whole.embedding.genes["gene"].astype(str).to_numpy()[mouse.rows]
    assert {"Ins1", "Ins2"} <= set(whole.embedding.genes["gene"])
    assert len({"Ins1", "Ins2"} & set(symbols)) == 1
    assert len(set(mouse.groups)) == len(mouse.groups)
    found = place_on_maps(wanted(["INS"]), atlas=whole, draws=9)
    row = found.contexts.set_index("context").loc["pancreas_mouse"]
    assert row["measured"] == 1
    assert row["members"] in {"Ins1", "Ins2"}


def test_few_and_missing_genes_are_said(whole):
    found = place_on_maps(wanted(["ALB", "INS", "NOSUCH"]), atlas=whole, draws=9)
    assert found.left_out == ("NOSUCH",)
    table = found.contexts.set_index("context")
    assert table["p"].isna().all()
    assert set(table["remark"]) == {f"fewer than {FEWEST} of the genes are measured"}
    assert found.genes.set_index("gene").loc["ALB", "contexts"] == 3  # no mouse has it
    assert found.genes.set_index("gene").loc["ALB", "tissues"] == "blood|liver|pancreas"
    alone = place_on_maps(wanted(["ALB"]), atlas=whole, draws=9)
    assert set(alone.contexts["remark"]) >= {"none of the genes is measured"}
    assert alone.places["similarity"].isna().all()


def test_without_rivals_both_tests_are_one_and_few_rivals_are_said(whole):
    plain = place_on_maps(wanted(ISLET[:5]), atlas=whole, draws=49).contexts
    assert plain["p"].equals(plain["gene_p"])
    few = place_on_maps(wanted(ISLET[:5]), atlas=whole, rivals=ISLET[5:7], draws=49).contexts
    assert few["p"].isna().all()
    assert set(few["remark"]) == {"too few other candidates are measured"}
    assert few.set_index("context")["gene_p"].equals(
        plain.set_index("context")["gene_p"][few["context"]]
    )


def test_the_same_seed_gives_the_same(whole):
    first, again, other = (
        place_on_maps(wanted(ISLET[:5]), atlas=whole, draws=49, seed=seed).contexts
        for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(first, again)
    assert not first["expected"].equals(other["expected"])


@pytest.mark.parametrize(
    ("genes", "message"),
    [([], "found 0"), (["INS", "INS"], "1 of them different"), (["NOSUCH"], "found none")],
)
def test_what_cannot_be_placed_is_refused(whole, genes, message):
    with pytest.raises(InputError, match=message):
        place_on_maps(wanted(genes), atlas=whole)
