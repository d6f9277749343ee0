"""A full disk is one sentence, whatever was asked for; nothing is torn, and later it works."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from musegnn import runs
from musegnn.errors import MuseGNNError
from musegnn.knowledge.importing import import_table
from musegnn.runs import control, dispatcher, files, inputs, submission
from musegnn.runs.dispatcher import Dispatcher
from musegnn.runs.graph_sources import hash_file
from musegnn.screens.parts.uploads import Upload, on_disk
from musegnn.screens.runs.view_graphs import keep_graph
from musegnn.screens.shell.stored_content import ContentStore
from tests.made_runs import write_run
from tests.small_disk import leave, small_disk
from tests.toy_runs import toy_request, write_graphs

NOISE = random.Random(0).randbytes(60_000)  # nothing packs it
FREE = (0, 4, 12, 40)  # KiB


class Desk:
    """What somebody has in front of him: runs of all sorts on a small disk, and files elsewhere."""

    def __init__(self, disk: Path, elsewhere: Path) -> None:
        self.disk, self.elsewhere = disk, elsewhere
        self.root = disk / "runs"
        self.root.mkdir()
        self.graphs = write_graphs(elsewhere / "graphs")
        self.request = toy_request(self.graphs, seeds=[0, 1, 2])
        states = ("stopped", "finished", "queued")
        self.ids = {
            state: write_run(self.root, state, number=number, graphs=()).run_id
            for number, state in enumerate(states)
        }
        save_file({"noise": np.frombuffer(NOISE, np.uint8)}, self.checkpoint())
        gone = write_run(self.root, "stopped", number=9, graphs=()).run_id
        self.packed = runs.export_run(self.root, self.ids["stopped"], elsewhere)
        self.zip = runs.export_run(self.root, gone, elsewhere)
        runs.delete(self.root, gone)
        self.gone = gone
        self.away = elsewhere / "other"
        self.away.mkdir()

    def checkpoint(self) -> Path:
        """File of the checkpoint of the run that was stopped."""
        return self.root / self.ids["stopped"] / files.CHECKPOINT

    def table(self) -> Path:
        """Gene sets, many and long."""
        chance = random.Random(1)
        lines = (
            f"SET{n}\tabout\t" + "\t".join(f"G{chance.randrange(10**6)}" for _ in range(40))
            for n in range(400)
        )
        path = self.elsewhere / "sets.gmt"
        path.write_text("\n".join(lines))
        return path

    def give(self) -> None:
        """Keep what was uploaded for a run."""
        given = inputs.give(self.root, role="counts", name="counts.csv", content=NOISE)
        (source,) = inputs.keep([given])
        assert hash_file(Path(source.path)) == source.sha256

    def upload(self) -> None:
        """Look at an upload, which a page writes for its reader."""
        with on_disk(Upload.of("counts.csv", NOISE)) as (path,):
            assert path.read_bytes() == NOISE


ACTIONS = {
    "keep an upload": Desk.give,
    "look at an upload": Desk.upload,
    "keep a graph": lambda d: keep_graph(d.root, (d.graphs / "first.h5ad").read_bytes()),
    "submit": lambda d: runs.submit(d.request, root=d.root),
    "cancel": lambda d: runs.cancel(d.root, d.ids["queued"]),
    "rename": lambda d: runs.rename(d.root, d.ids["stopped"], "another"),
    "resume": lambda d: runs.resume(d.root, d.ids["stopped"], executor="local"),
    "duplicate": lambda d: runs.duplicate(d.root, d.ids["stopped"], executor="local"),
    "delete": lambda d: runs.delete(d.root, d.ids["stopped"]),
    "undelete": lambda d: runs.undelete(d.root, d.gone),
    "empty the trash": lambda d: runs.empty_trash(d.root),
    "export": lambda d: runs.export_run(d.root, d.ids["stopped"], d.disk / "run.zip"),
    "import": lambda d: runs.import_run(d.root / "fresh", d.packed),
    "make a link": lambda d: ContentStore(d.disk / "links").put({"text": NOISE.hex()}),
    "import knowledge": lambda d: import_table(
        d.table(),
        d.disk / "knowledge",
        name="sets",
        kind="gene sets",
        species="human",
        release="1",
        licence="own",
    ),
}
# what gives room or takes none has to work without any
NEVER_REFUSED = {"delete", "undelete", "empty the trash"}


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr(submission, "ensure_dispatcher", lambda _: False)
    monkeypatch.setattr(control, "ensure_dispatcher", lambda _: False)
    with small_disk(tmp_path / "disk", size=3000) as disk:
        made = Desk(disk, tmp_path)
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        monkeypatch.setenv("MUSEGNN_UPLOADS", str(disk / "uploads"))
        yield made


def contents(disk):
    """Every file with its content, but for locks, which hold none."""
    found = (path for path in disk.rglob("*") if path.is_file() and path.name != "filler")
    return {
        str(path.relative_to(disk)): path.read_bytes() for path in found if path.suffix != ".lock"
    }


@pytest.mark.parametrize("action", ACTIONS)
def test_a_full_disk_is_one_sentence_and_nothing_is_torn(desk, action):
    refused = 0
    for kilobytes in FREE:
        leave(desk.disk, kilobytes)
        before = contents(desk.disk)
        try:
            ACTIONS[action](desk)
        except MuseGNNError as error:
            refused += 1
            told = (error.message, error.hint)
        else:
            break
        finally:
            (desk.disk / "filler").unlink()
        assert contents(desk.disk) == before
        assert told[0].startswith("Expected")
        assert "space" in told[0]
        assert "\n" not in told[0]
        assert told[1]
    else:
        ACTIONS[action](desk)  # with room it works at once
    assert (refused == 0) == (action in NEVER_REFUSED), refused
    assert {run.state for run in runs.list_runs(desk.root)} <= {
        *("stopped", "finished", "queued", "cancelled")
    }


def test_a_dispatcher_on_a_full_disk_waits_and_starts_what_waits_once_there_is_room(
    desk, monkeypatch
):
    monkeypatch.setattr(dispatcher, "module_command", lambda *_: ["sleep", "60"])
    folder = desk.root / desk.ids["queued"]
    watcher = Dispatcher(desk.root)
    leave(desk.disk, 0)
    for _ in range(3):
        assert watcher.look()
        assert runs.read_record(desk.root, folder.name).state == "queued"
    (desk.disk / "filler").unlink()
    watcher.look()
    (child,) = watcher._children.values()
    try:
        assert runs.read_record(desk.root, folder.name).state == "starting"
    finally:
        child.kill()
        child.wait()
