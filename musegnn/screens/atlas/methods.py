"""Atlas methods: how the table below the map is made, as a program."""

from __future__ import annotations

import base64
import zlib
from typing import Final

import numpy as np

from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.atlas.view import AtlasRequest, AtlasView
from musegnn.screens.shell.methods import Methods, describe

_ROWS_IN_FULL: Final = 200

_CODE: Final = """
import numpy as np

from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.known_names import open_search
from musegnn.screens.atlas.view import AtlasRequest, build
from musegnn.screens.shell.selection import Selection

{rows}
request = AtlasRequest(colour={colour!r}, list_text={list_text!r}, selection=Selection(rows))
search = open_search(embedding, Settings.from_environment().knowledge)
view = build(request, atlas=Atlas(embedding, search))
table = view.table.drop(columns=["code"])  # the code of the colour is not part of the file
"""


def atlas_methods(
    request: AtlasRequest, view: AtlasView, *, embedding: EmbeddingSet
) -> Methods | None:
    """Say how the table of the Atlas page is made; None while it is empty.

    Parameters
    ----------
    request, view
        What was asked, and the answer.
    embedding
        The atlas.
    """
    if view.table.empty:
        return None
    rows = np.sort(view.table["row"].to_numpy(dtype=np.int64))
    how = request.selection.label or "selected" if len(request.selection) else request.gene
    return describe(
        embedding.origin,
        title="Genes in context of the selection",
        sentences=(
            f"The {len(rows):,} points ({how}) of {len(embedding.genes):,} genes in context, in "
            f"the order of the legend ({request.colour}), then by gene.",
            "Cluster and degree are those of the atlas; no test is made and nothing is sampled.",
        ),
        parameters={"colour": request.colour, "points": how, "n": len(rows)},
        code=_CODE.format(
            rows=rows_code(rows), colour=request.colour, list_text=_list_text(request)
        ),
    )


def rows_code(rows: np.ndarray) -> str:
    """Write lines of Python that leave these rows in the variable `rows`.

    Parameters
    ----------
    rows
        Ascending int64 rows; few stand there in full, many as compressed bits.
    """
    if len(rows) <= _ROWS_IN_FULL:
        return f"rows = np.array({rows.tolist()})"
    mask = np.zeros(int(rows[-1]) + 1, dtype=bool)
    mask[rows] = True
    bits = base64.b64encode(zlib.compress(np.packbits(mask).tobytes(), 9)).decode("ascii")
    return (
        "import base64\nimport zlib\n\n"
        f"bits = zlib.decompress(base64.b64decode({bits!r}))  # one a point of the atlas\n"
        "rows = np.flatnonzero(np.unpackbits(np.frombuffer(bits, dtype=np.uint8)))"
    )


def _list_text(request: AtlasRequest) -> str:
    """The gene list, where the order of the table depends on it."""
    return request.list_text if request.colour == "my gene list" else ""
