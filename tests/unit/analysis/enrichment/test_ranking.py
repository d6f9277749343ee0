import numpy as np
import pytest

from musegnn.analysis.comparison.neighbourhood_change import ChangeSettings, neighbourhood_change
from musegnn.analysis.enrichment.ranking import rank_by_change, rank_by_cosine, rank_list
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError
from tests.operations import count_calls
from tests.ui_fixtures import MODULES


@pytest.fixture(scope="module")
def search(atlas):
    return GeneSearch(atlas)


def test_cosine_ranks_the_other_genes_of_the_context(atlas, search):
    ranking = rank_by_cosine("INS", "pancreas_mouse", atlas=Atlas(atlas, search))
    assert "INS" not in ranking.scores.index  # nor its twin Ins2
    rows = atlas.rows_of_dataset("pancreas_mouse")
    assert len(ranking) == len(rows) - 2
    vectors = atlas.vectors.astype(float)
    first = vectors[atlas.row("Ins1", "pancreas_mouse")]
    for row in rows:
        ortholog_group = search.ortholog_groups[row]
        if ortholog_group == "INS":
            continue
        cosine = vectors[row] @ first / np.linalg.norm(vectors[row]) / np.linalg.norm(first)
        assert ranking.scores[ortholog_group] == pytest.approx(cosine, abs=1e-6)
    assert ranking.scores.is_monotonic_decreasing


def test_change_ranks_the_common_genes_around_their_median(atlas, search):
    settings = ChangeSettings(k=10, permutations=9)
    ranking = rank_by_change(
        "liver_human", "heart_mouse", atlas=Atlas(atlas, search), settings=settings
    )
    table = neighbourhood_change(atlas, "liver_human", "heart_mouse", settings).table
    change = dict(zip(search.ortholog_groups[table["first_row"]], table["change"], strict=True))
    middle = np.median(table["change"])
    assert len(ranking) == len(change)
    assert ranking.scores.to_dict() == pytest.approx({k: v - middle for k, v in change.items()})


def test_pasted_list_is_read_in_many_ways(search):
    genes = [gene for text in MODULES.values() for gene in text.split()][:30]
    lines = ["gene\tscore", *(f"{gene}\t{i}" for i, gene in enumerate(genes))]
    lines += ["ins, 100", "Ins2;200", "'NOVEL1' 5", "CD3E 1 2", "CD4\tinf", "CD8A\tx", "", "TTR"]
    ranking = rank_list("\n".join(lines), search=search)
    assert ranking.scores["INS"] == pytest.approx((0 + 100 + 200) / 3)
    assert ranking.scores["NOVEL1"] == 5
    assert "4 lines without a gene and a finite number" in ranking.note
    assert "CD3E 1 2" in ranking.note
    assert ranking.scores.is_monotonic_decreasing


def test_five_thousand_lines_of_junk_are_refused_at_once(search):
    rng = np.random.default_rng(0)
    junk = "\n".join("".join(map(chr, rng.integers(33, 0x2FF, 20))) for _ in range(5000))

    def rank():
        with pytest.raises(InputError, match="at least 20 lines"):
            rank_list(junk, search=search)

    assert count_calls(rank) < 50 * 5000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found 0"),
        ("\n".join(f"G{i} 3" for i in range(30)), "found 3 for every gene"),
        ("x" * 2_000_001, "at most 2,000,000"),
    ],
)
def test_lists_without_a_ranking_are_explained(search, text, message):
    with pytest.raises(InputError, match=message):
        rank_list(text, search=search)


def test_one_context_has_no_change(atlas, search):
    with pytest.raises(InputError, match="two different contexts"):
        rank_by_change("liver_human", "liver_human", atlas=Atlas(atlas, search))
