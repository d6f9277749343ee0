"""What the form of a lineage offers of a file, and the run that comes of it."""

from __future__ import annotations

import pytest

from musegnn import keys
from musegnn.errors import InputError
from musegnn.screens.lineages import view_trace
from musegnn.screens.lineages.view_trace import (
    TraceRequest,
    check_trace,
    label_columns,
    work_of,
)
from musegnn.screens.parts.uploads import Upload
from tests.toy_lineage_files import write_atlas, write_cells


@pytest.fixture
def request_of(tmp_path):
    """Make a request for made cells with some settings."""
    file = Upload.of("cells.h5ad", write_cells(tmp_path / "cells.h5ad", 40).read_bytes())
    vectors = write_atlas(tmp_path / "atlas") / keys.EMBEDDING_FILE
    return lambda **settings: TraceRequest(file, vectors, settings=settings)


def test_columns_of_few_labels_are_offered(request_of):
    assert label_columns(request_of().file) == {"stage": ("A", "B", "C", "D")}
    assert label_columns(Upload.of("cells.csv", b"a,b\n")) == {}


def test_the_run_reads_the_file_and_the_vectors(request_of, tmp_path):
    request = request_of(labels="stage", root="A", tree="A>B")
    settings = check_trace(request, {"stage": ("A", "B", "C", "D")})
    work = work_of(request, settings, root=tmp_path / "runs")
    assert [given.source.role for given in work.inputs] == ["counts", "vectors"]
    assert work.settings.root == "A"
    assert work.name == "Lineage of cells.h5ad"


def test_vectors_are_those_of_the_opened_atlas_or_of_what_ships(tmp_path, monkeypatch):
    opened = tmp_path / "embedding.h5ad"
    monkeypatch.setattr(view_trace, "FUSED", tmp_path / "fused.h5ad")
    assert view_trace.vector_choices(("blood",)) == (view_trace.MEAN_WORDS, "blood")
    (tmp_path / "fused.h5ad").touch()
    mean, fused, context = view_trace.vector_choices(("blood",))
    assert view_trace.chosen_vectors(mean, opened) == (opened, "")
    assert view_trace.chosen_vectors(context, opened) == (opened, "blood")
    assert view_trace.chosen_vectors(fused, opened) == (tmp_path / "fused.h5ad", "fused")


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"labels": "stage", "tree": "A>Q"}, "labels of the cells in the tree, found Q"),
        ({"root": "A", "root_gene": "X"}, "found both"),
        ({"n_top": 1}, "n_top"),
    ],
)
def test_what_cannot_be_traced_is_told_before_it_starts(request_of, settings, match):
    with pytest.raises(InputError, match=match):
        check_trace(request_of(**settings), {"stage": ("A", "B", "C", "D")})
