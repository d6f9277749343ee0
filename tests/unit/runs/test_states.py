"""The state of a run follows from what can be seen, and never for want of it."""

from __future__ import annotations

from itertools import product

import pytest

from musegnn.runs.states import STATES, Evidence, derive_state

LOCAL = {"launched": 1, "is_born": True, "process": "alive", "launch_age": 5.0}
GONE = {**LOCAL, "process": "gone"}
BEATING = {**LOCAL, "reported": "running", "heartbeat_age": 1.0}
AWAY = {"launched": 1, "is_born": True, "job": "running", "launch_age": 900.0}


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        ({}, "queued"),
        ({"config_problem": "changed"}, "failed"),
        ({"is_stop_asked": True}, "cancelled"),
        ({"is_stop_asked": True, "has_checkpoint": True}, "stopped"),
        ({"requested": 2, "launched": 1, "has_checkpoint": True}, "queued"),
        ({"launched": 1, "launch_age": 3.0}, "starting"),
        ({"launched": 1, "launch_age": 30.0}, "lost"),
        ({"launched": 1}, "lost"),
        ({"launched": 1, "launch_problem": "no GPU"}, "failed"),
        (LOCAL, "starting"),
        ({**LOCAL, "launch_age": 500.0}, "lost"),
        ({**LOCAL, "reported": "starting", "heartbeat_age": 0.5}, "starting"),
        (BEATING, "running"),
        ({**BEATING, "heartbeat_age": 299.0}, "running"),
        ({**BEATING, "heartbeat_age": 301.0}, "lost"),
        ({**BEATING, "heartbeat_age": None}, "lost"),
        ({**BEATING, "is_stop_asked": True}, "stopping"),
        ({**BEATING, "is_stop_asked": True, "heartbeat_age": 900.0}, "stopping"),
        ({**BEATING, "reported": "stopped"}, "stopping"),
        ({**BEATING, "reported": "finished", "result": "whole"}, "finished"),
        ({**BEATING, "result": "whole"}, "running"),
        ({**BEATING, "reported": "no such word"}, "starting"),
        (GONE, "lost"),
        ({**GONE, "reported": "running", "heartbeat_age": 0.1}, "lost"),
        ({**GONE, "reported": "stopped"}, "stopped"),
        ({**GONE, "reported": "failed"}, "failed"),
        ({**GONE, "reported": "finished"}, "failed"),
        ({**GONE, "reported": "finished", "result": "damaged"}, "failed"),
        ({**GONE, "reported": "running", "result": "whole"}, "finished"),
        ({**GONE, "reported": "running", "result": "damaged"}, "lost"),
        ({**GONE, "is_stop_asked": True}, "cancelled"),
        ({**GONE, "is_stop_asked": True, "has_checkpoint": True}, "stopped"),
        ({**GONE, "is_stop_asked": True, "result": "whole"}, "finished"),
        ({"launched": 1, "reported": "running", "heartbeat_age": 5.0}, "running"),
        ({"launched": 1, "reported": "running"}, "lost"),
        ({"launched": 1, "reported": "stopped"}, "stopped"),
        ({**AWAY, "job": "waiting"}, "queued"),
        (AWAY, "starting"),
        ({**AWAY, "reported": "requeued", "heartbeat_age": 500.0, "job": "waiting"}, "queued"),
        ({**AWAY, "reported": "requeued", "heartbeat_age": 500.0}, "starting"),
        ({**AWAY, "reported": "running", "heartbeat_age": 2.0}, "running"),
        ({**AWAY, "reported": "running", "heartbeat_age": 2.0, "job": "gone"}, "lost"),
        ({**AWAY, "reported": "stopped", "job": "ending"}, "stopping"),
        ({**AWAY, "reported": "stopped", "job": "gone"}, "stopped"),
        ({**AWAY, "reported": "stopped", "job": "waiting"}, "queued"),
        ({**AWAY, "reported": "stopped", "heartbeat_age": 300.0}, "starting"),
        ({**AWAY, "reported": "stopped", "is_stop_asked": True}, "stopping"),
    ],
)
def test_state_follows_from_the_evidence(seen, state):
    found, why = derive_state(Evidence(**seen))
    assert found == state
    if state == "lost":
        assert why


def test_only_a_sign_of_life_makes_a_run_running_and_only_a_whole_result_finished():
    ages = (None, 1.0, 1e9)
    for launched, age, process, born, job, said, beat, stop, result in product(
        (0, 1),
        ages,
        ("alive", "gone", "unknown"),
        (False, True),
        (None, "waiting", "running", "ending", "gone"),
        ("", "starting", "running", "stopping", "stopped", "failed", "finished", "requeued", "?"),
        ages,
        (False, True),
        ("absent", "damaged", "whole"),
    ):
        seen = Evidence(
            launched=launched,
            launch_age=age,
            process=process,
            is_born=born,
            job=job,
            reported=said,
            heartbeat_age=beat,
            is_stop_asked=stop,
            result=result,
        )
        state, _ = derive_state(seen)
        assert state in STATES
        if state == "running":
            assert (launched, said, beat) == (1, "running", 1.0)
            assert process != "gone"
        if state == "finished":
            assert result == "whole"
        if state == "stopped":
            assert process != "alive" or launched == 0
