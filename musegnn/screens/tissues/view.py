"""What the Tissues page shows of the company of a gene in pools of contexts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.neighbours.pooled_company import CONTEXT, PooledCompany, pools_of
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.graphs.modalities import MODALITIES
from musegnn.screens.shell.words import NOTHING, escaped

TOLD: Final = 6  # genes of each pool in the picture of all pools
MOST_ROWS: Final = 60
_NAMED: Final = 8  # genes that a sentence names
_LOOSE: Final = 0.2  # reliability below it is said
UNMEASURED: Final = "not measured"


@dataclass(frozen=True)
class TissuesView:
    """The company of a gene in pools of contexts.

    Parameters
    ----------
    gene, left, right
        The gene and the two pools whose lists stand side by side; `right` is "" when one pool
        alone has the gene.
    sentences
        The answer in words.
    warnings
        What beside the pool tells the two apart, and where the lists are not firm.
    lists
        Pool -> its nearest genes, nearest first, left and right or the left one alone: `gene`,
        `counts` (in how many contexts it is among the nearest, such as "4 of 5"), `elsewhere` (its
        place on the other side in words), `partner` (its row on the other side, -1 for none).
    pools
        Table of all pools.
    partners
        All genes that were measured with it, a row a pool and gene.
    genes, columns
        Rows and columns of the picture of all pools.
    closeness, hover
        `(rows, columns)` closeness (NaN: not measured) and what a cell says.
    absent
        One sentence on pools without the gene, or "".
    """

    gene: str
    left: str
    right: str
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    lists: dict[str, pd.DataFrame]
    pools: pd.DataFrame
    partners: pd.DataFrame
    genes: tuple[str, ...]
    columns: tuple[str, ...]
    closeness: np.ndarray
    hover: np.ndarray
    absent: str


def build(
    company: PooledCompany,
    *,
    left: str,
    right: str,
    embedding: EmbeddingSet,
    common_only: bool = False,
    named: Callable[[str], str] = str,
) -> TissuesView:
    """Arrange the company of a gene for the page.

    Parameters
    ----------
    company
        What was found; `left` was asked for.
    left, right
        Names of pools; `right` is "" for none.
    embedding
        The atlas.
    common_only
        List only genes that have a place on both sides; places count only these.
    named
        What a pool is called for people; tables of files keep its own name.
    """
    pair = tuple(filter(None, (left, right)))
    places = _places(company, pair, common_only=common_only)
    other = {left: right, right: left}
    lists = {pool: _list(company, pool, other[pool], places) for pool in pair}
    genes, columns = _rows_of_picture(company), tuple(company.pools["pool"])
    wide = {
        name: company.partners.set_index(["gene", "pool"])[name]
        .reindex(pd.MultiIndex.from_product([genes, columns]))
        .to_numpy()
        .reshape(len(genes), len(columns))
        for name in ("closeness", "n_nearest", "n_measured")
    }
    pools = company.pools.assign(
        pool=company.pools["pool"].map(named),
        measured=[f"{row.n_contexts} of {row.n_all}" for row in company.pools.itertuples()],
    )
    return TissuesView(
        gene=company.gene,
        left=left,
        right=right,
        sentences=_sentences(
            company,
            left,
            right,
            lists,
            among=" among genes of both" if common_only else "",
            named=named,
        ),
        warnings=_warnings(company, left, right, embedding, named),
        lists={named(pool): own for pool, own in lists.items()},
        pools=pools,
        partners=company.partners.assign(pool=company.partners["pool"].map(named)),
        genes=genes,
        columns=tuple(map(named, columns)),
        closeness=wide["closeness"],
        hover=_hover(wide, company.k),
        absent=_absent([named(pool) for pool in company.absent]),
    )


def _absent(pools: list[str]) -> str:
    """Say where the gene is not, or ""."""
    listed = ", ".join(pools)
    return f"Not measured, or not among the genes that vary most, in: {listed}." if listed else ""


def _places(
    company: PooledCompany, pools: tuple[str, ...], *, common_only: bool
) -> dict[str, pd.Series]:
    """Place of each gene in each of two pools, 1 the nearest, in that order."""
    found = {
        pool: part.dropna(subset="rank").set_index("gene")["rank"]
        for pool, part in company.partners.groupby("pool")
        if pool in pools
    }
    if not common_only or len(pools) < 2:
        return found
    first, second = (found[pool] for pool in pools)
    common = first.index.intersection(second.index)
    return {pool: places[places.index.isin(common)].rank() for pool, places in found.items()}


def _list(
    company: PooledCompany, pool: str, other: str, places: dict[str, pd.Series]
) -> pd.DataFrame:
    """List the nearest genes of a pool, with what they are in the other one."""
    nearest = places[pool].iloc[: company.k].index
    rows = company.partners[company.partners["pool"] == pool].set_index("gene")
    own = rows.loc[nearest].reset_index()
    there = company.partners[company.partners["pool"] == other]
    ranked = places.get(other, pd.Series(dtype=float))
    place = own["gene"].map(ranked).astype(float)
    elsewhere = np.select(
        [~own["gene"].isin(there["gene"]), place.isna()],
        [UNMEASURED, "measured in too few"],
        [f"place {rank:,.0f} of {len(ranked):,}" for rank in place.fillna(0)],
    )
    is_shared = (place <= company.k).to_numpy()
    return pd.DataFrame(
        {
            "gene": own["gene"].to_numpy(),
            "counts": [f"{row.n_nearest} of {row.n_contexts}" for row in own.itertuples()],
            "elsewhere": elsewhere,
            "partner": np.where(is_shared, place.fillna(0).to_numpy() - 1, -1).astype(int),
        }
    )


def _rows_of_picture(company: PooledCompany) -> tuple[str, ...]:
    """The first genes of each pool, those of one pool below each other, each once."""
    most = max(2, min(TOLD, MOST_ROWS // max(len(company.pools), 1)))
    rows: dict[str, None] = {}
    for pool in company.pools["pool"]:
        rows |= dict.fromkeys(company.nearest(pool)["gene"].iloc[:most])
    return tuple(rows)[:MOST_ROWS]


def _hover(wide: dict[str, np.ndarray], k: int) -> np.ndarray:
    """What each cell says."""
    found = np.full(wide["closeness"].shape, UNMEASURED, dtype=object)
    for cell in zip(*np.nonzero(~np.isnan(wide["closeness"])), strict=True):
        closeness, nearest, measured = (
            wide[name][cell] for name in ("closeness", "n_nearest", "n_measured")
        )
        found[cell] = (
            f"closeness {closeness:.3f}, among the {k} nearest in {nearest:.0f} of {measured:.0f} "
            "contexts with both"
        )
    return found


def _sentences(
    company: PooledCompany,
    left: str,
    right: str,
    lists: dict[str, pd.DataFrame],
    *,
    among: str,
    named: Callable[[str], str],
) -> tuple[str, ...]:
    """Say whose company it keeps, and how much of it is the same on the other side."""
    lines = [_company_in_words(company, pool, own, named) for pool, own in lists.items()]
    here, there = escaped(named(left)), escaped(named(right))
    if not right:
        return (*lines, f"No other {company.by} has {escaped(company.gene)}: nothing to compare.")
    first, second = lists[left], lists[right]
    n_shared = int((first["partner"] >= 0).sum())
    n_unmeasured = int((first["elsewhere"] == UNMEASURED).sum())
    text = (
        f"Of the {len(first)} nearest{among} in {here}, **{n_shared}** are among the "
        f"{len(second)} nearest in {there}"
    )
    if n_unmeasured:
        text += f"; {n_unmeasured} of the others were not measured there"
    row = company.pools.set_index("pool").loc[right]
    if np.isnan(row["to_asked"]):
        text += ". Their contexts share too few genes to say how near the lists are"
    else:
        within = company.pools.set_index("pool").loc[left, "within"]
        text += (
            f". Agreement of a context here with one there: **{row['to_asked']:.2f}** (1: the same "
            "neighbours, 0: anywhere)"
        )
        if not np.isnan(within):
            text += f"; of two contexts of {here}: {within:.2f}"
    return (*lines, f"{text}.")


def _company_in_words(
    company: PooledCompany, pool: str, own: pd.DataFrame, named: Callable[[str], str]
) -> str:
    """Name the nearest genes of one pool."""
    row = company.pools.set_index("pool").loc[pool]
    about = f" ({row['n_contexts']} of {row['n_all']} contexts, {row['species']})"
    if row["n_all"] == 1:  # a context alone says the rest in its name
        about = "" if company.by == CONTEXT else f" (its only context, {row['species']})"
    names = ", ".join(f"**{escaped(gene)}**" for gene in own["gene"].iloc[:_NAMED])
    return f"In {escaped(named(pool))}{about}, {escaped(company.gene)} stands nearest to {names}."


def _warnings(
    company: PooledCompany,
    left: str,
    right: str,
    embedding: EmbeddingSet,
    named: Callable[[str], str],
) -> tuple[str, ...]:
    """Say what else differs, and which list is not firm."""
    found = []
    table = company.pools.set_index("pool")
    for pool in filter(None, (left, right)):
        share = table.loc[pool, "reliability"]
        if share < _LOOSE:
            found.append(
                f"The list of {escaped(named(pool))} is not firm: {share:.0%} of the nearest genes "
                "are found again in the other half of the cells."
            )
    if right:
        names = contexts_of(company, embedding)
        for column, word in ((keys.SPECIES_COLUMN, "species"), (keys.MODALITY, "technique")):
            kinds = [
                {
                    MODALITIES[kind].title if kind in MODALITIES else kind
                    for kind in embedding.datasets.loc[list(names[pool]), column].astype(str)
                }
                for pool in (left, right)
            ]
            if kinds[0].isdisjoint(kinds[1]):
                listed = [" and ".join(sorted(map(escaped, kind))) for kind in kinds]
                found.append(
                    f"{escaped(named(left))} is {listed[0]} here and {escaped(named(right))} "
                    f"{listed[1]}: the "
                    f"{word} is part of the difference."
                )
    return tuple(found)


def contexts_of(company: PooledCompany, embedding: EmbeddingSet) -> dict[str, tuple[str, ...]]:
    """Return the contexts of each pool that have the gene."""
    here = set(company.agreement.index)
    pools = pools_of(embedding, company.by)
    return {
        pool: tuple(name for name in pools[pool] if name in here) for pool in company.pools["pool"]
    }


def difference_in_words(effect: float, p: float, n_ways: int, note: str) -> str:
    """Say what the test between two pools found."""
    if np.isnan(effect):
        return f"Cannot be compared. {note}"
    text = (
        f"Two contexts of the same side agree by {effect:+.2f} more than a context here with one "
        "there"
    )
    if np.isnan(p):
        return f"{text}. {note}"
    share = f"{p:.2g}" if p else NOTHING
    return (
        f"{text}: p = {share}, the share of {n_ways:,} ways to give the contexts to the two sides "
        "in which the difference is as large. One gene was asked; who asks many counts them."
    )
