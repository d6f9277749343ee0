"""Communities of compounds and targets: who falls together, its name, and who is odd there."""

from __future__ import annotations

import random
from collections.abc import Sequence
from threading import Lock
from typing import Final

import igraph
import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, hypergeom

COMPOUND, TARGET = "compound", "target"
UNNAMED: Final = "unnamed"
CALLED: Final = 0.05  # q up to which a group names a community
FEWEST: Final = 3  # compounds of a group in the network, and in a community that it may name
ATC_LETTERS: Final = {1: 1, 2: 3, 3: 4}  # level -> letters of a code
# what may name a community, in the order of preference among equals
GROUPS: Final = ("ATC level 2", "ATC level 3", "mechanism", "indication")
_NAMES: Final = GROUPS[:3]
_RNG: Final = Lock()  # igraph has one source of randomness for all threads
GROUP_COLUMNS: Final = (
    "community",
    "kind",
    "group",
    "hits",
    "inside",
    "of",
    "background",
    "p",
    "q",
)


def find_communities(
    nodes: Sequence[str], edges: Sequence[tuple[str, str]], *, seed: int = 0
) -> list[set[str]]:
    """Divide a graph by Leiden on modularity, the largest first, ties by name.

    Parameters
    ----------
    nodes
        Names of the nodes, each once.
    edges
        Pairs of them.
    seed
        Of the algorithm.

    References
    ----------
    Traag VA, Waltman L, van Eck NJ. Sci Rep 9, 5233 (2019). doi:10.1038/s41598-019-41695-z.
    """
    names = sorted(nodes)
    place = {name: number for number, name in enumerate(names)}
    pairs = sorted((place[a], place[b]) for a, b in edges)
    graph = igraph.Graph(n=len(names), edges=pairs)
    with _RNG:
        igraph.set_random_number_generator(random.Random(seed))
        try:
            found = graph.community_leiden(objective_function="modularity", n_iterations=-1)
        finally:
            igraph.set_random_number_generator(random)
    groups = [{names[at] for at in members} for members in found]
    return sorted(groups, key=lambda group: (-len(group), min(group)))


def lay_out_part(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> np.ndarray:
    """Place the nodes of a graph by springs, the same each time: `(n, 2)` about one unit a node."""
    if len(nodes) < 2:
        return np.zeros((len(nodes), 2))
    place = {name: number for number, name in enumerate(nodes)}
    pairs = sorted((place[a], place[b]) for a, b in edges)
    graph = igraph.Graph(n=len(nodes), edges=pairs)
    angle = 2 * np.pi * np.arange(len(nodes)) / len(nodes)
    start = np.column_stack([np.cos(angle), np.sin(angle)]).tolist()
    with _RNG:
        igraph.set_random_number_generator(random.Random(0))
        try:
            if graph.is_connected():
                found = graph.layout_kamada_kawai(seed=start)
            else:
                found = graph.layout_fruchterman_reingold(seed=start, niter=500, grid=False)
        finally:
            igraph.set_random_number_generator(random)
    places = np.array(found.coords, dtype=np.float64)
    places -= places.mean(axis=0)
    spread = max(float(np.abs(places).max()), 1e-9)
    return np.round(places / spread * np.sqrt(len(nodes)) / 2, 4)


def groups_of(row: pd.Series | dict, kind: str) -> set[str]:
    """Groups of a compound of one kind: ATC groups of a level, mechanisms or indications."""
    if kind.startswith("ATC"):
        return atc_groups(str(row["atc"]), int(kind[-1]))
    return set(filter(None, (part.strip() for part in str(row[kind]).split("|"))))


def atc_groups(atc: str, level: int) -> set[str]:
    """Groups of ATC codes between bars at a level, 1 to 3."""
    letters = ATC_LETTERS[level]
    return {code[:letters] for code in atc.split("|") if len(code) >= letters}


def enriched_groups(nodes: pd.DataFrame) -> pd.DataFrame:
    """Test every group of compounds in every community.

    Parameters
    ----------
    nodes
        `kind`, `atc`, `mechanism`, `indication`, `community`.

    Returns
    -------
    One row a community and group with a member there, smallest p first: `GROUP_COLUMNS`. `hits`
    compounds of the group among `inside` compounds of the community of which something of the kind
    is known, `of` in the whole network, among `background`; `p` hypergeometric, `q` after
    Benjamini and Hochberg over all communities and groups of `FEWEST` compounds and more, those
    without a member too.
    """
    compounds = nodes[nodes["kind"] == COMPOUND].reset_index(drop=True)
    place = compounds["community"].to_numpy()
    communities = np.unique(nodes["community"])
    records, n_tested = [], 0
    for kind in GROUPS:
        own = [groups_of(row, kind) for row in compounds.to_dict("records")]
        is_told = np.array([bool(groups) for groups in own], dtype=bool)
        names = sorted({name for groups in own for name in groups})
        inside = {c: int((is_told & (place == c)).sum()) for c in communities}
        for name in names:
            has = np.array([name in groups for groups in own], dtype=bool)
            if has.sum() < FEWEST:
                continue
            n_tested += len(communities)
            for community in np.unique(place[has]):
                hits = int((has & (place == community)).sum())
                row = (hits, inside[community], int(has.sum()), int(is_told.sum()))
                p = float(hypergeom.sf(hits - 1, row[3], row[2], row[1]))
                records.append((int(community), kind, name, *row, p))
    table = pd.DataFrame(records, columns=list(GROUP_COLUMNS[:-1]))
    every = np.concatenate([table["p"].to_numpy(float), np.ones(n_tested - len(table))])
    table["q"] = false_discovery_control(every)[: len(table)] if len(every) else []
    table["order"] = table["kind"].map({kind: n for n, kind in enumerate(GROUPS)})
    order = ["p", "order", "community", "group"]
    return table.sort_values(order, kind="stable").drop(columns="order").reset_index(drop=True)


def name_communities(nodes: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """Name communities by their most enriched ATC group or mechanism.

    Parameters
    ----------
    nodes
        `id`, `kind`, `name`, `community`.
    groups
        See `enriched_groups`.

    Returns
    -------
    One row a community: `community`, `name` ("unnamed" where no group has q of `CALLED` and less in
    `FEWEST` compounds and more), `kind` of the group, `hits`, `inside`, `q`, `compounds`, `targets`
    (numbers), `indications` (enriched ones between bars), `genes` (its targets between bars).
    """
    called = groups[(groups["q"] <= CALLED) & (groups["hits"] >= FEWEST)]
    best = called[called["kind"].isin(_NAMES)].drop_duplicates("community").set_index("community")
    uses = called[called["kind"] == "indication"].groupby("community")["group"].agg("|".join)
    records = []
    for community, own in nodes.groupby("community", sort=True):
        is_compound = own["kind"] == COMPOUND
        record = {
            "community": community,
            "name": UNNAMED,
            "kind": "",
            "hits": 0,
            "inside": 0,
            "q": np.nan,
            "compounds": int(is_compound.sum()),
            "targets": int((~is_compound).sum()),
            "indications": str(uses.get(community, "")),
            "genes": "|".join(sorted(own["name"][~is_compound])),
        }
        if community in best.index:
            row = best.loc[community]
            is_atc = str(row["kind"]).startswith("ATC")
            record |= {
                "name": f"ATC {row['group']}" if is_atc else str(row["group"]),
                **{key: row[key] for key in ("kind", "hits", "inside", "q")},
            }
        records.append(record)
    return pd.DataFrame(records)


def odd_companions(
    nodes: pd.DataFrame,
    edges: pd.DataFrame,
    groups: pd.DataFrame,
    names: pd.DataFrame,
    likeness: pd.DataFrame,
) -> pd.DataFrame:
    """List compounds whose community disagrees with what they are used for.

    A compound is listed where something is known of its use, its community is named, none of its
    ATC groups (level 2) and indications is enriched there (q of `CALLED` and less), and a predicted
    target that is not known joins it to a compound whose use is.

    Parameters
    ----------
    nodes, edges
        Of the network.
    groups, names
        See `enriched_groups` and `name_communities`.
    likeness
        Tanimoto similarity of structures, compounds by compounds.

    Returns
    -------
    `compound`, `name`, `atc`, `mechanism`, `indication`, `community`, `community_name`,
    `targets` (predicted ones that join it, between bars, the best rank first), `rank` (of the first
    for the compound), `companions` (compounds of the community's use with these targets,
    between bars), `n_companions`; those with most companions first, then by rank.
    """
    called = groups[(groups["q"] <= CALLED) & (groups["hits"] >= FEWEST)]
    uses = {
        (int(community), str(kind)): set(part["group"])
        for (community, kind), part in called.groupby(["community", "kind"])
    }
    table = nodes.set_index("id")
    name_of = dict(zip(names["community"], names["name"], strict=True))
    hit_by = edges.groupby("target")["compound"].agg(list).to_dict()
    new = edges[~edges["known"]].sort_values(["compound", "rank", "target"])
    is_used: dict[str, bool] = {}
    for key, row in table[table["kind"] == COMPOUND].iterrows():
        community = int(row["community"])
        own = [groups_of(row, kind) & uses.get((community, kind), set())
               for kind in ("ATC level 2", "indication")]  # fmt: skip
        is_used[str(key)] = any(own)
    records = []
    for key, part in new.groupby("compound", sort=True):
        row = table.loc[key]
        community = int(row["community"])
        is_told = bool(row["atc"] or row["indication"])
        if not is_told or is_used[str(key)] or name_of[community] == UNNAMED:
            continue
        joined: dict[str, list[str]] = {}
        for target in part["target"]:
            if int(table.loc[target, "community"]) != community:
                continue
            others = [
                other for other in hit_by[target]
                if is_used[other] and int(table.loc[other, "community"]) == community
            ]  # fmt: skip
            if others:
                joined[str(target)] = others
        if not joined:
            continue
        near = sorted({other for one in joined.values() for other in one})
        companions = sorted({str(table.loc[other, "name"]) for other in near})
        records.append(
            {
                "compound": key,
                **{name: row[name] for name in ("name", "atc", "mechanism", "indication")},
                "community": community,
                "community_name": name_of[community],
                "targets": "|".join(joined),
                "rank": int(part.set_index("target").loc[next(iter(joined)), "rank"]),
                "companions": "|".join(companions),
                "n_companions": len(companions),
                "likest": float(likeness.loc[key, near].max()),
            }
        )
    found = pd.DataFrame(records, columns=list(ODD_COLUMNS))
    order = found.assign(few=-found["n_companions"].astype(int))
    return found.loc[order.sort_values(["few", "rank", "name"], kind="stable").index].reset_index(
        drop=True
    )


ODD_COLUMNS: Final = (
    *("compound", "name", "atc", "mechanism", "indication", "community", "community_name"),
    *("targets", "rank", "companions", "n_companions", "likest"),
)
