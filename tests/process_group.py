"""Which processes of a group still run."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path


def list_group(leader: int) -> list[str]:
    """Command lines of the processes of a group that have not ended.

    One in brackets has given its memory back: its program is over, the system still clears it away.
    """
    done = subprocess.run(
        ["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True
    )
    lines = (line.split(None, 2) for line in done.stdout.splitlines())
    return [
        line[2]
        for line in lines
        if line[0] == str(leader) and not line[1].startswith("Z") and not line[2].startswith("[")
    ]


def wait_until_born(pid: int) -> None:
    """Wait until a process shows its environment, some time after its number is known."""
    deadline = time.monotonic() + 10
    while not Path(f"/proc/{pid}/environ").read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.001)
