"""Data: a build that is found again after a reload, and taken up with its files and choices."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path

from musegnn.border.regular import open_regular
from musegnn.errors import InputError
from musegnn.runs import RunRecord
from musegnn.runs.kinds.gene_graph import GeneGraphSettings
from musegnn.screens.parts.uploads import Upload

_GONE = "Choose the file again."


@dataclass(frozen=True)
class EarlierBuild:
    """What a build was asked for with.

    Parameters
    ----------
    settings
        Its choices.
    uploads
        Role -> the file it read.
    """

    settings: GeneGraphSettings
    uploads: dict[str, Upload]


def build_sentence(record: RunRecord) -> str:
    """Name the file of a build and what it makes of it, in a sentence."""
    config = record.config
    if config is None or not isinstance(config.settings, GeneGraphSettings):
        return f"**{record.name}**"
    settings = config.settings
    files = [file.name for file in config.files if file.role == "counts"]
    of = f" of the file {', '.join(files)}" if files else ""
    return (
        f"**{settings.dataset}**: the graph{of}, {settings.species} {settings.tissue}, "
        f"{settings.n_genes:,} genes, preset {settings.preset}."
    )


def can_take_up(record: RunRecord) -> bool:
    """True when the files of a build are still kept."""
    config = record.config
    if config is None or not isinstance(config.settings, GeneGraphSettings):
        return False
    return bool(config.files) and all(Path(file.path).is_file() for file in config.files)


def take_up(record: RunRecord) -> EarlierBuild:
    """Take files and choices of a build.

    Raises
    ------
    InputError, DataFileError
        If a file is gone or cannot be kept.
    """
    config = record.config
    if config is None or not isinstance(config.settings, GeneGraphSettings):
        msg = f"Expected a build of a gene graph, found {record.name}."
        raise InputError(msg, _GONE)
    uploads = {}
    for file in config.files:
        with open_regular(Path(file.path), role="a file of an earlier build", hint=_GONE) as stream:
            content = _mapped(stream.fileno()) if _has_content(Path(file.path)) else b""
            uploads[file.role] = Upload.of(file.name, content)
    if "counts" not in uploads:
        msg = f"Expected the counts of {record.name}, found none."
        raise InputError(msg, _GONE)
    return EarlierBuild(config.settings, uploads)


def _has_content(path: Path) -> bool:
    """True for files that can be mapped."""
    return path.stat().st_size > 0


def _mapped(descriptor: int) -> memoryview:
    """Return the bytes of an open file without holding them."""
    return memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ))
