"""`musegnn compare`: the numbers of the page, what it writes, and what it refuses."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from musegnn.analysis.comparison.neighbourhood_change import ChangeSettings
from musegnn.embeddings.co_expression import read_context_graph
from musegnn.screens.compare.view_comparison import compare
from tests.command_line import list_all, musegnn

PAIR = ("pancreas_human", "pancreas_mouse")


def page_comparison(atlas, **settings):
    graphs = (read_context_graph(atlas, PAIR[0]), read_context_graph(atlas, PAIR[1]))
    return compare(atlas, *PAIR, ChangeSettings(**settings), graphs=graphs)


def test_json_holds_the_numbers_of_the_page(atlas_folder, atlas):
    answer = musegnn("compare", atlas_folder, *PAIR, "--json", "--k", "10", "--permutations", "300")
    assert (answer.code, answer.err) == (0, "")
    printed = json.loads(answer.out)
    comparison = page_comparison(atlas, k=10, permutations=300)
    change, alignment = comparison.change, comparison.alignment
    table = change.table
    genes = pd.DataFrame(printed["genes"])
    for column in ("gene", "change", "jaccard", "rbo", "q_kept", "edges_kept", "lost", "first_row"):
        assert genes[column].tolist() == table[column].tolist()
    assert genes["q_changed"].isna().all()
    assert printed["n_common"] == len(change.common)
    assert printed["n_not_one_to_one"] == 1
    assert printed["n_kept"] == change.n_kept
    assert printed["n_changed"] is None
    assert "no other dataset" in printed["not_tested_because"]
    assert printed["alignment"]["after"] == alignment.after
    assert printed["alignment"]["p"] == alignment.p
    assert printed["settings"] == {
        "k": 10,
        "measure": "rbo",
        "persistence": 0.9,
        "permutations": 300,
        "seed": 0,
    }


def test_file_holds_the_table_of_the_page(atlas_folder, atlas, tmp_path):
    path = tmp_path / "out" / "change.csv"
    answer = musegnn("compare", atlas_folder, *PAIR, "--csv", path, "--metric", "jaccard")
    assert answer.code == 0
    assert list_all(tmp_path) == ["out", "out/change.csv"]
    table = page_comparison(atlas, measure="jaccard").change.table
    assert path.read_text() == table.to_csv(index=False)


def test_text_lists_the_first_genes_and_says_what_was_tested(atlas_folder, atlas):
    answer = musegnn("compare", atlas_folder, *PAIR, "--top", "3")
    lines = answer.out.splitlines()
    table = page_comparison(atlas).change.table
    assert [line.split()[0] for line in lines[1:4]] == table["gene"].head(3).tolist()
    text = " ".join(answer.out.split())
    assert f"{len(table)} common genes" in text
    assert "change could not be tested: no other dataset" in text
    assert "over the tested genes. Neighbourhoods of related genes overlap" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("pancreas_human", "pancreas_mose"), "Nearest: pancreas_mouse"),
        ((*PAIR, "--k", "5000"), "more than 5001 common genes"),
        ((*PAIR, "--k", "0"), "`k` to be greater than 0"),
        ((*PAIR, "--permutations", "0"), "`permutations` to be greater than 0"),
        ((*PAIR, "--persistence", "1"), "Expected `persistence` above 0 and below 1"),
    ],
)
def test_what_cannot_be_compared_is_refused(atlas_folder, arguments, message):
    answer = musegnn("compare", atlas_folder, *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert len(answer.err.splitlines()) == 1
    assert message in answer.err


def test_tissues_are_compared_with_their_contexts_as_replicates(atlas_folder, tmp_path):
    answer = musegnn("compare", atlas_folder, "--tissues", "pancreas", "blood", "--json")
    printed = json.loads(answer.out)
    assert printed["first_contexts"] == ["pancreas_human", "pancreas_mouse"]
    assert "more of blood would do" in printed["not_tested_because"]
    assert printed["overall_p"] is None
    text = musegnn("compare", atlas_folder, "--tissues", "pancreas", "blood").out
    assert "2 datasets of pancreas (pancreas_human, pancreas_mouse)" in text


@pytest.mark.parametrize(
    "names", [(), ("pancreas_human",), ("a", "b", "--tissues", "pancreas", "blood")]
)
def test_neither_two_contexts_nor_two_tissues_is_refused(atlas_folder, names):
    answer = musegnn("compare", atlas_folder, *names)
    assert answer.code == 2
    assert "names of two contexts, or `--tissues`" in answer.err
