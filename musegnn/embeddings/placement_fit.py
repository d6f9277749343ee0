"""How well a placed context fits: genes whose names were hidden, found near themselves or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.graphs.unit_rows import unit_rows

NEAREST: Final = 10
Verdict = Literal["fits", "fits poorly", "does not fit"]
LEAST_SHARED: Final = 20  # names of a context; below it its numbers say nothing
# how these were chosen: docs/place.md, "When nothing fits"
FIRM: Final = 3.0  # standard errors by which genes must be ahead of the shuffled control
LEAST_GAIN: Final = 0.08  # by which they must be ahead, as a share of all genes of a context
POOR: Final = 4.0  # times chance; with less among the nearest a dataset fits poorly
CONTEXT_COLUMNS: Final = (
    *("context", "species", "tissue", "technique", "shared", "near", "chance", "fold"),
    *("place", "adjusted", "rank", "cosine"),
)
GROUP_COLUMNS: Final = ("of", "group", "contexts", "shared", "near", "chance", "fold", "adjusted")


@dataclass(frozen=True)
class PlacementFit:
    """What hidden names say of one placed context.

    Parameters
    ----------
    name
        Of the new context.
    n_genes, n_anchors
        Its genes, and how many of them stand in the atlas by name or one-to-one ortholog.
    near, chance
        Share of pairs of an anchor and a context that has it in which the gene's own one is among
        the `NEAREST` nearest genes of that context, and what chance gives; 0 to 1.
    place
        Mean place of the own one among all genes of a context: 0 first, 0.5 by chance.
    control
        The same where genes have exchanged what they do, names and abundance staying.
    margin
        By how many standard errors over names `place` is ahead of `control`.
    contexts
        One row a context of the atlas, nearest first, columns `CONTEXT_COLUMNS`. `adjusted` is
        `place` as if every context had the same genes: that of each gene is taken against its
        mean over all contexts, since contexts with easy genes would lead every list.
    groups
        The same by tissue, technique and species, columns `GROUP_COLUMNS`.
    """

    name: str
    n_genes: int
    n_anchors: int
    near: float
    chance: float
    place: float
    control: float
    margin: float
    contexts: pd.DataFrame
    groups: pd.DataFrame

    @property
    def verdict(self) -> Verdict:
        """In three words, what to make of it."""
        if not (self.margin >= FIRM and self.control - self.place >= LEAST_GAIN):
            return "does not fit"
        return "fits poorly" if self.near < POOR * self.chance else "fits"


def measure_fit(
    name: str,
    genes: list[str],
    placed: tuple[np.ndarray, np.ndarray],
    rows: np.ndarray,
    atlas: EmbeddingSet,
) -> PlacementFit:
    """Measure how well a context fits.

    Parameters
    ----------
    name
        Of the new context.
    genes
        G common names.
    placed
        `(G, D)` vectors of genes that were placed while their names were hidden, and the same of
        the context whose genes have exchanged what they do.
    rows
        Rows of the new context whose names stand in the atlas.
    atlas
        Whose vectors stay.
    """
    own = {genes[row]: i for i, row in enumerate(rows)}
    found, other = (unit_rows(vectors[rows].astype(np.float64)) for vectors in placed)
    common = atlas.genes[keys.COMMON_GENE].astype(str).to_numpy(dtype=object)
    places, controls = _Mean(len(rows)), _Mean(len(rows))
    lines: list[dict[str, object]] = []
    by_context: list[tuple[np.ndarray, np.ndarray]] = []
    for context, facts in atlas.datasets.iterrows():
        there = atlas.rows_of_dataset(str(context))
        unit = atlas.unit_vectors[there].astype(np.float64)
        first = {n: i for i, n in reversed(list(enumerate(common[there])))}
        pairs = [(own[n], i) for n, i in first.items() if n in own]
        mine = np.array([pair[0] for pair in pairs], dtype=np.int64)
        theirs = np.array([pair[1] for pair in pairs], dtype=np.int64)
        above, cosine = _above(found[mine], unit, theirs)
        scale = max(len(unit) - 1, 1)
        places.add(mine, above / scale)
        by_context.append((mine, above / scale))
        controls.add(mine, _above(other[mine], unit, theirs)[0] / scale)
        lines.append(
            {
                "context": str(context),
                "species": str(facts["species"]),
                "tissue": str(facts["tissue"]),
                "technique": str(facts["technique"]),
                "shared": len(mine),
                "near": _mean(above < NEAREST),
                "chance": min(NEAREST / max(len(unit), 1), 1.0),
                "place": _mean(above / scale),
                "rank": float(np.median(above)) + 1 if len(mine) else np.nan,
                "cosine": _mean(cosine),
            }
        )
    usual = places.means()
    overall = float(np.nanmean(usual)) if len(rows) else np.nan
    contexts = pd.DataFrame(lines)
    ahead = [own - usual[at] for at, own in by_context]
    contexts["adjusted"] = [overall + _mean(gains) for gains in ahead]
    # what few genes say may be luck: the order goes by the end of the interval
    spread = [gains.std() / np.sqrt(len(gains)) if len(gains) else np.nan for gains in ahead]
    contexts["bound"] = contexts["adjusted"] + 2 * np.array(spread)
    contexts = _ordered(contexts)
    gain = (controls.means() - usual)[np.isfinite(usual)]
    error = gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else np.nan
    weight = contexts["shared"] / max(contexts["shared"].sum(), 1)
    return PlacementFit(
        name=name,
        n_genes=len(genes),
        n_anchors=len(rows),
        near=float((weight * contexts["near"].fillna(0)).sum()),
        chance=float((weight * contexts["chance"]).sum()),
        place=overall,
        control=float(np.nanmean(controls.means())) if len(rows) else np.nan,
        margin=float(gain.mean() / error) if error > 0 else 0.0,
        contexts=contexts,
        groups=_groups(contexts),
    )


class _Mean:
    """Mean over contexts of a value of every anchor."""

    def __init__(self, size: int) -> None:
        self._total, self._count = np.zeros(size), np.zeros(size)

    def add(self, at: np.ndarray, values: np.ndarray) -> None:
        """Count the values of one context, in which each anchor stands once at most."""
        self._total[at] += values
        self._count[at] += 1

    def means(self) -> np.ndarray:
        """Mean of every anchor; NaN for one that stands in no context."""
        nothing = np.full(len(self._total), np.nan)
        return np.divide(self._total, self._count, out=nothing, where=self._count > 0)


def _above(mine: np.ndarray, unit: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many genes of a context are nearer than the own one, ties half; and its cosine."""
    cosine = mine @ unit.T
    own = cosine[np.arange(len(mine)), truth]
    above = (cosine > own[:, None]).sum(axis=1) + ((cosine == own[:, None]).sum(axis=1) - 1) / 2
    return above, own


def _mean(values: np.ndarray) -> float:
    """Mean; NaN of nothing."""
    return float(np.mean(values)) if len(values) else float("nan")


def _ordered(contexts: pd.DataFrame) -> pd.DataFrame:
    """Nearest first; contexts with hardly any shared name last."""
    contexts["fold"] = contexts["near"] / contexts["chance"]
    contexts["is_thin"] = contexts["shared"] < LEAST_SHARED
    ordered = contexts.sort_values(["is_thin", "bound", "context"], kind="stable")
    return ordered[list(CONTEXT_COLUMNS)].reset_index(drop=True)


def _groups(contexts: pd.DataFrame) -> pd.DataFrame:
    """Means over contexts weighted by shared names, by tissue, technique and species."""
    lines = []
    for column in ("tissue", "technique", "species"):
        part = []
        for group, found in contexts.groupby(column, sort=True):
            shared = int(found["shared"].sum())
            weight = found["shared"] / max(shared, 1)
            near, chance = ((weight * found[name].fillna(0)).sum() for name in ("near", "chance"))
            place = (weight * found["adjusted"].fillna(0)).sum() if shared else np.nan
            fold = near / chance if chance else np.nan
            part.append((column, str(group), len(found), shared, near, chance, fold, place))
        lines += sorted(part, key=lambda line: (np.nan_to_num(line[-1], nan=1.0), line[1]))
    return pd.DataFrame(lines, columns=list(GROUP_COLUMNS))
