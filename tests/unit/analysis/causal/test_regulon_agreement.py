import numpy as np
import pandas as pd
import pytest

from musegnn.analysis.causal.regulon_agreement import regulon_agreement
from tests.unit.analysis.causal.test_regulation import random_table, read_regulation


@pytest.mark.parametrize("is_signed", [True, False])
def test_it_equals_a_loop_over_the_other_targets(is_signed):
    known = read_regulation(random_table(300), least="E")
    genes = pd.Index([f"G{i}" for i in range(20)])  # some targets are not in the context
    rng = np.random.default_rng(0)
    similarity = rng.uniform(-1, 1, (20, 20))
    similarity = (similarity + similarity.T) / 2
    regulators = list(rng.choice([*known.regulators, "nobody"], 150))
    targets = list(rng.choice([f"G{i}" for i in range(25)], 150))
    found = regulon_agreement(known, genes, similarity, regulators, targets, is_signed=is_signed)
    signs = {
        (row.regulator, row.target): (-1 if row.sign < 0 else 1) if is_signed else 1
        for row in known.pairs.itertuples()
    }
    for value, regulator, target in zip(found, regulators, targets, strict=True):
        others = [
            sign * similarity[genes.get_loc(target), genes.get_loc(gene)]
            for (a, gene), sign in signs.items()
            if a == regulator and gene != target and gene in genes and target in genes
        ]
        if others:
            assert value == pytest.approx(np.mean(others))
        else:
            assert np.isnan(value)
