"""Spreadsheets."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout

_SHEETS = (".xlsx", ".xls", ".ods", ".numbers")

LAYOUT = Layout(
    name="spreadsheet",
    files="`.xlsx`, `.xls`, `.ods`",
    makers="Excel, LibreOffice",
    source="supplementary tables",
    outcome="refused",
    words="save the sheet as `.csv`; look for dates in place of genes first",
    is_this=lambda sight: sight.name.endswith(_SHEETS) or sight.raw.startswith(b"\xd0\xcf\x11\xe0"),
    endings=_SHEETS,
    order=10,
    found="a spreadsheet",
    hint="Save the sheet of counts as .csv, and look that no gene became a date.",
)
