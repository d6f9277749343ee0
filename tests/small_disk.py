"""A disk of some KiB, to see what happens when it is full."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(place: Path, *, size: int) -> Iterator[Path]:
    """Mount a disk of that many KiB; skip where that is not allowed."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", str(place)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("needs to be root and to mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def leave(place: Path, kilobytes: int) -> None:
    """Fill a disk up to so many KiB."""
    free = shutil.disk_usage(place).free // 1024 - kilobytes
    (place / "filler").write_bytes(bytes(max(free, 0) * 1024))
