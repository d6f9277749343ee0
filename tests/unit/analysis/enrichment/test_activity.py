import numpy as np
import pandas as pd
import pytest
from scipy import stats

from musegnn.analysis.enrichment.activity import (
    activity,
    context_activity,
    context_expression,
    footprint_network,
    regulation_network,
    strongest,
)
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError


@pytest.fixture(scope="module")
def scores():
    rng = np.random.default_rng(0)
    values = pd.Series(rng.normal(size=200), index=[f"G{i}" for i in range(200)])
    values["G7"] = 0.0  # a gene that does not change is a gene all the same
    values[[f"G{i}" for i in range(20)]] += 2
    return values


@pytest.fixture(scope="module")
def network():
    rng = np.random.default_rng(1)
    edges = [("ACTIVE", f"G{i}", 1.0) for i in range(20)]
    edges += [
        ("MIXED", f"G{i}", float(w))
        for i, w in zip(range(10, 60), rng.normal(size=50), strict=True)
    ]
    edges += [("QUIET", f"G{i}", -1.0) for i in range(100, 130)]
    edges += [("FEW", f"G{i}", 1.0) for i in range(4)]
    edges += [("ELSEWHERE", f"X{i}", 1.0) for i in range(30)]
    return pd.DataFrame(edges, columns=["source", "target", "weight"])


def test_activity_is_the_t_of_a_plain_regression(scores, network):
    found = activity(scores, network).table.set_index("source")
    assert set(found.index) == {"ACTIVE", "MIXED", "QUIET"}
    for source, row in found.iterrows():
        own = network[network["source"] == source].set_index("target")["weight"]
        weights = own.reindex(scores.index).fillna(0)
        fit = stats.linregress(weights, scores)
        assert row["activity"] == pytest.approx(fit.slope / fit.stderr, rel=1e-4)
        assert row["p"] == pytest.approx(fit.pvalue, rel=1e-3)
        assert row["targets"] == len(own)
    assert found["q"].to_numpy() == pytest.approx(stats.false_discovery_control(found["p"]))
    assert found.index[0] == "ACTIVE"


def test_contexts_are_compared_over_the_genes_they_measured(scores, network):
    expression = pd.DataFrame({"a": scores, "b": -scores, "c": scores.iloc[:3]}).T
    expression.loc["b", [f"G{i}" for i in range(150, 200)]] = np.nan
    found = context_activity(expression, network)
    assert found.left_out == ("c",)
    alone = activity(-scores.iloc[:150], network).table.set_index("source")["activity"]
    assert found.matrix().loc["b"].to_dict() == pytest.approx(alone.to_dict())
    assert found.matrix().loc["a", "ACTIVE"] > 5
    assert found.n_tested == 6
    assert strongest(found, count=1) == ["ACTIVE"]


def test_expression_is_relative_to_the_other_contexts(atlas):
    search = GeneSearch(atlas)
    found = context_expression(Atlas(atlas, search))
    genes = atlas.genes.assign(ortholog_group=search.ortholog_groups)
    assert found.index.tolist() == sorted(atlas.datasets.index)
    for ortholog_group in ("INS", "CD3E", "TTR"):
        means = {
            dataset: np.log1p(rows["mean_expression"]).mean()
            for dataset, rows in genes[genes["ortholog_group"] == ortholog_group].groupby(
                "dataset", observed=True
            )
        }
        for dataset, value in means.items():
            others = [other for name, other in means.items() if name != dataset]
            assert found.loc[dataset, ortholog_group] == pytest.approx(value - np.mean(others))
    n_contexts = genes.groupby("ortholog_group")["dataset"].nunique()
    assert set(found.columns) == set(n_contexts[n_contexts >= 3].index)


def test_regulations_of_unknown_or_contradicting_sign_are_left_out():
    table = pd.DataFrame(
        [
            ("A", "X", 1, "A"),
            ("A", "X", 1, "B"),
            ("A", "Y", 1, "A"),
            ("A", "Y", -1, "C"),
            ("A", "Z", 0, "A"),
            ("B", "X", -1, "D"),
            ("B", "Y", -1, "C"),
            ("B", "Z", 1, ""),
        ],
        columns=["regulator", "target", "sign", "confidence"],
    )
    assert regulation_network(table).to_numpy().tolist() == [
        ["A", "X", 1.0],
        ["B", "Y", -1.0],
        ["B", "Z", 1.0],
    ]


def test_footprints_are_taken_once_a_pair():
    table = pd.DataFrame(
        [("p", "X", 1.0), ("p", "X", 3.0), ("o", "Y", -1.0)],
        columns=["pathway", "target", "weight"],
    )
    assert footprint_network(table).to_numpy().tolist() == [["o", "Y", -1.0], ["p", "X", 2.0]]


def test_too_few_targets_are_explained(scores, network):
    with pytest.raises(InputError, match="5 targets among the 200 genes"):
        activity(scores, network[network["source"] == "ELSEWHERE"])
    with pytest.raises(InputError, match="found fewer than 5"):
        context_activity(scores.head(3).to_frame("a").T, network)
