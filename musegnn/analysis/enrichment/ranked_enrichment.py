"""Ranked enrichment: terms whose genes gather at one end of a ranking (GSEA)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from musegnn.analysis.enrichment.over_representation import CORRECTION, SIGNIFICANT, check_sizes
from musegnn.analysis.enrichment.ranking import FEWEST_GENES, Ranking
from musegnn.analysis.enrichment.redundancy import OVERLAP, represented_by
from musegnn.analysis.enrichment.term_index import TermIndex
from musegnn.border.compiled import panics_told
from musegnn.errors import InputError

TEST: Final = (
    "gene-set enrichment analysis of a ranked list (GSEA, weight 1), p by adaptive multilevel "
    "splitting (fgsea), gseapy"
)
PERMUTATIONS: Final = 1000  # for the normalised score; p is estimated below 1 / 1000 as well
_NEXT_TO_NOTHING = 1e-3  # of the mean of the others; what tests them rounds off far less
_MANY_TIES = 0.1  # share of the genes of a ranking
COLUMNS: Final = (
    *("term", "size", "es", "nes", "p", "q", "log2_error", "leading", "represented_by", "genes"),
)


@dataclass(frozen=True)
class RankedEnrichment:
    """Terms of a library along a ranking.

    Parameters
    ----------
    ranking
        The ranking.
    table
        Every term tested, smallest p first, then by falling `nes` in size and name; columns
        `COLUMNS`. `size`: genes of the term in the ranking; `es` -1 to 1, largest deviation of the
        running score; `nes`: es over its mean of the same sign by chance; `p`, `q` 0 to 1, NaN
        where chance gives too few scores of the same sign; `log2_error`: standard error of log2 p;
        `leading`: genes of the leading edge, and `genes` their names, joined by blanks;
        `represented_by`: the kept term that names nearly the same genes.
    n_tested
        Terms with a p: the family of q.
    seed
        Of the random sets.
    minimum_size, maximum_size
        Limits on `size`.
    overlap
        Share of common genes from which a term stands behind a better one.
    """

    ranking: Ranking
    table: pd.DataFrame
    n_tested: int
    seed: int
    minimum_size: int
    maximum_size: int
    overlap: float

    @property
    def n_enriched(self) -> int:
        """Terms with q below `SIGNIFICANT`."""
        return int((self.table["q"] < SIGNIFICANT).sum())

    @property
    def statement(self) -> str:
        """Test, background, sizes and correction, as they are printed under the table."""
        return self.stated({})

    def stated(self, names: Mapping[str, str]) -> str:
        """Return the statement with contexts called as people call them, by their names."""
        return (
            f"Test: {TEST}, {PERMUTATIONS:,} random sets for NES, seed {self.seed}. Ranking: "
            f"{self.ranking.called(names)} ({self.ranking.meaning}); background: its "
            f"{len(self.ranking):,} genes. Terms with {self.minimum_size} to "
            f"{self.maximum_size} of them: {self.n_tested:,} tested."
            f"{self._without_p}{self._ties} q: {CORRECTION}."
        )

    @property
    def facts(self) -> dict[str, Any]:
        """What every row depends on, as columns of a file."""
        return {
            "ranking": self.ranking.label,
            "ranked_genes": len(self.ranking),
            "terms_tested": self.n_tested,
            "minimum_size": self.minimum_size,
            "maximum_size": self.maximum_size,
            "overlap": self.overlap,
            "seed": self.seed,
            "test": TEST,
            "correction": CORRECTION,
        }

    @property
    def _ties(self) -> str:
        """Say when many genes share their number."""
        n_zero = int((self.ranking.scores == 0).sum())
        zeros = (
            f" {n_zero:,} genes have the number 0 and weigh a thousandth of the others' mean."
            if n_zero
            else ""
        )
        n_tied = int(self.ranking.scores.duplicated(keep=False).sum())
        share = n_tied / max(len(self.ranking), 1)
        if share < _MANY_TIES:
            return zeros
        tied = f" {100 * share:.0f} % of the genes share their number: their order is arbitrary."
        return f"{zeros}{tied}"

    @property
    def _without_p(self) -> str:
        """Say how many terms got no p."""
        n_without = len(self.table) - self.n_tested
        return (
            f" {n_without:,} have no p: too few random scores of their sign." if n_without else ""
        )


def ranked_enrichment(
    ranking: Ranking,
    *,
    index: TermIndex,
    minimum_size: int = 10,
    maximum_size: int = 500,
    overlap: float = OVERLAP,
    seed: int = 0,
) -> RankedEnrichment:
    """Test every term of a library for gathering at one end of a ranking.

    Parameters
    ----------
    ranking
        At least `FEWEST_GENES` genes.
    index
        The library.
    minimum_size, maximum_size
        Terms with fewer or more genes of the ranking are not tested.
    overlap
        Jaccard from which a term stands behind a better one.
    seed
        Of the random sets; the same seed gives the same numbers.

    Raises
    ------
    InputError
        If the ranking is too short or no term has a suitable size.

    References
    ----------
    Subramanian et al., PNAS 102 (2005); Korotkevich et al., fgsea, bioRxiv 060012 (2021); Fang et
    al., gseapy, Bioinformatics 39 (2023).
    """
    check_sizes(minimum_size, maximum_size)
    if len(ranking) < FEWEST_GENES:
        msg = f"Expected a ranking of at least {FEWEST_GENES} genes, found {len(ranking)}."
        raise InputError(msg, "Choose a longer one.")
    if not ranking.scores.any():
        msg = f"Expected a ranking by numbers, found 0 for each of its {len(ranking):,} genes."
        raise InputError(msg, "Rank by a statistic that each gene has.")
    symbols = list(ranking.scores.index)
    code = {symbol: f"G{place:06d}" for place, symbol in enumerate(symbols)}
    inside = index.mask(code.keys())
    size = index.counts(inside)
    largest = min(maximum_size, len(ranking) - 1)
    tested = np.flatnonzero((size >= minimum_size) & (size <= largest))
    if not len(tested):
        msg = f"Expected a term with {minimum_size} to {largest} genes of the ranking, found none."
        raise InputError(msg, "Choose another library, or other sizes.")
    members = {str(term): index.members(term, inside) for term in tested.tolist()}
    found = _prerank(
        pd.Series(ranking.scores.to_numpy(), index=[code[symbol] for symbol in symbols]),
        {term: [code[gene] for gene in genes] for term, genes in members.items()},
        minimum_size=minimum_size,
        maximum_size=largest,
        seed=seed,
    )
    symbol_of = {name: symbol for symbol, name in code.items()}
    leading = [[symbol_of[name] for name in text.split(";") if name] for text in found["leading"]]
    positions = found["term"].astype(int).to_numpy()
    table = pd.DataFrame(
        {
            "term": [index.terms[term] for term in positions],
            "size": size[positions],
            "es": found["es"].to_numpy(dtype=np.float64),
            "nes": found["nes"].to_numpy(dtype=np.float64),
            "p": found["p"].to_numpy(dtype=np.float64),
            "log2_error": found["log2_error"].to_numpy(dtype=np.float64),
            "leading": [len(genes) for genes in leading],
            "genes": [" ".join(genes) for genes in leading],
        }
    )
    has_p = table["p"].notna().to_numpy()
    table["q"] = np.nan
    if has_p.any():
        table.loc[has_p, "q"] = false_discovery_control(table.loc[has_p, "p"])
    table = (
        table.assign(strength=-table["nes"].abs())
        .sort_values(["p", "strength", "term"], na_position="last")
        .reset_index(drop=True)
    )
    table["represented_by"] = represented_by(
        table["term"].tolist(), index=index, background=inside, overlap=overlap
    )
    return RankedEnrichment(
        ranking=ranking,
        table=table.loc[:, list(COLUMNS)],
        n_tested=int(has_p.sum()),
        seed=seed,
        minimum_size=minimum_size,
        maximum_size=largest,
        overlap=overlap,
    )


def running_score(scores: np.ndarray, is_member: np.ndarray) -> np.ndarray:
    """Return the running score of a term along a ranking, weight 1.

    Parameters
    ----------
    scores
        `(n,)` numbers, largest first.
    is_member
        `(n,)` bool, true where the gene belongs to the term; neither all nor none.

    Returns
    -------
    `(n,)` from -1 to 1: up at members by their share of the absolute scores of all members (by
    equal steps when all of these are 0), down at others by equal steps; 0 at the end.

    References
    ----------
    Subramanian et al., PNAS 102 (2005), equation 1.
    """
    weight = np.abs(np.asarray(scores, dtype=np.float64)) * is_member
    if weight.sum() == 0:
        weight = np.asarray(is_member, dtype=np.float64)
    misses = ~np.asarray(is_member)
    return np.cumsum(weight) / weight.sum() - np.cumsum(misses) / misses.sum()


def _weighable(scores: pd.Series) -> pd.Series:
    """Give genes with the number 0 next to no weight in place of none.

    A set of nothing but such genes has no score at weight 0, and what is computed of many random
    sets, some without a score, would mean nothing.
    """
    sizes = scores.abs()
    usual = sizes[sizes > 0].mean()
    return scores.where(sizes > 0, _NEXT_TO_NOTHING * usual)


def _commonest(scores: pd.Series) -> tuple[float, int]:
    """Return the number that most genes share, and how many do."""
    numbers = scores.value_counts()
    return float(numbers.index[0]), int(numbers.iloc[0])


def _prerank(
    ranking: pd.Series,
    gene_sets: dict[str, list[str]],
    *,
    minimum_size: int,
    maximum_size: int,
    seed: int,
) -> pd.DataFrame:
    """Run gseapy without files, plots or threads; genes go by codes, which it cannot change."""
    import gseapy  # noqa: PLC0415 - takes seconds to import

    value, number = _commonest(ranking)
    with panics_told(
        f"Expected a ranking that tells its genes apart, found {number:,} of {len(ranking):,} with "
        f"the same number ({value:g}): random sets of them have no score.",
        "Leave out genes without a value, or rank by a statistic that each gene has.",
    ):
        done = gseapy.prerank(
            rnk=_weighable(ranking),
            gene_sets=gene_sets,
            outdir=None,
            min_size=minimum_size,
            max_size=maximum_size,
            permutation_num=PERMUTATIONS,
            method="multilevel",
            ascending=None,
            threads=1,
            seed=seed,
            no_plot=True,
            verbose=False,
        ).res2d
    columns = {
        "Term": "term",
        "ES": "es",
        "NES": "nes",
        "NOM p-val": "p",
        "log2err": "log2_error",
        "Lead_genes": "leading",
    }
    return done.rename(columns=columns)[list(columns.values())]
