"""Molecules and profiles that match, and the profiles that a person brings.

A profile is compared with measured profiles of the reference, and with profiles that are predicted
from structure for molecules that have none (ridge on descriptors, `docs/molecules.md`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn.errors import InputError
from musegnn.knowledge.wells import read_wells
from musegnn.molecules import matching, structures
from musegnn.molecules.entries import find_entries
from musegnn.molecules.features import scale_of
from musegnn.molecules.morphology import (
    LARGEST,
    Profiles,
    consensus,
    correct_position,
    harmonise,
    lay_out,
    scale_to_controls,
)
from musegnn.molecules.names import find_named
from musegnn.molecules.profile_reference import ProfileReference
from musegnn.molecules.reading import Named
from musegnn.validation import nearest_names

MOST_ROWS: Final = 5000
MOST_OWN: Final = 1000  # molecules of one's own beside the reference
DOMAIN: Final = 0.35  # Tanimoto similarity below which a structure is far from all measured ones
_WIDTH: Final = 0.5  # of the median squared distance of descriptors
_NORMAL: Final = (0.05, 20.0)  # median size of numbers that count in spreads of controls


@dataclass(frozen=True)
class AskedProfiles:
    """Profiles that a person brought, laid out as the reference is.

    Parameters
    ----------
    profiles
        With the features shared with the reference, in its order.
    labels
        What each is called.
    remarks
        What was understood, left out, or could not be done.
    """

    profiles: Profiles
    labels: tuple[str, ...]
    remarks: tuple[str, ...]


def read_asked(path: Path, reference: ProfileReference, *, named: str = "") -> AskedProfiles:
    """Read profiles of one's own and bring them to the scale of the reference.

    Parameters
    ----------
    path
        CSV, TSV or Parquet (`musegnn.knowledge.wells.read_wells`).
    reference
        What they will be compared with.
    named
        Name for messages; "" for that of the path.

    Raises
    ------
    DataFileError
        If it is no table of profiles.
    InputError
        If it has too many rows, too few known features, or numbers on another scale.
    """
    named = named or path.name
    table = read_wells(path, named=named)
    if len(table) > MOST_ROWS:
        msg = f"Expected at most {MOST_ROWS:,} profiles, found {len(table):,} rows in {named}."
        raise InputError(msg, "Give the median profile of each compound, not of each cell.")
    own = lay_out(table, source=named)
    _, own, said = harmonise(reference.profiles, own)
    control = own.about["is_control"].to_numpy(bool)
    if control.all():
        msg = f"Expected a profile of treated cells, found controls alone in {named}."
        raise InputError(msg, "Add the wells of the compound that is asked about.")
    own = correct_position(scale_to_controls(own)) if control.any() else _on_scale(own, named)
    own = own.take(~own.about["is_control"].to_numpy(bool))
    names = own.about["name"].where(own.about["name"] != "", own.about["compound"])
    rows = [f"row {n + 1}" for n in range(len(own))]
    labels = pd.Series(np.where(names != "", names, rows), index=own.about.index)
    about = own.about.assign(name=labels)
    about["key"] = np.where(about["key"] != "", about["key"], labels)
    own = consensus(replace(own, about=about))
    return AskedProfiles(own, tuple(own.about["name"]), (said, *own.remarks))


def match_profile(
    asked: AskedProfiles, row: int, reference: ProfileReference, *, more: Sequence[Named] = ()
) -> pd.DataFrame:
    """Rank molecules by how alike their profiles are to one that was brought.

    Parameters
    ----------
    asked, row
        The profiles and which of them.
    reference
        Molecules with measured profiles.
    more
        Molecules without a profile, see `musegnn.molecules.reading`; theirs are predicted.

    Returns
    -------
    `rank`, `name`, `score` (cosine along the main directions), `percentile` (of scores of pairs
    that do not belong together), `profile` ("measured" or "predicted"), `similarity` (of the
    structure to the nearest measured one, 1 for those), `target`, `structure`.

    """
    known, _, _ = harmonise(reference.profiles, asked.profiles)
    space = matching.fit_space(known.numbers)
    measured = space.place(known.numbers)
    own = space.place(asked.profiles.numbers[row : row + 1])
    score = matching.cosines(own, measured)[0]
    pairs = matching.cosines(measured, measured)
    found = known.about[["name", "target", "structure"]].assign(
        score=score, percentile=_percentile(score, pairs), profile="measured", similarity=1.0
    )
    if more:
        texts = [one.standard.smiles for one in more]
        predicted, left_out, nearest = _predict(texts, measured, reference)
        score = matching.cosines(own, predicted)[0]
        names = [one.name for one in more]
        new = pd.DataFrame({"name": names, "target": "", "structure": texts, "score": score})
        new["percentile"] = _percentile(score, matching.cosines(left_out, measured))
        new["profile"], new["similarity"] = "predicted", nearest
        found = pd.concat([found, new], ignore_index=True)
    return _ranked(found)


def match_molecule(text: str, reference: ProfileReference) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Rank measured profiles by how alike they are to what a structure is predicted to leave.

    Parameters
    ----------
    text
        Name of a molecule of the reference, its InChIKey, or any SMILES or InChI.
    reference
        Molecules with measured profiles; the asked one is left out of training.

    Returns
    -------
    The table of `match_profile`, and what to know of it, each a sentence.

    Raises
    ------
    InputError
        If it is neither.
    """
    structure, key, reasons = _molecule_of(text, reference)
    about = reference.profiles.about
    others = (about["key"] != key).to_numpy()
    space = matching.fit_space(reference.profiles.numbers[others])
    measured = space.place(reference.profiles.numbers)
    rest = _without(reference, others)
    predicted, left_out, nearest = _predict([structure], measured[others], rest)
    score = matching.cosines(predicted, measured)[0]
    null = matching.cosines(left_out, measured[others])
    found = about[["name", "target", "structure"]].assign(
        score=score, percentile=_percentile(score, null), profile="measured"
    )
    bits = structures.fingerprints([structure])
    found["similarity"] = structures.tanimoto(bits, reference.bits)[0]
    table = _ranked(found)
    if nearest[0] < DOMAIN:
        reasons.append(
            f"Outside what was measured: the nearest structure has a similarity of "
            f"{nearest[0]:.2f}, below {DOMAIN:g}. The prediction is close to a guess."
        )
    else:
        reasons.append(f"The nearest measured structure has a similarity of {nearest[0]:.2f}.")
    if not others.all():
        own = str(about["name"].to_numpy()[~others][0])
        place = int(table.loc[table["name"] == own, "rank"].iloc[0])
        reasons.append(
            f"{own} was measured; left out of training, its own profile is number {place} of "
            f"{len(table)}."
        )
    return table, tuple(reasons)


def _molecule_of(text: str, reference: ProfileReference) -> tuple[str, str, list[str]]:
    """Structure, key and remarks of what was typed."""
    wanted = text.strip()
    if not wanted:
        msg = "Expected a molecule, found nothing."
        raise InputError(msg, "Give a name, an InChIKey or a SMILES.")
    about = reference.profiles.about
    is_it = (about["name"].str.casefold() == wanted.casefold()) | (about["key"] == wanted[:14])
    if is_it.any():
        row = about[is_it].iloc[0]
        return str(row["structure"]), str(row["key"]), []
    entries = list(islice(find_entries(wanted), 2))
    if len(entries) > 1:
        msg = f"Expected one molecule, found several in {wanted[:60]!r}."
        raise InputError(msg, "Ask about one at a time.")
    given = entries[0].given if entries else wanted
    try:
        found = structures.read_structure(given)
    except InputError as error:
        known = find_named(wanted)
        if known is not None:
            own = structures.read_structure(known.structure)
            said = f"The structure of {known.name}, which ships, is taken for its name."
            return own.smiles, own.key, [said, *own.remarks]
        if structures.parse(given) is not None:
            raise  # a structure, of which nothing can be said
        near = nearest_names(wanted, list(about["name"]))
        msg = f"Expected a measured molecule or a SMILES, found {wanted[:60]!r}."
        hint = f"Did you mean {', '.join(near)}?" if near else "Give its SMILES."
        raise InputError(msg, hint) from error
    return found.smiles, found.key, list(found.remarks)


def _predict(
    texts: list[str], measured: np.ndarray, reference: ProfileReference
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Profiles of structures, those of the reference each left out, and the nearest likeness."""
    described = structures.descriptors(texts)
    if described.shape[1] != reference.described.shape[1]:  # of another version of RDKit
        again = structures.descriptors(list(reference.profiles.about["structure"]))
        reference = replace(reference, described=again)
    scale = scale_of(reference.described)
    new, old = scale.apply(described), scale.apply(reference.described)
    width = _WIDTH * float(np.median(_distances(old, old))) or 1.0
    asked, known = (np.exp(-_distances(rows, old) / (2 * width)) for rows in (new, old))
    centred = measured - measured.mean(axis=0)
    likeness = structures.tanimoto(structures.fingerprints(texts), reference.bits)
    return (
        matching.predict_by_ridge(asked, known, centred),
        matching.leave_one_out(known, centred),
        likeness.max(axis=1),
    )


def _distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Squared distances of rows."""
    square = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None] - 2 * one @ other.T
    return np.maximum(square, 0.0)


def _without(reference: ProfileReference, keep: np.ndarray) -> ProfileReference:
    """Return the reference with some molecules, what was worked out of structures kept."""
    found = replace(
        reference,
        profiles=reference.profiles.take(keep),
        described=reference.described[keep],
    )
    found.__dict__["bits"] = reference.bits[keep]
    return found


def _on_scale(own: Profiles, named: str) -> Profiles:
    """Read numbers without controls as spreads of controls; another scale is refused or told."""
    size = np.abs(own.numbers)
    typical = float(np.median(size))
    if float((size > LARGEST).mean()) > 0.2 or not typical:
        found = f"numbers up to {size.max():.3g}" if typical else "zeros"
        msg = f"Expected features counted from controls in their spread, found {found} in {named}."
        raise InputError(
            msg,
            "Add the control wells of the plate (column control: negcon), or normalise to them.",
        )
    remarks = [*own.remarks, "There are no controls: numbers are read as spreads of controls, and "
               "what the place of a well adds is not taken out."]  # fmt: skip
    numbers = own.numbers
    if not _NORMAL[0] < typical < _NORMAL[1]:
        remarks.append(
            f"Another plate's scale: numbers have a typical size of {typical:.2g}, spreads of "
            "controls about 1; all were divided by it."
        )
        numbers = numbers / typical
    cut = np.clip(numbers, -LARGEST, LARGEST)
    return replace(own, numbers=np.sign(cut) * np.log1p(np.abs(cut)), remarks=tuple(remarks))


def _percentile(score: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Percent of the scores of pairs that do not belong together which lie below."""
    null = np.sort(pairs[~np.eye(len(pairs), dtype=bool)])
    found: np.ndarray = 100 * np.searchsorted(null, score) / len(null)
    return found


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    """Best first, with its place."""
    found = table.sort_values("score", ascending=False, kind="stable").reset_index(drop=True)
    found.insert(0, "rank", np.arange(1, len(found) + 1))
    return found[
        ["rank", "name", "score", "percentile", "profile", "similarity", "target", "structure"]
    ]
