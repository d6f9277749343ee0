"""A drug on every tissue's map: where its targets sit, and whose company they keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn.analysis.labels.set_on_maps import (
    DRAWS,
    FEWEST,
    NEAREST,
    OneMap,
    SetOnMaps,
    place_on_maps,
)
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.targets.lit import DOWN, KNOWN, PREDICTED, UP, LitGenes
from musegnn.validation import format_list

CALLED: Final = 0.05  # q below which a context is called
_OUTSIDE: Final = 0.005  # share of all points on a side that may lie outside the frame
_MARGIN: Final = 0.06  # of the range, around what is drawn
MOST_DRAWN: Final = 60  # maps; more are told in the table
STATEMENT: Final = (
    f"Similarity: mean cosine of all pairs of these genes in a context, tested where {FEWEST} or "
    f"more are measured. Chance: {DRAWS} random sets of the candidates that were ranked beside "
    "them and are measured there (of a signature: of all genes), as many of each group of like "
    "expression and degree, one-sided, the set itself counted; q after Benjamini and Hochberg over "
    "the tested contexts. Targets of drugs are more alike than other genes: against all genes "
    "random sets of targets have p < 0.05 in 7 % of contexts, against candidates in 5 %. Where a "
    "context has several genes of one ortholog group, one counts. Company: the genes nearest to "
    f"the mean of the set; near: among the {NEAREST} nearest."
)


@dataclass(frozen=True)
class MapsView:
    """A set of genes on all maps.

    Parameters
    ----------
    sentence
        What the tests say.
    remarks
        What is measured where, and what was left out, a sentence each.
    contexts, genes, company
        Tables of `musegnn.analysis.labels.set_on_maps.SetOnMaps`, between commas what stood between
        bars.
    places
        Where each gene is, see there; with `size` (0 to 1), `is_solid` (known, or up) and
        `hover`.
    maps
        Maps that are drawn, by tissue: `context`, `title`, `below`, `is_called`.
    caption
        What the signs of the maps mean.
    """

    sentence: str
    remarks: tuple[str, ...]
    contexts: pd.DataFrame
    genes: pd.DataFrame
    company: pd.DataFrame
    places: pd.DataFrame
    maps: pd.DataFrame
    caption: str


def find_on_maps(lit: LitGenes, *, atlas: Atlas, maps: tuple[OneMap, ...]) -> SetOnMaps:
    """Find genes in every context.

    Raises
    ------
    InputError
        If no context has any of them.
    """
    return place_on_maps(lit.table, atlas=atlas, maps=maps, rivals=lit.rivals)


def build_maps(lit: LitGenes, found: SetOnMaps, *, embedding: EmbeddingSet) -> MapsView:
    """Put a set of genes on all maps into words and tables."""
    shown = found.contexts[found.contexts["measured"] > 0].sort_values(
        ["tissue", "context"], kind="stable"
    )
    is_called = _is_called(shown)
    names = embedding.context_names
    maps = pd.DataFrame(
        {
            "context": shown["context"],
            "title": [
                f"{tissue}: {n} of {len(found.genes)}{_short_q(q)}"
                for tissue, n, q in shown[["tissue", "measured", "q"]].itertuples(index=False)
            ],
            "below": [names[context] for context in shown["context"]],
            "is_called": is_called,
        }
    ).head(MOST_DRAWN)
    places = found.places.copy()
    places["size"] = np.sqrt(places["weight"].fillna(0).clip(0, 1))
    places["is_solid"] = places["kind"].isin([KNOWN, UP])
    places["hover"] = [
        f"{symbol}, {kind}{'' if np.isnan(weight) else f', {weight:.3f}'}"
        for symbol, kind, weight in places[["symbol", "kind", "weight"]].itertuples(index=False)
    ]
    hidden = len(shown) - len(maps)
    more = f" {hidden} more maps are in the table alone." if hidden else ""
    solid, open_ = ("up", "down") if {UP, DOWN} & set(lit.table["kind"]) else (KNOWN, PREDICTED)
    size = "change" if solid == UP else "probability"
    return MapsView(
        sentence=_sentence(lit, found, names),
        remarks=_remarks(lit, found),
        contexts=_spaced(found.contexts),
        genes=_spaced(found.genes),
        company=_spaced(found.company),
        places=places,
        maps=maps.reset_index(drop=True),
        caption=(
            f"{lit.label} on {len(maps)} maps, all genes of a context in grey, all maps on one "
            f"scale. Filled: {solid}; open: {open_}; larger: greater {size}; red: the gene chosen "
            "below. A map only approximates distances; the numbers are those of the vectors."
            f"{more}"
        ),
    )


@dataclass(frozen=True)
class Background:
    """What lies below the genes of a set.

    Parameters
    ----------
    points
        Context -> `(n, 2)` coordinates of all of its genes.
    low, high
        `(2,)` ends of what is drawn of every map.
    remark
        What lies outside, "" for nothing.
    """

    points: Mapping[str, np.ndarray]
    low: np.ndarray
    high: np.ndarray
    remark: str


def background_of(view: MapsView, maps: tuple[OneMap, ...], *, atlas: Atlas) -> Background:
    """Find what lies below the genes of a set, and the part of the maps that is worth drawing.

    Few genes lie far outside: the frame holds all but `_OUTSIDE` of them a side, and every gene of
    the set.
    """
    layout = np.asarray(atlas.embedding.layout)
    drawn = set(view.maps["context"])
    points = {
        one.context: np.asarray(layout[one.rows], dtype=np.float64)
        for one in maps
        if one.context in drawn
    }
    every = np.concatenate([*points.values()])
    own = view.places.loc[view.places["context"].isin(points), ["x", "y"]].to_numpy(np.float64)
    low = np.minimum(np.quantile(every, _OUTSIDE, axis=0), own.min(axis=0))
    high = np.maximum(np.quantile(every, 1 - _OUTSIDE, axis=0), own.max(axis=0))
    margin = _MARGIN * np.maximum(high - low, 1e-9)
    low, high = low - margin, high + margin
    n_outside = int(((every < low) | (every > high)).any(axis=1).sum())
    remark = f" {n_outside:,} of {len(every):,} grey points lie outside." if n_outside else ""
    return Background(points, low, high, remark)


def contexts_of(view: MapsView, gene: str) -> list[str]:
    """Return the contexts that measure a gene of the set, by tissue."""
    here = set(view.places.loc[view.places["gene"] == gene, "context"])
    return [str(name) for name in view.maps["context"] if name in here]


def symbol_in(view: MapsView, gene: str, context: str) -> str:
    """Return the symbol of a gene of the set in a context."""
    own = view.places[(view.places["gene"] == gene) & (view.places["context"] == context)]
    return str(own["symbol"].iloc[0]) if len(own) else gene


def where_is(view: MapsView, gene: str) -> str:
    """Say in which tissues a gene of the set is measured, and in which not."""
    row = view.genes[view.genes["gene"] == gene].iloc[0]
    everywhere = sorted(set(view.contexts["tissue"]))
    if not row["contexts"]:
        return f"{gene} is measured in none of {len(view.contexts)} contexts."
    absent = sorted(set(everywhere) - set(str(row["tissues"]).split(", ")))
    lacking = f" Not in {', '.join(absent)}." if absent else ""
    return (
        f"{gene} is measured in {row['contexts']} of {len(view.contexts)} contexts: "
        f"{row['tissues']}.{lacking}"
    )


def _is_called(contexts: pd.DataFrame) -> pd.Series:
    """Tell where a set keeps together beyond chance."""
    return (contexts["q"] < CALLED) & (contexts["similarity"] > contexts["expected"])


def _short_q(q: float) -> str:
    """What a map says of its test."""
    return "" if np.isnan(q) else f", q = {q:.2g}"


def _sentence(lit: LitGenes, found: SetOnMaps, names: Mapping[str, str]) -> str:
    """Say where the genes form a neighbourhood."""
    tested = found.contexts[found.contexts["p"].notna()]
    if len(lit.table) < FEWEST:
        said = "One gene is" if len(lit.table) == 1 else f"{len(lit.table)} genes are"
        return f"{said} lit: whether genes keep together cannot be said of fewer than {FEWEST}."
    if tested.empty:
        return (
            f"No context measures {FEWEST} or more of the {len(lit.table)} genes: whether they "
            "keep together cannot be said."
        )
    called = tested[_is_called(tested)]
    others = "other candidates" if lit.rivals else "random genes"
    start = (
        f"the {len(tested)} contexts with {FEWEST} or more of them %s these {len(lit.table)} genes "
        f"%s closer together than {others} of like expression and degree (q < {CALLED})"
    )
    if called.empty:
        best = tested.iloc[0]
        return (
            f"In none of {start % ('do', 'lie')}. Closest: {names[best['context']]}, "
            f"{best['measured']} "
            f"genes, similarity {best['similarity']:.2f} where chance gives "
            f"{best['expected']:.2f} (p = {best['p']:.2g}, q = {best['q']:.2g})."
        )
    named = [f"{names[row.context]} (q = {row.q:.2g})" for row in called.itertuples()]
    words = start.replace("%s these", "these") % "lie"
    return f"In {len(called)} of {words}: {format_list(named, limit=5)}."


def _remarks(lit: LitGenes, found: SetOnMaps) -> tuple[str, ...]:
    """Say what is measured where, and what was left out."""
    few = found.contexts[found.contexts["measured"].between(1, FEWEST - 1)]
    none = found.contexts[found.contexts["measured"] == 0]
    said = [*lit.remarks]
    if found.left_out:
        said.append(f"In no context: {format_list(list(found.left_out), limit=12)}.")
    counts = [
        f"{len(few)} contexts measure fewer than {FEWEST} of them and are drawn without a test"
        if len(few) > 1
        else f"one context measures fewer than {FEWEST} of them and is drawn without a test"
        if len(few)
        else "",
        f"{len(none)} contexts measure none"
        if len(none) > 1
        else "one measures none"
        if len(none)
        else "",
    ]
    if any(counts):
        said.append(f"{'; '.join(filter(None, counts))}.")
    return tuple(said)


def _spaced(table: pd.DataFrame) -> pd.DataFrame:
    """Write commas where values stood between bars."""
    texts = table.select_dtypes(object).columns
    return table.assign(**{name: table[name].astype(str).str.replace("|", ", ") for name in texts})
