import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control, fisher_exact

from musegnn.analysis.causal.regulation import COLUMNS, read_regulation
from musegnn.analysis.causal.upstream_regulators import MINIMUM_OVERLAP, upstream_regulators
from musegnn.errors import InputError

BACKGROUND = [f"G{i:03}" for i in range(300)]


def regulation(seed=0, n_regulators=40, n_targets=25):
    rng = np.random.default_rng(seed)
    rows = [
        (f"R{r:02}", str(gene), int(rng.choice([-1, 1])), "A", "x", "1", "")
        for r in range(n_regulators)
        for gene in rng.choice(BACKGROUND, n_targets, replace=False)
    ]
    return read_regulation(pd.DataFrame(rows, columns=list(COLUMNS)))


def targets_of(known, regulator):
    pairs = known.pairs[known.pairs["regulator"] == regulator]
    return dict(zip(pairs["target"], pairs["sign"], strict=True))


def test_p_and_odds_are_those_of_fishers_exact_test():
    known = regulation()
    genes = BACKGROUND[:40]
    found = upstream_regulators(known, genes, BACKGROUND).set_index("regulator")
    p_values = {}
    for regulator in known.regulators:
        targets = set(targets_of(known, regulator))
        both = len(targets & set(genes))
        table = [
            [both, len(targets) - both],
            [len(genes) - both, len(BACKGROUND) - len(targets) - len(genes) + both],
        ]
        odds, p = fisher_exact(table, alternative="greater")
        p_values[regulator] = p
        if both >= MINIMUM_OVERLAP:
            row = found.loc[regulator]
            assert row["p"] == pytest.approx(p, rel=1e-10)
            assert row["odds_ratio"] == pytest.approx(odds, rel=1e-10)
            assert row["genes"].split(", ") == sorted(targets & set(genes))
        else:
            assert regulator not in found.index
    q = pd.Series(false_discovery_control(list(p_values.values())), index=list(p_values))
    np.testing.assert_allclose(found["q"], q[found.index], rtol=1e-10)
    assert found["p"].is_monotonic_increasing


def test_activation_z_is_the_formula_by_hand():
    known = regulation(seed=1)
    rng = np.random.default_rng(0)
    genes = BACKGROUND[:80]
    directions = {gene: float(rng.choice([-2.5, 1.0], p=[0.3, 0.7])) for gene in genes[:60]}
    found = upstream_regulators(known, genes, BACKGROUND, directions=directions)
    tilt = np.mean([np.sign(value) for value in directions.values()])
    assert len(found) > 10
    for row in found.itertuples():
        signs = targets_of(known, row.regulator)
        products = [
            sign * np.sign(directions[gene]) for gene, sign in signs.items() if gene in directions
        ]
        n = len(products)
        assert row.signed == n
        if not n:
            continue
        mean = tilt * np.mean(list(signs.values()))
        assert row.z == pytest.approx(sum(products) / np.sqrt(n))
        assert row.z_corrected == pytest.approx(
            (sum(products) - n * mean) / np.sqrt(n * (1 - mean**2))
        )
        assert row.state == ("activated" if row.z >= 2 else "inhibited" if row.z <= -2 else "")


def test_the_true_regulator_is_first_on_planted_sets():
    n_first = 0
    for seed in range(100):
        known = regulation(seed=seed)
        rng = np.random.default_rng([seed, 9])
        truth = str(rng.choice(known.regulators))
        signs = targets_of(known, truth)
        active = rng.choice(sorted(signs), 12, replace=False)
        noise = rng.choice(BACKGROUND, 18, replace=False)
        directions = {gene: float(rng.choice([-1, 1])) for gene in noise}
        directions |= {gene: float(signs[gene]) for gene in active}
        found = upstream_regulators(known, [*active, *noise], BACKGROUND, directions=directions)
        n_first += found["regulator"][0] == truth
        row = found.set_index("regulator").loc[truth]
        assert row["state"] == "activated"
    assert n_first >= 95


def test_random_sets_give_p_values_that_are_not_too_small():
    known = regulation(n_regulators=30, n_targets=60)
    p_values = []
    for seed in range(150):
        genes = np.random.default_rng(seed).choice(BACKGROUND, 60, replace=False)
        p_values.append(upstream_regulators(known, genes, BACKGROUND)["p"].to_numpy())
    p = np.concatenate(p_values)
    # an exact test on counts is conservative: at each level no more than that share is below
    for level in (0.01, 0.05, 0.1, 0.5):
        assert (p <= level).mean() <= level * 1.15
    assert (p <= 0.5).mean() > 0.35  # and not empty of power


def test_random_directions_give_standard_normal_scores():
    known = regulation(n_regulators=40, n_targets=60)
    scores = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        genes = rng.choice(BACKGROUND, 100, replace=False)
        directions = dict(zip(genes, rng.choice([-1.0, 1.0], 100), strict=True))
        scores.append(upstream_regulators(known, genes, BACKGROUND, directions=directions)["z"])
    z = np.concatenate(scores)
    assert abs(z.mean()) < 0.06
    assert z.std() == pytest.approx(1, abs=0.06)


def test_genes_outside_the_background_do_not_count():
    known = regulation()
    genes = BACKGROUND[:40]
    plain = upstream_regulators(known, genes, BACKGROUND)
    padded = upstream_regulators(known, [*genes, "X1", "X2"], BACKGROUND, directions={"X1": 1.0})
    pd.testing.assert_frame_equal(plain, padded)
    assert plain["z"].isna().all()


def test_a_set_outside_the_background_is_refused():
    with pytest.raises(InputError, match="Expected genes of this model and context, found X1"):
        upstream_regulators(regulation(), ["X1"], BACKGROUND)


def test_no_regulation_gives_an_empty_table():
    empty = read_regulation(pd.DataFrame(columns=list(COLUMNS)))
    assert upstream_regulators(empty, BACKGROUND[:5], BACKGROUND).empty
