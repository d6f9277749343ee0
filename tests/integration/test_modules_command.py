"""`musegnn modules`: what it prints, and what it refuses."""

from __future__ import annotations

import io
import json

import pandas as pd
import pytest

from musegnn.analysis.modules.gene_modules import MODULES, GeneModule
from musegnn.analysis.modules.module_scores import score_modules
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.known_names import open_search
from tests.command_line import musegnn
from tests.ui_fixtures import MODULES as PLANTED


@pytest.fixture
def modules(atlas_folder, monkeypatch):
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)

    def run(*arguments):
        return musegnn("modules", atlas_folder, *arguments)

    return run


def test_csv_holds_the_numbers_of_the_library(modules, atlas):
    answer = modules("--csv", "--draws", 19)
    assert (answer.code, answer.err) == (0, "")
    told = pd.read_csv(io.StringIO(answer.out))
    opened = Atlas(atlas, open_search(atlas, None))
    expected = score_modules(MODULES, atlas=opened, draws=19)
    assert len(told) == len(MODULES) * 6
    for column in ("auroc", "near", "p", "q", "near_q"):
        assert told[column].tolist() == pytest.approx(expected[column].tolist(), nan_ok=True)
    assert told["module"].tolist() == expected["module"].tolist()


def test_one_module_is_read_context_by_context_with_its_source(modules):
    answer = modules("--module", "T cell", "--draws", 19)
    assert answer.code == 0
    assert "blood_human" in answer.out
    assert "elsewhere" in answer.out
    assert "Newman et al., Nature Methods 12, 453 (2015)" in answer.out
    assert "against 19 sets of like expression and degree" in " ".join(answer.out.split())


def test_members_of_one_context_are_listed_one_by_one(modules):
    answer = modules("--module", "T cell", "--context", "blood_human", "--json")
    document = json.loads(answer.out)
    assert document["context"] == "blood_human"
    members = document["members"]
    assert {row["gene"] for row in members} <= set(PLANTED["t_cell"].split())
    assert members[0]["rank"] <= members[-1]["rank"]


def test_own_genes_are_one_more_module_and_unknown_names_are_told(modules, tmp_path, atlas):
    path = tmp_path / "genes.txt"
    path.write_text(f"{PLANTED['islet']} nothing", encoding="utf-8")
    answer = modules("--genes", path, "--json", "--draws", 19)
    assert "Unknown (1): nothing" in answer.err
    rows = json.loads(answer.out)["rows"]
    own = GeneModule("x", tuple(PLANTED["islet"].split()), "")
    opened = Atlas(atlas, open_search(atlas, None))
    expected = score_modules([own], atlas=opened, draws=19)
    assert [row["auroc"] for row in rows] == pytest.approx(expected["auroc"].tolist())
    assert {row["module"] for row in rows} == {"your genes"}
    read = modules("--genes", path, "--draws", 19).out
    assert "elsewhere" not in read
    few = tmp_path / "few.txt"
    few.write_text("INS GCG", encoding="utf-8")
    assert "no context has 5 members or more" in modules("--genes", few, "--draws", 9).out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--module", "T cells"), "Expected `module` to be one of"),
        (("--module", "T cell", "--context", "blood"), "Expected `context` to be one of"),
        (("--draws", "-1"), "draws"),
    ],
)
def test_what_is_not_there_is_said(modules, arguments, words):
    answer = modules(*arguments)
    assert answer.code == 2
    assert words in answer.err
    assert "Traceback" not in answer.err
