"""Write the table of layouts in docs/inputs.md from the records of all layouts.

Usage: `python -m benchmarks.layouts`.
"""

from __future__ import annotations

from pathlib import Path

from musegnn.io.formats.layout import Layout
from musegnn.io.formats.registry import LAYOUTS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "inputs.md"
START, END = "<!-- layouts -->\n", "<!-- end of layouts -->\n"
HEADER = """\
| layout | files | made by | where they come from | what becomes of it |
|---|---|---|---|---|
"""
_ORDER = {"read": 0, "asked": 1, "refused": 2}


def own_layouts() -> list[Layout]:
    """List the layouts of this project, not those of other installed packages."""
    own = [layout for layout in LAYOUTS if layout.is_this.__module__.startswith("musegnn.")]
    return sorted(own, key=lambda layout: (_ORDER[layout.outcome], layout.name.lower()))


def table() -> str:
    """Return the table in Markdown."""
    return HEADER + "".join(f"{layout.row}\n" for layout in own_layouts())


def with_table(page: str) -> str:
    """Replace the table of a page."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}{table()}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {len(own_layouts())} layouts to {PAGE}")
