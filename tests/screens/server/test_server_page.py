"""The Server page tells who is here, what goes on, and which limits are in force."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import psutil
import pytest

from musegnn.access.settings import AccessSettings, parse_access
from musegnn.access.visitor import LOCAL, Visitor, acting_as
from musegnn.launchers.process_table import Process, family, list_processes
from musegnn.runs import delete, list_runs
from musegnn.runs.disk import disk_of, graphs_folder, list_taken
from musegnn.runs.inputs import give, keep
from musegnn.screens.server import view as server
from musegnn.screens.server.view import Seen
from musegnn.screens.server.view_machine import Look, list_children, look_at
from tests.made_runs import write_run
from tests.page_visits import texts, visit_page

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ADA = Visitor("password:ada", "Ada", "member")


def build(root, *, sessions=(), settings=None, log="none.log", **more):
    return server.build(
        sessions,
        list_runs(root),
        settings or AccessSettings(),
        root=root,
        log=root / log,
        upload_mb=200,
        **more,
    )


def test_sessions_queue_and_owners(tmp_path):
    write_run(tmp_path, "queued", name="first", number=1)
    with acting_as(ADA):
        write_run(tmp_path, "queued", name="second", number=2)
        write_run(tmp_path, "stopped", name="old")
    sessions = [Seen(who, "Atlas", NOW, NOW) for who in (ADA, ADA, LOCAL)]
    view = build(tmp_path, sessions=sessions)
    assert view.sessions["who"].tolist() == ["Ada", "Ada", "this machine"]
    assert view.people == 2
    assert view.queue[["place", "run", "owner", "state"]].to_numpy().tolist() == [
        ["1.", "first", "this machine", "queued"],
        ["2.", "second", "Ada", "queued"],
    ]


def test_how_it_is_opened_and_what_a_member_may_take(tmp_path):
    local = build(tmp_path)
    assert "this machine alone" in local.opened
    public = parse_access(
        {
            "mode": "public",
            "hosts": ["maps.lab.example"],
            "sign_in": "oidc",
            "shares": {"waiting_runs": 7},
            "roles": {"others": "nobody"},
        },
        where="test",
    )
    view = build(tmp_path, settings=public)
    assert "at an OpenID Connect provider; nobody else is let in. Runs are hidden" in view.opened
    limits, own = (pd.concat(each.limits).set_index("limit") for each in (view, local))
    assert tuple(limits.loc["runs in the queue, of a member"]) == ("7", "[shares] waiting_runs")
    assert "runs in the queue, of a member" not in own.index
    assert tuple(own.loc["a file that is given"]) == ("200 MB", "STREAMLIT_SERVER_MAX_UPLOAD_SIZE")


def test_each_limit_is_changed_by_what_is_named(tmp_path, monkeypatch):
    before = build(tmp_path).limits[0]
    for name, value in (
        ("MUSEGNN_RUNS_WAITING", "7"),
        ("MUSEGNN_RUNS_AT_ONCE", "5"),
        ("MUSEGNN_LARGEST_SET", "77"),
        ("MUSEGNN_GRAPHS", str(tmp_path)),
    ):
        monkeypatch.setenv(name, value)
        after = build(tmp_path).limits[0]
        changed = after[after["value"] != before["value"]]
        assert changed["setting"].tolist() == [name]
        assert value in changed["value"].item()
        before = after


def test_the_disk_is_told_by_owner(tmp_path):
    root = tmp_path / "runs"
    root.mkdir()
    with acting_as(ADA):
        run = write_run(root, "stopped", name="old")
        (run.folder / "more.bin").write_bytes(bytes(3 << 20))
        deleted = write_run(root, "stopped", name="gone", number=2)
        delete(root, deleted.run_id)
        graphs = graphs_folder(root, ADA.id)
    graphs.mkdir(parents=True)
    (graphs / "g.h5ad").write_bytes(bytes(2 << 20))
    (root / ".graphs" / "local.h5ad").write_bytes(bytes(1 << 20))
    unknown = root / ".graphs" / "of-0123"
    unknown.mkdir()
    (unknown / "g.h5ad").write_bytes(bytes(1 << 19))
    kept = give(root, role="labels", name="l.tsv", content=bytes(3 << 18))
    keep([kept, give(root, role="labels", name="other.tsv", content=b"of nobody")])
    for folder in (run.folder, root / ".trash" / deleted.run_id):  # counted once
        config = json.loads((folder / "config.json").read_text())
        config["files"] = [kept.source.model_dump(mode="json")]
        (folder / "config.json").write_text(json.dumps(config))
    taken = list_taken(root)
    expected = sum(p.stat().st_size for p in run.folder.rglob("*") if p.is_file())
    by_name = {one.owner.name: one for one in taken}
    assert [one.owner.name for one in taken][:2] == ["Ada", "this machine"]
    assert (by_name["Ada"].runs, by_name["Ada"].n_runs) == (expected, 1)
    assert by_name["Ada"].graphs == 2 << 20
    assert by_name["Ada"].trash > 0
    assert by_name["Ada"].inputs == 3 << 18
    assert by_name["this machine"].total == 1 << 20
    assert taken[-1].owner.name == "nobody known here (of-0123)"
    assert disk_of(root, ADA.id) == by_name["Ada"].total
    assert disk_of(root, "password:ben") == 0
    assert disk_of(root, "password:ben", also=[kept.source.sha256]) == 3 << 18

    ben = Visitor("password:ben", "Ben", "member")
    held = [(ADA, 1 << 20), (ben, 5 << 20), (ADA, 1 << 20)]
    table = build(root, taken=taken, held=held).disk.set_index("owner")
    assert (table.loc["Ada", "uploads"], table.loc["Ben", "uploads"]) == ("2.00 MiB", "5.00 MiB")
    assert table.loc["Ben", "n_runs"] == 0


def test_memory_is_told_of_the_server_its_readers_and_its_runs(tmp_path):
    def process(number, parent, memory, *command, cpu=0.0):
        return Process(number, parent, memory, cpu, f"mark{number}", command)

    python = ("python", "-P", "-m")
    table = [
        process(10, 1, 500, *python, "streamlit", "run", cpu=7),
        process(11, 10, 200, *python, "musegnn.border.zygote", "7", cpu=1),
        process(12, 11, 300, *python, "musegnn.border.zygote", "7", cpu=3),
        process(20, 1, 1000, *python, "musegnn.worker", str(tmp_path / "run"), cpu=40),
        process(21, 20, 24, "reader"),
        process(30, 1, 50, *python, "musegnn.runs.dispatcher", str(tmp_path)),
        process(31, 1, 50, *python, "musegnn.runs.dispatcher", "/elsewhere"),
        process(99, 1, 9999, "somebody else"),
    ]
    numbered = {one.number: one for one in table}
    with acting_as(ADA):
        run = replace(write_run(tmp_path, "running", name="heart"), process=20, mark="mark20")
    now = Look(1.0, {(one.number, one.started): one.cpu_seconds for one in table}, 100.0)
    before = Look(0.0, dict.fromkeys(now.spent, 0.0) | {(20, "mark20"): 20.0}, 90.0)
    rows = list_children(numbered, [run], root=tmp_path, now=now, before=before, own=10)
    assert rows.to_numpy().tolist() == [
        ["this server", "", "500 MiB", "–", "0.7"],
        ["readers of files, 1 file now", "", "200 MiB", "500 MiB", "0.4"],
        ["run heart", "Ada", "1,000 MiB", "1.00 GiB", "2.0"],
        ["starts runs that wait", "", "50.0 MiB", "–", "0.0"],
    ]
    gone = replace(run, mark="another process has that number now")
    rows = list_children(numbered, [gone], root=tmp_path, now=now, own=10)
    assert "run heart" not in rows["process"].tolist()
    assert set(rows["cores"]) == {"–"}


def test_the_processes_of_this_machine_are_read(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        table = list_processes()
        own, started = psutil.Process(), psutil.Process(child.pid)
        assert table[own.pid].parent == own.ppid()
        assert table[own.pid].memory_mib == pytest.approx(own.memory_info().rss / 2**20, rel=0.1)
        assert table[child.pid].command == tuple(started.cmdline())
        assert {one.number for one in family(own.pid, table)} >= {own.pid, child.pid}
        assert family(child.pid, table) == [table[child.pid]]
    finally:
        child.communicate()
    assert child.pid not in list_processes()
    first = server.machine_facts(tmp_path, look_at({}), look_at({}))
    busy = dict(first)["processors at work since last drawn"]
    assert re.fullmatch(rf"[\d.]+ of {os.cpu_count()}", busy)


def test_errors_of_the_log_are_told_with_what_happened(tmp_path):
    log = tmp_path / "none.log"
    logging_form = "2026-01-02 03:04:0{},123 {} musegnn.access.log: {}\n"
    log.write_text(
        logging_form.format(1, "ERROR", "Error 1A2B3C4D, a page could not be drawn")
        + 'Traceback (most recent call last):\n  File "x.py"\nValueError: no such place\n'
        + logging_form.format(2, "WARNING", "Error is a word here")
        + logging_form.format(3, "ERROR", "Error 00000000, a page could not be drawn")
    )
    view = build(tmp_path)
    assert view.errors.to_numpy().tolist() == [
        ["00000000", "2026-01-02 03:04:03", "a page could not be drawn", ""],
        [
            *("1A2B3C4D", "2026-01-02 03:04:01", "a page could not be drawn"),
            "ValueError: no such place",
        ],
    ]


def test_memory_and_disk_are_those_of_the_system(tmp_path):
    facts = dict(server.machine_facts(tmp_path))
    free = re.fullmatch(r"([\d.]+) (MiB|GiB) of .*", facts["disk that is free for runs"])
    disk = os.statvfs(tmp_path)
    expected = disk.f_bavail * disk.f_frsize / 2**30
    assert free is not None
    found = float(free[1]) / (1024 if free[2] == "MiB" else 1)
    assert abs(found - expected) < 0.05 * expected + 0.1
    assert dict(server.machine_facts(tmp_path / "none"))["disk that is free for runs"] == "–"


def test_a_local_user_sees_it_with_the_log(tmp_path, monkeypatch):
    log = tmp_path / "dashboard.log"
    log.write_text("an old line\nError 1A2B3C4D, a page could not be drawn\n")
    monkeypatch.setenv("MUSEGNN_LOG", str(log))
    page = visit_page("11_Server")
    assert not page.exception
    assert not page.error
    assert "1A2B3C4D" in page.code[-1].value
    # this process may have opened other pages before
    assert re.search(r"Open sessions: \d+, accounts: 1;", texts(page))
    assert "No run waits or goes on." in texts(page)
