"""Compounds and targets as a network: who is among the best of whom, and what that is by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import networkx as nx
import numpy as np
import pandas as pd

from musegnn.errors import InputError
from musegnn.molecules.molecule_set import different
from musegnn.targets.communities import (
    ATC_LETTERS,
    COMPOUND,
    TARGET,
    atc_groups,
    enriched_groups,
    find_communities,
    name_communities,
    odd_companions,
)
from musegnn.targets.folds import make_folds
from musegnn.targets.methods import answer
from musegnn.targets.predictor import Predictor
from musegnn.targets.reference import Reference

TOP: Final = 10  # targets of a compound, and compounds of a target, that may be joined
TWINS: Final = 0.5  # Tanimoto similarity above which two compounds are structure twins
REWIRINGS: Final = 100
_FOR_MODULARITY: Final = 10  # of them
_SWAPS: Final = 10  # exchanges an edge in a rewiring


@dataclass(frozen=True)
class PharmacologicalNetwork:
    """Compounds joined with targets.

    Parameters
    ----------
    nodes
        `id`, `kind` (compound or target), `name`, `atc`, `mechanism`, `indication`, `community`,
        `community_name`.
    edges
        `compound`, `target`, `score`, `rank` (of the target for the compound), `rank_of_compound`,
        `known` (a table lists the pair: drawn solid).
    agreement
        `level` (1 to 3), `pairs` (linked compounds with ATC codes, twins left out), `observed` and
        `expected` share that agrees, `fold`, `p` over rewirings.
    modularity, modularity_by_chance
        Of the communities, and the mean of those found in rewirings.
    communities, groups
        Communities with their names, and every group tested in them, see
        `musegnn.targets.communities`.
    odd
        Compounds whose community disagrees with their use, see there.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    agreement: pd.DataFrame
    modularity: float
    modularity_by_chance: float
    communities: pd.DataFrame
    groups: pd.DataFrame
    odd: pd.DataFrame


def held_out_scores(reference: Reference, method: str, *, seed: int = 0) -> np.ndarray:
    """Score every measured compound by a model that was trained without it: `(S, T)`."""
    fold = make_folds(np.arange(reference.n_measured), seed=seed)
    scores = np.zeros((reference.n_measured, len(reference.targets)))
    for number in np.unique(fold):
        test, train = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        scores[test] = answer(method, reference.question(train, test))
    return scores


def build_network(
    predictor: Predictor, *, method: str = "combined", top: int = TOP, seed: int = 0
) -> PharmacologicalNetwork:
    """Join compounds and targets that are among the best of each other.

    Parameters
    ----------
    predictor
        What was fitted for the tables of the store.
    method
        Name of the method that scores; each compound by a model trained without it.
    top
        How many targets of a compound and compounds of a target count.
    seed
        Of folds, rewirings and communities.

    Raises
    ------
    InputError
        If no pair is among the best of each other.
    """
    reference, data = predictor.reference, predictor.data
    scores = held_out_scores(reference, method, seed=seed)
    rows, columns, ranks, of_compounds = mutual_best(scores, top)
    if not len(rows):
        msg = "Expected compounds and targets among the best of each other, found none."
        raise InputError(msg, "Ask for more of each.")
    keys = np.array(reference.compounds[: reference.n_measured])
    genes = np.array(reference.targets)
    edges = pd.DataFrame(
        {
            "compound": keys[rows],
            "target": genes[columns],
            "score": scores[rows, columns],
            "rank": ranks,
            "rank_of_compound": of_compounds,
            "known": reference.known[rows, columns],
        }
    ).sort_values(["compound", "rank"], ignore_index=True)
    about = data.compounds.loc[sorted(set(edges["compound"]))]
    called = different(data.called(list(about.index)), list(about.index))
    members = pd.DataFrame({"id": about.index, "kind": COMPOUND, "name": called})
    for name in ("atc", "mechanism", "indication"):
        members[name] = about[name].to_numpy()
    hit = sorted(set(edges["target"]))
    targets = pd.DataFrame({"id": hit, "kind": TARGET, "name": hit})
    nodes = pd.concat([members, targets], ignore_index=True).fillna("")
    graph = nx.Graph()
    graph.add_nodes_from(nodes["id"])
    graph.add_edges_from(edges[["compound", "target"]].itertuples(index=False))
    parts = find_communities(list(nodes["id"]), list(graph.edges), seed=seed)
    nodes["community"] = nodes["id"].map({node: n for n, own in enumerate(parts) for node in own})
    groups = enriched_groups(nodes)
    named = name_communities(nodes, groups)
    nodes["community_name"] = nodes["community"].map(named.set_index("community")["name"])
    biadjacency = np.zeros((len(about), len(hit)), dtype=bool)
    at = {key: n for n, key in enumerate(about.index)}, {gene: n for n, gene in enumerate(hit)}
    biadjacency[edges["compound"].map(at[0]), edges["target"].map(at[1])] = True
    row_of = {key: n for n, key in enumerate(keys)}
    used = [row_of[key] for key in about.index]
    tanimoto = reference.measured["tanimoto"][np.ix_(used, used)]
    likeness = pd.DataFrame(tanimoto, index=about.index, columns=about.index)
    agreement, by_chance = _against_chance(biadjacency, list(about["atc"]), tanimoto > TWINS, seed)
    return PharmacologicalNetwork(
        nodes=nodes,
        edges=edges,
        agreement=agreement,
        modularity=float(nx.community.modularity(graph, parts)),
        modularity_by_chance=by_chance,
        communities=named,
        groups=groups,
        odd=odd_companions(nodes, edges, groups, named, likeness),
    )


def mutual_best(
    scores: np.ndarray, top: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return rows, columns and both ranks of pairs that are among the best of each other."""
    of_row = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1, kind="stable") + 1
    of_column = np.argsort(np.argsort(-scores, axis=0, kind="stable"), axis=0, kind="stable") + 1
    rows, columns = np.nonzero((of_row <= top) & (of_column <= top))
    return rows, columns, of_row[rows, columns], of_column[rows, columns]


def rewired(biadjacency: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Exchange ends of edges so that every compound and target keeps its number of them."""
    found = biadjacency.copy()
    rows, columns = (part.copy() for part in np.nonzero(found))
    for one, other in rng.integers(len(rows), size=(_SWAPS * len(rows), 2)):
        a, b, x, y = rows[one], rows[other], columns[one], columns[other]
        if found[a, y] or found[b, x]:
            continue
        found[a, x] = found[b, y] = False
        found[a, y] = found[b, x] = True
        columns[one], columns[other] = y, x
    return found


def _against_chance(
    biadjacency: np.ndarray, atc: list[str], twins: np.ndarray, seed: int
) -> tuple[pd.DataFrame, float]:
    """Agreement of linked compounds by level of ATC, and modularity, against rewirings."""
    rng = np.random.default_rng(seed)
    random = [rewired(biadjacency, rng) for _ in range(REWIRINGS)]
    chance = [
        nx.community.modularity(g, find_communities(list(g), list(g.edges), seed=seed))
        for g in map(_graph_of, random[:_FOR_MODULARITY])
    ]
    found = []
    for level in ATC_LETTERS:
        own = [atc_groups(text, level) for text in atc]
        names = sorted({name for group in own for name in group})
        member = np.array([[name in group for name in names] for group in own], dtype=np.float32)
        same = (member @ member.T) > 0
        has = member.any(axis=1)
        may = np.outer(has, has) & ~twins
        observed, pairs = _share(biadjacency, same, may)
        drawn = np.array([_share(one, same, may)[0] for one in random])
        expected = float(drawn.mean())
        found.append(
            {
                "level": level,
                "pairs": pairs,
                "observed": observed,
                "expected": expected,
                "fold": observed / expected if expected else float("nan"),
                "p": (int((drawn >= observed).sum()) + 1) / (REWIRINGS + 1),
            }
        )
    return pd.DataFrame(found), float(np.mean(chance))


def _share(biadjacency: np.ndarray, same: np.ndarray, may: np.ndarray) -> tuple[float, int]:
    """Share of compounds with a common target that agree, and how many pairs there are."""
    linked = (biadjacency.astype(np.float32) @ biadjacency.T.astype(np.float32)) > 0
    pairs = np.triu(linked & may, 1)
    number = int(pairs.sum())
    return float((pairs & same).sum() / number) if number else float("nan"), number


def _graph_of(biadjacency: np.ndarray) -> nx.Graph:
    """Graph of an array of compounds and targets."""
    graph = nx.Graph()
    rows, columns = np.nonzero(biadjacency)
    graph.add_edges_from((f"c{a}", f"t{b}") for a, b in zip(rows, columns, strict=True))
    return graph
