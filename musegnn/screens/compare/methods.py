"""Methods of the Compare page: what its table is, and the program that makes it again."""

from __future__ import annotations

import dataclasses

from musegnn.analysis.comparison.context_alignment import DEFINITION as ALIGNMENT_DEFINITION
from musegnn.analysis.comparison.neighbourhood_change import DEFINITION
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.compare import KEPT_MOST
from musegnn.screens.compare.view_comparison import Comparison
from musegnn.screens.shell.methods import Methods, describe

_CODE = """\
from musegnn.analysis.comparison.neighbourhood_change import (
    ChangeSettings,
    kept_first,
    neighbourhood_change,
)
from musegnn.embeddings.co_expression import read_context_graph

first, second = {left!r}, {right!r}
settings = {settings!r}
graphs = (read_context_graph(embedding, first), read_context_graph(embedding, second))
table = neighbourhood_change(embedding, first, second, settings, graphs=graphs).table
"""


def compare_methods(
    comparison: Comparison,
    *,
    embedding: EmbeddingSet,
    order: str,
    selected: tuple[str, ...] = (),
) -> Methods:
    """Describe how the table of the page was made.

    Parameters
    ----------
    comparison
        The compared contexts.
    embedding
        The atlas.
    order
        One of `musegnn.screens.compare.ORDERS`.
    selected
        Common names of the selected genes, or none when the table lists all.
    """
    change, called = comparison.change, embedding.short_context_names
    settings, null = change.settings, change.null
    code = _CODE.format(left=comparison.left, right=comparison.right, settings=settings)
    if selected:
        code += f"selected = {sorted(selected)!r}\ntable = table[table['gene'].isin(selected)]\n"
    if order == KEPT_MOST:
        code += "table = kept_first(table)\n"
    reference = (
        f"Change was tested against {len(null.values):,} genes in "
        f"{'; '.join(f'{called.get(a, a)} and {called.get(b, b)}' for a, b in null.pairs)}."
        if null.can_test
        else f"Change could not be tested: {null.note}."
    )
    return describe(
        embedding.origin,
        title=(
            f"Neighbourhood change from {called[comparison.left]} to {called[comparison.right]}"
        ),
        sentences=(
            f"n = {len(change.common):,} common genes.",
            DEFINITION,
            reference,
            ALIGNMENT_DEFINITION,
        ),
        parameters={
            "left": comparison.left,
            "right": comparison.right,
            **dataclasses.asdict(settings),
            "graphs": "read" if comparison.has_graphs else "not at hand",
        },
        code=code,
    )
