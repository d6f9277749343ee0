"""A gene is found by the same names on a page and by every command that takes names."""

from __future__ import annotations

import gzip
import json

import pytest

from musegnn.embeddings.known_names import open_search
from tests.command_line import musegnn
from tests.module_knowledge import LIBRARY, write_module_knowledge
from tests.page_visits import texts, visit_page
from tests.ui_fixtures import ensembl_id

CONTEXT = "blood_human"
NAMES = {
    "symbol": "CD3E",
    "lower case": "cd3e",
    "ortholog": "Cd3e",
    "alias": "T3E",
    "Ensembl id": ensembl_id("CD3E", "CD3E", "human"),
    "Entrez id": "916",
}


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory):
    """Annotation with an alias and the Entrez id of one gene."""
    folder = write_module_knowledge(tmp_path_factory.mktemp("named"))
    orthologs = (
        "Gene.stable.ID.HS\tGene.HS\tGene.MM\tAlt.symbol\tAlt.symbol.HS\n"
        "ENSG00000198851\tCD3E\tCd3e\tCd3e\tCD3E,T3E\n"
    )
    numbers = "symbol\tentrez\tentrez_mouse\tsymbol_mouse\nCD3E\t916\t12501\tCd3e\n"
    for name, text in (
        ("Hs2Mm_orthologs.tsv.gz", orthologs),
        ("nichenet_geneinfo_2022_human_mouse_orthologs.tsv.gz", numbers),
    ):
        (folder / name).write_bytes(gzip.compress(text.encode()))
    return folder


@pytest.fixture
def ask(atlas_folder, knowledge, tmp_path, monkeypatch):
    """Ask each command about a gene; returns the JSON it prints."""
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(knowledge))

    def run(command, gene):
        (tmp_path / "genes.txt").write_text(f"{gene} LCK CD28", encoding="utf-8")
        arguments = {
            "neighbours": ("neighbours", atlas_folder, gene, "--dataset", CONTEXT),
            "enrich a gene": (
                *("enrich", atlas_folder, "--neighbours", gene, "--context", CONTEXT),
                *("--library", LIBRARY),
            ),
            "enrich a list": (
                *("enrich", atlas_folder, "--genes", tmp_path / "genes.txt"),
                *("--context", CONTEXT, "--library", LIBRARY),
            ),
            "causal of a gene": ("causal", atlas_folder, "--gene", gene, "--context", CONTEXT),
            "causal of a list": (
                *("causal", atlas_folder, "--genes", tmp_path / "genes.txt", "--context", CONTEXT),
            ),
            "causal around a gene": (
                *("causal", atlas_folder, "--gene", "ALB", "-k", 5, "--context", CONTEXT),
                *("--around", gene),
            ),
        }[command]
        answer = musegnn(*arguments, "--json")
        assert answer.code == 0, answer.err
        return json.loads(answer.out)

    return run


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_the_search_of_the_page_knows_the_gene(atlas, knowledge, name):
    match = open_search(atlas, knowledge).find(name)
    assert (match.status, match.gene) == ("found", "CD3E")


def test_the_page_shows_the_gene_of_a_number(atlas_folder, knowledge, monkeypatch):
    monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(knowledge))
    page = visit_page("3_Gene", query={"gene": "916", "context": CONTEXT})
    assert not page.exception
    assert "CD3E" in texts(page)
    assert "found as CD3E by its Entrez id" in texts(page)


@pytest.mark.parametrize(
    "command",
    [
        *("neighbours", "enrich a gene", "enrich a list", "causal of a gene", "causal of a list"),
        "causal around a gene",
    ],
)
def test_every_command_gives_one_answer_for_all_names(ask, command):
    expected = ask(command, NAMES["symbol"])
    assert expected != ask(command, "INS")
    for kind, name in NAMES.items():
        assert ask(command, name) == expected, kind


def test_an_unknown_name_is_refused_by_page_and_command(atlas_folder, knowledge, monkeypatch):
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
    answer = musegnn("neighbours", atlas_folder, "917", "--knowledge", knowledge)
    assert answer.code == 2
    assert "`917` is not a gene name known here" in answer.err
    answer = musegnn("neighbours", atlas_folder, "916", "--knowledge", knowledge, "--json")
    assert {result["gene"] for result in json.loads(answer.out)} == {"CD3E", "Cd3e"}


@pytest.fixture
def no_folder(tmp_path, monkeypatch):
    """No annotation anywhere, as right after an install."""
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("name", "gene", "kind"),
    [
        ("p53", "TP53", "alias"),
        ("ENSG00000141510.18", "TP53", ""),
        ("T3E", "CD3E", "alias"),
        ("Leu-4", "", ""),
    ],
)
def test_without_a_folder_page_and_command_give_the_same_answer(
    atlas_folder, no_folder, monkeypatch, name, gene, kind
):
    monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
    page = visit_page("3_Gene", query={"gene": name})
    assert not page.exception
    answer = musegnn("neighbours", atlas_folder, name, "--json")
    if not gene:
        assert answer.code == 2
        assert "is not a gene name known here" in answer.err
        assert "is not a gene name known here" in texts(page)
        return
    by_symbol = musegnn("neighbours", atlas_folder, gene, "--json")
    assert (answer.code, answer.out) == (0, by_symbol.out)
    shown = f"found as {gene} by its {kind}" if kind else gene
    assert shown in texts(page)


def test_a_number_is_told_to_need_a_folder(atlas_folder, no_folder):
    answer = musegnn("neighbours", atlas_folder, "916")
    assert answer.code == 2
    assert "Nor is it a number of Entrez Gene" in answer.err
