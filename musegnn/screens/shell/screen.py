"""Screen: the one record that says what a page is, and the list of all of them.

Each screen is a folder of `musegnn/screens` that itself holds its record as `SCREEN`; another
package offers its own as an entry point of `musegnn.screens`. Menu, links, sessions, the tour, the
glossary and the tests read the records. A record is light: it imports neither Streamlit nor
anything that computes or draws, so that listing all screens opens none of them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from musegnn.access.visitor import Right
from musegnn.extensions import find_records
from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.shared_fields import MAP
from musegnn.validation import check_choice

ATLAS: Final = "atlas"  # the need of most screens
# headings of the menu in their order; what another package calls otherwise stands below them
EXPLORE, ASK, MAKE, TRUST = GROUPS = ("Explore", "Ask", "Make", "Trust")
_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class TourStep:
    """One step of the first visit.

    Titles, texts, labels and values may speak of an example of the opened atlas: `{gene}`, `{here}`
    and `{there}`, a gene and two contexts that have it. A step that needs `{there}` is left out
    where there is no second one.

    Parameters
    ----------
    title, text
        What to do and what to see, Markdown.
    label
        What the button says that opens the screen; "" for no button.
    fields
        What is chosen there, by field of the link.
    """

    title: str
    text: str
    label: str = ""
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Screen:
    """What a page is.

    Parameters
    ----------
    name
        What menu, address and code call it, such as "Gene".
    question
        The question it answers, one sentence.
    draw
        Dotted name of the function that draws its content, such as
        `my_package.tissues.panel:draw`; it is imported when the page is opened, and called with
        the `musegnn.screens.shell.frame.Frame`.
    order
        Place in the menu, smallest first.
    group
        Heading in the menu, one of `GROUPS`; "" stands above all of them.
    icon
        Sign before its name in the menu, of the font that comes with Streamlit, such as
        `:material/hub:`.
    title
        Heading of the page, when it is not the name.
    file
        File in the folder of pages that runs it; "" for a screen of another package.
    needs
        What must be open before it can draw anything, names of
        `musegnn.screens.shell.needs.needs`.
    fields
        What its link carries, besides the opened result.
    tour
        Its steps of the first visit.
    scores
        Dotted name of the columns that are scores, for the glossary, such as
        `my_package.tissues.columns:SCORES`; "" for none.
    on_selection
        What it tells about selected genes, for the button that sends them there; "" when it takes
        none.
    list_into
        Name that the session gives the box in which it takes genes as a text, where it has one of
        its own; "" where it chooses genes as other pages do.
    list_fields
        What is chosen there when genes are sent into that box, by field of the link.
    right
        What a visitor must be allowed to see it, of `musegnn.access.visitor.RIGHTS`.
    """

    name: str
    question: str
    draw: str
    order: int
    group: str = ""
    icon: str = ":material/article:"
    title: str = ""
    file: str = ""
    needs: tuple[str, ...] = (ATLAS,)
    fields: tuple[LinkField, ...] = ()
    tour: tuple[TourStep, ...] = ()
    scores: str = ""
    on_selection: str = ""
    list_into: str = ""
    list_fields: dict[str, str] = field(default_factory=dict)
    right: Right = "look"

    @property
    def heading(self) -> str:
        """What stands above the page."""
        return self.title or self.name

    @property
    def link_fields(self) -> tuple[LinkField, ...]:
        """All that its link carries."""
        return (*self.fields, MAP)


@cache
def screens() -> tuple[Screen, ...]:
    """Return all screens in the order of the menu: group by group, in each by their order.

    A screen that takes the name of another one, or means something else by a field of the link, is
    left out and told in the log: the links of the others must keep their meaning.
    """
    listed: dict[str, Screen] = {}
    fields: dict[str, LinkField] = {}
    for screen in find_records(
        "screens", "musegnn.screens", Screen, attribute="SCREEN", in_packages=True
    ):
        own = {entry.name: entry for entry in screen.link_fields}
        if screen.name in listed or any(fields.get(name, own[name]) != own[name] for name in own):
            _LOGGER.error("The screen %r of %s clashes with another one", screen.name, screen.draw)
            continue
        listed[screen.name] = screen
        fields |= own
    groups = ("", *GROUPS)

    def place(screen: Screen) -> tuple[int, str, int]:
        is_own = screen.group in groups
        number = groups.index(screen.group) if is_own else len(groups)
        return number, "" if is_own else screen.group, screen.order

    return tuple(sorted(listed.values(), key=place))


def find_screen(name: str) -> Screen:
    """Return a screen by its name.

    Raises
    ------
    InputError
        If there is none.
    """
    by_name = {screen.name: screen for screen in screens()}
    check_choice(name, tuple(by_name), name="page")
    return by_name[name]
