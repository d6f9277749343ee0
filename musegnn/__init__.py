"""Genes in context: joint gene embeddings from co-expression graphs, browsed in a dashboard.

In a notebook: `musegnn.read_atlas()` opens an atlas to ask, `musegnn.graphs` holds the way from
counts to a gene graph; `docs/api.md` shows both.
"""

from importlib.metadata import PackageNotFoundError, version

from musegnn.exports import lazy_exports

try:
    __version__ = version("musegnn")
except PackageNotFoundError:  # run from a checkout without installation
    __version__ = "0.1.0"

__all__, __getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "AnnotatedAtlas": "musegnn.analysis.annotated_atlas",
        "graphs": "musegnn.graphs",
        "read_atlas": "musegnn.analysis.annotated_atlas",
    },
)
