"""A set of genes on the map of every context: where it lies, and whether it keeps together there.

The genes come from outside, with a weight each: the predicted targets of a compound, the genes of
a signature. A gene is its ortholog group, so that human names find mouse contexts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from musegnn import keys
from musegnn.analysis.enrichment.matched_sets import matched_groups
from musegnn.analysis.modules.module_scores import draw_like, group_by_itself, traits_of
from musegnn.embeddings.atlas import Atlas
from musegnn.errors import InputError
from musegnn.validation import check_positive, format_list

FEWEST: Final = 3  # genes of the set in a context; fewer have no company to speak of
DRAWS: Final = 999  # random sets a context
NEAREST: Final = 20  # genes that count as the company of the set in a context
NAMED: Final = 5  # of them, in the row of a context
_AT_ONCE: Final = 4_000_000  # numbers held while random sets are measured
CONTEXT_COLUMNS: Final = (
    *("context", "species", "tissue", "modality", "measured", "genes"),
    *("similarity", "rivals", "expected", "low", "high", "z", "p", "q", "gene_expected", "gene_p"),
    *("gene_q", "members", "company", "remark"),
)


@dataclass(frozen=True)
class SetOnMaps:
    """A set of genes in every context of an atlas.

    Parameters
    ----------
    contexts
        One row a context, smallest p first, those without a test last: `CONTEXT_COLUMNS`.
        `measured` is how many genes of the set the context has, of `genes`; `similarity` the mean
        cosine of all their pairs; `expected`, `low`, `high` mean and central 95 % of random sets
        of the `rivals` there (genes that could have been in the set), matched by expression and
        degree, `z` the distance in their standard deviations, `p` the share of them at least as
        similar, the set itself counted, and `q` after Benjamini and Hochberg over the contexts
        that were tested. `gene_expected`, `gene_p`, `gene_q` are the same for sets of all genes of
        the context; without rivals both are one. `members`
        and `company` (nearest other genes) are names between bars; `remark` says why there is
        no test.
    places
        One row a gene in context: `row` of the atlas, `context`, `gene` (of the set), `symbol`
        (there), `weight`, `kind`, `x`, `y`, `similarity` (mean cosine to the others of the set
        there, missing for one alone).
    genes
        One row a gene of the set, in their order: `gene`, `weight`, `kind`, `contexts` (how many
        have it), `tissues` (between bars), `found` (its ortholog group, "" for none).
    company
        Genes near the set in most contexts first: `gene`, `contexts` (among its `NEAREST` there),
        `measured_in` (contexts with the gene and some of the set), `expected` by chance, `where`
        (between bars).
    """

    contexts: pd.DataFrame
    places: pd.DataFrame
    genes: pd.DataFrame
    company: pd.DataFrame

    @property
    def left_out(self) -> tuple[str, ...]:
        """Genes of the set that no context has."""
        return tuple(self.genes.loc[self.genes["contexts"] == 0, "gene"])


@dataclass(frozen=True)
class OneMap:
    """What of a context every set is asked on.

    Parameters
    ----------
    context
        Its name.
    rows
        `(n,)` rows of the atlas, one for each ortholog group, ascending.
    groups
        `(n,)` the ortholog groups.
    traits
        `(n,)` rows: `degree`, `expression`.
    alike
        `(n,)` number of the group of like expression and degree.
    """

    context: str
    rows: np.ndarray
    groups: np.ndarray
    traits: pd.DataFrame
    alike: np.ndarray


def maps_of(atlas: Atlas) -> tuple[OneMap, ...]:
    """Lay out all contexts by name, once for many sets.

    Where a context has several genes of an ortholog group, the one of that very symbol counts, else
    the first: paralogs of one group would keep each other company by their name alone.
    """
    found = []
    for name in sorted(map(str, atlas.embedding.datasets.index)):
        rows, groups = _one_row_a_group(name, atlas=atlas)
        traits = traits_of(atlas.embedding, rows)
        found.append(OneMap(name, rows, groups, traits, matched_groups(traits)))
    return tuple(found)


def place_on_maps(
    wanted: pd.DataFrame,
    *,
    atlas: Atlas,
    maps: tuple[OneMap, ...] | None = None,
    rivals: Collection[str] = (),
    draws: int = DRAWS,
    seed: int = 0,
) -> SetOnMaps:
    """Find a set of genes in every context and compare its closeness with matched random sets.

    Parameters
    ----------
    wanted
        `gene` (human symbol, each once), `weight` (0 to 1, missing where unknown), `kind`.
    atlas
        The atlas.
    maps
        Its contexts, see `maps_of`; None lays them out.
    rivals
        Genes that could have been in the set, such as all candidate targets, which are more alike
        than other genes; none where every gene could have been.
    draws
        Random sets a context.
    seed
        Of the random sets.

    Raises
    ------
    InputError
        If there is no gene, one is named twice, no context has any of them, or `draws` is not
        positive.
    """
    check_positive(draws, name="draws")
    genes = [str(gene) for gene in wanted["gene"]]
    if not genes or len(set(genes)) < len(genes):
        msg = f"Expected genes, each once, found {len(genes)}, {len(set(genes))} of them different."
        raise InputError(msg, "Name each gene once.")
    own = wanted.reset_index(drop=True)
    own["group"] = [group_by_itself(gene, atlas.search) for gene in genes]
    by_group = own[own["group"] != ""].drop_duplicates("group").set_index("group")
    if by_group.empty:
        msg = f"Expected genes of {atlas.embedding.name}, found none in {format_list(genes)}."
        raise InputError(msg, "Open a map that has some of them.")
    rival_groups = {group_by_itself(str(gene), atlas.search) for gene in rivals} - {""}
    known_rivals = [*rival_groups, *by_group.index] if rival_groups else []
    embedding = atlas.embedding
    records, places, near = [], [], []
    for number, one in enumerate(maps_of(atlas) if maps is None else maps):
        name, rows, groups = one.context, one.rows, one.groups
        inside = np.flatnonzero(np.isin(groups, by_group.index))
        unit = np.asarray(embedding.unit_vectors[rows], dtype=np.float64)
        symbols = embedding.genes[keys.GENE].iloc[rows].astype(str).to_numpy(dtype=object)
        about = embedding.datasets.loc[name]
        record: dict[str, object] = {
            "context": name,
            "species": str(about["species"]),
            "tissue": str(about["tissue"]),
            "modality": str(about["modality"]),
            "measured": len(inside),
            "genes": len(own),
            "members": "|".join(symbols[inside]),
            "company": "",
            "remark": _remark(len(inside)),
        }
        if len(inside):
            order = _nearest_to_set(unit, inside)
            record["company"] = "|".join(symbols[order[:NAMED]])
            near.append((name, groups, groups[order[:NEAREST]], len(rows) - len(inside)))
            places.append(_places(name, rows[inside], by_group.loc[groups[inside]], unit[inside]))
        if len(inside) >= FEWEST:
            record |= _tested(
                one, unit, inside, rivals=known_rivals, draws=draws, seed=(seed, number)
            )
        records.append(record)
    table = pd.DataFrame(records).reindex(columns=list(CONTEXT_COLUMNS))
    numbers = [*CONTEXT_COLUMNS[6:-3]]
    table[numbers] = table[numbers].astype(np.float64)
    for p, q in (("p", "q"), ("gene_p", "gene_q")):
        tested = table[p].notna()
        if tested.any():
            table.loc[tested, q] = false_discovery_control(table.loc[tested, p])
    sorted_by = table.assign(far=-table["z"].fillna(-np.inf), few=-table["measured"])
    order = sorted_by.sort_values(["p", "far", "few", "context"], kind="stable").index
    spots = pd.concat(places, ignore_index=True) if places else _NO_PLACES
    layout = np.asarray(embedding.layout)[spots["row"]]
    spots = spots.assign(x=layout[:, 0], y=layout[:, 1])
    spots["symbol"] = embedding.genes[keys.GENE].iloc[spots["row"]].astype(str).to_numpy()
    return SetOnMaps(
        contexts=table.loc[order].reset_index(drop=True),
        places=spots[[*_PLACE_COLUMNS]],
        genes=_by_gene(own, spots, embedding.datasets["tissue"].astype(str)),
        company=_company(near, set(by_group.index)),
    )


def _one_row_a_group(dataset: str, *, atlas: Atlas) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of a context, one for each ortholog group, ascending, and the groups.

    The gene of the very symbol of the group comes before others of the group.
    """
    rows = atlas.embedding.rows_of_dataset(dataset)
    groups = np.asarray(atlas.search.ortholog_groups[rows]).astype(str)
    symbols = atlas.embedding.genes[keys.GENE].iloc[rows].astype(str).to_numpy().astype(str)
    is_other = np.char.lower(symbols) != np.char.lower(groups)
    order = np.lexsort((rows, is_other, groups))
    is_first = np.r_[True, groups[order][1:] != groups[order][:-1]]
    kept = np.sort(order[is_first])
    return rows[kept], groups[kept]


_PLACE_COLUMNS: Final = (
    *("row", "context", "gene", "symbol", "weight", "kind", "x", "y", "similarity"),
)
_NO_PLACES: Final = pd.DataFrame({name: [] for name in _PLACE_COLUMNS}).astype({"row": np.int64})


def _remark(n_measured: int) -> str:
    """Say why a context is not tested."""
    if not n_measured:
        return "none of the genes is measured"
    return "" if n_measured >= FEWEST else f"fewer than {FEWEST} of the genes are measured"


def _tested(
    one: OneMap,
    unit: np.ndarray,
    inside: np.ndarray,
    *,
    rivals: Sequence[str],
    draws: int,
    seed: tuple[int, int],
) -> dict[str, object]:
    """Compare the closeness of a set in a context with that of random sets."""
    similarity = float(_mean_cosine(unit[inside][None])[0])
    plain = _against(similarity, _random_sets(unit, one.alike, inside, draws, (*seed, 0)))
    record: dict[str, object] = {
        "similarity": similarity,
        "rivals": len(unit) - len(inside),
        "gene_expected": plain["expected"],
        "gene_p": plain["p"],
    }
    if not rivals:
        return {**record, **plain}
    pool = np.flatnonzero(np.isin(one.groups, rivals))
    record["rivals"] = len(pool) - len(inside)
    if len(pool) < 2 * len(inside):
        return {**record, "remark": "too few other candidates are measured"}
    alike, members = matched_groups(one.traits.iloc[pool]), np.searchsorted(pool, inside)
    drawn = _random_sets(unit[pool], alike, members, draws, (*seed, 1))
    return {**record, **_against(similarity, drawn)}


def _mean_cosine(sets: np.ndarray) -> np.ndarray:
    """Mean cosine over all pairs of each set of unit vectors: `(S, m, D)` to `(S,)`."""
    size = sets.shape[1]
    total = sets.sum(axis=1)
    return (np.einsum("ij,ij->i", total, total) - size) / (size * (size - 1))


def _random_sets(
    unit: np.ndarray, alike: np.ndarray, members: np.ndarray, draws: int, seed: tuple[int, ...]
) -> np.ndarray:
    """Mean cosine of random sets that are like the members in expression and degree."""
    generator = np.random.default_rng(seed)
    drawn = draw_like(alike, members, draws=draws, generator=generator)
    step = max(_AT_ONCE // max(len(members) * unit.shape[1], 1), 1)
    return np.concatenate(
        [_mean_cosine(unit[drawn[at : at + step]]) for at in range(0, draws, step)]
    )


def _against(own: float, random: np.ndarray) -> dict[str, float]:
    """Compare one number with those of random sets, one-sided, the set itself counted."""
    spread = float(random.std(ddof=1)) if len(random) > 1 else 0.0
    low, high = np.quantile(random, [0.025, 0.975])
    return {
        "expected": float(random.mean()),
        "low": float(low),
        "high": float(high),
        "z": (own - float(random.mean())) / spread if spread > 0 else float("nan"),
        # equal sets must count as equal, whatever the order of their sums
        "p": (1 + int((random >= own - 1e-9).sum())) / (1 + len(random)),
    }


def _nearest_to_set(unit: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Positions of the other genes, those nearest to the mean of the members first."""
    cosine = unit @ unit[members].mean(axis=0)
    order = np.lexsort((np.arange(len(unit)), -cosine))
    return order[~np.isin(order, members)]


def _places(context: str, rows: np.ndarray, own: pd.DataFrame, unit: np.ndarray) -> pd.DataFrame:
    """Genes of the set in a context, with how near each is to the others."""
    mean = np.full(len(rows), np.nan)
    if len(rows) > 1:
        mean = ((unit @ unit.T).sum(axis=1) - 1) / (len(rows) - 1)
    return pd.DataFrame(
        {
            "row": rows,
            "context": context,
            "gene": own["gene"].to_numpy(),
            "weight": own["weight"].to_numpy(dtype=np.float64),
            "kind": own["kind"].to_numpy(),
            "similarity": mean,
        }
    )


def _by_gene(own: pd.DataFrame, places: pd.DataFrame, tissues: pd.Series) -> pd.DataFrame:
    """Say for each gene of the set which contexts have it."""
    where = places.assign(tissue=places["context"].map(tissues)).groupby("gene")
    counts = where["context"].nunique()
    named = where["tissue"].agg(lambda one: "|".join(sorted(set(one))))
    return pd.DataFrame(
        {
            "gene": own["gene"],
            "weight": own["weight"].astype(np.float64),
            "kind": own["kind"],
            "contexts": own["gene"].map(counts).fillna(0).astype(int),
            "tissues": own["gene"].map(named).fillna(""),
            "found": own["group"],
        }
    )


def _company(
    near: list[tuple[str, np.ndarray, np.ndarray, int]], members: set[str]
) -> pd.DataFrame:
    """Count in how many contexts a gene is near the set, beside what chance gives."""
    counts: dict[str, list[str]] = {}
    measured: dict[str, int] = {}
    expected: dict[str, float] = {}
    for name, groups, nearest, n_others in near:
        share = min(NEAREST / max(n_others, 1), 1.0)
        for gene in groups:
            measured[gene] = measured.get(gene, 0) + 1
            expected[gene] = expected.get(gene, 0.0) + share
        for gene in nearest:
            counts.setdefault(gene, []).append(name)
    genes = sorted(set(counts) - members)
    table = pd.DataFrame(
        {
            "gene": genes,
            "contexts": [len(counts[gene]) for gene in genes],
            "measured_in": [measured[gene] for gene in genes],
            "expected": [expected[gene] for gene in genes],
            "where": ["|".join(counts[gene]) for gene in genes],
        }
    )
    return (
        table.sort_values(["contexts", "expected", "gene"], ascending=[False, True, True])
        .head(200)
        .reset_index(drop=True)
    )
