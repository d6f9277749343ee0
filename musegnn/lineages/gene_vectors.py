"""Gene vectors for the genes of a dataset, out of any set of genes in context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from musegnn.embeddings.atlas import Atlas
from musegnn.errors import InputError
from musegnn.graphs.unit_rows import unit_rows
from musegnn.io.gene_species import tell_species
from musegnn.validation import check_choice

LEAST_SHARED: Final = 50  # genes with a vector; with fewer, cells are told apart by a handful
_ID_INSIDE: Final = "_ENS"  # names such as TP53_ENSG00000141510


@dataclass(frozen=True)
class GeneVectors:
    """Vectors of the genes of one dataset.

    Parameters
    ----------
    vectors
        `(V, D)` float32 of length 1, one for each gene of the set that the dataset has.
    rows
        `(G,)` int64, the vector of each gene of the dataset; -1 for a gene without one.
    words
        Where they come from.
    """

    vectors: np.ndarray
    rows: np.ndarray
    words: str

    @property
    def n_shared(self) -> int:
        """Genes of the dataset that have a vector."""
        return int((self.rows >= 0).sum())

    def permuted(self, seed: int) -> GeneVectors:
        """Return the same vectors dealt out to other genes: what knowledge adds is gone."""
        order = np.random.default_rng(seed).permutation(len(self.vectors))
        return replace(self, vectors=self.vectors[order], words=f"{self.words}, genes permuted")


def find_gene_vectors(
    atlas: Atlas,
    genes: Sequence[str],
    *,
    context: str = "",
    gene_ids: Sequence[str] = (),
    without: str = "",
) -> GeneVectors:
    """Find the vectors of some genes by symbol, id, alias or ortholog.

    Parameters
    ----------
    atlas
        Genes in context with the index over their names.
    genes
        Names of the G genes of the dataset.
    context
        Context whose vectors are taken; "" takes the mean over the contexts of a gene.
    gene_ids
        Ensembl ids, which are asked where a name is not known.
    without
        Context that the mean leaves out, such as that of the very cells: its vectors hold what
        their counts hold. A name that is no context leaves out nothing.

    Raises
    ------
    InputError
        If the context is not there, or hardly a gene has a vector.
    """
    embedding, search = atlas.embedding, atlas.search
    if context:
        check_choice(context, atlas.names["contexts"], name="context")
        chosen = embedding.rows_of_dataset(context)
    else:
        chosen = np.setdiff1d(np.arange(len(embedding)), embedding.rows_of_dataset(without))
    left_out = not context and without in atlas.names["contexts"]
    groups = search.ortholog_groups[chosen]
    names, codes = np.unique(groups.astype(str), return_inverse=True)
    sums = np.zeros((len(names), embedding.vectors.shape[1]), dtype=np.float64)
    np.add.at(sums, codes, embedding.unit_vectors[chosen])
    place = {name: number for number, name in enumerate(names)}
    ids = gene_ids or ("",) * len(genes)
    found = np.array(
        [_find(atlas, place, gene, own) for gene, own in zip(genes, ids, strict=True)],
        dtype=np.int64,
    )
    number = len(embedding.datasets) - left_out
    where = f"context {context}" if context else f"mean over {number} contexts"
    words = f"{embedding.name}, {where}"
    if left_out:
        words += f", without {without}"
    n_shared = int((found >= 0).sum())
    if n_shared < LEAST_SHARED:
        msg = (
            f"Expected at least {LEAST_SHARED} genes of the cells among those of {words}, "
            f"found {n_shared} of {len(genes):,}."
        )
        raise InputError(msg, _advice(genes))
    used, rows = np.unique(found[found >= 0], return_inverse=True)
    of_genes = np.full(len(genes), -1, dtype=np.int64)
    of_genes[found >= 0] = rows
    return GeneVectors(unit_rows(sums[used]).astype(np.float32), of_genes, words)


def _advice(genes: Sequence[str]) -> str:
    """What to do about genes without vectors, with the species that they are of."""
    species = tell_species(genes)
    if species:
        return (
            f"The genes are those of {species}: choose a set with that species, or name them by "
            "their human orthologs."
        )
    return "Choose another context or set, or check the names of the genes."


def _find(atlas: Atlas, place: dict[str, int], gene: str, own_id: str) -> int:
    """Return the vector of a gene; -1 where it has none."""
    name, _, rest = gene.partition(_ID_INSIDE)
    asked = (f"ENS{rest}" if rest else own_id, name)
    for query in asked:
        match = atlas.search.find(query, suggest=False) if query else None
        if match is not None and match.status == "found" and match.gene in place:
            return place[match.gene]
    return -1


def given_vectors(
    vectors: np.ndarray, names: Sequence[str], genes: Sequence[str], *, words: str
) -> GeneVectors:
    """Take vectors that are at hand by name, in any case.

    Parameters
    ----------
    vectors
        `(N, D)`, one a name.
    names
        Their N names.
    genes
        Names of the G genes of the dataset.
    words
        Where they come from.

    Raises
    ------
    InputError
        If hardly a gene has a vector.
    """
    place = {name.upper(): number for number, name in enumerate(names)}
    found = np.array([place.get(gene.partition(_ID_INSIDE)[0].upper(), -1) for gene in genes])
    n_shared = int((found >= 0).sum())
    if n_shared < LEAST_SHARED:
        msg = f"Expected at least {LEAST_SHARED} genes with a vector of {words}, found {n_shared}."
        raise InputError(msg, _advice(genes))
    used, rows = np.unique(found[found >= 0], return_inverse=True)
    of_genes = np.full(len(genes), -1, dtype=np.int64)
    of_genes[found >= 0] = rows
    return GeneVectors(unit_rows(np.asarray(vectors)[used]).astype(np.float32), of_genes, words)
