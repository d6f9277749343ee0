import json

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from musegnn.screens.shell import tables
from musegnn.screens.shell.columns import read_columns


def show(**options):
    """Draw a page with one table; returns the page and the set-up of its columns."""

    def page(options):
        import pandas as pd

        from musegnn.screens.shell.columns import read_columns
        from musegnn.screens.shell.tables import show_table

        rows = options.pop("rows", 3)
        table = pd.DataFrame(
            {"gene": ["A"] * rows, "p": [0.5] * rows, "share": [12.5] * rows, "own": ["x"] * rows}
        )
        columns = read_columns(options.pop("columns", "") or "gene") if options else ()
        if options.pop("styled", False):
            table = table.style
        show_table(table, key="t", description="A table", columns=columns, **options)

    shown = AppTest.from_function(page, kwargs={"options": options}).run()
    assert not shown.exception
    return shown.dataframe[0], json.loads(shown.dataframe[0].proto.columns)


def test_columns_are_shown_in_their_order_with_header_help_and_format():
    table, setup = show(columns="p: chance | .2g 60 | By chance | 0 to 1\nshare | bar.1f\ngene")
    assert list(table.value) == ["p", "share", "gene"]
    assert setup["p"]["label"] == "chance"
    assert setup["p"]["help"] == "By chance, 0 to 1"
    assert setup["p"]["width"] == 60
    assert setup["p"]["type_config"]["format"] == "%.2g"
    assert setup["share"]["type_config"]["type"] == "progress"
    assert setup["share"]["type_config"]["format"] == "%.1f"
    assert setup["gene"]["help"] == "Symbol in the nomenclature of the species"


def test_no_header_and_no_number_is_cut():
    """A p-value without its first digits reads as a larger one."""
    columns = read_columns(
        "p | .3g 60 | By chance\nrank: rank by structure | d 60 | Place\ngene | text"
    )
    table = pd.DataFrame({"p": [0.5, 2.93e-06], "rank": [1, 2], "gene": ["A", "B"]})
    p, rank, gene = (tables._width(column, table[column.name]) for column in columns)
    assert p >= 7.3 * len("0.00000293") + 16
    assert rank >= 6 * len("rank by structure") + 16
    assert gene is None
    (flag,) = read_columns("mutual | flag 60 | Each is near the other")
    assert tables._width(flag, pd.Series(["yes", ""])) == 60
    assert tables._width(columns[0], table["p"].head(1)) == 60
    assert tables._width(columns[0], pd.Series([None, float("nan")])) == 60


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (0.512, 3, "0.512"),
        (2.93e-06, 3, "0.00000293"),
        (2.93e-07, 3, "2.93e-7"),
        (3.694e-15, 3, "3.69e-15"),
        (3.694e-115, 2, "3.7e-115"),
        (-1234.5, 3, "-1230"),
        (12.34, 3, "12.3"),
    ],
)
def test_numbers_take_the_room_that_the_table_writes_them_in(value, digits, shown):
    assert tables._longest(pd.Series([0, value, None]), digits) == len(shown)


def test_a_table_that_says_nothing_shows_all_by_the_names_that_pages_share():
    table, setup = show()
    assert list(table.value) == ["gene", "p", "share", "own"]
    assert setup["gene"]["help"] == "Symbol in the nomenclature of the species"
    assert setup["own"]["label"] == "own"


def test_every_table_has_a_text_alternative_and_a_sign_for_what_is_missing():
    table, _ = show(columns="gene")
    assert (table.proto.alt, table.proto.placeholder) == ("A table", tables.MISSING)


def test_a_styled_table_gets_the_same_headers():
    _, setup = show(columns="p: chance | right 130 | By chance\ngene", styled=True)
    assert setup["p"]["label"] == "chance"
    assert setup["p"]["alignment"] == "right"


def test_rows_can_be_chosen_from_the_start():
    table, _ = show(columns="gene", chosen=[0, 2], on_choose=print)
    assert json.loads(table.proto.selection_default)["selection"]["rows"] == [0, 2]


@pytest.mark.parametrize(
    ("n_rows", "most_rows", "height"),
    [(3, 12, "auto"), (10, 12, "auto"), (8, 6, 38 + 6 * 35), (12, 14, 38 + 12 * 35)],
)
def test_long_tables_scroll_and_short_ones_take_what_they_need(n_rows, most_rows, height):
    assert tables._height(n_rows, most_rows) == height


def page():
    import pandas as pd

    from musegnn.screens.shell.tables import show_table

    table = pd.DataFrame({"gene": ["=1+1", "CD3E"], "range": ["-1 to 1", "-1+1"], "n": [-1, 2]})
    show_table(table, key="toy", description="Two genes")


def test_no_cell_of_a_table_is_a_formula():
    shown = AppTest.from_function(page).run().dataframe[0].value
    expected = {"gene": ["'=1+1", "CD3E"], "range": ["-1 to 1", "'-1+1"], "n": [-1, 2]}
    pd.testing.assert_frame_equal(shown, pd.DataFrame(expected))


@pytest.mark.parametrize(("rows", "said"), [(0, ["No gene stands out."]), (2, [])])
def test_a_sentence_stands_in_place_of_a_table_without_rows(rows, said):
    def page(rows):
        import pandas as pd

        from musegnn.screens.shell.tables import show_table

        table = pd.DataFrame({"gene": ["A"] * rows})
        show_table(table, key="t", description="A table", nothing="No gene stands out.")

    shown = AppTest.from_function(page, kwargs={"rows": rows}).run()
    assert [caption.value for caption in shown.caption] == said
    assert len(shown.dataframe) == bool(rows)
