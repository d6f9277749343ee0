"""From what a person types to a query: a name, an id, a key, a structure, a signature."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from musegnn.errors import InputError
from musegnn.molecules.structures import fingerprints, read_structure
from musegnn.targets.own_signature import OwnSignature
from musegnn.targets.predictor import Query
from musegnn.targets.tables import Pharmacology
from musegnn.validation import nearest_names

_IDENTIFIER: Final = re.compile(
    r"DB\d{4,7}|BRD-[A-Z]\d+(-.*)?|[A-Z]{14}(-[A-Z]{8,10}-[A-Z])?", re.I
)
_STRUCTURE_SIGNS: Final = re.compile(r"[=#()\[\]@/\\+]|^InChI=|\d[a-zA-Z]")


def ask_about(text: str, data: Pharmacology) -> Query:
    """Understand a compound by name, InChIKey, DrugBank or Broad id, SMILES or InChI.

    Parameters
    ----------
    text
        What was typed.
    data
        Tables of the store.

    Raises
    ------
    InputError
        If nothing is known under that name and it is no structure; near names are offered.
    """
    wanted = text.strip()
    if not wanted:
        msg = "Expected a compound, found nothing."
        raise InputError(msg, "Give a name, an InChIKey, a DrugBank or Broad id, or a SMILES.")
    key = find_compound(wanted, data)
    if key:
        return query_of(key, data)
    if _IDENTIFIER.fullmatch(wanted):
        msg = f"Expected an id of a compound of the store, found {wanted[:60]!r}, which it lacks."
        raise InputError(msg, "Give the SMILES of the compound instead.")
    try:
        structure = read_structure(wanted)
    except InputError as error:
        if is_structure(wanted):
            raise
        near = nearest_names(wanted, [str(name) for name in data.compounds["name"]])
        msg = f"Expected a compound of the store or a SMILES, found {wanted[:60]!r}."
        hint = f"Did you mean {', '.join(near)}?" if near else "Give its SMILES."
        raise InputError(msg, hint) from error
    if structure.key in data.compounds.index:
        return query_of(structure.key, data, structure.remarks)
    return Query(
        label=structure.smiles[:80],
        structure=structure.smiles,
        remarks=(*structure.remarks, "No compound of the store has this structure."),
    )


def is_structure(text: str) -> bool:
    """Tell whether a text is meant as a structure, whether it can be read or not."""
    return bool(_STRUCTURE_SIGNS.search(text)) and " " not in text.strip()


def find_compound(text: str, data: Pharmacology) -> str:
    """Return the compound of an id, a key or a name, "" for none."""
    wanted = text.strip().upper()
    short = "-".join(wanted.split("-")[:2]) if wanted.startswith("BRD-") else wanted
    for name in (wanted, short, wanted.removeprefix("INCHIKEY=")):
        if name in data.by_id:
            return data.by_id[name]
    if re.fullmatch(r"[A-Z]{14}-[A-Z]{8,10}-[A-Z]", wanted.removeprefix("INCHIKEY=")):
        key = wanted.removeprefix("INCHIKEY=")[:14]
        return key if key in data.compounds.index else ""
    return ""


def query_of(compound: str, data: Pharmacology, remarks: tuple[str, ...] = ()) -> Query:
    """Ask about a compound of the store with all that is known of it."""
    stands = data.joined.get(compound, compound)
    if stands != compound:
        (other,) = data.called([stands])
        remarks = (*remarks, f"Its stored signature is that of {other}, which stands for both.")
    row, (label,) = data.compounds.loc[stands], data.called([stands])
    signature: np.ndarray | None = None
    if stands in data.row_of:
        signature = data.signatures[data.row_of[stands]].astype(np.float64)
    else:
        remarks = (*remarks, "The store has no signature of it: its structure alone speaks.")
    structure = str(row["structure"])
    if structure and not fingerprints([structure]).any():
        structure, remarks = "", (*remarks, "Its structure cannot be read and does not count.")
    if not structure and signature is None:
        msg = f"Expected a structure or a signature of {label}, found neither in the store."
        raise InputError(msg, "Such as antibodies and proteins cannot be compared; give a SMILES.")
    return Query(label, stands, structure, signature, remarks=remarks)


def query_of_signature(own: OwnSignature) -> Query:
    """Ask about a signature that a person brought."""
    return Query(
        label=own.what,
        signature=own.values,
        is_list=own.is_list,
        remarks=(
            f"{own.n_measured} of {own.n_given} genes given are measured by the stored signatures.",
            *own.remarks,
        ),
    )
