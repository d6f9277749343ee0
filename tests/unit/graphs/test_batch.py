"""One dataset among many: what makes a graph fit, and what is told about it."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from musegnn.cli.graph_batch import summary_lines
from musegnn.errors import DataFileError
from musegnn.graphs import read_gene_graph, write_gene_graph
from musegnn.graphs.batch import (
    FINGERPRINT,
    SUMMARY_COLUMNS,
    GraphOptions,
    GraphRow,
    GraphTask,
    build_dataset,
    find_kept,
    fingerprint,
    remove_unfinished,
    write_cell_profiles,
    write_report,
    write_summary,
)
from musegnn.graphs.manifest import read_manifest
from musegnn.graphs.shared_cells import read_profiles
from musegnn.knowledge.catalogue import INTERACTIONS
from musegnn.knowledge.importing import import_table
from tests.batch_folder import NAMES, simulate, write_batch, write_dataset
from tests.count_files import make_counts, write_mtx
from tests.toy_graphs import planted_graph

OPTIONS = GraphOptions(n_genes=30)


def test_a_report_knows_what_was_imported_since_the_last_one(tmp_path):
    folder, path = tmp_path / "store", tmp_path / "report.json"
    folder.mkdir()
    graph = planted_graph("g")
    assert write_report(graph, path, folder).enrichment.empty
    (tmp_path / "mine.tsv").write_text("a\tb\nG0\tG1\n", encoding="utf-8")
    about = {"species": "human", "release": "1", "licence": "CC0"}
    import_table(tmp_path / "mine.tsv", folder, name="mine", kind=INTERACTIONS, **about)
    assert set(write_report(graph, path, folder).enrichment["relation"]) == {"interaction"}
    assert json.loads(path.read_text())["enrichment"][0]["relation"] == "interaction"


@pytest.fixture
def task(tmp_path: Path) -> GraphTask:
    datasets = read_manifest(write_batch(tmp_path, ("human_a",)))
    return GraphTask(datasets[0], OPTIONS, tmp_path / "out" / "human_a.h5ad")


def test_a_graph_is_built_then_kept_with_the_same_sizes(task):
    assert find_kept(task) is None
    row = build_dataset(task)
    assert (row.dataset, row.status, row.genes) == ("human_a", "built", 30)
    assert row.cells > 40
    before = task.output.read_bytes()
    kept = find_kept(task)
    assert kept is not None
    assert replace(kept, seconds=0.0) == replace(row, status="kept", seconds=0.0)
    assert task.output.read_bytes() == before
    assert not (task.output.parent / "human_a.report.json").exists()


def test_a_report_that_is_missing_is_written_for_a_kept_graph_too(task):
    asked = replace(task, report=task.output.with_name("human_a.report.json"))
    build_dataset(asked)
    text = asked.report.read_text()
    asked.report.unlink()
    assert find_kept(asked) is not None
    assert asked.report.read_text() == text


@pytest.mark.parametrize(
    "options",
    [
        replace(OPTIONS, n_genes=29),
        replace(OPTIONS, estimator="pearson"),
        replace(OPTIONS, preset="paper"),
        replace(OPTIONS, is_compact=True),
    ],
)
def test_another_option_needs_another_graph(task, options):
    assert fingerprint(replace(task, options=options)) != fingerprint(
        replace(task, options=OPTIONS)
    )


def test_other_counts_tables_context_or_version_need_another_graph(task, tmp_path, monkeypatch):
    first = fingerprint(replace(task, options=OPTIONS))
    assert fingerprint(replace(task, options=OPTIONS)) == first
    table = tmp_path / "ids.tsv"
    found = {first}
    for text in ("gene_id\tsymbol\n", "gene_id\tsymbol\nENSG00000000001\tA\n"):
        table.write_text(text)
        found.add(fingerprint(replace(task, options=replace(OPTIONS, gene_ids=(table,)))))
        found.add(fingerprint(replace(task, dataset=replace(task.dataset, annotation=table))))
        found.add(fingerprint(replace(task, dataset=replace(task.dataset, orthologs=table))))
    found.add(fingerprint(replace(task, dataset=replace(task.dataset, layer="counts"))))
    for change in ({"tissue": "skin"}, {"species": "lemur"}, {"modality": "scatac"}):
        context = replace(task.dataset.context, **change)
        found.add(fingerprint(replace(task, dataset=replace(task.dataset, context=context))))
    write_dataset(tmp_path, "human_a", simulate(9))
    found.add(fingerprint(replace(task, options=OPTIONS)))
    monkeypatch.setattr("musegnn.graphs.batch.__version__", "99")
    found.add(fingerprint(replace(task, options=OPTIONS)))
    assert len(found) == 1 + 6 + 1 + 3 + 2


def test_every_file_of_a_10x_folder_counts(task, tmp_path):
    folder = write_mtx(tmp_path, make_counts(simulate(0), [f"G{i}" for i in range(60)]))
    digests = []
    for file in (folder, folder / "matrix.mtx.gz"):
        dataset = replace(task.dataset, file=file)
        digests.append(fingerprint(replace(task, dataset=dataset)))
        barcodes = folder / "barcodes.tsv.gz"
        barcodes.write_bytes(barcodes.read_bytes() + b"x")
        digests.append(fingerprint(replace(task, dataset=dataset)))
    assert len(set(digests)) == 4


def test_a_file_that_is_no_graph_or_has_no_fingerprint_is_not_kept(task):
    build_dataset(task)
    graph = read_gene_graph(task.output)
    provenance = {k: v for k, v in graph.provenance.items() if k != FINGERPRINT}
    write_gene_graph(replace(graph, provenance=provenance), task.output)
    assert find_kept(task) is None
    task.output.write_bytes(b"damaged")
    assert find_kept(task) is None


def test_counts_that_went_are_told_by_building(task):
    build_dataset(task)
    task.dataset.file.unlink()
    assert find_kept(task) is None
    with pytest.raises(DataFileError, match="found no file"):
        build_dataset(task)


def test_profiles_hold_the_cells_with_enough_counts(task, tmp_path):
    counts = simulate(0)
    counts[:7] = 0
    counts[:7, 0] = 1
    write_dataset(tmp_path, "human_a", counts)
    path = tmp_path / "profiles.npz"
    assert write_cell_profiles(replace(task, output=path)) == 53
    profiles = read_profiles(path)
    # ABCA11 is an alias: whose counts these are is not sure enough to tell cells by
    sure = [i for i, name in enumerate(NAMES) if name != "ABCA11"]
    assert profiles.genes.tolist() == [NAMES[i] for i in sure]
    assert (profiles.counts.toarray() == counts[7:, sure]).all()


def test_the_summary_is_a_table_for_people_and_programs(tmp_path):
    rows = [
        GraphRow("a", "built", 1200, 1000, 15000, 0.03, 1.26),
        GraphRow("longer_name", "failed", seconds=0.1, error="Expected x,\tfound\ny."),
    ]
    write_summary(rows, tmp_path / "summary.tsv")
    with (tmp_path / "summary.tsv").open(newline="") as stream:
        first, second = csv.DictReader(stream, delimiter="\t")
    assert tuple(first) == SUMMARY_COLUMNS
    assert first | {"cells": "1200", "density": "0.030000", "seconds": "1.3"} == first
    assert second["error"] == "Expected x, found y."
    assert summary_lines(rows) == [
        "dataset      status  cells  genes   edges  density  seconds",
        "a            built   1,200  1,000  15,000      3 %      1.3",
        "longer_name  failed                                     0.1",
        "    Expected x, found y.",
    ]


def test_only_what_a_killed_job_of_this_dataset_left_is_removed(task):
    folder = task.output.parent
    folder.mkdir()
    stale = [
        *(".human_a-0123abcd.h5ad", ".human_a-0123abcd-loose.h5ad"),
        ".human_a.report-0123abcd.json",
    ]
    others = [".human_a-b-0123abcd.h5ad", "human_a.h5ad", ".human_b-0123abcd.h5ad", ".shared.json"]
    for name in [*stale, *others]:
        (folder / name).touch()
    remove_unfinished(task)
    assert sorted(path.name for path in folder.iterdir()) == sorted(others)
