"""What commands about genes read: an atlas with its names, and a choice of its genes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

from musegnn.analysis.gene_set_choice import (
    GeneSetChoice,
    choose_cluster,
    choose_list,
    choose_neighbours,
)
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.known_names import open_search
from musegnn.errors import DataFileError, InputError
from musegnn.knowledge.store import KnowledgeStore, open_store
from musegnn.settings import Settings

_LARGEST_FILE = 20_000_000  # bytes of a list of genes


class Atlas(NamedTuple):
    """An atlas, the index over its names, and what is known about its genes.

    `store` is None without a folder of annotation, and `knowledge` without one to read names from.
    """

    embedding: EmbeddingSet
    search: GeneSearch
    store: KnowledgeStore | None
    knowledge: Path | None


def open_atlas(path: Path, knowledge: Path | None = None) -> Atlas:
    """Read an atlas and open the annotation at hand, or that in a folder."""
    embedding = read_embedding_set(path)
    folder = knowledge or Settings.from_environment().knowledge
    return Atlas(embedding, open_search(embedding, folder), open_store(folder), folder)


def add_choice(chosen: argparse._ActionsContainer, *, note: str = "") -> None:
    """Add the two ways to choose genes that read the same in all commands."""
    chosen.add_argument(
        "--genes", metavar="FILE", help=f"names of genes{note}; - reads standard input"
    )
    chosen.add_argument("--cluster", metavar="C", help="genes of a cluster")


def choose_genes(
    atlas: Atlas, options: argparse.Namespace, *, gene: str | None, names: str
) -> GeneSetChoice:
    """Choose genes as the options say: `--cluster`, the nearest of a gene, or a list.

    Parameters
    ----------
    atlas
        Where the genes are.
    options
        With `cluster`, `context`, `k` and `genes`.
    gene
        Gene whose nearest are chosen, or None.
    names
        What the file of `--genes` holds.

    Raises
    ------
    InputError
        If what was asked for does not exist or holds no gene.
    """
    embedding, search, dataset = atlas.embedding, atlas.search, options.context
    if options.cluster is not None:
        return choose_cluster(options.cluster, dataset=dataset, embedding=embedding, search=search)
    if gene is not None:
        return choose_neighbours(gene, dataset, k=options.k, embedding=embedding, search=search)
    choice = choose_list(names, dataset=dataset, embedding=embedding, search=search)
    if not len(choice) and choice.report is not None:
        msg = f"Expected genes of {embedding.name}, found none in {options.genes}."
        raise InputError(msg, choice.report.sentence)
    return choice


def symbol_of(name: str, search: GeneSearch) -> str:
    """Return the symbol that an alias or id stands for; a gene the atlas lacks stays as named."""
    match = search.find(name, suggest=False)
    return match.gene if match.status == "found" else name


def read_names(name: str) -> str:
    """Read a text file of genes, or standard input for `-`.

    Raises
    ------
    DataFileError
        If there is no such file, or it is no text of a bearable size.
    """
    if name == "-":
        return sys.stdin.read(_LARGEST_FILE)
    path = Path(name)
    try:
        if path.stat().st_size > _LARGEST_FILE:
            msg = f"Expected at most {_LARGEST_FILE:,} bytes of names, found more in {path}."
            raise DataFileError(msg, "Keep the names only.")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "bytes that are no text"
        msg = f"Expected a text file of gene names at {path}, found: {reason}."
        raise DataFileError(msg, "Give one name a line.") from error
