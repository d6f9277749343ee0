"""What a kind of run is: its settings, what it reads, what it takes, and who does the work.

One file a kind lies in `musegnn/runs/kinds`; another package offers its kinds as entry points of
the group `musegnn.kinds`. Forms, presets, estimates, command line and worker read the record, so
nothing here may load a library that computes.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, field_validator

from musegnn.errors import RunError
from musegnn.extensions import find_records
from musegnn.validation import check_choice


class Strict(BaseModel):
    """Values keep their type, and no key is let through that nobody reads."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def check_line(value: str) -> str:
    """Return a text that is one line.

    Raises
    ------
    ValueError
        If it holds characters that move the cursor or turn the text around.
    """
    if value.isprintable():
        return value
    msg = "a text of one line has no control characters"
    raise ValueError(msg)


Line = Annotated[str, AfterValidator(check_line)]


class KindSettings(Strict):
    """All settings of a kind of run: the only place that names them.

    Each field has a default, a range, and a `description` for people. A field of another `Strict`
    class is a group. A field `seed` makes one run a seed possible.

    `later` names the fields that a kind did not have when folders of it were first written. Their
    defaults do what was done before they came, so that such folders keep their hash.
    """

    kind: ClassVar[str] = ""
    later: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*", mode="after")
    @classmethod
    def _check_texts(cls, value: Any) -> Any:
        return check_line(value) if isinstance(value, str) else value

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values, ready for JSON; `method` names the kind."""
        return {"method": self.kind, **self.model_dump(mode="json")}

    def decisive(self) -> dict[str, Any]:
        """Return the settings as `to_dict` does, without later ones that are as by default."""
        fields = type(self).model_fields
        unused = {
            name
            for name in self.later
            if getattr(self, name) == fields[name].get_default(call_default_factory=True)
        }
        return {name: value for name, value in self.to_dict().items() if name not in unused}

    @property
    def hash(self) -> str:
        """First 12 digits of the SHA-256 of the settings that decide the result."""
        text = json.dumps(self.decisive(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class FileNeed:
    """A file that a kind reads beside gene graphs.

    Parameters
    ----------
    role
        By which the work asks for it, such as "counts".
    title
        What it is, for people.
    least, most
        How many files of this role a run has.
    """

    role: str
    title: str
    least: int = 1
    most: int = 1


@dataclass(frozen=True)
class Inputs:
    """Sizes of what a run reads.

    Parameters
    ----------
    genes
        Genes of each gene graph.
    sizes
        Bytes of each other file.
    """

    genes: tuple[int, ...] = ()
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Cost:
    """What a run takes on the machine that was measured.

    Parameters
    ----------
    work_seconds
        Seconds of the steps or epochs; runs that have finished elsewhere set their pace.
    other_seconds
        Seconds before and after.
    memory_mib
        Largest memory of the process in MiB.
    disk_mib
        Size of the run on disk in MiB.
    """

    work_seconds: float
    other_seconds: float
    memory_mib: float
    disk_mib: float


@dataclass(frozen=True)
class Kind:
    """A kind of run.

    Parameters
    ----------
    title, summary
        Its name and what it does, for people.
    settings
        Class of its settings, which carries the name of the kind.
    work
        `module:function` that does the work, loaded by the worker alone: gets a
        `musegnn.worker.task.Task`, writes files into `task.result`, and returns a `Done`.
    reads_graphs
        True when it reads gene graphs, one or more.
    files
        What else it reads.
    objective
        `module:class` of what a training minimises (see `musegnn.training.objective`). Such work
        goes on in epochs: with curves, checkpoints, a live map, and perhaps something held out. ""
        for all other work.
    first
        Paths of the settings that change a run most, such as `network.heads`, in the order shown;
        the rest is folded.
    makes
        Files that its result must have; one with an embedding can be opened as a map.
    is_short
        True for work of minutes at most that somebody waits for at a page: it does not queue behind
        trainings, but in a lane of its own.
    estimate
        Time and memory by settings and sizes; None when nothing is known before the first run.
    """

    title: str
    summary: str
    settings: type[KindSettings]
    work: str
    reads_graphs: bool = False
    files: tuple[FileNeed, ...] = ()
    objective: str = ""
    first: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    is_short: bool = False
    estimate: Callable[[Any, Inputs], Cost] | None = None

    @property
    def name(self) -> str:
        """By which it is known in files and in ids of runs: small letters, digits, `_`."""
        return self.settings.kind

    @property
    def trains(self) -> bool:
        """True when the work goes on in epochs."""
        return bool(self.objective)


@cache
def list_kinds() -> dict[str, Kind]:
    """Return all kinds of runs by name: the product's own, then those of other packages."""
    records = find_records("kinds", "musegnn.runs.kinds", Kind, attribute="KIND")
    return {kind.name: kind for kind in reversed(records)}  # nobody replaces one of our own


def find_kind(name: str) -> Kind:
    """Return a kind by its name.

    Raises
    ------
    InputError
        If there is none; the nearest name is told.
    """
    check_choice(name, sorted(list_kinds()), name="method")
    return list_kinds()[name]


def load(name: str) -> Any:
    """Load what a kind names as `module:attribute`; only who computes may call it.

    Raises
    ------
    RunError
        If there is none.
    """
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        msg = f"Expected {name} for this kind of run, found: {error}."
        raise RunError(msg, "Install what the kind needs.") from error
