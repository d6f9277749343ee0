"""Which processes of a group still run."""

from __future__ import annotations

import subprocess


def list_group(leader: int) -> list[str]:
    """Command lines of the processes of a group that have not ended."""
    done = subprocess.run(
        ["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True
    )
    lines = (line.split(None, 2) for line in done.stdout.splitlines())
    return [line[2] for line in lines if line[0] == str(leader) and not line[1].startswith("Z")]
