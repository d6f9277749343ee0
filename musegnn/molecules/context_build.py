"""Make the context of molecules out of tables: measured signatures and profiles, known targets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr

from musegnn.errors import InputError
from musegnn.molecules.context_edges import (
    DEFAULT,
    Likeness,
    clusters_of,
    edges_between,
    edges_of_likeness,
    strongest_changes,
)
from musegnn.molecules.context_graph import (
    EXPRESSION,
    GENE,
    MOLECULE,
    MORPHOLOGY,
    SKELETON,
    ContextGraph,
    Edges,
    NodeBlock,
)


@dataclass(frozen=True)
class Measured:
    """Profiles of molecules from one source.

    Parameters
    ----------
    source
        Where they come from.
    keys
        `S` InChIKeys of the molecules; rows of the same first block are averaged.
    values
        `(S, F)` on any scale; NaN where nothing was measured.
    features
        `F` names; symbols of genes for expression.
    """

    source: str
    keys: tuple[str, ...]
    values: np.ndarray
    features: tuple[str, ...] = ()

    def by_molecule(self) -> Measured:
        """Average the rows of each molecule, in the order of the alphabet; unknown keys go."""
        if len(self.keys) != len(self.values):
            msg = f"Expected a key for each of {len(self.values):,} profiles of {self.source}."
            raise InputError(msg, f"Give {len(self.values):,} keys, not {len(self.keys):,}.")
        known = np.array([bool(key) for key in self.keys], dtype=bool)
        names, which = np.unique(
            np.array([key[:SKELETON] for key in self.keys], dtype=str)[known], return_inverse=True
        )
        values = np.asarray(self.values, dtype=np.float64)[known]
        is_number = np.isfinite(values)
        total = np.zeros((len(names), values.shape[1]))
        count = np.zeros_like(total)
        np.add.at(total, which, np.where(is_number, values, 0))
        np.add.at(count, which, is_number)
        mean = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
        return Measured(self.source, tuple(map(str, names)), mean, self.features)


@dataclass(frozen=True)
class ContextTables:
    """What a context is made of; everything but the molecules may be absent.

    Parameters
    ----------
    keys
        `M` InChIKeys, or their first blocks; of the same first block the first one counts.
    smiles, scaffolds
        `M` structures and Murcko scaffolds, "" for one without rings.
    bits
        `(M, B)` fingerprints of zeros and ones.
    expression, morphology
        Signatures and profiles, one entry a source.
    targets
        Pairs of a key and a symbol.
    interactions, perturbations
        Pairs of symbols: proteins that bind; a gene that was changed and one that followed.
    genes
        Symbols that have vectors.
    gene_vectors
        `(G, D)` vectors of these genes.
    """

    keys: tuple[str, ...]
    smiles: tuple[str, ...]
    scaffolds: tuple[str, ...]
    bits: np.ndarray
    expression: tuple[Measured, ...] = ()
    morphology: tuple[Measured, ...] = ()
    targets: tuple[tuple[str, str], ...] = ()
    interactions: tuple[tuple[str, str], ...] = ()
    perturbations: tuple[tuple[str, str], ...] = ()
    genes: tuple[str, ...] = ()
    gene_vectors: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))


def as_shares(values: np.ndarray) -> np.ndarray:
    """Bring features of any scale to between 0 and 1: half at the median, heavy tails at the ends.

    Each column is divided by its robust deviation and taken as a normal deviate; what was not
    measured, and a column that never varies, is 0.5.

    Returns
    -------
    `(N, F)` float32.
    """
    if not values.size:
        return np.asarray(values, dtype=np.float32)
    numbers = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    empty = ~np.isfinite(numbers).any(axis=0)
    numbers[:, empty] = 0
    centre = np.nanmedian(numbers, axis=0)
    spread = 1.4826 * np.nanmedian(np.abs(numbers - centre), axis=0)
    spread = np.where(spread > 0, spread, np.nanstd(numbers, axis=0))
    away = np.nan_to_num(numbers - centre) / np.where(spread > 0, spread, 1)
    return ndtr(np.clip(away, -6, 6)).astype(np.float32)


def build_context(
    tables: ContextTables,
    *,
    likeness: Likeness = DEFAULT,
    most_genes: int = 10,
    share_of_changes: float = 0.0,
    seed: int = 0,
) -> ContextGraph:
    """Lay nodes out and join them.

    Parameters
    ----------
    tables
        What is known.
    likeness
        How alike nodes of a block have to be: molecules of one scaffold by Tanimoto similarity,
        signatures and profiles by cosine, profiles within clusters.
    most_genes, share_of_changes
        Of each signature that its molecule is joined with; see `strongest_changes`.
    seed
        Of the clusters.

    Raises
    ------
    InputError
        If there are no molecules, or tables do not fit.
    """
    rows = _first_of_each(tables.keys)
    if not rows:
        msg = "Expected molecules with an InChIKey, found none."
        raise InputError(msg, "Give structures that RDKit reads.")
    names = tuple(tables.keys[row][:SKELETON] for row in rows)
    blocks = [NodeBlock(MOLECULE, "structures", names, tables.bits[rows].astype(np.float32))]
    expression = [part.by_molecule() for part in tables.expression]
    morphology = [part.by_molecule() for part in tables.morphology]
    for kind, parts in ((EXPRESSION, expression), (MORPHOLOGY, morphology)):
        blocks += [NodeBlock(kind, p.source, p.keys, as_shares(p.values)) for p in parts]
    blocks += _gene_blocks(tables)
    starts = np.cumsum([0, *(len(block) for block in blocks)])
    place = [
        {name: int(start) + row for row, name in enumerate(block.names)}
        for block, start in zip(blocks, starts, strict=False)
    ]
    molecule = place[0]
    gene = {
        name: node
        for at, own in enumerate(place)
        if blocks[at].kind == GENE
        for name, node in own.items()
    }
    edges = [
        edges_of_likeness(
            "molecules of one scaffold that are alike",
            blocks[0].features,
            np.arange(len(rows)),
            likeness,
            groups=[tables.scaffolds[row] for row in rows],
            is_fingerprint=True,
        )
    ]
    for number, part in enumerate([*expression, *morphology], start=1):
        edges += _edges_of_profiles(
            part, blocks[number], place[number], molecule, likeness=likeness, seed=seed
        )
    for part in expression:
        edges.append(
            strongest_changes(
                np.nan_to_num(part.values),
                np.array([molecule.get(key, -1) for key in part.keys]),
                np.array([gene.get(symbol, -1) for symbol in part.features]),
                most=most_genes,
                share=share_of_changes,
            )
        )
    short = [(key[:SKELETON], symbol) for key, symbol in tables.targets]
    edges.append(edges_between("known targets", short, molecule, gene))
    edges.append(edges_between("proteins that bind", _ordered(tables.interactions), gene, gene))
    edges.append(
        edges_between("followed a changed gene", _ordered(tables.perturbations), gene, gene)
    )
    smiles = tuple(tables.smiles[row] for row in rows)
    return ContextGraph(tuple(blocks), tuple(part for part in edges if len(part)), smiles)


def _first_of_each(keys: Sequence[str]) -> list[int]:
    """Rows of the first molecule of each first block of an InChIKey."""
    seen: dict[str, int] = {}
    for row, key in enumerate(keys):
        if key:
            seen.setdefault(key[:SKELETON], row)
    return list(seen.values())


def _ordered(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs without direction, each once."""
    return sorted({(min(pair), max(pair)) for pair in pairs})


def _gene_blocks(tables: ContextTables) -> list[NodeBlock]:
    """Genes with vectors, then those of which only edges are known."""
    known = tuple(dict.fromkeys(tables.genes))
    first = {symbol: row for row, symbol in reversed(list(enumerate(tables.genes)))}
    named = {symbol for _, symbol in tables.targets}
    named |= {gene for pair in (*tables.interactions, *tables.perturbations) for gene in pair}
    named |= {symbol for part in tables.expression for symbol in part.features}
    rest = tuple(sorted(named - set(known) - {""}))
    blocks = []
    if known:
        vectors = tables.gene_vectors[[first[symbol] for symbol in known]]
        blocks.append(NodeBlock(GENE, "with vectors", known, as_shares(vectors)))
    if rest:
        blocks.append(NodeBlock(GENE, "others", rest, np.zeros((len(rest), 0), np.float32)))
    return blocks


def _edges_of_profiles(
    part: Measured,
    block: NodeBlock,
    place: dict[str, int],
    molecule: dict[str, int],
    *,
    likeness: Likeness,
    seed: int,
) -> list[Edges]:
    """Join profiles with their molecules, and with those that are alike."""
    if not len(block):
        return []
    centred = block.features - 0.5
    is_morphology = block.kind == MORPHOLOGY
    groups = clusters_of(centred, seed=seed) if is_morphology and len(block) > 3 else None
    return [
        edges_between(
            f"{block.kind} was measured ({part.source})",
            ((key, key) for key in part.keys),
            molecule,
            place,
        ),
        edges_of_likeness(
            f"{block.kind} is alike ({part.source})",
            centred,
            np.array([place[key] for key in part.keys]),
            likeness,
            groups=groups,
        ),
    ]
