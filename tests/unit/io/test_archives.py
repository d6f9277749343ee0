"""Archives of a 10x folder: read like the folder, and harmless whatever they hold."""

from __future__ import annotations

import io
import tarfile
import zipfile

import numpy as np
import pytest

from musegnn.errors import DataFileError
from musegnn.io.archives import is_archive, unpack_tenx
from musegnn.screens.data import view as data
from musegnn.screens.data.view_choices import Reading
from musegnn.screens.data.view_preview import preview
from musegnn.screens.parts.uploads import Upload
from tests.count_files import make_counts, write_h5ad
from tests.toy_counts import gamma_poisson

GENES = [f"RPL{i}" for i in range(3, 43)]
COUNTS = gamma_poisson(60, len(GENES), seed=2)[0]


def parts():
    values = [(g + 1, c + 1, n) for c, row in enumerate(COUNTS) for g, n in enumerate(row) if n]
    lines = [f"{len(GENES)} {len(COUNTS)} {len(values)}"]
    lines += [f"{gene} {cell} {n}" for gene, cell, n in values]
    head = "%%MatrixMarket matrix coordinate integer general\n"
    return {
        "matrix.mtx": head + "\n".join(lines) + "\n",
        "genes.tsv": "".join(f"ENSG{i:011d}\t{gene}\n" for i, gene in enumerate(GENES)),
        "barcodes.tsv": "".join(f"CELL{i}\n" for i in range(len(COUNTS))),
    }


def zipped(members):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return target.getvalue()


def tarred(members):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pbmc.zip", zipped(parts())),
        ("pbmc.tar.gz", tarred({f"filtered/hg19/{name}": text for name, text in parts().items()})),
        ("pbmc.tgz", tarred({f"GSM1_{name}": text for name, text in parts().items()})),
        ("mac.zip", zipped({**parts(), "__MACOSX/._matrix.mtx": "x", "notes.txt": "x"})),
    ],
)
def test_an_archive_is_read_like_its_folder(name, content):
    found = preview(Upload.of(name, content))
    assert found.look.form == "10x folder of version 2"
    assert np.array_equal(found.look.expression.depth, COUNTS.sum(axis=1))


def test_an_archive_becomes_a_graph(work_here):
    request = data.DataRequest(Upload.of("pbmc.zip", zipped(parts())), "human", "blood", "scrna")
    work = data.work_of(request, root=work_here)
    work.start()
    view = data.read_built(work.find().folder / "result")
    assert view.name == "pbmc"
    assert view.report.summary["genes"] == len(GENES)


def table():
    rows = [",".join(["cell", *GENES])]
    rows += [",".join([f"CELL{i}", *map(str, row)]) for i, row in enumerate(COUNTS.astype(int))]
    return "\n".join(rows)


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize(
    "members",
    [
        {"t.csv": table()},
        {"a/b/t.csv": table(), "a/README.txt": "x", "__MACOSX/a/b/._t.csv": "x"},
    ],
)
def test_an_archive_of_one_table_is_read_like_the_table(pack, members):
    found = preview(Upload.of("x.zip" if pack is zipped else "x.tgz", pack(members)))
    assert found.look.expression.genes == GENES
    assert np.array_equal(found.look.expression.counts.toarray(), COUNTS)


def test_an_archive_of_a_dataset_is_read_and_of_several_asks(tmp_path):
    counts = make_counts(COUNTS, GENES)
    content = write_h5ad(tmp_path, counts).read_bytes()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/one.h5ad", content)
        archive.writestr("data/obs.csv", "cell,kind\n")
    found = preview(Upload.of("x.zip", target.getvalue()))
    assert np.array_equal(found.look.expression.counts.toarray(), COUNTS)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/two.h5ad", content)
    with pytest.raises(DataFileError, match=r"one of one\.h5ad, two\.h5ad"):
        preview(Upload.of("x.zip", target.getvalue()))
    chosen = preview(Upload.of("x.zip", target.getvalue()), Reading(said=(("assay", "two.h5ad"),)))
    assert chosen.look.expression.cells == counts.cells


def test_several_tables_are_told_by_name():
    content = zipped({"a.csv": table(), "b.csv": table()})
    with pytest.raises(DataFileError, match=r"one table of counts in x\.zip, found a\.csv, b\.csv"):
        preview(Upload.of("x.zip", content))


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_no_member_leaves_the_folder(tmp_path, pack):
    outside = {f"../../{name}": "outside" for name in parts()} | parts()
    path = tmp_path / "a" / ("x.zip" if pack is zipped else "x.tar.gz")
    path.parent.mkdir()
    path.write_bytes(pack({**outside, "/etc/matrix.txt": "x"}))
    folder = unpack_tenx(path)
    assert {file.name: file.read_text("utf-8") for file in folder.iterdir()} == parts()
    assert sorted(file.name for file in tmp_path.rglob("*")) == sorted(
        [*parts(), "a", path.name, "unpacked"]
    )


def test_links_are_passed_over(tmp_path):
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            info = tarfile.TarInfo("matrix.mtx")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    with pytest.raises(DataFileError, match="found none of them"):
        unpack_tenx(path)


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"matrix.mtx": "0" * (1 << 25)}, "unpacks to too many bytes"),
        ({"notes.txt": "x"}, "found none of them"),
        ({"raw/matrix.mtx": "x", "filtered/matrix.mtx": "y"}, r"found matrix\.mtx twice"),
    ],
)
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_archives_of_something_else_are_refused(tmp_path, pack, members, sentence):
    path = tmp_path / ("x.zip" if pack is zipped else "x.tar.gz")
    path.write_bytes(pack(members))
    with pytest.raises(DataFileError, match=sentence):
        unpack_tenx(path)


@pytest.mark.parametrize("name", ["x.zip", "x.tar.gz"])
@pytest.mark.parametrize("cut", [0, 10, 400])
def test_damaged_archives_are_refused(name, cut):
    content = (zipped if name == "x.zip" else tarred)(parts())[:cut]
    with pytest.raises(DataFileError, match="Expected"):
        preview(Upload.of(name, content))


def test_a_protected_archive_is_refused(tmp_path):
    content = bytearray(zipped({"matrix.mtx": "x"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag of a password
    content[6] |= 1
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(DataFileError, match="protected or unusual"):
        unpack_tenx(tmp_path / "x.zip")


def test_archives_are_told_by_their_names():
    assert all(map(is_archive, ("a.zip", "a.tar.gz", "A.TGZ")))
    assert not any(map(is_archive, ("a.csv.gz", "zip", "a.h5ad")))
