"""Several processes train one network: equal weights, clear errors, nothing new for one process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from musegnn.errors import InputError
from musegnn.graphs.gene_graph import write_gene_graph
from musegnn.launchers.team import run_team
from musegnn.runs.presets import preset_settings
from musegnn.training.distributed import ALONE, Team, join_team
from musegnn.training.loop import train
from tests.toy_graphs import planted_graph
from tests.unit.training.test_loop import module_score

ROOT = Path(__file__).resolve().parents[3]
N_GRAPHS = 5

MEMBER = """
import sys
from safetensors.torch import save_file
from musegnn.training.distributed import join_team
from musegnn.training.loop import choose_device, train
from musegnn.runs.presets import preset_settings
from tests.toy_graphs import planted_graph
import torch
torch.set_num_threads(1)
graphs = [planted_graph(f"g{i}", seed=i, module_size=15 + i) for i in range(5)]
with join_team(choose_device("cpu")) as team:
    for preset, changes in (("default", {"graphs_per_step": 2}), ("paper", {})):
        config = preset_settings(preset, epochs=3, **changes)
        trained = train(graphs, config, device="cpu", team=team)
        assert trained.history[-1].loss < trained.history[0].loss, preset
        weights = dict(trained.network.state_dict())
        save_file(weights, f"{sys.argv[1]}/{preset}{team.rank}.safetensors")
"""


def start(code_or_module, *arguments, rank, port, size=2, **environment):
    """Start one process of a team."""
    return subprocess.Popen(
        [sys.executable, *code_or_module, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "RANK": str(rank),
            "WORLD_SIZE": str(size),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
            **environment,
        },
    )


def free_port():
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def train_together(folder, **environment):
    """Train both methods in two processes, one after the other; return the folder of weights."""
    folder.mkdir()
    port = free_port()
    members = [
        start(("-c", MEMBER), folder, rank=rank, port=port, **environment) for rank in range(2)
    ]
    for member in members:
        errors = member.communicate(timeout=240)[1]
        assert member.returncode == 0, errors
    return folder


@pytest.fixture
def graph_files(tmp_path):
    paths = [tmp_path / f"g{i}.h5ad" for i in range(3)]
    for i, path in enumerate(paths):
        write_gene_graph(planted_graph(path.stem, seed=i), path)
    return paths


@pytest.mark.slow
def test_two_processes_learn_the_same_weights_whatever_the_hash_seed(tmp_path):
    folders = [train_together(tmp_path / seed, PYTHONHASHSEED=seed) for seed in ("0", "1")]
    for preset in ("default", "paper"):
        first, *others = (
            load_file(folder / f"{preset}{rank}.safetensors")
            for folder in folders
            for rank in range(2)
        )
        assert len(others) == 3
        for name, weight in first.items():
            assert {other[name].tobytes() for other in others} == {weight.tobytes()}, name


class TwoSteps(Team):
    """A process whose partner has had the gradients below."""

    other: ClassVar = []

    def add(self, values):
        return values + self.other.pop(0)[: len(values)]


def test_gradients_become_the_mean_and_weights_without_any_stay_so():
    network = torch.nn.ParameterList([torch.zeros(2), torch.zeros(1), torch.zeros(3)])
    network[0].grad = torch.tensor([2.0, 4.0])
    # the other process took part as well, and has a gradient for the second weight alone
    team = TwoSteps(0, 2)
    team.other[:] = [torch.tensor([1.0, 0.0, 1.0, 0.0]), torch.tensor([0.0, 0.0, 6.0])]
    team.average_gradients(network, is_present=True)
    assert network[0].grad.tolist() == [1.0, 2.0]
    assert network[1].grad.tolist() == [3.0]
    assert network[2].grad is None


def test_work_is_dealt_in_turn_and_the_last_step_may_have_idle_processes():
    work = list("abcde")
    assert [Team(rank, 2).deal(work) for rank in range(2)] == [
        ["a", "c", "e"],
        ["b", "d", None],
    ]
    assert ALONE.deal(work) == work


@pytest.mark.slow
def test_two_processes_find_planted_modules_as_one_does(tmp_path, graph_files):
    from musegnn.graphs.gene_graph import read_gene_graph
    from musegnn.runs.presets import change_settings

    config = change_settings(preset_settings("default"), graphs_per_step=2, epochs=30)
    graphs = [read_gene_graph(path) for path in graph_files]
    alone = [module_score(v, 20) for v in train(graphs, config, device="cpu").vectors]
    settings = tmp_path / "settings.yaml"
    settings.write_text(json.dumps(config.to_dict()), encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "musegnn.cli.main", "train", *map(str, graph_files)),
            *("--config", str(settings), "--device", "cpu", "--processes", "2"),
            *("-o", str(tmp_path / "run")),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("done: ") == 1
    from musegnn.embeddings.embedding_set import read_embedding_set

    vectors = read_embedding_set(tmp_path / "run" / "result" / "embedding.h5ad").vectors
    together = [module_score(part, 20) for part in np.split(vectors, 3)]
    assert min(together) > min(alone) - 0.05
    epochs = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in epochs] == list(range(1, config.epochs + 1))


def test_a_dying_process_ends_the_run_with_one_clear_error(tmp_path, graph_files):
    port, out = free_port(), tmp_path / "run"
    arguments = ["train", *graph_files, "--epochs", "100000", "--device", "cpu", "-o", out]
    module = ("-m", "musegnn.cli.main")
    members = [start(module, *arguments, rank=rank, port=port) for rank in range(2)]
    metrics, deadline = out / "metrics.jsonl", time.monotonic() + 120
    while not (metrics.is_file() and metrics.read_text().count("\n") >= 3):
        assert [member.poll() for member in members] == [None, None]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(members[1].pid, signal.SIGKILL)
    errors = members[0].communicate(timeout=60)[1]
    members[1].communicate()
    assert members[0].returncode == 2
    assert "Expected 2 training processes that answer, found that one does not" in errors
    assert "Traceback" not in errors
    assert not (out / "result").exists()


def test_a_process_that_never_comes_ends_the_wait(tmp_path, graph_files):
    alone = start(
        ("-m", "musegnn.cli.main"),
        *("train", *graph_files, "--device", "cpu", "-o", tmp_path / "run"),
        rank=0,
        port=free_port(),
        MUSEGNN_PROCESS_TIMEOUT="3",
    )
    errors = alone.communicate(timeout=60)[1]
    assert alone.returncode == 2
    assert "Expected 2 training processes that answer" in errors


def test_an_error_of_the_first_process_is_told_once(tmp_path, graph_files):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "other").touch()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "musegnn.cli.main", "train", *map(str, graph_files)),
            *("--device", "cpu", "--processes", "2", "-o", str(tmp_path / "run")),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "musegnn train: Expected a new or empty folder for the run, found something in "
        f"{tmp_path / 'run'}. Choose another folder with `-o`."
    ]


def is_running(pid):
    """True unless the process has ended; one that nobody has asked about yet has ended too."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes as on Linux")
def test_a_request_to_end_ends_every_process(tmp_path, graph_files):
    leader = subprocess.Popen(
        [
            *(sys.executable, "-m", "musegnn.cli.main", "train", *map(str, graph_files)),
            *("--epochs", "100000", "--device", "cpu", "--processes", "2"),
            *("-o", str(tmp_path / "run")),
        ],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    metrics, deadline = tmp_path / "run" / "metrics.jsonl", time.monotonic() + 120
    while not (metrics.is_file() and metrics.read_text().count("\n") >= 2):
        assert leader.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    children = Path(f"/proc/{leader.pid}/task/{leader.pid}/children").read_text().split()
    assert len(children) == 2
    leader.terminate()
    assert leader.wait(60) == 130
    assert not any(is_running(pid) for pid in children)


def test_no_process_is_refused():
    with pytest.raises(InputError, match="Expected `processes` to be greater than 0"):
        run_team(["train"], 0)


def test_without_a_launcher_the_team_is_one(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with join_team(torch.device("cpu")) as team:
        assert team == ALONE
        assert team.is_first
