"""Every public name says what it is, and every function says what it takes and gives."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import pytest

from tests.contracts.source import REPOSITORY, expect_none, list_python_files

FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def find_undocumented(tree: ast.Module) -> Iterator[str]:
    """Yield the module, public classes and public functions that have no docstring."""
    if not ast.get_docstring(tree):
        yield "1: the module has no docstring"
    yield from _undocumented_within(tree, "")


def _undocumented_within(owner: ast.Module | ast.ClassDef, prefix: str) -> Iterator[str]:
    for node in owner.body:
        if not isinstance(node, ast.ClassDef | FUNCTION) or node.name.startswith("_"):
            continue
        decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
        is_exempt = any(name.endswith((".setter", "overload")) for name in decorators)
        if not is_exempt and not ast.get_docstring(node):
            yield f"{node.lineno}: {prefix}{node.name} has no docstring"
        if isinstance(node, ast.ClassDef):
            yield from _undocumented_within(node, f"{prefix}{node.name}.")


def find_unannotated(tree: ast.Module) -> Iterator[str]:
    """Yield the functions, private and nested ones included, that lack an annotation."""
    methods = {
        id(function)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for function in node.body
        if isinstance(function, FUNCTION)
        and "staticmethod" not in map(ast.unparse, function.decorator_list)
    }
    for node in ast.walk(tree):
        if not isinstance(node, FUNCTION):
            continue
        arguments = [*node.args.posonlyargs, *node.args.args]
        arguments = arguments[1:] if id(node) in methods else arguments
        arguments += [*node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
        missing = [a.arg for a in arguments if a is not None and a.annotation is None]
        missing += [] if node.returns else ["return"]
        if missing:
            yield f"{node.lineno}: {node.name} does not annotate {', '.join(missing)}"


def check_all(rule: Callable[[ast.Module], Iterator[str]]) -> list[str]:
    """Apply a rule to every module of musegnn."""
    return [
        f"{path.relative_to(REPOSITORY)}:{problem}"
        for path in list_python_files("musegnn")
        for problem in rule(ast.parse(path.read_text(encoding="utf-8")))
    ]


def test_every_public_name_has_a_docstring() -> None:
    expect_none(check_all(find_undocumented))


def test_every_function_is_annotated() -> None:
    expect_none(check_all(find_unannotated))


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ["1: the module has no docstring"]),
        ('"""M."""\ndef f(): ...', ["2: f has no docstring"]),
        ('"""M."""\ndef _f(): ...', []),
        ('"""M."""\nclass A:\n    """A."""\n    def f(self): ...', ["4: A.f has no docstring"]),
        ('"""M."""\nclass A:\n    """A."""\n    def __init__(self): ...', []),
        ('"""M."""\nclass _A:\n    def f(self): ...', []),
    ],
)
def test_a_missing_docstring_is_caught(text: str, problems: list[str]) -> None:
    assert list(find_undocumented(ast.parse(text))) == problems


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("def f(a: int, *, b: str = '') -> None: ...", []),
        ("def f(a, *args, b=1, **kw): ...", ["1: f does not annotate a, b, args, kw, return"]),
        ("class A:\n    def f(self) -> None: ...", []),
        (
            "class A:\n    @staticmethod\n    def f(a) -> None: ...",
            ["3: f does not annotate a"],
        ),
        ("def f() -> None:\n    def g(): ...", ["2: g does not annotate return"]),
    ],
)
def test_a_missing_annotation_is_caught(text: str, problems: list[str]) -> None:
    assert list(find_unannotated(ast.parse(text))) == problems
