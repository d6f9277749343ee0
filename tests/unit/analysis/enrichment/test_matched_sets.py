import numpy as np
import pandas as pd
import pytest
from scipy.special import comb
from scipy.stats import false_discovery_control, hypergeom

from musegnn.analysis.enrichment.matched_sets import (
    by_matched_sets,
    gene_traits,
    matched_groups,
    matched_test,
)
from musegnn.analysis.enrichment.over_representation import over_representation, upper_tail
from musegnn.analysis.enrichment.term_index import build_term_index
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneSearch


@pytest.fixture(scope="module")
def traits():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {"degree": rng.poisson(30, 1000), "expression": rng.lognormal(size=1000)},
        index=[f"G{number:04d}" for number in range(1000)],
    )


def draw(groups, members, rng):
    """Draw one set that takes as many genes from each group as the members do."""
    drawn = [
        rng.choice(np.flatnonzero(groups == group), n, replace=False)
        for group, n in zip(*np.unique(groups[members], return_counts=True), strict=True)
    ]
    return np.concatenate(drawn)


def test_groups_are_of_equal_size_and_ordered_by_expression(traits):
    groups = matched_groups(traits)
    sizes = np.bincount(groups)
    assert len(sizes) == 30
    assert sizes.max() - sizes.min() <= 1
    expression = traits["expression"].groupby(groups // 2).agg(["min", "max"])
    assert (expression["min"].to_numpy()[1:] >= expression["max"].to_numpy()[:-1]).all()
    inside = traits["degree"].groupby(groups).agg(["min", "max"])
    assert inside.loc[1, "min"] >= inside.loc[0, "max"]


@pytest.mark.parametrize(("n_genes", "n_groups"), [(0, 0), (1, 1), (39, 1), (45, 2), (130, 6)])
def test_few_genes_make_few_groups(traits, n_genes, n_groups):
    groups = matched_groups(traits.head(n_genes))
    assert len(set(groups.tolist())) == n_groups
    assert n_genes < 20 or np.bincount(groups).min() >= 19


def test_p_is_the_share_of_random_matched_sets(traits):
    rng = np.random.default_rng(1)
    terms = {f"t{i}": traits.index[rng.choice(1000, 60, replace=False)].tolist() for i in range(4)}
    members = rng.choice(1000, 90, replace=False)
    index = build_term_index(terms)
    found = matched_test(list(terms), traits.index[members], index=index, traits=traits)
    groups = matched_groups(traits)
    sets = np.array([draw(groups, members, rng) for _ in range(4000)])
    for row, names in zip(found.itertuples(), terms.values(), strict=True):
        is_term = traits.index.isin(names)
        hits = is_term[sets].sum(axis=1)
        share = (hits >= is_term[members].sum()).mean()
        assert row.matched_p == pytest.approx(share, abs=0.03)
        assert row.matched_hits == pytest.approx(hits.mean(), rel=0.03)


def test_alike_genes_give_the_plain_test():
    traits = pd.DataFrame({"degree": [1.0] * 3, "expression": [1.0] * 3}, index=["A", "B", "C"])
    index = build_term_index({"t": ["A"]})
    found = matched_test(["t"], ["A"], index=index, traits=traits)
    assert found["matched_p"][0] == pytest.approx(1 / 3)  # so few are one group
    many = pd.DataFrame({"degree": 1.0, "expression": 1.0}, index=[f"G{i}" for i in range(400)])
    members, term = many.index[::7], many.index[::5]
    p = matched_test(["t"], members, index=build_term_index({"t": term}), traits=many)["matched_p"][
        0
    ]
    plain = hypergeom.sf(len(set(members) & set(term)) - 1, 400, len(term), len(members))
    assert p == pytest.approx(plain, abs=0.1)


def test_false_alarms_stay_at_five_percent_where_the_plain_test_raises_many(traits):
    # a term of highly connected genes, and sets that are drawn among those, without any reason
    by_degree = traits["degree"].sort_values(kind="stable").index
    rng = np.random.default_rng(2)
    term = sorted(rng.choice(by_degree[400:], 300, replace=False))
    index = build_term_index({"hubs": term})
    groups = matched_groups(traits)
    members = np.flatnonzero(traits.index.isin(rng.choice(by_degree[500:], 200, replace=False)))
    is_term = traits.index.isin(term)
    sets = [draw(groups, members, rng) for _ in range(1000)]
    hits = np.array([is_term[chosen].sum() for chosen in sets])
    p_of = {}
    for chosen, n in zip(sets, hits, strict=True):
        if n not in p_of:
            found = matched_test(["hubs"], traits.index[chosen], index=index, traits=traits)
            p_of[n] = found["matched_p"][0]
    p = np.array([p_of[n] for n in hits])
    assert 0.02 <= (p <= 0.05).mean() <= 0.06
    plain = upper_tail(hits, np.full(1000, 300), 200, 1000)
    assert (plain <= 0.05).mean() > 0.5


def test_term_without_known_genes_is_hit_by_none(traits):
    index = build_term_index({"few": traits.index[:5], "elsewhere": ["X", "Y"]})
    found = matched_test(["few", "elsewhere"], traits.index[:5], index=index, traits=traits)
    assert found["matched_p"][0] < 0.001
    assert found["matched_p"][1] == pytest.approx(1)
    assert found["matched_hits"][1] == 0


def test_small_p_keeps_its_digits(traits):
    members = traits.index[::4]
    found = matched_test(["t"], members, index=build_term_index({"t": members}), traits=traits)
    groups = matched_groups(traits)
    chance = [
        1 / comb(int(size), int(taken), exact=True)
        for size, taken in zip(np.bincount(groups), np.bincount(groups[::4]), strict=True)
    ]
    assert np.log(found["matched_p"][0]) == pytest.approx(np.log(chance).sum(), rel=1e-9)


def test_order_and_q_go_by_the_matched_test(traits):
    # a term of abundant genes and a set that is drawn among those, beside a term that is the set
    by_expression = traits["expression"].sort_values(kind="stable").index
    rng = np.random.default_rng(3)
    pool = by_expression[-133:]  # the two upper parts of fifteen
    members = rng.choice(pool, 40, replace=False)
    terms = {"abundant": pool, "same": members[:12], "none": by_expression[:10]}
    index = build_term_index(terms)
    plain = over_representation(members, background=traits.index, index=index)
    found = by_matched_sets(plain, members, index=index, traits=traits)
    assert plain.table["term"].tolist() == ["abundant", "same"]
    assert found.table["term"].tolist() == ["same", "abundant"]
    table = found.table.set_index("term")
    assert table.loc["abundant", "plain_q"] < 1e-10
    assert table.loc["abundant", "q"] > 0.05
    assert found.n_enriched == 1
    family = [*table["p"], 1.0]  # the term without a gene of the set counts
    assert table["q"].tolist() == pytest.approx(false_discovery_control(family)[:2].tolist())


def test_traits_are_means_over_the_contexts(atlas):
    search = GeneSearch(atlas)
    found = gene_traits(["INS", "CD3E", "nowhere"], ["pancreas_mouse"], atlas=Atlas(atlas, search))
    genes = atlas.genes[atlas.genes["dataset"] == "pancreas_mouse"]
    both = genes[genes["gene"].isin(["Ins1", "Ins2"])]
    assert found.index.tolist() == ["CD3E", "INS"]
    assert found.loc["INS", "degree"] == pytest.approx(both["degree"].mean())
    assert found.loc["INS", "expression"] == pytest.approx(both["mean_expression"].mean())
