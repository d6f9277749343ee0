"""Files that were given at once, sorted into samples."""

from __future__ import annotations

import gzip
import io

import numpy as np
import pytest
from scipy import sparse
from scipy.io import mmwrite

from musegnn.errors import DataFileError
from musegnn.screens.data.view_preview import preview
from musegnn.screens.data.view_samples import sort_uploads, unique_names
from musegnn.screens.parts.uploads import Upload, pack_uploads
from tests.toy_counts import gamma_poisson

GENES = [f"RPL{i}" for i in range(3, 43)]
COUNTS = gamma_poisson(60, 40, seed=1)[0].astype(int)
CELLS = [f"AAACCTGC{i:04d}-1" for i in range(60)]


@pytest.fixture(autouse=True)
def _no_tables(monkeypatch):
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)


def upload(name, content=b"x"):
    return Upload.of(name, content)


def trio(prefix="", packed=True):
    stream = io.BytesIO()
    mmwrite(stream, sparse.coo_matrix(COUNTS.T))
    lists = {
        "matrix.mtx": stream.getvalue(),
        "features.tsv": "\n".join(
            f"ENSG{i:011d}\t{g}\tGene Expression" for i, g in enumerate(GENES)
        ),
        "barcodes.tsv": "\n".join(CELLS),
    }
    files = {
        name: text if isinstance(text, bytes) else text.encode() for name, text in lists.items()
    }
    if packed:
        files = {f"{name}.gz": gzip.compress(text, mtime=0) for name, text in files.items()}
    return [upload(f"{prefix}{name}", content) for name, content in files.items()]


def names(found):
    return [sample.upload.name for sample in found.samples]


@pytest.mark.parametrize("packed", [True, False])
def test_three_files_of_a_matrix_are_one_sample(packed):
    found = sort_uploads(trio(packed=packed)[::-1])
    assert names(found) == ["matrix.tar"]
    assert found.problems == ()
    read = preview(found.samples[0].upload).look.expression
    assert np.array_equal(read.counts.toarray(), COUNTS)
    assert (read.genes, read.cells) == (GENES, CELLS)


def test_prefixes_tell_samples_apart_and_a_single_list_serves_all():
    one, two = trio("GSM1_a_"), trio("GSM2_b_")
    found = sort_uploads([*one, *two])
    assert names(found) == ["GSM1_a.tar", "GSM2_b.tar"]
    assert [len(sample.files) for sample in found.samples] == [3, 3]
    shared = [one[0], one[2], two[0], two[2], trio()[1]]
    found = sort_uploads(shared)
    assert all("features.tsv.gz" in sample.files for sample in found.samples)
    assert preview(found.samples[1].upload).look.expression.genes == GENES


def test_places_beside_a_single_file_are_those_of_its_cells():
    places = upload("tissue_positions.csv")
    found = sort_uploads([upload("a.h5"), places])
    assert names(found) == ["a.h5"]
    assert found.positions is places
    several = sort_uploads([upload("a.h5"), upload("b.h5"), places])
    assert several.positions is None
    assert "not clear of which file" in several.problems[0]
    assert names(sort_uploads([upload("cells.csv")])) == ["cells.csv"]  # may be a table of counts


def test_other_files_are_told_one_by_one():
    found = sort_uploads([upload("a.h5ad"), upload("notes.pdf"), upload("barcodes.tsv")])
    assert names(found) == ["a.h5ad"]
    assert any(".pdf" in problem for problem in found.problems)
    assert any("choose matrix.mtx, features.tsv" in problem for problem in found.problems)
    twice = sort_uploads([upload("matrix.mtx", b"1"), upload("matrix.mtx", b"2")])
    assert "was given 2 times" in twice.problems[0]


def test_one_archive_has_the_same_bytes_whatever_the_order():
    files = trio()
    packed = [pack_uploads("m.tar", order) for order in (files, files[::-1])]
    assert packed[0].digest == packed[1].digest
    assert packed[0].path.read_bytes() == packed[1].path.read_bytes()
    with pytest.raises(DataFileError, match=r"found barcodes\.tsv\.gz several times"):
        pack_uploads("m.tar", [*files, files[2]])


def test_two_samples_of_one_name_get_two():
    assert unique_names(["a.h5ad", "b.h5", "A.csv", "a.loom"]) == ["a", "b", "A_2", "a_3"]
