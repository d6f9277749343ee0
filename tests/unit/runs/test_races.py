"""People who act at once, in processes of their own, lose nothing and are told the truth."""

from __future__ import annotations

from contextlib import suppress
from itertools import combinations_with_replacement
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from benchmarks.race_model import ACTS, Act, Answer, Run, World, explain
from benchmarks.race_people import Stage
from musegnn.launchers.processes import BADGE

ONE, TWO = (f"20260102T03040{n}Z-heart-aligned-s0-5ccd8e" for n in (5, 6))
STOPPED = Run("the only copy", "heart", "ended")
DONE, REFUSED, KILLED = Answer(True), Answer(False), Answer(None)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """A folder of runs and four processes."""
    made = Stage(tmp_path_factory.mktemp("races"))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("acts", "answers", "after", "is_possible"),
    [
        ("delete delete", (DONE, REFUSED), World(trash={ONE: STOPPED}), True),
        ("delete delete", (DONE, DONE), World(trash={ONE: STOPPED}), False),  # a false word
        ("delete delete", (DONE, REFUSED), World(), False),  # lost
        ("delete cancel", (DONE, REFUSED), World({ONE: STOPPED}, {ONE: STOPPED}), False),  # a ghost
        ("delete empty", (DONE, Answer(True, "1")), World(), True),
        ("delete empty", (DONE, Answer(True, "0")), World(trash={ONE: STOPPED}), True),
        ("delete empty", (DONE, Answer(True, "0")), World(), False),
        ("delete delete", (KILLED, REFUSED), World(trash={ONE: STOPPED}), True),
        ("delete delete", (KILLED, REFUSED), World({ONE: STOPPED}), False),  # nobody did it
        ("delete delete", (KILLED, DONE), World(trash={ONE: STOPPED}), True),
        ("empty", (KILLED,), World({ONE: STOPPED}), True),
        ("empty", (KILLED,), World({TWO: STOPPED}), False),
    ],
)
def test_the_model_tells_what_can_be_from_what_cannot(acts, answers, after, is_possible):
    chosen = [Act(kind, ONE) for kind in acts.split()]
    assert explain(World({ONE: STOPPED}), chosen, answers, after) is is_possible


@pytest.mark.parametrize("pair", [*combinations_with_replacement(ACTS, 2)], ids="-".join)
def test_any_two_acts_on_one_run_at_once(stage, pair):
    stage.new_root()
    for number, run_id in enumerate(sorted(stage.world.runs)[:2]):
        acts = [Act(kind, run_id, f"name {place}") for place, kind in enumerate(pair)]
        assert stage.act(acts, seed=number, dies={}) == []


@pytest.mark.parametrize(
    "pair",
    ["import import", "undelete import", "undelete empty", "undelete undelete", "empty empty"],
)
def test_two_who_bring_back_or_remove_what_was_deleted(stage, pair):
    for seed in range(4):
        stage.new_root()
        (run_id, *_) = sorted(stage.world.packed)
        assert stage.act([Act("delete", run_id)], seed=0, dies={}) == []
        assert stage.act([Act(kind, run_id) for kind in pair.split()], seed=seed, dies={}) == []


def test_a_dispatcher_killed_at_any_point_starts_no_run_twice(stage):
    for touch in range(2, 60, 3):
        stage.new_root()
        two = [Act("dispatch"), Act("dispatch")]
        assert stage.act(two, seed=touch, dies={0: touch}) == []
        assert stage.act(two, seed=touch, dies={}) == []
        for run_id in stage.world.runs:
            place = (stage.root / run_id).stat()
            end = f"-{place.st_dev:x}-{place.st_ino:x}".encode()
            assert sum(badge.endswith(end) for badge in worn_badges()) <= 1


def worn_badges():
    """Badges of launches that processes of this machine wear."""
    badges = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            words = entry.read_bytes().split(b"\0")
            badges += [word for word in words if word.startswith(BADGE.encode())]
    return badges


class People(RuleBasedStateMachine):
    """Any acts by two to four people, any of them killed at any touch of the file system."""

    stage: Stage

    @initialize()
    def start(self):
        """Begin with three runs."""
        self.stage.new_root()

    @rule(
        chosen=st.lists(
            st.tuples(st.sampled_from(ACTS), st.integers(0, 3)), min_size=2, max_size=4
        ),
        seed=st.integers(0, 10**6),
        victim=st.integers(0, 9),
        touch=st.integers(1, 50),
    )
    def act(self, chosen, seed, victim, touch):
        """Let people act; each means one of the runs, mostly the same."""
        world = self.stage.world
        ids = sorted({*world.runs, *world.trash, *world.packed})
        acts = [Act(kind, ids[max(0, n - 1) % len(ids)], f"name {seed}") for kind, n in chosen]
        assert self.stage.act(acts, seed=seed, dies={victim: touch}) == []

    @precondition(lambda self: "active" in {run.state for run in self.stage.world.runs.values()})
    @rule(place=st.integers(0, 9))
    def end(self, place):
        """A run is ended by force."""
        runs = self.stage.world.runs
        active = sorted(run_id for run_id, run in runs.items() if run.state == "active")
        self.stage.end(active[place % len(active)])


def test_people_who_act_at_once_lose_nothing_and_are_told_the_truth(stage):
    People.stage = stage
    run_state_machine_as_test(
        People,
        settings=settings(
            max_examples=10,
            stateful_step_count=12,
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
