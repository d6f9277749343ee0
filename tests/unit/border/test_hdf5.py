"""HDF5 files that lead out of themselves, or state what they cannot hold, are refused unread."""

from pathlib import Path

import anndata
import h5py
import numpy as np
import pytest

from musegnn.border.hdf5 import MOST_LEVELS, MOST_OBJECTS, check_hdf5
from musegnn.errors import DataFileError
from musegnn.io.expression import read_expression
from musegnn.io.h5ad import measure_vectors, open_h5ad


@pytest.fixture
def secret(tmp_path):
    """A file that must not be read."""
    path = tmp_path / "secret.bin"
    path.write_bytes(b"0123456789" * 400)
    return path


def external_storage(path: Path, secret: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("X", (10, 20), "u1", external=[(str(secret), 0, 200)])


def external_storage_deep(path: Path, secret: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("uns/a/b/c", (200,), "u1", external=[(str(secret), 40, 200)])


def external_link(path: Path, secret: Path) -> None:
    with h5py.File(secret.with_name("other.h5"), "w") as file:
        file["secret"] = np.arange(10)
    with h5py.File(path, "w") as file:
        file["obs/names"] = h5py.ExternalLink("other.h5", "/secret")


def external_link_to_nothing(path: Path, secret: Path) -> None:
    with h5py.File(path, "w") as file:
        file["X"] = h5py.ExternalLink("/proc/self/environ", "/")


def virtual(path: Path, secret: Path) -> None:
    with h5py.File(secret.with_name("other.h5"), "w") as file:
        file["secret"] = np.arange(10)
    layout = h5py.VirtualLayout((10,), "i8")
    layout[:] = h5py.VirtualSource(secret.with_name("other.h5"), "secret", (10,))
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("X", layout)


def soft_link_through_an_external_one(path: Path, secret: Path) -> None:
    external_link(path, secret)
    with h5py.File(path, "a") as file:
        file["X"] = h5py.SoftLink("/obs/names")


def bomb(path: Path, secret: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("X", (10**6, 10**6), "f8", chunks=(1000, 1000), compression="gzip")


def bomb_of_texts(path: Path, secret: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("name", (10**9,), h5py.string_dtype(), chunks=(1000,))


def bomb_by_fill_value(path: Path, secret: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("X", (10**5, 10**5), "i4", fillvalue=7)


OUTSIDE = [external_storage, external_storage_deep, external_link, external_link_to_nothing]
OUTSIDE += [virtual, soft_link_through_an_external_one]
BOMBS = [bomb, bomb_of_texts, bomb_by_fill_value]


@pytest.mark.parametrize("make", OUTSIDE)
@pytest.mark.parametrize("suffix", [".h5ad", ".h5", ".loom"])
def test_a_file_that_leads_elsewhere_is_refused(tmp_path, secret, make, suffix):
    path = tmp_path / f"a{suffix}"
    make(path, secret)
    with pytest.raises(DataFileError, match="lies in another file") as caught:
        read_expression(path)
    assert "0123" not in str(caught.value)


@pytest.mark.parametrize(
    "make", [external_link_to_nothing, virtual, soft_link_through_an_external_one]
)
def test_the_size_of_vectors_that_lie_elsewhere_is_not_asked_for(tmp_path, secret, make):
    make(tmp_path / "a.h5ad", secret)
    with pytest.raises(DataFileError, match="lies in another file"):
        measure_vectors(tmp_path / "a.h5ad", role="an embedding set")


def test_vectors_behind_a_link_within_the_file_have_their_size(tmp_path):
    with h5py.File(tmp_path / "a.h5ad", "w") as file:
        file["of/old"] = np.zeros((3, 2))
        file["X"] = h5py.SoftLink("/of/old")
    found = measure_vectors(tmp_path / "a.h5ad", role="an embedding set")
    assert found == {"rows": 3, "dimensions": 2}


@pytest.mark.parametrize("make", BOMBS)
def test_a_size_beyond_the_file_is_refused(tmp_path, secret, make):
    path = tmp_path / "a.h5ad"
    make(path, secret)
    with pytest.raises(DataFileError, match="larger than the file can hold"):
        open_h5ad(path, role="an embedding set")


def test_too_many_parts_are_refused(tmp_path):
    path = tmp_path / "many.h5"
    with h5py.File(path, "w", libver="latest") as file:
        for number in range(MOST_OBJECTS + 1):
            file.create_group(str(number))
        with pytest.raises(DataFileError, match="20,000 parts"):
            check_hdf5(file, path, role="counts")


def test_too_many_levels_are_refused(tmp_path):
    path = tmp_path / "deep.h5"
    with h5py.File(path, "w") as file:
        file.create_group("/".join("a" * (MOST_LEVELS + 3)))
        with pytest.raises(DataFileError, match="64 levels"):
            check_hdf5(file, path, role="counts")


def test_circles_and_links_inside_a_file_pass(tmp_path):
    path = tmp_path / "circle.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("a/b")
        group["up"] = file["a"]
        group["soft"] = h5py.SoftLink("/a")
        group["dangling"] = h5py.SoftLink("/nowhere")
        file["a/data"] = np.zeros(5)
        check_hdf5(file, path, role="counts")


@pytest.mark.parametrize("compression", ["gzip", "lzf", None])
def test_honest_files_pass(tmp_path, compression):
    path = tmp_path / "zeros.h5ad"
    data = anndata.AnnData(np.zeros((2000, 500), dtype=np.float32))  # packs a thousand times
    data.write_h5ad(path, compression=compression)
    with h5py.File(path, "r") as file:
        check_hdf5(file, path, role="counts")
