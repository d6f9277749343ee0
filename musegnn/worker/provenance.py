"""Where a result comes from: versions, command, machine, and a manifest with every hash."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from musegnn import __version__, keys
from musegnn.border.regular import hash_regular
from musegnn.runs.config import RunConfig
from musegnn.runs.files import write_json
from musegnn.runs.identifiers import is_run_id

PACKAGES = ("torch", "dgl", "numpy", "scipy", "scanpy", "umap-learn", "anndata")


def describe_run(folder: Path, config: RunConfig) -> dict[str, Any]:
    """Return what `provenance.json` says of any run."""
    own = {"run_id": folder.name} if is_run_id(folder.name) else {}
    return {
        "kind": config.kind,
        "name": config.name,
        **own,
        "run_config_hash": config.config_hash,
        "graphs": {graph.name: graph.sha256 for graph in config.graphs},
        "files": {file.name: file.sha256 for file in config.files},
        "threads": config.threads,
        "command": [sys.executable, *sys.argv],
        "platform": platform.platform(),
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Versions of this package, of Python, and of the libraries that compute."""
    return {
        "musegnn": __version__,
        "python": platform.python_version(),
        **{package: _version(package) for package in PACKAGES},
    }


def _version(package: str) -> str:
    """Installed version of a package, or "absent"."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the hash of every file of a result, last of all; see `musegnn.runs.result`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = {
        "files": {path.relative_to(folder).as_posix(): hash_regular(path) for path in files},
        "command": " ".join(["musegnn", *sys.argv[1:]]) if sys.argv else "",
        **facts,
    }
    write_json(folder / keys.MANIFEST_FILE, manifest)
