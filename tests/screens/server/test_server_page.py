"""The Server page tells who is here, what goes on, and which limits are in force."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime

from musegnn.access.settings import AccessSettings, parse_access
from musegnn.access.visitor import LOCAL, Visitor, acting_as
from musegnn.runs import list_runs
from musegnn.screens.server import view as server
from musegnn.screens.server.view import Seen
from tests.made_runs import write_run
from tests.page_visits import texts, visit_page

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ADA = Visitor("password:ada", "Ada", "member")


def build(root, *, sessions=(), settings=None, log="none.log"):
    return server.build(
        sessions,
        list_runs(root),
        settings or AccessSettings(),
        root=root,
        log=root / log,
        upload_mb=200,
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
    assert view.queue[["run", "owner", "state"]].to_numpy().tolist() == [
        ["first", "this machine", "queued (1.)"],
        ["second", "Ada", "queued (2.)"],
    ]
    assert dict(view.owners) == {"Ada": 2, "this machine": 1}


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
    assert dict(view.limits)["runs in the queue, of a member"] == "7"
    assert "runs in the queue, of a member" not in dict(local.limits)
    assert dict(local.limits)["a file that is given"] == "200 MB"


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
    assert re.search(r"\d+ open sessions of 1 accounts", texts(page))
    assert "No run waits or goes on." in texts(page)
