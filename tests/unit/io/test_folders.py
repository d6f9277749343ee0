"""Folders and archives as people find them on their disks."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest

from musegnn.errors import DataFileError
from musegnn.io.expression import Expression, read_expression
from musegnn.io.formats.registry import list_choices
from tests.count_files import Counts, make_counts, write_h5ad, write_mtx, write_tenx_3
from tests.toy_counts import GENES


@pytest.fixture
def counts() -> Counts:
    return make_counts(np.random.default_rng(5).poisson(3, (16, len(GENES))) + 1, GENES)


def expect(found: Expression, counts: Counts) -> None:
    assert found.genes == counts.genes
    assert found.cells == counts.cells
    assert np.array_equal(found.counts.toarray(), counts.matrix)


def test_a_folder_too_many_and_the_shadows_of_a_mac_are_passed_over(
    counts: Counts, tmp_path: Path
) -> None:
    inner = tmp_path / "download" / "sample 1"
    inner.mkdir(parents=True)
    folder = write_mtx(inner, counts)
    (tmp_path / "download" / ".DS_Store").write_bytes(b"x")
    (tmp_path / "download" / "__MACOSX").mkdir()
    for item in list(folder.iterdir()):
        (folder / f"._{item.name}").write_bytes(b"\0\5\x16\7")
    for path in (folder, inner, tmp_path / "download"):
        expect(read_expression(path), counts)
        list_choices(path)


def test_a_folder_that_holds_one_file_is_that_file(counts: Counts, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    write_h5ad(tmp_path / "a", counts)
    expect(read_expression(tmp_path / "a"), counts)
    (tmp_path / "a" / "b.h5ad").write_bytes((tmp_path / "a" / "a.h5ad").read_bytes())
    with pytest.raises(DataFileError, match=r"one of a\.h5ad, b\.h5ad in .*found several"):
        read_expression(tmp_path / "a")


def test_samples_are_told_by_the_ends_of_their_names(counts: Counts, tmp_path: Path) -> None:
    double = Counts(counts.matrix * 2, counts.genes, counts.ids, counts.cells)
    for sample, own in (("_s1", counts), ("_s2", double)):
        folder = write_mtx(tmp_path, own, prefix="new")
        for item in list(folder.glob("new*")):
            stem, end = item.name.removeprefix("new").split(".", 1)
            item.rename(folder / f"{stem}{sample}.{end}")
    expect(read_expression(folder / "matrix_s1.mtx.gz"), counts)
    expect(read_expression(folder / "matrix_s2.mtx.gz"), double)
    expect(read_expression(folder, layer="matrix_s2"), double)


def test_what_a_matrix_file_offers_is_listed(counts: Counts, tmp_path: Path) -> None:
    folder = write_mtx(tmp_path, counts, prefix="GSM1_")
    write_mtx(tmp_path, counts, prefix="GSM2_")
    assert list_choices(folder).layers == ("GSM1_matrix", "GSM2_matrix")
    assert list_choices(folder / "GSM2_matrix.mtx.gz").symbols == ("index", "gene_ids")


@pytest.mark.parametrize("name", ["a_RAW.tar", "a.zip", "a.tar.gz", "a.h5.gz", "a.h5ad.gz"])
def test_archives_say_that_they_are_to_be_unpacked(
    name: str, counts: Counts, tmp_path: Path
) -> None:
    content = write_tenx_3(tmp_path, counts).read_bytes()
    if name == "a.zip":
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("b.h5", content)
    else:
        (tmp_path / name).write_bytes(gzip.compress(content, 1))
    with pytest.raises(DataFileError, match=r"found an archive or a packed file in a.*`gunzip`"):
        read_expression(tmp_path / name)
