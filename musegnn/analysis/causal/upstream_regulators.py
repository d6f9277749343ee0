"""Upstream regulators: whose curated targets are in a set more often than by chance."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, hypergeom

from musegnn.analysis.causal.regulation import Regulation
from musegnn.errors import InputError
from musegnn.validation import format_list

MINIMUM_OVERLAP: Final = 2  # a regulator of one gene of the set explains that gene, not the set
ACTIVE: Final = 2.0  # |z| from which a regulator is called active or inhibited, as published
COLUMNS: Final = (
    *("regulator", "overlap", "targets", "set_size", "background", "odds_ratio", "p", "q"),
    *("signed", "z", "z_corrected", "state", "genes"),
)
METHOD: Final = (
    "Overlap p: one-sided Fisher's exact test of the regulator's curated targets among the genes "
    "of the set, against all genes of this model and context. q: Benjamini-Hochberg over all "
    "regulators with a target in the background. Activation z: sum of (sign of the edge x "
    "direction of the gene) over the root of their number, standard normal for random signs; "
    "z corrected subtracts what the shares of up and of activation make likely (Kramer 2014)."
)


def upstream_regulators(
    regulation: Regulation,
    genes: Collection[str],
    background: Collection[str],
    *,
    directions: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    r"""Rank regulators by how well their curated targets explain a set of genes.

    Parameters
    ----------
    regulation
        Curated pairs.
    genes
        The set; genes outside the background are left out.
    background
        All genes that could have been in the set: those of the model and context.
    directions
        Gene -> a number whose sign says up or down; genes without one count for the overlap only.

    Returns
    -------
    One row a regulator with at least `MINIMUM_OVERLAP` targets in the set, best first: `COLUMNS`.
    `odds_ratio` 0 to infinity; `p`, `q` 0 to 1; `signed` is the number of targets with sign and
    direction, `z` and `z_corrected` are NaN without any; `state` is "activated", "inhibited" or "".

    Raises
    ------
    InputError
        If no gene of the set is in the background.

    Notes
    -----
    :math:`z = \sum_i s_i d_i / \sqrt{n}` with the sign :math:`s_i` of the edge and the direction
    :math:`d_i` of the gene. The corrected value is
    :math:`(\sum_i s_i d_i - n \mu) / \sqrt{n (1 - \mu^2)}` where :math:`\mu` is the mean direction
    of the set times the mean sign of all curated targets of the regulator in the background.

    References
    ----------
    Kramer, Green, Pollard, Tugendreich, Bioinformatics 30 (2014) 523.
    """
    inside, members = check_set(genes, background)
    linked = regulation.targets.isin(inside)
    in_set = regulation.targets.isin(members)
    links = regulation.links
    n_targets = np.asarray(links @ linked.astype(np.float64)).astype(np.int64)
    overlap = np.asarray(links @ in_set.astype(np.float64)).astype(np.int64)
    tested = np.flatnonzero(n_targets > 0)
    p = overlap_p(overlap[tested], n_targets[tested], len(members), len(inside))
    table = pd.DataFrame(
        {
            "regulator": regulation.regulators[tested],
            "overlap": overlap[tested],
            "targets": n_targets[tested],
            "set_size": len(members),
            "background": len(inside),
            "odds_ratio": odds_ratio(overlap[tested], n_targets[tested], len(members), len(inside)),
            "p": p,
            "q": false_discovery_control(p) if len(p) else p,
        }
    )
    known = {gene: value for gene, value in (directions or {}).items() if gene in members}
    table = table.join(_activation(regulation, in_set, linked, known, tested))
    table["genes"] = _genes_in_set(regulation, in_set, tested)
    table = table[table["overlap"] >= MINIMUM_OVERLAP]
    strength = table["z"].abs().fillna(0)
    order = np.lexsort((table["regulator"], -strength, -table["overlap"], table["p"]))
    return table.iloc[order].loc[:, list(COLUMNS)].reset_index(drop=True)


def _genes_in_set(regulation: Regulation, in_set: np.ndarray, tested: np.ndarray) -> list[str]:
    """Name the targets of each regulator that are in the set."""
    names = regulation.targets.to_numpy(dtype=object)
    links = regulation.links
    rows = (links.indices[links.indptr[i] : links.indptr[i + 1]] for i in tested)
    return [", ".join(names[np.sort(row[in_set[row]])]) for row in rows]


def check_set(
    genes: Collection[str], background: Collection[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the background and the members of the set in it.

    Raises
    ------
    InputError
        If no gene of the set is in the background.
    """
    inside = frozenset(background)
    members = frozenset(genes) & inside
    if not members:
        found = format_list(sorted(genes)) if genes else "none"
        msg = f"Expected genes of this model and context, found {found}."
        raise InputError(msg, "Choose genes of the context, in the symbols of its species.")
    return inside, members


def overlap_p(
    overlap: np.ndarray, n_targets: np.ndarray, n_set: int, n_background: int
) -> np.ndarray:
    """One-sided Fisher's exact p-value of overlaps at least as large."""
    return np.clip(hypergeom.sf(overlap - 1, n_background, n_targets, n_set), 0.0, 1.0)


def odds_ratio(
    overlap: np.ndarray, n_targets: np.ndarray, n_set: int, n_background: int
) -> np.ndarray:
    """Odds of the targets to be in the set over those of the others; infinite without a rest."""
    rest = n_background - n_targets - n_set + overlap
    with np.errstate(divide="ignore", invalid="ignore"):
        return (overlap * rest) / ((n_targets - overlap) * (n_set - overlap))


def _activation(
    regulation: Regulation,
    in_set: np.ndarray,
    linked: np.ndarray,
    directions: Mapping[str, float],
    tested: np.ndarray,
) -> pd.DataFrame:
    """Activation scores of some regulators: `signed, z, z_corrected, state`."""
    direction = np.array([np.sign(directions.get(name, 0.0)) for name in regulation.targets])
    direction = np.where(in_set, direction, 0.0)
    tilt = float(np.mean([np.sign(value) for value in directions.values()] or [0.0]))
    signs = regulation.signs[tested].astype(np.float64)
    score = np.asarray(signs @ direction)
    n = np.asarray(abs(signs) @ abs(direction))
    n_signed = np.asarray(abs(signs) @ linked.astype(np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        lean = np.asarray(signs @ linked.astype(np.float64)) / n_signed
    z, corrected = activation_z(score, n, expected=tilt * lean)
    return pd.DataFrame(
        {"signed": n.astype(np.int64), "z": z, "z_corrected": corrected, "state": state_of(z)}
    )


def activation_z(
    score: np.ndarray, n: np.ndarray, *, expected: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Standardise sums of n signs, plainly and after subtracting the expected mean sign.

    Returns
    -------
    Both scores, NaN where n is 0; the second also where every sign is what it must be.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        z = score / np.sqrt(n)
        corrected = (score - n * expected) / np.sqrt(n * (1 - expected**2))
    corrected[~np.isfinite(corrected)] = np.nan
    return z, corrected


def state_of(z: np.ndarray) -> np.ndarray:
    """Say "activated" or "inhibited" from `ACTIVE` on, "" below."""
    return np.where(z >= ACTIVE, "activated", np.where(z <= -ACTIVE, "inhibited", ""))
