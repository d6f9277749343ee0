"""Home methods: how the table of contexts is made, as a program."""

from __future__ import annotations

from typing import Final

from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.shell.methods import Methods, describe

_CODE: Final = """
from musegnn.screens.home.view import contexts_table

table = contexts_table(embedding)
"""


def home_methods(embedding: EmbeddingSet) -> Methods:
    """Say how the table of contexts is made."""
    return describe(
        embedding.origin,
        title="Contexts of the atlas",
        sentences=(
            f"The {len(embedding.datasets)} datasets of {embedding.name} with what the atlas "
            "records of each; nothing is computed or tested.",
        ),
        parameters={"order": "tissue, species, context"},
        code=_CODE,
    )
