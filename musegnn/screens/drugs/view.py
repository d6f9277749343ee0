"""Drugs: what the page says and shows of a prediction, and of signatures that are compared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from musegnn.analysis.enrichment.over_representation import SIGNIFICANT
from musegnn.errors import InputError
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.knowledge.store import folder_state, open_store
from musegnn.molecules.structures import draw_svg
from musegnn.screens.drugs import COMPOUND, SIGNATURE
from musegnn.screens.shell.columns import Column
from musegnn.targets import predicted
from musegnn.targets.asking import ask_about, find_compound, query_of_signature
from musegnn.targets.opening import HOW_LONG, open_predictor
from musegnn.targets.own_signature import (
    OwnSignature,
    signature_of_lists,
    signature_of_table,
)
from musegnn.targets.predicted import ShippedPredictions
from musegnn.targets.predictor import Prediction, Predictor
from musegnn.targets.shipped import read_drugs
from musegnn.targets.signature_search import mimic_and_reverse
from musegnn.targets.tables import Pharmacology

LARGEST_UPLOAD: Final = 100_000_000  # bytes of a table
LIKELY: Final = 0.1  # probability from which a target is named in the sentence
LIT: Final = 12  # targets that go along to the maps
_FACTS: Final = ("mechanism", "phase", "atc", "indication", "ids")
_SHOWN: Final = {"atc": "ATC", "ids": "ids"}
WHAT_TO_IMPORT: Final = (
    "Targets of any structure, known ones marked, and genes that drugs reach need tables of "
    "molecules, known targets and signatures in the annotation folder. Fetch "
    "`drugbank_molecules`, `drugbank_targets` and `repurposing_molecules` with `musegnn knowledge "
    "fetch` (all for non-commercial use), and lay `l1000_consensus` there or import signatures of "
    "your own: `musegnn knowledge list` names every table and its terms."
)
WITHOUT_TABLES: Final = (COMPOUND, SIGNATURE)  # questions that what ships answers
LEARNING: Final = (
    f"{HOW_LONG.capitalize()}; later answers take seconds. It goes on when you reload or leave, "
    "whoever comes meanwhile waits for the same, and the link keeps what you asked."
)
EXAMPLE_UP: Final = "HMOX1 HSPA1A DNAJB1 HSPA8 DDIT4 GADD45A"


@dataclass(frozen=True)
class DrugView:
    """A prediction in words and tables.

    Parameters
    ----------
    label
        What was asked.
    sentence
        The answer.
    facts
        (what, text) of the compound.
    reasons
        Whether it is in domain, why, and what was left out, a sentence each.
    svg
        Its structure drawn, "" for none.
    targets, by_structure, by_signature
        Tables in full, between commas what stood between bars.
    genes
        Targets that go along to the maps, the likeliest first.
    answer
        The prediction.
    structure
        Its structure as SMILES, "" for none.
    """

    label: str
    sentence: str
    facts: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    svg: str
    targets: pd.DataFrame
    by_structure: pd.DataFrame
    by_signature: pd.DataFrame
    genes: tuple[str, ...]
    answer: Prediction
    structure: str = ""


@dataclass(frozen=True)
class SignatureView:
    """Stored signatures beside one's own.

    Parameters
    ----------
    sentence
        The answer.
    remarks
        What was read, and what was left out.
    mimic, reverse
        Compounds most alike, and most opposite.
    table
        All compounds.
    """

    sentence: str
    remarks: tuple[str, ...]
    mimic: pd.DataFrame
    reverse: pd.DataFrame
    table: pd.DataFrame


def state_of(folder: Path | None) -> tuple[tuple[str, int, int], ...]:
    """Return what the kept answers go by: the files of the folder and of drugs beside it."""
    if folder is None or not folder.is_dir():
        return ()
    places = (folder, folder / "pharmacology", folder.parent / "pharmacology")
    return tuple(entry for place in places if place.is_dir() for entry in folder_state(place))


def can_rank(folder: Path | None) -> bool:
    """Tell whether the annotation has what ranked targets need."""
    return predicted.can_rank(open_store(folder))


def open_drugs(folder: Path | None) -> Pharmacology:
    """Open the compounds of the annotation, or the shipped signatures."""
    return read_drugs(open_store(folder))


def open_targets(folder: Path | None) -> Predictor:
    """Open what ranks targets."""
    return open_predictor(open_store(folder))


def ask_compound(predictor: Predictor, text: str, *, ink: str) -> DrugView:
    """Rank the targets of a compound.

    Raises
    ------
    InputError
        If nothing is known under that name and it is no structure.
    """
    query = ask_about(text, predictor.data)
    return build(predictor.predict(query), structure=query.structure, ink=ink)


def look_up(shipped: ShippedPredictions, text: str, *, ink: str) -> DrugView:
    """Look up the targets of a compound that come with the program.

    Raises
    ------
    InputError
        If it is none of these compounds.
    """
    answer = shipped.ask(text)
    return build(answer, structure=answer.about["structure"], ink=ink)


def ask_signature(predictor: Predictor, own: OwnSignature) -> DrugView:
    """Rank the targets of what left a signature."""
    return build(predictor.predict(query_of_signature(own)), structure="", ink="")


def build(answer: Prediction, *, structure: str, ink: str) -> DrugView:
    """Put a prediction into words."""
    facts = tuple(
        (_SHOWN.get(name, name), answer.about[name].replace("|", ", "))
        for name in _FACTS
        if answer.about.get(name)
    )
    svg = ""
    if structure:
        svg = draw_svg(structure, ink=ink)
    likely = answer.targets[answer.targets["probability"] >= LIKELY]
    genes = likely if len(likely) else answer.targets.head(3)
    return DrugView(
        label=answer.label,
        sentence=_sentence(answer),
        facts=facts,
        reasons=answer.reasons,
        svg=svg,
        targets=_spaced(answer.targets),
        by_structure=_spaced(answer.by_structure),
        by_signature=_spaced(answer.by_signature),
        genes=tuple(genes["gene"].head(LIT)),
        answer=answer,
        structure=structure,
    )


def read_own(
    folder: Path | None, data: Pharmacology, *, up: str, down: str, table: str, group: str
) -> OwnSignature | None:
    """Read a signature from what was typed or uploaded; None where nothing was.

    Raises
    ------
    InputError
        If it is no signature.
    """
    lists = [re.split(r"[\s,;]+", text) for text in (up, down)]
    has_lists = any(name for one in lists for name in one)
    if not has_lists and not table.strip():
        return None
    if has_lists and table.strip():
        msg = "Expected lists or a table, found both."
        raise InputError(msg, "Clear one of them.")
    names = read_gene_names(folder)
    if has_lists:
        return signature_of_lists(lists[0], lists[1], data.genes, names)
    return signature_of_table(table, data.genes, names, group=group)


def told(columns: Sequence[Column], table: pd.DataFrame) -> list[Column]:
    """Return the columns that say something: targets and uses stay empty without their tables."""
    return [
        column
        for column in columns
        if not len(table) or (table[column.name].notna() & (table[column.name] != "")).any()
    ]


def compare(own: OwnSignature, data: Pharmacology) -> SignatureView:
    """Compare a signature with all stored ones."""
    table = _spaced(mimic_and_reverse(own, data))
    best, worst = table.iloc[0], table.iloc[-1]
    sentence = (
        f"Of {len(table):,} compounds {best['name']} mimics the signature best (cosine "
        f"{best['cosine']:.2f}, q = {best['q']:.2g}) and {worst['name']} reverses it most (cosine "
        f"{worst['cosine']:.2f}, q = {worst['q']:.2g})."
    )
    if table["q"].min() >= SIGNIFICANT:
        sentence += f" **None stands out** (q < {SIGNIFICANT:g}): take these for hints."
    measured = f"{own.what}: {own.n_measured} of {own.n_given} genes are measured."
    return SignatureView(
        sentence=sentence,
        remarks=(measured, *own.remarks),
        mimic=table[table["cosine"] > 0].head(100).reset_index(drop=True),
        reverse=table[table["cosine"] < 0].iloc[::-1].head(100).reset_index(drop=True),
        table=table,
    )


def name_for_link(found: pd.Series, data: Pharmacology) -> str:
    """Name a compound of a comparison; its InChIKey where another compound has the same name."""
    key, name = str(found["compound"]), str(found["name"])
    return name if find_compound(name, data) == key else key


def text_of(content: bytes) -> str:
    """Read an uploaded table as text.

    Raises
    ------
    InputError
        If it is too large or no text.
    """
    if len(content) > LARGEST_UPLOAD:
        msg = f"Expected a table of at most {LARGEST_UPLOAD:,} bytes, found {len(content):,}."
        raise InputError(msg, "Keep the genes and their changes.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = "Expected a table as text, found bytes that are no text."
        raise InputError(msg, "Save it as .csv or .tsv, not packed and no spreadsheet.") from error


def _sentence(answer: Prediction) -> str:
    """Name the likeliest targets, and whether they are known."""
    likely = answer.targets[answer.targets["probability"] >= LIKELY]
    known = answer.targets[answer.targets["known"] != ""]
    if likely.empty:
        best = answer.targets.iloc[0]
        said = (
            f"No candidate reaches a probability of {LIKELY:g}; the first of "
            f"{answer.n_candidates} is {best['gene']} ({best['probability']:.3f})."
        )
    else:
        listed = ", ".join(
            f"{gene} ({probability:.2f}{', known' if tables else ''})"
            for gene, probability, tables in likely.head(6)[
                ["gene", "probability", "known"]
            ].itertuples(index=False)
        )
        said = f"Likeliest of {answer.n_candidates} candidates: {listed}."
    if len(known):
        places = ", ".join(
            f"{gene} {rank}"
            for gene, rank in known[["gene", "rank"]].head(8).itertuples(index=False)
        )
        said += f" Places of its known targets: {places}."
    return f"{said} The query is {answer.domain}."


def _spaced(table: pd.DataFrame) -> pd.DataFrame:
    """Write commas where values stood between bars."""
    found = table.copy()
    for name in found.select_dtypes(object).columns:
        found[name] = [str(text).replace("|", ", ") for text in found[name]]
    return found
