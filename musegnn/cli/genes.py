"""What commands about genes read: a choice of genes of an atlas."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from musegnn.analysis.annotated_atlas import AnnotatedAtlas
from musegnn.analysis.choices import BLOCKS, CELLS
from musegnn.analysis.gene_set_choice import (
    GeneSetChoice,
    choose_cluster,
    choose_list,
    choose_neighbours,
)
from musegnn.border.regular import read_regular
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.study_block import WEIGHT
from musegnn.errors import DataFileError, InputError

_LARGEST_FILE = 20_000_000  # bytes of a list of genes


def add_choice(chosen: argparse._ActionsContainer, *, note: str = "") -> None:
    """Add the two ways to choose genes that read the same in all commands."""
    chosen.add_argument(
        "--genes", metavar="FILE", help=f"names of genes{note}; - reads standard input"
    )
    chosen.add_argument("--cluster", metavar="C", help="genes of a cluster")


def add_blocks(parser: argparse.ArgumentParser) -> None:
    """Add what neighbours are found by: the cells of the atlas, other studies, or both."""
    parser.add_argument(
        "--blocks",
        choices=BLOCKS,
        default=CELLS,
        help="what neighbours are found by (default: cells); studies are the gene sets of the "
        "annotation as vectors, the same in every context",
    )
    parser.add_argument(
        "--weight",
        type=float,
        default=WEIGHT,
        metavar="W",
        help=f"of other studies beside the cells (default: {WEIGHT:g})",
    )


def choose_genes(
    atlas: AnnotatedAtlas, options: argparse.Namespace, *, gene: str | None, names: str
) -> GeneSetChoice:
    """Choose genes as the options say: `--cluster`, the nearest of a gene, or a list.

    Parameters
    ----------
    atlas
        Where the genes are.
    options
        With `cluster`, `context`, `k` and `genes`; where the command has them `blocks`, `weight`.
    gene
        Gene whose nearest are chosen, or None.
    names
        What the file of `--genes` holds.

    Raises
    ------
    InputError
        If what was asked for does not exist or holds no gene.
    """
    dataset = options.context
    if options.cluster is not None:
        return choose_cluster(options.cluster, dataset=dataset, atlas=atlas)
    if gene is not None:
        blocks = getattr(options, "blocks", CELLS)
        return choose_neighbours(
            gene,
            dataset,
            k=options.k,
            atlas=atlas,
            blocks=blocks,
            studies=None if blocks == CELLS else atlas.studies,
            weight=getattr(options, "weight", WEIGHT),
        )
    choice = choose_list(names, dataset=dataset, atlas=atlas)
    if not len(choice) and choice.report is not None:
        msg = f"Expected genes of {atlas.embedding.name}, found none in {options.genes}."
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
    role, hint = "a text file of gene names", "Give one name a line."
    content = read_regular(Path(name), role=role, most_bytes=_LARGEST_FILE, links=True, hint=hint)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"Expected {role} at {name}, found: bytes that are no text."
        raise DataFileError(msg, hint) from error
