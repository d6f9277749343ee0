"""Names of clusters against scipy, loops and shuffled atlases."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control, fisher_exact, hypergeom

from musegnn import keys
from musegnn.analysis.enrichment.cluster_names import (
    FEWEST_POINTS,
    name_clusters,
    short_name,
)
from musegnn.analysis.enrichment.gene_set_library import load_library
from musegnn.analysis.enrichment.matched_sets import matched_groups
from musegnn.analysis.enrichment.term_index import build_term_index
from musegnn.embeddings.atlas import Atlas, read_atlas
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.knowledge.store import open_store
from musegnn.settings import REPOSITORY
from tests.ui_fixtures import MODULES, make_embedding, make_large_embedding

LIBRARIES = ("go_biological_process_2022", "go_cellular_component_2022")


@pytest.fixture(scope="module")
def planted():
    embedding = make_embedding()
    return Atlas(embedding, GeneSearch(embedding))


def flat_atlas(genes, clusters, contexts):
    """Rows as given, every gene of like expression and degree."""
    base = make_large_embedding(20 * len(genes)).part(np.arange(len(genes)))
    table = base.genes.assign(
        gene=genes,
        common_gene=genes,
        dataset=contexts,
        cluster=clusters,
        degree=1,
        mean_expression=1.0,
        species="human",
    )
    datasets = base.datasets.iloc[[0] * len(set(contexts))]
    datasets = datasets.set_axis(pd.Index(sorted(set(contexts)), name="dataset"))
    embedding = replace(base, table=table, datasets=datasets)
    return Atlas(embedding, GeneSearch(embedding))


@pytest.mark.parametrize(
    ("term", "name"),
    [
        ("T cell activation (GO:0042110)", "T cell activation"),
        ("ribosome (large)", "ribosome (large)"),
        ("HALLMARK_HYPOXIA", "HALLMARK_HYPOXIA"),
    ],
)
def test_a_name_goes_without_its_number(term, name):
    assert short_name(term) == name


def test_planted_clusters_are_named_by_what_was_planted(planted):
    terms = {f"{name} (GO:{i:07d})": text.split() for i, (name, text) in enumerate(MODULES.items())}
    found = name_clusters(planted, [("modules", build_term_index(terms))])
    assert found.share_named == 1
    names = dict(zip(found.table["cluster"], found.table["name"], strict=True))
    genes = planted.embedding.genes
    for cluster, name in names.items():
        own = set(genes[keys.COMMON_GENE][genes[keys.CLUSTER].astype(str) == cluster])
        assert len(own & set(MODULES[name].split())) > len(own) / 2
    assert (found.table["q"] <= 0.05).all()


def test_one_group_of_genes_gives_fisher_and_benjamini_hochberg():
    # 35 genes are too few to be divided: the matched sets are all sets
    genes = np.repeat([f"G{i}" for i in range(35)], 5)
    contexts = np.tile([f"c{i}" for i in range(5)], 35)
    clusters = np.where(np.repeat(np.arange(35), 5) < 12, "a", "b")
    terms = {
        "half": [f"G{i}" for i in range(9)] + ["G20"],
        "other": [f"G{i}" for i in range(12, 30)],
        "mixed": [f"G{i}" for i in range(6, 18)],
    }
    found = name_clusters(
        flat_atlas(genes, clusters, contexts), [("made", build_term_index(terms))]
    )
    p = {}
    for cluster, members in (("a", set(range(12))), ("b", set(range(12, 35)))):
        for term, own in terms.items():
            k = len(members & {int(gene[1:]) for gene in own})
            n, size = len(members), len(own)
            table = [[k, size - k], [n - k, 35 - n - size + k]]
            p[cluster, term] = fisher_exact(table, alternative="greater").pvalue
    q = dict(zip(p, false_discovery_control(list(p.values())), strict=True))
    row = found.table.set_index("cluster").loc["a"]
    assert found.n_tested == 6
    assert (row["name"], row["kind"], row["hits"], row["size"]) == ("half", "term", 9, 10)
    assert row["p"] == pytest.approx(p["a", "half"], rel=1e-9)
    # p of terms that cannot name is taken as 1: q is never smaller than that of all
    assert q["a", "half"] - 1e-12 <= row["q"] <= 6 * row["p"] + 1e-12


def test_matched_p_is_that_of_a_loop_over_groups(planted):
    terms = {name: text.split() for name, text in MODULES.items()}
    found = name_clusters(planted, [("modules", build_term_index(terms))])
    row = found.table.iloc[0]
    genes = planted.embedding.genes
    groups = pd.Series(planted.search.ortholog_groups.astype(str))
    in_cluster = (genes[keys.CLUSTER].astype(str) == row["cluster"]).to_numpy()
    by_context = genes[keys.DATASET][in_cluster].value_counts(sort=True)
    kept, total = [], 0
    for context, number in sorted(by_context.items(), key=lambda item: (-item[1], item[0])):
        if total < 0.9 * in_cluster.sum():
            kept.append(context)
            total += number
    here = genes[keys.DATASET].isin(kept).to_numpy()
    of_context = genes.groupby(keys.DATASET, observed=True)
    table = pd.DataFrame(
        {
            "gene": groups[here],
            "inside": in_cluster[here],
            "expression": of_context[keys.MEAN].rank(pct=True).to_numpy()[here],
            "degree": of_context[keys.DEGREE].rank(pct=True).to_numpy()[here],
        }
    )
    traits = table.groupby("gene", sort=True).mean()
    members = set(traits.index[traits["inside"] >= 0.5])
    number = matched_groups(traits)
    law = np.ones(1)
    term = set(terms[row["name"]])
    for group in np.unique(number):
        own = set(traits.index[number == group])
        counts = np.arange(len(own & members) + 1)
        law = np.convolve(law, hypergeom.pmf(counts, len(own), len(own & term), len(own & members)))
    hits = len(members & term)
    assert row["hits"] == hits
    assert row["background"] == len(traits)
    assert row["p"] == pytest.approx(law[hits:].sum(), rel=1e-9)
    assert row["expected"] == pytest.approx((law * np.arange(len(law))).sum(), rel=1e-9)


def test_the_smallest_term_inside_the_best_one_names_the_cluster(planted):
    islet, t_cell = MODULES["islet"].split(), MODULES["t_cell"].split()
    terms = {
        "wide": islet,
        "narrow": islet[:15],
        "too narrow": islet[:6],  # holds less than half of what the best one does
        "elsewhere": islet[:13] + t_cell[:3],  # not inside
        "no match": t_cell[3:12],
    }
    found = name_clusters(planted, [("made", build_term_index(terms))])
    assert "narrow" in set(found.table["name"])
    assert not {"wide", "too narrow", "elsewhere"} & set(found.table["name"])


def test_marker_genes_name_where_no_term_holds():
    rng = np.random.default_rng(0)
    n_genes, n_contexts = 400, 12
    genes = np.tile([f"G{i}" for i in range(n_genes)], n_contexts)
    contexts = np.repeat([f"c{i}" for i in range(n_contexts)], n_genes)
    clusters = rng.choice(["a", "b", "c"], len(genes), p=[0.1, 0.45, 0.45])
    clusters[np.isin(genes, ["G1", "G2"])] = "a"
    terms = {"nothing": [f"G{i}" for i in range(200, 220)]}
    found = name_clusters(
        flat_atlas(genes, clusters, contexts), [("made", build_term_index(terms))]
    )
    row = found.table.set_index("cluster").loc["a"]
    assert (row["kind"], sorted(row["name"].split(", "))) == ("markers", ["G1", "G2"])
    assert (row["hits"], row["size"]) == (12, 12)
    # shares of the cluster differ between contexts: the exact chance is their product, among the
    # genes of like expression and degree, which here are all equal: the first 23 of 400
    exact = np.prod([(clusters[contexts == one][:23] == "a").mean() for one in set(contexts)])
    assert exact <= row["p"] <= 30 * exact
    assert set(found.table["kind"]) == {"markers", ""}


def test_small_clusters_and_an_empty_library_name_nothing():
    genes = [f"G{i}" for i in range(120)]
    clusters = ["a"] * FEWEST_POINTS + ["b"] * (FEWEST_POINTS - 1) + ["c"] * 21
    atlas = flat_atlas(genes, clusters, ["one"] * 120)
    found = name_clusters(atlas, [])
    assert found.table["cluster"].tolist() == ["a"]
    assert len(found.named) == 0
    assert found.share_named == 0


@pytest.fixture(scope="module")
def shipped():
    atlas = read_atlas(REPOSITORY / "data" / "atlas")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUSEGNN_SHIPPED", str(REPOSITORY / "data" / "annotation"))
        store = open_store(None)
    libraries = [load_library(store, name, atlas=atlas) for name in LIBRARIES]
    return atlas, [(library.title, library.index) for library in libraries]


def test_clusters_of_the_shipped_atlas_have_names_that_hold(shipped):
    found = name_clusters(*shipped)
    assert len(found.named) >= 12
    # two clusters of one term are told apart, and no other name has a number
    assert found.named["name"].is_unique
    terms = found.named["term"].map(short_name)
    is_shared = (terms != "") & terms.duplicated(keep=False)
    assert is_shared.any()
    expected = terms + " (cluster " + found.named["cluster"] + ")"
    assert (found.named["name"] == expected)[is_shared].all()
    assert (found.named["name"] == terms)[(terms != "") & ~is_shared].all()
    assert (found.named["q"] <= 0.05).all()


@pytest.mark.parametrize("within", [False, True])
def test_a_shuffled_atlas_has_no_names(shipped, within):
    atlas, libraries = shipped
    rng = np.random.default_rng(7)
    clusters = atlas.embedding.genes[keys.CLUSTER].astype(str).to_numpy()
    if within:  # each context keeps its share of each cluster
        for context in atlas.embedding.datasets.index:
            rows = atlas.embedding.rows_of_dataset(str(context))
            clusters[rows] = rng.permutation(clusters[rows])
    else:
        clusters = rng.permutation(clusters)
    assert name_clusters(atlas, libraries, clusters=clusters).share_named <= 0.05
