"""A short slice of the benchmark of properties, on planted and on public tables."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import properties as benchmark
from musegnn.molecules.assays import AssayTable, read_assays
from musegnn.molecules.splits import scaffold_split
from musegnn.molecules.structures import scaffolds

RINGS = ("c1ccccc1", "c1ccncc1", "C1CCCCC1", "c1ccoc1", "c1ccsc1", "C1CCNCC1", "c1cnccn1")
TAILS = ("C(=O)O", "C(=O)OC", "C(=O)N", "CN", "CCO", "OC", "CCl", "CF", "C#N", "CCCC")


def plant() -> AssayTable:
    """Acids and esters are active in the first assay, amines in the second."""
    made = [f"{tail}{'C' * length}{ring}" for ring in RINGS for tail in TAILS for length in (0, 1)]
    made += [f"C{text}" for text in made]
    is_active = np.array([["C(=O)O" in text, "CN" in text or "NCC" in text] for text in made])
    labels = is_active.astype(np.float32)
    labels[::5, 1] = np.nan
    return AssayTable("planted", tuple(made), ("",) * len(made), ("acid", "amine"), labels, True)


def test_planted_properties_are_foretold_for_rings_never_seen():
    found = benchmark.measure(plant(), seeds=1)
    models = found["models"]
    assert models["constant"]["ensemble"] == pytest.approx(0.5)
    assert models["ensemble"]["ensemble"] > 0.9
    for model in models.values():
        assert model["low"] <= model["ensemble"] <= model["high"]
    assert found["ece"] < 0.2
    assert sum(found["sizes"]) == len(plant())
    assert set(found["by_task"]) == {"acid", "amine"}


@pytest.mark.parametrize(
    ("name", "sizes"),
    [("chembl2k", (1413, 353, 589)), ("biogen3k", (2112, 528, 881))],
)
def test_the_published_division_comes_again(shared, name, sizes):
    path = shared / "molecules" / f"{benchmark.FILES[name]}.csv.gz"
    if not path.is_file():
        pytest.skip(f"needs {path.name} of the public data")
    table = read_assays(path)
    rings = np.array(scaffolds(table.smiles), dtype=object)
    split = scaffold_split(rings.tolist())
    assert split.sizes == sizes
    assert not set(rings[split.train]) & set(rings[split.test])
    if name == "chembl2k":  # as counted for the published division
        active = np.nansum(table.labels[split.test], axis=0)
        assert (active.min(), np.median(active)) == (1, 8)
