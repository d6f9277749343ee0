import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from musegnn.analysis.labels.label_classifier import (
    COUNTS,
    METHODS,
    SHUFFLED,
    VECTORS,
    classify_labels,
    delong_interval,
)
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError
from tests.ui_fixtures import MODULES


@pytest.fixture(scope="module")
def search(atlas):
    return GeneSearch(atlas)


def rows_of(atlas, *modules):
    names = {name for module in modules for name in MODULES[module].split()}
    return np.flatnonzero(atlas.genes["common_gene"].isin(names))


def test_delong_equals_its_definition_by_pairs():
    generator = np.random.default_rng(0)
    label = generator.random(60) < 0.4
    score = np.round(label + generator.normal(size=60), 1)  # rounded, so that there are ties
    inside, outside = score[label], score[~label]
    wins = (inside[:, None] > outside) + 0.5 * (inside[:, None] == outside)
    variance = wins.mean(axis=1).var(ddof=1) / len(inside)
    variance += wins.mean(axis=0).var(ddof=1) / len(outside)
    area, low, high = delong_interval(label, score)
    assert area == pytest.approx(roc_auc_score(label, score))
    assert high - low == pytest.approx(2 * 1.959964 * np.sqrt(variance), rel=1e-6)


def test_planted_labels_are_found_and_shuffled_ones_are_not(atlas, search):
    found = classify_labels(
        Atlas(atlas, search), rows_of(atlas, "islet"), rows_of(atlas, "liver", "heart")
    )
    area = found.table.set_index("method")["auroc"]
    assert tuple(area.index) == METHODS
    assert area[VECTORS] > 0.95
    assert 0.2 < area[SHUFFLED] < 0.8
    # modules of the synthetic atlas differ in size, so degrees tell them too: the control shows it
    assert area[COUNTS] > 0.9
    assert found.n_labelled + found.n_others == len(found.genes)


def test_a_gene_counts_once_and_its_area_is_that_of_the_table(atlas, search):
    found = classify_labels(Atlas(atlas, search), rows_of(atlas, "islet"), rows_of(atlas, "liver"))
    assert found.genes["gene"].is_unique
    area = roc_auc_score(found.genes["label"] == "labelled", found.genes["probability"])
    assert found.table["auroc"].iloc[0] == pytest.approx(area)
    rows = rows_of(atlas, "islet", "liver")
    assert found.genes["contexts"].sum() == len(rows)


def test_all_other_genes_of_the_contexts_are_the_usual_rival(atlas, search):
    here = atlas.rows_of_dataset("liver_human")
    labelled = np.intersect1d(rows_of(atlas, "islet"), here)
    found = classify_labels(Atlas(atlas, search), labelled)
    ortholog_groups = np.asarray(search.ortholog_groups)[here]
    assert found.n_labelled + found.n_others == len(set(ortholog_groups))


def test_too_few_genes_are_refused(atlas, search):
    with pytest.raises(InputError, match=r"at least 10 genes .* found 1 and"):
        classify_labels(Atlas(atlas, search), rows_of(atlas, "islet")[:1])
