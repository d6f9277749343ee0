"""`musegnn app`: whoever ends the command ends the server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from musegnn.settings import REPOSITORY

HEALTH = [sys.executable, str(REPOSITORY / "deploy/health.py")]


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the command waits for the server")
def test_a_signal_to_the_command_ends_the_server(tmp_path):
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    with subprocess.Popen(
        [sys.executable, "-m", "musegnn.cli.main", "app", "--port", port],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "MUSEGNN_RUNS": str(tmp_path / "runs")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as app:
        until = time.monotonic() + 60
        while not answers(port) and time.monotonic() < until:
            assert app.poll() is None
            time.sleep(0.3)
        is_there = answers(port)
        app.send_signal(signal.SIGTERM)
        app.wait(30)

    assert is_there
    assert not answers(port)


def answers(port: str) -> bool:
    """Ask as an image or a unit would."""
    with socket.socket() as asked:
        if asked.connect_ex(("localhost", int(port))):
            return False
    return subprocess.run([*HEALTH, port], check=False, capture_output=True).returncode == 0
