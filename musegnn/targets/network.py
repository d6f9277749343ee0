"""Compounds and targets as a network: who is among the best of whom, and what that is by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import networkx as nx
import numpy as np
import pandas as pd

from musegnn.errors import InputError
from musegnn.targets.folds import make_folds
from musegnn.targets.methods import answer
from musegnn.targets.predictor import Predictor
from musegnn.targets.reference import Reference

TOP: Final = 10  # targets of a compound, and compounds of a target, that may be joined
TWINS: Final = 0.5  # Tanimoto similarity above which two compounds are structure twins
REWIRINGS: Final = 100
_FOR_MODULARITY: Final = 10  # of them
_SWAPS: Final = 10  # exchanges an edge in a rewiring
COMPOUND, TARGET = "compound", "target"


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
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    agreement: pd.DataFrame
    modularity: float
    modularity_by_chance: float


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
    members = pd.DataFrame({"id": about.index, "kind": COMPOUND, "name": about["name"].to_numpy()})
    for name in ("atc", "mechanism", "indication"):
        members[name] = about[name].to_numpy()
    hit = sorted(set(edges["target"]))
    targets = pd.DataFrame({"id": hit, "kind": TARGET, "name": hit})
    nodes = pd.concat([members, targets], ignore_index=True).fillna("")
    graph = nx.Graph()
    graph.add_nodes_from(nodes["id"])
    graph.add_edges_from(edges[["compound", "target"]].itertuples(index=False))
    communities = _communities(graph, seed)
    place = {node: n for n, group in enumerate(communities) for node in group}
    nodes["community"] = nodes["id"].map(place)
    names = {n: _name_of(nodes, n) for n in range(len(communities))}
    nodes["community_name"] = nodes["community"].map(names)
    biadjacency = np.zeros((len(about), len(hit)), dtype=bool)
    at = {key: n for n, key in enumerate(about.index)}, {gene: n for n, gene in enumerate(hit)}
    biadjacency[edges["compound"].map(at[0]), edges["target"].map(at[1])] = True
    row_of = {key: n for n, key in enumerate(keys)}
    used = [row_of[key] for key in about.index]
    twins = reference.measured["tanimoto"][np.ix_(used, used)] > TWINS
    agreement, by_chance = _against_chance(biadjacency, list(about["atc"]), twins, seed)
    return PharmacologicalNetwork(
        nodes=nodes,
        edges=edges,
        agreement=agreement,
        modularity=float(nx.community.modularity(graph, communities)),
        modularity_by_chance=by_chance,
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


def candidates_for_new_use(network: PharmacologicalNetwork) -> pd.DataFrame:
    """List compounds whose ATC group differs from that of their community.

    Returns
    -------
    `compound`, `name`, `atc`, `indication`, `community`, `community_name`, `targets` (predicted
    ones of the community that are not known, between bars), those with most first.
    """
    nodes = network.nodes
    compounds = nodes[(nodes["kind"] == COMPOUND) & (nodes["atc"] != "")]
    known_group = compounds["community_name"].str.extract(r"^ATC ([A-Z]\d\d)")[0].fillna("")
    pairs = zip(compounds["atc"], known_group, strict=True)
    own = [bool(group) and group not in _levels(atc, 3) for atc, group in pairs]
    chosen = compounds[np.array(own, dtype=bool)]
    new = network.edges[~network.edges["known"]]
    place = nodes.set_index("id")["community"]
    inside = new["compound"].map(place).to_numpy() == new["target"].map(place).to_numpy()
    targets = new[inside].groupby("compound")["target"].agg("|".join)
    table = chosen.rename(columns={"id": "compound"}).assign(
        targets=chosen["id"].map(targets).fillna("").to_numpy()
    )
    table = table[table["targets"] != ""]
    order = np.argsort(-table["targets"].str.count(r"\|").to_numpy(), kind="stable")
    columns = ["compound", "name", "atc", "indication", "community", "community_name", "targets"]
    return table[columns].iloc[order].reset_index(drop=True)


def as_graphml(network: PharmacologicalNetwork) -> bytes:
    """Write the network as GraphML, with everything that is known of nodes and edges."""
    graph = nx.Graph()
    for row in network.nodes.to_dict(orient="records"):
        graph.add_node(row.pop("id"), **row)
    for row in network.edges.to_dict(orient="records"):
        row["kind"] = "curated" if row.pop("known") else "predicted"
        graph.add_edge(row.pop("compound"), row.pop("target"), **row)
    return "\n".join(nx.generate_graphml(graph)).encode("utf-8")


def _communities(graph: nx.Graph, seed: int) -> list[set[str]]:
    """Communities by Louvain, the largest first, ties by name."""
    found = nx.community.louvain_communities(graph, seed=seed)
    return sorted(found, key=lambda group: (-len(group), min(group)))


def _name_of(nodes: pd.DataFrame, community: int) -> str:
    """Name a community by its most enriched ATC group or mechanism, else by its targets."""
    compounds = nodes[nodes["kind"] == COMPOUND]
    inside = compounds["community"] == community
    best, most = "", 1.0
    for column, level in (("atc", 3), ("mechanism", 0)):
        own = [_levels(text, level) if level else set(filter(None, text.split("|")))
               for text in compounds[column]]  # fmt: skip
        for name in sorted({one for group in own for one in group}):
            has = np.array([name in group for group in own])
            here = int((has & inside).sum())
            share = here / max(int(inside.sum()), 1)
            fold = share / max(float(has.mean()), 1e-12)
            if here >= 3 and fold * share > most:
                best, most = (f"ATC {name}" if level else name), fold * share
    if best:
        return best
    hit = nodes[(nodes["kind"] == TARGET) & (nodes["community"] == community)]["name"]
    return f"around {hit.iloc[0]}" if len(hit) else "without a name"


def _levels(atc: str, letters: int) -> set[str]:
    """Groups of ATC codes between bars, by their first letters."""
    return {code[:letters] for code in atc.split("|") if len(code) >= letters}


def _against_chance(
    biadjacency: np.ndarray, atc: list[str], twins: np.ndarray, seed: int
) -> tuple[pd.DataFrame, float]:
    """Agreement of linked compounds by level of ATC, and modularity, against rewirings."""
    rng = np.random.default_rng(seed)
    random = [rewired(biadjacency, rng) for _ in range(REWIRINGS)]
    chance = [
        nx.community.modularity(g, _communities(g, seed))
        for g in map(_graph_of, random[:_FOR_MODULARITY])
    ]
    found = []
    for level, letters in ((1, 1), (2, 3), (3, 4)):
        own = [_levels(text, letters) for text in atc]
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
