"""What the work of a run is given: its folder, settings, inputs, and somebody to report to."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from musegnn.errors import RunError, Stopped
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph
from musegnn.io.atomic import replacing
from musegnn.progress import PlainLines, Progress, peak_memory
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


class Task(AbstractContextManager["Task"]):
    """One run while it is worked on.

    Parameters
    ----------
    folder
        Paths of the run.
    config
        Its configuration: settings, device, threads.
    report
        Where it says how far it is, and hears that it is to stop.
    graphs
        Its gene graphs, where they have been read and checked already.
    console
        Progress for the log or a terminal.
    checkpoint_seconds
        Least time between two checkpoints, for work that writes some.
    """

    def __init__(
        self,
        folder: RunFolder,
        config: RunConfig,
        report: Report,
        *,
        graphs: list[GeneGraph] | None = None,
        console: Progress | None = None,
        checkpoint_seconds: float = 30.0,
    ) -> None:
        self.folder, self.config, self.report = folder, config, report
        self._opened = graphs
        self.console: Progress = console or PlainLines(sys.stderr)
        self.checkpoint_seconds = checkpoint_seconds
        self._staged = ExitStack()

    @property
    def settings(self) -> KindSettings:
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
        if self._opened is not None:
            return self._opened
        paths = [check_seal(graph) for graph in self.config.graphs]
        return sorted((read_gene_graph(path) for path in paths), key=lambda graph: graph.name)

    def files(self, role: str) -> list[Path]:
        """Return the files of a role, whose content was checked.

        Raises
        ------
        DataFileError
            If a file is not the one that the run was asked for with.
        """
        return [check_seal(file) for file in self.config.files if file.role == role]

    @cached_property
    def result(self) -> Path:
        """Folder to write the result into; it stands as `result` once all of it is there."""
        path = self._staged.enter_context(replacing(self.folder.result))
        path.mkdir()
        return path

    @cached_property
    def progress(self) -> Progress:
        """Steps of work without epochs; raises `Stopped` when the run is to stop."""
        return StepProgress(self.report, self.console)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put the result in its place, or throw it away after an error."""
        self._staged.__exit__(kind, error, trace)

    def check_result(self, needed: tuple[str, ...]) -> None:
        """Raise `RunError` unless the result has what its kind makes."""
        for name in needed:
            if not (self.result / name).is_file():
                msg = f"Expected the work to leave {name}, found none."
                raise RunError(msg, "Its kind promises it: mend the kind.")
        if not any(self.result.iterdir()):
            msg = "Expected the work to leave a file, found none."
            raise RunError(msg, "Write what comes out into `task.result`.")


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
        self._stage, self._step, self._steps = "", 0, 0
        self._began = self._started = time.monotonic()

    def start(self, label: str, total: int) -> None:
        """Begin a piece of work of `total` steps."""
        self._stage, self._step, self._steps = label, 0, total
        self._started = time.monotonic()
        self._console.start(label, total)
        self._report.say(state="running", stage=label, step=0, steps=total, message="")
        self._look()

    def advance(self, detail: str = "") -> None:
        """Count one step done."""
        self._step += 1
        self._console.advance(detail)
        now = time.monotonic()
        left = (now - self._started) / self._step * max(self._steps - self._step, 0)
        self._report.say(
            step=self._step,
            seconds=now - self._began,
            seconds_left=left,
            memory_mib=peak_memory(),
            message=detail,
        )
        self._look()

    def finish(self) -> None:
        """End the piece of work."""
        self._console.finish()
        self._report.say(seconds=time.monotonic() - self._began, seconds_left=None)
        self._look()

    def say(self, text: str) -> None:
        """Report one line that stays."""
        self._console.say(text)
        self._report.say(state="running", message=text)
        self._look()

    def _look(self) -> None:
        """Raise `Stopped` when the run was asked to stop."""
        if self._report.is_stop_asked:
            where = f"{self._stage}, step {self._step} of {self._steps}" if self._stage else "start"
            msg = f"Stopped at: {where}, as was asked."
            raise Stopped(msg, "Resume it to start it again.")
