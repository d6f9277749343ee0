"""Manifests: what is read, and one sentence with its line for whatever is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from musegnn.errors import DataFileError, InputError
from musegnn.graphs.manifest import default_name, read_manifest

HEADER = "file\tspecies\ttissue\tmodality"
GOOD = "a.h5ad\thuman\tblood\tscrna"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    (root / "tenx").mkdir(parents=True)
    for name in ("a.h5ad", "b.tsv.gz", "genes.gtf", "pairs.csv"):
        (root / name).touch()
    (tmp_path / "outside.h5ad").touch()
    return root


def write(folder: Path, *lines: str) -> Path:
    path = folder / "m.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_rows_become_datasets_with_absolute_paths_and_defaults(folder):
    path = write(
        folder,
        f"{HEADER}\tname\tlayer\tannotation\torthologs",
        f"{GOOD}\t\t\t\t",
        "",
        "tenx\tlemur\tlung\tscatac\tpeaks_1\tcounts\tgenes.gtf\tpairs.csv",
        "b.tsv.gz\tmouse\theart (fetal)\tspatial\t\t\t\t",
    )
    first, second, third = read_manifest(path)
    assert (first.name, first.file, first.layer) == ("a", folder / "a.h5ad", None)
    assert (first.annotation, first.orthologs) == (None, None)
    assert (second.name, second.layer) == ("peaks_1", "counts")
    assert second.annotation == folder / "genes.gtf"
    assert second.orthologs == folder / "pairs.csv"
    assert (third.name, third.context.tissue) == ("b", "heart (fetal)")
    assert third.context.modality == "spatial"


def test_paths_start_from_the_root_or_from_the_folder_of_the_manifest(folder, tmp_path):
    elsewhere = tmp_path / "lists"
    elsewhere.mkdir()
    path = write(elsewhere, HEADER, GOOD)
    assert read_manifest(path, root=folder)[0].file == folder / "a.h5ad"
    path = write(elsewhere, HEADER, "../data/a.h5ad\thuman\tblood\tscrna")
    assert read_manifest(path)[0].file == folder / "a.h5ad"
    path = write(elsewhere, HEADER, f"{tmp_path}/outside.h5ad\thuman\tblood\tscrna")
    assert read_manifest(path)[0].name == "outside"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.h5ad", "a"),
        ("b.tsv.gz", "b"),
        ("mouse_E3.5_E4.5.h5ad", "mouse_E3.5_E4.5"),
        ("A.CSV", "A"),
        ("filtered_feature_bc_matrix", "x_filtered_feature_bc_matrix"),
        ("filtered_feature_bc_matrix (1).h5", "x_filtered_feature_bc_matrix_1"),
        ("my cells (new).tsv", "my_cells_new"),
        ("sample.tar.gz", "sample"),
    ],
)
def test_the_name_of_a_file_is_taken_without_the_suffix_of_its_format(name, expected):
    assert default_name(Path("x") / name) == expected


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["file\tspecies\ttissue"], r"Line 1 of m.tsv: .* found no modality\. Add them"),
        ([HEADER.replace("\t", ",")], "Line 1 of m.tsv: Expected the columns .* between tabs"),
        ([f"{HEADER}\tspecie"], r"Line 1 .*found 'specie'\. Did you mean 'species'\?"),
        ([f"{HEADER}\tdonor"], r"Line 1 .*found 'donor'\. Take it out\."),
        ([f"{HEADER}\tfile"], r"Line 1 .*each column once, found 'file' 2 times"),
        ([HEADER], "Expected at least one dataset in .*m.tsv, found none"),
        ([HEADER, "", "a.h5ad\thuman\tblood"], "Line 3 of m.tsv: Expected 4 cells .* found 3"),
        (
            [HEADER, "a.h5ad\tHuman\tblood\tscrna"],
            r"Line 2 of m.tsv: Expected `species` to be one of human, mouse, .*; found 'Human'",
        ),
        ([HEADER, "a.h5ad\thuman\tblood\trna"], "Line 2 .*`modality` to be one of .*found 'rna'"),
        ([HEADER, "a.h5ad\thuman\t\tscrna"], "Line 2 .*Expected `tissue` to be a word"),
        ([HEADER, "\thuman\tblood\tscrna"], "Line 2 .*path in the column `file`, found nothing"),
        ([HEADER, "x.h5ad\thuman\tblood\tscrna"], "Line 2 .*Expected a file at .*x.h5ad, found no"),
        ([HEADER, "genes.gtf\thuman\tblood\tscrna"], "Line 2 .*one of the suffixes .*found .gtf"),
        ([f"{HEADER}\tname", f"{GOOD}\t../a"], "Line 2 .*Expected `name` of letters"),
        (
            [f"{HEADER}\tname", f"{GOOD}\t", GOOD.replace("blood", "skin") + "\tA"],
            "Line 3 of m.tsv: Expected each name once, found 'A' in line 2 too",
        ),
        ([f"{HEADER}\tannotation", f"{GOOD}\ttenx"], "Line 2 .*Check the column `annotation`"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(folder, lines, message):
    with pytest.raises(InputError, match=message):
        read_manifest(write(folder, *lines))


@pytest.mark.parametrize("text", ["../outside.h5ad", "{}/outside.h5ad", "link.h5ad"])
def test_no_path_leaves_the_root(folder, tmp_path, text):
    (folder / "link.h5ad").symlink_to(tmp_path / "outside.h5ad")
    path = write(folder, HEADER, f"{text.format(tmp_path)}\thuman\tblood\tscrna")
    with pytest.raises(InputError, match=r"Line 2 of m.tsv: .* leads outside\."):
        read_manifest(path, root=folder)


def test_a_table_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(DataFileError, match=r"at .*absent.tsv, found no file\."):
        read_manifest(tmp_path / "absent.tsv")
    (tmp_path / "m.tsv").write_bytes(b"\xff\xfe\x00f")
    with pytest.raises(DataFileError, match="found bytes that are no text"):
        read_manifest(tmp_path / "m.tsv")


def test_a_table_saved_by_a_spreadsheet_is_read(folder):
    path = folder / "m.tsv"
    path.write_bytes(("\ufeff" + HEADER + "\r\n" + 'a.h5ad\thuman\t"blood"\tscrna\r\n').encode())
    assert read_manifest(path)[0].context.tissue == "blood"
