"""The picture of modules by contexts: what each cell and sign says."""

import pandas as pd

from musegnn.screens.modules.figure_modules import plot_modules
from musegnn.screens.shell.theme import DARK, LIGHT

CELLS = pd.DataFrame(
    {
        "module": ["a", "a", "b", "b"],
        "context": ["x", "y", "x", "y"],
        "tissue": ["liver", "<b>skin", "liver", "<b>skin"],
        "value": [0.9, float("nan"), 0.55, 0.7],
        "hover": ["one", "two", "three", "four"],
        "expected": [True, True, False, True],
        "called": [True, False, False, True],
    }
)


def drawn(on=LIGHT, chosen=("b", "y")):
    return plot_modules(
        CELLS,
        ("a", "b"),
        ("x", "y"),
        called={"x": "Liver, human, 10x", "y": "Skin & hair, human"},
        title="AUROC",
        span=(0.5, 1.0),
        chosen=chosen,
        on=on,
    )


def test_values_stand_in_rows_of_modules_and_columns_of_contexts():
    figure = drawn()
    values = figure.data[1].z
    assert values[0, 0] == 0.9
    assert pd.isna(values[0, 1])
    assert values[1].tolist() == [0.55, 0.7]
    assert (figure.data[1].zmin, figure.data[1].zmax) == (0.5, 1.0)
    assert list(figure.layout.yaxis.ticktext) == ["a", "b"]
    assert list(figure.layout.xaxis.ticktext) == ["Liver, human, 10x", "Skin &amp; hair, human"]


def test_dots_and_crosses_stand_only_where_something_was_measured():
    dots, crosses = drawn().data[2:4]
    assert sorted(zip(dots.y.tolist(), dots.x.round().tolist(), strict=True)) == [(0, 0), (1, 1)]
    assert list(zip(crosses.y.tolist(), crosses.x.round().tolist(), strict=True)) == [(1, 0)]


def test_each_cell_tells_its_module_and_context_and_the_chosen_one_is_outlined():
    squares = drawn().data[-1]
    cells = zip(squares.customdata, squares.x, squares.y, strict=True)
    told = {tuple(row[:2]): (x, y) for row, x, y in cells}
    assert told == {("a", "x"): (0, 0), ("a", "y"): (1, 0), ("b", "x"): (0, 1), ("b", "y"): (1, 1)}
    assert [row[2] for row in squares.customdata][::3] == [
        "Liver, human, 10x",
        "Skin &amp; hair, human",
    ]
    assert "customdata[2]" in squares.hovertemplate
    outlined = [shape for shape in drawn().layout.shapes if shape.type == "rect"]
    assert [(s.x0, s.y0) for s in outlined] == [(0.5, 0.5)]
    assert not [shape for shape in drawn(chosen=None).layout.shapes if shape.type == "rect"]


def test_tissues_are_named_with_a_line_between_and_no_markup_runs():
    for on in (LIGHT, DARK):
        figure = drawn(on)
        names = [note.text for note in figure.layout.annotations]
        assert names == ["liver", "&lt;b&gt;skin"]
        assert len([shape for shape in figure.layout.shapes if shape.type == "line"]) == 1
        assert figure.layout.paper_bgcolor == on.background
