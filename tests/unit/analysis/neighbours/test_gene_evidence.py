"""Evidence among neighbours against chance: scipy's own test, and plain counting."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from musegnn.analysis.neighbours.gene_evidence import compare_with_chance, short_term


def test_p_is_that_of_fishers_exact_test():
    rng = np.random.default_rng(0)
    flags = pd.DataFrame({"a": rng.random(300) < 0.1, "b": rng.random(300) < 0.5})
    nearest = rng.choice(300, 25, replace=False)
    table = compare_with_chance(flags, nearest).set_index("kind")
    for kind in flags:
        inside = flags[kind].to_numpy()[nearest]
        outside = np.delete(flags[kind].to_numpy(), nearest)
        counts = [[inside.sum(), (~inside).sum()], [outside.sum(), (~outside).sum()]]
        expected = fisher_exact(counts, alternative="greater").pvalue
        assert table.loc[kind, "p"] == pytest.approx(expected, rel=1e-12)
        assert table.loc[kind, "found"] == inside.sum()
        assert table.loc[kind, "background"] == flags[kind].mean()
        fold = inside.mean() / flags[kind].mean()
        assert table.loc[kind, "fold"] == pytest.approx(fold)


def test_random_neighbours_are_no_finding():
    rng = np.random.default_rng(1)
    flags = pd.DataFrame({"a": rng.random(500) < 0.2})
    p = [compare_with_chance(flags, rng.choice(500, 40, replace=False))["p"][0] for _ in range(400)]
    assert np.mean(np.array(p) < 0.05) <= 0.075  # a discrete test keeps below its level


def test_nothing_to_find_has_no_fold():
    flags = pd.DataFrame({"a": np.zeros(10, dtype=bool)})
    row = compare_with_chance(flags, np.arange(3)).iloc[0]
    assert np.isnan(row["fold"])
    assert row["p"] == 1
    empty = compare_with_chance(flags.iloc[:0], np.arange(0)).iloc[0]
    assert np.isnan(empty["p"])


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Insulin processing_Homo sapiens_R-HSA-264876", "Insulin processing"),
        ("hormone secretion (GO:0046879)", "hormone secretion"),
        ("KEGG_RIBOSOME", "KEGG_RIBOSOME"),
    ],
)
def test_terms_are_named_without_accession(name, short):
    assert short_term(name) == short
