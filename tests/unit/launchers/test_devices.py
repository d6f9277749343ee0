"""Devices are counted as the environment allows, and each has one run."""

from __future__ import annotations

import pytest

from musegnn.errors import InputError
from musegnn.launchers import devices
from musegnn.launchers.devices import (
    Gpu,
    choose_visible,
    claim_cpu,
    claim_gpu,
    count_cpu_runs,
    count_threads,
    list_gpus,
    machine_locks,
    torch_uses_gpus,
)

GPUS = [Gpu(n, f"GPU-{n}a", "H200", 143771, 4, 0) for n in range(3)]


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        (None, [0, 1, 2]),
        ("", []),
        ("-1", []),
        ("1", [1]),
        ("2,0", [2, 0]),
        ("0,9,1", [0]),
        ("GPU-1a", [1]),
        ("NoDevFiles", []),
    ],
)
def test_the_variable_chooses_as_in_cuda(visible, expected):
    assert [gpu.index for gpu in choose_visible(GPUS, visible)] == expected


def test_what_nvidia_smi_says_is_read(tmp_path, monkeypatch):
    command = tmp_path / "nvidia-smi"
    command.write_text(
        "#!/bin/sh\necho '0, GPU-5d8, NVIDIA H200, 143771, 1024, 35'\n"
        "echo '1, GPU-6f1, NVIDIA H200, 143771, [N/A], [N/A]'\necho nonsense\n"
    )
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert list_gpus() == [
        Gpu(0, "GPU-5d8", "NVIDIA H200", 143771, 1024, 35),
        Gpu(1, "GPU-6f1", "NVIDIA H200", 143771, 0, 0),
    ]
    command.write_text("#!/bin/sh\nexit 9\n")
    assert list_gpus() == []
    monkeypatch.setenv("PATH", "")
    assert list_gpus() == []


def test_the_build_of_torch_is_told_without_loading_it():
    import torch

    assert torch_uses_gpus() == (torch.version.cuda is not None)


def test_each_place_on_the_cpu_has_one_run(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSEGNN_RUNS_AT_ONCE", "2")
    first, second = claim_cpu(tmp_path), claim_cpu(tmp_path)
    assert (first.label, first.visible) == ("CPU", "")
    assert claim_cpu(tmp_path) is None
    second.release()
    third = claim_cpu(tmp_path)
    assert third is not None
    first.release()
    third.release()


def test_each_gpu_has_one_run_on_the_whole_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(devices.tempfile, "gettempdir", lambda: str(tmp_path))
    claims = [claim_gpu(GPUS) for _ in range(3)]
    assert [claim.visible for claim in claims] == ["GPU-0a", "GPU-1a", "GPU-2a"]
    assert claim_gpu(GPUS) is None
    for claim in claims:
        claim.release()
    machine_locks().chmod(0o777)
    with pytest.raises(InputError, match="a folder of yours alone"):
        machine_locks()


@pytest.mark.parametrize("value", ["0", "-1", "many", "65", "1.5"])
def test_a_wrong_number_of_runs_is_refused(monkeypatch, value):
    monkeypatch.setenv("MUSEGNN_RUNS_AT_ONCE", value)
    with pytest.raises(InputError, match="whole number from 1 to 64"):
        count_cpu_runs()


def test_runs_share_the_cores(monkeypatch):
    monkeypatch.delenv("MUSEGNN_RUNS_AT_ONCE", raising=False)
    monkeypatch.setattr(devices, "count_cores", lambda: 16)
    assert (count_cpu_runs(), count_threads()) == (2, 8)
    monkeypatch.setattr(devices, "count_cores", lambda: 2)
    assert (count_cpu_runs(), count_threads()) == (1, 2)
    monkeypatch.setenv("MUSEGNN_RUNS_AT_ONCE", "4")
    assert count_threads() == 1
