"""Molecules: what the page says and shows of the map and of one molecule on it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from musegnn.errors import InputError
from musegnn.molecules.alike import BY_BOTH, cosines, rank_alike, tanimoto_of_bits
from musegnn.molecules.asking import Asked, ask
from musegnn.molecules.molecule_set import BITS_KEPT, CLUSTER, KEY, NAME, SCAFFOLD, SMILES
from musegnn.molecules.shipped import (
    ALIKE,
    DOMAIN,
    TABLES,
    MoleculeReference,
    is_named,
)
from musegnn.molecules.structures import draw_svg, is_made_up
from musegnn.screens import molecules as page
from musegnn.screens.molecules.columns import CALLED
from musegnn.screens.molecules.view_annotation import (
    NOT_MEASURED,
    UNKNOWN,
    MoleculeAnnotation,
)
from musegnn.screens.molecules.view_foretold import NOT_FORETOLD
from musegnn.screens.shell.colour_layer import (
    MAXIMUM_CATEGORIES,
    ColourLayer,
    LegendEntry,
    natural_order,
    number_layer,
    step_layer,
)

NEAREST: Final = 20  # molecules by vector and by structure that are listed
ANOTHER: Final = "another"
_FEW_VALUES: Final = 2  # an assay of no more different ones is a yes or no
_STEPS: Final = (0.2, 0.4, 0.6, 0.8)  # shares of measured molecules below the bounds of steps


@dataclass(frozen=True)
class Likeness:
    """A molecule that was asked about, beside all of the map.

    Parameters
    ----------
    asked
        The molecule.
    cosine, tanimoto
        `(N,)` likeness of vectors and of structures.
    table
        The nearest by either, as `rank_alike`, with what is known of them.
    sentence
        How far the two agree.
    remarks
        What was changed in its form, and how far the map reaches.
    """

    asked: Asked
    cosine: np.ndarray
    tanimoto: np.ndarray
    table: pd.DataFrame
    sentence: str
    remarks: tuple[str, ...]


def like(text: str, reference: MoleculeReference, annotation: MoleculeAnnotation) -> Likeness:
    """Find what is like a molecule.

    Raises
    ------
    InputError
        If it is neither a name of the map nor a structure.
    """
    asked = ask(text, reference)
    cosine = cosines(asked.vector, reference.molecules.unit_vectors)
    tanimoto = tanimoto_of_bits(asked.bits[None], reference.bits)[0]
    table = rank_alike(cosine, tanimoto, own=asked.row, k=NEAREST)
    about = reference.molecules.table.iloc[table["row"]].reset_index(drop=True)
    about[CALLED] = [reference.called(row) for row in table["row"]]
    table = pd.concat(
        [table, about[[CALLED, NAME, KEY, TABLES, SMILES]], annotation.listed(about[KEY])], axis=1
    )
    n_both = int((table["near by"] == BY_BOTH).sum())
    others = np.delete(tanimoto, asked.row) if asked.row is not None else tanimoto
    nearest = float(others.max(initial=0.0))
    sentence = (
        f"Of the {NEAREST} molecules nearest to {asked.label} by vector, {n_both} are among the "
        f"{NEAREST} nearest by structure. The nearest structure has a Tanimoto similarity of "
        f"{nearest:.2f}."
    )
    remarks = [f"Its form was changed: {'; '.join(asked.remarks)}."] if asked.remarks else []
    if asked.row is None:
        remarks.append("It stands on no table of the map; its vector was computed now.")
    if nearest < DOMAIN:
        remarks.append(
            f"Outside what the vectors learned from: no structure of the map reaches {DOMAIN:g}. "
            "What is near by vector is close to a guess."
        )
    return Likeness(asked, cosine, tanimoto, table, sentence, tuple(remarks))


def describe_map(reference: MoleculeReference) -> str:
    """Say what the map is and what it is good for, as it was measured."""
    molecules = reference.molecules
    said = (
        f"Each of the {len(molecules):,} points is a molecule of public tables of assays and "
        "profiles; near points have like vectors. A vector was learned from structure and, where "
        "it was measured, from what a molecule does to cells: genes that rise and fall, and the "
        "shape of cells."
    )
    return f"{said} {measured_words(reference.measured)}".strip()


def measured_words(measured: Mapping[str, Any]) -> str:
    """Say in words how often near molecules share a target, against rivals; "" unmeasured."""
    found = measured.get("target")
    if not isinstance(found, dict):
        return ""
    apart, everything = found["apart"], found["all"]
    at = "hit_at_10"

    def share(side: dict[str, dict[str, float]], model: str) -> str:
        return f"{100 * side[model][at]:.0f} %"

    gain = apart["gain"]["embedding over tanimoto"]
    low, high = gain[f"{at}_interval"]
    if low > 0:
        verdict = "**the vectors are better there**, beyond chance"
    elif high < 0:
        verdict = "**fingerprints are better there**, beyond chance"
    else:
        verdict = "neither is better there beyond chance"
    return (
        f"Measured on {apart['n']:,} molecules of which the encoder knew the structure alone: "
        "among the ten nearest of other structural families, one shares a known target in "
        f"{share(apart, 'embedding')} of cases by vector, {share(apart, 'tanimoto')} by Morgan "
        f"fingerprints, {share(apart, 'descriptors')} by descriptors and "
        f"{share(apart, 'random')} by chance: {verdict}. With their own families it is "
        f"{share(everything, 'embedding')} by vector and {share(everything, 'tanimoto')} by "
        "fingerprints."
    )


def colour(
    chosen: str,
    reference: MoleculeReference,
    annotation: MoleculeAnnotation,
    *,
    likeness: Likeness | None = None,
    assay: tuple[str, np.ndarray] | None = None,
) -> ColourLayer:
    """Colour the molecules of the map.

    Parameters
    ----------
    chosen
        One of `musegnn.screens.molecules.COLOURS`.
    reference, annotation
        The molecules and what is known of them.
    likeness
        Of the molecule asked about, for colours by likeness.
    assay
        Name and values of an assay, for the colours by one.

    Raises
    ------
    InputError
        If what the colour needs is not there.
    """
    table = reference.molecules.table
    if chosen in {page.VECTOR, page.STRUCTURE}:
        return _likeness_layer(chosen, likeness)
    if chosen in {page.ASSAY, page.FORETOLD} and assay is not None:
        missing = NOT_MEASURED if chosen == page.ASSAY else NOT_FORETOLD
        return _assay_layer(*assay, missing=missing)
    if chosen == page.DENSITY:
        values = table[ALIKE].to_numpy(np.float64)
        return number_layer(values, title="molecules with Tanimoto 0.5 or more", logarithmic=True)
    title = page.COLOURS[chosen]
    if chosen == page.BITS:
        return number_layer(table[BITS_KEPT].to_numpy(np.float64), title=title)
    if chosen == page.PHASE:
        names = pd.Series([annotation.phases.get(key, UNKNOWN) for key in table[KEY]])
        return _named_layer(names, rest=UNKNOWN, title=title)
    column = {page.CLUSTER: CLUSTER, page.SCAFFOLD: SCAFFOLD}.get(chosen, TABLES)
    return _named_layer(table[column].astype(str), rest=ANOTHER, title=title)


def _likeness_layer(chosen: str, likeness: Likeness | None) -> ColourLayer:
    """Colour by likeness to the molecule asked about."""
    if likeness is None:
        msg = "Expected a molecule that the others are compared with, found none."
        raise InputError(msg, "Type one above, or choose another colour.")
    values = likeness.cosine if chosen == page.VECTOR else likeness.tanimoto
    what = "cosine, 0 or more," if chosen == page.VECTOR else "Tanimoto similarity"
    return number_layer(
        np.clip(values, 0, None).astype(np.float64), title=f"{what} to {likeness.asked.label}"
    )


def _named_layer(values: pd.Series, *, rest: str, title: str) -> ColourLayer:
    """Colour by the most common names; all others are one, last and grey.

    Thousands of names make no legend, and none would read them all in a note below it.
    """
    counts = values[values != rest].value_counts()
    order = sorted(counts.index, key=lambda name: (-int(counts[name]), str(name)))
    kept = natural_order(order[: MAXIMUM_CATEGORIES - 1])
    if len(order) == MAXIMUM_CATEGORIES and not (values == rest).any():
        kept = natural_order(order)
    codes = pd.Index(kept).get_indexer(values)
    codes[codes < 0] = len(kept)
    number = np.bincount(codes, minlength=len(kept) + 1)
    has_rest = bool(number[len(kept)])
    names = [*kept, rest] if has_rest else kept
    legend = tuple(LegendEntry(code, name, int(number[code])) for code, name in enumerate(names))
    return ColourLayer(title, "category", codes.astype(np.uint8), legend, has_other=has_rest)


def _assay_layer(name: str, values: np.ndarray, *, missing: str) -> ColourLayer:
    """Colour by what an assay measured, or would."""
    known = values[np.isfinite(values)]
    if not len(known):
        msg = f"Expected molecules that {name[:60]} measured, found none on the map."
        raise InputError(msg, "Choose another assay.")
    if len(np.unique(known)) <= _FEW_VALUES and set(np.unique(known)) <= {0.0, 1.0}:
        words = np.where(np.isnan(values), missing, np.where(values > 0, "active", "inactive"))
        return _named_layer(pd.Series(words), rest=missing, title=name)
    bounds = np.unique(np.round(np.quantile(known, _STEPS), 2)).tolist()
    return step_layer(values, bounds, title=name, missing=missing)


def facts_of(row: int, reference: MoleculeReference, annotation: MoleculeAnnotation) -> list[str]:
    """Say what is known of a molecule of the map, a line each."""
    line = reference.molecules.table.iloc[row]
    told = annotation.listed(reference.molecules.table[KEY].iloc[[row]]).iloc[0]
    facts = [
        f"InChIKey {line[KEY]}, on {line[TABLES]}",
        f"{int(line[ALIKE]):,} others of the map have a Tanimoto similarity of 0.5 or more",
    ]
    if reference.others[row]:
        others = ", ".join(reference.others[row])
        facts.insert(0, f"Stands for {others} too: other names, or other forms in space")
    return facts + [f"{name}: {told[name]}" for name in told.index if told[name]]


def draw(structure: str, *, ink: str, width: int = 320, height: int = 220) -> str:
    """Draw a structure as SVG."""
    return draw_svg(structure, width=width, height=height, ink=ink)


def card_of(row: int, reference: MoleculeReference, *, ink: str, on: str) -> dict[str, Any]:
    """Return what the card of a point shows: the structure of the molecule.

    Parameters
    ----------
    row
        Row of the molecule.
    reference
        The molecules.
    ink
        Colour of lines, "" for black.
    on
        Colour by which the map tells the ground that it was drawn for.
    """
    name = reference.called(row)
    card: dict[str, Any] = {"open": f"What is like {name}, by vector and by structure"}
    if is_made_up(name):  # in the place of an InChIKey
        card["name"] = name
    try:
        svg = draw(str(reference.molecules.table[SMILES].iloc[row]), ink=ink, width=206, height=142)
    except InputError:
        return {**card, "title": "Its structure cannot be drawn"}
    picture = base64.b64encode(svg.encode("utf-8")).decode("ascii")
    return {**card, "picture": picture, "alt": f"Structure of {name}", "on": on}


def text_of(row: int, reference: MoleculeReference) -> str:
    """Return what asks for a molecule of the map: its name, or its SMILES where the name does not.

    Raises
    ------
    InputError
        If the row does not exist.
    """
    reference.molecules.check_row(row)
    line = reference.molecules.table.iloc[row]
    name = str(line[NAME])
    try:
        is_told = bool(name) and ask(name, reference).row == row
    except InputError:
        is_told = False
    return name if is_told else str(line[SMILES])


def lit_rows(likeness: Likeness | None) -> tuple[np.ndarray, Sequence[str]]:
    """Return the rows that stand out on the map, named ones first, and the names of those."""
    if likeness is None:
        return np.zeros(0, dtype=np.int64), ()
    near = likeness.table[likeness.table["vector rank"] <= NEAREST].sort_values("vector rank")
    has_name = np.array(list(map(is_named, near[NAME], near[KEY])), dtype=bool)
    order = np.argsort(~has_name, kind="stable")  # a map labels the first of its points
    rows, labels = near["row"].to_numpy(np.int64)[order], near[NAME][has_name].astype(str).tolist()
    if likeness.asked.row is not None:
        rows = np.concatenate([[likeness.asked.row], rows])
        labels = [likeness.asked.label, *labels]
    return rows, labels
