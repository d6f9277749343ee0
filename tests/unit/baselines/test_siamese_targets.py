"""The published pairing network learns planted pairs, the same each time."""

from __future__ import annotations

import numpy as np

from musegnn.baselines.siamese_targets import SiameseSettings, score_siamese
from musegnn.targets.ranking import rank_known


def test_planted_pairs_are_learned_and_a_seed_gives_the_same_bytes():
    rng = np.random.default_rng(0)
    targets = np.eye(6)
    hit = rng.integers(6, size=150)
    signatures = targets[hit] + 0.2 * rng.standard_normal((150, 6))
    known = np.eye(6, dtype=bool)[hit]
    settings = SiameseSettings(width=48, hidden=24, epochs=25, batch=100)
    scores = [
        score_siamese(
            signatures[:120], known[:120], signatures[120:], targets, settings=settings, seed=1
        )
        for _ in range(2)
    ]
    np.testing.assert_array_equal(scores[0], scores[1])
    assert rank_known(scores[0], known[120:]).mean("auroc") > 0.8
