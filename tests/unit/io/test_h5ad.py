"""Files that are no `.h5ad`, or a broken one, give one sentence."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from anndata.io import write_elem
from scipy import sparse

from musegnn import keys
from musegnn.errors import DataFileError, InputError
from musegnn.io.h5ad import open_h5ad, parsing

UNREADABLE = "Expected counts .an .h5ad file., found one that anndata cannot read"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A good file with sparse X, a layer, raw and pairwise arrays."""
    counts = sparse.random(30, 20, density=0.5, format="csr", random_state=0, dtype=np.float32)
    data = anndata.AnnData(
        counts,
        obs=pd.DataFrame({"kind": pd.Categorical(["a", "b"] * 15)}, index=map(str, range(30))),
        layers={"counts": counts.tocsc()},
        obsp={"pairs": sparse.identity(30, format="csr")},
    )
    data.raw = data
    data.write_h5ad(tmp_path / "good.h5ad")
    return tmp_path / "good.h5ad"


def edit(change: Callable[[h5py.File], None]) -> Callable[[Path], None]:
    """Turn a change of an open file into one of a path."""

    def run(path: Path) -> None:
        with h5py.File(path, "a") as file:
            change(file)

    return run


def put(part: str, position: int, value: int) -> Callable[[Path], None]:
    """Overwrite one number in the file."""
    return edit(lambda file: file[part].__setitem__(position, value))


def replace_x(file: h5py.File) -> None:
    del file["X"]
    write_elem(file, "X", np.ones((30, 7)))


def rename_encoding(file: h5py.File) -> None:
    file["X"].attrs["encoding-type"] = "of another program"


def empty_group(path: Path) -> None:
    with h5py.File(path, "w"):
        pass


def foreign_file(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["matrix/data"] = np.arange(4)


def cut(share: float) -> Callable[[Path], None]:
    """Keep the first part of the bytes."""
    return lambda path: path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])


def scramble(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for i in range(2000, len(data), 40):
        data[i] ^= 0xFF
    path.write_bytes(bytes(data))


def to_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def test_a_good_file_is_read_with_all_parts(path: Path) -> None:
    data = open_h5ad(path, role="counts")
    assert data.shape == (30, 20)
    assert (data.layers["counts"] != data.X).nnz == 0
    assert data.obs["kind"].tolist() == ["a", "b"] * 15


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (Path.unlink, r"Expected counts \(an .h5ad file\) at .*good.h5ad, found no file. Check"),
        (to_folder, "found no file"),
        (lambda path: path.write_bytes(b""), "found an empty file: .*good.h5ad. Copy or export"),
        (lambda path: path.write_text("cell,INS\n1,2\n"), "found another format in .*good.h5ad"),
        (cut(0.02), "Expected counts, found a file that is cut off: .* Copy or download"),
        (cut(0.5), "found a file that is cut off"),
        (cut(0.999), "found a file that is cut off"),
        (scramble, UNREADABLE),
        (foreign_file, UNREADABLE),
        (empty_group, UNREADABLE),
        (edit(replace_x), UNREADABLE),
        (edit(rename_encoding), UNREADABLE),
        (put("X/indices", 3, 10**6), UNREADABLE),
        (put("X/indices", 3, -1), UNREADABLE),
        (put("X/indptr", 4, -7), UNREADABLE),
        (put("X/indptr", 30, 10**6), UNREADABLE),
        (put("layers/counts/indices", 0, 10**6), UNREADABLE),
        (put("obsp/pairs/indices", 0, 10**6), UNREADABLE),
        (put("raw/X/indices", 0, 10**6), UNREADABLE),
        (put("obs/kind/codes", 0, 9), UNREADABLE),
    ],
)
def test_a_broken_file_gives_one_sentence(
    path: Path, damage: Callable[[Path], None], message: str
) -> None:
    damage(path)
    with pytest.raises(DataFileError, match=message) as caught:
        open_h5ad(path, role="counts")
    assert "\n" not in str(caught.value)


def test_half_of_a_real_file_is_told_to_be_cut_off(shared: Path, tmp_path: Path) -> None:
    whole = (shared / "data" / "scrna" / "human_pancreas_baron.h5ad").read_bytes()
    (tmp_path / "half.h5ad").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataFileError, match="Expected counts, found a file that is cut off"):
        open_h5ad(tmp_path / "half.h5ad", role="counts")


def test_what_anndata_warns_of_is_left_to_the_checks(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        anndata.AnnData(np.ones((3, 2)), var=pd.DataFrame(index=["A", "A"])).write_h5ad(
            tmp_path / "a.h5ad"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert open_h5ad(tmp_path / "a.h5ad", role="counts").n_vars == 2


def test_the_cause_stays_with_the_sentence(path: Path) -> None:
    foreign_file(path)
    with pytest.raises(DataFileError, match=UNREADABLE) as caught:
        open_h5ad(path, role="counts")
    assert caught.value.__cause__ is not None


def fail_in_parsing(path: Path, version: object, error: Exception) -> None:
    with parsing(path, version, role="a map"):
        raise error


def test_errors_while_parsing_become_one_sentence_and_own_errors_pass(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="Expected a map, found one with a missing or damaged"):
        fail_in_parsing(tmp_path, keys.FORMAT_VERSION, KeyError("x"))
    with pytest.raises(InputError, match=r"^mine$"):
        fail_in_parsing(tmp_path, keys.FORMAT_VERSION, InputError("mine"))
    with pytest.raises(DataFileError, match="Expected format version 1 or lower, found 2"):
        fail_in_parsing(tmp_path, keys.FORMAT_VERSION + 1, KeyError("x"))
    with pytest.raises(DataFileError, match="missing or damaged part"):
        fail_in_parsing(tmp_path, None, KeyError("x"))
