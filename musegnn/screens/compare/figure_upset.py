"""UpSet plot: how many things are in exactly which sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.shell.theme import Ground, dress

_BARS, _ROW, _AROUND = 220, 30, 60  # heights in pixels: bars, a set, above and below all
_FEWEST_COLUMNS: Final = 8  # fewer would make bars as wide as a wall


def plot_upset(
    table: pd.DataFrame,
    sets: Sequence[str],
    sizes: Sequence[int],
    *,
    on: Ground,
    what: str,
) -> go.Figure:
    """Draw a column a combination: a bar for its count, a dot for each set it is in.

    Parameters
    ----------
    table
        `contexts` (tuple of set names) and `n` (count), drawn from left to right in this order;
        all rows are drawn.
    sets
        Names of the sets, top to bottom.
    sizes
        Number of things in each set, written behind its name.
    on
        Ground of the page.
    what
        What is counted, in the plural.

    References
    ----------
    Lex et al., IEEE TVCG 20, 1983 (2014).
    """
    figure = go.Figure()
    columns = list(range(len(table)))
    counts = table["n"].tolist()
    combinations = table["contexts"].tolist()
    figure.add_bar(
        x=columns,
        y=counts,
        text=[f"{n:,}" for n in counts],
        textposition="outside",
        cliponaxis=False,
        marker={"color": on.text},
        customdata=[", ".join(names) for names in combinations],
        hovertemplate=f"%{{y:,}} {what} in exactly: %{{customdata}}<extra></extra>",
        xaxis="x",
        yaxis="y",
    )
    _add_dots(figure, combinations, sets, on)
    height = _BARS + _AROUND + _ROW * len(sets)
    # bars keep a tenth, however many sets there are
    matrix_share = min(_ROW * len(sets) / (height - _AROUND), 0.88)
    return dress(
        figure,
        on,
        height=height,
        margin=(10, 10, 30, 30),
        showlegend=False,
        dragmode=False,
        bargap=0.35,
        xaxis={
            "showgrid": False,
            "zeroline": False,
            "showticklabels": False,
            "range": [-0.6, max(len(table), _FEWEST_COLUMNS) - 0.4],
            "anchor": "y2",
        },
        yaxis={
            "domain": [matrix_share + 0.02, 1],
            "title": f"{what} (count)",
            "gridcolor": on.grid,
            "rangemode": "tozero",
        },
        yaxis2={
            "domain": [0, matrix_share],
            "range": [len(sets) - 0.5, -0.5],
            "showgrid": False,
            "zeroline": False,
            "automargin": True,
            "tickvals": list(range(len(sets))),
            "ticktext": [f"{name} ({size:,})" for name, size in zip(sets, sizes, strict=True)],
        },
    )


def _add_dots(
    figure: go.Figure, combinations: list[tuple[str, ...]], sets: Sequence[str], on: Ground
) -> None:
    """Add the matrix: full dots joined by a line for the sets of a column, pale ones else."""
    position = {name: row for row, name in enumerate(sets)}
    full = [(x, position[name]) for x, names in enumerate(combinations) for name in names]
    pale = [
        (x, row)
        for x in range(len(combinations))
        for row in range(len(sets))
        if (x, row) not in set(full)
    ]
    lines: tuple[list[int | None], list[int | None]] = ([], [])
    for x, names in enumerate(combinations):
        rows = sorted(position[name] for name in names)
        lines[0].extend([x, x, None])
        lines[1].extend([rows[0], rows[-1], None])
    common = {"hoverinfo": "skip", "xaxis": "x", "yaxis": "y2"}
    for points, colour in ((pale, on.grid), (full, on.text)):
        figure.add_scatter(
            x=[x for x, _ in points],
            y=[y for _, y in points],
            mode="markers",
            marker={"size": 11, "color": colour},
            **common,
        )
    figure.add_scatter(
        x=lines[0], y=lines[1], mode="lines", line={"color": on.text, "width": 2}, **common
    )
