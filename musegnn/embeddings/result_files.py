"""Files of a result: read whole as who opens them will, before somebody relies on them."""

from __future__ import annotations

from pathlib import Path

from musegnn import keys
from musegnn.border.apart import apart
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.embeddings.vector_set import VectorSet, read_vector_set
from musegnn.errors import DataFileError
from musegnn.graphs.gene_graph import read_gene_graph
from musegnn.io.h5ad import open_h5ad


@apart("a file of a result")
def check_result_file(path: Path, *, name: str) -> bool:
    """Read one `.h5ad` of a result whole.

    Parameters
    ----------
    path
        Where it lies now.
    name
        Its path in the result, which says what it must be: a gene graph in the folder of graphs, a
        set of vectors as `embedding.h5ad`, else anything that anndata opens.

    Returns
    -------
    True; what is wrong is raised.

    Raises
    ------
    DataFileError
        If it cannot be read, or is something else.
    """
    if name.startswith(f"{keys.GRAPHS_FOLDER}/"):
        read_gene_graph(path)
    elif name == keys.EMBEDDING_FILE:
        _check_vectors(path)
    else:
        open_h5ad(path, role="a file of a result")
    return True


def _check_vectors(path: Path) -> None:
    """Read a set of genes in context, or of anything else that has vectors."""
    try:
        read_embedding_set(path)
    except DataFileError as error:
        try:
            read_vector_set(path, VectorSet)
        except DataFileError:
            raise error from None
