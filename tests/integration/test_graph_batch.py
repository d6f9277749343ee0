"""Many datasets at once: resumed, with failures, killed, interrupted, here and on a cluster."""

from __future__ import annotations

import csv
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from musegnn.graphs import batch, read_gene_graph
from musegnn.launchers import LocalLauncher
from tests.batch_folder import (
    HEADER,
    build_or_be_killed,
    simulate,
    write_batch,
    write_dataset,
)
from tests.command_line import REPOSITORY, Answer, expect_refused, list_all, musegnn
from tests.process_group import list_group
from tests.slurm import slurm, slurm_configuration, wait_for

__all__ = ["slurm", "slurm_configuration"]

SMALL = ("--genes", 30, "--compact")


def build(manifest: Path, out: Path, *options: object) -> Answer:
    return musegnn("graph", "--manifest", manifest, "-o", out, *SMALL, *options)


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def statuses(out: Path) -> dict[str, str]:
    return {row["dataset"]: row["status"] for row in read_table(out / "summary.tsv")}


def digests(out: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in out.glob("*.h5ad")}


@pytest.fixture(scope="module", autouse=True)
def warm_processes() -> Iterator[None]:
    """Start the processes once for all tests: each loads libraries for seconds."""

    class Warm(LocalLauncher):
        def close(self) -> None:
            pass

    launchers: dict[int, Warm] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "musegnn.cli.graph_batch.LocalLauncher",
            lambda at_once: launchers.setdefault(at_once, Warm(at_once)),
        )
        yield
    for launcher in launchers.values():
        LocalLauncher.close(launcher)


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Manifest of three good datasets, two of which share ten cells, and a broken one."""
    folder = tmp_path_factory.mktemp("counts")
    return write_batch(folder, ("human_a", "human_b", "broken", "mouse_c"))


@pytest.fixture(scope="module")
def first(counts: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    """Folder and answer of the first call."""
    out = tmp_path_factory.mktemp("graphs") / "new" / "folder"
    return out, build(counts, out, "--jobs", 2, "--report")


def test_one_failed_dataset_stops_no_other_and_the_exit_code_tells(first):
    out, answer = first
    assert answer.code == 2
    assert statuses(out) == {
        "human_a": "built",
        "human_b": "built",
        "broken": "failed",
        "mouse_c": "built",
    }
    row = {row["dataset"]: row for row in read_table(out / "summary.tsv")}
    assert row["broken"]["error"].startswith("Expected raw counts")
    assert row["human_a"]["genes"] == "30"
    assert "broken: Expected raw counts" in answer.err
    assert "Traceback" not in answer.err
    assert answer.out.splitlines()[0].split() == [
        *("dataset", "status", "cells", "genes", "edges", "density", "seconds"),
    ]
    graphs = {"human_a", "human_b", "mouse_c"}
    assert set(list_all(out)) == {
        *(f"{name}.h5ad" for name in graphs),
        *(f"{name}.report.json" for name in graphs),
        *("summary.tsv", "shared_cells.tsv", ".shared_cells.json"),
    }


def test_cells_in_common_are_listed_and_stand_in_both_graphs(first):
    out, answer = first
    (pair,) = read_table(out / "shared_cells.tsv")
    assert list(pair.values()) == ["human_a", "human_b", "10", "60", "60"]
    assert "human_a and human_b have 10 cells in common" in answer.err
    for name, partners in (("human_a", {"human_b": 10}), ("human_b", {"human_a": 10})):
        provenance = read_gene_graph(out / f"{name}.h5ad").provenance
        assert provenance["shares_cells_with"] == partners
    assert "shares_cells_with" not in read_gene_graph(out / "mouse_c.h5ad").provenance


def test_a_graph_is_the_same_alone_and_in_any_batch(first, counts, tmp_path):
    out, _ = first
    assert build(counts, tmp_path / "one", "--jobs", 1).code == 2
    assert digests(tmp_path / "one") == digests(out)
    answer = musegnn(
        *("graph", counts.parent / "mouse_c.h5ad", "--species", "mouse", "--tissue", "blood"),
        *("--modality", "scrna", *SMALL, "-o", tmp_path / "alone.h5ad"),
    )
    assert answer.code == 0
    assert (tmp_path / "alone.h5ad").read_bytes() == (out / "mouse_c.h5ad").read_bytes()


def test_a_second_call_does_only_what_is_new(tmp_path, monkeypatch):
    manifest, out = write_batch(tmp_path / "counts"), tmp_path / "out"
    assert build(manifest, out).code == 0
    before = digests(out)
    jobs: list[str] = []
    submit = LocalLauncher.submit

    def count(self, work):
        jobs.extend(f"{job.work.__name__} {job.name}" for job in work)
        return submit(self, work)

    monkeypatch.setattr(LocalLauncher, "submit", count)
    times = {path: path.stat().st_mtime_ns for path in out.glob("*.h5ad")}
    assert build(manifest, out).code == 0
    assert jobs == []
    assert set(statuses(out).values()) == {"kept"}
    assert times == {path: path.stat().st_mtime_ns for path in out.glob("*.h5ad")}
    write_dataset(manifest.parent, "human_b", simulate(7))  # has no cell of human_a
    assert build(manifest, out).code == 0
    assert jobs == [
        *("build_dataset human_b", "write_cell_profiles human_a", "write_cell_profiles human_b"),
    ]
    assert statuses(out) == {"human_a": "kept", "human_b": "built", "mouse_c": "kept"}
    assert read_table(out / "shared_cells.tsv") == []
    assert "shares_cells_with" not in read_gene_graph(out / "human_a.h5ad").provenance
    jobs.clear()
    write_batch(tmp_path / "counts")  # as at first
    assert build(manifest, out).code == 0
    assert digests(out) == before
    jobs.clear()
    assert build(manifest, out, "--genes", 25).code == 0
    assert jobs == [f"build_dataset {name}" for name in ("human_a", "human_b", "mouse_c")]


def test_a_killed_process_fails_its_dataset_only(tmp_path, monkeypatch):
    manifest, out = write_batch(tmp_path / "counts"), tmp_path / "out"
    monkeypatch.setattr("musegnn.cli.graph_batch.build_dataset", build_or_be_killed)
    answer = build(manifest, out, "--jobs", 1)
    assert answer.code == 2
    assert statuses(out) == {"human_a": "built", "human_b": "failed", "mouse_c": "built"}
    assert "killed by SIGKILL" in read_table(out / "summary.tsv")[1]["error"]
    assert not [name for name in list_all(out) if "human_b" in name]
    monkeypatch.setattr("musegnn.cli.graph_batch.build_dataset", batch.build_dataset)
    assert build(manifest, out).code == 0
    assert statuses(out) == {"human_a": "kept", "human_b": "built", "mouse_c": "kept"}


def test_a_graph_of_an_earlier_run_stays_and_is_told(first, counts, tmp_path):
    folder, out = tmp_path / "counts", tmp_path / "out"
    manifest = write_batch(folder, ("human_a",))
    assert build(manifest, out).code == 0
    write_dataset(folder, "human_a", -simulate(0))
    assert build(manifest, out).code == 2
    (row,) = read_table(out / "summary.tsv")
    assert row["error"].endswith("human_a.h5ad is of an earlier run.")


@pytest.mark.parametrize("to_group", [True, False])
def test_ctrl_c_ends_the_workers_and_leaves_no_half_file(tmp_path, to_group):
    names = [f"human_{i}" for i in range(30)]
    manifest, out = write_batch(tmp_path / "counts", names), tmp_path / "out"
    # a suite that runs in the background of a shell ignores this signal, and so would its children
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "musegnn.cli.main", "graph", "--manifest", str(manifest)),
            *("-o", str(out), *map(str, SMALL), "--jobs", "1"),
        ],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    signal.signal(signal.SIGINT, before)
    deadline = time.monotonic() + 60
    while not list(out.glob("human*.h5ad")) and time.monotonic() < deadline:
        time.sleep(0.05)
    if to_group:  # as a terminal does
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)
    printed, told = process.communicate(timeout=30)
    assert process.returncode == 130, told
    assert printed == ""
    assert "Traceback" not in told
    assert told.splitlines()[-1] == (
        "interrupted: the graphs built so far stay; the same command goes on"
    )
    wait_for(lambda: not list_group(process.pid), "the workers to end", seconds=5)
    left = list_all(out)
    assert 1 <= len(left) < len(names)
    assert all(name.startswith("human_") and name.endswith(".h5ad") for name in left)
    for name in left:
        read_gene_graph(out / name)


def test_the_cluster_makes_the_same_bytes(slurm, first, counts, tmp_path):
    out, _ = first
    manifest = counts.with_name("fewer.tsv")
    lines = counts.read_text().splitlines()
    manifest.write_text("\n".join(line for line in lines if "mouse" not in line))
    answer = build(manifest, tmp_path / "out", "--executor", "slurm", "--slurm", "time=5")
    assert answer.code == 2
    found, expected = digests(tmp_path / "out"), digests(out)
    assert found == {name: expected[name] for name in ("human_a.h5ad", "human_b.h5ad")}
    assert statuses(tmp_path / "out") == {
        "human_a": "built",
        "human_b": "built",
        "broken": "failed",
    }
    assert (tmp_path / "out" / "shared_cells.tsv").read_text() == (
        out / "shared_cells.tsv"
    ).read_text()
    assert not (tmp_path / "out" / ".jobs").exists()


ONE = ("--species", "human", "--tissue", "blood", "--modality", "scrna")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--manifest", "m.tsv", "x.h5ad", *ONE), "leave out INPUT, --species, --tissue, --mod"),
        (("--manifest", "m.tsv", "--layer", "X"), "leave out --layer"),
        (("--manifest", "m.tsv", "--report", "r.json"), "--report takes no file"),
        (("--manifest", "m.tsv", "--slurm", "time=5"), "--slurm needs --executor slurm"),
        (("x.h5ad", *ONE, "--jobs", "2", "--root", "."), "--root, --jobs: only with --manifest"),
        (("x.h5ad", *ONE, "--report"), "--report: expected a file"),
        (("x.h5ad", "--tissue", "b"), "required: --species, --modality (or --manifest TABLE.tsv)"),
        ((), "required: INPUT, --species, --tissue, --modality (or --manifest TABLE.tsv)"),
    ],
)
def test_options_of_one_and_of_many_datasets_do_not_mix(arguments, message):
    answer = musegnn("graph", "-o", "out", *arguments)
    assert answer.code == 2
    assert message in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--jobs", 0), "Expected `jobs` to be greater than 0"),
        (("--genes", -1), "Expected `genes` to be greater than 0"),
        (("--estimator", "cscor"), "Did you mean 'cscore'"),
        (("--preset", "papper"), "Did you mean 'paper'"),
        (("--gene-ids", "absent.tsv"), "gene ids at absent.tsv, found none"),
        (("--root", "absent"), "Expected a folder at absent, found none"),
        (("--executor", "slurm", "--slurm", "tim=5"), "Did you mean 'time'"),
    ],
)
def test_what_no_dataset_could_use_is_refused_at_once(counts, tmp_path, options, message):
    expect_refused(build(counts, tmp_path / "out", *options), message)
    assert not (tmp_path / "out").exists()


def test_outputs_that_would_replace_something_are_refused(counts, tmp_path):
    expect_refused(build(counts, counts.parent), "outputs other than the inputs")
    (tmp_path / "file").touch()
    expect_refused(build(counts, tmp_path / "file"), "Expected a folder for the graphs")
    manifest = tmp_path / "m.tsv"
    manifest.write_text(f"{HEADER}\nabsent.h5ad\thuman\tblood\tscrna\n")
    expect_refused(build(manifest, tmp_path / "out"), "Line 2 of m.tsv: Expected a file at")


def test_the_two_small_blood_datasets_share_65_cells(shared, tmp_path):
    manifest = tmp_path / "m.tsv"
    names = ("human_pbmc3k_402", "human_pbmc_10x_liger")
    lines = [f"scrna/{name}.h5ad\thuman\tblood\tscrna" for name in names]
    manifest.write_text("\n".join([HEADER, *lines]) + "\n")
    answer = build(manifest, tmp_path / "out", "--root", shared / "data", "--jobs", 2)
    assert answer.code == 0, answer.err
    (pair,) = read_table(tmp_path / "out" / "shared_cells.tsv")
    assert list(pair.values()) == ["human_pbmc3k_402", "human_pbmc_10x_liger", "65", "402", "250"]
    provenance = read_gene_graph(tmp_path / "out" / "human_pbmc3k_402.h5ad").provenance
    assert provenance["shares_cells_with"] == {"human_pbmc_10x_liger": 65}
