"""Ways to rank candidate targets of compounds, one record each, all asked in the same way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy.linalg import solve

from musegnn.errors import InputError
from musegnn.targets.similarity import trust

# set on folds of seeds that no table reports
SIGNATURE_NOISE: Final = 0.5  # ridge of a signature of endless strength
WEAK_NOISE: Final = 20.0  # how much more of it a weak one gets, over its largest z-score
STRUCTURE_NOISE: Final = 0.3
GENE_NOISE: Final = 1.0  # ridge over targets
SIGNATURE_SHARE: Final = 0.8  # weight of the signature kernel beside that of structures
DESCRIPTOR_SHARE: Final = 0.5
NEAREST: Final = 30
FEW_TARGETS: Final = 5  # compounds with more are learned from, and not asked about
STRONGEST: Final = 15.0  # a signature beyond this is not less noisy
_LEAST_WEIGHT: Final = 1e-3  # of a compound that is drawn to count for next to nothing


@dataclass(frozen=True)
class Pair:
    """One kernel between R training compounds and A asked ones.

    Parameters
    ----------
    among
        `(R, R)` among the training compounds.
    across
        `(A, R)` from those asked to those of training.
    """

    among: np.ndarray
    across: np.ndarray


@dataclass(frozen=True)
class Question:
    """What a method is told: training compounds with their targets, and how alike all are.

    Parameters
    ----------
    known
        `(R, T)` bool, targets of the training compounds.
    n_known
        `(R,)` how many targets each has, candidates or not.
    kernels
        Name -> `Pair` over the training compounds: `cosine` of plain signatures, `whitened`,
        `signature`, `tanimoto`, `structure`, `descriptors`.
    strength
        `(R,)` and `(A,)`: how strong signatures are, of training and of those asked.
    genes
        `(T, T)` how alike candidates are; None where nothing is known of them.
    outside
        `(A, M)` Tanimoto of those asked to M labelled molecules without a signature, 0 for those
        that must not be used.
    outside_known, outside_n
        Their targets, as `known` and `n_known`.
    weights
        `(R,)` and `(M,)` how much each training compound and each molecule counts: drawn anew, they
        tell how sure an answer is. None lets all count the same.
    answered
        Scores of methods that were asked for already.
    wide
        Kernel of structures over those of the R + M molecules that may be used for all that are
        asked, and which these are; None where no method asks for it.
    """

    known: np.ndarray
    n_known: np.ndarray
    kernels: Mapping[str, Pair]
    strength: tuple[np.ndarray, np.ndarray]
    genes: np.ndarray | None = None
    outside: np.ndarray | None = None
    outside_known: np.ndarray | None = None
    outside_n: np.ndarray | None = None
    wide: tuple[Pair, np.ndarray] | None = None
    weights: tuple[np.ndarray, np.ndarray] | None = None
    answered: dict[str, np.ndarray] = field(init=False, default_factory=dict, compare=False)

    @property
    def labels(self) -> np.ndarray:
        """`(R, T)` targets, less where a compound has many: it says less about each."""
        return weigh_labels(self.known, self.n_known)


@dataclass(frozen=True)
class Method:
    """One way to rank targets.

    Parameters
    ----------
    name, title
        Short name, and its words.
    uses
        Of "signature", "structure", "outside", "wide": what it cannot do without.
    score
        Question in, `(A, T)` scores out, higher is more likely.
    """

    name: str
    title: str
    uses: frozenset[str]
    score: Callable[[Question], np.ndarray]


def weigh_labels(known: np.ndarray, n_known: np.ndarray) -> np.ndarray:
    """Return float64 labels divided by the square root of how many targets a compound has."""
    return known / np.sqrt(np.maximum(n_known, 1))[:, None]


def standardised(scores: np.ndarray) -> np.ndarray:
    """Centre the scores of each compound and divide by their spread."""
    spread = scores.std(axis=1, keepdims=True)
    centred = scores - scores.mean(axis=1, keepdims=True)
    return np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 1e-12)


def carry_to_genes(scores: np.ndarray, genes: np.ndarray | None) -> np.ndarray:
    """Share scores with like genes: the second step of a two-step ridge.

    Parameters
    ----------
    scores
        `(A, T)`.
    genes
        `(T, T)` how alike targets are; None leaves the scores as they are.
    """
    if genes is None:
        return scores
    # scores (K + n)^-1 K, with K symmetric
    return solve(genes + GENE_NOISE * np.eye(len(genes)), genes @ scores.T, assume_a="pos").T


def ridge(pair: Pair, labels: np.ndarray, noise: float | np.ndarray) -> np.ndarray:
    """Kernel ridge regression, with a noise of each training compound of its own if need be."""
    among = pair.among.copy()
    among[np.diag_indices(len(among))] += noise
    # the side with fewer rows is solved for
    if len(pair.across) < labels.shape[1]:
        weights = solve(among, pair.across.T, assume_a="pos", check_finite=False)
        return weights.T @ labels
    return pair.across @ solve(among, labels, assume_a="pos", check_finite=False)


def nearest(across: np.ndarray, labels: np.ndarray, *, power: int, most: int | None) -> np.ndarray:
    """Votes of the nearest: likeness to a power times labels.

    Parameters
    ----------
    across
        `(A, R)` likeness; below 0 counts nothing.
    labels
        `(R, T)`.
    power
        How much more the nearest count.
    most
        How many vote; None lets all.
    """
    votes = np.maximum(across, 0.0).astype(np.float64) ** power
    if most is not None and most < votes.shape[1]:
        least = np.partition(votes, -most, axis=1)[:, -most][:, None]
        votes = np.where(votes >= least, votes, 0.0)
    return votes @ labels


def answer(name: str, asked: Question) -> np.ndarray:
    """Return the scores of a method by name; a question remembers what it was answered."""
    if name not in asked.answered:
        asked.answered[name] = METHODS[name].score(asked)
    return asked.answered[name]


def noise_of(weights: np.ndarray) -> np.ndarray:
    """Return the ridge of molecules of which some count less: they are noisier."""
    return STRUCTURE_NOISE / np.maximum(weights, _LEAST_WEIGHT)


def _ridge(
    asked: Question, pair: Pair, labels: np.ndarray, noise: float | np.ndarray
) -> np.ndarray:
    """Ridge in which a training compound that counts less is noisier."""
    if asked.weights is not None:
        noise = noise / np.maximum(asked.weights[0], _LEAST_WEIGHT)
    return ridge(pair, labels, noise)


def _votes(asked: Question, labels: np.ndarray) -> np.ndarray:
    """Labels as often as their compounds count."""
    if asked.weights is None:
        return labels
    weights = np.concatenate(asked.weights)[: len(labels)]
    return labels * weights[:, None]


def _popularity(asked: Question) -> np.ndarray:
    n = len(next(iter(asked.kernels.values())).across)
    few = asked.n_known <= FEW_TARGETS  # compounds that hit everything blur who is popular
    return np.repeat(asked.known[few].sum(axis=0, dtype=np.float64)[None], n, axis=0)


def _signature_nearest(asked: Question) -> np.ndarray:
    known = _votes(asked, asked.known.astype(np.float64))
    return nearest(asked.kernels["cosine"].across, known, power=3, most=NEAREST)


def _signature_whitened(asked: Question) -> np.ndarray:
    return ridge(asked.kernels["whitened"], asked.known.astype(np.float64), 1.0)


def _signature(asked: Question) -> np.ndarray:
    noise = SIGNATURE_NOISE * (1 + WEAK_NOISE / np.clip(asked.strength[0], 0.5, STRONGEST))
    return carry_to_genes(
        _ridge(asked, asked.kernels["signature"], asked.labels, noise), asked.genes
    )


def _structure_nearest(asked: Question) -> np.ndarray:
    return nearest(
        asked.kernels["tanimoto"].across, asked.known.astype(np.float64), power=4, most=None
    )


def _structure_pair(asked: Question) -> Pair:
    of, more = asked.kernels["structure"], asked.kernels["descriptors"]
    return Pair(
        of.among + DESCRIPTOR_SHARE * more.among, of.across + DESCRIPTOR_SHARE * more.across
    )


def _structure_ridge(asked: Question) -> np.ndarray:
    return _ridge(asked, _structure_pair(asked), asked.labels, STRUCTURE_NOISE)


def _structure(asked: Question) -> np.ndarray:
    return carry_to_genes(_structure_ridge(asked), asked.genes)


def _combined_ridge(asked: Question) -> np.ndarray:
    pair, more = _structure_pair(asked), asked.kernels["signature"]
    mine, theirs = (trust(strength) for strength in asked.strength)
    among = pair.among + SIGNATURE_SHARE * more.among * np.outer(mine, mine)
    across = pair.across + SIGNATURE_SHARE * more.across * np.outer(theirs, mine)
    return _ridge(asked, Pair(among, across), asked.labels, STRUCTURE_NOISE)


def _combined(asked: Question) -> np.ndarray:
    return carry_to_genes(_combined_ridge(asked), asked.genes)


def with_outside(asked: Question) -> tuple[np.ndarray, np.ndarray]:
    """Return Tanimoto to all labelled molecules, and their weighed targets.

    Raises
    ------
    InputError
        If the question has no molecules without a signature.
    """
    if asked.outside is None or asked.outside_known is None or asked.outside_n is None:
        msg = "Expected labelled molecules without a signature, found none."
        raise InputError(msg, "Use a method that asks for signatures or structures alone.")
    across = np.concatenate([asked.kernels["tanimoto"].across, asked.outside], axis=1)
    known = np.concatenate([asked.known, asked.outside_known])
    return across, weigh_labels(known, np.concatenate([asked.n_known, asked.outside_n]))


def _outside_nearest(asked: Question) -> np.ndarray:
    across, labels = with_outside(asked)
    return nearest(across, _votes(asked, (labels > 0).astype(np.float64)), power=4, most=None)


def _wide(asked: Question) -> np.ndarray:
    """Votes of the nearest labelled molecules, and structure and signature of those measured."""
    across, labels = with_outside(asked)
    votes = nearest(across, _votes(asked, labels), power=6, most=None)
    return standardised(votes) + 0.5 * standardised(answer("combined", asked))


def _far_ridge(asked: Question) -> np.ndarray:
    """Ridge on the structures of all labelled molecules."""
    _, labels = with_outside(asked)
    if asked.wide is None:
        msg = "Expected kernels over all labelled molecules, found none."
        raise InputError(msg, "Ask the question with them.")
    pair, rows = asked.wide
    noise: float | np.ndarray = STRUCTURE_NOISE
    if asked.weights is not None:
        noise = noise_of(np.concatenate(asked.weights)[rows])
    return ridge(pair, labels[rows].astype(pair.among.dtype), noise)


def _wide_ridge(asked: Question) -> np.ndarray:
    """Votes with structure and signature, and a two-step ridge over all labelled molecules."""
    far = carry_to_genes(answer("far_ridge", asked), asked.genes)
    return standardised(far) + 0.5 * answer("wide", asked)


_SIGNATURE, _STRUCTURE = frozenset({"signature"}), frozenset({"structure"})
_BOTH = _SIGNATURE | _STRUCTURE
_ALL = _BOTH | {"outside"}
METHODS: Final[dict[str, Method]] = {
    method.name: method
    for method in (
        Method("popularity", "how many compounds hit a target", frozenset(), _popularity),
        Method("signature_nearest", "30 nearest signatures", _SIGNATURE, _signature_nearest),
        Method(
            "signature_whitened", "ridge on whitened signatures", _SIGNATURE, _signature_whitened
        ),
        Method("signature", "two-step ridge on signatures", _SIGNATURE, _signature),
        Method("structure_nearest", "nearest structures", _STRUCTURE, _structure_nearest),
        Method("structure_ridge", "ridge on structures", _STRUCTURE, _structure_ridge),
        Method("structure", "two-step ridge on structures", _STRUCTURE, _structure),
        Method("combined_ridge", "ridge on structures and signatures", _BOTH, _combined_ridge),
        Method("combined", "two-step ridge on structures and signatures", _BOTH, _combined),
        Method(
            "outside_nearest",
            "nearest structures among all labelled molecules",
            _STRUCTURE | {"outside"},
            _outside_nearest,
        ),
        Method("wide", "nearest of all labelled molecules, with both", _ALL, _wide),
        Method(
            "far_ridge",
            "ridge on structures of all labelled molecules",
            _STRUCTURE | {"outside", "wide"},
            _far_ridge,
        ),
        Method(
            "wide_ridge", "the same with a ridge over all of them", _ALL | {"wide"}, _wide_ridge
        ),
    )
}
