"""What an epoch moves between host and device, watched without a device.

torch's `meta` device holds shapes and no numbers: reading one back raises, as does any step that
mixes tensors of two devices, so an epoch that runs there never waits for a number.
Copies to the device are counted by a dispatch mode.
"""

from __future__ import annotations

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from musegnn.runs.presets import preset_settings
from musegnn.training.loop import make_objective
from tests.toy_graphs import planted_graph

META = torch.device("meta")


class Traffic(TorchDispatchMode):
    """Counts copies to the device, and operations that are given numbers of the host."""

    def __init__(self) -> None:
        super().__init__()
        self.copies = 0
        self.mixed: list[str] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Look at the devices of what goes in and comes out."""
        out = func(*args, **(kwargs or {}))
        given = {t.device.type for t in tree_leaves((args, kwargs)) if _is_array(t)}
        made = {t.device.type for t in tree_leaves(out) if isinstance(t, torch.Tensor)}
        if "cpu" in given and "meta" in made | given:
            self.copies += "copy" in str(func)
            self.mixed += [] if "copy" in str(func) else [str(func)]
        return out


def _is_array(value):
    """Numbers without a dimension are part of the call, not a copy."""
    return isinstance(value, torch.Tensor) and value.ndim > 0


class HostGenerator(torch.Generator):
    """Stands for the generator of a device."""

    def __new__(cls, device=None):
        """Make a generator of the host."""
        return super().__new__(cls)


class PlainOptimiser(torch.optim.SGD):
    """Stands for the fused one, which refuses `meta`; what torch's own does is not in question."""

    def __init__(self, params, lr=0.1, *, fused):
        assert fused
        super().__init__(params, lr)


@pytest.fixture
def stand_ins(monkeypatch):
    """What torch has for real devices alone."""
    monkeypatch.setattr(torch, "Generator", HostGenerator)
    monkeypatch.setattr(torch.optim, "Adam", PlainOptimiser)


def make(preset, n_graphs, **changes):
    """Make an objective of some graphs on `meta`, with everything that is made once made."""
    graphs = [planted_graph(f"graph {i}", seed=i, module_size=15 + i % 3) for i in range(n_graphs)]
    config = preset_settings(preset, **changes)
    objective = make_objective(graphs, config, META)
    if hasattr(objective, "_pair"):
        for i in range(n_graphs):
            for j in range(n_graphs):
                if i != j:
                    objective._pair(i, j)
    return objective


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize("n_graphs", [1, 2, 7])
@pytest.mark.parametrize(
    ("preset", "changes"),
    [("paper", {"kernel": "dense"}), ("default", {}), ("default", {"graphs_per_step": 2})],
)
def test_an_epoch_copies_one_piece_to_the_device_and_reads_nothing(preset, changes, n_graphs):
    objective = make(preset, n_graphs, **changes)
    with Traffic() as traffic:
        means = objective.run_epoch()
    assert all(value.device.type == "meta" and value.ndim == 0 for value in means.values())
    assert traffic.copies <= 1
    assert traffic.mixed == []


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize(("preset", "changes"), [("paper", {"kernel": "dense"}), ("default", {})])
def test_steps_that_were_drawn_stay_on_the_device(preset, changes):
    """Only such steps can be captured as one CUDA graph."""
    objective = make(preset, 4, **changes)
    steps = objective.draw_epoch()
    with Traffic() as traffic:
        objective.take_steps(steps)
    assert traffic.copies == 0
    assert traffic.mixed == []


@pytest.mark.usefixtures("stand_ins")
def test_the_watch_sees_a_copy_and_a_reading():
    device = torch.zeros(3, device=META)
    with Traffic() as traffic:
        torch.arange(3).to(META)
        device[torch.arange(2)]
    assert traffic.copies == 1
    assert traffic.mixed
    with pytest.raises(RuntimeError, match="meta tensors"):
        float(device.sum())
    with pytest.raises(NotImplementedError, match="meta"):
        device[device > 0]
