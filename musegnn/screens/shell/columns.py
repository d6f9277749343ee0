"""Columns: what a column of a table means, said once for the table, its help and the glossary."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_FORMATS: Final = re.compile(r"text|context|right|flag|count|d|(bar)?\.\d[fg]")


@dataclass(frozen=True)
class Column:
    """What a column of a table means.

    Parameters
    ----------
    name
        Name of the column in the table.
    meaning
        What it tells, in one line.
    format
        How its values are written: a format of numbers such as `.2f` or `d`, `count` for whole
        numbers with separators, `text`, `context` for names of contexts, which read as what these
        are, `right` for text that is a number, `flag` for yes or no,
        `bar.1f` for a bar from 0 to 100 and the number.
    range
        Values it can take, and what they are by chance: a column with a range is a score, and
        stands in the glossary.
    width
        Pixels; None lets the table choose.
    label
        Header, with its unit; "" for the name.
    is_pinned
        It stays in sight when the table scrolls to the right.
    """

    name: str
    meaning: str = ""
    format: str = "text"
    range: str = ""
    width: int | None = None
    label: str = ""
    is_pinned: bool = False

    @property
    def header(self) -> str:
        """What stands above it."""
        return self.label or self.name

    @property
    def help(self) -> str:
        """Meaning with range."""
        return ", ".join(filter(None, (self.meaning, self.range)))


def read_columns(text: str, known: Iterable[Column] = (), **words: str) -> tuple[Column, ...]:
    """Read columns from a list of them, one a line.

    A line reads `name: header | format and width | meaning | range`; header, width and what stands
    behind the format may be left out. An indented line goes on with the one above. A line without
    `|` names columns that are told elsewhere.

    Parameters
    ----------
    text
        The list.
    known
        Columns that may be named, besides those that pages share.
    words
        What stands for `{word}` in headers and meanings.

    Raises
    ------
    ValueError
        If a line has no format that is known.
    KeyError
        If a column is named that is not known.
    """
    names = {**SHARED, **{column.name: column for column in known}}
    found: list[Column] = []
    for line in re.sub(r"\n\s+", " ", text.strip()).splitlines():
        first, *others = (part.strip() for part in line.split(" | "))
        if not others:
            found += [names[name] for name in first.split()]
            continue
        name, _, label = first.partition(": ")
        form, _, width = others[0].partition(" ")
        if _FORMATS.fullmatch(form) is None:
            msg = f"Expected a format in {line!r}, found {form!r}."
            raise ValueError(msg)
        meaning, span = (*others[1:], "", "")[:2]
        told, header = (part.format_map(words) if words else part for part in (meaning, label))
        found.append(Column(name, told, form, span, int(width) if width else None, header))
    return tuple(found)


def scores_of(*tables: Iterable[Column]) -> tuple[Column, ...]:
    """Return the columns of some tables that are scores, each once."""
    return tuple(dict.fromkeys(column for table in tables for column in table if column.range))


# what a column is called in many tables, and in those that say nothing of their own
SHARED: Final[dict[str, Column]] = {}
SHARED.update(
    (column.name, column)
    for column in read_columns("""
gene | text | Symbol in the nomenclature of the species
context | context | Dataset: one species, tissue and technique
species | text 76 | Species of the dataset
tissue | text | Tissue of the dataset
technique | text | How the expression was measured
cluster | text 66 | Group of genes close to each other in the embedding
cells | count 70 | Number of cells in the dataset
genes | count 70 | Number of genes in the graph of the dataset
degree: edges | count 70 | Degree: number of genes it is co-expressed with in its context
  | 0 or more
mean_expression: mean (per 10,000) | .2f | Mean expression over the cells, counts per 10,000
  | 0 or more
reliability | .2f 70 | Share of the nearest genes that are the same in two halves of the cells
  | 0 to 1; about 0.02 by chance for 20 of 1,000 genes; empty when not measured
reliability_word: how firm | text 84 | Reliability in a word: as chance, loose, fair, firm
statistic: z | .1f 54 | CS-CORE statistic of the pair, kept for edges only
  | any number; standard normal without co-expression
""")
)

# what the words mean wherever they stand; each table says more
ON_ALL_PAGES: Final = read_columns("""
p | .2g | Chance of a result as strong or stronger without an effect | 0 to 1
q | .2g | Share of false finds expected among all rows with this q or a lower one
  (Benjamini-Hochberg) | 0 to 1
fold | .1f | What was found over what chance gives | 0 or more; 1 is chance
""")
