"""Learn what ships of a table of assays: networks on descriptors and a ridge on structure.

Scaffolds are dealt into folds. Each network learns all folds but one and stops by that one; what it
says of it, beside a ridge of the same folds, chooses penalty and share of the ridge, calibrates
probabilities and sets the width of intervals. The part that is kept to test has no part in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from sklearn.linear_model import LogisticRegression

from musegnn.molecules.features import DescriptorScale, scale_of
from musegnn.molecules.property_heads import (
    DOMAINS,
    LEARNED,
    Heads,
    arrays_of,
    domain_places,
    heads_of,
    log_odds,
)
from musegnn.molecules.scores import task_auroc, task_error
from musegnn.molecules.structures import tanimoto
from musegnn.training.property_network import PropertyModel, PropertySettings, fit_properties

FOLDS: Final = 5
SETTINGS: Final = PropertySettings(width=128, dropout=0.3, rate=5e-4, patience=20)
_LEVELS: Final = 101  # quantiles of a descriptor
_PENALTIES: Final = (0.1, 0.3, 1.0, 3.0, 10.0)
_SHARES: Final = (0.0, 0.25, 0.5)
_MOST_ALONE: Final = 3000  # labels of a task that a ridge is solved for alone
_COVERED: Final = 0.9  # of the molecules left out lie within an interval
_FEWEST: Final = 30  # labels that say how wide an interval is


@dataclass(frozen=True)
class Known:
    """Molecules of a table in one form.

    Parameters
    ----------
    described, bits
        `(M, D)` descriptors and `(M, B)` fingerprints.
    labels
        `(M, T)`, NaN where nothing was measured.
    groups
        `(M,)` number of the scaffold.
    rows, parts
        As in `Heads`.
    """

    described: np.ndarray
    bits: np.ndarray
    labels: np.ndarray
    groups: np.ndarray
    rows: np.ndarray
    parts: np.ndarray

    def part(self, which: int) -> Known:
        """Keep what was learned from, or what was kept to test."""
        kept = self.parts == which
        return Known(*(getattr(self, name)[kept] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Learned:
    """What ships, and what it was chosen by.

    Parameters
    ----------
    heads
        As they are read again: half as wide.
    chosen
        Penalty and share of the ridge, and the score of each share on molecules left out.
    """

    heads: Heads
    chosen: dict[str, Any]


def learn_heads(
    name: str,
    known: Known,
    about: dict[str, Any],
    *,
    settings: PropertySettings = SETTINGS,
    n_folds: int = FOLDS,
    tell: Callable[[str], None] = lambda _: None,
) -> Learned:
    """Learn a table of assays.

    Parameters
    ----------
    name
        One of `musegnn.molecules.property_heads.TABLES`.
    known
        Its molecules; only those of the part `LEARNED` are learned from.
    about
        What the manifest says of the table, with `is_binary` and `tasks`.
    settings
        Of networks.
    n_folds
        Networks.
    tell
        Told about steps.
    """
    train = known.part(LEARNED)
    is_binary = bool(about["is_binary"])
    folds = deal(train.groups, n_folds)
    whole = scale_of(train.described)
    levels = np.quantile(whole.sorted_values, np.linspace(0, 1, _LEVELS), axis=0)
    scale = DescriptorScale(levels.astype(np.float32), whole.medians)
    features = scale.apply(train.described)
    models = []
    by_networks = np.full(train.labels.shape, np.nan)
    for fold in range(n_folds):
        out = folds == fold
        model = fit_properties(
            (features[~out], train.labels[~out]),
            (features[out], train.labels[out]),
            settings.with_seed(fold),
            is_binary=is_binary,
        )
        models.append(model)
        by_networks[out] = model.predict(features[out])
        tell(f"{name}: network {fold + 1} of {n_folds}, epoch {model.epoch}")
    kernel = tanimoto(train.bits, train.bits)
    centre = np.nanmean(train.labels, axis=0)
    penalty, by_ridge = _choose_penalty(kernel, train.labels, centre, folds)
    tell(f"{name}: ridge with penalty {penalty:g}")
    if is_binary:
        by_ridge = np.clip(by_ridge, 0, 1)
    scores = {
        share: _score(train.labels, by_networks, by_ridge, share, is_binary=is_binary)
        for share in _SHARES
    }
    share = max(scores, key=lambda one: scores[one])
    left_out = (1 - share) * by_networks + share * by_ridge
    inside = np.array(
        [_largest_elsewhere(kernel[row], folds, folds[row]) for row in range(len(folds))]
    )
    heads = Heads(
        name=name,
        tasks=tuple(entry["task"] for entry in about["tasks"]),
        is_binary=is_binary,
        layers=_stacked(models, settings.depth),
        scale=scale,
        ridge=ridge_weights(kernel, train.labels - centre, penalty),
        share=share,
        centre=centre,
        spread=np.mean([model.spread for model in models], axis=0),
        line=_line(train.labels, left_out) if is_binary else (1.0, 0.0),
        reach=_reach(train.labels, left_out, inside, is_binary=is_binary),
        fingerprints=known.bits,
        rows=known.rows,
        parts=known.parts,
        about={**about, "ridge_share": share},
    )
    chosen = {
        "penalty": penalty,
        "share": share,
        "left_out": {f"{one:g}": round(abs(score), 4) for one, score in scores.items()},
    }
    return Learned(heads_of(name, arrays_of(heads), heads.about), chosen)


def deal(groups: np.ndarray, n_folds: int, *, seed: int = 0) -> np.ndarray:
    """Return `(M,)` fold of each molecule; a scaffold lies in one, but for that of no rings.

    Molecules without rings are hundreds in some tables, and alike in nothing: each is dealt alone.
    """
    random = np.random.default_rng(seed)
    sizes = np.bincount(groups)
    is_large = sizes[groups] > len(groups) / (2 * n_folds)
    units = np.unique(np.where(is_large, -1 - np.arange(len(groups)), groups), return_inverse=True)[
        1
    ]
    counts = np.bincount(units)
    order = random.permutation(len(counts))
    ends = np.cumsum(counts[order])
    fold = np.empty(len(counts), dtype=np.int64)
    fold[order] = np.minimum((ends - 1) * n_folds // len(groups), n_folds - 1)
    return np.asarray(fold[units])


def ridge_weights(kernel: np.ndarray, labels: np.ndarray, penalty: float) -> np.ndarray:
    """Return `(M, T)` weights of a kernel ridge of centred labels.

    A task of many labels is not solved alone: what was not measured counts as its mean there, so
    that one factor serves all such tasks.

    Parameters
    ----------
    kernel
        `(M, M)`.
    labels
        `(M, T)` less the mean of each task, NaN where nothing was measured.
    penalty
        Added to the diagonal.
    """
    found = np.zeros(labels.shape)
    known = np.isfinite(labels)
    together = known.sum(axis=0) > _MOST_ALONE
    for task in np.flatnonzero(~together & known.any(axis=0)).tolist():
        rows = np.flatnonzero(known[:, task])
        found[rows, task] = _solve(kernel[np.ix_(rows, rows)], labels[rows, task], penalty)
    if together.any():
        found[:, together] = _solve(kernel, np.nan_to_num(labels[:, together]), penalty)
    return found


def _solve(kernel: np.ndarray, labels: np.ndarray, penalty: float) -> np.ndarray:
    made = kernel.astype(np.float64)
    made[np.diag_indices_from(made)] += penalty
    return np.asarray(cho_solve(cho_factor(made, overwrite_a=True), labels))


def _choose_penalty(
    kernel: np.ndarray, labels: np.ndarray, centre: np.ndarray, folds: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return the penalty with the least squared error on molecules left out, and what it says."""
    spread = np.nanstd(labels, axis=0)
    least, chosen, by_chosen = np.inf, _PENALTIES[0], np.full(labels.shape, np.nan)
    for penalty in _PENALTIES:
        said = np.empty(labels.shape)
        for fold in range(folds.max() + 1):
            out = folds == fold
            weights = ridge_weights(kernel[np.ix_(~out, ~out)], labels[~out] - centre, penalty)
            said[out] = kernel[np.ix_(out, ~out)] @ weights + centre
        error = float(np.nanmean(np.nanmean((said - labels) ** 2, axis=0) / spread**2))
        if error < least:
            least, chosen, by_chosen = error, penalty, said
    return chosen, by_chosen


def _score(
    labels: np.ndarray, networks: np.ndarray, ridge: np.ndarray, share: float, *, is_binary: bool
) -> float:
    """Mean AUROC of tasks, or mean error below zero: more is better."""
    said = (1 - share) * networks + share * ridge
    return float(np.nanmean(task_auroc(labels, said) if is_binary else -task_error(labels, said)))


def _largest_elsewhere(row: np.ndarray, folds: np.ndarray, own: int) -> float:
    return float(row[folds != own].max())


def _line(labels: np.ndarray, left_out: np.ndarray) -> tuple[float, float]:
    """Slope and level of the logistic line through molecules left out, of all tasks together."""
    known = np.isfinite(labels)
    line = LogisticRegression(C=np.inf).fit(log_odds(left_out[known])[:, None], labels[known] > 0)
    return max(float(line.coef_[0, 0]), 0.0), float(line.intercept_[0])


def _reach(
    labels: np.ndarray, left_out: np.ndarray, nearest: np.ndarray, *, is_binary: bool
) -> np.ndarray:
    """Half widths within which most molecules left out lie, by domain."""
    n_tasks = labels.shape[1]
    found = np.zeros((len(DOMAINS), n_tasks))
    if is_binary:
        return found
    miss = np.abs(left_out - labels)
    places = domain_places(nearest)
    usual = np.nanquantile(miss, _COVERED, axis=0)
    for place in range(len(DOMAINS)):
        relative = (miss / usual)[places == place]
        relative = relative[np.isfinite(relative)]
        wider = np.quantile(relative, _COVERED) if len(relative) >= _FEWEST else 1.0
        found[place] = usual * wider
    # who is further out is never told to be surer
    return np.maximum.accumulate(found, axis=0)


def _stacked(models: list[PropertyModel], depth: int) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Weights and offsets of all networks, layer by layer, norms folded into them."""
    each = [_layers_of(model, depth) for model in models]
    return tuple(
        (np.stack([net[layer][0] for net in each]), np.stack([net[layer][1] for net in each]))
        for layer in range(depth + 1)
    )


def _layers_of(model: PropertyModel, depth: int) -> list[tuple[np.ndarray, np.ndarray]]:
    parts = {name: tensor.numpy() for name, tensor in model.network.state_dict().items()}
    found = []
    for layer in range(depth):
        linear, norm = f"trunk.{4 * layer}", f"trunk.{4 * layer + 1}"
        factor = parts[f"{norm}.weight"] / np.sqrt(parts[f"{norm}.running_var"] + 1e-5)
        offset = (parts[f"{linear}.bias"] - parts[f"{norm}.running_mean"]) * factor
        found.append((parts[f"{linear}.weight"].T * factor, offset + parts[f"{norm}.bias"]))
    return [*found, (parts["heads.weight"].T, parts["heads.bias"])]
