"""Columns of the Benchmarks page; those of a metric come from its record."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.columns import Column, read_columns, scores_of

METHOD: Final = Column("method", is_pinned=True)
(KIND,) = read_columns("""
kind | text 80 | method: trained here; baseline: simple rival; control: knows no biology and shows
  what a metric is worth
""")


def difference_columns(units: str) -> tuple[Column, ...]:
    """Return the columns of a table of differences to the rival, whose units are named so."""
    return read_columns(
        """
measure | text
method | text
kind | text
difference | .4f | Mean of the paired differences | as the measure
low | .4f | Lower end of the 95 % interval | as the measure
high | .4f | Upper end of the 95 % interval | as the measure
units: n | d 70 | Number of {units}
better_in: better in | d 70 | {Units} it is better in
""",
        units=units,
        Units=units.capitalize(),
    )


SCORES: Final = scores_of(difference_columns("units"))
