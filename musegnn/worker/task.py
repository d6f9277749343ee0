"""What the work of a run is given: its folder, settings, inputs, and somebody to report to."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from musegnn.errors import RunError, Stopped
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph
from musegnn.progress import Progress, peak_memory
from musegnn.runs.config import RunConfig
from musegnn.runs.files import RunFolder
from musegnn.runs.graph_sources import check_seal
from musegnn.runs.kind import KindSettings
from musegnn.worker.report import Report

AnySettings = TypeVar("AnySettings", bound=KindSettings)


@dataclass(frozen=True)
class Done:
    """What the work has to say when it is done.

    Parameters
    ----------
    sentence
        For the log.
    facts
        For the manifest of the result, such as its provenance.
    """

    sentence: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Task:
    """One run while it is worked on.

    Parameters
    ----------
    folder
        Paths of the run.
    config
        Its configuration: settings, device, threads.
    result
        Folder to write the result into; it stands as `result` once the work is done.
    report
        Where it says how far it is, and hears that it is to stop.
    console
        Progress for the log or a terminal.
    opened
        Its gene graphs, where they have been read and checked already.
    checkpoint_seconds
        Least time between two checkpoints, for work that writes some.
    """

    folder: RunFolder
    config: RunConfig
    result: Path
    report: Report
    console: Progress
    opened: list[GeneGraph] | None = None
    checkpoint_seconds: float = 30.0

    @property
    def settings(self) -> Any:
        """Settings of the run, of the class that its kind names."""
        return self.config.settings

    def settings_of(self, cls: type[AnySettings]) -> AnySettings:
        """Settings of the run, known to be of a class.

        Raises
        ------
        RunError
            If they are of another one.
        """
        if not isinstance(self.settings, cls):
            msg = f"Expected settings of {cls.kind}, found those of {self.settings.kind}."
            raise RunError(msg, "Its kind names work that is for another: mend the kind.")
        return self.settings

    @cached_property
    def graphs(self) -> list[GeneGraph]:
        """Gene graphs of the run, sorted by name.

        Raises
        ------
        DataFileError, InputError
            If a file is not the one that the run was asked for with, or cannot be used.
        """
        if self.opened is not None:
            return self.opened
        given = self.folder.is_imported
        paths = [check_seal(graph, is_imported=given) for graph in self.config.graphs]
        return sorted((read_gene_graph(path) for path in paths), key=lambda graph: graph.name)

    def files(self, role: str) -> list[Path]:
        """Return the files of a role, whose content was checked.

        Raises
        ------
        DataFileError
            If a file is not the one that the run was asked for with.
        """
        given = self.folder.is_imported
        chosen = [file for file in self.config.files if file.role == role]
        return [check_seal(file, is_imported=given) for file in chosen]

    @cached_property
    def progress(self) -> Progress:
        """Steps of work without epochs; raises `Stopped` when the run is to stop."""
        return StepProgress(self.report, self.console)


class StepProgress:
    """Progress that is seen from outside, and ends the work when the run is to stop.

    Parameters
    ----------
    report
        Told of stage, steps and time left.
    console
        Told as well.
    """

    def __init__(self, report: Report, console: Progress) -> None:
        self._report, self._console = report, console
        self._stage, self._step, self._steps = "the start", 0, 0
        self._began = self._started = time.monotonic()

    def start(self, label: str, total: int) -> None:
        """Begin a piece of work of `total` steps."""
        self._stage, self._step, self._steps = label, 0, total
        self._started = time.monotonic()
        self._console.start(label, total)
        self._note(stage=label, step=0, steps=total, message="")

    def advance(self, detail: str = "") -> None:
        """Count one step done."""
        self._step += 1
        self._console.advance(detail)
        each = (time.monotonic() - self._started) / self._step
        left = each * max(self._steps - self._step, 0)
        self._note(step=self._step, seconds_left=left, message=detail)

    def finish(self) -> None:
        """End the piece of work."""
        self._console.finish()
        self._note(seconds_left=None)

    def say(self, text: str) -> None:
        """Report one line that stays."""
        self._console.say(text)
        self._note(message=text)

    def _note(self, **values: Any) -> None:
        """Note values; raise `Stopped` when the run was asked to stop."""
        spent = time.monotonic() - self._began
        self._report.say(state="running", seconds=spent, memory_mib=peak_memory(), **values)
        if self._report.is_stop_asked:
            msg = f"Stopped at step {self._step} of {self._steps} of {self._stage}, as was asked."
            raise Stopped(msg, "Resume it to start it again.")
