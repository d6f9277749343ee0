"""What datasets agree on: regularised generalised canonical correlation over shared names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from musegnn.graphs.alignment import SharedRows, find_shared_rows
from musegnn.graphs.unit_rows import unit_rows

NEGLIGIBLE = 1e-9  # agreement lies between 0 and 1


def consensus_features(
    features: Sequence[np.ndarray],
    names: Sequence[Sequence[str]],
    *,
    width: int,
    ridge: float,
    power: float,
) -> list[np.ndarray]:
    r"""Map each dataset by ridge regression onto scores of names that all datasets predict best.

    With :math:`P_d = X_d (X_d^T X_d + \lambda_d I)^{-1} X_d^T` over the shared names of dataset d,
    C the diagonal matrix of the number of datasets in which a name stands, and
    :math:`C^{-1/2} (\sum_d P_d) C^{-1/2} = V \Lambda V^T`, a name has the scores
    :math:`Z = C^{-1/2} V \Lambda^p` and a gene its prediction
    :math:`X_d (X_d^T X_d + \lambda_d I)^{-1} X_d^T Z`. An eigenvalue, 0 to 1, says how well the
    datasets agree on a direction. Prediction needs no name: a gene that stands in one dataset alone
    is placed by the same map. Columns are not centred, so what all genes have in common counts as a
    direction too.

    Parameters
    ----------
    features
        `(G_d, F_d)` of each dataset, finite; widths may differ.
    names
        G_d names of each dataset. Where a name stands twice in one dataset, its first row counts.
    width
        Number of directions K, at least 1.
    ridge
        :math:`\lambda_d` against the mean of the diagonal of :math:`X_d^T X_d`, greater than 0.
    power
        p, 0 or more: how much more a direction counts that datasets agree on.

    Returns
    -------
    `(G_d, K)` float64 unit rows of each dataset; rows of zeros where a dataset shares no name,
    columns of zeros where there are fewer directions.

    References
    ----------
    Carroll, Proceedings of the APA 3, 227 (1968); Kettenring, Biometrika 58, 433 (1971): MAXVAR.
    Tenenhaus and Tenenhaus, Psychometrika 76, 257 (2011), for its regularisation.
    """
    tables = [np.asarray(values, dtype=np.float64) for values in features]
    shared = find_shared_rows(names)
    maps = [_Map(table, own, ridge) for table, own in zip(tables, shared, strict=True)]
    n_names = max((int(own.slots.max()) + 1 for own in shared if len(own.slots)), default=0)
    scores = np.zeros((n_names, width))
    n_found = min(width, n_names - 1)
    if n_found > 0 and any(own.has_signal for own in maps):
        count = np.bincount(np.concatenate([own.slots for own in shared]), minlength=n_names)
        scale = 1 / np.sqrt(count)
        operator = LinearOperator(
            (n_names, n_names), lambda column: _agree(maps, scale, column), dtype=np.float64
        )
        # a fixed start makes the iteration repeatable
        agreement, vectors = eigsh(operator, k=n_found, v0=np.ones(n_names))
        agreement = np.where(agreement > NEGLIGIBLE, agreement, 0)[::-1]
        scores[:, :n_found] = scale[:, None] * vectors[:, ::-1] * agreement**power
        scores[:, :n_found] *= agreement > 0
    return [unit_rows(table @ own.weights(scores)) for table, own in zip(tables, maps, strict=True)]


class _Map:
    """Ridge regression from the features of one dataset to scores of its shared names."""

    def __init__(self, table: np.ndarray, own: SharedRows, ridge: float) -> None:
        self.slots = own.slots
        self.seen = table[own.rows]
        square = self.seen.T @ self.seen
        size = float(np.trace(square)) / max(len(square), 1)
        self.has_signal = size > 0
        penalty = (ridge * size if self.has_signal else 1.0) * np.eye(len(square))
        self.inverse = np.linalg.inv(square + penalty)

    def weights(self, scores: np.ndarray) -> np.ndarray:
        """Weights `(F, K)` that predict the scores `(N, K)` of all names best."""
        return self.inverse @ (self.seen.T @ scores[self.slots])


def _agree(maps: Sequence[_Map], scale: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Apply the sum of all predictions to scores of names, `(N,)`."""
    given = column.ravel() * scale
    found = np.zeros_like(given)
    for own in maps:
        found[own.slots] += own.seen @ own.weights(given)
    return found * scale
