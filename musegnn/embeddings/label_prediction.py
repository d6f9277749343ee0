"""Label prediction: how likely a gene carries a label, told by a model that never saw the gene."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FOLDS = 5


def predict_out_of_fold(
    points: np.ndarray, target: np.ndarray, group: np.ndarray, *, seed: int
) -> np.ndarray:
    """Predict the label of each gene by logistic regression on the other genes.

    All contexts of a gene stay in one of five folds, so nothing is gained by recognising the
    gene. Features are standardised and classes weighted within the training folds.

    Parameters
    ----------
    points
        `(R, D)` features of genes in context.
    target
        `(R,)` bool label.
    group
        `(R,)` gene of each row, numbered from 0 without gaps.
    seed
        Of the draw of the folds.

    Returns
    -------
    `(G,)` probability of each gene, 0 to 1, averaged over its contexts.
    """
    total = np.zeros(group.max() + 1)
    folds = StratifiedGroupKFold(n_splits=FOLDS, shuffle=True, random_state=seed)
    for train, test in folds.split(points, target, group):
        model = make_pipeline(
            StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000)
        )
        model.fit(points[train], target[train])
        np.add.at(total, group[test], model.predict_proba(points[test])[:, 1])
    return total / np.bincount(group)
