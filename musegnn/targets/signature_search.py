"""Which stored signatures are like a given one, and which are its reverse."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from musegnn.targets.own_signature import OwnSignature
from musegnn.targets.similarity import FULL_STRENGTH
from musegnn.targets.tables import Pharmacology

DRAWS: Final = 300


def compare_signatures(
    values: np.ndarray, signatures: np.ndarray, *, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Cosine of one signature to all stored ones, with p-values from permuted genes.

    Parameters
    ----------
    values
        `(G,)`, 0 for genes of which nothing is said: these do not count on either side.
    signatures
        `(S, G)` stored z-scores.
    seed
        Of the draws: which measured gene has which value.

    Returns
    -------
    `(S,)` cosine over the genes that count, and two-sided p-values.
    """
    logs = (np.sign(signatures) * np.log1p(np.abs(signatures))).astype(np.float32)
    own = (np.sign(values) * np.log1p(np.abs(values))).astype(np.float32)
    own /= max(float(np.linalg.norm(own)), 1e-12)
    rng = np.random.default_rng(seed)
    # the first column is the signature itself, the others lay its values on genes by chance
    laid = np.stack([own, *(rng.permutation(own) for _ in range(DRAWS))], axis=1)
    length = np.sqrt((logs**2) @ (laid != 0).astype(np.float32))
    shared = logs @ laid
    cosine = np.divide(shared, length, out=np.zeros_like(shared), where=length > 0)
    more = (np.abs(cosine[:, 1:]) >= np.abs(cosine[:, :1]) - 1e-6).sum(axis=1)
    return cosine[:, 0].astype(np.float64), (more + 1) / (DRAWS + 1)


def mimic_and_reverse(own: OwnSignature, data: Pharmacology, *, seed: int = 0) -> pd.DataFrame:
    """Return every stored signature, those most alike first and the reverse ones last.

    Returns
    -------
    `compound`, `name`, `cosine` (-1 to 1), `p`, `q` (Benjamini and Hochberg), `strength` (largest
    absolute z-score), `is_strong`, `targets`, `mechanism`, `phase`, `atc`.
    """
    cosine, p = compare_signatures(own.values, data.signatures, seed=seed)
    keys = list(data.signature_keys)
    about = data.compounds.loc[keys]
    targets = (
        data.pairs.drop_duplicates(["compound", "gene"]).groupby("compound")["gene"].agg("|".join)
    )
    table = pd.DataFrame(
        {
            "compound": keys,
            "name": data.called(keys),
            "cosine": cosine,
            "p": p,
            "q": adjusted(p),
            "strength": data.strength,
            "is_strong": data.strength >= FULL_STRENGTH,
            "targets": targets.reindex(keys).fillna("").to_numpy(),
            **{name: about[name].to_numpy() for name in ("mechanism", "phase", "atc")},
        }
    )
    return table.sort_values(["cosine", "compound"], ascending=[False, True], ignore_index=True)


def adjusted(p: np.ndarray) -> np.ndarray:
    """Return Benjamini and Hochberg's q-values."""
    order = np.argsort(p, kind="stable")
    raw = p[order] * len(p) / np.arange(1, len(p) + 1)
    found = np.empty(len(p))
    found[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return found


METHOD: Final = (
    "Cosine between the signature and each stored consensus signature, of signed logarithms, over "
    f"the measured genes that were given; p from {DRAWS} draws that lay the values on other "
    "measured genes, q after Benjamini and Hochberg over all compounds. A stored signature whose "
    f"largest z-score is below {FULL_STRENGTH:g} says little about its compound."
)
