"""Look for advisories against everything that is locked.

    make audit

`pip-audit` asks the advisories that the package registry hands out. Where it cannot be installed or
none can be reached, this is said and nothing fails: no answer is not a good answer, and no bad one
either. Exit code 1 when there is an advisory that `deploy/advisories.txt` does not accept.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / ".venv-tools/bin"
LOCKS = ("requirements.lock", "requirements-torch.lock", "requirements-test.lock")
ACCEPTED = ROOT / "deploy/advisories.txt"
PATIENCE = 240.0  # seconds


def accepted(text: str) -> dict[str, str]:
    """Advisories that are accepted, each with its reason: `ID  # reason`, one a line."""
    lines = [line.partition("#") for line in text.splitlines() if line[:1] not in {"", "#"}]
    return {name.strip(): reason.strip() for name, _, reason in lines}


def find_open(report: dict[str, Any], known: dict[str, str]) -> list[str]:
    """Advisories of a report of pip-audit that are not accepted, one line each."""
    return [
        f"{package['name']} {package['version']}: {found['id']}"
        + (f", mended in {', '.join(found['fix_versions'])}" if found.get("fix_versions") else "")
        for package in report["dependencies"]
        for found in package.get("vulns", [])
        if not {found["id"], *found.get("aliases", [])} & set(known)
    ]


def ask() -> dict[str, Any] | str:
    """Report of pip-audit, or why there is none."""
    command = [str(TOOLS / "pip-audit"), "--disable-pip", "--require-hashes", "--format", "json"]
    command += ["--progress-spinner", "off", "--timeout", "15"]
    for lock in LOCKS:
        command += ["--requirement", lock]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=ROOT
        )
        report: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return "no source of advisories answered in time"
    except (ValueError, OSError):
        return "no source of advisories could be reached"
    return report


def main() -> int:
    """Ask and tell."""
    made = subprocess.run(
        ["make", "--silent", ".venv-tools/.installed"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        env={**os.environ, "PIP_QUIET": "1"},
    )
    report = ask() if made.returncode == 0 else "pip-audit could not be installed"
    if isinstance(report, str):
        print(f"Audit SKIPPED: {report}. Nothing is known about advisories.")
        return 0
    known = accepted(ACCEPTED.read_text("utf-8"))
    problems = find_open(report, known)
    asked = [package for package in report["dependencies"] if "vulns" in package]
    for line in problems:
        print(f"Advisory: {line}")
    missed = len(report["dependencies"]) - len(asked)
    print(
        f"Audit: {len(asked)} packages asked for, {len(problems)} open, {len(known)} accepted, "
        f"{missed} unknown to the source."
    )
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
