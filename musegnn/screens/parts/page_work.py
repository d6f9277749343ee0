"""Long work of a page: a run that is asked for once and found again, whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from musegnn.access.visitor import acting
from musegnn.runs import make_request, result_folder, resume, runs_root, submit
from musegnn.runs.finding import find_answer
from musegnn.runs.inputs import Given, keep
from musegnn.runs.kind import KindSettings
from musegnn.runs.record import RunRecord


@dataclass(frozen=True)
class PageWork:
    """What a page wants to know and would take too long to compute while it is drawn.

    Parameters
    ----------
    settings
        Settings of its kind of run.
    inputs
        Files it reads.
    name
        Name of the run, for people.
    """

    settings: KindSettings
    inputs: tuple[Given, ...]
    name: str

    def find(self) -> RunRecord | None:
        """Return the newest run that has the same settings and reads the same files."""
        sources = [given.source for given in self.inputs]
        return find_answer(runs_root(None), self.settings, sources)

    def start(self) -> str:
        """Ask for a run; take up one that ended without a result, leave one that goes on.

        Returns
        -------
        Id of the run that was set going; "" where there is nothing to do.

        Raises
        ------
        InputError, DataFileError, RunError
            If a file cannot be kept or the run cannot be asked for.
        """
        root, old = runs_root(None), self.find()
        is_own = old is not None and acting().may_act_on(old.owner)
        if old is not None and old.can_resume and is_own:
            return resume(root, old.run_id).run_id
        if old is None or not (old.is_active or old.state == "finished"):
            sources = keep(self.inputs)
            request = make_request(
                settings=self.settings, files=sources, name=self.name[:100], device="cpu"
            )
            return submit(request, root=root)[0].run_id
        return ""


def result_of(record: RunRecord | None) -> Path | None:
    """Folder with the result of a finished run; None while there is none.

    Raises
    ------
    RunError
        If it is damaged.
    """
    if record is None or record.state != "finished":
        return None
    return result_folder(record.folder)


def say_progress(record: RunRecord) -> str:
    """Say in a line how far a run is."""
    if record.state == "queued":
        return f"Waits for its turn, place {record.queue_place}" if record.queue_place else "Waits"
    if record.state == "stopping":
        return "Stopping"
    if not record.steps:
        return record.message or "Starts"
    step = min(record.step + 1, record.steps)
    done = f", done: {record.message}" if record.message else ""
    return f"{record.stage}, step {step} of {record.steps}{done} ({record.seconds:.0f} s)"
