"""Methods: what was computed for a table on screen, and the code that computes it again."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any, Final

from musegnn import __version__
from musegnn.embeddings.origin import Origin

_LIBRARIES: Final = ("numpy", "pandas", "scipy")
_SOURCES_SHOWN: Final = 40

# Every snippet starts so, and ends with the table of the page under the name `table`.
OPEN_ATLAS: Final = """\
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.settings import Settings

embedding = read_embedding_set(Settings.from_environment().atlas)
"""

_PRINT: Final = """\
from musegnn.io.spreadsheet import table_text

print(table_text(table))
"""

_RUN: Final = "Run it with MUSEGNN_ATLAS set to the folder of the atlas."

CITATION: Final = (
    "Liu T, Wang Y, Ying R, Zhao H. MuSe-GNN: Learning Unified Gene Representation From "
    "Multimodal Biological Graph Data. NeurIPS 2023. arXiv:2310.02275.",
    "Su C, Xu Z, Shan X, Cai B, Zhao H, Zhang J. Cell-type-specific co-expression inference from "
    "single cell RNA-sequencing data. Nat Commun 14, 4846 (2023). doi:10.1038/s41467-023-40503-7.",
)


@dataclass(frozen=True)
class Methods:
    """How a table was made.

    Parameters
    ----------
    title
        What the table is, in a few words.
    sentences
        What was computed, the test and its background where there is one, and n.
    parameters
        Every choice the numbers depend on, JSON-ready.
    data
        `atlas`, `configuration`, `model`, `seed` and `sources` (one line a dataset).
    code
        Python that reproduces the table: it reads the atlas of `MUSEGNN_ATLAS` and leaves the
        table of the page in the variable `table`.
    versions
        Version of Python and of each library.
    cite
        What to cite.
    """

    title: str
    sentences: tuple[str, ...]
    parameters: dict[str, Any]
    data: dict[str, Any]
    code: str
    versions: dict[str, str]
    cite: tuple[str, ...] = CITATION


def describe(
    origin: Origin,
    *,
    title: str,
    sentences: tuple[str, ...],
    parameters: Mapping[str, Any],
    code: str,
    opening: str = OPEN_ATLAS,
    cite: tuple[str, ...] = CITATION,
) -> Methods:
    """Collect how a table was made.

    Parameters
    ----------
    origin
        Where the table comes from.
    title
        What the table is.
    sentences
        What was computed, test, background, n.
    parameters
        Every choice the numbers depend on.
    code
        Lines that follow `opening`, or a whole program that starts with it; they leave the table of
        the page in the variable `table`.
    opening
        Lines that every program on these vectors starts with.
    cite
        What to cite.
    """
    program = code if code.startswith(opening) else f"{opening}\n{code.lstrip()}"
    return Methods(
        title=title,
        sentences=sentences,
        parameters=dict(parameters),
        data={
            "atlas": origin.name,
            "configuration": origin.config_hash,
            "model": origin.model,
            "seed": origin.seed,
            "sources": _first(origin.sources),
        },
        code=program if program.endswith("\n") else f"{program}\n",
        versions=library_versions(),
        cite=cite,
    )


@cache
def library_versions() -> dict[str, str]:
    """Version of Python and of the libraries that numbers come from."""
    return {
        "python": platform.python_version(),
        "musegnn": __version__,
        **{name: version(name) for name in _LIBRARIES},
    }


def _first(sources: tuple[str, ...]) -> tuple[str, ...]:
    """Name the first sources and count the rest."""
    hidden = len(sources) - _SOURCES_SHOWN
    return (*sources[:_SOURCES_SHOWN], *([f"{hidden} more datasets"] if hidden > 0 else []))


def as_script(methods: Methods) -> str:
    """Write a program that prints the table, with its provenance on top."""
    origin = {key: value for key, value in methods.data.items() if key != "sources"}
    head = [
        methods.title,
        *methods.sentences,
        *([_RUN] if methods.code.startswith(OPEN_ATLAS) else []),
        f"Data: {json.dumps(origin)}",
        f"Parameters: {json.dumps(methods.parameters)}",
        f"Versions: {json.dumps(methods.versions)}",
    ]
    comment = "".join(f"# {line}\n" for text in head for line in text.splitlines())
    return f"{comment}\n{methods.code}\n{_PRINT}"


def as_markdown(methods: Methods) -> str:
    """Write a methods section with parameters, data, versions, code and citation."""
    lines = [f"# {methods.title}", "", " ".join(methods.sentences), "", "## Parameters", ""]
    lines += [f"- {name}: {value}" for name, value in methods.parameters.items()]
    lines += ["", "## Data", ""]
    lines += [f"- {name}: {methods.data[name]}" for name in methods.data if name != "sources"]
    lines += [f"- {line}" for line in methods.data["sources"]]
    lines += ["", "## Versions", ""]
    lines += [f"- {name} {number}" for name, number in methods.versions.items()]
    lines += ["", "## Code", "", "```python", methods.code.rstrip("\n"), "```", ""]
    lines += ["## Cite", "", *(f"- {entry}" for entry in methods.cite), ""]
    return "\n".join(lines)
