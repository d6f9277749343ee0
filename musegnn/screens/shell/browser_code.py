"""Code of components for the browser, as short as it is sent."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Final

_COMMENT: Final = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/[ \t]*|//[^\n]*)$", re.M | re.DOTALL)
_MARGIN: Final = re.compile(r"^\s+", re.MULTILINE)


def read_browser_code(package: str, *names: str) -> str:
    """Read scripts or style sheets, one after the other, without comments and margins.

    A component's code goes to the browser in the message of its values, each time these change:
    a sixth of that of the map is for people alone.

    Parameters
    ----------
    package
        Where the files are.
    names
        The files. No text in them goes over the end of a line, and comments that are left out
        have their lines to themselves.

    Returns
    -------
    What the browser needs of them.
    """
    text = "\n".join(files(package).joinpath(name).read_text("utf-8") for name in names)
    return _MARGIN.sub("", _COMMENT.sub("", text))
