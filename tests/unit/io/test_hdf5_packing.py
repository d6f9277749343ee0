"""Packed files hold what the loose ones hold."""

from __future__ import annotations

import anndata
import h5py
import numpy as np
import pandas as pd
from scipy import sparse

from musegnn.io.h5ad import write_packed
from musegnn.io.hdf5_packing import pack_arrays


def make_data() -> anndata.AnnData:
    obs = pd.DataFrame(
        {
            "plain": [f"gene {i}" for i in range(500)],
            "other": [f"name of gene {i}" for i in range(500)],
            "odd": ["", "β-actin", "x" * 40, *["y"] * 497],
            "category": pd.Categorical(["a", "b"] * 250),
            "number": np.arange(500.0),
        },
        index=[f"ENSG{i:011d}" for i in range(500)],
    )
    data = anndata.AnnData(np.ones((500, 2), dtype=np.float32), obs=obs)
    neighbours = np.sort(np.random.default_rng(0).integers(0, 500, (500, 15)), axis=1)
    data.obsp["near"] = sparse.csr_matrix(
        (np.ones(7500, np.float32), neighbours.ravel(), np.arange(0, 7501, 15)), shape=(500, 500)
    )
    data.uns["text"] = "one string"
    data.uns["empty"] = np.array([], dtype=str)
    data.uns["nested"] = {"names": np.array(["p", "q"])}
    return data


def test_anndata_reads_the_same_from_both(tmp_path):
    data = make_data()
    data.write_h5ad(tmp_path / "loose.h5ad", compression="gzip")
    pack_arrays(tmp_path / "loose.h5ad", tmp_path / "packed.h5ad")
    found = anndata.read_h5ad(tmp_path / "packed.h5ad")
    assert found.obs.astype(str).equals(data.obs.astype(str))
    assert found.obs["category"].cat.categories.tolist() == ["a", "b"]
    assert found.obs_names.tolist() == data.obs_names.tolist()
    assert found.uns["text"] == "one string"
    assert found.uns["nested"]["names"].tolist() == ["p", "q"]
    assert np.array_equal(found.X, data.X)
    assert np.array_equal(found.obsp["near"].indices, data.obsp["near"].indices)
    assert np.array_equal(found.obsp["near"].indptr, data.obsp["near"].indptr)


def test_whole_numbers_pack_better_and_numbers_that_are_mapped_stay_as_they_are(tmp_path):
    columns = np.sort(np.random.default_rng(0).integers(0, 90_000, (20_000, 15)), axis=1)
    with h5py.File(tmp_path / "loose.h5", "w") as loose:
        packing = {"compression": "gzip", "compression_opts": 9}
        loose.create_dataset("columns", data=columns.ravel().astype(np.int32), **packing)
    pack_arrays(tmp_path / "loose.h5", tmp_path / "packed.h5")
    with h5py.File(tmp_path / "loose.h5") as loose, h5py.File(tmp_path / "packed.h5") as packed:
        assert np.array_equal(packed["columns"], columns.ravel())
        assert packed["columns"].dtype == loose["columns"].dtype
        sizes = [file["columns"].id.get_storage_size() for file in (loose, packed)]
    assert sizes[1] < 0.97 * sizes[0]
    write_packed(make_data(), tmp_path / "mapped.h5ad", compression=0)
    where = "obsp/near/indices"
    with h5py.File(tmp_path / "mapped.h5ad") as mapped:
        assert mapped[where].compression is None


def test_packed_files_are_much_smaller(tmp_path):
    data = make_data()
    data.write_h5ad(tmp_path / "loose.h5ad", compression="gzip")
    write_packed(data, tmp_path / "packed.h5ad", compression=9)
    sizes = [(tmp_path / name).stat().st_size for name in ("loose.h5ad", "packed.h5ad")]
    assert sizes[1] < 0.7 * sizes[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loose.h5ad", "packed.h5ad"]
