"""Matching: what the page says and shows of molecules and profiles that fit each other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from musegnn.errors import InputError, MuseGNNError
from musegnn.io.atomic import scratch_folder
from musegnn.io.spreadsheet import table_text
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.knowledge.store import open_store
from musegnn.molecules.profile_matching import (
    MOST_OWN,
    AskedProfiles,
    match_molecule,
    match_profile,
    read_asked,
)
from musegnn.molecules.profile_reference import ProfileReference, read_reference
from musegnn.molecules.reading import SHEETS, Named, read_molecules
from musegnn.molecules.structures import draw_svg
from musegnn.targets.own_signature import signature_of_lists
from musegnn.targets.shipped import read_drugs
from musegnn.targets.signature_search import mimic_and_reverse
from musegnn.validation import format_list

LARGEST_UPLOAD: Final = 100_000_000  # bytes of a table
_LISTED: Final = 5  # rows that are left out
EXAMPLE: Final = "dexamethasone"
EXAMPLE_GENES: Final = "HMOX1 HSPA1A DNAJB1 HSPA8 DDIT4 GADD45A"
HOW_SURE: Final = (
    "In the benchmark a like model (ridge on descriptors), asked among 60 molecules never seen, "
    "puts the right one first in 1 of 24 cases and among the ten best in 29 of 100 (chance: 1 in "
    "60 and 1 in 6). Such a match is a guess to be tested."
)


@dataclass(frozen=True)
class MatchView:
    """Matches in words and as a table.

    Parameters
    ----------
    sentence
        The answer.
    remarks
        What was understood, how far to believe it, what position still tells.
    table
        Best first.
    """

    sentence: str
    remarks: tuple[str, ...]
    table: pd.DataFrame


def open_reference() -> ProfileReference:
    """Open the profiles that ship."""
    return read_reference()


def read_upload(content: bytes, name: str, reference: ProfileReference) -> AskedProfiles:
    """Read an uploaded table of profiles.

    Raises
    ------
    InputError
        If it is too large or cannot be compared.
    DataFileError
        If it is no table of profiles.
    """
    if len(content) > LARGEST_UPLOAD:
        msg = f"Expected a table of at most {LARGEST_UPLOAD:,} bytes, found {len(content):,}."
        raise InputError(msg, "Give the median profile of each compound.")
    own = Path(name).name
    is_parquet = own.casefold().endswith((".parquet", ".pq"))
    with scratch_folder() as folder:
        path = folder / ("profiles.parquet" if is_parquet else "profiles.csv")
        path.write_bytes(content)
        try:
            return read_asked(path, reference, named=own)
        except MuseGNNError as error:  # as the user knows it
            if Path(own).suffix.lower() in SHEETS:
                msg = f"Expected profiles as text or Parquet, found a spreadsheet: {own}."
                raise InputError(msg, "Save its sheet as CSV.") from error
            error.message = error.message.replace(str(path), own)
            raise


def example_profile(reference: ProfileReference) -> bytes:
    """Return a table to try: the profile of one molecule of the reference, as CSV."""
    row = reference.profiles.take((reference.profiles.about["name"] == EXAMPLE).to_numpy())
    table = pd.DataFrame(row.numbers, columns=list(row.features))
    table.insert(0, "name", "an example")
    return table_text(table).encode()


def ask_profile(
    asked: AskedProfiles, row: int, reference: ProfileReference, *, more: str = ""
) -> MatchView:
    """Rank molecules for one of the profiles that were brought.

    A line of `more` that is no molecule is left out, and told.
    """
    own, remarks = _read_own(more)
    table = match_profile(asked, row, reference, more=own)
    best = table.iloc[0]
    sentence = (
        f"Of {len(table):,} molecules the {best['profile']} profile of {best['name']} is most like "
        f"{asked.labels[row]} (cosine {best['score']:.2f}, above {best['percentile']:.1f} % of "
        "pairs that do not belong together)."
    )
    sure = (HOW_SURE,) if (table["profile"] == "predicted").any() else ()
    return MatchView(sentence, (*remarks, *asked.remarks, *_position(reference), *sure), table)


def _read_own(text: str) -> tuple[tuple[Named, ...], tuple[str, ...]]:
    """Read molecules of one's own; return them, and what was left out."""
    if not text.strip():
        return (), ()
    try:
        read = read_molecules(text, most=MOST_OWN)
    except InputError as error:
        return (), (f"None of your own molecules is compared. {error}",)
    out = read.refused[["row", "why"]].itertuples(index=False)
    rows = [f"row {row} ({why.rstrip('.')})" for row, why in out]
    if not rows:
        return read.molecules, ()
    listed = format_list(rows, limit=_LISTED)
    return read.molecules, (f"Of your own molecules these are left out: {listed}.",)


def ask_molecule(text: str, reference: ProfileReference) -> MatchView:
    """Rank measured profiles for a molecule.

    Raises
    ------
    InputError
        If it is neither a name of the reference nor a structure.
    """
    table, reasons = match_molecule(text, reference)
    best = table.iloc[0]
    sentence = (
        f"Of {len(table):,} measured profiles that of {best['name']} is most like what {text} is "
        f"predicted to leave (cosine {best['score']:.2f}, above {best['percentile']:.1f} % of "
        "pairs that do not belong together)."
    )
    return MatchView(sentence, (*reasons, *_position(reference), HOW_SURE), table)


def ask_genes(folder: Path | None, *, up: str, down: str) -> MatchView | None:
    """Rank compounds by the signature they left; None where no gene is given.

    Raises
    ------
    InputError
        If the lists are no signature.
    """
    lists = [[name for name in re.split(r"[\s,;]+", text) if name] for text in (up, down)]
    if not any(lists):
        return None
    data = read_drugs(open_store(folder))
    own = signature_of_lists(lists[0], lists[1], data.genes, read_gene_names(folder))
    table = mimic_and_reverse(own, data)
    table.insert(2, "percentile", 100 * (table["cosine"].rank() - 1) / max(len(table) - 1, 1))
    for column in table.select_dtypes(object).columns:
        table[column] = [str(text).replace("|", ", ") for text in table[column]]
    best = table.iloc[0]
    sentence = (
        f"Of {len(table):,} compounds the signature of {best['name']} is most like yours (cosine "
        f"{best['cosine']:.2f}, q = {best['q']:.2g})."
    )
    measured = f"{own.what}: {own.n_measured} of {own.n_given} genes are measured."
    return MatchView(sentence, (measured, *own.remarks), table)


def draw(structure: str, *, ink: str) -> str:
    """Draw a structure as SVG."""
    return draw_svg(structure, ink=ink)


def _position(reference: ProfileReference) -> tuple[str, ...]:
    """Say what the place of a well tells of the profiles of the reference."""
    before, after = reference.position
    rest = after.partition("; ")[2]
    return (f"Where a well lies tells the compound. Before correction: {before} After: {rest}",)
