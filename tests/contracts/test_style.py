"""Budgets and habits that a linter does not know."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contracts.source import REPOSITORY, expect_none, list_python_files

PAGE_LINES = 120  # aim at 80
MODULE_LINES = 500  # aim at 300
VAGUE_NAMES = {"utils.py", "util.py", "helpers.py", "common.py", "misc.py"}
CONSOLE = ("musegnn/progress.py", "musegnn/cli/")
PRODUCT = ("musegnn", "pages", "app.py", "dashboard.py")
TABLES = ("musegnn/io/spreadsheet.py", "musegnn/screens/shell/tables.py")

UNPICKLING = {
    *("pickle.load", "pickle.loads", "pickle.Unpickler", "cloudpickle.load", "cloudpickle.loads"),
    *("dill.load", "dill.loads", "joblib.load", "pandas.read_pickle", "pd.read_pickle"),
    *("shelve.open", "marshal.load", "marshal.loads", "yaml.load", "yaml.unsafe_load"),
}


def find_prints(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield calls of print."""
    return (call for call, name in _calls(tree) if name == "print")


def find_asserts(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield assert statements, which vanish under `python -O` and carry no hint."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Assert))


def find_raises_without_match(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield uses of pytest.raises that would accept any message."""
    for call, name in _calls(tree):
        if name in {"pytest.raises", "raises"} and "match" not in _keywords(call):
            yield call


def find_unpickling(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield calls that can run code found in a file."""
    for call, name in _calls(tree):
        keywords = _keywords(call)
        is_safe_load = name != "torch.load" or keywords.get("weights_only") == "True"
        if (
            name in UNPICKLING
            or keywords.get("allow_pickle", "False") != "False"
            or keywords.get("weights_only", "True") != "True"
            or not is_safe_load
        ):
            yield call


def find_swallowed_errors(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield bare excepts, and blind ones that do nothing with the error."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        is_blind = node.type and ast.unparse(node.type) in {"Exception", "BaseException"}
        is_idle = all(isinstance(step, ast.Pass | ast.Continue | ast.Expr) for step in node.body)
        if node.type is None or (is_blind and node.name is None and is_idle):
            yield node


def find_silencing_on_import(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield warning filters set for the whole program when a module is imported."""
    for node in tree.body:
        if isinstance(node, ast.Expr):
            yield from (
                call
                for call, name in _calls(node)
                if name in {"warnings.filterwarnings", "warnings.simplefilter"}
            )


def find_private_parts(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield imports of modules that Streamlit does not document, which move with every release."""
    documented = {"errors", "components", "testing"}
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names if node.module]
            names = [name for name in names if name.count(".") > 1]
        parts = [name.split(".") for name in names]
        if any(
            part[0] == "streamlit" and part[1:2] and part[1] not in documented for part in parts
        ):
            yield node


def find_unguarded_tables(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield other writers of tables than `table_text`, also in programs that are text.

    A table on a page is one of them: its toolbar writes a file.
    """
    writers = (
        *("to_csv", "to_excel", "to_clipboard", "csv.writer", "csv.DictWriter", "savetxt"),
        *("st.dataframe", "st.data_editor"),
    )
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        text = str(node.value) if is_text else ""
        if isinstance(node, ast.Attribute):
            text = f"{ast.unparse(node)}("
        if any(f"{writer}(" in text for writer in writers):
            yield node


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Yield every call with the dotted name of what it calls."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def _keywords(call: ast.Call) -> dict[str, str]:
    """Return the keyword arguments of a call as source text."""
    return {word.arg: ast.unparse(word.value) for word in call.keywords if word.arg}


def name_in_repository(path: Path) -> str:
    """Return the path from the top of the repository, with forward slashes."""
    return path.relative_to(REPOSITORY).as_posix()


def _label(value: object) -> str:
    return getattr(value, "__name__", "")


# which session is drawn, whether its tab is open, and what it uploaded, and for how long a file
# that is offered is kept, and what a tab and the server tell each other: nothing documented tells
SESSIONS = (
    "app.py",
    "musegnn/screens/parts/open_session_panel.py",
    "musegnn/screens/shell/panel_files.py",
)

RULES: list[tuple[Callable[[ast.Module], Iterator[ast.AST]], tuple[str, ...], tuple[str, ...]]] = [
    (find_prints, PRODUCT, CONSOLE),
    (find_asserts, PRODUCT, ()),
    (find_raises_without_match, ("tests",), ()),
    (find_unpickling, (), ()),
    (find_swallowed_errors, (), ()),
    (find_silencing_on_import, (), ()),
    (find_unguarded_tables, PRODUCT, TABLES),
    (find_private_parts, PRODUCT, SESSIONS),
]


@pytest.mark.parametrize(("rule", "folders", "exceptions"), RULES, ids=_label)
def test_no_file_breaks_the_rule(
    rule: Callable[[ast.Module], Iterator[ast.AST]],
    folders: tuple[str, ...],
    exceptions: tuple[str, ...],
) -> None:
    problems = [
        f"{name_in_repository(path)}:{node.lineno}"
        for path in list_python_files(*folders)
        if not name_in_repository(path).startswith(exceptions or ("/",))
        for node in rule(ast.parse(path.read_text(encoding="utf-8")))
    ]
    expect_none(problems, rule.__doc__ or "")


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (find_prints, "print('x')", "tqdm.write('x')"),
        (find_asserts, "def f(n):\n    assert n > 0", "def f(n):\n    check_positive(n)"),
        (
            find_raises_without_match,
            "with pytest.raises(ValueError): f()",
            "with pytest.raises(ValueError, match='positive'): f()",
        ),
        (find_unpickling, "pickle.load(file)", "json.load(file)"),
        (find_unpickling, "np.load(path, allow_pickle=True)", "np.load(path, allow_pickle=False)"),
        (find_unpickling, "torch.load(path)", "torch.load(path, weights_only=True)"),
        (find_unpickling, "f(path, weights_only=False)", "f(path, weights_only=True)"),
        (find_unpickling, "yaml.load(text, Loader)", "yaml.safe_load(text)"),
        (find_swallowed_errors, "try: f()\nexcept: g()", "try: f()\nexcept OSError: g()"),
        (
            find_swallowed_errors,
            "try: f()\nexcept Exception: pass",
            "try: f()\nexcept Exception as error: report(error)",
        ),
        (
            find_silencing_on_import,
            "warnings.filterwarnings('ignore')",
            "with warnings.catch_warnings():\n    warnings.simplefilter('ignore')",
        ),
        (
            find_private_parts,
            "from streamlit.elements.lib.a import B",
            "from streamlit.errors import StreamlitAPIException",
        ),
        (find_private_parts, "import streamlit.runtime", "import streamlit as st"),
        (find_unguarded_tables, "table.to_csv(path)", "write(table_text(table))"),
        (find_unguarded_tables, "writer = csv.writer(stream)", "csv.reader(stream)"),
        (find_unguarded_tables, "st.dataframe(table)", "show_dataframe(table)"),
        (find_unguarded_tables, "code = 'print(table.to_csv())'", "'a table to_csv would write'"),
    ],
)
def test_a_rule_tells_bad_from_good(
    rule: Callable[[ast.Module], Iterator[ast.AST]], bad: str, good: str
) -> None:
    assert list(rule(ast.parse(bad)))
    assert not list(rule(ast.parse(good)))


def find_long_files(root: Path, paths: list[Path]) -> list[str]:
    """Pages and modules over their budget of lines."""
    problems = []
    for path in paths:
        limit = PAGE_LINES if path.relative_to(root).parts[0] == "pages" else MODULE_LINES
        n_lines = len(path.read_text(encoding="utf-8").splitlines())
        if n_lines > limit:
            problems.append(f"{path.relative_to(root)}: {n_lines} lines, at most {limit}")
    return problems


def find_vague_names(paths: list[Path]) -> list[Path]:
    """Files whose name does not say what is in them."""
    return [path for path in paths if path.name in VAGUE_NAMES]


def test_files_keep_their_budget_of_lines() -> None:
    expect_none(find_long_files(REPOSITORY, list_python_files()))


def test_file_names_say_what_is_inside() -> None:
    expect_none(find_vague_names(list_python_files()))


def test_long_files_and_vague_names_are_caught(tmp_path: Path) -> None:
    page, module = tmp_path / "pages" / "1_Atlas.py", tmp_path / "musegnn" / "utils.py"
    for path, n_lines in ((page, PAGE_LINES + 1), (module, PAGE_LINES + 1)):
        path.parent.mkdir()
        path.write_text("\n" * n_lines, encoding="utf-8")
    assert find_long_files(tmp_path, [page, module]) == ["pages/1_Atlas.py: 121 lines, at most 120"]
    assert find_vague_names([page, module]) == [module]
