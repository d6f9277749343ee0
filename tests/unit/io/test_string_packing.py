"""Packed files hold what the loose ones hold."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd

from musegnn.io.h5ad import write_packed
from musegnn.io.string_packing import pack_strings


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
    data.uns["text"] = "one string"
    data.uns["empty"] = np.array([], dtype=str)
    data.uns["nested"] = {"names": np.array(["p", "q"])}
    return data


def test_anndata_reads_the_same_from_both(tmp_path):
    data = make_data()
    data.write_h5ad(tmp_path / "loose.h5ad", compression="gzip")
    pack_strings(tmp_path / "loose.h5ad", tmp_path / "packed.h5ad")
    found = anndata.read_h5ad(tmp_path / "packed.h5ad")
    assert found.obs.astype(str).equals(data.obs.astype(str))
    assert found.obs["category"].cat.categories.tolist() == ["a", "b"]
    assert found.obs_names.tolist() == data.obs_names.tolist()
    assert found.uns["text"] == "one string"
    assert found.uns["nested"]["names"].tolist() == ["p", "q"]
    assert np.array_equal(found.X, data.X)


def test_packed_files_are_much_smaller(tmp_path):
    data = make_data()
    data.write_h5ad(tmp_path / "loose.h5ad", compression="gzip")
    write_packed(data, tmp_path / "packed.h5ad", compression=9)
    sizes = [(tmp_path / name).stat().st_size for name in ("loose.h5ad", "packed.h5ad")]
    assert sizes[1] < 0.7 * sizes[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loose.h5ad", "packed.h5ad"]
