"""How a server is set up: image, unit, health check, and what the guide promises of them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.contracts.source import REPOSITORY

UNIT = REPOSITORY / "deploy/musegnn.service"
LEAST_EXPOSURE = 2.0  # of 10, as `systemd-analyze security` counts
COMMANDS = {
    *("FROM", "ARG", "RUN", "USER", "WORKDIR", "COPY", "CMD", "ENV", "VOLUME", "EXPOSE"),
    *("HEALTHCHECK", "ENTRYPOINT"),
}


def instructions() -> list[tuple[str, str]]:
    """Commands of the Containerfile, lines that go on joined."""
    text = (REPOSITORY / "Containerfile").read_text("utf-8")
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    return [tuple(line.split(" ", 1)) for line in joined.splitlines() if line.strip()]


def stages() -> dict[str, list[tuple[str, str]]]:
    """Commands of each stage of the Containerfile."""
    found: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for command, rest in instructions():
        if command == "FROM":
            name = rest.rpartition(" AS ")[2]
            found[name] = []
        elif name:
            found[name].append((command, rest))
    return found


def test_the_image_file_is_well_formed():
    assert {command for command, _ in instructions()} <= COMMANDS
    assert list(stages()) == ["install", "test", "app"]
    sources = [rest for command, rest in instructions() if command == "FROM"]
    assert sources[1].startswith("install AS")
    assert all("/" not in source for source in sources), "no registry is named"


def test_the_image_installs_and_runs_as_a_plain_user():
    parts = stages()
    for name, first in (("install", "make install"), ("app", None)):
        users = [rest for command, rest in parts[name] if command == "USER"]
        assert users == ["10001:10001"]
        after = parts[name][[c for c, _ in parts[name]].index("USER") :]
        runs = [rest for command, rest in after if command == "RUN"]
        assert runs == ([first] if first else [])
    assert ("CMD", '["make", "test"]') in parts["test"]
    copied = [rest for command, rest in parts["app"] if command == "COPY"]
    assert copied == ["--from=install --chown=root:root /app /app"]
    assert ("VOLUME", '["/data"]') in parts["app"]
    # runs outlive who started them: who is first in a container has to take leave of them
    assert ("ENTRYPOINT", '["tini", "--", "musegnn"]') in parts["app"]
    assert any(c == "RUN" and "install" in rest and " tini" in rest for c, rest in parts["app"])
    assert ("CMD", '["app", "--public"]') in parts["app"]
    assert any(c == "HEALTHCHECK" and "deploy/health.py" in rest for c, rest in parts["app"])


def test_what_the_image_keeps_lies_in_its_volume():
    kept = dict(
        pair.split("=", 1) for c, rest in stages()["app"] if c == "ENV" for pair in rest.split()
    )
    for name in ("MUSEGNN_RUNS", "MUSEGNN_LINKS", "MUSEGNN_KNOWLEDGE"):
        assert kept[name].startswith("/data/")
    assert kept["HOME"] == "/tmp"


class Answers(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self):
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.mark.parametrize(("status", "code"), [(200, 0), (403, 0), (503, 1)])
def test_the_health_check_tells_a_server_from_a_broken_one(monkeypatch, status, code):
    monkeypatch.setattr(Answers, "status", status)
    with HTTPServer(("localhost", 0), Answers) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert check_health(server.server_port) == code
        thread.join()


def test_the_health_check_tells_that_there_is_no_server():
    with HTTPServer(("localhost", 0), Answers) as server:
        port = server.server_port

    assert check_health(port) == 1


def check_health(port: int) -> int:
    script = REPOSITORY / "deploy/health.py"
    return subprocess.run(
        [sys.executable, str(script), str(port)], check=False, capture_output=True, timeout=30
    ).returncode


def settings() -> dict[str, list[str]]:
    """Settings of the unit."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text("utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def test_the_unit_leaves_a_service_nothing_that_it_does_not_need():
    found = settings()
    expected = {
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "UMask": "0077",
        "KillMode": "process",  # trainings outlive the server
        "User": "musegnn",
    }
    assert {name: found[name] for name in expected} == {n: [v] for n, v in expected.items()}
    places = [value for value in found["Environment"] if value.startswith("MUSEGNN_")]
    assert len(places) == 3
    assert all("=/var/lib/musegnn/" in value for value in places)


@pytest.fixture
def unit_here(tmp_path):
    """The unit with programs that are on this machine, since the product is not installed there."""
    text = UNIT.read_text("utf-8").replace("/opt/musegnn/.venv/bin/musegnn", shutil.which("true"))
    path = tmp_path / "musegnn.service"
    path.write_text(text.replace("WorkingDirectory=/opt/musegnn", "WorkingDirectory=/"), "utf-8")
    return path


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("needs systemd-analyze")
    environment = {**os.environ, "SYSTEMD_COLORS": "0"}
    return subprocess.run(
        [program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=60,
    )


def test_systemd_finds_nothing_wrong_with_the_unit(unit_here):
    done = analyze("verify", "--man=no", str(unit_here))

    assert (done.returncode, "musegnn.service" in done.stderr) == (0, False), done.stderr


def test_systemd_counts_little_exposure(unit_here):
    done = analyze("security", "--offline=true", "--no-pager", str(unit_here))
    if "offline" in done.stderr:
        pytest.skip("needs a newer systemd-analyze")

    found = re.search(r"exposure level for \S+ (\d+\.\d)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) < LEAST_EXPOSURE


def test_the_guide_names_what_there_is():
    guide = (REPOSITORY / "docs/deploy.md").read_text("utf-8")
    make = (REPOSITORY / "Makefile").read_text("utf-8")

    for target in re.findall(r"`make ([a-z]+)`", guide):
        assert f"\n{target}:" in make, target
    for path in re.findall(r"`(deploy/[\w.]+)`", guide):
        assert (REPOSITORY / path).is_file(), path
    for option in ("--read-only", "--tmpfs", "--cap-drop"):
        assert option in guide
