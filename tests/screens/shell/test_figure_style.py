"""What a figure for a paper may look like, and the colours it takes to another ground."""

import pytest

from musegnn.errors import InputError
from musegnn.screens.shell.figure_style import FONTS, FigureStyle, repainted
from musegnn.screens.shell.theme import DARK, LIGHT, palette, viridis


@pytest.mark.parametrize(("before", "after"), [(DARK, LIGHT), (LIGHT, DARK)])
def test_each_colour_becomes_the_one_of_the_same_meaning(before, after):
    changes = repainted(before, after)

    def moved(colour):
        return changes.get(colour.casefold(), colour).casefold()

    for name in ("background", "text", "muted_text", "grid", "context", "other", "accent"):
        assert moved(getattr(before, name)) == getattr(after, name).casefold()
    for old, new in zip(palette(20, on=before), palette(20, on=after), strict=True):
        assert moved(old) == new.casefold()
    assert [moved(colour) for colour in viridis()] == viridis()  # numbers keep their scale


def test_nothing_changes_on_the_same_ground():
    assert repainted(LIGHT, LIGHT) == {}
    assert repainted(DARK, DARK) == {}


def test_a_transparent_picture_has_the_colours_of_paper_and_no_ground():
    style = FigureStyle(ground="transparent")
    assert style.on.text == LIGHT.text
    assert style.on.background == "none"
    assert repainted(LIGHT, style.on) == {LIGHT.background.casefold(): "rgba(0,0,0,0)"}
    assert FigureStyle(ground="dark").on == DARK


def test_each_font_has_one_in_its_place_that_comes_with_the_program():
    for name, family in FONTS.items():
        assert FigureStyle(font=name).family == family
        assert any(own in family for own in ("Liberation Sans", "STIXGeneral", "DejaVu Sans"))


@pytest.mark.parametrize(("part", "value"), [("font", "Comic"), ("ground", "pink")])
def test_what_is_not_offered_is_told(part, value):
    with pytest.raises(InputError, match=part):
        FigureStyle(**{part: value})
