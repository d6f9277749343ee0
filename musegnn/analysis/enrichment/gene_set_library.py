"""Gene-set library: terms in the gene names of an atlas, with release and checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.enrichment.library_names import translate_names
from musegnn.analysis.enrichment.term_index import TermIndex, build_term_index
from musegnn.embeddings.atlas import Atlas
from musegnn.errors import InputError
from musegnn.knowledge.gene_sets import read_gmt
from musegnn.knowledge.store import KnowledgeStore

USUAL: Final = ("go_biological_process_2021", "reactome_2016", "msigdb_hallmark_7.0", "kegg_2016")
OWN_FILE: Final = "own file"
_SHOWN_LETTERS: Final = 12  # of a checksum in a sentence


@dataclass(frozen=True)
class Library:
    """A library, laid out for an atlas.

    Parameters
    ----------
    name, title
        Name in the store (the file name of a user's own), and what it is in words.
    release, source, licence
        Where it comes from; `OWN_FILE` for a user's own.
    sha256
        Checksum of its file.
    index
        Its terms in the ortholog groups of the atlas.
    names
        Of which kind the names of a user's own are, and how many the atlas has; "" for others.
    """

    name: str
    title: str
    release: str
    source: str
    licence: str
    sha256: str
    index: TermIndex
    names: str = ""

    @property
    def statement(self) -> str:
        """What it is, its release, source, licence and checksum, as printed under tables."""
        return (
            f"Library: {self.title} ({self.name}), release {self.release}, {self.source}, "
            f"{len(self.index.terms):,} terms over {len(self.index):,} genes, sha256 "
            f"{self.sha256[:_SHOWN_LETTERS]}. Licence: {self.licence}. {self.names}"
        ).rstrip()

    @property
    def facts(self) -> dict[str, str]:
        """Name, release, source and checksum, as columns of a file."""
        return {
            "library": self.name,
            "library_release": self.release,
            "library_source": self.source,
            "library_sha256": self.sha256,
        }


def load_library(store: KnowledgeStore | None, name: str, *, atlas: Atlas) -> Library:
    """Take a library out of the knowledge store.

    Parameters
    ----------
    store
        The store, or None when there is none.
    name
        One of `store.gene_set_libraries()`.
    atlas
        The atlas.

    Raises
    ------
    InputError
        If there is no store, or no library of that name.
    DataFileError
        If its file cannot be read.
    """
    if store is None:
        msg = f"Expected a folder of annotation with the library {name}, found none."
        raise InputError(msg, "Set MUSEGNN_KNOWLEDGE to a folder, or give a GMT file.")
    found = store.gene_sets(name)
    record = found.record
    return Library(
        name=name,
        title=record.title or name,
        release=record.release,
        source=record.source,
        licence=record.licence,
        sha256=record.sha256,
        index=index_for_atlas(found.terms, atlas=atlas),
    )


def read_library(path: Path, *, name: str = "", atlas: Atlas) -> Library:
    """Read a user's own library, in symbols or Ensembl ids of any species of the atlas.

    Parameters
    ----------
    path
        `.gmt` or `.gmx`, packed or not.
    name
        Name to show; by default that of the file.
    atlas
        The atlas.

    Raises
    ------
    DataFileError
        If the file is missing, no text, too large, or holds a line that is no gene set.
    InputError
        If the atlas has none of its genes.
    """
    named = translate_names(read_gmt(path), atlas=atlas)
    return Library(
        name=name or path.name,
        title="your own gene sets",
        release=OWN_FILE,
        source=OWN_FILE,
        licence="as its owner says",
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        index=index_for_atlas(named.terms, atlas=atlas),
        names=named.sentence,
    )


def index_for_atlas(terms: Mapping[str, Collection[str]], *, atlas: Atlas) -> TermIndex:
    """Lay terms out in the names of the ortholog groups of an atlas.

    A symbol of another species (mouse Ins2) becomes its ortholog group (INS); one that is an
    ortholog group, or that the atlas does not have, stays as it is.

    Parameters
    ----------
    terms
        Term -> gene symbols of human, mouse or any species of the atlas.
    atlas
        The atlas.

    Raises
    ------
    InputError
        If no term names a gene.
    """
    renamed = _renamed(atlas)
    return build_term_index(
        {
            term: {renamed.get(gene, gene) for gene in genes} if renamed else genes
            for term, genes in terms.items()
        }
    )


def _renamed(atlas: Atlas) -> dict[str, str]:
    """Ortholog group of each symbol that is none itself and has one only."""
    pairs = pd.DataFrame(
        {
            "symbol": atlas.embedding.genes[keys.GENE].to_numpy(dtype=object),
            "group": np.asarray(atlas.search.ortholog_groups, dtype=object),
        }
    ).drop_duplicates()
    is_known = pairs["symbol"].isin(set(pairs["group"]))
    single = pairs[~is_known].drop_duplicates("symbol", keep=False)
    return dict(zip(single["symbol"].astype(str), single["group"].astype(str), strict=True))


def stamped(table: pd.DataFrame, facts: Mapping[str, Any]) -> pd.DataFrame:
    """Add facts to every row, so that a file explains itself.

    Parameters
    ----------
    table
        Results.
    facts
        Column -> value of every row.
    """
    return table.assign(**facts)
