"""Spreadsheets."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout
from musegnn.io.formats.sight import Sight

_SHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers")
# what the archives begin with that Excel and LibreOffice write, whatever they are called
_BEGINS = (
    b"[Content_Types].xml",
    b"xl/",
    b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
)


def _is_this(sight: Sight) -> bool:
    """True for names and first bytes of spreadsheets; what lies in them is not unpacked."""
    is_packed = sight.raw.startswith(b"PK\3\4")
    begins = is_packed and sight.raw[30:].startswith(_BEGINS)
    return begins or sight.name.endswith(_SHEETS) or sight.raw.startswith(b"\xd0\xcf\x11\xe0")


LAYOUT = Layout(
    name="spreadsheet",
    files="`.xlsx`, `.xls`, `.ods`",
    makers="Excel, LibreOffice",
    source="supplementary tables",
    outcome="refused",
    words="save the sheet as `.csv`; look for dates in place of genes first",
    is_this=_is_this,
    endings=_SHEETS,
    order=10,
    found="a spreadsheet",
    hint="Save the sheet of counts as .csv, and look that no gene became a date.",
)
