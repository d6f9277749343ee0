"""Peak resident memory of one call (Linux)."""

from __future__ import annotations

from pathlib import Path


def peak_memory(*, reset: bool = False) -> int:
    """Peak resident memory of this process in KiB since the last reset."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
