"""Names of contexts for people: tissue, species, technique and cells, from the record of each.

The name of a context is that of its file. It stays in links, exports and programs; everything that
a person reads on a page says what the context is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from musegnn import keys

TECHNIQUE: Final = "technique"
_CELLS: Final = "n_cells"
_USED: Final = (keys.TISSUE, keys.SPECIES_COLUMN, keys.MODALITY, TECHNIQUE, _CELLS)
_SAID_ANYWAY: Final = re.compile(r"^(?:sc|sn)?rna-?seq\s+(?=\S)", re.IGNORECASE)
_ASIDE: Final = re.compile(r"\s*(?:\(.*|[,;].*|gene activity\b.*)$", re.DOTALL)
_LONGEST: Final = 28  # letters of a technique
_SHORT: Final = {"spatial transcriptomics": "ST"}
_COUNTED: Final = {"spatial": "spot"}  # what stands for a cell
_BY_MODALITY: Final = {
    "scrna": "single cells",
    "spatial": "spatial",
    "scatac": "chromatin",
    "multiome": "RNA and chromatin",
}


def context_labels(datasets: pd.DataFrame) -> Mapping[str, str]:
    """Name each context by what it is, such as "Blood, human, 10x v1, 3,774 cells".

    What a record lacks is left out. Contexts that would read alike have their own name behind, so
    that two contexts never share a label.

    Parameters
    ----------
    datasets
        One row a context, as in `musegnn.embeddings.embedding_set.EmbeddingSet`.

    Returns
    -------
    Name of the context -> label, in the order of the table.
    """
    labels = {name: _label(name, row) for name, row in _records(datasets)}
    times = Counter(label.casefold() for label in labels.values())
    return {
        name: label if label and times[label.casefold()] == 1 else f"{label} ({name})".strip()
        for name, label in labels.items()
    }


def short_context_labels(datasets: pd.DataFrame) -> Mapping[str, str]:
    """Name each context in the fewest words that tell it from the others, for headings.

    Tissue and species; the technique too where several contexts share them, and all that
    `context_labels` says where they share that as well.

    Parameters
    ----------
    datasets
        One row a context, as in `musegnn.embeddings.embedding_set.EmbeddingSet`.

    Returns
    -------
    Name of the context -> label, in the order of the table; two contexts never share a label.
    """
    full = context_labels(datasets)
    said = {
        name: [_label(name, row, 2), _label(name, row, 3), full[name]]
        for name, row in _records(datasets)
    }
    # what any other could be called tells no context: a record may say "blood, human" as its tissue
    times = Counter(one for own in said.values() for one in {text.casefold() for text in own})
    return {
        name: next((text for text in own if text and times[text.casefold()] == 1), full[name])
        for name, own in said.items()
    }


def as_called(parts: Sequence[str], names: Mapping[str, str]) -> str:
    """Join parts of which every second one is the name of a context, said as people call it.

    >>> as_called(("near INS in ", "islets_1", ""), {"islets_1": "Pancreas, human"})
    'near INS in Pancreas, human'
    """
    return "".join(names.get(part, part) if place % 2 else part for place, part in enumerate(parts))


def short_technique(technique: str, modality: str = "") -> str:
    """Return how cells were measured in a word or three.

    >>> short_technique("scRNA-seq 10x v1")
    '10x v1'
    >>> short_technique("Spatial Transcriptomics (ST array)")
    'ST'
    """
    short = _SAID_ANYWAY.sub("", _ASIDE.sub("", technique.strip()))
    short = _SHORT.get(short.casefold(), short)
    if len(short) > _LONGEST:
        short = f"{short[: _LONGEST - 1].rstrip()}\u2026"
    return short or _BY_MODALITY.get(modality, modality)


def _records(datasets: pd.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    """Name and record of each context, of what labels are made of; asked for many times a page."""
    used = [column for column in _USED if column in datasets]
    columns = [datasets[column].tolist() for column in used]
    values = zip(*columns, strict=True) if columns else [()] * len(datasets)
    return [
        (str(name), dict(zip(used, own, strict=True)))
        for name, own in zip(datasets.index, values, strict=True)
    ]


def _label(name: str, row: Mapping[str, Any], parts: int = 4) -> str:
    """Say what a context is, in the first so many parts."""
    tissue, species, modality, technique = (
        _text(row.get(column))
        for column in (keys.TISSUE, keys.SPECIES_COLUMN, keys.MODALITY, TECHNIQUE)
    )
    if keys.KNOWLEDGE in (tissue, modality):  # made of tables: no tissue, no cells
        return _capital(name)
    cells = row.get(_CELLS, 0)
    n_cells = int(cells) if pd.notna(cells) else 0
    said = (
        _capital(tissue),
        species,
        short_technique(technique, modality),
        f"{n_cells:,} {_COUNTED.get(modality, 'cell')}{'s' if n_cells != 1 else ''}"
        if n_cells
        else "",
    )
    return ", ".join(filter(None, said[:parts]))


def _text(value: object) -> str:
    """Text of a cell, "" where there is none."""
    return "" if value is None or value != value else str(value).strip()  # noqa: PLR0124 - NaN


def _capital(text: str) -> str:
    """Begin with a capital; names such as iPSC keep their letters."""
    return text[:1].upper() + text[1:]
