"""Scores of modules, against loops and scikit-learn, and on modules that were planted."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control
from sklearn.metrics import roc_auc_score

from musegnn.analysis.modules.gene_modules import MODULES, GeneModule
from musegnn.analysis.modules.module_scores import (
    MODULE_COLUMNS,
    NEAREST,
    ContextVectors,
    draw_like,
    left_out_ranks,
    member_rows,
    near_shares,
    score_members,
    score_modules,
    summarise_modules,
    with_q,
)
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.known_names import open_search
from musegnn.errors import InputError
from tests import ui_fixtures


@pytest.fixture(scope="module")
def opened(atlas):
    return Atlas(atlas, open_search(atlas, None))


def planted(name, **more):
    return GeneModule(name, tuple(ui_fixtures.MODULES[name].split()), "made here (2020)", **more)


@pytest.fixture(scope="module")
def vectors():
    rng = np.random.default_rng(3)
    return rng.normal(size=(61, 5)) + 0.2  # no number of genes that fills bytes


def test_members_are_asked_one_by_one_as_scikit_learn_would(vectors):
    sets = np.random.default_rng(0).permuted(np.tile(np.arange(61), (7, 1)), axis=1)[:, :6]
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    found = left_out_ranks(ContextVectors.of(vectors), sets)
    for one, shares in zip(sets, found, strict=True):
        others = np.setdiff1d(np.arange(61), one)
        for gene, share in zip(one, shares, strict=True):
            mean = unit[[g for g in one if g != gene]].mean(axis=0)
            score = unit @ mean / np.linalg.norm(mean)
            asked = np.append(others, gene)
            assert share == pytest.approx(roc_auc_score(asked == gene, score[asked]), abs=1e-6)


def test_near_members_are_counted_as_a_loop_does(vectors):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    members = np.array([4, 8, 15, 16, 23, 42])
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -9)
    expected = [
        len(set(np.argsort(-cosine[gene])[:NEAREST]) & set(members)) / NEAREST for gene in members
    ]
    assert near_shares(ContextVectors.of(vectors), members[None])[0].tolist() == expected


def test_points_in_one_place_are_at_chance():
    context = ContextVectors.of(np.ones((40, 3)))
    assert np.all(left_out_ranks(context, np.arange(6)[None]) == 0.5)
    assert not len(ContextVectors.of(np.ones((1, 3))).nearest[0])


def test_drawn_sets_take_as_many_genes_of_each_group():
    groups = np.repeat([0, 1, 2], 30)
    members = np.array([0, 1, 35, 61, 62, 63])
    drawn = draw_like(groups, members, draws=200, generator=np.random.default_rng(0))
    assert drawn.shape == (200, 6)
    assert np.sort(groups[drawn], axis=1).tolist() == [[0, 0, 1, 2, 2, 2]] * 200
    assert all(len(set(one)) == 6 for one in drawn.tolist())
    assert len(np.unique(drawn)) > 80


def test_planted_modules_are_found_in_every_context_and_mixed_ones_are_not(opened):
    mixed = GeneModule(
        "mixed",
        tuple(ui_fixtures.MODULES[name].split()[3] for name in ui_fixtures.MODULES),
        "made here (2020)",
    )
    table = score_modules(
        [planted("islet", right=("pancreas",)), planted("t_cell"), mixed], atlas=opened, draws=199
    )
    assert list(table.columns) == list(MODULE_COLUMNS)
    assert len(table) == 3 * 6
    own = table[table["module"] != "mixed"]
    assert own["auroc"].min() > 0.95
    assert own["near"].min() > 0.5
    assert own["q"].max() < 0.02
    assert own.loc[own["module"] == "islet", "expected"].tolist() == [
        tissue == "pancreas" for tissue in own.loc[own["module"] == "islet", "tissue"]
    ]
    other = table[table["module"] == "mixed"]
    assert other["auroc"].max() < 0.8
    assert other["near"].max() < 0.2
    assert other["near_chance"].mean() == pytest.approx(9 / 160, abs=0.02)


def test_p_of_random_sets_is_even(opened):
    rng = np.random.default_rng(5)
    genes = sorted(set(opened.search.ortholog_groups.astype(str)))
    noise = {
        name: rng.normal(size=(len(opened.embedding.rows_of_dataset(name)), 8))
        for name in map(str, opened.embedding.datasets.index)
    }
    sets = [
        GeneModule(f"set {i}", tuple(rng.choice(genes, 9, replace=False)), "drawn (2020)")
        for i in range(60)
    ]
    table = score_modules(sets, atlas=opened, vectors=noise.__getitem__, draws=99)
    told = table["p"].dropna()
    assert len(told) > 300
    assert told.min() >= 0.01
    for p in (told, table["near_p"].dropna()):
        assert (p <= 0.05).mean() < 0.08
    assert (told <= 0.5).mean() == pytest.approx(0.5, abs=0.08)
    assert not (table["q"] < 0.05).any()


def test_too_few_members_are_not_scored_and_take_no_part_in_q(opened):
    few = GeneModule("few", ("INS", "GCG", "CD3E", "nothing"), "made here (2020)")
    table = score_modules([few, planted("liver")], atlas=opened, draws=19)
    untold = table["module"] == "few"
    assert table.loc[untold, ["auroc", "near", "p", "q", "near_q"]].isna().all(axis=None)
    mouse = table.loc[untold & (table["context"] == "pancreas_mouse"), "members"]
    assert mouse.item() >= 3  # Ins1 and Ins2 are both INS
    told = table[~untold]
    assert told["q"].tolist() == pytest.approx(false_discovery_control(told["p"]).tolist())


def test_a_name_that_was_once_that_of_another_gene_is_no_member(atlas):
    # MAFA is an old name of KLRG1: where there is no MAFA, it must not stand for it
    genes = atlas.genes.copy()
    row = int(np.flatnonzero(genes["gene"] == "CD3E")[0])
    is_it = genes["common_gene"] == "MAFA"
    rows = np.flatnonzero(~is_it)
    for column in ("gene", "common_gene", "ortholog"):
        genes.loc[row, column] = "KLRG1"
    changed = dataclasses.replace(atlas, table=genes).part(rows)
    search = open_search(changed, None)
    assert search.find("MAFA").gene == "KLRG1"
    alone = GeneModule("alone", ("MAFA",), "made here (2020)")
    assert not len(member_rows(alone, atlas=Atlas(changed, search)))


def test_the_same_seed_gives_the_same_numbers_and_another_one_others(opened):
    asked = [planted("stroma"), planted("islet")]
    tables = [score_modules(asked, atlas=opened, draws=29, seed=seed) for seed in (1, 1, 2)]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert not tables[0]["near_chance"].equals(tables[2]["near_chance"])
    assert tables[0]["auroc"].equals(tables[2]["auroc"])


def test_members_of_one_context_come_best_first_with_their_company(opened):
    table = score_members(planted("islet"), "pancreas_mouse", atlas=opened)
    assert {"Ins1", "Ins2", "Gcg"} <= set(table["gene"])
    assert table["auroc"].is_monotonic_decreasing
    assert table["rank"].min() == 1
    genes = opened.embedding.genes.iloc[table["row"].to_numpy()]
    assert genes["gene"].tolist() == table["gene"].tolist()
    assert set(genes["dataset"].astype(str)) == {"pancreas_mouse"}
    first = table.iloc[0]
    assert len(first["nearest"].split()) == 5
    inside = sum(name.startswith("[") for name in first["nearest"].split())
    assert inside >= 4
    whole = score_modules([planted("islet")], atlas=opened, draws=0).set_index("context")
    assert table["auroc"].mean() == pytest.approx(whole.loc["pancreas_mouse", "auroc"])
    assert table["near"].mean() == pytest.approx(whole.loc["pancreas_mouse", "near"])


def test_a_single_member_has_no_rank(opened):
    alone = GeneModule("alone", ("CD3E",), "made here (2020)")
    table = score_members(alone, "blood_human", atlas=opened)
    assert table["gene"].tolist() == ["CD3E"]
    assert table[["auroc", "rank", "near"]].isna().all(axis=None)


def test_right_and_elsewhere_are_averaged_apart(opened):
    table = score_modules([planted("islet", right=("pancreas",))], atlas=opened, draws=19)
    found = summarise_modules(table).set_index("where")
    assert found["contexts"].to_dict() == {"right": 2, "elsewhere": 4}
    for where, expected in (("right", True), ("elsewhere", False)):
        own = table[table["expected"] == expected]
        assert found.loc[where, "auroc"] == pytest.approx(own["auroc"].mean())
        assert found.loc[where, "n"] == own["members"].sum()
        assert found.loc[where, "called"] == (own["q"] < 0.05).sum()


def test_modules_of_one_name_are_refused(opened):
    with pytest.raises(InputError, match="Expected modules of different names, found 2, 1 of"):
        score_modules([MODULES[0], MODULES[0]], atlas=opened)
    with pytest.raises(InputError, match="Expected modules of different names, found 0"):
        score_modules([], atlas=opened)
    with pytest.raises(InputError, match="draws"):
        score_modules([MODULES[0]], atlas=opened, draws=-1)


def test_q_leaves_rows_without_p_alone():
    table = pd.DataFrame({"p": [0.01, np.nan, 0.04], "near_p": [np.nan] * 3})
    found = with_q(table)
    assert found["q"].tolist() == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
    assert found["near_q"].isna().all()
