"""Profiles: read in any layout, counted from controls, and without what their place tells."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from musegnn.errors import DataFileError, InputError
from musegnn.knowledge.importing import import_table
from musegnn.knowledge.store import open_store
from musegnn.knowledge.wells import features_of, read_wells
from musegnn.molecules.morphology import (
    consensus,
    correct_position,
    harmonise,
    lay_out,
    morphology_sources,
    position_control,
    read_morphology,
    scale_to_controls,
    well_places,
)

N_FEATURES = 40
WELLS = [f"{letter}{column:02d}" for letter in "ABCDEFGH" for column in range(1, 13)]


def make_plates(*, place: float, effect: float = 1.0, n_plates: int = 4, seed: int = 0):
    """Plates of one layout: 84 compounds, 12 controls; `place` scales what wells share."""
    rng = np.random.default_rng(seed)
    names = [f"drug {n}" for n in range(84)]
    layout = rng.permutation([*names, *["DMSO"] * 12])
    compound = {name: effect * rng.normal(size=N_FEATURES) for name in names}
    compound["DMSO"] = np.zeros(N_FEATURES)
    row, column = np.divmod(np.arange(96), 12)
    slope = rng.normal(size=(3, N_FEATURES))
    shared = np.outer(row / 3.5 - 1, slope[0]) + np.outer(column / 5.5 - 1, slope[1])
    shared += np.outer((row % 7 == 0) | (column % 11 == 0), slope[2])
    tables = []
    for plate in range(n_plates):
        values = 100 + 5 * (
            place * shared
            + np.stack([compound[name] for name in layout])
            + 0.5 * rng.normal(size=(96, N_FEATURES))
        )
        table = pd.DataFrame(
            values, columns=[f"Cells_Texture_{n}_DNA_5_0" for n in range(N_FEATURES)]
        )
        table.insert(0, "Metadata_Plate", f"plate {plate}")
        table.insert(1, "Metadata_Well", WELLS)
        table.insert(2, "Metadata_pert_iname", layout)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def profiles_of(table: pd.DataFrame, folder: Path):
    path = folder / "own.csv"
    table.to_csv(path, index=False)
    return lay_out(read_wells(path), source="own.csv")


def test_place_tells_the_compound_before_and_nothing_after(tmp_path):
    """Controls stand at zero again, and neither place nor its opposite beats chance by much."""
    scaled = scale_to_controls(profiles_of(make_plates(place=2.0), tmp_path))
    before = position_control(scaled)
    corrected = correct_position(scaled)
    after = position_control(corrected)
    assert before.in_one_well == 1.0
    assert before.mrr > 2.5 * before.chance
    assert max(after.mrr, after.opposite) < 1.5 * after.chance
    control = corrected.about["is_control"].to_numpy()
    assert np.abs(np.median(corrected.numbers[control], axis=0)).max() < 0.2


def test_correction_brings_compounds_nearer_to_what_they_do(tmp_path):
    """Effects planted without place are told better after, and stay where nothing is shared."""
    clean = consensus(scale_to_controls(profiles_of(make_plates(place=0.0), tmp_path))).numbers
    moved = scale_to_controls(profiles_of(make_plates(place=2.0), tmp_path))

    def likeness(found):
        values = consensus(found).numbers
        return np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(values, clean, strict=True)])

    assert likeness(correct_position(moved)) > likeness(moved) + 0.1
    unmoved = scale_to_controls(profiles_of(make_plates(place=0.0), tmp_path))
    assert likeness(correct_position(unmoved)) > 0.95


def test_a_fit_on_some_plates_holds_on_others_of_the_layout(tmp_path):
    """Plates that are corrected apart agree: the fit is none of one plate's noise."""
    scaled = scale_to_controls(profiles_of(make_plates(place=2.0), tmp_path))
    plate = scaled.about["plate"].to_numpy()
    halves = [correct_position(scaled.take(np.isin(plate, names))) for names in
              (["plate 0", "plate 1"], ["plate 2", "plate 3"])]  # fmt: skip
    one, other = (consensus(half).numbers for half in halves)
    together = np.corrcoef(one.ravel(), other.ravel())[0, 1]
    assert together > 0.8
    for half in halves:
        assert position_control(half).mrr < 1.6 * position_control(half).chance


def test_without_wells_nothing_is_corrected_and_that_is_told(tmp_path):
    table = make_plates(place=1.0).drop(columns=["Metadata_Well"])
    scaled = scale_to_controls(profiles_of(table, tmp_path))
    same = correct_position(scaled)
    assert np.array_equal(same.numbers, scaled.numbers)
    assert "not corrected on 4 of 4 plates" in same.remarks[-1]
    with pytest.raises(InputError, match="Expected at least 20 compounds in known wells"):
        position_control(scaled)


def test_numbers_count_from_controls_in_their_spread(tmp_path):
    """Compared with median and deviation of one feature by hand."""
    table = make_plates(place=0.0, n_plates=1)
    found = scale_to_controls(profiles_of(table, tmp_path))
    own = table.iloc[:, 3].to_numpy()
    control = own[table["Metadata_pert_iname"] == "DMSO"]
    z = (own - np.median(control)) / (1.4826 * np.median(np.abs(control - np.median(control))))
    assert np.allclose(found.numbers[:, 0], np.sign(z) * np.log1p(np.abs(z)), atol=1e-4)
    times_ten = table.copy()
    times_ten.iloc[:, 3:] = times_ten.iloc[:, 3:] * 10 - 400
    other = scale_to_controls(profiles_of(times_ten, tmp_path))
    assert np.allclose(found.numbers, other.numbers, atol=1e-3)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_separator_is_read(tmp_path, separator):
    table = make_plates(place=0.0, n_plates=1)
    path = tmp_path / "own.txt"
    table.to_csv(path, index=False, sep=separator)
    found = read_wells(path)
    assert len(features_of(found)) == N_FEATURES
    assert list(found["well"]) == WELLS
    assert np.allclose(found.iloc[:, -1], table.iloc[:, -1], rtol=1e-5)


def test_what_is_no_table_of_profiles_is_told(tmp_path):
    path = tmp_path / "own.csv"
    for text, said in (
        ("a,b\nx,y\n", "features in columns, found a, b"),
        ("one\n1\n", "found one column"),
        ("Cells_A;Cells_B\n0,5;1,5\n", "found '0,5'"),
        ("Cells_A,Cells_B\n", "found no row"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DataFileError, match=said):
            read_wells(path)
    path.write_text("Cells_A,Cells_B\n,\n", encoding="utf-8")
    with pytest.raises(InputError, match="Expected numbers in the features of own"):
        lay_out(read_wells(path), source="own")


def test_gaps_are_filled_and_told(tmp_path):
    table = make_plates(place=0.0, n_plates=1)
    table.iloc[:60, 3] = np.nan
    table.iloc[0, 4] = np.nan
    found = profiles_of(table, tmp_path)
    assert len(found.features) == N_FEATURES - 1
    assert found.numbers[0, 0] == pytest.approx(np.nanmedian(table.iloc[:, 4]), rel=1e-5)
    assert any("1 missing numbers" in remark for remark in found.remarks)


def test_features_of_two_versions_are_matched_by_name(tmp_path):
    one = profiles_of(make_plates(place=0.0, n_plates=1), tmp_path)
    table = make_plates(place=0.0, n_plates=1)
    table.columns = [
        name.replace("DNA_5_0", "CorrDAPI_5_00_256") if name.startswith("Cells") else name
        for name in table.columns
    ]
    other = profiles_of(table.drop(columns=list(table.columns[3:8])), tmp_path)
    a, b, said = harmonise(one, other)
    assert a.features == b.features == one.features[5:]
    assert "35 of 35 features" in said
    assert np.allclose(a.numbers, b.numbers)
    few = profiles_of(table.iloc[:, :10], tmp_path)
    with pytest.raises(InputError, match=r"Expected at least 20 features of own\.csv, found 7"):
        harmonise(one, few)


def test_wells_have_places():
    found = well_places(["A01", "B2", "P24", "AA3", "", "7"])
    assert found[:4].tolist() == [[0, 0], [1, 1], [15, 23], [26, 2]]
    assert np.isnan(found[4:]).all()


def test_a_table_of_ones_own_is_imported_and_read(tmp_path):
    """As text and as Parquet, with numbers unchanged."""
    table = make_plates(place=0.0, n_plates=1)
    for name in ("own.csv", "own.parquet"):
        path = tmp_path / name
        table.to_csv(path, index=False) if name.endswith("csv") else table.to_parquet(path)
        import_table(
            path, tmp_path / "store", name=f"from_{path.suffix[1:]}", kind="morphology profiles",
            species="human", release="1", licence="CC0",
        )  # fmt: skip
    store = open_store(tmp_path / "store")
    assert morphology_sources(store) == ["from_csv", "from_parquet"]
    for name in morphology_sources(store):
        found = read_morphology(store, name)
        assert np.allclose(found.numbers, table.iloc[:, 3:], rtol=1e-5)
        assert found.licence == "CC0"
        assert int(found.about["is_control"].sum()) == 12


def test_public_plates_lose_their_place():
    """On CPJUMP1 the well tells the compound before, and close to nothing after."""
    shared = Path(os.environ.get("MUSEGNN_SHARED", Path(__file__).resolve().parents[4] / "shared"))
    store = open_store(shared / "knowledge")
    if store is None or "cpjump1_wells" not in morphology_sources(store):
        pytest.skip("the public profiles of CPJUMP1 are not here (MUSEGNN_SHARED)")
    scaled = scale_to_controls(read_morphology(store, "cpjump1_wells"))
    before = position_control(scaled, repeats=1)
    after = position_control(correct_position(scaled), repeats=1)
    assert before.in_one_well > 0.9
    assert before.mrr > 0.25
    assert max(after.mrr, after.opposite) < 0.14
