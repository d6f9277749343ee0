"""Genes in context: joint gene embeddings from co-expression graphs, browsed in a dashboard."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("musegnn")
except PackageNotFoundError:  # run from a checkout without installation
    __version__ = "0.1.0"

__all__ = ["__version__"]
