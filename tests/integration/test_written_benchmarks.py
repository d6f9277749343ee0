"""Benchmarks of the atlas write a file that the page opens, and their tables in the docs."""

from __future__ import annotations

import shutil

import pytest

from benchmarks import change, depth, edge_rules, measured, measured_docs, place
from benchmarks.records import RECORDS
from musegnn.benchmarks.measurements import read_benchmark
from musegnn.screens.benchmarks import view as benchmarks

SMALL = "human_pbmc3k_402"
RUNS = {
    "place": (place, ["--start", "--seeds", "0", "--datasets", SMALL]),
    "change": (change, ["--parts", "still", "--draws", "2", "--datasets", SMALL]),
    "depth": (depth, ["--datasets", SMALL]),
    "edge_rules": (edge_rules, ["--datasets", SMALL, "human_pancreas_baron"]),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_one_command_writes_file_page_and_docs(name, shared, tmp_path, monkeypatch):
    monkeypatch.setattr(measured, "FOLDER", tmp_path)
    docs = shutil.copytree(measured_docs.FOLDER, tmp_path / "docs")
    monkeypatch.setattr(measured_docs, "FOLDER", docs)
    module, options = RUNS[name]
    assert module.main([*options, "--shared", str(shared), "--write"]) == 0
    record = RECORDS[name]
    path = tmp_path / f"{record.file}.json"
    found = read_benchmark(path)
    assert found.command.startswith(f"python -m benchmarks.{name} ")
    assert f" {len(options) - options.index('--datasets') - 1} dataset" in f" {found.data}"
    assert set(found.table["question"]) <= set(found.questions)
    assert found.table["value"].notna().all()
    view = benchmarks.build(path)
    assert view.sentences[0].startswith("Asked")
    for where in record.docs:
        page = (docs / where.page).read_text(encoding="utf-8")
        assert measured_docs.as_markdown(found, where.shows) in page
