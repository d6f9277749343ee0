"""The house rules of docs and architecture: who may import whom, and what stays out of where."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest

from tests.contracts.source import (
    REPOSITORY,
    Import,
    expect_none,
    list_python_files,
    name_module,
    read_imports,
)

FOUNDATIONS = frozenset(
    {"errors", "extensions", "keys", "exports", "progress", "settings", "validation"}
)

# Left may import right, and everything that right may import; never back.
ARROWS = {
    "server": {"panels", "access"},
    "pages": {"panels"},
    "panels": {"views", "figures"},
    "views": {"analysis", "benchmarks", "runs", "lineages", "targets"},
    "figures": {"foundations"},
    "analysis": {"embeddings"},
    "benchmarks": {"embeddings"},
    "runs": {"embeddings", "launchers", "kinds", "access"},
    "lineages": {"embeddings"},
    "targets": {"embeddings", "molecules"},
    "molecules": {"embeddings"},
    "embeddings": {"graphs"},
    "worker": {
        *("training", "baselines", "analysis", "benchmarks", "embeddings", "runs", "lineages"),
        "fusion",
    },
    "cli": {
        *("worker", "analysis", "training", "baselines", "benchmarks", "embeddings", "runs"),
        *("launchers", "lineages"),
        *("launchers", "targets"),
        "fusion",
    },
    "fusion": {"embeddings"},
    "training": {"model", "molecules"},
    # the untrained network is the model itself, and a baseline is tied by the model's own loss term
    "baselines": {"model"},
    "model": {"graphs", "kinds", "molecules"},
    "graphs": {"knowledge", "io", "accelerator"},
    "knowledge": {"io"},
    "accelerator": {"foundations"},
    "io": {"border"},
    "border": {"foundations"},
    "access": {"foundations"},
    "launchers": {"foundations"},
    "kinds": {"foundations"},
    "foundations": set(),
}
# A page never computes: it asks a view model and draws.
PAGES_NEVER = {
    *("analysis", "benchmarks", "runs", "launchers", "embeddings", "graphs", "knowledge", "io"),
    *("accelerator", "kinds", "access", "lineages"),
    *("accelerator", "kinds", "access", "targets"),
}

TORCH = ("torch", "safetensors.torch", "torch_geometric", "torchdata", "dgl")
TORCH_ROOMS = {"model", "training", "baselines", "worker", "accelerator"}
HEAVY = (*TORCH, "scanpy")
LIGHT_ROOMS = {
    *("server", "pages", "panels", "views", "figures", "analysis", "benchmarks", "runs"),
    *("embeddings", "graphs", "knowledge", "io", "border", "launchers", "kinds", "access"),
    *("lineages", "foundations"),
    *("targets", "foundations"),
    *("fusion", "foundations"),
}
DGL_MODULE = "musegnn.model.dgl_backend"

# What a module of a screen is, told by its name: panels draw with Streamlit, figures make pictures
# of tables, all others are views, which are tested without a page.
PANELS = re.compile(
    r"(panel|panel_\w+|\w+_panel|controls|cache|cached_build"
    r"|frame|needs|state|navigation|messages|downloads|tables)"
)
FIGURES = re.compile(r"(figure|figure_\w+|\w+_figure|theme|point_map|point_map_svg)")
SHARED = ("parts", "shell")  # what screens have in common; left may import right, never back


def room_of(module: str) -> str:
    """Return the room of a module: `server` for app, `pages` for those and what lists them,
    `package` for musegnn itself.
    """
    first, *rest = module.split(".")
    if first in {"app", "pages", "dashboard"}:
        return "server" if first == "app" else "pages"
    if first != "musegnn":
        return ""
    if not rest:
        return "package"
    if rest[0] == "screens":
        return layer_of(rest[-1]) if len(rest) > 1 else "package"
    if rest[:2] in (["runs", "kind"], ["runs", "kinds"]):
        return "kinds"  # settings, which networks and forms read alike
    return "foundations" if rest[0] in FOUNDATIONS else rest[0]


def layer_of(name: str) -> str:
    """Return what a module of a screen is: `panels`, `figures` or `views`."""
    if PANELS.fullmatch(name):
        return "panels"
    return "figures" if FIGURES.fullmatch(name) else "views"


def screen_of(module: str) -> str:
    """Return the folder of `musegnn/screens` that a module lies in, or ""."""
    parts = module.split(".")
    return parts[2] if parts[:2] == ["musegnn", "screens"] and len(parts) > 2 else ""


def rooms_within_reach(room: str) -> set[str]:
    """Return the rooms that a room may import: itself, and along the arrows."""
    reach, waiting = {room, "foundations", "package"}, [room]
    while waiting:
        new = ARROWS[waiting.pop()] - reach
        reach |= new
        waiting += new
    return reach - PAGES_NEVER if room == "pages" else reach


def is_library(target: str, libraries: tuple[str, ...]) -> bool:
    """True when a dotted name is one of the libraries or lies inside one."""
    return any(f"{target}.".startswith(f"{library}.") for library in libraries)


class House:
    """All modules under `root` that the rules speak of, with their imports."""

    def __init__(self, root: Path, paths: list[Path]) -> None:
        self.modules = {name_module(path, root): path for path in paths}
        self.imports = read_imports(root, paths)
        self.immediate: dict[str, list[Import]] = {}
        for found in self.imports:
            if found.is_immediate:
                self.immediate.setdefault(found.importer, []).append(found)

    def resolve(self, target: str) -> str:
        """Cut a dotted name to the module it lives in: `musegnn.io.h5ad.open_h5ad` to `...h5ad`."""
        while target and target not in self.modules and "." in target:
            target = target.rpartition(".")[0]
        return target

    def loaded_with(self, target: str) -> list[str]:
        """Return the modules that run for an import: the module and the packages above it."""
        parts = self.resolve(target).split(".")
        names = [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
        return [name for name in names if name in self.modules]

    def chain_to(self, start: str, libraries: tuple[str, ...]) -> list[str]:
        """Return how importing a module reaches a library at once, or an empty list."""
        chains = [[name] for name in self.loaded_with(start)]
        seen = {chain[0] for chain in chains}
        while chains:
            chain = chains.pop(0)
            for found in self.immediate.get(chain[-1], []):
                if is_library(found.target, libraries):
                    return [*chain, found.target]
                new = [name for name in self.loaded_with(found.target) if name not in seen]
                seen.update(new)
                chains += [[*chain, name] for name in new]
        return []


def find_wrong_directions(house: House) -> list[str]:
    """Imports from a room to one that lies not to its right, and rooms that nobody planned."""
    problems = [
        f"{name}: no room {room_of(name)!r} in the architecture; give it a place in ARROWS"
        for name in house.modules
        if room_of(name) not in {*ARROWS, "package"}
    ]
    for found in house.imports:
        room, other = room_of(found.importer), room_of(house.resolve(found.target))
        reach = {"foundations", "package"} if room == "package" else rooms_within_reach(room)
        if other and other not in reach:
            problems.append(f"{found.place}: {room} imports {other} ({found.target})")
    return problems


def find_crossed_screens(house: House) -> list[str]:
    """Imports from one screen to another, and from what screens share back to a screen."""
    problems = []
    for found in house.imports:
        own, other = screen_of(found.importer), screen_of(house.resolve(found.target))
        allowed = SHARED[SHARED.index(own) :] if own in SHARED else (own, *SHARED)
        if own and other and other not in allowed:
            problems.append(f"{found.place}: {own} imports {other} ({found.target})")
    return problems


def find_circles(house: House) -> list[str]:
    """Modules that import each other by whatever way, late and for types only included."""
    imports = nx.DiGraph(
        (found.importer, house.resolve(found.target))
        for found in house.imports
        if house.resolve(found.target) in house.modules
    )
    circles = [part for part in nx.strongly_connected_components(imports) if len(part) > 1]
    return [" <-> ".join(sorted(circle)) for circle in circles]


def find_misplaced_libraries(house: House) -> list[str]:
    """Imports of streamlit or torch, late ones included, outside the rooms they belong to."""
    problems = []
    for found in house.imports:
        room = room_of(found.importer)
        if is_library(found.target, ("streamlit",)) and room not in {"panels", "pages", "server"}:
            problems.append(f"{found.place}: streamlit belongs to panels of screens and to pages")
        if is_library(found.target, TORCH) and room not in TORCH_ROOMS:
            problems.append(f"{found.place}: torch belongs to {', '.join(sorted(TORCH_ROOMS))}")
    return problems


def find_heavy_starts(house: House) -> list[str]:
    """Modules that load a heavy library as soon as they are imported, by whatever way."""
    problems = []
    for name in house.modules:
        room = room_of(name)
        libraries = HEAVY if room in {*LIGHT_ROOMS, "package"} else TORCH if room == "cli" else ()
        chain = house.chain_to(name, libraries)
        if chain:
            problems.append(" -> ".join(chain))
    return problems


def find_dgl_modules(house: House) -> list[str]:
    """Modules that import dgl, at once or late."""
    return sorted({found.importer for found in house.imports if is_library(found.target, ("dgl",))})


@pytest.fixture(scope="module")
def house() -> House:
    """The product as it stands."""
    return House(REPOSITORY, list_python_files("musegnn", "pages", "app.py", "dashboard.py"))


def plant(root: Path, files: dict[str, str]) -> House:
    """Lay out a small house; packages get an empty `__init__.py`."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        for folder in path.relative_to(root).parents:
            if folder.parts[:1] == ("musegnn",):
                (root / folder / "__init__.py").touch()
    return House(root, sorted(root.rglob("*.py")))


def test_rooms_import_only_to_their_right(house: House) -> None:
    expect_none(find_wrong_directions(house))


def test_screens_meet_only_in_what_they_share(house: House) -> None:
    expect_none(find_crossed_screens(house))


def test_no_modules_import_each_other(house: House) -> None:
    expect_none(find_circles(house))


def test_streamlit_and_torch_stay_in_their_rooms(house: House) -> None:
    expect_none(find_misplaced_libraries(house))


def test_result_pages_and_command_line_start_without_heavy_libraries(house: House) -> None:
    expect_none(find_heavy_starts(house))


def test_dgl_is_imported_in_exactly_one_module_of_the_repository() -> None:
    assert find_dgl_modules(House(REPOSITORY, list_python_files())) == [DGL_MODULE]


def test_importing_what_pages_stand_on_loads_no_heavy_library() -> None:
    rooms = sorted(
        LIGHT_ROOMS - {"pages", "foundations", "panels", "views", "figures"} | {"screens"}
    )
    code = f"""
import importlib, pkgutil, sys
import musegnn
for module in list(pkgutil.walk_packages(musegnn.__path__, "musegnn.")):
    if module.name.split(".")[1] in {rooms!r}:
        importlib.import_module(module.name)
print("loaded:", [name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "loaded: []" in done.stdout


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"musegnn/io/a.py": "from musegnn.graphs import b", "musegnn/graphs/b.py": ""},
            "io imports graphs",
        ),
        (
            {"musegnn/io/a.py": "from ..graphs.b import c", "musegnn/graphs/b.py": ""},
            "io imports graphs",
        ),
        (
            {
                "musegnn/embeddings/a.py": "def f():\n    import musegnn.training.loop",
                "musegnn/training/loop.py": "",
            },
            "embeddings imports training",
        ),
        (
            {
                "musegnn/screens/gene/figure_a.py": "from musegnn.embeddings.b import C",
                "musegnn/embeddings/b.py": "",
            },
            "figures imports embeddings",
        ),
        (
            {"musegnn/analysis/a.py": "from musegnn import runs", "musegnn/runs/b.py": ""},
            "analysis imports runs",
        ),
        (
            {
                "pages/1_Atlas.py": "from musegnn.embeddings import b",
                "musegnn/embeddings/b.py": "",
            },
            "pages imports embeddings",
        ),
        (
            {
                "musegnn/__init__.py": "from musegnn.io.b import C",
                "musegnn/io/b.py": "",
            },
            "package imports io",
        ),
        ({"musegnn/shed/a.py": ""}, "no room 'shed'"),
    ],
)
def test_a_wrong_direction_is_caught(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    assert expected in "\n".join(find_wrong_directions(plant(tmp_path, files)))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"musegnn/screens/gene/view.py": "import streamlit as st"}, "streamlit belongs"),
        (
            {"musegnn/screens/gene/figure.py": "def f():\n    from streamlit import write"},
            "streamlit belongs",
        ),
        ({"musegnn/graphs/a.py": "def f():\n    import torch.nn"}, "torch belongs"),
        ({"musegnn/cli/a.py": "def f():\n    import torch"}, "torch belongs"),
        ({"pages/1_Atlas.py": "import importlib\nimportlib.import_module('dgl')"}, "torch belongs"),
        ({"musegnn/io/a.py": "from safetensors.torch import load_file"}, "torch belongs"),
    ],
)
def test_a_misplaced_library_is_caught(
    tmp_path: Path, files: dict[str, str], expected: str
) -> None:
    assert expected in "\n".join(find_misplaced_libraries(plant(tmp_path, files)))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {
                "pages/1_Atlas.py": "from musegnn.screens.gene import a",
                "musegnn/screens/gene/a.py": "from musegnn.graphs.b import c",
                "musegnn/graphs/b.py": "try:\n    import scanpy\nexcept ImportError:\n    pass",
            },
            "pages.1_Atlas -> musegnn.screens.gene.a -> musegnn.graphs.b -> scanpy",
        ),
        (
            {
                "musegnn/embeddings/a.py": "import musegnn.graphs.c",
                "musegnn/graphs/__init__.py": "from .b import d",
                "musegnn/graphs/b.py": "import torch",
                "musegnn/graphs/c.py": "",
            },
            "musegnn.embeddings.a -> musegnn.graphs -> musegnn.graphs.b -> torch",
        ),
        (
            {
                "musegnn/cli/main.py": "from musegnn.training import loop",
                "musegnn/training/loop.py": "import torch",
            },
            "musegnn.cli.main -> musegnn.training.loop -> torch",
        ),
    ],
)
def test_a_heavy_start_is_caught(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    assert expected in find_heavy_starts(plant(tmp_path, files))


def test_a_crossed_screen_is_caught(tmp_path: Path) -> None:
    house = plant(
        tmp_path,
        {
            "musegnn/screens/gene/view.py": "from musegnn.screens.compare import view",
            "musegnn/screens/compare/view.py": "from musegnn.screens.parts import points",
            "musegnn/screens/parts/points.py": "import musegnn.screens.shell.words",
            "musegnn/screens/shell/words.py": "from musegnn.screens.parts import points",
        },
    )
    problems = find_crossed_screens(house)
    assert len(problems) == 2
    assert "gene imports compare" in problems[0]
    assert "shell imports parts" in problems[1]


def test_a_circle_is_caught_however_it_is_closed(tmp_path: Path) -> None:
    house = plant(
        tmp_path,
        {
            "musegnn/io/a.py": "from musegnn.io import b, apart",
            "musegnn/io/b.py": "def f():\n    from musegnn.io import c",
            "musegnn/io/c.py": "from typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    from musegnn.io.a import A",
            "musegnn/io/apart.py": "from musegnn import errors",
            "musegnn/errors.py": "",
        },
    )
    assert find_circles(house) == ["musegnn.io.a <-> musegnn.io.b <-> musegnn.io.c"]


def test_a_second_module_with_dgl_is_caught(tmp_path: Path) -> None:
    house = plant(
        tmp_path,
        {
            "musegnn/model/dgl_backend.py": "def f():\n    import dgl.function as fn",
            "musegnn/model/layers.py": "from dgl import graph",
            "benchmarks/speed.py": "__import__('dgl')",
        },
    )
    assert find_dgl_modules(house) == [
        "benchmarks.speed",
        "musegnn.model.dgl_backend",
        "musegnn.model.layers",
    ]


def test_a_house_in_order_raises_no_alarm(tmp_path: Path) -> None:
    house = plant(
        tmp_path,
        {
            "app.py": "import streamlit\nfrom musegnn.screens.shell import frame",
            "pages/1_Atlas.py": "from musegnn.screens.atlas import view",
            "musegnn/errors.py": "",
            "musegnn/screens/shell/frame.py": "import streamlit\nimport musegnn.embeddings.store",
            "musegnn/screens/atlas/view.py": "from musegnn.embeddings.store import read",
            "musegnn/embeddings/store.py": "from musegnn import errors",
            "musegnn/graphs/variable.py": "def f():\n    import scanpy",
            "musegnn/cli/main.py": "def f():\n    from musegnn.training import loop",
            "musegnn/training/loop.py": "import torch\nfrom musegnn.model import dgl_backend",
            "musegnn/model/dgl_backend.py": "import dgl",
        },
    )
    expect_none(find_wrong_directions(house))
    expect_none(find_misplaced_libraries(house))
    expect_none(find_heavy_starts(house))
