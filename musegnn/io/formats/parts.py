"""Which part of a file to take that holds several: modalities, assays, tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from musegnn.errors import DataFileError
from musegnn.validation import format_list

# what genes are called among the assays of cells, in any letters
_GENES: Final = re.compile(
    r"^(?:rna|gex|genes?|gene[ _]expression|mrna|scrna|transcriptome)$", re.I
)


def choose_part(names: Sequence[str], chosen: str | None, path: Path, *, what: str) -> str:
    """Return the part to take: the one chosen, the only one, or the only one of genes.

    Parameters
    ----------
    names
        All parts.
    chosen
        What somebody has said.
    path
        File, for the message.
    what
        What the parts are, such as "modalities".

    Raises
    ------
    DataFileError
        If there is no such part, or several of which none can be taken for the genes.
    """
    if chosen in names:
        return str(chosen)
    genes = [name for name in names if _GENES.match(name)]
    if chosen is None and len(names) == 1:
        return names[0]
    if chosen is None and len(genes) == 1:
        return genes[0]
    known = format_list(list(names)) or "none"
    found = "several" if chosen is None else repr(chosen)
    msg = f"Expected one of the {what} {known} in {path.name}, found {found}."
    raise DataFileError(msg, "Choose one (`--assay NAME`).")


def told(names: Sequence[str], taken: str, what: str) -> tuple[str, ...]:
    """Say which part was taken of several."""
    others = [name for name in names if name != taken]
    return (f"{what}: {taken} taken, {format_list(others)} left out",) if others else ()
