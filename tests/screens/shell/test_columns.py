import pytest

from musegnn.screens.shell.columns import SHARED, Column, read_columns, scores_of


def test_a_line_says_name_header_format_width_meaning_and_range():
    assert read_columns("odds_low: from | .3g 60 | Lower end | 0 or more") == (
        Column("odds_low", "Lower end", ".3g", "0 or more", 60, "from"),
    )
    (plain,) = read_columns("release | text")
    assert (plain.header, plain.help, plain.width) == ("release", "", None)


def test_help_ends_with_the_range():
    (column,) = read_columns("q | .2g | Over all rows | 0 to 1")
    assert column.help == "Over all rows, 0 to 1"


def test_indented_lines_go_on_and_signs_of_the_text_stay():
    (column,) = read_columns("""
state | text | activated or inhibited
  at |z| of 2: or more
  | a, b
""")
    assert column.meaning == "activated or inhibited at |z| of 2: or more"
    assert column.range == "a, b"


def test_names_alone_stand_for_known_columns_in_their_order():
    own = read_columns("p | .2g | By chance | 0 to 1")
    assert read_columns("p gene\nn | count", own) == (
        *own,
        SHARED["gene"],
        Column("n", format="count"),
    )


def test_words_are_filled_in_whatever_signs_they_carry():
    (column,) = read_columns("a: {one} genes | text | In {one}", one="x | y: {z}\n  w")
    assert column.header == "x | y: {z}\n  w genes"
    assert column.meaning == "In x | y: {z}\n  w"


def test_a_format_or_a_name_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="found 'fat'"):
        read_columns("a | fat")
    with pytest.raises(KeyError, match="nothing"):
        read_columns("gene nothing")


def test_scores_are_the_columns_with_a_range_each_once():
    table = read_columns("a | text | A\nb | .2f | B | 0 to 1")
    assert [column.name for column in scores_of(table, table)] == ["b"]
