import dataclasses
import datetime as dt
import io

import pandas as pd
import pytest

from musegnn.screens.shell.export import csv_bytes, file_name


def test_file_name_carries_date_atlas_configuration_and_content(atlas):
    name = file_name(atlas.origin, "INS neighbours", "csv", today=dt.date(2026, 11, 21))
    assert name == "2026-11-21_synthetic-atlas_3f9a2c7d_INS-neighbours.csv"


@pytest.mark.parametrize("what", ["../../etc/passwd", "a b/c", "HLA-DRA|x"])
def test_file_name_has_no_path_in_it(atlas, what):
    name = file_name(atlas.origin, what, "csv")
    assert "/" not in name
    assert " " not in name
    assert "|" not in name


def test_csv_comes_back_in_full_precision_with_provenance(atlas):
    table = pd.DataFrame({"gene": ["INS", "GCG"], "cosine": [0.123456789012345, 1e-9]})
    back = pd.read_csv(io.BytesIO(csv_bytes(table, atlas.origin)))
    pd.testing.assert_frame_equal(back[["gene", "cosine"]], table, check_exact=True)
    assert set(back["atlas"]) == {"synthetic-atlas"}
    assert set(back["config_hash"]) == {"3f9a2c7d"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "@sum", "-1+1", "\t=1"])
def test_text_that_looks_like_a_formula_is_guarded(atlas, text):
    origin = dataclasses.replace(atlas.origin, name=text)
    written = csv_bytes(pd.DataFrame({"gene": [text]}), origin).decode()
    assert written.count(f"'{text}") == 2
