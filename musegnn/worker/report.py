"""What a background run says about itself, written every second so that silence means something."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from musegnn.errors import MuseGNNError
from musegnn.launchers.processes import monotonic, start_mark, this_machine
from musegnn.runs import files
from musegnn.runs.record import is_stop_asked
from musegnn.training.epoch import EpochRecord

HEARTBEAT = 1.0  # seconds; readers call a run lost after sixty
Reported = Literal["starting", "running", "stopping", "stopped", "failed", "finished", "requeued"]


class Report:
    """The one writer of `status.json`.

    A thread writes it every second and looks whether the run was asked to stop. It goes on while
    the training computes, for that does not hold Python's lock.

    Parameters
    ----------
    folder
        Folder of the run.
    attempt
        Number of this attempt.
    epochs
        Epochs of the training.
    has_own_process
        True when the process ends with the run; else its end says nothing about the process.
    """

    def __init__(
        self, folder: Path, *, attempt: int, epochs: int, has_own_process: bool = True
    ) -> None:
        self.goes_on = False
        self._has_own_process = has_own_process
        self._folder = folder
        self._attempt = attempt
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._stop_asked = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._values: dict[str, Any] = {
            "attempt": attempt,
            "state": "starting",
            "pid": os.getpid(),
            "mark": start_mark(os.getpid()) or "",
            "machine": this_machine(),
            "started_time": time.time(),
            **_recall(folder),
            "epochs": epochs,
            "message": "Starts.",
        }

    def start(self) -> None:
        """Write for the first time, and go on doing so.

        Raises
        ------
        DataFileError
            If the folder cannot be written.
        """
        self._write()
        self._thread.start()

    def say(self, **values: Any) -> None:
        """Note values; they are written at the next heartbeat."""
        with self._lock:
            self._values.update(values)

    def note_epoch(self, record: EpochRecord) -> None:
        """Note an epoch, and whether it is the best so far."""
        noted = {
            "epoch": record.epoch,
            "loss": record.loss,
            "seconds": record.seconds,
            "seconds_left": record.seconds_left,
            "memory_mib": record.memory_mib,
            "message": "",
        }
        self.say(**noted)
        self.note_value("loss", record.loss, record.epoch)
        if record.validation_auroc is not None:
            self.note_value("validation AUROC", record.validation_auroc, record.epoch)

    def note_value(self, name: str, value: float, epoch: int) -> None:
        """Note a value when it is the best so far; a validation outranks a loss."""
        with self._lock:
            before, best = self._values.get("best_name"), self._values.get("best")
            if before == name and best is not None:
                is_best = value < best if name == "loss" else value > best
            else:
                is_best = before is None or name != "loss"
            if is_best:
                self._values |= {"best": value, "best_name": name, "best_epoch": epoch}

    def ask_stop(self, *, goes_on: bool = False) -> None:
        """Note that the run is to stop, as from a signal, perhaps to go on as the same job."""
        self.goes_on = goes_on
        self._stop_asked.set()

    @property
    def is_stop_asked(self) -> bool:
        """True when the run was asked to stop, by a signal or by a file."""
        return self._stop_asked.is_set()

    @property
    def is_cancelled(self) -> bool:
        """True when a user asked for it, not the machine."""
        return is_stop_asked(self._folder, self._attempt)

    def end(self, state: Reported, **values: Any) -> None:
        """Write the last word and fall silent."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        if state != "requeued":
            values["ended_time"] = time.time()
        if not self._has_own_process:
            values["pid"] = 0
        self.say(state=state, **values)
        self._insist(self._write)

    def fail(self, error: dict[str, Any]) -> None:
        """Write what went wrong and fall silent.

        Where the disk is full, the reserve makes room for these few lines.
        """
        self._insist(
            lambda: files.write_json(
                self._folder / files.ERROR, {**error, "attempt": self._attempt}
            )
        )
        self.end("failed", message=error["message"])

    def _insist(self, write: Callable[[], None]) -> None:
        """Write; when that fails, give up the reserved space and try once more."""
        try:
            write()
        except (MuseGNNError, OSError):
            (self._folder / files.RESERVE).unlink(missing_ok=True)
            write()

    def _beat(self) -> None:
        """Write and look, until the end."""
        while not self._ended.wait(HEARTBEAT):
            if not self._stop_asked.is_set() and self.is_cancelled:
                self._stop_asked.set()
            if self._stop_asked.is_set():
                self.say(state="stopping")
            try:
                self._write()
            except (MuseGNNError, OSError):  # a full disk may have room again in a second
                continue

    def _write(self) -> None:
        """Write all that is known."""
        if not self._folder.is_dir():  # never bring back what was removed
            self._stop_asked.set()
            return
        with self._lock:
            now = {"heartbeat_time": time.time(), "heartbeat_steady": monotonic()}
            self._values |= now
            values = dict(self._values)
        files.write_json(self._folder / files.STATUS, values)


def _recall(folder: Path) -> dict[str, Any]:
    """Where an attempt before this one stood, shown until this one stands there as well."""
    before = files.read_json(folder / files.STATUS) or {}
    return {
        "epoch": files.whole_number(before, "epoch"),
        "seconds": files.number(before, "seconds") or 0.0,
    }
