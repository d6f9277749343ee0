"""Gene-set cohesion: in which contexts the genes of a set lie closer together than others."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.stats import false_discovery_control

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.errors import InputError
from musegnn.validation import check_positive

FEWEST_MEMBERS = 3
DRAWS = 999
DEGREE_BINS = 10
COHESION_COLUMNS = (
    *("context", "species", "tissue", "modality", "members", "genes"),
    *("cohesion", "expected", "low", "high", "z", "p", "q", "is_circular"),
)


def mean_pairwise_cosine(unit: np.ndarray, indicator: sparse.csr_matrix) -> np.ndarray:
    """Mean cosine over all pairs within each of several sets.

    Parameters
    ----------
    unit
        `(n, D)` vectors of length 1.
    indicator
        `(S, n)` 1 where a set holds a gene; sets of at least two genes.

    Returns
    -------
    `(S,)` from -1 to 1.
    """
    size = np.asarray(indicator.sum(axis=1), dtype=np.float64).ravel()
    total = indicator @ np.asarray(unit, dtype=np.float64)
    return (np.einsum("ij,ij->i", total, total) - size) / (size * (size - 1))


def draw_matched_sets(
    degree: np.ndarray, members: np.ndarray, *, draws: int, generator: np.random.Generator
) -> sparse.csr_matrix:
    """Draw random sets whose genes have degrees like those of the members.

    Genes are put into ten bins of equal size by degree; each random set takes as many genes from
    each bin, without replacement, as the set has members there.

    Parameters
    ----------
    degree
        `(n,)` number of edges of each gene.
    members
        Positions of the members, each once.
    draws
        Number of sets.
    generator
        Source of randomness.

    Returns
    -------
    `(draws, n)` matrix of 0 and 1.
    """
    n_genes = len(degree)
    rank = np.argsort(np.argsort(degree, kind="stable"), kind="stable")
    bins = rank * min(DEGREE_BINS, n_genes) // n_genes
    chosen = []
    for number in np.unique(bins[members]):
        pool = np.flatnonzero(bins == number)
        wanted = int((bins[members] == number).sum())
        order = generator.random((draws, len(pool))).argpartition(wanted - 1, axis=1)
        chosen.append(pool[order[:, :wanted]])
    columns = np.concatenate(chosen, axis=1)
    pointer = np.arange(0, columns.size + 1, columns.shape[1])
    return sparse.csr_matrix(
        (np.ones(columns.size), columns.ravel(), pointer), shape=(draws, n_genes)
    )


def cohesion_by_context(
    embedding: EmbeddingSet,
    rows: np.ndarray,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    chosen_in: Collection[str] = (),
) -> pd.DataFrame:
    """Measure in each context whether the genes of a set keep together.

    Parameters
    ----------
    embedding
        The atlas.
    rows
        Rows of the members, in any contexts.
    draws
        Random sets a context, matched by degree.
    seed
        Of the random sets.
    chosen_in
        Contexts whose own vectors chose the genes, such as that of a gene whose neighbours they
        are: that they lie together there is no finding, and it is not tested.

    Returns
    -------
    One row a context with at least `FEWEST_MEMBERS` members, smallest p first, then by cohesion
    over expectation: `COHESION_COLUMNS`. `cohesion` is the mean cosine of the pairs of members;
    `expected`, `low`, `high` are mean and central 95 % of the random sets; `z` the distance in
    their standard deviations; `p` the share of sets at least as cohesive, the set itself counted
    (Phipson and Smyth 2010); `q` after Benjamini and Hochberg over the tested contexts. Those of
    `chosen_in` are circular, have neither p nor q, and come last.

    Raises
    ------
    InputError
        If no context has enough members, or `draws` is not positive.
    """
    check_positive(draws, name="draws")
    members = np.unique(np.asarray(rows, dtype=np.int64))
    records = []
    for number, dataset in enumerate(sorted(map(str, embedding.datasets.index))):
        here = embedding.rows_of_dataset(dataset)
        inside = np.flatnonzero(np.isin(here, members))
        if len(inside) < FEWEST_MEMBERS:
            continue
        unit = embedding.unit_vectors[here]
        degree = embedding.genes[keys.DEGREE].to_numpy()[here]
        generator = np.random.default_rng([seed, number])
        random = mean_pairwise_cosine(
            unit, draw_matched_sets(degree, inside, draws=draws, generator=generator)
        )
        observed = float(mean_pairwise_cosine(unit, _one_set(inside, len(here)))[0])
        about = (*_context(embedding, dataset), len(inside), len(here), observed)
        records.append((*about, *_against(observed, random)))
    if not records:
        msg = f"Expected a context with {FEWEST_MEMBERS} or more of these genes, found none."
        raise InputError(msg, "Choose more genes.")
    table = pd.DataFrame(records, columns=list(COHESION_COLUMNS[:-2]))
    circular = table["context"].isin(set(chosen_in)).to_numpy()
    table["p"] = table["p"].mask(circular)
    table["q"] = np.nan
    if not circular.all():
        table.loc[~circular, "q"] = false_discovery_control(table.loc[~circular, "p"])
    table["is_circular"] = circular
    order = table.assign(z=-table["z"]).sort_values(["p", "z", "context"]).index
    return table.loc[order].reset_index(drop=True)


def compare_cohesion(
    embedding: EmbeddingSet,
    rows: np.ndarray,
    left: str,
    right: str,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare two conditions: whether a set is more cohesive in one than in the other.

    Only genes that both contexts have are looked at. The random sets are matched by the mean of
    the two ranks by degree, and the same set is measured in both contexts, so what differs between
    the contexts as a whole is in the expectation.

    Parameters
    ----------
    embedding
        The atlas.
    rows
        Rows of the members, in any contexts.
    left, right
        Names of two contexts.
    draws
        Random sets.
    seed
        Of the random sets.

    Returns
    -------
    One row: `left, right, members, genes, cohesion_left, cohesion_right, difference` (left minus
    right), `expected, low, high, z`, and `p`, two-sided.

    Raises
    ------
    InputError
        If the contexts are the same or unknown, or share fewer than `FEWEST_MEMBERS` members.
    """
    check_positive(draws, name="draws")
    names = [str(name) for name in embedding.datasets.index]
    if left == right or not {left, right} <= set(names):
        msg = f"Expected two different contexts of the atlas, found {left!r} and {right!r}."
        raise InputError(msg, "Choose two from the list.")
    common = embedding.genes[keys.COMMON_GENE].astype(str).to_numpy()
    tables = [
        pd.Series(here, index=common[here])
        for here in map(embedding.rows_of_dataset, (left, right))
    ]
    tables = [table[~table.index.duplicated()] for table in tables]
    shared = sorted(set(tables[0].index) & set(tables[1].index))
    chosen = set(common[np.asarray(rows, dtype=np.int64)].tolist())
    inside = np.flatnonzero([gene in chosen for gene in shared])
    if len(inside) < FEWEST_MEMBERS:
        msg = (
            f"Expected {FEWEST_MEMBERS} or more of these genes in both {left} and {right}, "
            f"found {len(inside)}."
        )
        raise InputError(msg, "Choose other contexts or more genes.")
    degree = embedding.genes[keys.DEGREE].to_numpy()
    places = [table.loc[shared].to_numpy() for table in tables]
    matched = sum(np.argsort(np.argsort(degree[place], kind="stable")) for place in places)
    generator = np.random.default_rng(seed)
    sets = draw_matched_sets(np.asarray(matched), inside, draws=draws, generator=generator)
    one = _one_set(inside, len(shared))
    unit = [embedding.unit_vectors[place] for place in places]
    observed = [float(mean_pairwise_cosine(points, one)[0]) for points in unit]
    random = mean_pairwise_cosine(unit[0], sets) - mean_pairwise_cosine(unit[1], sets)
    difference = observed[0] - observed[1]
    expected, low, high, z, upper = _against(difference, random)
    lower = (1 + int((random <= difference).sum())) / (1 + len(random))
    row = {
        "left": left,
        "right": right,
        "members": len(inside),
        "genes": len(shared),
        "cohesion_left": observed[0],
        "cohesion_right": observed[1],
        "difference": difference,
        "expected": expected,
        "low": low,
        "high": high,
        "z": z,
        "p": min(1.0, 2 * min(lower, upper)),
    }
    return pd.DataFrame([row])


def _one_set(members: np.ndarray, n_genes: int) -> sparse.csr_matrix:
    """Indicator of one set."""
    values = (np.ones(len(members)), (np.zeros(len(members), dtype=int), members))
    return sparse.csr_matrix(values, shape=(1, n_genes))


def _against(observed: float, random: np.ndarray) -> tuple[float, float, float, float, float]:
    """Mean, central 95 % and distance of random values, and the share at least as large."""
    expected, spread = float(random.mean()), float(random.std())
    low, high = np.quantile(random, [0.025, 0.975])
    z = (observed - expected) / spread if spread > 0 else float("nan")
    p = (1 + int((random >= observed).sum())) / (1 + len(random))
    return expected, float(low), float(high), z, p


def _context(embedding: EmbeddingSet, dataset: str) -> tuple[str, str, str, str]:
    """Name, species, tissue and modality of a context."""
    entry = embedding.datasets.loc[dataset]
    columns = (keys.SPECIES_COLUMN, keys.TISSUE, keys.MODALITY)
    species, tissue, modality = (str(entry[name]) for name in columns)
    return dataset, species, tissue, modality
