"""Processes that act at once on one folder of runs, in a hurry, slowly, or killed at any point.

Each is a process of its own that is told what to do and when. Before each touch of the file system
it may wait a little, by chance, so that whatever can come between two touches does; and it may be
killed (SIGKILL) before the n-th of them.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
import time
import traceback
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.race_model import Act, Answer, Run, State, World, explain
from musegnn import runs
from musegnn.errors import MuseGNNError
from musegnn.launchers.file_lock import try_lock
from musegnn.launchers.processes import start_mark
from musegnn.runs import control, dispatcher, files, submission
from musegnn.runs.config import RunConfig
from musegnn.runs.dispatcher import Dispatcher
from musegnn.runs.identifiers import LOCKS, TRASH, is_run_id
from musegnn.runs.presets import preset_settings
from musegnn.runs.record import record_of
from musegnn.runs.staging import sweep
from musegnn.runs.states import ACTIVE
from musegnn.runs.submission import DISPATCHER_LOCK
from tests.made_runs import write_run

# whatever touches the file system or another process
TOUCHES = {
    *("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.listdir", "os.scandir"),
    *("fcntl.flock", "subprocess.Popen", "os.kill", "os.killpg", "os.utime"),
}
LONGEST_WAIT = 0.002  # seconds before a touch
STAND_IN = ["/bin/sleep", "60"]  # in place of the work of a run
PATIENCE = 60.0


@dataclass
class Plan:
    """How somebody goes about it.

    Parameters
    ----------
    seed
        Of the waits.
    dies_at
        Number of the touch before which he is killed; 0 for never.
    """

    seed: int = 0
    dies_at: int = 0
    n_touches: int = 0
    chance: random.Random = field(default_factory=random.Random)


@dataclass(frozen=True)
class Problem:
    """Something that must not be.

    Parameters
    ----------
    kind
        "lost", "ghosts", "false_words" or "held_locks".
    text
        What it was.
    """

    kind: str
    text: str


def new_config(name: str) -> RunConfig:
    """Return the configuration of a run that reads nothing."""
    return RunConfig(
        name=name,
        created=datetime.now(UTC),
        preset="default",
        settings=preset_settings("default"),
        device="cpu",
        threads=1,
        executor="local",
    )


def dispatch_once(root: Path) -> str:
    """Look at all runs once, as a dispatcher does, unless another one is at it."""
    held = try_lock(root / LOCKS / DISPATCHER_LOCK)
    if held is None:
        return "busy"
    try:
        Dispatcher(root).look()
    finally:
        os.close(held)
    return "looked"


def list_all(root: Path) -> str:
    """List runs and trash; return what must not be in it."""
    broken = [record.run_id for record in runs.list_runs(root) if record.config is None]
    runs.list_deleted(root)
    return " ".join(broken)


def checkpoint_of(mark: str) -> bytes:
    """Return a checkpoint without tensors that carries a mark."""
    header = json.dumps({"__metadata__": {"mark": mark}}).encode()
    return len(header).to_bytes(8, "little") + header


def mark_of(checkpoint: bytes) -> str:
    """Return the mark of a checkpoint."""
    return str(json.loads(checkpoint[8:])["__metadata__"]["mark"])


def export(root: Path, run_id: str) -> str:
    """Export a run and return the mark in the file."""
    path = runs.export_run(root, run_id, root.parent / f"{os.getpid()}.zip")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        has_result = f"{files.RESULT}/found.json" in names
        mark = mark_of(archive.read(files.CHECKPOINT)) if files.CHECKPOINT in names else ""
        status = archive.read(files.STATUS) if files.STATUS in names else b""
    return f"{mark} without its result" if b"finished" in status and not has_result else mark


DO: dict[str, Callable[[Path, Act], str]] = {
    "delete": lambda root, act: runs.delete(root, act.run_id) or "",
    "undelete": lambda root, act: runs.undelete(root, act.run_id).run_id,
    "cancel": lambda root, act: runs.cancel(root, act.run_id).run_id,
    "resume": lambda root, act: runs.resume(root, act.run_id, executor="local").run_id,
    "rename": lambda root, act: runs.rename(root, act.run_id, act.text).name,
    "import": lambda root, act: runs.import_run(root, packed(root, act.run_id)).run_id,
    "export": lambda root, act: export(root, act.run_id),
    "empty": lambda root, _: str(runs.empty_trash(root)),
    "submit": lambda root, act: submission.make_run(root, new_config(act.text)).name,
    "duplicate": lambda root, act: runs.duplicate(root, act.run_id, executor="local").run_id,
    "dispatch": lambda root, _: dispatch_once(root),
    "list": lambda root, _: list_all(root),
}


def packed(root: Path, run_id: str) -> Path:
    """Return the file that imports of a run take."""
    return root.parent / f"{root.name}-{run_id}.zip"


def stand_in() -> None:
    """Let runs of this process be a sleep, and let none start a dispatcher by itself."""
    dispatcher.module_command = lambda *_: STAND_IN  # type: ignore[assignment]
    for module in (control, submission):
        module.ensure_dispatcher = lambda _: False


def live(line: Connection) -> None:
    """Do what comes in and tell what came of it, until the line is closed."""
    stand_in()
    plan = Plan()

    def touch(event: str, _: object) -> None:
        if event not in TOUCHES or not plan.seed:
            return
        plan.n_touches += 1
        if plan.n_touches == plan.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if plan.chance.random() < 0.2:
            time.sleep(plan.chance.random() * LONGEST_WAIT)

    sys.addaudithook(touch)
    with suppress(EOFError):
        while True:
            root, act, seed, dies_at, start = line.recv()
            time.sleep(max(0.0, start - time.monotonic()))
            plan.n_touches, plan.dies_at, plan.chance = 0, dies_at, random.Random(seed)
            plan.seed = seed + 1
            try:
                told: tuple[bool | None, str] = (True, DO[act.kind](root, act))
            except MuseGNNError as error:
                told = (False, str(error))
            except Exception:  # noqa: BLE001 - a traceback is what must not be
                told = (None, traceback.format_exc())
            plan.seed = 0
            line.send(told)


class Stage:
    """A folder of runs and the people who act on it.

    Parameters
    ----------
    place
        Folder for everything.
    n_people
        How many act at once at most.
    """

    def __init__(self, place: Path, n_people: int = 4) -> None:
        self._context = multiprocessing.get_context("fork")
        self._place = place
        self._people: list[tuple[Any, Connection]] = []
        self._n_people = n_people
        self._number = 0
        self.n_kills = 0
        self.new_root()

    def new_root(self) -> None:
        """Start again with one run that was stopped, one that is finished and one that waits."""
        self.end_all()
        self._number += 1
        self.root = self._place / f"runs{self._number}"
        self.root.mkdir()
        before = {}
        for number, state in enumerate(("stopped", "finished", "queued")):
            result = self._place / f"result{self._number}"
            result.mkdir(exist_ok=True)
            (result / "found.json").write_text("{}")
            record = write_run(self.root, state, number=number, graphs=(), result=result)
            if state != "queued":
                (record.folder / files.CHECKPOINT).write_bytes(checkpoint_of(state))
                runs.export_run(self.root, record.run_id, packed(self.root, record.run_id))
                before[record.run_id] = self.look_at(record.folder)
        self.world = World(packed=before)
        self.world = self.observe()

    def look_at(self, folder: Path) -> Run:
        """Return a run as it is told apart."""
        mark = folder / files.CHECKPOINT
        record = record_of(folder)
        state: State = "active" if record.state in ACTIVE else "ended"
        if record.state in {"queued", "finished"}:
            state = "queued" if record.state == "queued" else "finished"
        return Run(mark_of(mark.read_bytes()) if mark.is_file() else "", record.name, state)

    def observe(self) -> World:
        """Return what is there."""
        found = [
            {f.name: self.look_at(f) for f in sorted(home.iterdir()) if is_run_id(f.name)}
            for home in (self.root, self.root / TRASH)
            if home.is_dir()
        ]
        return World(found[0], found[1] if len(found) > 1 else {}, self.world.packed)

    def end_all(self) -> None:
        """End the stand-ins of all runs."""
        for folder in getattr(self, "root", self._place).glob("2*"):
            self.end(folder.name)

    def end(self, run_id: str) -> None:
        """End the process of a run by force, as a lack of memory does."""
        record = record_of(self.root / run_id)
        with suppress(ProcessLookupError):
            if record.process:
                os.killpg(record.process, signal.SIGKILL)
                while start_mark(record.process) == record.mark:
                    time.sleep(0.001)
        # one whose number was never noted is called starting for as long as it may be born
        if record_of(record.folder).state == "starting":
            _age(record.folder)

    def act(self, acts: Sequence[Act], *, seed: int, dies: dict[int, int]) -> list[Problem]:
        """Let people act at once, look at what is there, and tell what must not be.

        Parameters
        ----------
        acts
            What each of them does.
        seed
            Of their waits.
        dies
            Which of them is killed before which touch.
        """
        self.world = before = self.observe()
        while len(self._people) < len(acts):
            self._people.append(self._hire())
        start = time.monotonic() + 0.002
        for number, act in enumerate(acts):
            plan = (self.root, act, seed + number, dies.get(number, 0), start)
            self._people[number][1].send(plan)
        told = [self._hear(number) for number in range(len(acts))]
        self._people = [person for person in self._people if person[0].is_alive()]
        problems = [
            Problem("false_words", f"{act.kind}: {value}")
            for act, (is_done, value) in zip(acts, told, strict=True)
            if is_done is None and value
        ]
        self._settle(has_kill=any(is_done is None for is_done, _ in told))
        self.world = after = self.observe()
        answers = [Answer(done, value if done else "") for done, value in told]
        problems += _find_broken(acts, answers)
        if not explain(before, acts, answers, after):
            kind = _name_problem(before, acts, after)
            problems.append(Problem(kind, _tell(before, acts, told, after)))
        return problems + self._find_left()

    def _hire(self) -> tuple[Any, Connection]:
        """Start somebody."""
        mine, other = self._context.Pipe()
        process = self._context.Process(target=live, args=(other,), daemon=True)
        process.start()
        other.close()
        return process, mine

    def _hear(self, number: int) -> tuple[bool | None, str]:
        """Return what somebody tells; nothing of one who was killed."""
        process, line = self._people[number]
        try:
            if not line.poll(PATIENCE):
                process.kill()
                return None, f"no answer for {PATIENCE:.0f} s"
            answer: tuple[bool | None, str] = line.recv()
        except (EOFError, ConnectionResetError):
            process.join()
            line.close()
            self.n_kills += 1
            return None, ""
        return answer

    def _settle(self, *, has_kill: bool) -> None:
        """Let what was asked to stop end, and what was never born be called lost."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            records = [record_of(path) for path in self.root.glob("2*")]
            if has_kill:
                for record in records:
                    if record.state in {"starting", "stopping"} and not record.process:
                        _age(record.folder)
            stopping = [record for record in records if record.state == "stopping"]
            if not stopping:
                return
            for record in stopping:  # of one who was killed between the wish and the signal
                self.end(record.run_id)

    def _find_left(self) -> list[Problem]:
        """Look for locks that somebody holds who is gone, and for folders that nobody knows."""
        problems = []
        for path in (self.root / LOCKS).rglob("*.lock"):
            if path.name.startswith(("cpu-", "short-")):  # held by runs that go on
                continue
            held = try_lock(path)
            if held is None:
                problems.append(Problem("held_locks", path.name))
            else:
                os.close(held)
        sweep(self.root)
        known = {TRASH, LOCKS, *self.world.runs}
        problems += [
            Problem("ghosts", path.name) for path in self.root.iterdir() if path.name not in known
        ]
        return problems

    def close(self) -> None:
        """Send everybody home."""
        self.end_all()
        for process, line in self._people:
            line.close()
            process.kill()
            process.join()
        self._people = []


def _age(folder: Path) -> None:
    """Let the time be over in which a process that was just started may be born."""
    launch = files.read_json(folder / files.LAUNCH)
    if launch is not None:
        steady = (files.number(launch, "launched_steady") or 0.0) - 100
        files.write_json(folder / files.LAUNCH, {**launch, "launched_steady": steady})


def _find_broken(acts: Sequence[Act], answers: Sequence[Answer]) -> list[Problem]:
    """Runs that a list called broken, though none is."""
    pairs = zip(acts, answers, strict=True)
    return [
        Problem("false_words", f"listed as broken: {answer.value}")
        for act, answer in pairs
        if act.kind == "list" and answer.value
    ]


def _name_problem(before: World, acts: Sequence[Act], after: World) -> str:
    """Say what kind of problem it is when no order of the acts explains what is there."""
    marks = [
        sorted(run.mark for run in (*world.runs.values(), *world.trash.values()))
        for world in (before, after)
    ]
    is_emptied = any(act.kind == "empty" for act in acts)
    if not is_emptied and any(marks[1].count(m) < marks[0].count(m) for m in set(marks[0])):
        return "lost"
    known = {*before.runs, *before.trash, *before.packed}
    if len(set(after.runs) - known) > sum(act.kind in {"submit", "duplicate"} for act in acts):
        return "ghosts"
    return "false_words"


def _tell(before: World, acts: Sequence[Act], told: Sequence[object], after: World) -> str:
    """Describe what happened."""
    done = "\n".join(f"  {act} -> {answer}" for act, answer in zip(acts, told, strict=True))
    places = (("before", before), ("after", after))
    lines = [
        f"{when} {home}: {key} {run}"
        for when, world in places
        for home, held in (("runs", world.runs), ("trash", world.trash))
        for key, run in held.items()
    ]
    return "\n".join([done, *lines])
