"""What a file says of itself, against hand-made names and files."""

from __future__ import annotations

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest

from musegnn.errors import DataFileError, GraphError
from musegnn.graphs.modalities import find_modality
from musegnn.graphs.preview import (
    ENSEMBL_IDS,
    PEAKS,
    SYMBOLS,
    UNKNOWN,
    list_layers,
    naming_style,
    recognise_species,
)
from musegnn.graphs.quality import QualityControl, judge
from musegnn.io.gene_names import GeneNames
from tests.toy_counts import gamma_poisson, make_expression, write_counts

HUMAN = ["INS", "GCG", "CD3E", "MT-CO1"]
MOUSE = ["Ins2", "Gcg", "Cd3e", "mt-Co1"]


@pytest.mark.parametrize(
    ("names", "style"),
    [
        (HUMAN, SYMBOLS),
        (MOUSE, SYMBOLS),
        (["ENSG00000254647", "ENSMUSG00000000215.12", "INS"], ENSEMBL_IDS),
        (["chr1:100-200", "chr2-5-9", "chrX_1_2", "INS"], PEAKS),
        (["probe 1", "probe 2"], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_the_majority_of_the_names_decides_their_style(names, style):
    assert naming_style(names) == style


@pytest.mark.parametrize(
    ("names", "species", "is_sure"),
    [
        (HUMAN, "human", False),
        (MOUSE, "mouse", True),
        (["ENSG00000254647", "ENSG00000115263"], "human", True),
        (["ENSMUSG00000000215", "ENSMUSG00000000394"], "mouse", True),
        (["ENSMICG00000000215", "ENSMICG00000000394"], "lemur", True),
        (["chr1:100-200", "chr1:300-400"], "", False),
        (["probe 1", "probe 2"], "", False),
    ],
)
def test_names_point_to_a_species(names, species, is_sure):
    guess = recognise_species(names, GeneNames())
    assert (guess.species, guess.is_sure) == (species, is_sure)
    assert guess.reason


def test_with_tables_only_known_names_count_as_human():
    known = GeneNames(symbols={"human": frozenset({"INS"}), "mouse": frozenset()})
    assert recognise_species(["INS", "XX1", "XX2"], known).species == "human"
    assert recognise_species(["XX1", "XX2", "XX3"], known).species == ""


def test_layers_of_an_h5ad_are_x_its_layers_and_raw(tmp_path):
    counts = np.ones((4, 3), dtype="float32")
    data = anndata.AnnData(counts, var=pd.DataFrame(index=HUMAN[:3]))
    data.layers["unspliced"] = counts
    data.write_h5ad(tmp_path / "plain.h5ad")
    data.raw = data
    data.write_h5ad(tmp_path / "raw.h5ad")
    assert list_layers(tmp_path / "plain.h5ad") == ("X", "unspliced")
    assert list_layers(tmp_path / "raw.h5ad") == ("X", "unspliced", "raw")


def test_layers_of_other_formats(tmp_path):
    with h5py.File(tmp_path / "a.loom", "w") as file:
        file["matrix"] = np.ones((2, 2))
        file["layers/spliced"] = np.ones((2, 2))
    with h5py.File(tmp_path / "new.h5", "w") as file:
        file["matrix/features/feature_type"] = [b"Gene Expression", b"Peaks", b"Peaks"]
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file["hg19/genes"] = [b"INS"]
        file["mm10/genes"] = [b"Ins2"]
    (tmp_path / "table.csv").write_text("x,INS\n")
    assert list_layers(tmp_path / "a.loom") == ("matrix", "spliced")
    assert list_layers(tmp_path / "new.h5") == ("Gene Expression", "Peaks")
    assert list_layers(tmp_path / "old.h5") == ("hg19", "mm10")
    assert list_layers(tmp_path / "table.csv") == ()


def test_layers_of_a_damaged_file_cannot_be_listed(tmp_path):
    (tmp_path / "bad.h5ad").write_bytes(b"no HDF5")
    with pytest.raises(DataFileError, match="another format"):
        list_layers(tmp_path / "bad.h5ad")


@pytest.mark.parametrize(
    "quality", [find_modality("scrna").quality("default"), find_modality("scatac").quality("paper")]
)
def test_the_limits_are_those_that_remove_the_cells(quality):
    counts = gamma_poisson(300, 500, seed=1)[0]
    counts[:5] = 0
    counts[5:20, 40:] = 0
    expression = make_expression(counts, [f"GENE{i}" for i in range(500)])
    outlook = judge(expression, quality)
    detected = (counts > 0).sum(axis=1)
    assert np.array_equal(outlook.detected, detected)
    assert np.array_equal(outlook.depth, counts.sum(axis=1))
    has_counts = detected > 0
    outside = has_counts & ((detected < outlook.low) | (detected >= outlook.high))
    assert outlook.steps[0].removed == 5
    assert outlook.steps[1].removed == outside.sum() > 0


def test_a_dataset_of_which_nothing_would_be_left_is_refused():
    expression = make_expression(np.ones((5, 4)), HUMAN)
    strict = QualityControl(minimum_genes=100)
    with pytest.raises(GraphError, match="at least 3 cells after quality control"):
        judge(expression, strict)


def test_the_toy_file_is_read_as_it_was_written(tmp_path):
    path = write_counts(tmp_path / "a.h5ad", np.ones((4, 4)), HUMAN)
    assert list_layers(path) == ("X",)
