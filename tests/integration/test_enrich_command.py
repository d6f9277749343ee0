"""`musegnn enrich`: what it prints, and what it refuses."""

from __future__ import annotations

import io
import json

import pandas as pd
import pytest

from musegnn.analysis.enrichment.activity import (
    context_activity,
    context_expression,
    regulation_network,
)
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.known_names import open_search
from musegnn.knowledge.store import open_store
from tests.command_line import list_all, musegnn
from tests.module_knowledge import LIBRARY
from tests.ui_fixtures import MODULES

NEIGHBOURS = ("--neighbours", "CD3E", "--context", "blood_human")


@pytest.fixture
def enrich(atlas_folder, module_knowledge, monkeypatch):
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(module_knowledge))

    def run(*arguments):
        return musegnn("enrich", atlas_folder, *arguments)

    return run


def rows(answer):
    assert (answer.code, answer.err) == (0, "")
    return pd.read_csv(io.StringIO(answer.out))


def test_table_for_reading_ends_with_test_and_library(enrich):
    answer = enrich(*NEIGHBOURS, "--library", LIBRARY)
    lines = answer.out.splitlines()
    assert lines[0].split()[:3] == ["term", "hits", "size"]
    assert lines[1].split()[0] == "t_cell"
    for words in ("hypergeometric", "N = ", "Benjamini-Hochberg", "Library: KEGG pathways"):
        assert words in answer.out.replace("\n", " ")


def test_csv_and_json_hold_the_same_rows_in_full(enrich):
    table = rows(enrich(*NEIGHBOURS, "--library", LIBRARY, "--csv"))
    printed = json.loads(enrich(*NEIGHBOURS, "--library", LIBRARY, "--json").out)
    assert [row["term"] for row in printed["rows"]] == table["term"].tolist()
    assert [row["p"] for row in printed["rows"]] == pytest.approx(table["p"].tolist(), rel=1e-12)
    assert set(table["library"]) == {LIBRARY}
    assert printed["facts"]["terms_tested"] == table["terms_tested"][0]
    assert any("hypergeometric" in line for line in printed["statements"])


def test_cluster_and_list_can_be_asked(enrich, tmp_path):
    of_cluster = rows(enrich("--cluster", "4", "--library", LIBRARY, "--csv"))
    assert of_cluster["term"][0] == "liver"
    path = tmp_path / "genes.txt"
    path.write_text("\n".join([*MODULES["heart"].split()[:8], "junk", "=cmd()"]))
    of_list = rows(enrich("--genes", path, "--library", LIBRARY, "--csv"))
    assert of_list["term"][0] == "heart"
    assert of_list["set_size"][0] == 8
    said = enrich("--genes", path, "--library", LIBRARY).out
    assert "8 of 10 names used" in said


def test_own_gene_sets_and_own_background(enrich, tmp_path):
    sets, others = tmp_path / "own.gmt", tmp_path / "background.txt"
    sets.write_text("mine\t\t" + "\t".join(MODULES["t_cell"].split()) + "\n")
    others.write_text(" ".join(MODULES["t_cell"].split() + MODULES["liver"].split()))
    table = rows(enrich(*NEIGHBOURS, "--gmt", sets, "--background", others, "--csv"))
    assert table["term"].tolist() == ["mine"]
    assert table["background"][0] < 50
    assert set(table["library_release"]) == {"own file"}
    wide = rows(enrich(*NEIGHBOURS, "--gmt", sets, "--background", "atlas", "--csv"))
    assert wide["background"][0] > table["background"][0]


def test_contexts_ranking_and_activity_can_be_asked(enrich, atlas, module_knowledge):
    contexts = rows(enrich("--ask", "contexts", *NEIGHBOURS, "--library", LIBRARY, "--csv"))
    assert contexts["context"].nunique() == 6
    ranked = rows(enrich("--ask", "ranked", *NEIGHBOURS, "--library", LIBRARY, "--csv"))
    assert ranked["term"][0] == "t_cell"
    along = rows(enrich("--ask", "regulators", *NEIGHBOURS, "--csv"))
    assert along["source"][0] == "GATA3"
    everywhere = rows(enrich("--ask", "regulators", "--csv"))
    network = regulation_network(open_store(module_knowledge).regulation("human"))
    expression = context_expression(Atlas(atlas, open_search(atlas, module_knowledge)))
    expected = context_activity(expression, network).table
    assert everywhere["activity"].to_numpy() == pytest.approx(expected["activity"].to_numpy())
    pathways = rows(enrich("--ask", "pathways", "--csv"))
    assert set(pathways["source"]) == {"NFkB", "Hypoxia"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--library", LIBRARY), "found none of --genes, --cluster and --neighbours"),
        (NEIGHBOURS, "found neither. At hand: kegg_2016"),
        ((*NEIGHBOURS, "--library", "kegg_201"), "Did you mean 'kegg_2016'"),
        ((*NEIGHBOURS, "--gmt", "nowhere.gmt"), "found no file"),
        (("--neighbours", "TP-53", "--context", "liver_human", "--library", LIBRARY), "TP53"),
        (("--neighbours", "INS", "--context", "liver", "--library", LIBRARY), "liver_human"),
        (("--cluster", "99", "--library", LIBRARY), "`cluster` to be one of"),
        (("--genes", "nowhere.txt", "--library", LIBRARY), "found no file"),
        ((*NEIGHBOURS, "--library", LIBRARY, "--background", "univers"), "found no file"),
        ((*NEIGHBOURS, "--library", LIBRARY, "--minimum-size", "0"), "minimum size"),
        ((*NEIGHBOURS, "--library", LIBRARY, "--overlap", "2"), "`overlap`"),
        (("--ask", "ranked", "--cluster", "1", "--library", LIBRARY), "neither --neighbours"),
    ],
)
def test_wrong_input_is_refused_in_one_sentence(enrich, arguments, message):
    answer = enrich(*arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert len(answer.err.splitlines()) == 1
    assert answer.err.startswith("musegnn enrich: Expected") or "not a gene name" in answer.err
    assert message in answer.err


@pytest.mark.parametrize(
    "content", [b"\x00\x01\xff", b"=cmd\t\tINS\n", b"no tabs", b"t\t\t<script>\n", b"\x1f\x8bx"]
)
def test_hostile_gene_sets_are_refused_and_nothing_is_written(enrich, tmp_path, content):
    path = tmp_path / "bad.gmt"
    path.write_bytes(content)
    answer = enrich(*NEIGHBOURS, "--gmt", path)
    assert answer.code == 2
    assert "gene-set library in GMT format" in answer.err
    assert list_all(tmp_path) == ["bad.gmt"]


def test_binary_list_is_refused(enrich, tmp_path):
    path = tmp_path / "genes.bin"
    path.write_bytes(b"\xff\xfe\x00binary")
    answer = enrich("--genes", path, "--library", LIBRARY)
    assert answer.code == 2
    assert "bytes that are no text" in answer.err


def test_genes_found_with_other_studies_are_told_to_be_circular(enrich):
    answer = enrich(*NEIGHBOURS, "--library", LIBRARY, "--blocks", "studies")
    said = answer.out.replace("\n", " ")
    assert "Circular. These genes were found with other studies" in said
    table = rows(enrich(*NEIGHBOURS, "--library", LIBRARY, "--blocks", "cells+studies", "--csv"))
    assert set(table["found_by"]) == {"cells+studies"}
    assert set(table["studies_weight"]) == {0.4}
    assert "Circular" not in enrich(*NEIGHBOURS, "--library", LIBRARY).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*NEIGHBOURS, "--ask", "ranked"), "Expected --blocks cells for a ranking"),
        (("--cluster", "1"), "Expected --neighbours GENE beside --blocks studies"),
        (
            (*NEIGHBOURS, "--ask", "contexts", "--take", "its own genes there"),
            "Contexts are compared by cells alone",
        ),
    ],
)
def test_what_the_cells_alone_can_be_asked_is_told(enrich, arguments, said):
    answer = enrich(*arguments, "--library", LIBRARY, "--blocks", "studies")
    assert answer.code != 0
    assert said in answer.err
