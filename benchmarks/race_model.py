"""What several people who act at once on one folder of runs may find, and no more.

A pure model: a world of runs, what each act makes of it when it is done alone, and whether there is
an order in which the acts, one after the other, give what everybody was told and what is there in
the end. Whoever was killed was told nothing, and may have done all, nothing, or a part that the act
allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

State = Literal["queued", "active", "ended", "finished"]
ACTS = (
    *("delete", "undelete", "cancel", "resume", "rename", "import", "export", "empty"),
    *("submit", "duplicate", "dispatch", "list"),
)


@dataclass(frozen=True)
class Run:
    """A run as it is told apart.

    Parameters
    ----------
    mark
        What its checkpoint says; an import makes a second run of the same mark.
    name
        For people.
    state
        Whether it waits, has a process, or ended, with a result or without.
    """

    mark: str
    name: str
    state: State


@dataclass(frozen=True)
class Act:
    """What somebody does.

    Parameters
    ----------
    kind
        One of `ACTS`.
    run_id
        The run that is meant; of an import the one in the file; "" where none is.
    text
        A new name.
    """

    kind: str
    run_id: str = ""
    text: str = ""


@dataclass(frozen=True)
class Answer:
    """What somebody was told.

    Parameters
    ----------
    is_done
        Whether it was done; None for somebody who was killed.
    value
        What came of it: an id, a name, or a number.
    """

    is_done: bool | None
    value: str = ""


@dataclass(frozen=True)
class World:
    """Runs and the trash, by id.

    Parameters
    ----------
    runs, trash
        What is there.
    packed
        Runs as they were when they were exported to the file that imports take.
    """

    runs: dict[str, Run] = field(default_factory=dict)
    trash: dict[str, Run] = field(default_factory=dict)
    packed: dict[str, Run] = field(default_factory=dict)

    def set(self, run_id: str, run: Run) -> World:
        """Return the world with a run."""
        return replace(self, runs={**self.runs, run_id: run})


Made = tuple[World, str] | None  # the world after, and what is told; None for a refusal


def do(world: World, act: Act, told: str = "") -> Made:
    """Return what an act makes of a world when nobody else acts, and what is told.

    Parameters
    ----------
    world, act
        Before, and what is done.
    told
        What was told: ids of new runs are made of the time and taken from there.
    """
    if act.kind in _WITHOUT_RUN:
        return _WITHOUT_RUN[act.kind](world, act, told)
    run = world.runs.get(act.run_id)
    return None if run is None else _WITH_RUN[act.kind](world, act, run, told)


def _import(world: World, act: Act, _: str) -> Made:
    run = world.packed.get(act.run_id)
    if run is None or act.run_id in world.runs:
        return None
    return world.set(act.run_id, run), act.run_id


def _undelete(world: World, act: Act, _: str) -> Made:
    if act.run_id not in world.trash or act.run_id in world.runs:
        return None
    rest = {key: value for key, value in world.trash.items() if key != act.run_id}
    return replace(world.set(act.run_id, world.trash[act.run_id]), trash=rest), act.run_id


def _delete(world: World, act: Act, run: Run, _: str) -> Made:
    if run.state in {"queued", "active"}:
        return None
    aside = _set_aside(world, act.run_id)
    rest = {key: value for key, value in aside.runs.items() if key != act.run_id}
    return replace(aside, runs=rest, trash={**aside.trash, act.run_id: run}), ""


def _cancel(world: World, act: Act, run: Run, _: str) -> Made:
    if run.state not in {"queued", "active"}:
        return None
    return world.set(act.run_id, replace(run, state="ended")), act.run_id


def _resume(world: World, act: Act, run: Run, _: str) -> Made:
    if run.state != "ended":
        return None
    return world.set(act.run_id, replace(run, state="queued")), act.run_id


def _export(world: World, _: Act, run: Run, __: str) -> Made:
    return None if run.state in {"queued", "active"} else (world, run.mark)


_WITHOUT_RUN: dict[str, Callable[[World, Act, str], Made]] = {
    "import": _import,
    "undelete": _undelete,
    "empty": lambda world, *_: (replace(world, trash={}), str(len(world.trash))),
    "submit": lambda world, act, told: (world.set(told, Run("", act.text, "queued")), told),
}
_WITH_RUN: dict[str, Callable[[World, Act, Run, str], Made]] = {
    "delete": _delete,
    "cancel": _cancel,
    "resume": _resume,
    "export": _export,
    "rename": lambda world, act, run, _: (
        world.set(act.run_id, replace(run, name=act.text)),
        act.text,
    ),
    "duplicate": lambda world, _, run, told: (
        world.set(told, Run("", run.name, "queued")),
        told,
    ),
}


def _set_aside(world: World, run_id: str) -> World:
    """Give a deleted run the id of the next second that is free in the trash."""
    if run_id not in world.trash:
        return world
    stamp, _, rest = run_id.partition("-")
    moment = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ")
    other = run_id
    while other in world.trash:
        moment += timedelta(seconds=1)
        other = f"{moment:%Y%m%dT%H%M%SZ}-{rest}"
    trash = {other if key == run_id else key: value for key, value in world.trash.items()}
    return replace(world, trash=trash)


def leave_off(world: World, act: Act, new_ids: Sequence[str]) -> Iterator[World]:
    """Yield what may be there of an act whose doer was killed."""
    yield world
    if act.kind == "empty":
        ids = sorted(world.trash)
        for n_gone in range(1, len(ids) + 1):
            yield replace(world, trash={key: world.trash[key] for key in ids[n_gone:]})
        return
    if act.kind == "delete" and act.run_id in world.runs:
        yield _set_aside(world, act.run_id)
    for told in new_ids if act.kind in {"submit", "duplicate"} else ("",):
        made = do(world, act, told)
        if made is not None:
            yield made[0]


def explain(before: World, acts: Sequence[Act], answers: Sequence[Answer], after: World) -> bool:
    """True when the acts in some order give what was told and what is there.

    A dispatcher looks at one run after the other: it may start what waits at any time, which
    changes no answer, since what waits and what is at work are stopped alike and deleted by nobody.
    """
    dispatched = [a for act, a in zip(acts, answers, strict=True) if act.kind == "dispatch"]
    pairs = [p for p in zip(acts, answers, strict=True) if p[0].kind not in {"dispatch", "list"}]
    new_ids = sorted(set(after.runs) - set(before.runs) - set(before.trash))
    was_killed = any(answer.is_done is None for answer in dispatched)
    return _search(before, pairs, after, new_ids, (bool(dispatched), was_killed))


def _search(
    world: World,
    pairs: Sequence[tuple[Act, Answer]],
    after: World,
    new_ids: Sequence[str],
    dispatched: tuple[bool, bool],
) -> bool:
    """Try all orders of what is left to do."""
    if not pairs:
        return _fits(world, after, dispatched)
    for place, (act, told) in enumerate(pairs):
        rest = [*pairs[:place], *pairs[place + 1 :]]
        if told.is_done is False:
            worlds = [world] if do(world, act) is None else []
        elif told.is_done is None:
            worlds = list(leave_off(world, act, new_ids))
        else:
            worlds = _as_told(do(world, act, told.value), told)
        if any(_search(made, rest, after, new_ids, dispatched) for made in worlds):
            return True
    return False


def _as_told(made: Made, told: Answer) -> list[World]:
    """Return the world after an act when it is as it was told, else none."""
    if made is None or not told.is_done:
        return []
    return [made[0]] if made[1] == told.value else []


def _fits(world: World, after: World, dispatched: tuple[bool, bool]) -> bool:
    """True when a world is the one that is there, but for what a dispatcher started."""
    if world.trash != after.trash or set(world.runs) != set(after.runs):
        return False
    was_there, was_killed = dispatched
    more: set[State] = {"active"} if was_there else set()
    if was_killed:
        more.add("ended")
    for run_id, run in world.runs.items():
        found = after.runs[run_id]
        is_started = run.state == "queued" and found.state in more
        if found != run and not (is_started and replace(found, state="queued") == run):
            return False
    return True
