"""Look at a file of counts: what was recognised as what, before anything is built.

The page and the command line show the same record: facts in words, each with how it was told and
the option that says otherwise, and the numbers that pictures are drawn from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from musegnn.graphs.build import genes_of_peaks
from musegnn.graphs.manifest import default_name
from musegnn.graphs.modalities import MODALITIES, find_modality, guess_modality
from musegnn.graphs.preview import PEAKS, SpeciesGuess, naming_style, recognise_species
from musegnn.graphs.quality import Judgement, judge, mitochondrial_words
from musegnn.io.choices import AS_FOUND, Choices, Offers
from musegnn.io.droplets import (
    DROPLETS,
    BarcodeRanks,
    UnfilteredError,
    choose_barcodes,
    rank_barcodes,
)
from musegnn.io.expression import Expression, read_expression
from musegnn.io.features import INDEX
from musegnn.io.formats.contents import CELLS_IN_ROWS
from musegnn.io.formats.registry import list_choices
from musegnn.io.gene_names import GeneNames, harmonise
from musegnn.validation import format_list

EXAMPLES: Final = 5
# first word of a sentence of reading -> the fact that it belongs to
_TOPICS: Final = {
    "gene names": "symbols",
    "features": "kinds",
    "coordinates": "places",
    "spots": "places",
    "droplets": "droplets",
    "counts": "counts",
    "cells": "cells",
    "table": "genes",
    "lists": "genes",
}


@dataclass(frozen=True)
class Fact:
    """What one thing of a file was taken for.

    Parameters
    ----------
    key
        Name for programs.
    what
        The thing, in words.
    found
        What it was taken for.
    why
        How that was told.
    option
        What says otherwise on the command line; "" for what the file alone decides.
    """

    key: str
    what: str
    found: str
    why: str
    option: str = ""


@dataclass(frozen=True)
class FileLook:
    """What a file of counts was taken for.

    Parameters
    ----------
    name, form
        Name of the file and of its format.
    facts
        What was recognised as what, in the order in which people ask.
    notes
        Sentences of reading that belong to no fact.
    expression
        Counts of the barcodes that were chosen; of all where `refused` says why none were.
    detected
        `(C,)` number of columns with counts of each of them.
    ranks
        Counts of all barcodes.
    refused
        Why no barcodes could be chosen; None where they could.
    style, guess
        How columns are named, and the species that the names point to.
    modality, tissue
        What the file says or hints at; "" for no hint.
    """

    name: str
    form: str
    facts: tuple[Fact, ...]
    notes: tuple[str, ...]
    expression: Expression
    detected: np.ndarray
    ranks: BarcodeRanks
    refused: UnfilteredError | None
    style: str
    guess: SpeciesGuess
    modality: str
    tissue: str

    @property
    def has_peaks(self) -> bool:
        """True when the columns are chromatin peaks, which need an annotation."""
        return self.style == PEAKS


@dataclass(frozen=True)
class Outlook:
    """What quality control would do to the cells that were chosen.

    Parameters
    ----------
    judgement
        Which cells and genes it keeps, and what it went by.
    maximum_share
        Cells with this share of mitochondrial counts or more are removed, 0 to 1.
    facts
        Which genes count as mitochondrial.
    """

    judgement: Judgement
    maximum_share: float
    facts: tuple[Fact, ...]


def look_at(
    path: Path,
    *,
    known: GeneNames,
    layer: str | None = None,
    droplets: str = DROPLETS[0],
    choices: Choices = AS_FOUND,
    name: str = "",
) -> FileLook:
    """Read a file once and say what was recognised as what.

    Parameters
    ----------
    path
        File or folder of counts.
    known
        Nomenclature tables; may be empty.
    layer
        Where the counts are; found automatically when None.
    droplets
        What to do with droplets without a cell, one of `musegnn.io.droplets.DROPLETS`; "refuse"
        describes all barcodes and hands back why.
    choices
        How the file is to be understood, where somebody has said so.
    name
        What the file is called; "" takes the name of the path.

    Raises
    ------
    DataFileError, InputError
        If it is no file of raw counts.
    """
    name = name or Path(path).name
    whole = read_expression(path, layer=layer, droplets="keep", choices=choices)
    offers = list_choices(path)
    ranks = rank_barcodes(whole.depth, whole.called)
    refused: UnfilteredError | None = None
    expression = whole
    told: tuple[str, ...] = ()
    try:
        kept, told = choose_barcodes(
            whole.depth, Path(name), droplets=droplets, called=whole.called
        )
        expression = whole if kept is None else whole.take_cells(kept)
    except UnfilteredError as error:
        refused = error
    style = naming_style(whole.genes)
    guess = recognise_species(whole.genes, known)
    modality = guess_modality(whole, has_peaks=style == PEAKS).name
    notes = _by_topic((*whole.notes, *told))
    form = whole.layout
    facts = (
        *_facts_of_matrix(whole, form, style, offers, notes),
        *_facts_of_features(whole, style, offers, notes),
        *_facts_of_context(whole, guess, modality, style),
        _fact_of_places(whole, notes),
        _fact_of_droplets(ranks, len(whole.depth), droplets, notes),
        Fact(
            "dataset",
            "name of the dataset",
            default_name(Path(name)),
            "made of the name of the file",
            "--name",
        ),
    )
    return FileLook(
        name=name,
        form=form,
        facts=facts,
        notes=tuple(note for topic in sorted(notes) for note in notes[topic]),
        expression=expression,
        detected=_detected(expression),
        ranks=ranks,
        refused=refused,
        style=style,
        guess=guess,
        modality=modality,
        tissue=whole.source.get("tissue", "").partition("(")[0].strip(),
    )


def foresee(
    expression: Expression,
    *,
    species: str,
    modality: str,
    preset: str,
    known: GeneNames,
    annotation: Path | None = None,
) -> Outlook:
    """Say what quality control would remove.

    Raises
    ------
    DataFileError, InputError, GraphError
        If the annotation cannot be read or peaks lack it, the names are not of that species,
        positions are missing, or too few cells or genes would be left.
    """
    technique = find_modality(modality)
    technique.check(expression)
    genes, _, _ = harmonise(genes_of_peaks(expression, annotation), species, known)
    quality = technique.quality(preset)
    found = judge(genes, quality, needs_place=technique.needs_positions)
    return Outlook(found, quality.maximum_mitochondrial, (_fact_of_mitochondria(found),))


def _detected(expression: Expression) -> np.ndarray:
    """Count the columns with counts of each cell, `(C,)`; explicit zeros are none."""
    matrix = expression.counts
    stored = np.diff(matrix.indptr)
    if matrix.data.all():
        return stored
    rows = np.repeat(np.arange(matrix.shape[0]), stored)[matrix.data != 0]
    return np.bincount(rows, minlength=matrix.shape[0])


def _by_topic(notes: Iterable[str]) -> dict[str, list[str]]:
    """Sort sentences of reading by the fact that they belong to; "" for others."""
    found: dict[str, list[str]] = {}
    for note in notes:
        topic, _, rest = note.partition(": ")
        key = _TOPICS.get(topic, "")
        found.setdefault(key, []).append(rest if key else note)
    return found


def _take(notes: dict[str, list[str]], key: str, *more: str) -> str:
    """Take the sentences of a fact away and join them, after others that are not empty."""
    return "; ".join([*filter(None, more), *notes.pop(key, [])])


def _facts_of_matrix(
    expression: Expression, form: str, style: str, offers: Offers, notes: dict[str, list[str]]
) -> list[Fact]:
    """Say what stands where: format, sides, place of the counts."""
    n_cells, n_columns = expression.counts.shape
    turned = expression.orientation != CELLS_IN_ROWS
    unit = "peaks" if style == PEAKS else "genes"
    side, other = ("rows", "columns") if turned else ("columns", "rows")
    share = 100 * expression.counts.count_nonzero() / max(n_cells * n_columns, 1)
    return [
        Fact("format", "format", form, "by its content"),
        Fact(
            "genes",
            unit,
            f"{n_columns:,} {unit}, in the {side} of the file",
            _take(
                notes, "genes", "turned when it was read" if turned else "as the file holds them"
            ),
            "--genes-in" if offers.sides else "",
        ),
        Fact(
            "cells",
            "cells",
            f"{n_cells:,} cells, nuclei or spots, in the {other}",
            _take(notes, "cells", f"called {format_list(expression.cells[:3])}"),
        ),
        Fact(
            "counts",
            "counts",
            f"{expression.found_in}, {share:.3g} % of it not 0",
            _take(notes, "counts", "the first place that holds whole numbers"),
            "--layer" if len(offers.layers) > 1 else "",
        ),
    ]


def _facts_of_features(
    expression: Expression, style: str, offers: Offers, notes: dict[str, list[str]]
) -> list[Fact]:
    """Say which columns name the features, and which features were taken."""
    found = expression.recognised
    unit = "peaks" if style == PEAKS else "genes"
    # a column called after ids may repeat the names
    ids = [] if expression.gene_ids == expression.genes else [*filter(None, expression.gene_ids)]
    facts = [
        Fact(
            "symbols",
            f"names of {unit}",
            f"{_column(found.names_from)}: {format_list(expression.genes[:EXAMPLES])}",
            _take(
                notes, "symbols", "" if "symbols" in notes else f"they read like names of {unit}"
            ),
            "--symbols" if len(offers.symbols) > 1 else "",
        ),
        Fact(
            "ids",
            "ids of genes",
            "none"
            if found.ids_from is None or not ids
            else f"{_column(found.ids_from)}: {format_list(ids[:EXAMPLES])}",
            f"{len(ids):,} of {len(expression.genes):,} have one" if ids else "no column holds ids",
        ),
    ]
    left = ", ".join(f"{number:,} {what}" for what, number in found.left_out.items())
    kinds = [kind for kind in found.kinds if kind not in found.left_out]
    facts.append(
        Fact(
            "kinds",
            "kind of features",
            f"{format_list(kinds) or 'not told by the file'}, "
            f"{f'left out: {left}' if left else 'nothing left out'}",
            _take(notes, "kinds"),
            "--features" if len(offers.features) > 1 else "",
        )
    )
    if found.dates:
        told = "; ".join(
            f"{date} may be {' or '.join(genes)}" for date, genes in list(found.dates.items())[:8]
        )
        why = "a spreadsheet made dates of symbols, and more than one fits or is in the file"
        facts.append(Fact("dates", "dates", told, why, "--dates"))
    if found.genomes:
        many = len(offers.genomes) > 1
        told = ", ".join(f"{name} ({number:,})" for name, number in found.genomes.items())
        facts.append(Fact("genome", "genome", told, "", "--genome" if many else ""))
    return facts


def _column(name: str) -> str:
    """Say which column of the table of features is meant."""
    return "the index" if name == INDEX else f"column {name}"


def _facts_of_context(
    expression: Expression, guess: SpeciesGuess, modality: str, style: str
) -> list[Fact]:
    """Say which species and technique the file points to."""
    probably = "" if guess.is_sure or not guess.species else "probably "
    if style == PEAKS:
        hint = "its columns are chromatin peaks"
    elif modality == next(iter(MODALITIES)):
        hint = "nothing points to another"
    else:
        hint = expression.source.get("modality", "") or "it has places of its cells"
    return [
        Fact(
            "species",
            "species",
            f"{probably}{guess.species}" if guess.species else "not known",
            guess.reason,
            "--species",
        ),
        Fact("modality", "technique", MODALITIES[modality].title, hint, "--modality"),
    ]


def _fact_of_places(expression: Expression, notes: dict[str, list[str]]) -> Fact:
    """Say where the places of the cells come from, and how many lack one."""
    places = expression.coordinates
    if places is None:
        why = "" if "places" in notes else "no positions in the file or beside it"
        return Fact("places", "places", "none", _take(notes, "places", why), "--positions")
    without = int((~np.isfinite(places).all(axis=1)).sum())
    lack = f"{without:,} of {len(places):,} cells lack one" if without else "every cell has one"
    return Fact("places", "places", lack, _take(notes, "places"), "--positions")


def _fact_of_droplets(
    ranks: BarcodeRanks, n_barcodes: int, droplets: str, notes: dict[str, list[str]]
) -> Fact:
    """Say whether the matrix still holds droplets without a cell."""
    if not ranks.is_unfiltered:
        return Fact(
            "droplets",
            "raw or filtered",
            "filtered",
            _take(notes, "droplets", "by their counts, its barcodes hold cells"),
        )
    words = {
        "refuse": "to be decided",
        "filter": f"{ranks.n_cells:,} taken as cells",
        "keep": "every barcode taken as a cell",
    }
    return Fact(
        "droplets",
        "raw or filtered",
        f"unfiltered, {words[droplets]}",
        _take(
            notes,
            "droplets",
            f"{n_barcodes - ranks.n_cells:,} of {n_barcodes:,} barcodes "
            + (
                f"are no cells by {ranks.called_by}"
                if ranks.called_by
                else "look like droplets without a cell"
            ),
        ),
        "--droplets",
    )


def _fact_of_mitochondria(found: Judgement) -> Fact:
    """Say which genes count as mitochondrial, and how they were found."""
    names = found.mitochondrial
    if not names:
        return Fact(
            "mitochondrial",
            "mitochondrial genes",
            "not known",
            "no gene of the file is named as mitochondrial: no cell is removed for them",
        )
    return Fact(
        "mitochondrial",
        "mitochondrial genes",
        f"{len(names)}: {format_list(list(names[:EXAMPLES]))}",
        mitochondrial_words(names),
    )
