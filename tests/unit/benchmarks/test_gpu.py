"""The script that measures on a GPU, all of it in small on the CPU."""

from __future__ import annotations

import json
import re
import subprocess
from contextlib import contextmanager, nullcontext

import pytest
import torch

from benchmarks.gpu import __main__ as gpu
from benchmarks.gpu import limits, made, timing
from benchmarks.gpu.table import NONE, PAGE, TRAININGS, with_table, write_table
from musegnn.molecules.encoder_inputs import read_inputs

CPU = torch.device("cpu")


def test_all_of_it_runs(capsys):
    assert gpu.main(["--tiny", "--device", "cpu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    found = json.loads(lines[-1])
    assert found["left_out"] == {}
    assert tuple(found["rows"]) == gpu.ROWS
    assert len(lines) == len(gpu.ROWS) + 1
    for name in TRAININGS:
        row = found["rows"][name]
        assert row["epochs_per_s"] * row["epoch_s"] == pytest.approx(1)
        assert row["step_ms"] * row["steps"] == pytest.approx(1e3 * row["epoch_s"])
        assert row["hours_of_2000_epochs"] * 3600 >= 2000 * row["epoch_s"]
        assert row["peak_mib"] > 0
        assert "captured_step_ms" not in row
    cancelled = found["rows"]["cancel"]
    assert cancelled["state"] == "stopped"
    assert cancelled["held_mib"] > limits.BACK
    assert cancelled["back_s"] >= cancelled["stop_s"]
    assert [row["fits"] for row in found["rows"]["lack"].values()] == [True] * 3
    assert found["rows"]["lack"]["default"]["told"].startswith("Set `graphs_per_step` to 1 (now 2)")
    page = write_table(found)
    assert f"{found['rows']['fusion']['step_ms']:.2f}" in page
    assert "Set `batch` to 4 (now 8)" in page


def test_the_page_has_a_line_for_each_training():
    page = PAGE.read_text(encoding="utf-8")
    empty = with_table(page, {})
    assert empty.count(NONE) == 5 * len(TRAININGS) + 3
    assert [label in page for label in TRAININGS.values()] == [True] * len(TRAININGS)
    rows = re.search(r"<!-- gpu -->\n(.*)<!-- end of gpu -->", page, re.DOTALL).group(1)
    assert len(re.findall(r"^\|", rows, re.MULTILINE)) == len(TRAININGS) + 2
    assert with_table(empty, {}) == empty


def test_without_a_gpu_it_says_so(capsys, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert gpu.main([]) == 2
    assert "Expected a GPU for device `cuda`" in capsys.readouterr().err


def test_rows_without_time_are_left_out(capsys):
    rows, left_out = gpu.measure_all(lambda *_: {"x": 1}, budget=0.0)
    assert rows == {}
    assert set(left_out.values()) == {"no time was left"}
    assert tuple(left_out) == gpu.ROWS
    rows, left_out = gpu.measure_all(
        lambda name, seconds: {"left_out": "a reason"} if name == "lack" else {"left": seconds},
        budget=60,
    )
    assert left_out == {"lack": "a reason"}
    assert all(0 < row["left"] <= 60 for row in rows.values())


def test_a_process_that_fails_costs_its_row_alone(monkeypatch):
    def late(command, **given):
        raise subprocess.TimeoutExpired(command, given["timeout"])

    monkeypatch.setattr(subprocess, "run", late)
    assert gpu.measure_apart("fusion", "cuda", 1.0) == {"left_out": "its time was over"}

    def killed(command, **_):
        return subprocess.CompletedProcess(command, -9, stdout="")

    monkeypatch.setattr(subprocess, "run", killed)
    assert gpu.measure_apart("fusion", "cuda", 1.0) == {"left_out": "its process ended with -9"}


def test_made_structures_are_molecules_of_the_size_of_drugs():
    sizes = made.Sizes(molecules=90, structures=60, profiles=10)
    context, inputs = made.make_context(sizes)
    assert inputs.is_read.all()
    assert 12 < len(inputs.graphs.atoms) / len(inputs) < 40
    assert [block.features.shape[1] for block in context.blocks] == [2048, 966, 978, 1111]
    again = read_inputs(context.smiles[60:])
    assert again.keys == inputs.keys[60:] == inputs.keys[:30]


def test_graphs_are_those_of_the_atlas_under_other_names():
    names = sorted(path.stem for path in made.ATLAS.glob("*.h5ad"))
    graphs = made.make_graphs(made.Sizes(graphs=len(names) + 2))
    assert len({graph.name for graph in graphs}) == len(graphs) == len(names) + 2
    assert graphs[len(names)].features is graphs[0].features
    assert graphs[len(names) - 1].name.startswith(names[-1])


def test_steps_are_warmed_up_aside_and_captured_once(monkeypatch):
    told: list[str] = []

    class Stream:
        def wait_stream(self, _):
            told.append("wait")

    class Graph:
        def register_generator_state(self, generator):
            assert isinstance(generator, torch.Generator)
            told.append("generator")

        def replay(self):
            told.append("replay")

    @contextmanager
    def capturing(_):
        told.append("begin")
        yield
        told.append("end")

    stand_ins = {
        "Stream": Stream,
        "CUDAGraph": Graph,
        "graph": capturing,
        "stream": lambda _: nullcontext(),
        "current_stream": Stream,
        "synchronize": lambda _: None,
        "max_memory_allocated": lambda _: 2**20,
    }
    for name, value in stand_ins.items():
        monkeypatch.setattr(torch.cuda, name, value)
    make, about = made.gene_training("default", "float32", made.TINY, CPU)
    objective = make()
    usual = type(objective).take_steps

    def take_steps(self, steps):
        assert all(group["capturable"] for group in self.optimiser.param_groups) or "end" in told
        told.append("steps")
        for group in self.optimiser.param_groups:  # the CPU has no captured step
            group["capturable"] = False
        means = usual(self, steps)
        for group in self.optimiser.param_groups:
            group["capturable"] = True
        return means

    monkeypatch.setattr(type(objective), "take_steps", take_steps)
    found = timing.measure_captured(objective, torch.device("cuda"), steps=about["steps"], epochs=2)
    order = ["wait", *["steps"] * 3, "wait", "generator", "begin", "steps", "end"]
    assert told == [*order, "steps", "steps", "replay", "replay"]
    assert found["captured_peak_mib"] == 1
    assert 0 < found["captured_step_ms"] < found["plain_step_ms"]

    def refuse(_):
        msg = "operation not permitted when stream is capturing\nmore"
        raise RuntimeError(msg)

    monkeypatch.setattr(torch.cuda, "graph", refuse)
    refused = timing.measure_captured(objective, torch.device("cuda"), steps=2, epochs=1)
    assert refused == {"captured": "refused: operation not permitted when stream is capturing"}
