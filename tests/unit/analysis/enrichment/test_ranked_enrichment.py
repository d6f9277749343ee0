import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control

from musegnn.analysis.enrichment.ranked_enrichment import ranked_enrichment, running_score
from musegnn.analysis.enrichment.ranking import Ranking
from musegnn.analysis.enrichment.term_index import build_term_index
from musegnn.errors import InputError

N = 300


@pytest.fixture(scope="module")
def ranking():
    rng = np.random.default_rng(1)
    scores = pd.Series(np.sort(rng.normal(size=N))[::-1], index=[f"Gene{i}" for i in range(N)])
    return Ranking("random numbers", "standard normal", scores)


@pytest.fixture(scope="module")
def index(ranking):
    rng = np.random.default_rng(2)
    genes = ranking.scores.index.to_numpy()
    terms = {f"random {i}": rng.choice(genes, 15, replace=False).tolist() for i in range(12)}
    terms["top; with, signs"] = genes[:40:3].tolist()
    terms["bottom"] = genes[-40::3].tolist()
    terms["bottom again"] = genes[-40::3].tolist()
    terms["tiny"] = genes[:3].tolist()
    # differ from other genes in case only
    terms["shouting"] = [gene.upper() for gene in genes[:20]]
    return build_term_index(terms)


@pytest.fixture(scope="module")
def result(ranking, index):
    return ranked_enrichment(ranking, index=index)


def test_planted_terms_come_first_with_their_direction(result):
    table = result.table.set_index("term")
    assert set(table.index[:3]) == {"top; with, signs", "bottom", "bottom again"}
    assert table.loc["top; with, signs", "nes"] > 1.5
    assert table.loc["bottom", "nes"] < -1.5
    assert table.loc["bottom again", "represented_by"] == "bottom"
    assert (table.drop(index=table.index[:3])["q"] > 0.05).all()
    assert not {"tiny", "shouting"} & set(table.index)


def test_score_is_the_largest_deviation_of_a_plain_loop(result, ranking, index):
    position = {term: row for row, term in enumerate(index.terms)}
    scores = ranking.scores.to_numpy()
    for row in result.table.itertuples():
        members = set(index.members(position[row.term], index.mask(ranking.scores.index)))
        is_member = ranking.scores.index.isin(members)
        up, down, level, path = np.abs(scores[is_member]).sum(), (~is_member).sum(), 0.0, []
        for score, inside in zip(scores, is_member, strict=True):
            level += abs(score) / up if inside else -1 / down
            path.append(level)
        assert running_score(scores, is_member) == pytest.approx(np.array(path))
        assert row.es == pytest.approx(max(path, key=abs), abs=1e-6)


def test_leading_edge_lies_before_the_peak(result, ranking, index):
    row = result.table.set_index("term").loc["top; with, signs"]
    place = {gene: i for i, gene in enumerate(ranking.scores.index)}
    members = set(index.members(index.terms.index("top; with, signs"), index.mask(place)))
    score = running_score(ranking.scores.to_numpy(), ranking.scores.index.isin(members))
    before = {gene for gene in members if place[gene] <= int(np.argmax(score))}
    assert set(row["genes"].split()) == before
    assert row["leading"] == len(before)


def test_a_ranking_of_zeros_and_ties_has_an_answer_that_says_so():
    names = [f"Gene{i}" for i in range(N)]
    rng = np.random.default_rng(3)
    values = np.where(np.arange(N) < 0.3 * N, rng.normal(size=N), 0.0)
    scores = pd.Series(values, index=names).sort_values(ascending=False)
    sets = {f"set {i}": rng.choice(names, 10, replace=False).tolist() for i in range(40)}
    sets["zeros"] = scores.index[scores == 0][:12].tolist()
    index = build_term_index(sets)
    result = ranked_enrichment(Ranking("zeros", "mostly 0", scores), index=index)
    assert np.isfinite(result.table[["es", "nes"]].to_numpy()).all()
    small = 1e-3 * np.abs(scores[scores != 0]).mean()
    weights = scores.where(scores != 0, small).to_numpy()
    for row in result.table.itertuples():
        path = running_score(weights, scores.index.isin(sets[row.term]))
        assert row.es == pytest.approx(path[np.argmax(np.abs(path))], abs=1e-5), row.term
    assert "210 genes have the number 0 and weigh a thousandth" in result.statement
    assert "70 % of the genes share their number" in result.statement
    nothing = Ranking("nothing", "all 0", scores * 0)
    with pytest.raises(InputError, match="found 0 for each of its 300 genes"):
        ranked_enrichment(nothing, index=index)


def test_q_is_benjamini_hochberg_over_the_terms_tested(result):
    p = result.table["p"].dropna()
    assert result.n_tested == len(p)
    assert result.table["q"].dropna().to_numpy() == pytest.approx(false_discovery_control(p))


def test_same_seed_same_numbers_and_no_file_is_left(ranking, index, result, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    again = ranked_enrichment(ranking, index=index)
    assert again.table.equals(result.table)
    assert not list(tmp_path.rglob("*"))


def test_zero_scores_of_a_term_count_equally():
    score = running_score(np.array([1.0, 0.0, 0.0, -1.0]), np.array([False, True, True, False]))
    assert score == pytest.approx([-0.5, 0.0, 0.5, 0.0])


def test_statement_names_test_background_and_correction(result):
    for words in ("GSEA", "300 genes", "seed 0", "Benjamini-Hochberg", "10 to 299"):
        assert words in result.statement


def test_what_cannot_be_ranked_is_explained(ranking, index):
    short = Ranking("short", "number", ranking.scores.head(5))
    with pytest.raises(InputError, match="at least 20 genes"):
        ranked_enrichment(short, index=index)
    with pytest.raises(InputError, match="found none"):
        ranked_enrichment(ranking, index=index, minimum_size=200)
