"""People who work on a server while others look: files are given, graphs built, a model trained."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.streamlit_client import Answer, Visitor
from musegnn import runs
from musegnn.errors import RunError
from musegnn.runs.record import RunRecord
from tests.toy_counts import gamma_poisson, real_genes, write_counts

CELLS, GENES = 1_500, 600
TRAINED: Final = 6  # graphs of the atlas that the training reads
_EPOCHS: Final = 100_000  # it goes on until it is stopped
_PATIENCE: Final = 600.0  # seconds for a graph to be built
_LOOK: Final = 2.0  # seconds between two looks at a build


def make_file(seed: int) -> bytes:
    """Make the file of counts that somebody gives; another one for another seed."""
    counts = gamma_poisson(CELLS, GENES, seed=seed, module=40)[0].astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = write_counts(Path(folder) / "counts.h5ad", counts, real_genes(GENES))
        return path.read_bytes()


def work(
    visitor: Visitor, content: bytes, root: Path, name: str
) -> Iterator[tuple[str, Callable[[], Answer]]]:
    """Yield name and call of each step of somebody who gives a file and has its graph built.

    Parameters
    ----------
    visitor
        Who.
    content
        The file of counts.
    root
        Folder of the runs of the server, in which the end of the build is seen.
    name
        Name of the file, as of nobody else.

    Raises
    ------
    TimeoutError
        If the graph is not built.
    """
    yield "data", lambda: visitor.open("Data")
    yield "upload", lambda: visitor.upload("_data_file", f"{name}.h5ad", content)
    yield "tissue", lambda: visitor.set_text("_data_tissue", "blood")
    yield "build", lambda: visitor.press("data_build")
    end = time.monotonic() + _PATIENCE
    while not is_built(root, name):
        if time.monotonic() > end:
            msg = f"the graph of {name} was not built within {_PATIENCE:.0f} s"
            raise TimeoutError(msg)
        yield "watch", lambda: visitor.open("Data")
        time.sleep(_LOOK)
    yield "built", lambda: visitor.open("Data")


def is_built(root: Path, name: str) -> bool:
    """True when the graph of a file is there.

    Raises
    ------
    RunError
        If its run has failed.
    """
    found = [record for record in runs.list_runs(root) if name in record.name]
    # one that is only silent, on a machine that has no time for it, is waited for
    if found and found[0].state in {"failed", "stopped", "cancelled"}:
        raise RunError(found[0].message, found[0].hint)
    return any(record.state == "finished" for record in found)


@contextmanager
def training(root: Path, graphs: Path) -> Iterator[Callable[[], RunRecord]]:
    """Train until the block ends; gives a function that tells how far it is."""
    sources = runs.list_graphs(graphs)[:TRAINED]
    settings = {**runs.preset_settings("default").to_dict(), "epochs": _EPOCHS}
    request = runs.make_request(graphs=sources, settings=settings, name="load", device="cpu")
    (record,) = runs.submit(request, root=root)

    def look() -> RunRecord:
        return runs.read_record(root, record.run_id)

    end = time.monotonic() + _PATIENCE
    while look().state != "running":
        if time.monotonic() > end or not look().is_active:
            msg = f"the training did not begin: {look().state} {look().message}"
            raise TimeoutError(msg)
        time.sleep(0.5)
    try:
        yield look
    finally:
        with suppress(RunError):
            runs.cancel(root, record.run_id)
        while look().is_active and time.monotonic() < end + _PATIENCE:
            time.sleep(0.2)


class Givers:
    """Names of files, each of its own, whoever asks for one when."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given = 0

    def next_file(self) -> tuple[str, bytes]:
        """Return the name and the content of a file that nobody has given."""
        with self._lock:
            self._given += 1
            number = self._given
        return f"given{number}", make_file(number)
