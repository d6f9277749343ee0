"""What a package exports is what its name gives, in whatever order modules are imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import musegnn.graphs
from musegnn.graphs.spatial_variation import sparkx
from tests.contracts.source import expect_none, list_python_files, name_module


def find_shadowed_names(package: Path) -> Iterator[str]:
    """Names that an `__init__.py` binds and that a module beside it has too.

    Importing the module binds its name in the package, so that one hides the other.
    """
    tree = ast.parse(package.read_text(encoding="utf-8"))
    bound = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom | ast.Import)
        for alias in node.names
    }
    bound |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    own = name_module(package, package.parents[1])
    for node in _offered_lazily(tree):  # the names of modules themselves aside
        places = zip(map(ast.literal_eval, filter(None, node.keys)), node.values, strict=True)
        bound |= {name for name, place in places if ast.literal_eval(place) != f"{own}.{name}"}
    for name in sorted(bound):
        if (package.parent / f"{name}.py").exists() or (package.parent / name).is_dir():
            yield f"{package.parent.name}.{name}"


def _offered_lazily(tree: ast.Module) -> Iterator[ast.Dict]:
    """Names and places that are given to `lazy_exports`."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("lazy_exports"):
            yield from (argument for argument in call.args if isinstance(argument, ast.Dict))


def test_no_module_hides_what_its_package_exports() -> None:
    packages = [path for path in list_python_files("musegnn") if path.name == "__init__.py"]
    assert len(packages) > 10
    problems = (name for package in packages for name in find_shadowed_names(package))
    expect_none(problems, "A module has the name of something that its package exports.")


@pytest.mark.parametrize(
    "text", ["from musegnn.graphs.a import cscore", "x = lazy_exports(1, {'cscore': 'musegnn.a'})"]
)
@pytest.mark.parametrize(("file", "is_shadowed"), [("cscore.py", True), ("estimator.py", False)])
def test_a_hidden_name_is_found(tmp_path: Path, text: str, file: str, is_shadowed: bool) -> None:
    package = tmp_path / "__init__.py"
    package.write_text(text)
    (tmp_path / file).write_text("")
    assert bool(list(find_shadowed_names(package))) == is_shadowed


@pytest.mark.parametrize("package", [musegnn, musegnn.graphs])
def test_every_name_that_is_offered_is_there_and_no_other(package: ModuleType) -> None:
    for name in package.__all__:
        offered = getattr(package, name)
        place = offered.__name__ if isinstance(offered, ModuleType) else offered.__module__
        assert place.startswith(f"{package.__name__}."), name
    assert dir(package) == package.__all__
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = package.nothing


def test_spatial_variation_is_a_function_of_the_package() -> None:
    counts = np.random.default_rng(0).poisson(1.0, (30, 4))
    places = np.random.default_rng(1).random((30, 2))
    table = musegnn.graphs.sparkx(counts, places)
    assert table.equals(sparkx(counts, places))
    assert callable(musegnn.graphs.cscore)
