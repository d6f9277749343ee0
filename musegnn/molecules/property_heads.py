"""Properties that ship: networks and a ridge for each table of assays, and how far they reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.special import expit, logit, ndtr

from musegnn.border.arrays import read_npz
from musegnn.border.documents import read_json
from musegnn.errors import DataFileError
from musegnn.molecules.features import DescriptorScale
from musegnn.molecules.forms import check_forms
from musegnn.molecules.structures import BITS, descriptor_names, tanimoto
from musegnn.settings import REPOSITORY

FOLDER: Final = REPOSITORY / "data" / "properties"
MANIFEST: Final = "manifest.json"
TABLES: Final = ("chembl2k", "broad6k", "biogen3k")
DOMAINS: Final = ("inside", "edge", "outside")  # of what was learned from
INSIDE: Final = 0.4  # similarity to the nearest molecule learned from, at least
EDGE: Final = 0.3
LEARNED: Final = 0  # parts of a table
TEST: Final = 1
_LAYERS: Final = 3
_ARRAYS: Final = {
    **{f"{name}_{layer}": "f" for layer in range(_LAYERS) for name in ("weights", "offsets")},
    **dict.fromkeys(("quantiles", "medians", "ridge", "centre", "spread", "line", "reach"), "f"),
    **dict.fromkeys(("gaps", "rows", "parts"), "u"),
}
_MOST_BYTES: Final = 64_000_000
_ESCAPE: Final = 255  # a gap between two bits that goes on in the next number
_LEAST: Final = 1e-3  # a probability is at least and from 1
_ROWS: Final = 1024  # molecules compared at a time
_ROLE: Final = "the shipped properties"
_HINT: Final = "Take them from the release again, or run `python data/build_properties.py`."


@dataclass(frozen=True)
class Heads:
    """What was learned of one table of assays.

    Parameters
    ----------
    name
        One of `TABLES`.
    tasks
        `T` assays.
    is_binary
        True for probabilities, False for numbers.
    layers
        Weights `(K, F, W)` and offsets `(K, W)` of `K` networks, layer by layer.
    scale
        Of descriptors.
    ridge
        `(L, T)` weights of the similarity to each molecule learned from.
    share
        Of the ridge in what is said; the networks have the rest.
    centre, spread
        `(T,)` mean, and deviation that networks count in; 0 and 1 for the networks of classes.
    line
        Slope and level of log odds that make calibrated probabilities of them.
    reach
        `(3, T)` half width of the interval of a number, by `DOMAINS`: 9 of 10 molecules that were
        left out lie within. Zero for classes.
    fingerprints
        `(M, B)` uint8 of all molecules of the table that have one form.
    rows, parts
        `(M,)` their rows in the table, and whether they were learned from or kept to test.
    about
        What the manifest says.
    """

    name: str
    tasks: tuple[str, ...]
    is_binary: bool
    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    scale: DescriptorScale
    ridge: np.ndarray
    share: float
    centre: np.ndarray
    spread: np.ndarray
    line: tuple[float, float]
    reach: np.ndarray
    fingerprints: np.ndarray
    rows: np.ndarray
    parts: np.ndarray
    about: Mapping[str, Any]

    @property
    def title(self) -> str:
        """Name of the table, for people."""
        return str(self.about["title"])

    @property
    def learned_from(self) -> np.ndarray:
        """`(L, B)` fingerprints that were learned from."""
        return self.fingerprints[self.parts == LEARNED]

    def say(self, described: np.ndarray, bits: np.ndarray) -> Foretold:
        """Say what the assays would find.

        Parameters
        ----------
        described
            `(N, D)` descriptors, NaN where one is not defined.
        bits
            `(N, B)` fingerprints.
        """
        known = self.learned_from
        near = [
            tanimoto(bits[start : start + _ROWS], known) for start in range(0, len(bits), _ROWS)
        ]
        nearest = np.concatenate([part.max(axis=1) for part in near] or [np.zeros(0)])
        by_ridge = np.concatenate([part @ self.ridge for part in near] or [self.ridge[:0]])
        return self.of_parts(self.by_networks(described), by_ridge + self.centre, nearest)

    def by_networks(self, described: np.ndarray) -> np.ndarray:
        """Return `(K, N, T)` of each network, before calibration."""
        values = np.broadcast_to(
            self.scale.apply(described), (len(self.layers[0][0]), *described.shape)
        )
        for weights, offsets in self.layers[:-1]:
            values = values @ weights + offsets[:, None]
            values = values * ndtr(values)
        weights, offsets = self.layers[-1]
        found = values @ weights + offsets[:, None]
        return expit(found) if self.is_binary else found * self.spread + self.centre

    def of_parts(self, networks: np.ndarray, ridge: np.ndarray, nearest: np.ndarray) -> Foretold:
        """Bring what networks `(K, N, T)` and ridge `(N, T)` say together, and calibrate it."""
        if self.is_binary:
            ridge = np.clip(ridge, 0, 1)
        each = (1 - self.share) * networks + self.share * ridge
        middle = each.mean(axis=0)
        if not self.is_binary:
            half = self.reach[domain_places(nearest)]
            return Foretold(middle - half, middle, middle + half, nearest)
        slope, level = self.line
        low, value, high = (
            expit(slope * log_odds(part) + level)
            for part in (each.min(axis=0), middle, each.max(axis=0))
        )
        return Foretold(low, value, high, nearest)


@dataclass(frozen=True)
class Foretold:
    """What assays of a table would find.

    Parameters
    ----------
    low, value, high
        `(N, T)` calibrated probability with the lowest and highest of the networks, or a number
        with the interval that 9 of 10 molecules left out lie within.
    nearest
        `(N,)` Tanimoto similarity to the nearest molecule learned from.
    """

    low: np.ndarray
    value: np.ndarray
    high: np.ndarray
    nearest: np.ndarray


def log_odds(said: np.ndarray, *, least: float = _LEAST) -> np.ndarray:
    """Return the log odds of probabilities, which count as `least` from 0 and 1 at least."""
    return np.asarray(logit(np.clip(said.astype(np.float64), least, 1 - least)))


def domain_places(nearest: np.ndarray) -> np.ndarray:
    """Return `(N,)` places in `DOMAINS` by similarity to the nearest molecule learned from."""
    return np.where(nearest >= INSIDE, 0, np.where(nearest >= EDGE, 1, 2))


def pack_bits(bits: np.ndarray) -> np.ndarray:
    """Return uint8 gaps between the bits that are set, a third of the size of packed bits.

    Parameters
    ----------
    bits
        `(M, B)` zeros and ones.
    """
    gaps = np.diff(np.flatnonzero(bits), prepend=0)
    escapes = gaps // _ESCAPE
    ends = np.cumsum(escapes + 1) - 1
    found = np.full(int(ends[-1]) + 1 if len(ends) else 0, _ESCAPE, dtype=np.uint8)
    found[ends] = gaps % _ESCAPE
    return found


def unpack_bits(gaps: np.ndarray, n_rows: int) -> np.ndarray:
    """Return `(M, B)` uint8 of what `pack_bits` packed.

    Raises
    ------
    ValueError
        If a bit lies beyond the rows.
    """
    places = np.cumsum(gaps, dtype=np.int64)[gaps != _ESCAPE]
    if len(places) and places[-1] >= n_rows * BITS:
        msg = "bits beyond the rows"
        raise ValueError(msg)
    found = np.zeros(n_rows * BITS, dtype=np.uint8)
    found[places] = 1
    return found.reshape(n_rows, BITS)


def read_heads(folder: Path = FOLDER) -> tuple[Heads, ...]:
    """Read what ships, a table of assays after the other; once a process for the usual folder.

    Raises
    ------
    DataFileError
        If a file is missing or broken, or RDKit describes molecules otherwise than when they were
        learned.
    """
    return _read(folder)


@lru_cache(maxsize=2)
def _read(folder: Path) -> tuple[Heads, ...]:
    manifest = read_json(folder / MANIFEST, role=_ROLE)
    if not isinstance(manifest, Mapping):
        msg = f"Expected {_ROLE}, found another file: {folder / MANIFEST}."
        raise DataFileError(msg, _HINT)
    if manifest.get("descriptors") != descriptor_names():
        msg = f"Expected the descriptors of molecules that {_ROLE} know, found those of another "
        raise DataFileError(msg + "RDKit.", "Install the release that requirements.lock names.")
    check_forms(manifest.get("forms"), role=_ROLE)
    found = []
    for name in TABLES:
        path = folder / f"{name}.npz"
        arrays = read_npz(path, _ARRAYS, role=_ROLE, most_bytes=_MOST_BYTES, hint=_HINT)
        try:
            found.append(heads_of(name, arrays, manifest["tables"][name]))
        except (KeyError, ValueError) as error:
            msg = f"Expected {_ROLE}, found a damaged or another file: {path}."
            raise DataFileError(msg, _HINT) from error
    return tuple(found)


def heads_of(name: str, arrays: Mapping[str, np.ndarray], about: Mapping[str, Any]) -> Heads:
    """Return heads of the arrays that `arrays_of` writes.

    Raises
    ------
    KeyError, ValueError
        If they do not go together.
    """
    numbers = {
        key: value.astype(np.float32) if value.dtype.kind == "f" else value
        for key, value in arrays.items()
    }
    return Heads(
        name=name,
        tasks=tuple(entry["task"] for entry in about["tasks"]),
        is_binary=bool(about["is_binary"]),
        layers=tuple(
            (numbers[f"weights_{layer}"], numbers[f"offsets_{layer}"]) for layer in range(_LAYERS)
        ),
        scale=DescriptorScale(numbers["quantiles"], numbers["medians"]),
        ridge=numbers["ridge"],
        share=float(about["ridge_share"]),
        centre=numbers["centre"],
        spread=numbers["spread"],
        line=(float(numbers["line"][0]), float(numbers["line"][1])),
        reach=numbers["reach"],
        fingerprints=unpack_bits(arrays["gaps"], len(arrays["rows"])),
        rows=arrays["rows"].astype(np.int64),
        parts=arrays["parts"],
        about=about,
    )


def arrays_of(heads: Heads) -> dict[str, np.ndarray]:
    """Return the arrays that ship, half as wide."""
    small: dict[str, np.ndarray] = {
        "quantiles": heads.scale.sorted_values.astype(np.float32),
        "medians": heads.scale.medians.astype(np.float32),
        "line": np.array(heads.line, dtype=np.float32),
        "reach": heads.reach.astype(np.float32),
        "centre": heads.centre.astype(np.float32),
        "spread": heads.spread.astype(np.float32),
        "ridge": heads.ridge.astype(np.float16),
        "gaps": pack_bits(heads.fingerprints),
        "rows": heads.rows.astype(np.uint16),
        "parts": heads.parts.astype(np.uint8),
    }
    for layer, (weights, offsets) in enumerate(heads.layers):
        small[f"weights_{layer}"] = weights.astype(np.float16)
        small[f"offsets_{layer}"] = offsets.astype(np.float16)
    return small
