"""In which state a run is: one pure function of what its folder and the system show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

State = Literal[
    "queued",  # waits for its turn
    "starting",  # its process is there and has not begun to train
    "running",
    "stopping",  # asked to stop; its process is still there
    "stopped",  # stopped on request, its process is gone; can be taken up again
    "failed",  # said what went wrong
    "finished",  # its result is there and the hashes match
    "lost",  # its process is gone, or silent, without a word
    "cancelled",  # stopped on request before anything was trained
]
STATES: Final[tuple[State, ...]] = get_args(State)
ACTIVE: Final[frozenset[State]] = frozenset({"queued", "starting", "running", "stopping"})
RESUMABLE: Final[frozenset[State]] = frozenset({"stopped", "failed", "lost", "cancelled"})

SILENCE: Final = 60.0  # seconds without a heartbeat
BIRTH: Final = 20.0  # seconds from the decision to start until a process must be known
HUNG: Final = 300.0  # seconds without one of a process that is there: a full machine has no time
FIRST_WORD: Final = 120.0  # seconds until a process must have said something: libraries load slowly

Process = Literal["alive", "gone", "unknown"]
Result = Literal["absent", "damaged", "whole"]
Verdict = tuple[State, str]


@dataclass(frozen=True)
class Evidence:
    """What can be seen of a run.

    Parameters
    ----------
    requested, launched
        Number of the attempt that was asked for last, and of the one that was started last; 0 for
        none.
    config_problem
        Why the configuration cannot be used; "" when it can.
    launch_problem
        Why the attempt could not be started; "" when it could.
    launch_age
        Seconds since it was started; None when that cannot be told.
    process
        "alive" or "gone" when the process can be looked up from here, else "unknown".
    is_born
        True when a process or a job is known.
    job
        State of its job on a cluster; "gone" when the cluster no longer has it, None without one.
    reported
        What the run itself said last in this attempt; "" when nothing that can be read.
    heartbeat_age
        Seconds since it said so; None when that cannot be told.
    is_stop_asked
        True when this attempt was asked to stop.
    result
        Whether the result is there.
    has_checkpoint
        True when training left something to be taken up.
    """

    requested: int = 1
    launched: int = 0
    config_problem: str = ""
    launch_problem: str = ""
    launch_age: float | None = None
    process: Process = "unknown"
    is_born: bool = False
    job: Literal["waiting", "running", "ending", "gone"] | None = None
    reported: str = ""
    heartbeat_age: float | None = None
    is_stop_asked: bool = False
    result: Result = "absent"
    has_checkpoint: bool = False


def derive_state(seen: Evidence) -> Verdict:
    """Return the state and, where it needs one, a sentence that says why.

    No state is the one for want of evidence, least of all "running": that takes a process that is
    there, or a heartbeat that is young. "finished" takes a result whose hashes match.
    """
    rules = (_not_started, _ended_by_itself, _not_launched, _without_process, _silent, _at_work)
    return next(found for rule in rules if (found := rule(seen)) is not None)


def _not_started(seen: Evidence) -> Verdict | None:
    """State of an attempt that nobody has started yet."""
    if seen.launched >= seen.requested:
        return None
    if seen.result == "whole":
        return "finished", ""
    if seen.is_stop_asked:
        return _stopped(seen)
    return ("failed", seen.config_problem) if seen.config_problem else ("queued", "")


def _ended_by_itself(seen: Evidence) -> Verdict | None:
    """State of a run that left a result, or said that it ended."""
    is_there = seen.process == "alive" or seen.job in {"running", "ending"}
    if seen.result == "whole" and (seen.reported == "finished" or not is_there):
        return "finished", ""
    if seen.reported == "finished":
        what = "is damaged" if seen.result == "damaged" else "is not there"
        return "failed", f"The run said that it finished, but its result {what}."
    # "stopped" is the last word of a process, but not before the process is gone
    if is_there or seen.job == "waiting" or seen.reported not in {"failed", "stopped"}:
        return None
    return ("failed", "") if seen.reported == "failed" else ("stopped", "")


def _not_launched(seen: Evidence) -> Verdict | None:
    """State of an attempt that could not be started."""
    return ("failed", seen.launch_problem) if seen.launch_problem else None


def _without_process(seen: Evidence) -> Verdict | None:
    """State of a run whose process is gone."""
    reason = _gone(seen)
    if not reason:
        return None
    return _stopped(seen) if seen.is_stop_asked else ("lost", reason)


def _stopped(seen: Evidence) -> Verdict:
    """State of a run that was stopped on request, by whether it had trained."""
    return ("stopped" if seen.has_checkpoint else "cancelled"), ""


def _gone(seen: Evidence) -> str:
    """Say how it shows that the process is gone; "" when it may be there."""
    if seen.process == "gone":
        return "Its process ended without a word."
    if seen.job == "gone" and seen.process != "alive":
        return "The cluster no longer has its job."
    is_stillborn = not seen.is_born and not seen.reported
    if is_stillborn and (seen.launch_age is None or seen.launch_age > BIRTH):
        return "Its process was never seen."
    return ""


def _silent(seen: Evidence) -> Verdict | None:
    """State of a run that has been silent for too long, or waits on a cluster."""
    if seen.job == "waiting":
        return "queued", "Waits in the queue of the cluster."
    if _may_be_silent(seen):
        return None
    is_new = not seen.reported
    age, limit = (seen.launch_age, FIRST_WORD) if is_new else (seen.heartbeat_age, SILENCE)
    if age is None:
        return "lost", "Nothing shows that it still runs."
    if age <= (max(limit, HUNG) if seen.process == "alive" else limit):
        return None
    place = "Its process is there but" if seen.process == "alive" else "It has been"
    return "lost", f"{place} silent for {age:.0f} s."


def _may_be_silent(seen: Evidence) -> bool:
    """True while it is known without a word that something of the run is there."""
    if seen.is_stop_asked and (seen.process == "alive" or seen.job == "running"):
        return True  # whoever stops it sees to its end
    # in the queue it may have waited for hours before its first word
    is_new = seen.reported in {"", "requeued", "stopped"}
    return seen.job == "ending" or (seen.job == "running" and is_new)


def _at_work(seen: Evidence) -> Verdict:
    """State of a run whose process is there, or that gave a sign of life just now."""
    if seen.reported == "failed":
        return "failed", ""
    # on a cluster an older word may stand there: the job was taken off its node and is back
    is_old = seen.job == "running" and seen.reported == "stopped"
    is_ending = seen.job == "ending" or seen.reported == "stopping"
    is_ending = is_ending or (seen.reported == "stopped" and not is_old)
    if seen.is_stop_asked or is_ending:
        return "stopping", ""
    return ("running", "") if seen.reported == "running" else ("starting", "")
