"""A run belongs to who asked for it: others look, or do not, and never act."""

from __future__ import annotations

import json
import os
import zipfile

import pytest

from musegnn import runs
from musegnn.access.settings import VARIABLE
from musegnn.access.visitor import GUEST, LOCAL, AccessError, Visitor, acting_as
from musegnn.errors import InputError, RunError
from musegnn.runs import dispatcher, files, submission
from musegnn.runs.submission import make_run
from tests.made_runs import write_run
from tests.toy_runs import toy_request

ADA = Visitor("oidc:ada", "Ada", "member")
BEN = Visitor("oidc:ben", "Ben", "member")
VIC = Visitor("oidc:vic", "Vic", "viewer")
ROOT = Visitor("oidc:root", "Root", "admin")
ACTIONS = {
    "cancel": runs.cancel,
    "resume": runs.resume,
    "rename": lambda root, run: runs.rename(root, run, "mine now"),
    "delete": runs.delete,
}


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """Open the server in a way; gives a function of whether others' runs are read or hidden."""

    def open_for(others):
        path = tmp_path / f"{others}.toml"
        path.write_text(
            'mode = "public"\nsign_in = "password"\nhosts = ["here"]\n'
            f'others_runs = "{others}"\n[[people]]\nname = "ada"\n'
            f'password = "scrypt$16384$8$1${"0" * 32}${"0" * 64}"\n'
        )
        monkeypatch.setenv(VARIABLE, str(path))

    return open_for


@pytest.fixture
def of_ada(root):
    root.mkdir(exist_ok=True)
    with acting_as(ADA):
        return write_run(root, "stopped", name="confidential").run_id


def contents(folder):
    return {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_run_belongs_to_who_asked_and_its_name_and_configuration_do_not_know(root, waiting):
    config = runs.read_record(root, waiting.name).config
    with acting_as(ADA):
        other = make_run(root, config)
    record = runs.read_record(root, other.name)
    assert (record.owner, record.owner_name) == ("oidc:ada", "Ada")
    assert record.config.config_hash == config.config_hash
    assert (other / files.CONFIG).read_bytes() == (waiting / files.CONFIG).read_bytes()


@pytest.mark.parametrize("others", ["read", "hidden"])
@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("who", [BEN, VIC, GUEST], ids=lambda v: v.role)
def test_nobody_else_acts_on_a_run(root, of_ada, opened, others, name, who):
    opened(others)
    before = contents(root / of_ada)
    with acting_as(who), pytest.raises((AccessError, RunError), match="found"):
        ACTIONS[name](root, of_ada)
    assert contents(root / of_ada) == before


@pytest.mark.parametrize("who", [ADA, ROOT, LOCAL], ids=lambda v: v.name)
def test_owner_and_administrator_act(root, of_ada, opened, who):
    opened("hidden")
    with acting_as(who):
        assert runs.rename(root, of_ada, "new").name == "new"
        runs.delete(root, of_ada)
        assert [run.run_id for run in runs.list_deleted(root)] == [of_ada]
        assert runs.undelete(root, of_ada).owner == "oidc:ada"


def test_what_others_see_is_a_setting(root, of_ada, opened):
    seen = {}
    for others in ("read", "hidden"):
        opened(others)
        for who in (ADA, BEN, VIC, GUEST, ROOT):
            with acting_as(who):
                seen[others, who.role, who.name] = len(runs.list_runs(root))
    assert [key[2] for key, count in seen.items() if key[0] == "read" and count] == [
        *("Ada", "Ben", "Vic", "Root")
    ]
    assert [key[2] for key, count in seen.items() if key[0] == "hidden" and count] == [
        *("Ada", "Root")
    ]


def test_a_hidden_run_is_not_there_for_others(root, of_ada, opened):
    opened("hidden")
    with acting_as(BEN):
        with pytest.raises(RunError, match="found none"):
            runs.read_record(root, of_ada)
        with pytest.raises(RunError, match="found none"):
            runs.export_run(root, of_ada, root / "out.zip")
        with pytest.raises(RunError, match="found none"):
            runs.duplicate(root, of_ada)


def test_the_trash_of_others_is_neither_seen_nor_emptied(root, of_ada, opened):
    opened("read")
    with acting_as(ADA):
        runs.delete(root, of_ada)
    with acting_as(BEN):
        assert runs.list_deleted(root) == []
        assert runs.empty_trash(root) == 0
        with pytest.raises(AccessError, match="belongs to Ada"):
            runs.empty_trash(root, [of_ada])
        with pytest.raises(AccessError, match="belongs to Ada"):
            runs.undelete(root, of_ada)
    with acting_as(ADA):
        assert runs.empty_trash(root) == 1


def test_who_may_start_and_bring_in_runs(root, finished, opened, tmp_path):
    opened("read")
    path = runs.export_run(root, finished.name, tmp_path)
    runs.delete(root, finished.name)
    request = runs.make_request(preset="default", graphs=list(write_run(root).config.graphs))
    for who in (VIC, GUEST):
        with acting_as(who):
            with pytest.raises(AccessError, match="give files of one's own"):
                runs.import_run(root, path)
            with pytest.raises(AccessError, match="build graphs and start runs"):
                runs.submit(request, root=root)


def test_an_imported_run_belongs_to_the_importer_and_says_who_made_it(root, of_ada, tmp_path):
    path = runs.export_run(root, of_ada, tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert json.loads(archive.read(files.OWNER)) == {"made_by": "Ada"}  # no account of here
    runs.delete(root, of_ada)
    runs.empty_trash(root)
    with acting_as(BEN):
        record = runs.import_run(root, path)
    assert (record.owner, record.owner_name, record.made_by) == ("oidc:ben", "Ben", "Ada")


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"owner": 3}', '{"owner": ""}', '{"owner": "' + "x" * 999 + '"}']
)
def test_a_run_without_a_readable_owner_is_for_the_administrator(root, of_ada, opened, content):
    opened("hidden")
    (root / of_ada / files.OWNER).write_text(content)
    assert runs.read_record(root, of_ada).owner == LOCAL.id
    with acting_as(ADA), pytest.raises(RunError, match="found none"):
        runs.cancel(root, of_ada)
    with acting_as(ROOT):
        assert runs.rename(root, of_ada, "found").name == "found"


def test_one_person_fills_a_share_of_the_queue_and_others_still_ask(root, graphs, monkeypatch):
    monkeypatch.setattr(submission, "ensure_dispatcher", lambda _: False)
    with acting_as(ADA):
        made = runs.submit(toy_request(graphs, seeds=list(range(20))), root=root)
        with pytest.raises(InputError, match="at most 20 waiting runs of one person, found 20 of"):
            runs.submit(toy_request(graphs), root=root)
        with pytest.raises(InputError, match="found 20 of yours and 1 new ones"):
            runs.duplicate(root, made[0].run_id)
        runs.cancel(root, made[0].run_id)
        runs.submit(toy_request(graphs), root=root)
        with pytest.raises(InputError, match="found 20 of yours"):
            runs.resume(root, made[0].run_id)
    with acting_as(BEN):
        assert len(runs.submit(toy_request(graphs, seeds=[0, 1]), root=root)) == 2
    with acting_as(ROOT):
        assert len(runs.submit(toy_request(graphs, seeds=list(range(30))), root=root)) == 30
    assert sum(run.state == "queued" for run in runs.list_runs(root)) == 52


def test_memory_and_disk_of_one_person_have_an_end(root, graphs, opened, monkeypatch, tmp_path):
    monkeypatch.setattr(submission, "ensure_dispatcher", lambda _: False)
    opened("read")
    path = tmp_path / "read.toml"
    sound = path.read_text()
    shared = tmp_path / "small.toml"
    with acting_as(ADA):
        (record,) = runs.submit(toy_request(graphs), root=root)
        shared.write_text(f"{sound}\n[shares]\nmemory_mib = 100\n")
        monkeypatch.setenv(VARIABLE, str(shared))
        with pytest.raises(InputError, match="at most 100 MiB of memory, found one that is likely"):
            runs.submit(toy_request(graphs), root=root)
        monkeypatch.setenv(VARIABLE, str(path))
        (record.folder / files.CHECKPOINT).write_bytes(b"x")
        os.truncate(record.folder / files.CHECKPOINT, 60_000 << 20)  # takes no room
        match = r"at most 51,200 MiB of runs, graphs and files of one .* 60"
        with pytest.raises(InputError, match=match):
            runs.submit(toy_request(graphs), root=root)
    with acting_as(BEN):
        assert runs.submit(toy_request(graphs), root=root)


def test_the_runs_of_one_person_do_not_take_all_places(root, graphs, monkeypatch):
    monkeypatch.setenv("MUSEGNN_RUNS_AT_ONCE", "8")
    monkeypatch.setattr(submission, "ensure_dispatcher", lambda _: False)
    monkeypatch.setattr(dispatcher, "module_command", lambda *_: ["sleep", "60"])
    with acting_as(ADA):
        of_ada = runs.submit(toy_request(graphs, seeds=[0, 1, 2, 3]), root=root)
    with acting_as(BEN):
        of_ben = runs.submit(toy_request(graphs), root=root)
    of_root = runs.submit(toy_request(graphs, seeds=[0, 1, 2]), root=root)
    watcher = dispatcher.Dispatcher(root)
    for _ in range(3):
        watcher.look()
    children = list(watcher._children.values())
    try:
        states = {r.run_id: r.state for r in runs.list_runs(root)}
        assert [states[r.run_id] for r in of_ada] == ["starting", "starting", "queued", "queued"]
        assert {states[r.run_id] for r in (*of_ben, *of_root)} == {"starting"}
    finally:
        for child in children:
            child.kill()
            child.wait()
