"""Time and memory of a training on a device."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any, TypeVar

import torch

from benchmarks.memory import peak_memory
from musegnn.training.objective import Objective, Stepwise

Value = TypeVar("Value")
WARM_UP = 3  # times that steps are taken before they are captured


def timed(call: Callable[[], Value], device: torch.device) -> tuple[float, Value]:
    """Seconds until a call is done on its device, and what it returned."""
    _wait(device)
    started = time.perf_counter()
    value = call()
    _wait(device)
    return time.perf_counter() - started, value


def reset_peak(device: torch.device) -> None:
    """Forget the largest memory so far."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    else:
        peak_memory(reset=True)


def read_peak(device: torch.device) -> float:
    """Largest memory since the reset in MiB: of tensors on a GPU, else of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    return peak_memory() / 1024


def measure(
    make: Callable[[], Objective], device: torch.device, *, steps: int, epochs: int
) -> tuple[Objective, dict[str, Any]]:
    """Make what is trained, and time its epochs.

    Every timed epoch has the draws of the first, so that what is made once (how two graphs are
    related, kernels that are compiled) is told apart in `first_epoch_s`.

    Parameters
    ----------
    make
        Makes weights, optimiser and draws.
    device
        Where it computes.
    steps
        Steps of an epoch.
    epochs
        Epochs that are timed, after the first.

    Returns
    -------
    What is trained, and `start_s`, `first_epoch_s`, `epoch_s`, `step_ms`, `epochs_per_s`,
    `peak_mib` and the last `loss`.
    """
    reset_peak(device)
    start, objective = timed(make, device)
    state = objective.rng.bit_generator.state
    seconds, loss = [], torch.zeros(())
    for _ in range(epochs + 1):
        objective.rng.bit_generator.state = state
        spent, means = timed(objective.run_epoch, device)
        seconds.append(spent)
        loss = means["loss"]
    epoch = median(seconds[1:])
    return objective, {
        "start_s": start,
        "first_epoch_s": seconds[0],
        "epoch_s": epoch,
        "step_ms": 1e3 * epoch / steps,
        "epochs_per_s": 1 / epoch,
        "peak_mib": read_peak(device),
        "loss": float(loss),
    }


def measure_captured(
    objective: Objective, device: torch.device, *, steps: int, epochs: int
) -> dict[str, Any]:
    """Time the steps of one epoch as they are launched, and as one CUDA graph.

    The graph repeats the same partners and pairs: what it saves is what launching kernels costs,
    and a training would need a graph for each pair of gene graphs.

    Returns
    -------
    `plain_step_ms`, `captured_step_ms` and `captured_peak_mib`; where steps cannot be captured,
    `captured` says why.
    """
    if not isinstance(objective, Stepwise):
        return {"captured": "each step draws on the host"}
    if device.type != "cuda":
        return {"captured": "no CUDA device"}
    drawn = objective.draw_epoch()
    try:
        replay = capture(objective, drawn)
    except RuntimeError as error:
        return {"captured": f"refused: {str(error).splitlines()[0][:200]}"}
    plain = median(timed(lambda: objective.take_steps(drawn), device)[0] for _ in range(epochs))
    captured = median(timed(replay, device)[0] for _ in range(epochs))
    return {
        "plain_step_ms": 1e3 * plain / steps,
        "captured_step_ms": 1e3 * captured / steps,
        "captured_peak_mib": read_peak(device),
    }


def capture(objective: Any, drawn: Any) -> Callable[[], None]:
    """Capture the steps of an epoch as one CUDA graph; return what replays it."""
    for group in objective.optimiser.param_groups:
        group["capturable"] = True
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(WARM_UP):
            objective.take_steps(drawn)
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    if objective.generator is not None:
        graph.register_generator_state(objective.generator)
    objective.optimiser.zero_grad(set_to_none=True)
    with torch.cuda.graph(graph):
        objective.take_steps(drawn)
    return graph.replay


def _wait(device: torch.device) -> None:
    """Wait until a GPU has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
