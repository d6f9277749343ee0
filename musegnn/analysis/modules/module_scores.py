"""Module scores: do the members of a module find each other, in which contexts, above chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from musegnn import keys
from musegnn.analysis.enrichment.matched_sets import matched_groups
from musegnn.analysis.modules.gene_modules import GeneModule
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError
from musegnn.validation import check_positive

FEWEST_MEMBERS: Final = 5  # fewer say nothing of a module
NEAREST: Final = 20
DRAWS: Final = 499
_BY_ITSELF: Final = frozenset({"symbol", "common name", "current symbol", "Ensembl id"})
_NUMBERS_AT_ONCE: Final = 2_000_000  # cosines held
MODULE_COLUMNS: Final = (
    *("module", "context", "species", "tissue", "modality", "expected", "members", "genes"),
    *("auroc", "auroc_chance", "p", "q", "near", "near_chance", "near_p", "near_q"),
)
Vectors = Callable[[str], np.ndarray]  # of the genes of a context, in the order of its rows


@dataclass(frozen=True)
class ContextVectors:
    """Genes of one context with what is needed to ask for many sets of them.

    Parameters
    ----------
    unit
        `(n, D)` float32, vectors of length 1 (or 0).
    nearest
        `(n, k)` int64, the nearest genes of each, itself left out; k is `NEAREST` or n - 1.
    """

    unit: np.ndarray
    nearest: np.ndarray

    @classmethod
    def of(cls, vectors: np.ndarray) -> ContextVectors:
        """Normalise vectors `(n, D)` and find the nearest genes of each gene."""
        wide = np.asarray(vectors, dtype=np.float64)
        length = np.linalg.norm(wide, axis=1, keepdims=True)
        unit = (wide / np.where(length > 0, length, 1)).astype(np.float32)
        n = len(unit)
        k = max(min(NEAREST, n - 1), 0)
        nearest = np.empty((n, k), dtype=np.int64)
        step = max(_NUMBERS_AT_ONCE // max(n, 1), 1)
        for low in range(0, n if k > 0 else 0, step):
            rows = np.arange(low, min(low + step, n))
            cosine = unit[rows] @ unit.T
            cosine[np.arange(len(rows)), rows] = -np.inf
            best = np.sort(np.argpartition(-cosine, k - 1, axis=1)[:, :k], axis=1)
            order = np.argsort(-np.take_along_axis(cosine, best, axis=1), axis=1, kind="stable")
            nearest[rows] = np.take_along_axis(best, order, axis=1)
        return cls(unit, nearest)


def left_out_ranks(context: ContextVectors, sets: np.ndarray) -> np.ndarray:
    """Ask for each member of some sets with the mean vector of the others.

    Parameters
    ----------
    context
        The genes.
    sets
        `(S, m)` positions of genes, each once in a set; two or more of them.

    Returns
    -------
    `(S, m)` share of the genes outside of the set that lie farther from the mean of the others
    than the member that was left out does, ties by half: its AUROC, 0 to 1, 0.5 by chance.
    """
    n_genes, size = len(context.unit), sets.shape[1]
    found = np.empty(sets.shape)
    step = max(_NUMBERS_AT_ONCE // (n_genes * size), 1)
    for low in range(0, len(sets), step):
        part = sets[low : low + step]
        own = context.unit[part]
        others = own.sum(axis=1, keepdims=True) - own
        cosine = (others.reshape(-1, own.shape[2]) @ context.unit.T).reshape(*part.shape, n_genes)
        of_members = np.take_along_axis(
            cosine, np.broadcast_to(part[:, None, :], (*part.shape, size)), axis=2
        )
        left_out = np.diagonal(of_members, axis1=1, axis2=2)[:, :, None]
        below = sum(
            _count(compare(cosine, left_out)) - _count(compare(of_members, left_out))
            for compare in (np.less, np.less_equal)
        )
        found[low : low + step] = below / (2 * (n_genes - size))
    return found


def _count(true: np.ndarray) -> np.ndarray:
    """Count along the last axis: bits are counted many times faster than truth values."""
    return np.bitwise_count(np.packbits(true, axis=-1)).sum(axis=-1, dtype=np.int64)


def near_shares(context: ContextVectors, sets: np.ndarray) -> np.ndarray:
    """Count how many of the nearest genes of each member are members, `(S, m)`, 0 to 1."""
    is_member = np.zeros((len(sets), len(context.unit)), dtype=bool)
    np.put_along_axis(is_member, sets, values=True, axis=1)
    near = context.nearest[sets]
    which = np.arange(len(sets))[:, None, None]
    return _count(is_member[which, near]) / near.shape[2]


def draw_like(
    groups: np.ndarray, members: np.ndarray, *, draws: int, generator: np.random.Generator
) -> np.ndarray:
    """Draw sets that take as many genes from each group as some members do.

    Parameters
    ----------
    groups
        `(n,)` number of the group of each gene.
    members
        Positions, each once.
    draws
        Number of sets.
    generator
        Source of randomness.

    Returns
    -------
    `(draws, m)` positions, each once in a set.
    """
    chosen = []
    for group in np.unique(groups[members]):
        pool = np.flatnonzero(groups == group)
        wanted = int((groups[members] == group).sum())
        order = generator.random((draws, len(pool))).argpartition(wanted - 1, axis=1)
        chosen.append(pool[order[:, :wanted]])
    return np.concatenate(chosen, axis=1)


def member_rows(module: GeneModule, *, atlas: Atlas) -> np.ndarray:
    """Return the rows of the atlas whose gene, or ortholog, is a member, ascending int64.

    A member is an ortholog group, or found by its symbol, also as a gene that is here under an
    older one. Aliases do not count: where a member is absent, its symbol may be an old name of
    another gene (MAFA of KLRG1).
    """
    genes = (group_by_itself(name, atlas.search) for name in module.members)
    return atlas.search.rows_of_genes(tuple(dict.fromkeys(filter(None, genes))))


def group_by_itself(name: str, search: GeneSearch) -> str:
    """Return the ortholog group of a gene that is not meant by an alias, "" for none."""
    if len(search.rows(name)):
        return name
    match = search.find(name, suggest=False)
    return match.gene if match.matched_by in _BY_ITSELF else ""


def score_modules(
    modules: Sequence[GeneModule],
    *,
    atlas: Atlas,
    vectors: Vectors | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """Measure in each context whether the members of each module keep together.

    Parameters
    ----------
    modules
        Genes by human symbols.
    atlas
        The atlas.
    vectors
        Gives the `(n, D)` vectors of a context in the order of its rows; by default those of the
        atlas. Rivals give their own.
    draws
        Random sets a module and context, of like expression and degree; 0 for none.
    seed
        Of the random sets.

    Returns
    -------
    A row a module and context, in the order of the modules, then of the contexts by name, with the
    columns `MODULE_COLUMNS`: `members` is the number of genes of the context that are members,
    `expected` whether the module acts in such a tissue. `auroc` is the chance that a member lies
    nearer to the mean vector of the other members than a gene that is none; `near` the share of
    members among the `NEAREST` nearest genes of a member. `auroc_chance` and `near_chance` are
    means of the random sets, `p` and `near_p` the shares of them that are as good or better, the
    module itself counted (Phipson and Smyth 2010), `q` and `near_q` after Benjamini and Hochberg
    over all rows that are tested. With fewer than `FEWEST_MEMBERS` members there are none.

    Raises
    ------
    InputError
        If there is no module, two have one name, or `draws` is negative.
    """
    check_positive(draws + 1, name="draws + 1")
    names = [module.name for module in modules]
    if not names or len(set(names)) < len(names):
        msg = f"Expected modules of different names, found {len(names)}, {len(set(names))} of them."
        raise InputError(msg, "Name each module once.")
    embedding = atlas.embedding
    is_member = np.zeros((len(modules), len(embedding.genes)), dtype=bool)
    for number, module in enumerate(modules):
        is_member[number, member_rows(module, atlas=atlas)] = True
    records: dict[tuple[int, str], dict[str, float]] = {}
    contexts = sorted(map(str, embedding.datasets.index))
    for place, name in enumerate(contexts):
        rows = embedding.rows_of_dataset(name)
        here = [np.flatnonzero(inside) for inside in is_member[:, rows]]
        asked = [number for number, members in enumerate(here) if _is_told(members, len(rows))]
        context = None
        if asked:
            own = embedding.vectors[rows] if vectors is None else vectors(name)
            context = ContextVectors.of(own)
            groups = matched_groups(traits_of(embedding, rows))
        for number, members in enumerate(here):
            record: dict[str, float] = {"members": len(members), "genes": len(rows)}
            if context is not None and number in asked:
                generator = np.random.default_rng([seed, place, number])
                drawn = draw_like(groups, members, draws=draws, generator=generator)
                record |= _scored(context, members, drawn)
            records[number, name] = record
    table = pd.DataFrame(
        [
            {
                "module": module.name,
                "context": name,
                **_about(embedding, name),
                "expected": module.acts_in(str(embedding.datasets.loc[name, keys.TISSUE]), name),
                **records[number, name],
            }
            for number, module in enumerate(modules)
            for name in contexts
        ]
    ).reindex(columns=list(MODULE_COLUMNS))
    return with_q(table)


def with_q(table: pd.DataFrame) -> pd.DataFrame:
    """Correct `p` and `near_p` over all rows that have them, into `q` and `near_q`."""
    found = {}
    for p, q in (("p", "q"), ("near_p", "near_q")):
        values = table[p].to_numpy(dtype=np.float64, copy=True)
        tested = ~np.isnan(values)
        if tested.any():
            values[tested] = false_discovery_control(values[tested])
        found[q] = values
    return table.assign(**found)


def score_members(
    module: GeneModule, dataset: str, *, atlas: Atlas, neighbours: int = 5
) -> pd.DataFrame:
    """Ask for each member of a module in one context with the others.

    Parameters
    ----------
    module
        The module.
    dataset
        Name of a context.
    atlas
        The atlas.
    neighbours
        Number of nearest genes that are named.

    Returns
    -------
    One row a member, best first: `gene`, `auroc` (share of the other genes that lie farther from
    the mean of the other members), `rank` among these genes and itself, 1 is best, `near` (share
    of members among its `NEAREST` nearest genes), `nearest` (names of the nearest, members between
    brackets), `row` of the atlas. Without a second member there is no rank.
    """
    embedding = atlas.embedding
    rows = embedding.rows_of_dataset(dataset)
    members = np.flatnonzero(np.isin(rows, member_rows(module, atlas=atlas)))
    symbols = embedding.genes[keys.GENE].astype(str).to_numpy()[rows]
    table = pd.DataFrame({"gene": symbols[members], "row": rows[members]})
    if len(members) < 2 or len(members) == len(rows):
        return table.assign(auroc=np.nan, rank=pd.NA, near=np.nan, nearest="")
    context = ContextVectors.of(embedding.vectors[rows])
    share = left_out_ranks(context, members[None])[0]
    inside = set(members.tolist())
    named = [
        " ".join(f"[{symbols[g]}]" if g in inside else symbols[g] for g in near[:neighbours])
        for near in context.nearest[members].tolist()
    ]
    n_others = len(rows) - len(members)
    table = table.assign(
        auroc=share,
        rank=np.floor(1 + (1 - share) * n_others + 1e-9).astype(int),
        near=near_shares(context, members[None])[0],
        nearest=named,
    )
    return table.sort_values(["auroc", "gene"], ascending=[False, True], ignore_index=True)


def summarise_modules(table: pd.DataFrame) -> pd.DataFrame:
    """Average the scores of each module over the contexts where it acts, and over the others.

    Parameters
    ----------
    table
        As `score_modules` gives it.

    Returns
    -------
    Two rows a module, in their order: `module`, `where` ("right" or "elsewhere"), `contexts` with
    enough members, `n` (members in them all), `auroc`, `near`, `near_chance`, `called` (contexts
    with q below .05).
    """
    rows = []
    for name, part in table.groupby("module", sort=False):
        for where, is_right in (("right", True), ("elsewhere", False)):
            own = part[(part["expected"] == is_right) & part["auroc"].notna()]
            rows.append(
                {
                    "module": name,
                    "where": where,
                    "contexts": len(own),
                    "n": int(own["members"].sum()),
                    "auroc": own["auroc"].mean(),
                    "near": own["near"].mean(),
                    "near_chance": own["near_chance"].mean(),
                    "called": int((own["q"] < 0.05).sum()),
                }
            )
    return pd.DataFrame(rows)


def _is_told(members: np.ndarray, n_genes: int) -> bool:
    """Tell whether there are members enough, and genes to compare them with."""
    return FEWEST_MEMBERS <= len(members) < n_genes - 1


def _scored(context: ContextVectors, members: np.ndarray, drawn: np.ndarray) -> dict[str, float]:
    """Scores of a module in a context, beside those of random sets."""
    record = {}
    for name, p, measure in (("auroc", "p", left_out_ranks), ("near", "near_p", near_shares)):
        own = float(measure(context, members[None]).mean())
        record[name] = own
        if len(drawn):
            random = measure(context, drawn).mean(axis=1)
            record[f"{name}_chance"] = float(random.mean())
            # equal sets must count as equal, whatever the order of their sums
            as_good = int((random >= own - 1e-9).sum())
            record[p] = (1 + as_good) / (1 + len(random))
    return record


def traits_of(embedding: EmbeddingSet, rows: np.ndarray) -> pd.DataFrame:
    """Degree and expression of the genes of a context."""
    return pd.DataFrame(
        {
            "degree": embedding.genes[keys.DEGREE].to_numpy(dtype=np.float64)[rows],
            "expression": embedding.genes[keys.MEAN].to_numpy(dtype=np.float64)[rows],
        }
    )


def _about(embedding: EmbeddingSet, dataset: str) -> dict[str, str]:
    """Species, tissue and technique of a context."""
    entry = embedding.datasets.loc[dataset]
    names = {
        "species": keys.SPECIES_COLUMN,
        "tissue": keys.TISSUE,
        "modality": keys.MODALITY,
    }
    return {name: str(entry[column]) for name, column in names.items()}
