"""Properties of all readers: what was written comes back, and damage gives one sentence."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from musegnn.errors import DataFileError, InputError
from musegnn.graphs.build import read_gene_counts
from musegnn.io.expression import read_expression
from musegnn.io.fragments import count_fragments
from musegnn.io.gene_annotation import read_gene_annotation
from tests.count_files import (
    WITH_IDS,
    WRITERS,
    Counts,
    make_counts,
    write_bodies,
    write_fragments,
)
from tests.toy_counts import GENES

SETTINGS = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def some_counts(draw: st.DrawFn, largest: int = 2**24) -> Counts:
    """Counts of 3 to 6 cells and 1 to 6 genes, at least one of them not zero."""
    genes = draw(st.lists(st.sampled_from(GENES), min_size=1, max_size=6, unique=True))
    shape = (draw(st.integers(3, 6)), len(genes))
    values = draw(arrays(np.int64, shape, elements=st.integers(0, largest)))
    values[0, 0] += not values.any()
    return make_counts(values, genes)


@pytest.mark.parametrize("kind", WRITERS)
@settings(SETTINGS, max_examples=8)
@given(counts=some_counts())
def test_what_was_written_is_read_back(kind: str, counts: Counts) -> None:
    with tempfile.TemporaryDirectory() as folder:
        expression = read_expression(WRITERS[kind](Path(folder), counts))
    assert np.array_equal(expression.counts.toarray(), counts.matrix)
    assert expression.counts.dtype == np.float32
    assert expression.genes == counts.genes
    assert expression.cells == counts.cells
    assert expression.gene_ids == (counts.ids if kind in WITH_IDS else [""] * len(counts.genes))
    in_rows = kind not in {"h5ad", "tsv"}
    assert expression.orientation == ("genes in rows" if in_rows else "cells in rows")


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One small good file of each format."""
    values = np.random.default_rng(0).poisson(2, (8, 12))
    folder = tmp_path_factory.mktemp("good")
    counts = make_counts(values, GENES)
    files = {kind: write(folder, counts) for kind, write in WRITERS.items()}
    files["fragments"] = write_fragments(folder, make_counts(20 * values, GENES))
    files["bodies"] = write_bodies(folder, counts)
    return files


@settings(SETTINGS, max_examples=20)
@given(counts=some_counts(largest=40))
def test_fragments_are_counted_back(counts: Counts) -> None:
    counts.matrix[:, 0] += 1  # a cell without any fragment is not in the file
    with tempfile.TemporaryDirectory() as folder:
        path = write_fragments(Path(folder), counts)
        annotation = read_gene_annotation(write_bodies(Path(folder), counts))
        expression = count_fragments(path, annotation, minimum=1)
    used = counts.matrix.any(axis=0)
    order = np.argsort(counts.cells)
    assert np.array_equal(expression.counts.toarray(), counts.matrix[order][:, used])
    assert expression.genes == [name for name, keep in zip(counts.genes, used, strict=True) if keep]
    assert expression.cells == sorted(counts.cells)


@pytest.mark.parametrize("kind", [*WRITERS, "fragments"])
@settings(SETTINGS, max_examples=30)
@given(
    which=st.integers(0, 2),
    keep=st.floats(0, 1),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(1, 255)), max_size=6),
)
def test_damage_is_told_in_one_sentence_or_does_no_harm(
    kind: str,
    which: int,
    keep: float,
    changes: list[tuple[float, int]],
    originals: dict[str, Path],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / originals[kind].name
        if originals[kind].is_dir():
            shutil.copytree(originals[kind], path)
            victim = sorted(path.iterdir())[which]
        else:
            victim = Path(shutil.copy(originals[kind], path))
        data = bytearray(victim.read_bytes())
        for place, mask in changes:
            data[int(place * len(data))] ^= mask
        # half of the cases keep all bytes
        victim.write_bytes(data if keep > 0.5 else data[: int(2 * keep * len(data))])
        error = None
        try:
            expression = read_gene_counts(path, layer=None, annotation=originals["bodies"])
        except (DataFileError, InputError) as caught:
            error = caught
    if error is None:
        assert expression.counts.shape == (len(expression.cells), len(expression.genes))
        assert (expression.counts.data >= 0).all()
    else:
        assert "Expected" in error.message
        assert error.hint
        assert "\n" not in str(error)
