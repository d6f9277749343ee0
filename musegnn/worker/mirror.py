"""Mirror the curves of a run in TensorBoard, for people who track their experiments there."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from musegnn.errors import InputError
from musegnn.training.epoch import EpochRecord

TENSORBOARD = "MUSEGNN_TENSORBOARD"  # folder of the logs; unset, nothing is mirrored


class _Writer(Protocol):
    """What is used of `torch.utils.tensorboard.SummaryWriter`."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


class Mirror:
    """Curves of one run in a folder that `tensorboard --logdir` shows.

    The run never suffers from it: what cannot be written is said once in the log, and the rest of
    the run is not mirrored.

    Parameters
    ----------
    run_id
        Name of the run there; "" mirrors nothing.
    settings
        Shown beside the curves.
    done
        Epochs of sessions before. They stay; what those sessions wrote beyond them is taken back.
    """

    def __init__(self, run_id: str, settings: Mapping[str, Any], *, done: int = 0) -> None:
        self._writer: _Writer | None = None
        root = os.environ.get(TENSORBOARD, "").strip()
        if not root or not run_id:
            return
        try:
            self._writer = _open(Path(root) / run_id, settings, done)
        except Exception as error:  # noqa: BLE001 - any failure of somebody else's library
            self._give_up(error)

    def note(self, record: EpochRecord) -> None:
        """Add the numbers of an epoch."""
        if self._writer is None:
            return
        try:
            for name, value in record.to_dict().items():
                if name != "epoch" and value is not None:
                    self._writer.add_scalar(name, float(value), record.epoch)
            self._writer.flush()
        except Exception as error:  # noqa: BLE001
            self._give_up(error)

    def __enter__(self) -> Mirror:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is left, however the training ended."""
        try:
            if self._writer is not None:
                self._writer.close()
        except Exception as failure:  # noqa: BLE001
            self._give_up(failure)
        self._writer = None

    def _give_up(self, error: Exception) -> None:
        """Say once why nothing more is mirrored."""
        self._writer = None
        sys.stderr.write(f"TensorBoard gets no curves of this run: {error}\n")


def _open(folder: Path, settings: Mapping[str, Any], done: int) -> _Writer:
    """Open the writer of the library; it is optional, and loaded only where somebody wants it."""
    if find_spec("tensorboard") is None:
        msg = f"Expected the package tensorboard, as {TENSORBOARD} is set, found none."
        raise InputError(msg, "Install it with `pip install tensorboard`.")
    from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - seconds

    writer = SummaryWriter(str(folder), purge_step=done + 1 if done else None)
    text = json.dumps(dict(settings), indent=2, sort_keys=True, default=str)
    writer.add_text("settings", "\n".join(f"    {line}" for line in text.splitlines()))
    return writer
