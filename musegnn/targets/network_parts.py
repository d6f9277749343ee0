"""Parts of the pharmacological network that can be read: a community, or what is near a node."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from musegnn.errors import InputError
from musegnn.targets.communities import lay_out_part
from musegnn.targets.network import PharmacologicalNetwork
from musegnn.validation import nearest_names

MOST_NEAR: Final = 60  # nodes around a node; the closest are taken
ISLANDS: Final = 10  # communities from which each is laid out by itself
_SHAPE: Final = 1.6  # width over height of the whole picture
_GAP: Final = 1.5  # units between communities


def community_part(network: PharmacologicalNetwork, community: int) -> PharmacologicalNetwork:
    """Take a community with the edges inside.

    Raises
    ------
    InputError
        If there is none of this number.
    """
    inside = network.nodes["community"] == community
    if not inside.any():
        last = int(network.nodes["community"].max())
        msg = f"Expected a community from 0 to {last}, found {community}."
        raise InputError(msg, "Choose one from the list.")
    return _only(network, set(network.nodes["id"][inside]))


def near_part(
    network: PharmacologicalNetwork, node: str, *, most: int = MOST_NEAR
) -> tuple[PharmacologicalNetwork, int]:
    """Take a node, what it is joined to, and what that is joined to.

    Returns
    -------
    The part with at most `most` nodes, in the order of the ranks that lead there, and how many
    more there are.

    Raises
    ------
    InputError
        If the network has no such node; near names are offered.
    """
    start = find_node(network, node)
    edges = network.edges
    joined: dict[str, list[tuple[int, str]]] = {}
    for compound, target, rank, back in edges[
        ["compound", "target", "rank", "rank_of_compound"]
    ].itertuples(index=False):
        joined.setdefault(compound, []).append((int(rank), target))
        joined.setdefault(target, []).append((int(back), compound))
    first = sorted(joined.get(start, []))
    order = [start, *(name for _, name in first)]
    second = sorted(
        (rank + other, name)
        for rank, between in first
        for other, name in joined[between]
        if name not in set(order)
    )
    order += list(dict.fromkeys(name for _, name in second))
    return _only(network, set(order[:most])), max(len(order) - most, 0)


def find_node(network: PharmacologicalNetwork, text: str) -> str:
    """Return the id of a node by id or name, whatever the case.

    Raises
    ------
    InputError
        If there is none.
    """
    wanted = text.strip().casefold()
    for column in ("id", "name"):
        found = network.nodes["id"][network.nodes[column].str.casefold() == wanted]
        if len(found):
            return str(found.iloc[0])
    near = nearest_names(text.strip(), [str(name) for name in network.nodes["name"]])
    msg = f"Expected a compound or a target of the network, found {text.strip()[:60]!r}."
    hint = f"Did you mean {', '.join(near)}?" if near else "Choose one from the list."
    raise InputError(msg, f"{hint} Others have no pair among the ten best of each other.")


def place_nodes(nodes: pd.DataFrame, edges: pd.DataFrame) -> np.ndarray:
    """Place nodes: `(n, 2)` about one unit a node, the same each time.

    Several communities stand side by side as islands, the largest first.
    """
    ids = [str(name) for name in nodes["id"]]
    pairs = list(edges[["compound", "target"]].itertuples(index=False, name=None))
    if nodes["community"].nunique() < ISLANDS:
        return lay_out_part(ids, pairs)
    at = {name: number for number, name in enumerate(ids)}
    own = dict(zip(ids, nodes["community"], strict=True))
    islands = []
    for community in sorted(set(own.values())):
        members = [name for name in ids if own[name] == community]
        inside = [(a, b) for a, b in pairs if own[a] == community == own[b]]
        islands.append((members, lay_out_part(members, inside)))
    sizes = [np.ptp(places, axis=0) + _GAP for _, places in islands]
    area = float(sum(size[0] * size[1] for size in sizes))
    width = max([float(np.sqrt(area * _SHAPE)), *(float(size[0]) for size in sizes)])
    found = np.zeros((len(ids), 2))
    x = y = height = 0.0
    for (members, places), size in zip(islands, sizes, strict=True):
        if x > 0 and x + size[0] > width * 1.001:
            x, y, height = 0.0, y - height, 0.0
        corner = np.array([places[:, 0].min(), places[:, 1].max()])
        for name, place in zip(members, places, strict=True):
            found[at[name]] = place - corner + (x, y)
        x += float(size[0])
        height = max(height, float(size[1]))
    return np.round(found, 4)


def _only(network: PharmacologicalNetwork, kept: Collection[str]) -> PharmacologicalNetwork:
    """Keep some nodes and the edges between them."""
    edges = network.edges
    is_inside = edges["compound"].isin(kept) & edges["target"].isin(kept)
    return replace(
        network,
        nodes=network.nodes[network.nodes["id"].isin(kept)].reset_index(drop=True),
        edges=edges[is_inside].reset_index(drop=True),
    )
