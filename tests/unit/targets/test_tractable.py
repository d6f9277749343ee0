"""What drugs reach is told from phases; genes most like a gene are told by their vectors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from musegnn.errors import InputError
from musegnn.io.gene_tables import SHIPPED
from musegnn.io.nomenclature import GeneNames
from musegnn.targets.gene_vectors import GeneVectors
from musegnn.targets.opening import open_spaces
from musegnn.targets.tables import Pharmacology
from musegnn.targets.tractable import (
    find_gene,
    open_fused,
    read_stages,
    stage_of,
    tell_stage,
    tractable_neighbours,
)

PAIRS = (
    ("done", "AAA", ""),
    ("tried", "AAA", ""),
    ("tried", "BBB", "inhibitor"),
    ("tool", "CCC", ""),
    ("vitamin", "DDD", ""),
    ("done", "EEE", "cofactor"),
    *(("broad", f"X{n}", "") for n in range(6)),
    ("gone", "FFF", ""),
    ("done again", "AAA", ""),
)
PHASES = {
    "done": "Launched",
    "tried": "Phase 1/Phase 2",
    "tool": "Preclinical",
    "vitamin": "approved|nutraceutical",
    "broad": "Launched",
    "gone": "Withdrawn",
    "done again": "Launched",
}


@pytest.fixture
def data() -> Pharmacology:
    compounds = pd.DataFrame(
        {
            "name": ["the " + name.removesuffix(" again") for name in PHASES],
            "structure": "",
            "phase": list(PHASES.values()),
        },
        index=PHASES,
    )
    pairs = pd.DataFrame(PAIRS, columns=["compound", "gene", "action"]).assign(source="a table")
    return Pharmacology(compounds, np.zeros((0, 0)), (), (), pairs, {}, {}, 0)


@pytest.mark.parametrize(
    ("phase", "stage"),
    [
        ("Launched", "approved"),
        ("approved|illicit", "approved"),
        ("Withdrawn", "approved"),
        ("Phase 2/Phase 3", "in trials"),
        ("investigational", "in trials"),
        ("Preclinical", "ligand alone"),
        ("experimental", "ligand alone"),
        ("", "ligand alone"),
        ("approved|nutraceutical", ""),
    ],
)
def test_a_phase_is_a_stage(phase, stage):
    assert stage_of(phase) == stage


def test_the_furthest_molecule_with_few_targets_counts(data):
    stages = read_stages(data)
    assert stages["stage"].to_dict() == {
        "AAA": "approved",
        "BBB": "in trials",
        "CCC": "ligand alone",
        "FFF": "approved",
    }
    assert stages.loc["AAA", "molecules"] == "the done"  # one name of two salts,
    assert stages.loc["AAA", "n_molecules"] == 1  # not the one that came less far
    assert "AAA is tractable: 1 molecule" in tell_stage("AAA", stages)
    assert "in trials at most" in tell_stage("BBB", stages)
    assert "none of which came to trials" in tell_stage("CCC", stages)
    assert "no molecule with few targets" in tell_stage("X1", stages)


def test_neighbours_are_tractable_others_by_both_spaces(data):
    stages = read_stages(data)
    symbols = ("CCC", "AAA", "BBB", "FFF")
    one = GeneVectors(symbols, np.array([[1, 0], [1, 0.1], [0, 1], [-1, 0]], np.float32))
    other = GeneVectors(symbols[:3], np.array([[0, 1], [0.1, 1], [1, 0]], np.float32))
    table = tractable_neighbours("CCC", stages, {"one": one, "other": other}, {"other": other}, n=3)
    assert list(table["gene"]) == ["AAA", "BBB", "FFF"]
    assert table["one"].iloc[0] == pytest.approx(1 / np.hypot(1, 0.1), abs=1e-6)
    assert np.isnan(table["other"].iloc[2])
    assert list(table["agree"]) == ["other", "", ""]
    assert "AAA" not in set(tractable_neighbours("AAA", stages, {"one": one})["gene"])
    with pytest.raises(InputError, match="Expected genes that a drug hits, found none"):
        tractable_neighbours("CCC", stages.loc[["CCC"]], {"one": one})


def test_names_are_found_in_any_form_and_others_are_refused_in_a_sentence():
    names = GeneNames(tables=SHIPPED)
    space = {"one": GeneVectors(("KRAS", "TP53"), np.eye(2, dtype=np.float32))}
    assert find_gene(" kras ", space, names) == "KRAS"
    assert find_gene("ENSG00000141510", space, names) == "TP53"
    for text in ("nosuch", "", "Q" * 500):
        with pytest.raises(InputError, match="Expected a human gene of which something is known"):
            find_gene(text, space, names)
    with pytest.raises(InputError, match="Did you mean KRAS"):
        find_gene("KRA", space, names)
    with pytest.raises(InputError, match="Expected gene vectors"):
        find_gene("KRAS", {}, names)


def test_spaces_of_a_store_are_kept_and_the_fused_set_comes_with_the_program(
    drug_store, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    spaces, modalities = open_spaces(drug_store)
    assert list(spaces) == ["sets", "fused"]
    assert "GO" in modalities
    assert "fused" not in modalities
    again, _ = open_spaces(drug_store)
    np.testing.assert_array_equal(spaces["sets"].vectors, again["sets"].vectors)
    assert "KIN1" in spaces["sets"].symbols
    assert list(open_spaces(None)[0]) == ["fused"]
    assert open_fused(tmp_path / "none.h5ad") == {}
