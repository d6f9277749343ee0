"""What Streamlit reads as Markdown is a constant, a number, or went through `shell.words`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.contracts.source import REPOSITORY, expect_none, list_python_files

MAKERS = {"escaped", "prose", "joined_facts", "digits", "duration", "memory", "moment", "len"}
_TEXTS = """
markdown caption title header subheader error warning info success toast spinner badge write
expander popover button download_button form_submit_button link_button checkbox toggle radio
selectbox multiselect select_slider slider number_input text_input text_area file_uploader
date_input pills segmented_control metric tabs status dialog
"""
TEXTS = set(_TEXTS.split())  # the first argument of these is Markdown
KEYWORDS = {"label", "help", "text", "body", "title", "captions", "delta"}
OPTIONS = {"radio", "pills", "segmented_control"}  # their options are Markdown too
Names = dict[str, list[ast.expr]]


def test_no_value_is_read_as_markdown():
    problems = [
        f"{path.relative_to(REPOSITORY)}:{place}"
        for path in list_python_files("musegnn", "pages", "app.py", "dashboard.py")
        for place in find_unescaped(path)
    ]
    rule = (
        "A text for a page is a constant, a number with a format, a constant table, or made by "
        "escaped(value) or prose(sentence) of musegnn.screens.shell.words:"
    )
    expect_none(problems, rule)


def find_unescaped(path: Path) -> list[str]:
    """Lines of a module that hand Streamlit a text that may come from anywhere."""
    source = path.read_text("utf-8")
    if "streamlit" not in source:
        return []
    return list(_visit(ast.parse(source), {}))


def _visit(node: ast.AST, names: Names, *, is_called: bool = False) -> Iterator[str]:
    """Walk through a module; `names` holds what the function around assigns to each name."""
    for child in ast.iter_child_nodes(node):
        known = _assigned(child) if isinstance(child, ast.FunctionDef) else names
        called = (isinstance(node, ast.Call) and node.func is child) or is_called
        if isinstance(child, ast.Call):
            yield from _judge(child, known)
            called = False
        elif isinstance(child, ast.Attribute) and child.attr in _texts_in(child) and not called:
            yield f"{child.lineno}: st.{child.attr} is handed on, where none can look after it"
        yield from _visit(child, known, is_called=called)


def _texts_in(node: ast.AST) -> list[str]:
    """Names of what shows Markdown in an expression that is called, such as a choice of two."""
    return [
        part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute)
        and isinstance(part.value, ast.Name)
        and part.value.id == "st"
        and part.attr in TEXTS
    ]


def _assigned(function: ast.FunctionDef) -> Names:
    """Return what a function assigns to each name that is none of its parameters."""
    found: Names = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(node.value)
    arguments = function.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        found.pop(argument.arg, None)
    return found


def _judge(call: ast.Call, names: Names) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    name = name or next(iter(_texts_in(call.func)), "")
    if name not in TEXTS | {"progress", "page_link"} or "LOGGER" in ast.unparse(call.func):
        return
    texts = list(call.args[: 3 if name == "metric" else 1]) if name in TEXTS else call.args[1:2]
    texts += [word.value for word in call.keywords if word.arg in KEYWORDS]
    if name in OPTIONS:
        forms = [word.value for word in call.keywords if word.arg == "format_func"]
        texts += [f.body if isinstance(f, ast.Lambda) else f for f in forms] or call.args[1:2]
    for text in texts:
        if not is_safe(text, names):
            yield f"{text.lineno}: {name}({ast.unparse(text)[:80]})"


def is_safe(node: ast.expr | None, names: Names) -> bool:
    """Whether an expression can be seen to hold nothing that Markdown would take as its own."""
    match node:
        case ast.Constant() | ast.Name(id="escaped" | "prose"):  # the latter to write options
            return True
        case ast.Name(id=name) if name in names:
            return all(is_safe(value, {}) for value in names[name])
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").isupper()
        case ast.Call(func=ast.Name(id=name)):
            return name in MAKERS
        case ast.FormattedValue(format_spec=ast.JoinedStr(values=[ast.Constant(value=form)])):
            return str(form)[-1] in ",defg%"  # what is no number fails
    return all(is_safe(part, names) for part in _parts(node))


def _parts(node: ast.expr | None) -> list[ast.expr]:
    """Return the expressions whose texts an expression is made of; itself when it is opaque."""
    match node:
        case ast.FormattedValue(value=part) | ast.Starred(value=part) | ast.Subscript(value=part):
            return [part]
        case ast.JoinedStr(values=parts) | ast.BoolOp(values=parts):
            return parts
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return parts
        case ast.BinOp(left=first, right=second) | ast.IfExp(body=first, orelse=second):
            return [first, second]
    return [ast.Name(id="opaque")]


def test_the_contract_sees_values(tmp_path):
    path = tmp_path / "panel.py"
    lines = {
        'st.markdown(f"**{gene}**")': False,
        'st.caption("of " + view.name)': False,
        'st.info("of {}".format(name))': False,
        'st.error(f"{name:>9}")': False,
        'column.metric("cells", view.text)': False,
        'st.button("Go", help=view.meaning)': False,
        'st.pills("Which", view.names)': False,
        'st.pills("Which", view.names, format_func=str)': False,
        "tell = st.info": False,
        "st.tabs([view.first])": False,
        "(st.info if is_good else st.error)(text)": False,
        "(st.info if is_good else st.error)(prose(text))": True,
        'st.markdown(f"**{escaped(gene)}**, {n:,} of {len(genes)}, {share:.1f} %")': True,
        "st.caption(prose(view.caption))": True,
        "st.caption(_WORDS[kind])": True,
        'st.pills("Which", view.names, format_func=escaped)': True,
        "st.code(view.code)": True,
    }
    for line, is_good in lines.items():
        path.write_text(f"import streamlit as st\n{line}\n", encoding="utf-8")
        assert (find_unescaped(path) == []) == is_good, line
    path.write_text(
        "import streamlit as st\ndef f(label, n):\n"
        '    text = f"{n:,}" if n else "none"\n    st.caption(text)\n    st.caption(label)\n',
        encoding="utf-8",
    )
    assert find_unescaped(path) == ["5: caption(label)"]
