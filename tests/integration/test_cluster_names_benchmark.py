"""A slice of `benchmarks.cluster_names` on the shipped atlas and what ships of GO."""

from benchmarks.cluster_names import CONTROLS, measure
from musegnn.settings import REPOSITORY


def test_controls_get_no_names_and_the_atlas_does(monkeypatch):
    monkeypatch.setenv("MUSEGNN_SHIPPED", str(REPOSITORY / "data" / "annotation"))
    answer = measure(REPOSITORY / "data" / "atlas", draws=1, plain_draws=0)
    assert answer["named"] >= 12
    assert answer["largest_q"] <= 0.05
    assert set(CONTROLS) <= set(answer)
    assert all(answer[control] <= 0.05 for control in CONTROLS)
