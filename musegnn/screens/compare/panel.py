"""Parts of the Compare page."""

from __future__ import annotations

from musegnn import keys
from musegnn.screens.compare import view as compare
from musegnn.screens.compare.cache import open_comparison
from musegnn.screens.compare.controls import Asked, choose
from musegnn.screens.compare.methods import compare_methods
from musegnn.screens.compare.panel_factors import show_factors
from musegnn.screens.compare.panel_maps import show_maps, show_summary
from musegnn.screens.compare.panel_similarity import show_similarity
from musegnn.screens.compare.panel_table import show_change_table
from musegnn.screens.compare.panel_tissues import show_tissues
from musegnn.screens.parts.ortholog_panel import show_orthologs
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import errors_as_messages
from musegnn.screens.shell.panel_methods import show_methods


def draw(frame: Frame) -> None:
    """Let the user choose two contexts, and show what changes between them and all others."""
    asked = choose(frame)
    if asked is not None:
        show_comparison(frame, asked)
        show_tissues(frame, asked)
        show_similarity(frame, asked)
        show_factors(frame, asked)
        show_orthologs_of_pair(frame, asked)


def show_comparison(frame: Frame, asked: Asked) -> None:
    """Show the two contexts side by side; a pair that cannot be compared says why."""
    with errors_as_messages():
        embedding = frame.atlas.embedding
        comparison = open_comparison(frame.atlas, asked.left, asked.right, asked.settings)
        view = compare.build(asked.request, comparison, atlas=frame.atlas)
        show_summary(frame, view)
        show_maps(frame, comparison, view, asked.request.layout)
        show_change_table(frame, comparison, view, asked)
        show_methods(
            frame,
            compare_methods(
                comparison,
                embedding=embedding,
                order=asked.request.order,
                selected=() if view.selected is None else tuple(view.table["gene"]),
            ),
        )


def show_orthologs_of_pair(frame: Frame, asked: Asked) -> None:
    """Show the orthologs in the same cluster when the two contexts are of two species."""
    species = frame.atlas.embedding.datasets[keys.SPECIES_COLUMN]
    pair = (str(species.loc[asked.left]), str(species.loc[asked.right]))
    if pair[0] != pair[1]:
        show_orthologs(frame, pair)
