"""How well a placed dataset fits, in words, and as the file that a run leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from musegnn.embeddings.placement_fit import (
    CONTEXT_COLUMNS,
    FIRM,
    GROUP_COLUMNS,
    LEAST_GAIN,
    NEAREST,
    POOR,
    PlacementFit,
)
from musegnn.io.json_tables import reading_tables, table_from_plain, table_to_plain

_NUMBERS: Final = ("near", "chance", "fold", "place", "adjusted", "rank", "cosine")
_PLAIN: Final = (*("name", "n_genes", "n_anchors", "near", "chance", "place", "control", "margin"),)
DEFINITION: Final = (
    "Hidden names: the genes that the new dataset has in common with the atlas are hidden part by "
    "part, and each is placed while its own name is hidden. Near: how often its own gene is among "
    f"the {NEAREST} nearest of a context of the atlas; chance: {NEAREST} over the genes of the "
    "context. Place: where the own gene stands among all genes of the context, 0 first, 0.5 by "
    "chance. Control: the same when the genes of the new dataset have exchanged what they do, "
    "names and abundance staying. A dataset does not fit unless place is ahead of the control by "
    f"{FIRM:g} standard errors and by {LEAST_GAIN:g}; it fits poorly with less than {POOR:g} times "
    "chance."
)


@dataclass(frozen=True)
class FitReport:
    """What a placement left: where it went, and how well each dataset fits.

    Parameters
    ----------
    atlas
        Name of the atlas.
    fits
        One for each new dataset.
    """

    atlas: str
    fits: tuple[PlacementFit, ...]


def nearest_words(fit: PlacementFit) -> str:
    """Say which contexts a dataset lies nearest to; "" when it fits nowhere."""
    if fit.verdict == "does not fit" or fit.contexts.empty:
        return ""
    first = fit.contexts.iloc[0]
    others = [str(name) for name in fit.contexts["context"].iloc[1:3]]
    tissue = f"{first['context']} ({first['tissue']}, {first['technique']})"
    then = f", then {' and '.join(others)}" if others else ""
    return f"{fit.name} lies nearest to {tissue}{then}."


def fit_words(fit: PlacementFit) -> str:
    """Say in sentences how well a dataset fits."""
    found = (
        f"{fit.n_anchors:,} of its {fit.n_genes:,} genes stand in the atlas too. With their names "
        f"hidden, {100 * fit.near:.1f} % of the time a gene's own one is among the {NEAREST} "
        f"nearest of a context, {_times(fit)} chance ({100 * fit.chance:.1f} %)."
    )
    if fit.verdict == "does not fit":
        return (
            f"{fit.name} does not fit: its genes are found no better than in a dataset whose genes "
            f"have exchanged what they do. {found} Do not read its neighbours: they are chance. "
            "Is this a matrix of raw counts, are these the right gene names and the right species?"
        )
    if fit.verdict == "fits poorly":
        return (
            f"{fit.name} fits poorly. {found} Its neighbours in the atlas are weak evidence: it "
            "may have few cells, or be unlike everything in the atlas."
        )
    return f"{fit.name} fits. {found}"


def _times(fit: PlacementFit) -> str:
    """Ratio to chance in words."""
    return f"{fit.near / fit.chance:.1f} times" if fit.chance else "without"


def fit_to_plain(fit: PlacementFit) -> dict[str, Any]:
    """Return a fit ready for JSON."""
    return {
        **{name: getattr(fit, name) for name in _PLAIN},
        "verdict": fit.verdict,
        "words": [part for part in (nearest_words(fit), fit_words(fit)) if part],
        "contexts": table_to_plain(fit.contexts),
        "groups": table_to_plain(fit.groups),
    }


def read_fits(path: Path) -> FitReport:
    """Read the file that a placement left.

    Raises
    ------
    DataFileError
        If it is missing or damaged.
    """
    with reading_tables(path, role="how well placed datasets fit") as content:
        fits = tuple(_parse(item) for item in content["placed"])
        return FitReport(str(content["into"]["name"]), fits)


def _parse(item: Mapping[str, Any]) -> PlacementFit:
    """Take a fit out of its JSON."""
    contexts = table_from_plain(item["contexts"], _NUMBERS)[list(CONTEXT_COLUMNS)]
    groups = table_from_plain(
        item["groups"], tuple(name for name in _NUMBERS if name in GROUP_COLUMNS)
    )[list(GROUP_COLUMNS)]
    numbers = {name: float(item[name]) for name in _PLAIN[3:]}
    return PlacementFit(
        name=str(item["name"]),
        n_genes=int(item["n_genes"]),
        n_anchors=int(item["n_anchors"]),
        **numbers,
        contexts=contexts,
        groups=groups,
    )
