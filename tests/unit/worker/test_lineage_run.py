"""Lineages as a run and as a command: the same numbers, files that open, errors in a sentence."""

from __future__ import annotations

import json

import anndata
import numpy as np
import pytest
from scipy import stats

from musegnn.embeddings.atlas import read_atlas
from musegnn.errors import DataFileError
from musegnn.lineages import result as files
from musegnn.lineages.cells import VALUES, read_cells
from musegnn.lineages.gene_vectors import find_gene_vectors
from musegnn.lineages.lineage import LineageOptions, trace_lineage
from musegnn.lineages.result import read_lineage
from musegnn.lineages.spaces import SPACES
from musegnn.lineages.words import control_words, describe_lineage
from musegnn.runs.kinds import lineage as kind
from tests.command_line import list_all, musegnn
from tests.toy_lineage import TREE
from tests.toy_lineage_files import write_atlas, write_cells


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The answer of the command, its folder, the cells and the atlas."""
    folder = tmp_path_factory.mktemp("lineage")
    cells, atlas = write_cells(folder / "cells.h5ad"), write_atlas(folder / "atlas")
    asked = ("--labels", "stage", "--root", "A", "--tree", TREE, "--vectors", f"{atlas}:whole")
    answer = musegnn("lineage", cells, *asked, "-o", folder / "out")
    assert answer.code == 0, answer.err
    return answer, folder / "out", cells, atlas


def test_the_command_says_what_the_library_finds(made):
    answer, out, path, atlas = made
    cells = read_cells(path, labels="stage")
    genes = find_gene_vectors(read_atlas(atlas), cells.genes, context="whole")
    lineage = trace_lineage(cells, genes, LineageOptions(root="A", tree=TREE))
    found = read_lineage(out)
    assert found.scores == lineage.scores
    assert found.agreement == lineage.agreement
    np.testing.assert_allclose(
        found.cells.table["pseudotime"], lineage.table["pseudotime"], atol=1e-5
    )
    assert found.groups.tree == lineage.groups.tree
    assert found.root == "A"
    assert f"{lineage.scores['joint'].pseudotime:.3f}" in answer.out
    assert control_words(found) in " ".join(answer.out.split())


def test_the_result_opens_in_scanpy_and_draws_genes(made):
    _, out, path, _ = made
    data = anndata.read_h5ad(out / "result" / "lineage.h5ad")
    assert {"cell", "label", "cluster", "pseudotime", "detected"} <= set(data.obs)
    assert data.obsm["X_umap"].shape == (80, 2)
    assert data.X.shape[0] == 80
    found = read_lineage(out)
    drawn = found.expression("GENE70")
    own = read_cells(path).expression[:, [70]].toarray().ravel()
    assert stats.spearmanr(drawn, own).statistic > 0.5  # smoothed, so not the same
    table = (out / "result" / files.PROGRAMS_FILE).read_text().splitlines()
    assert len(table) == found.n_tested + 1
    assert any("80 cells in 4 groups by label" in words for words in describe_lineage(found))


def test_the_kind_names_what_the_library_knows():
    fields = kind.LineageSettings.model_fields
    assert set(fields["values"].annotation.__args__) == set(VALUES)
    assert set(fields["space"].annotation.__args__) == set(SPACES)
    assert (kind.CELLS_FILE, kind.SUMMARY_FILE) == (files.CELLS_FILE, files.SUMMARY_FILE)
    usual = LineageOptions()
    assert fields["n_top"].default == usual.n_top
    assert fields["vector_weight"].default == usual.weight
    assert fields["resolution"].default == usual.resolution


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        (("--root", "Z", "--labels", "stage"), "root among the labels A, B, C, D"),
        (("--root", "A"), "Expected labels of the cells"),
        (("--labels", "stages"), "Did you mean 'stage'?"),
        (("--vectors", "{atlas}:few"), "at least 50 genes"),
        (("--vectors", "{atlas}:none"), "`context` to be one of few, whole"),
        (("--values", "log", "--root-gene", "NOSUCH"), "a gene of the cells"),
        (("--n-top", "1"), "n_top"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(made, tmp_path, asked, match):
    _, _, cells, atlas = made
    given = [part.format(atlas=atlas) for part in asked]
    if "--vectors" not in given:
        given += ["--vectors", str(atlas)]
    answer = musegnn("lineage", cells, *given, "-o", tmp_path / "out")
    assert answer.code == 2
    assert match in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "out" / "result").exists()


def test_a_damaged_summary_is_told(made, tmp_path):
    _, out, _, _ = made
    for name in list_all(out / "result"):
        (tmp_path / name).write_bytes((out / "result" / name).read_bytes())
    summary = json.loads((tmp_path / files.SUMMARY_FILE).read_text())
    summary["connectivity"] = [[1.0]]
    (tmp_path / files.SUMMARY_FILE).write_text(json.dumps(summary))
    with pytest.raises(DataFileError, match="Expected a lineage, found a damaged"):
        read_lineage(tmp_path)
