"""Files are read apart: what a parser does to its process costs one sentence."""

import contextlib
import gzip
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import anndata
import h5py
import numpy as np
import pytest
from scipy import sparse

from musegnn.border.apart import OWN, ReaderError, is_own, read_apart
from musegnn.border.readers import READERS
from musegnn.errors import DataFileError, MuseGNNError
from musegnn.io.formats.h5ad import read_h5ad
from musegnn.io.formats.registry import read_contents
from musegnn.io.h5ad import open_h5ad

HEAD = "%%MatrixMarket matrix coordinate integer general\n"


def write_tenx(folder: Path, last_line: str) -> Path:
    """Write a 10x folder whose matrix ends with a given line."""
    folder.mkdir()
    (folder / "matrix.mtx").write_text(f"{HEAD}3 4 3\n1 1 5\n2 2 1\n{last_line}")
    (folder / "genes.tsv").write_text("".join(f"ENSG0000000000{i}\tG{i}\n" for i in range(3)))
    (folder / "barcodes.tsv").write_text("".join(f"CELL{i}-1\n" for i in range(4)))
    return folder


@pytest.fixture
def counts(tmp_path):
    """A file of counts."""
    rng = np.random.default_rng(0)
    matrix = sparse.csr_matrix(rng.poisson(0.7, (30, 12)).astype(np.float32))
    data = anndata.AnnData(matrix)
    data.var_names = [f"GENE{i}" for i in range(12)]
    data.obs_names = [f"CELL{i}" for i in range(30)]
    data.layers["other"] = matrix * 2
    data.obsm["X_pca"] = rng.random((30, 3))
    data.uns["nested"] = {"text": "a", "list": np.array(["x", "y"])}
    path = tmp_path / "counts.h5ad"
    data.write_h5ad(path)
    return path


def test_apart_and_here_give_the_same(counts):
    apart = read_contents(counts)
    here = read_h5ad(counts)
    np.testing.assert_array_equal(apart.counts.toarray(), here.counts.toarray())
    assert (apart.genes, apart.cells, apart.found_in) == (here.genes, here.cells, here.found_in)


def test_anndata_comes_over_whole(counts):
    apart, here = open_h5ad(counts, role="counts"), anndata.read_h5ad(counts)
    np.testing.assert_array_equal(apart.X.toarray(), here.X.toarray())
    np.testing.assert_array_equal(apart.layers["other"].toarray(), here.layers["other"].toarray())
    np.testing.assert_array_equal(apart.obsm["X_pca"], here.obsm["X_pca"])
    assert apart.obs_names.tolist() == here.obs_names.tolist()
    assert apart.uns["nested"]["list"].tolist() == ["x", "y"]


# behind its third field the last line goes on, and no newline follows
ENDINGS = ["3 3 2 ", "3 3 2\t", "3 3 2\r", "3 3 2 3.0", "3 3 2 x", "3 3 2 \x00", "3 3 2  \t "]


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_last_line_of_a_matrix_costs_no_process(tmp_path, ending):
    folder = write_tenx(tmp_path / "tenx", ending)
    with contextlib.suppress(DataFileError):  # read or refused, as long as this process lives
        assert read_contents(folder).counts.sum() == 8


def zygotes_of(pid: int) -> list[int]:
    """Processes that read files for another process."""
    command = ["ps", "--ppid", str(pid), "-o", "pid=,args="]
    listing = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [int(line.split()[0]) for line in listing.splitlines() if "border.zygote" in line]


def test_a_long_line_does_not_take_the_memory(tmp_path):
    path = tmp_path / "long.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(b"gene,c1,c2\nA,1,")
        for _ in range(3000):
            stream.write(b"0" * (1 << 20))
    with pytest.raises(DataFileError, match=r"takes at most [\d,]+ MiB|takes longer|found"):
        read_contents(path)


def test_an_error_keeps_its_class_sentence_and_cause(tmp_path):
    path = tmp_path / "text.h5ad"
    with h5py.File(path, "w") as file:
        file["X"] = 1
    with pytest.raises(DataFileError, match="anndata cannot read") as caught:
        open_h5ad(path, role="an atlas")
    assert isinstance(caught.value.__cause__, ReaderError)
    assert caught.value.hint
    assert "an atlas" in str(caught.value)


def test_only_listed_readers_are_asked(tmp_path):
    with pytest.raises(KeyError, match="no reader"):
        read_apart("os:system", tmp_path, what="", options={})
    assert all(place.startswith("musegnn.") for place in READERS)


def test_many_files_at_once(counts):
    results: list[object] = []

    def read() -> None:
        try:
            results.append(read_contents(counts).counts.sum())
        except MuseGNNError as error:
            results.append(error)

    threads = [threading.Thread(target=read) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 12
    assert len(set(results)) == 1


def test_reading_goes_on_when_the_zygote_was_killed(counts):
    before = read_contents(counts).counts.sum()
    zygotes = zygotes_of(os.getpid())
    assert zygotes
    for pid in zygotes:
        os.kill(pid, signal.SIGKILL)
    assert read_contents(counts).counts.sum() == before


def test_the_environment_of_a_reader_is_bare(counts, tmp_path):
    program = (
        "import os, subprocess, sys\n"
        "from pathlib import Path\n"
        "from musegnn.io.formats.registry import read_contents\n"
        f"read_contents(Path({str(counts)!r}))\n"
        "line = subprocess.run(['ps', '--ppid', str(os.getpid()), '-o', 'pid=,args='],\n"
        "                      capture_output=True, text=True).stdout\n"
        "pid = next(row.split()[0] for row in line.splitlines() if 'zygote' in row)\n"
        "print(Path(f'/proc/{pid}/environ').read_text())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "SECRET_KEY_OF_THE_LAB": "hush"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "PATH=" in done.stdout
    assert "hush" not in done.stdout


@pytest.mark.parametrize("name", ["barcodes.tsv", "matrix.mtx", "genes.tsv"])
def test_pipes_in_a_folder_are_refused(tmp_path, name):
    folder = write_tenx(tmp_path / "tenx", "3 3 2\n")
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(DataFileError, match="no regular file"):
        read_contents(folder)


@pytest.mark.parametrize("name", ["a.h5ad", "a.csv", "a.loom"])
def test_devices_behind_a_link_are_refused(tmp_path, name):
    (tmp_path / name).symlink_to("/dev/zero")
    with pytest.raises(DataFileError, match="no regular file"):
        read_contents(tmp_path / name)


def test_what_the_product_brings_is_read_here(monkeypatch):
    monkeypatch.setattr("musegnn.border.apart.read_apart", lambda *_, **__: pytest.fail("apart"))
    assert open_h5ad(OWN / "atlas" / "embedding.h5ad", role="an embedding set").n_obs > 0
    assert not is_own(OWN / ".." / "tests")


LIMITED = """
import resource, sys
from pathlib import Path

most = int(sys.argv[1]) << 20
resource.setrlimit(resource.RLIMIT_AS, (most, most))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))

from musegnn.errors import MuseGNNError
from musegnn.io.h5ad import open_h5ad

for path in sys.argv[2:]:
    try:
        print(open_h5ad(Path(path), role="counts").shape)
    except MuseGNNError as error:
        print(f"{type(error).__name__}: {error}")
"""


def test_an_administrator_may_allow_less_memory_than_a_reader_would_take(counts, tmp_path):
    large = tmp_path / "large.h5ad"
    anndata.AnnData(np.zeros((1_000, 40_000), np.float64)).write_h5ad(large, compression="gzip")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, "550", counts, large],
        capture_output=True,
        text=True,
        check=True,
    )
    small, too_large = done.stdout.strip().splitlines()
    assert small == "(30, 12)"
    assert too_large.startswith("NoReaderError: Expected 1,3")
    assert "MiB of memory to read counts, found that processes of this machine" in too_large
    assert too_large.endswith("raise its limit of memory (`ulimit -v`).")
    assert not done.stderr
