"""What features were taken for, as values: columns, kinds, genomes, what was left out."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

from musegnn.errors import DataFileError, InputError
from musegnn.io.choices import Choices
from musegnn.io.expression import read_expression
from musegnn.io.features import INDEX, recognise_features

SYMBOLS = [f"RPL{i}" for i in range(3, 23)]
IDS = [f"ENSG{i:011d}" for i in range(20)]


@pytest.fixture
def h5ad(tmp_path):
    def write(**columns):
        counts = np.random.default_rng(0).poisson(2.0, (30, 20)).astype("float32")
        index = columns.pop("index", SYMBOLS)
        data = anndata.AnnData(counts, var=pd.DataFrame(columns, index=list(index)))
        data.write_h5ad(tmp_path / "counts.h5ad")
        return tmp_path / "counts.h5ad"

    return write


def test_columns_of_names_and_ids_are_told_with_examples(h5ad):
    found = read_expression(h5ad(index=IDS, feature_name=SYMBOLS)).recognised
    assert (found.names_from, found.ids_from) == ("feature_name", "")
    assert found.columns == {"feature_name": SYMBOLS[:5], "": IDS[:5]}
    plain = read_expression(h5ad()).recognised
    assert (plain.names_from, plain.ids_from) == ("", None)


def test_what_was_left_out_is_counted_by_what_it_is(h5ad):
    kinds = ["Gene Expression"] * 12 + ["Antibody Capture"] * 5 + ["CRISPR Guide Capture"] * 3
    found = read_expression(h5ad(feature_types=kinds)).recognised
    assert found.kinds == {
        "Gene Expression": 12,
        "Antibody Capture": 5,
        "CRISPR Guide Capture": 3,
    }
    assert found.left_out == {"Antibody Capture": 5, "CRISPR Guide Capture": 3}


def test_genomes_and_names_that_are_no_genes_are_counted():
    names = [f"GRCh38_{name}" for name in SYMBOLS] + [f"mm10_{n.capitalize()}" for n in SYMBOLS]
    found = recognise_features({INDEX: names}, Path("x.h5"), wanted="mm10").recognised
    assert found.genomes == {"GRCh38": 20, "mm10": 20}
    assert found.left_out == {"genome GRCh38": 20}
    summed = recognise_features({INDEX: [*SYMBOLS, "__no_feature"]}, Path("x.csv")).recognised
    assert summed.left_out == {"no genes by their name": 1}


def test_which_symbol_a_date_was_can_be_said():
    names = [*SYMBOLS, "1-Mar"]
    found = recognise_features({INDEX: names}, Path("x.csv"))
    assert found.names[-1] == "1-Mar"
    assert sorted(found.recognised.dates["1-Mar"]) == ["MARCHF1", "MTARC1"]
    said = Choices(dates="1-Mar=MTARC1")
    assert recognise_features({INDEX: names}, Path("x.csv"), choices=said).names[-1] == "MTARC1"
    with pytest.raises(DataFileError, match=r"Expected 1-Mar to be .* found TP53 chosen"):
        recognise_features({INDEX: names}, Path("x.csv"), choices=Choices(dates="1-Mar=TP53"))
    with pytest.raises(InputError, match="such as 1-Mar=MARCHF1, found '1-Mar'"):
        recognise_features({INDEX: names}, Path("x.csv"), choices=Choices(dates="1-Mar"))
