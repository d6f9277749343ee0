"""The compounds that answers lean on: with signatures, structures and known targets laid out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import numpy as np

from musegnn.errors import InputError
from musegnn.molecules.structures import lay_out, tanimoto
from musegnn.targets.gene_vectors import GeneVectors
from musegnn.targets.methods import FEW_TARGETS, Pair, Question
from musegnn.targets.similarity import (
    SignatureSpace,
    gaussian_kernel,
    lay_out_signatures,
    median_distance,
    scale_descriptors,
    signature_kernel,
    structure_kernel,
)
from musegnn.targets.tables import Pharmacology, read_labels

IDENTICAL: Final = 0.999  # Tanimoto similarity of the same fingerprint


@dataclass(frozen=True)
class Reference:
    """Labelled compounds: S with a signature, then M molecules with a structure alone.

    Parameters
    ----------
    compounds
        S + M compounds.
    n_measured
        S.
    targets
        T candidate genes, the universe of every ranking.
    known
        `(S + M, T)` bool.
    n_known
        `(S + M,)` targets of each, candidates or not.
    space
        Signatures of the S.
    bits, counts
        `(S + M, .)` fingerprints.
    described
        `(S, D)` descriptors, NaN where one is not defined.
    genes
        `(T, T)` how alike targets are; None where nothing is known of them.
    laid_out
        `structure`, where it was laid out before.
    """

    compounds: tuple[str, ...]
    n_measured: int
    targets: tuple[str, ...]
    known: np.ndarray
    n_known: np.ndarray
    space: SignatureSpace
    bits: np.ndarray
    counts: np.ndarray
    described: np.ndarray
    genes: np.ndarray | None
    laid_out: np.ndarray | None = field(default=None, repr=False, compare=False)

    @property
    def asked(self) -> np.ndarray:
        """Rows of compounds with a signature, a candidate target and few targets in all."""
        own = slice(self.n_measured)
        few = (self.n_known[own] <= FEW_TARGETS) & self.known[own].any(axis=1)
        return np.flatnonzero(few)

    @cached_property
    def descriptors(self) -> np.ndarray:
        """`(S, D)` scaled descriptors."""
        return scale_descriptors(self.described, self.described)

    @cached_property
    def tanimoto(self) -> np.ndarray:
        """`(S, S + M)` float32, from compounds with a signature to all."""
        return tanimoto(self.bits[: self.n_measured], self.bits)

    @cached_property
    def structure(self) -> np.ndarray:
        """`(S + M, S + M)` float32 kernel of structures."""
        if self.laid_out is not None:
            return self.laid_out
        both = (self.bits, self.counts)
        return structure_kernel(both, both)

    @cached_property
    def measured(self) -> dict[str, np.ndarray]:
        """Kernels `(S, S)` among the compounds with a signature."""
        space, own = self.space, slice(self.n_measured)
        bits, counts = self.bits[own], self.counts[own]
        width = median_distance(self.descriptors)
        return {
            "cosine": space.plain @ space.plain.T,
            "whitened": space.whitened @ space.whitened.T,
            "signature": signature_kernel(space, space),
            "tanimoto": tanimoto(bits, bits),
            "structure": structure_kernel((bits, counts), (bits, counts)),
            "descriptors": gaussian_kernel(self.descriptors, self.descriptors, width=width),
        }

    def shuffled(self, seed: int) -> Reference:
        """Return the control: each compound with the signature of another."""
        order = np.random.default_rng(seed).permutation(self.n_measured)
        return replace(self, space=self.space.take(order))

    def with_genes(self, genes: np.ndarray | None) -> Reference:
        """Return the same with other gene vectors."""
        return replace(self, genes=genes)

    def question(
        self,
        train: np.ndarray,
        test: np.ndarray,
        *,
        alike: float = IDENTICAL,
        outside: bool = False,
        wide: bool = False,
    ) -> Question:
        """Ask about some compounds with others as training.

        Parameters
        ----------
        train, test
            Rows among the S compounds with a signature.
        alike
            Molecules without a signature that are more alike to one asked about are left out.
        outside
            Whether labelled molecules without a signature may be used.
        wide
            Whether kernels over all of them are laid out too.
        """
        among, across = np.ix_(train, train), np.ix_(test, train)
        kernels = {name: Pair(table[among], table[across]) for name, table in self.measured.items()}
        strength = self.space.strength
        asked = Question(
            known=self.known[train],
            n_known=self.n_known[train],
            kernels=kernels,
            strength=(strength[train], strength[test]),
            genes=self.genes,
        )
        if not outside:
            return asked
        others = np.arange(self.n_measured, len(self.compounds))
        near = self.tanimoto[np.ix_(test, others)].copy()
        may = near <= alike
        near[~may] = 0.0
        far: tuple[Pair, np.ndarray] | None = None
        if wide:
            usable = np.concatenate([np.ones(len(train), dtype=bool), may.all(axis=0)])
            rows = np.concatenate([train, others])[usable]
            pair = Pair(self.structure[np.ix_(rows, rows)], self.structure[np.ix_(test, rows)])
            far = (pair, usable)
        return replace(
            asked,
            outside=near,
            outside_known=self.known[others],
            outside_n=self.n_known[others],
            wide=far,
        )


def build_reference(
    data: Pharmacology, genes: GeneVectors | None = None, *, outside: bool = True
) -> Reference:
    """Lay out every labelled compound of the store.

    Parameters
    ----------
    data
        The tables.
    genes
        Vectors of genes, for targets that are alike; None leaves every target alone.
    outside
        Whether labelled molecules without a signature are read too.

    Returns
    -------
    The reference; candidates are the targets of compounds with a signature and few targets.

    Raises
    ------
    InputError
        If no compound has both a signature and a known target.
    """
    measured = read_labels(data, data.signature_keys)
    few = read_labels(data, data.signature_keys, most=FEW_TARGETS)
    if not few.targets:
        msg = "Expected compounds with a signature and a known target, found none."
        raise InputError(msg, "Fetch or import drug signatures and drug targets.")
    others = read_labels(data, sorted(set(data.pairs["compound"]) - set(data.signature_keys)))
    known = [_among(measured.known, measured.targets, few.targets)]
    n_known = [measured.known.sum(axis=1)]
    compounds = list(measured.compounds)
    if outside and others.compounds:
        of_others = _among(others.known, others.targets, few.targets)
        has_structure = data.compounds.loc[list(others.compounds), "structure"].ne("").to_numpy()
        kept = np.flatnonzero(of_others.any(axis=1) & has_structure)
        known.append(of_others[kept])
        n_known.append(others.known.sum(axis=1)[kept])
        compounds += [others.compounds[row] for row in kept]
    structures = [str(text) for text in data.compounds.loc[compounds, "structure"]]
    n = len(measured.compounds)
    bits, counts, described = lay_out(structures, described=n)
    readable = np.concatenate([np.ones(n, dtype=bool), bits[n:].any(axis=1)])
    rows = np.flatnonzero(readable)
    order = {key: row for row, key in enumerate(data.signature_keys)}
    space = lay_out_signatures(data.signatures)
    return Reference(
        compounds=tuple(compounds[row] for row in rows),
        n_measured=n,
        targets=few.targets,
        known=np.concatenate(known)[rows],
        n_known=np.concatenate(n_known)[rows],
        space=space.take(np.array([order[key] for key in measured.compounds])),
        bits=bits[rows],
        counts=counts[rows],
        described=described,
        genes=None if genes is None else genes.kernel(few.targets),
    )


def _among(known: np.ndarray, targets: tuple[str, ...], wanted: tuple[str, ...]) -> np.ndarray:
    """Columns of some targets; False for those that are not there."""
    column = {target: at for at, target in enumerate(targets)}
    found = np.zeros((len(known), len(wanted)), dtype=bool)
    for at, target in enumerate(wanted):
        if target in column:
            found[:, at] = known[:, column[target]]
    return found
