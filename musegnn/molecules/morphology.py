"""Profiles of morphology: of the store or of one's own, in units of controls, without position.

On the plates of CPJUMP1 nearly every compound sits in one well on all plates, so that the well
tells the compound and whatever sees a plate seems to know chemistry. Subtracting the neighbours of
a well is no way out: the rest is then opposite to its neighbours, which tells the well as well.
Here what neighbours share is fitted as a covariance and whitened away (`correct_position`), and
`position_control` says what position still tells, in both directions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from musegnn.errors import InputError
from musegnn.knowledge.catalogue import MORPHOLOGY_PROFILES
from musegnn.knowledge.store import KnowledgeStore
from musegnn.knowledge.wells import ABOUT_WELLS, features_of
from musegnn.validation import check_choice

FEWEST_CONTROLS: Final = 4  # of a plate; with fewer all of its wells stand for untreated ones
FEWEST_WELLS: Final = 48  # of a plate whose position effect is fitted
FEWEST_SHARED: Final = 20  # features that two sources must share
LARGEST: Final = 50.0  # control spreads beyond which a number is cut
_CONTROLS: Final = frozenset(
    {"negcon", "negative", "negative control", "dmso", "control", "vehicle", "solvent control"}
)
_DIRECTIONS: Final = 100  # of the mean plate along which position is fitted
_POWER: Final = -0.5  # of the covariance: makes wells independent
_RATIOS: Final = np.concatenate([[0.0], np.geomspace(0.01, 30.0, 24)])
# what wells may share, and how many wells far a smooth part reaches; the likeliest is taken
_SHARED: Final[tuple[tuple[str | float, ...], ...]] = (
    *(("row",), ("column",), ("row", "column"), (1.0,), (2.0,), (5.0,), ("row", 2.0)),
    *(("column", 2.0), ("row", "column", 2.0), ("row", "column", 5.0), (1.0, 5.0)),
)
_CUT: Final = 3.0  # spreads beyond which a well does not count in the fit
_WELL: Final = re.compile(r"([A-Za-z]{1,2})0*([1-9][0-9]?)")
_TEXTURE: Final = re.compile(r"(_Texture_.*_\d+_)0*(\d+)_\d+$")
_CHANNELS: Final = {"CorrDAPI": "DNA", "CorrActin": "AGP", "OrigDNA": "DNA", "OrigMito": "Mito"}


@dataclass(frozen=True)
class Profiles:
    """Wells or compounds x features.

    Parameters
    ----------
    numbers
        `(P, F)` float32.
    features
        Name of each column.
    about
        What each row is: `ABOUT_WELLS`, `key` (first block of the InChIKey, else the name in small
        letters; "" for a control) and `is_control`.
    source, licence
        Where they come from and their terms.
    remarks
        What was understood, left out or not done, each a sentence.
    """

    numbers: np.ndarray
    features: tuple[str, ...]
    about: pd.DataFrame
    source: str = ""
    licence: str = ""
    remarks: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: np.ndarray) -> Profiles:
        """Return some rows, by place or by mask."""
        about = self.about.iloc[np.arange(len(self))[rows]].reset_index(drop=True)
        return replace(self, numbers=self.numbers[rows], about=about)


@dataclass(frozen=True)
class PositionControl:
    """What the place on the plate tells of a profile without any chemistry.

    Parameters
    ----------
    mrr, hit_at_1
        Of the compound's own profile among about 60, predicted from row and column alone.
    opposite
        Mean reciprocal rank of the opposite of that prediction, which over-correction raises.
    chance
        Mean reciprocal rank with places drawn anew.
    n
        Compounds asked about.
    in_one_well
        Share of compounds that sit in one well on all plates.
    """

    mrr: float
    hit_at_1: float
    opposite: float
    chance: float
    n: int
    in_one_well: float

    @property
    def sentence(self) -> str:
        """The control in words."""
        return (
            f"{self.in_one_well:.0%} of {self.n} compounds sit in one well on all plates; from row "
            f"and column alone their mean reciprocal rank is {self.mrr:.3f}, from the opposite "
            f"{self.opposite:.3f}, with places drawn anew {self.chance:.3f}."
        )


def morphology_sources(store: KnowledgeStore | None) -> list[str]:
    """Names of the tables of profiles in a store, sorted."""
    return [] if store is None else store.names(MORPHOLOGY_PROFILES)


def read_morphology(store: KnowledgeStore, name: str) -> Profiles:
    """Read a table of profiles from the store, numbers as they are.

    Raises
    ------
    InputError
        If the store has no such table.
    DataFileError
        If it cannot be read.
    """
    check_choice(name, morphology_sources(store), name="table of profiles")
    record = store.record(name)
    return lay_out(store.table(name), source=record.name, licence=record.licence)


def lay_out(table: pd.DataFrame, *, source: str, licence: str = "") -> Profiles:
    """Make profiles of a table as `musegnn.knowledge.wells.read_wells` returns it.

    Features without a number in more than half of the rows are left out; other gaps are filled
    with the median of the feature. Both are told.

    Raises
    ------
    InputError
        If no feature is left.
    """
    features = features_of(table)
    values = table[features].to_numpy(np.float32)
    values = np.where(np.isfinite(values), values, np.nan)
    gaps = np.isnan(values)
    remarks = []
    usable = gaps.mean(axis=0) <= 0.5
    if not usable.any():
        msg = f"Expected numbers in the features of {source}, found none."
        raise InputError(msg, "Give a profile whose features were measured.")
    if not usable.all():
        n_left = int((~usable).sum())
        left = "One feature" if n_left == 1 else f"{n_left:,} features"
        out = "is left out" if n_left == 1 else "are left out"
        remarks.append(f"{left} without a number in most rows {out}.")
        values, gaps = values[:, usable], gaps[:, usable]
        features = [name for name, keep in zip(features, usable, strict=True) if keep]
    if gaps.any():
        values = np.where(gaps, np.nanmedian(values, axis=0), values)
        remarks.append(f"{int(gaps.sum()):,} missing numbers are the median of their feature.")
    about = table[list(ABOUT_WELLS)].copy()
    is_control = about["control"].str.casefold().isin(_CONTROLS)
    for column in ("name", "compound"):
        is_control |= about[column].str.casefold().isin({"dmso", "negcon"})
    own = about["name"].where(about["name"] != "", about["compound"]).str.casefold()
    blocks = about["inchikey"].str.removeprefix("InChIKey=").str[:14]
    key = blocks.where(blocks.str.fullmatch("[A-Z]{14}"), own)
    about["key"] = key.where(~is_control, "")
    about["is_control"] = is_control
    return Profiles(
        values.astype(np.float32), tuple(features), about, source, licence, tuple(remarks)
    )


def scale_to_controls(profiles: Profiles) -> Profiles:
    """Count from the controls of each plate, in their spread, signed logarithms.

    The centre is the median of the plate's controls; the spread is one for the source, of the
    centred controls of all plates, since a plate has few. Numbers are cut at `LARGEST` spreads and
    `sign(x) log(1 + |x|)` is kept, so that no feature decides alone.
    """
    values = profiles.numbers.astype(np.float64)
    centred = np.empty_like(values)
    control = profiles.about["is_control"].to_numpy(bool)
    counted = np.zeros(len(values), dtype=bool)
    few = 0
    for rows in _plates(profiles):
        own = rows[control[rows]]
        if len(own) < FEWEST_CONTROLS:
            few += 1
            own = rows
        counted[own] = True
        centred[rows] = values[rows] - np.median(values[own], axis=0)
    spread = 1.4826 * np.median(np.abs(centred[counted]), axis=0)
    usable = spread > 1e-6
    scaled = np.clip(centred[:, usable] / spread[usable], -LARGEST, LARGEST)
    remarks = list(profiles.remarks)
    if few:
        remarks.append(
            f"{few} of {len(_plates(profiles))} plates have fewer than {FEWEST_CONTROLS} wells of "
            "controls: all of their wells stand for untreated ones."
        )
    if not usable.all():
        remarks.append(f"{int((~usable).sum()):,} features that never vary are left out.")
    return replace(
        profiles,
        numbers=(np.sign(scaled) * np.log1p(np.abs(scaled))).astype(np.float32),
        features=tuple(n for n, keep in zip(profiles.features, usable, strict=True) if keep),
        remarks=tuple(remarks),
    )


def correct_position(profiles: Profiles) -> Profiles:
    """Take out what wells share with their row, their column and the wells around.

    Plates with the same compounds in the same wells are fitted together on their mean, which is
    where a well is most alike itself. Along each main direction the covariance of wells is the
    likeliest of some kernels of place beside independent wells, fitted on all wells without their
    labels and with strong effects cut. Profiles are multiplied by its power -1/2, which leaves
    wells independent and nearest to what they were. Controls are zero again after.

    Parameters
    ----------
    profiles
        In units of controls (`scale_to_controls`), with plates and wells.

    Returns
    -------
    The same rows; plates with fewer than `FEWEST_WELLS` known wells stay as they are, told.
    """
    places = well_places(profiles.about["well"])
    layouts: dict[tuple[tuple[str, str], ...], list[np.ndarray]] = {}
    n_left = 0
    for rows in _plates(profiles):
        wells = [f"{row:.0f} {column:.0f}" for row, column in places[rows]]
        if len(set(wells) - {"nan nan"}) < max(FEWEST_WELLS, len(wells)):
            n_left += 1
            continue
        order = rows[np.argsort(wells, kind="stable")]
        layout = tuple(zip(sorted(wells), profiles.about["key"].iloc[order], strict=True))
        layouts.setdefault(layout, []).append(order)
    values = profiles.numbers.astype(np.float64)
    control = profiles.about["is_control"].to_numpy(bool)
    for plates in layouts.values():
        for order, corrected in zip(
            plates, _whitened([values[rows] for rows in plates], places[plates[0]]), strict=True
        ):
            own = corrected[control[order]]
            centre = np.median(own, axis=0) if len(own) >= FEWEST_CONTROLS else 0.0
            values[order] = corrected - centre
    remarks = list(profiles.remarks)
    if n_left:
        remarks.append(
            f"Well position is not corrected on {n_left} of {len(_plates(profiles))} plates: that "
            f"takes {FEWEST_WELLS} wells of known place, each once."
        )
    return replace(profiles, numbers=values.astype(np.float32), remarks=tuple(remarks))


def consensus(profiles: Profiles, *, by: Sequence[str] = ("key",)) -> Profiles:
    """Median profile of each compound, controls left out, sorted by what it is taken over."""
    kept = profiles.take((profiles.about["key"] != "").to_numpy())
    if not len(kept):
        msg = f"Expected compounds in {profiles.source}, found none."
        raise InputError(msg, "Name the compound of each row, best with its InChIKey.")
    groups = kept.about.groupby(list(by), sort=True).indices
    values = np.stack([np.median(kept.numbers[rows], axis=0) for rows in groups.values()])
    first = [rows[0] for rows in groups.values()]
    about = kept.about.iloc[first].reset_index(drop=True)
    about["n_wells"] = [len(rows) for rows in groups.values()]
    return replace(profiles, numbers=values.astype(np.float32), about=about)


def harmonise(one: Profiles, other: Profiles) -> tuple[Profiles, Profiles, str]:
    """Keep the features that two sources share, names of versions of CellProfiler matched.

    Returns
    -------
    Both with the features of the first, and a sentence that says how many.

    Raises
    ------
    InputError
        If they share fewer than `FEWEST_SHARED`.
    """
    left, right = ({plain_feature(f): n for n, f in reversed(list(enumerate(p.features)))}
                   for p in (one, other))  # fmt: skip
    shared = sorted(left.keys() & right.keys(), key=lambda name: left[name])
    if len(shared) < FEWEST_SHARED:
        msg = (
            f"Expected at least {FEWEST_SHARED} features of {one.source}, found {len(shared)} "
            f"among the {len(other.features):,} of {other.source}."
        )
        raise InputError(msg, f"Name features as CellProfiler does, such as {one.features[0]}.")
    features = tuple(one.features[left[name]] for name in shared)
    a = replace(one, numbers=one.numbers[:, [left[n] for n in shared]], features=features)
    b = replace(other, numbers=other.numbers[:, [right[n] for n in shared]], features=features)
    said = (
        f"{len(shared):,} of {len(other.features):,} features of {other.source} are known to "
        f"{one.source}."
    )
    return a, b, said


def plain_feature(name: str) -> str:
    """Name of a feature without what differs between versions of CellProfiler."""
    name = _TEXTURE.sub(r"\1\2", name)
    return "_".join(_CHANNELS.get(part, part) for part in name.split("_"))


def well_places(wells: Sequence[str] | pd.Series) -> np.ndarray:
    """Return `(P, 2)` rows and columns of wells such as B02, from 0; NaN for what is none."""
    found = np.full((len(wells), 2), np.nan)
    for n, well in enumerate(wells):
        match = _WELL.fullmatch(str(well).strip())
        if match:
            row = 0
            for letter in match[1].upper():
                row = row * 26 + ord(letter) - ord("A") + 1
            found[n] = row - 1, int(match[2]) - 1
    return found


def position_control(profiles: Profiles, *, seed: int = 0, repeats: int = 3) -> PositionControl:
    """Ask for each compound's profile by its row and column alone, in five folds.

    Parameters
    ----------
    profiles
        Wells of one source.
    seed, repeats
        Of the folds.

    Raises
    ------
    InputError
        If fewer than 20 compounds have a known place.
    """
    places = well_places(profiles.about["well"])
    known = np.isfinite(places[:, 0]) & (profiles.about["key"] != "").to_numpy()
    kept = profiles.take(known)
    groups = kept.about.groupby("key", sort=True).indices
    if len(groups) < 20:
        msg = f"Expected at least 20 compounds in known wells, found {len(groups)}."
        raise InputError(msg, "Give wells such as B02 for each row.")
    place = np.stack([places[known][rows].mean(axis=0) for rows in groups.values()])
    alone = np.mean([len(np.unique(places[known][r], axis=0)) == 1 for r in groups.values()])
    values = np.stack([kept.numbers[rows].mean(axis=0) for rows in groups.values()])
    values = values - values.mean(axis=0)
    rng = np.random.default_rng(seed)
    ranks: list[tuple[np.ndarray, ...]] = []
    for _ in range(repeats):
        fold = rng.permutation(len(values)) % 5
        drawn = rng.permutation(len(values))
        for number in range(5):
            train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
            scores = _by_place(place, values, train, test)
            random = _by_place(place[drawn], values, train, test)
            ranks.append(tuple(_ranks(s) for s in (scores, -scores, random)))
    own, opposite, random_ranks = (np.concatenate(parts) for parts in zip(*ranks, strict=True))
    return PositionControl(
        mrr=float(np.mean(1 / own)),
        hit_at_1=float(np.mean(own == 1)),
        opposite=float(np.mean(1 / opposite)),
        chance=float(np.mean(1 / random_ranks)),
        n=len(values),
        in_one_well=float(alone),
    )


def _plates(profiles: Profiles) -> list[np.ndarray]:
    """Rows of each plate, in the order of names."""
    return list(profiles.about.groupby("plate", sort=True).indices.values())


def _whitened(plates: list[np.ndarray], places: np.ndarray) -> list[np.ndarray]:
    """Plates of one layout without what their wells share; `places` is `(W, 2)`."""
    centred = [values - values.mean(axis=0) for values in plates]
    mean = np.mean(centred, axis=0)
    _, _, rows = np.linalg.svd(mean, full_matrices=False)
    directions = rows[:_DIRECTIONS].T
    along = mean @ directions
    spread = 1.4826 * np.median(np.abs(along), axis=0)
    fitted = np.clip(along, -_CUT * spread, _CUT * spread)
    best = np.full(along.shape[1], -np.inf)
    chosen = np.zeros(along.shape[1], dtype=int)
    ratio = np.zeros(along.shape[1])
    systems = [np.linalg.eigh(_shared_by_place(places, parts)) for parts in _SHARED]
    for number, (values, vectors) in enumerate(systems):
        power = (vectors.T @ fitted) ** 2
        for candidate in _RATIOS:
            levels = 1 + candidate * np.maximum(values, 0)
            noise = np.maximum((power / levels[:, None]).mean(axis=0), 1e-300)
            likelihood = -len(values) / 2 * np.log(noise) - np.log(levels).sum() / 2
            better = likelihood > best
            best[better], chosen[better], ratio[better] = likelihood[better], number, candidate
    moved = [values @ directions for values in centred]
    new = [part.copy() for part in moved]
    for number, (values, vectors) in enumerate(systems):
        which = np.flatnonzero(chosen == number)
        levels = (1 + np.maximum(values, 0)[:, None] * ratio[which][None]) ** _POWER
        for part, old in zip(new, moved, strict=True):
            part[:, which] = vectors @ ((vectors.T @ old[:, which]) * levels)
    return [c + (n - m) @ directions.T for c, n, m in zip(centred, new, moved, strict=True)]


def _shared_by_place(places: np.ndarray, parts: Sequence[str | float]) -> np.ndarray:
    """Return the `(W, W)` kernel of wells, centred, of mean diagonal 1."""
    row, column = places[:, 0], places[:, 1]
    distance = (row[:, None] - row) ** 2 + (column[:, None] - column) ** 2
    kernel = np.zeros_like(distance)
    for part in parts:
        if part == "row":
            kernel += row[:, None] == row
        elif part == "column":
            kernel += column[:, None] == column
        else:
            kernel += np.exp(-distance / (2 * float(part) ** 2))
    kernel -= kernel.mean(axis=0)
    kernel -= kernel.mean(axis=1, keepdims=True)
    return kernel / max(float(np.trace(kernel)) / len(kernel), 1e-12)


def _by_place(
    place: np.ndarray, values: np.ndarray, train: np.ndarray, test: np.ndarray
) -> np.ndarray:
    """Return `(T, T)` cosine of what neighbours on the plate predict with each tested profile."""
    row, column = place[:, 0], place[:, 1]
    apart = [(axis[:, None] - axis) ** 2 for axis in (row, column)]
    kernel = np.exp(-(apart[0] + apart[1]) / 8) + sum(np.exp(-one) for one in apart) / 2
    centre = values[train].mean(axis=0)
    fitted = kernel[np.ix_(train, train)] + np.eye(len(train))
    predicted = kernel[np.ix_(test, train)] @ np.linalg.solve(fitted, values[train] - centre)
    found: np.ndarray = unit_rows(predicted) @ unit_rows(values[test] - centre).T
    return found


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1; zeros stay."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, length, out=np.zeros(rows.shape), where=length > 0)


def _ranks(scores: np.ndarray) -> np.ndarray:
    """Place of the diagonal in its row, ties in the middle."""
    own = np.diag(scores)[:, None]
    ranks: np.ndarray = 1 + (scores > own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2
    return ranks
