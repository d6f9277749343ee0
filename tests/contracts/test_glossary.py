"""The glossary in the docs says of each measure what its record says."""

from __future__ import annotations

from benchmarks.glossary import PAGE, measures, own_metrics, with_measures


def test_the_glossary_does_not_drift_from_the_records() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_measures(page) == page, "run `python -m benchmarks.glossary`"


def test_each_measure_has_one_row_and_what_stands_above_is_kept() -> None:
    rows = measures().splitlines()
    for metric in own_metrics():
        assert any(f"| {metric.label} |" in row and metric.meaning in row for row in rows)
    page = "# Glossary\n\nwords\n\n" + measures().replace("AUROC", "old")
    assert with_measures(page) == "# Glossary\n\nwords\n\n" + measures()
