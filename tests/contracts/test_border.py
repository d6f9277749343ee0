"""Foreign bytes come in through the border: who may call what opens or parses a file.

Each row of `DOORS` is a call that takes a file apart, and the few modules that may use it: they
check what they take, or run in a process of their own (`musegnn.border.apart`). A new reader asks
one of them, or gets a row with its reason.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from musegnn.border.readers import READERS
from tests.contracts.source import REPOSITORY, expect_none, list_python_files, name_module


@dataclass(frozen=True)
class Door:
    """Calls that open or parse a file.

    Parameters
    ----------
    calls
        Dotted names as the library has them; `pandas.read_*` means all that begin so.
    modules
        Who may use them.
    reason
        Why these may, or what to use in their place.
    """

    calls: tuple[str, ...]
    modules: tuple[str, ...]
    reason: str


DOORS = (
    Door(
        ("h5py.File", "h5py.h5f.*"),
        (
            "musegnn.io.formats.hdf5",
            "musegnn.io.h5ad",
            "musegnn.io.vector_file",
            "musegnn.io.hdf5_packing",
        ),
        "these let `check_hdf5` look first, and readers that stand on them are marked `@apart`; "
        "`pack_arrays` copies what was written a moment ago",
    ),
    Door(
        ("anndata.read_*", "anndata.io.*", "anndata.experimental.*", "scanpy.read*"),
        ("musegnn.io.h5ad", "musegnn.io.vector_file"),
        "`open_h5ad` and `take_out` run apart; ask them",
    ),
    Door(
        ("zarr.*",),
        ("musegnn.io.formats.zarr",),
        "`check_zarr` looks first: no links, no codec that runs what it finds",
    ),
    Door(
        ("scipy.io.*",),
        ("musegnn.io.formats.tenx_mtx",),
        "`read_tenx_mtx` runs behind `read_contents`, which is apart",
    ),
    Door(
        (
            "numpy.load",
            "numpy.fromfile",
            "numpy.loadtxt",
            "numpy.genfromtxt",
            "numpy.lib.format.read*",
            "numpy.lib.format.open_memmap",
            "numpy.DataSource",
        ),
        (),
        "`musegnn.border.arrays` reads with a header that is checked",
    ),
    Door(
        ("numpy.memmap", "numpy.core.memmap"),
        ("musegnn.io.vector_file",),
        "inside the process that reads, the file that it writes",
    ),
    Door(
        ("pyarrow.parquet.*", "pyarrow.dataset.*", "pyarrow.feather.*", "pyarrow.memory_map"),
        ("musegnn.border.tables", "musegnn.border.shapes"),
        "`read_parquet` of `musegnn.border.tables` runs apart; shapes are read behind "
        "`read_contents`, which is apart",
    ),
    Door(
        ("pandas.read_csv",),
        ("musegnn.border.tables", "musegnn.io.fragments"),
        "`read_delimited` of `musegnn.border.tables` runs apart: a line of two million fields "
        "keeps the parser busy for minutes; fragments stream through the process of a build, "
        "which is no server, in rows whose width was looked at before",
    ),
    Door(
        ("pandas.read_*", "pandas.HDFStore", "pandas.ExcelFile"),
        (),
        "`read_parquet` of `musegnn.border.tables` for Parquet; the rest is no format of ours",
    ),
    Door(
        ("safetensors.safe_open",),
        ("musegnn.training.checkpoint", "musegnn.worker.molecules"),
        "`check_tensors` looks first",
    ),
    Door(
        ("safetensors.*.load*", "torch.load", "torch.jit.*", "torch.hub.*"),
        (),
        "`read_checkpoint` and `restore`, which check the header",
    ),
    Door(
        ("json.load", "json.loads", "json.JSONDecoder", "json.decoder.*", "orjson.loads"),
        (
            "musegnn.border.documents",
            "musegnn.border.portable",
            "musegnn.border.zygote",
            "musegnn.runs.metrics",
        ),
        "`parse_json` and `read_json` of `musegnn.border.documents` count before they parse; a "
        "process that reads talks with its server; a line of curves is short, and 10^5 are read",
    ),
    Door(
        ("yaml.*", "ruamel.*"),
        ("musegnn.border.yaml_text",),
        "`read_yaml` counts while it parses",
    ),
    Door(
        ("tomllib.*",),
        ("musegnn.access.settings", "musegnn.cli.access"),
        "what an administrator wrote",
    ),
    Door(
        ("zipfile.*",),
        ("musegnn.border.packed", "musegnn.runs.archive"),
        "`open_zip` looks at the list of members first; an export writes",
    ),
    Door(
        ("tarfile.*", "shutil.unpack_archive"),
        ("musegnn.border.packed",),
        "`walk_tar` counts what it unpacks",
    ),
    Door(
        ("gzip.open", "gzip.GzipFile", "gzip.decompress", "bz2.*", "lzma.LZMAD*", "lzma.open"),
        ("musegnn.border.packed",),
        "`open_binary` of `musegnn.border.text` counts what it unpacks",
    ),
    Door(
        ("lzma.LZMAFile", "lzma.decompress", "zlib.decompress"),
        (),
        "these unpack as much as a file likes; `open_binary`, or `zlib.decompressobj` with a limit",
    ),
    Door(
        ("xml.*", "vl_convert.*", "defusedxml.*", "lxml.*"),
        ("musegnn.io.figure_file",),
        "`convert_svg` runs apart and refuses what leads out of a picture: what draws it would "
        "open files and addresses that stand in it",
    ),
    Door(
        ("pickle.*", "marshal.*", "shelve.*", "dbm.*", "joblib.*", "dill.*", "cloudpickle.*"),
        (),
        "these run what is found in a file",
    ),
)


def is_named(name: str, pattern: str) -> bool:
    """True when a dotted name is what a row speaks of; a star stands for any letters."""
    first, *others = pattern.split("*")
    if not others:
        return name == pattern
    if not name.startswith(first):
        return False
    place = len(first)
    for part in others[:-1]:
        found = name.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return name.endswith(others[-1]) and len(name) - len(others[-1]) >= place


def door_of(name: str, doors: tuple[Door, ...] = DOORS) -> Door | None:
    """Return the first row that a dotted name belongs to."""
    return next((d for d in doors if any(is_named(name, call) for call in d.calls)), None)


def used_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the dotted names that a module uses, whatever it calls them, with their lines.

    What stands in annotations is no use: nothing is opened by it.
    """
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                known[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        name = _dotted(node, known)
        if name is not None:
            yield name, getattr(node, "lineno", 0)
            continue
        for field, value in ast.iter_fields(node):
            if field in {"annotation", "returns"}:
                continue
            children = value if isinstance(value, list) else [value]
            waiting += [child for child in children if isinstance(child, ast.AST)]


def _dotted(node: ast.AST, known: dict[str, str]) -> str | None:
    """Return the whole name of `a.b.c` when `a` was imported."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in known:
        return None
    return ".".join([known[node.id], *reversed(parts)])


def find_uses(root: Path, paths: list[Path]) -> Iterator[tuple[str, str, str]]:
    """Yield module, name and place of each use of what a row speaks of."""
    for path in paths:
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        for name, line in used_names(tree):
            if door_of(name) is not None:
                yield name_module(path, root), name, f"{path.relative_to(root)}:{line}"


PRODUCT = list_python_files("musegnn", "app.py", "pages")


def test_files_are_opened_at_the_border_alone():
    expect_none(
        (
            f"{place}: {name} ({door.reason})"
            for module, name, place in find_uses(REPOSITORY, PRODUCT)
            if (door := door_of(name)) is not None and module not in door.modules
        ),
        "Foreign bytes are read through the border.",
    )


def test_who_may_open_files_does_so():
    used: dict[str, set[Door]] = {}
    for module, name, _ in find_uses(REPOSITORY, PRODUCT):
        door = door_of(name)
        if door is not None:
            used.setdefault(module, set()).add(door)
    expect_none(
        (
            f"{module} no longer uses {', '.join(door.calls)}"
            for door in DOORS
            for module in door.modules
            if door not in used.get(module, set())
        ),
        "A row names nobody who does not need it.",
    )


# a job on another machine is asked and answers through files that both of its ends wrote
READS_MODELS = {"musegnn.launchers.on_node"}


def test_models_are_not_made_of_text():
    expect_none(
        (
            f"{path.relative_to(REPOSITORY)}:{node.lineno}: {node.attr} (`parse_json`, then "
            "`model_validate`: pydantic parses what nobody has counted)"
            for path in PRODUCT
            if name_module(path, REPOSITORY) not in READS_MODELS
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute)
            and node.attr in {"model_validate_json", "validate_json", "parse_raw", "parse_file"}
        ),
        "A text is bounded before a schema sees it.",
    )


@pytest.mark.parametrize("place", sorted(READERS))
def test_what_may_be_asked_for_is_marked(place):
    module, _, name = place.partition(":")
    reader = getattr(importlib.import_module(module), name)
    assert reader.__wrapped__.__module__ == module
    assert reader.__wrapped__.__name__ == name


def test_whatever_is_marked_may_be_asked_for():
    marked = set()
    for path in PRODUCT:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            decorators = getattr(node, "decorator_list", [])
            if any(ast.unparse(item).startswith("apart(") for item in decorators):
                marked.add(f"{name_module(path, REPOSITORY)}:{node.name}")
    assert marked == READERS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import numpy as np\nnp.load('a')", "numpy.load"),
        ("from numpy import load as take\ntake('a')", "numpy.load"),
        ("import numpy\nread = numpy.load", "numpy.load"),
        ("def f():\n    import h5py as h\n    return h.File('a')", "h5py.File"),
        ("from scipy.io import mmread\nmmread('a')", "scipy.io.mmread"),
        ("import scipy.io\nscipy.io.loadmat('a')", "scipy.io.loadmat"),
        ("import pandas as pd\npd.read_excel('a')", "pandas.read_excel"),
        ("from safetensors.torch import load_file\nload_file('a')", "safetensors.torch.load_file"),
        ("import json\nf = lambda path: json.loads(path)", "json.loads"),
        ("from json import loads as parse\nparse('1')", "json.loads"),
        ("import yaml\nyaml.safe_load('1')", "yaml.safe_load"),
        ("from zipfile import ZipFile\nZipFile('a')", "zipfile.ZipFile"),
        ("import tarfile as t\nt.open('a')", "tarfile.open"),
        ("import gzip\ngzip.open('a')", "gzip.open"),
        ("from pyarrow import parquet as p\np.ParquetFile('a')", "pyarrow.parquet.ParquetFile"),
    ],
)
def test_a_use_is_seen_whatever_it_is_called(tmp_path, text, expected):
    path = tmp_path / "reader.py"
    path.write_text(text)
    assert [name for _, name, _ in find_uses(tmp_path, [path])] == [expected]


def test_annotations_and_other_names_are_no_use(tmp_path):
    path = tmp_path / "reader.py"
    path.write_text(
        "import h5py\nimport numpy as np\n"
        "def f(file: h5py.File, load: int) -> h5py.File:\n"
        "    kept: h5py.File = file\n"
        "    return np.loads, kept.File, load\n"
    )
    assert list(find_uses(tmp_path, [path])) == []
