"""Tables of the docs say what the files of `data/benchmarks` hold."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.measured import FOLDER, last_result, measurements_of
from benchmarks.measured_docs import FOLDER as DOCS
from benchmarks.measured_docs import as_markdown, with_table
from benchmarks.record import Docs
from benchmarks.records import RECORDS
from musegnn.analysis.comparison.neighbourhood_change import CALLED_OTHER, CALLED_SAME
from musegnn.benchmarks.measurements import Goal, Measurements, read_benchmark
from musegnn.targets.predicted import FOLDER as PREDICTED
from musegnn.targets.predicted import MANIFEST
from tests.unit.benchmarks.test_measurements import make_measurements

TABLES = [(name, docs) for name, record in RECORDS.items() for docs in record.docs]


@pytest.mark.parametrize(("name", "docs"), TABLES, ids=[docs.mark for _, docs in TABLES])
def test_a_table_does_not_drift_from_its_file(name: str, docs: Docs) -> None:
    page = (DOCS / docs.page).read_text(encoding="utf-8")
    path = FOLDER / f"{RECORDS[name].file}.json"
    found = read_benchmark(path) if path.is_file() else make_measurements()
    assert isinstance(found, Measurements)
    written = with_table(page, docs, found)  # needs the marks, be there a file or not
    if path.is_file():
        assert written == page, f"run the command that stands in {path.name} with --write"
    else:
        assert f"<!-- {docs.mark} -->\n" in written


@pytest.mark.parametrize(
    ("method", "said"), [("one tissue", CALLED_SAME), ("different tissues", CALLED_OTHER)]
)
def test_what_pages_say_of_called_genes_is_what_was_measured(method: str, said: int) -> None:
    found = read_benchmark(FOLDER / "called_change.json")
    assert isinstance(found, Measurements)
    rows = found.table.set_index(["question", "method", "measure"])
    assert (
        round(100 * float(rows.loc[("contexts of the atlas", method, "called"), "value"])) == said
    )


def test_every_file_has_a_record_and_its_title() -> None:
    files = {record.file: record.title for record in RECORDS.values()}
    assert len(files) == len(RECORDS)
    for path in FOLDER.glob("*.json"):
        found = read_benchmark(path)
        if isinstance(found, Measurements):
            assert files.get(path.stem) == found.title


def test_a_table_has_numbers_n_and_verdicts() -> None:
    found = make_measurements(goals=(Goal("far", "nearest", "auroc", low=0.75),))
    assert as_markdown(found).splitlines() == [
        "| asked |  | AUROC | n |",
        "|---|---|---|---|",
        "| far | model | 0.800 [0.750, 0.850] | 40 |",
        "|  | nearest | 0.700 [0.600, 0.780] | 40 |",
        "|  | luck | 0.500 | 40 |",
        "",
        "Planted pairs. In brackets: the 95 % interval. n counts pairs. `python -m "
        "benchmarks.made`",
        "",
        "- far, nearest, AUROC: 0.7000 [0.6000, 0.7800], wished at least 0.750: **missed**.",
    ]
    assert "far" not in as_markdown(found, lambda question: question != "far")


def test_what_stands_around_a_table_is_kept_and_a_page_without_a_place_is_told() -> None:
    docs = Docs("made.md", "made")
    page = "# Made\n\n<!-- made -->\nold\n<!-- end of made -->\n\nafter\n"
    written = with_table(page, docs, make_measurements())
    assert written.startswith("# Made\n\n<!-- made -->\n| asked |")
    assert written.endswith("benchmarks.made`\n<!-- end of made -->\n\nafter\n")
    with pytest.raises(SystemExit, match="has no place for the table `made`"):
        with_table("# Made\n", docs, make_measurements())


def test_what_is_said_of_predicted_targets_is_what_their_manifest_says() -> None:
    found = read_benchmark(FOLDER / f"{RECORDS['predicted'].file}.json")
    assert isinstance(found, Measurements)
    made = measurements_of("predicted", [last_result(PREDICTED / MANIFEST)])
    pd.testing.assert_frame_equal(found.table, made.table, check_dtype=False)
    assert (found.data, found.command) == (made.data, made.command)
    rows = found.table.set_index(["question", "method", "measure"])["value"]
    assert (
        rows["labels held out", "what ships", "mrr"] > rows["labels held out", "popularity", "mrr"]
    )
