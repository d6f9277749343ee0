"""Reading of source files for the contracts: which files there are, what they import."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@cache
def list_repository_files(root: Path = REPOSITORY) -> tuple[Path, ...]:
    """Return the files that are committed or would be: all that git does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if found.returncode:  # an unpacked archive: no git, and nothing installed into it yet
        files = (path for path in root.rglob("*") if ".venv" not in path.parts)
    else:
        files = (root / name for name in found.stdout.split("\0") if name)
    return tuple(sorted(path for path in files if path.is_file()))


def list_python_files(*folders: str, root: Path = REPOSITORY) -> list[Path]:
    """Return the Python files of some top-level folders or files; of all when none is named."""
    return [
        path
        for path in list_repository_files(root)
        if path.suffix == ".py" and (not folders or path.relative_to(root).parts[0] in folders)
    ]


def expect_none(problems: Iterable[object], rule: str = "") -> None:
    """Fail with every problem on a line of its own, so that one run shows all."""
    lines = [str(problem) for problem in problems]
    if lines:
        raise AssertionError("\n".join([rule, *lines]))


def name_module(path: Path, root: Path) -> str:
    """Return the dotted name of a file; a package carries the name of its folder."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@dataclass(frozen=True)
class Import:
    """One import: who, what, where, and whether it happens as soon as the module is imported."""

    importer: str
    target: str
    place: str
    is_immediate: bool


def read_imports(root: Path, paths: list[Path]) -> list[Import]:
    """Return every import of some files, those inside functions included.

    `from a import b` counts as an import of `a.b`: callers cut it to a known module.
    """
    found = []
    for path in paths:
        module = name_module(path, root)
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        for node, is_immediate in _walk(tree, is_immediate=True):
            place = f"{path.relative_to(root)}:{getattr(node, 'lineno', 0)}"
            found += [
                Import(module, target, place, is_immediate) for target in _targets(node, package)
            ]
    return found


def _walk(node: ast.AST, *, is_immediate: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Yield all nodes and whether they run when the module is imported."""
    for child in ast.iter_child_nodes(node):
        runs = is_immediate and not isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
        )
        if isinstance(node, ast.If) and child in node.body and "TYPE_CHECKING" in _text(node.test):
            runs = False
        yield child, runs
        yield from _walk(child, is_immediate=runs)


def _text(node: ast.AST) -> str:
    return ast.unparse(node)


def _targets(node: ast.AST, package: str) -> list[str]:
    """Return the dotted names that a node imports, by statement or by a constant name."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, *([base] if base else [])])
        return [f"{base}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and _text(node.func).rpartition(".")[2] in {
        "import_module",
        "__import__",
    }:
        name = node.args[0] if node.args else None
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            return [name.value]
    return []
