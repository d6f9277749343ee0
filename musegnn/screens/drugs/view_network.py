"""Which drugs belong together: words, tables and the part of the network that is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from musegnn.errors import InputError
from musegnn.molecules.structures import is_made_up
from musegnn.screens.drugs import COLOURS
from musegnn.targets.communities import CALLED, COMPOUND, TARGET, UNNAMED, groups_of
from musegnn.targets.network import TOP, TWINS, PharmacologicalNetwork, build_network
from musegnn.targets.network_files import kind_of
from musegnn.targets.network_parts import (
    ISLANDS,
    community_part,
    find_node,
    near_part,
    place_nodes,
)
from musegnn.targets.predictor import Predictor
from musegnn.validation import format_list

MOST_COLOURS: Final = 11  # groups with a colour of their own
OTHERS, NOTHING = "other", "not told"
BUILDING: Final = "Joining compounds and targets, and rewiring them for chance: some seconds"
WITHOUT_TABLES: Final = (
    "The network joins compounds and targets by known targets, signatures and structures, which "
    "are not in the annotation folder. Fetch `drugbank_molecules`, `drugbank_targets` and "
    "`repurposing_molecules` with `musegnn knowledge fetch` (DrugBank's are for non-commercial "
    "use) and import `l1000_consensus`: `musegnn knowledge list` names every table and its terms."
)
# first letter of a code of the Anatomical Therapeutic Chemical classification
ATC_WORDS: Final = {
    "A": "alimentary tract and metabolism",
    "B": "blood",
    "C": "cardiovascular system",
    "D": "skin",
    "G": "genito-urinary system and sex hormones",
    "H": "hormones",
    "J": "infections",
    "L": "cancer and immune system",
    "M": "muscles and bones",
    "N": "nervous system",
    "P": "parasites",
    "R": "respiratory system",
    "S": "eye and ear",
    "V": "various",
}
STATEMENT: Final = (
    f"An edge: the target is among the {TOP} best of the compound and the compound among the {TOP} "
    "best of the target, by structure and signature in a model trained without the compound. Solid "
    "edges are listed by a table, dashed ones predicted. Communities by Leiden on modularity; a "
    f"name is the most enriched ATC group or mechanism with q of {CALLED} and less "
    "(hypergeometric, after Benjamini and Hochberg over all groups and communities), others stay "
    "unnamed. Chance for modularity and agreement: rewirings in which every compound and target "
    "keeps its number of edges."
)
OF_ODD: Final = (
    "Compounds in the company of another use than their own: predicted targets join them to "
    "compounds of the community's use. A candidate to be looked at, and no more: nothing here was "
    "tested, and a side effect looks the same. Where the largest similarity to a companion is "
    f"high (above {TWINS}), the prediction may be no more than the structure."
)


@dataclass(frozen=True)
class NetworkView:
    """The part that is shown.

    Parameters
    ----------
    sentence
        What is shown.
    nodes
        `id`, `kind`, `name`, `x`, `y`, `group` (of the colour), `degree`, `hover`, `is_chosen`.
    edges
        `compound`, `target`, `kind` (curated or predicted).
    legend
        Groups with a colour, the most frequent first; `OTHERS` and `NOTHING` come last.
    titles
        `x`, `y`, `text` above each named community where all are shown, else none.
    part
        The same as a network, for files.
    """

    sentence: str
    nodes: pd.DataFrame
    edges: pd.DataFrame
    legend: tuple[str, ...]
    titles: pd.DataFrame
    part: PharmacologicalNetwork


def make_network(predictor: Predictor) -> PharmacologicalNetwork:
    """Join compounds and targets that are the best of each other.

    Raises
    ------
    InputError
        If there is no such pair.
    """
    return build_network(predictor)


def told(network: PharmacologicalNetwork) -> str:
    """Say what the network is, and what it is by chance."""
    nodes, edges = network.nodes, network.edges
    is_compound = nodes["kind"] == COMPOUND
    level = network.agreement.set_index("level").loc[2]
    named = network.communities[network.communities["kind"] != ""]
    return (
        f"{int(is_compound.sum()):,} compounds and {int((~is_compound).sum()):,} targets, "
        f"{len(edges):,} edges, {edges['known'].mean():.0%} of them known. Modularity "
        f"{network.modularity:.2f}, rewired {network.modularity_by_chance:.2f}; compounds that "
        f"share a target agree in ATC level 2 {level['fold']:.1f} times as often as rewired "
        f"({level['observed']:.3f} of {int(level['pairs']):,} pairs, structure twins left out, "
        f"{level['expected']:.3f} by chance). {len(named)} of {len(network.communities)} "
        "communities have a name."
    )


def labels_of(network: PharmacologicalNetwork) -> dict[int, str]:
    """Name communities for a list: number, name, size."""
    return {
        int(row.community): f"{row.community + 1}: {row.name_} ({row.compounds} compounds, "
        f"{row.targets} targets)"
        for row in network.communities.rename(columns={"name": "name_"}).itertuples()
    }


def names_of(network: PharmacologicalNetwork) -> list[str]:
    """Names of compounds and targets, sorted, for a list."""
    return sorted(set(map(str, network.nodes["name"])), key=str.casefold)


def show_community(network: PharmacologicalNetwork, community: int, *, colour: str) -> NetworkView:
    """Show a community with the edges inside."""
    part = community_part(network, community)
    row = network.communities.set_index("community").loc[community]
    name = f"Community {community + 1}: {row['name']}"
    if row["kind"]:
        name += f" ({row['hits']} of {row['inside']} compounds, q = {row['q']:.2g})"
    uses = f" Enriched uses: {row['indications'].replace('|', ', ')}." if row["indications"] else ""
    return _view(part, f"{name}. {_counts(part)}{uses}", colour=colour)


def show_near(network: PharmacologicalNetwork, node: str, *, colour: str) -> NetworkView:
    """Show what is near a compound or target.

    Raises
    ------
    InputError
        If the network has no such node.
    """
    chosen = find_node(network, node)
    part, more = near_part(network, node)
    said = f" {more} more are left out." if more else ""
    return _view(part, f"Around {node}: {_counts(part)}{said}", colour=colour, chosen=chosen)


def show_whole(network: PharmacologicalNetwork, *, colour: str) -> NetworkView:
    """Show everything, communities as islands."""
    return _view(network, f"All communities as islands: {_counts(network)}", colour=colour)


def community_of(network: PharmacologicalNetwork, text: str) -> int:
    """Return the community of a compound or target, the first for one that is not there."""
    try:
        node = find_node(network, text)
    except InputError:
        return 0
    return int(network.nodes.set_index("id").loc[node, "community"])


def link_to(network: PharmacologicalNetwork, node: str) -> str:
    """Return by what a compound is asked for: its name, or its id where no name is its alone."""
    key = find_node(network, node)
    return key if is_made_up(node) or node.endswith(f" {key}") else node


def name_of(network: PharmacologicalNetwork, text: str) -> str | None:
    """Return the name of a node by its id or name; None where there is no such node."""
    try:
        node = find_node(network, text)
    except InputError:
        return None
    return str(network.nodes.set_index("id").loc[node, "name"])


def facts_of_node(network: PharmacologicalNetwork, text: str) -> tuple[str, str, str]:
    """Return kind, name, and what is known and predicted of a node, in words.

    Raises
    ------
    InputError
        If there is no such node.
    """
    node = find_node(network, text)
    row = network.nodes.set_index("id").loc[node]
    is_compound = row["kind"] == COMPOUND
    own, other = ("compound", "target") if is_compound else ("target", "compound")
    joined = network.edges[network.edges[own] == node].sort_values("rank")
    name = dict(zip(network.nodes["id"], network.nodes["name"], strict=True))
    said = []
    for words, part in (
        ("known", joined[joined["known"]]),
        ("predicted", joined[~joined["known"]]),
    ):
        if len(part):
            named = [str(name[other_id]) for other_id in part[other]]
            said.append(f"{words}: {format_list(named, limit=12)}")
    about = [
        f"{label} {str(row[column]).replace('|', ', ')}"
        for label, column in (
            ("ATC", "atc"),
            ("mechanism", "mechanism"),
            ("used for", "indication"),
        )
        if is_compound and row[column]
    ]
    whose = "targets" if is_compound else "compounds"
    facts = f" ({'; '.join(about)})" if about else ""
    return (
        str(row["kind"]),
        str(row["name"]),
        f"{row['name']}{facts}, {whose} {'; '.join(said) or 'none'}.",
    )


def genes_of(view: NetworkView) -> tuple[str, ...]:
    """Return the targets that are shown."""
    return tuple(view.nodes.loc[view.nodes["kind"] == TARGET, "name"])


def spaced(table: pd.DataFrame) -> pd.DataFrame:
    """Write commas where values stood between bars."""
    texts = table.select_dtypes(object).columns
    return table.assign(**{name: table[name].astype(str).str.replace("|", ", ") for name in texts})


def communities_table(network: PharmacologicalNetwork) -> pd.DataFrame:
    """Communities for reading, numbered from 1."""
    table = spaced(network.communities)
    return table.assign(number=table["community"] + 1)


def _counts(part: PharmacologicalNetwork) -> str:
    """How much is shown."""
    is_compound = part.nodes["kind"] == COMPOUND
    known = int(part.edges["known"].sum())
    return (
        f"{int(is_compound.sum()):,} compounds, {int((~is_compound).sum()):,} targets, "
        f"{known:,} known and {len(part.edges) - known:,} predicted edges."
    )


def _view(
    part: PharmacologicalNetwork, sentence: str, *, colour: str, chosen: str = ""
) -> NetworkView:
    """Lay a part out and colour it."""
    nodes = part.nodes.copy()
    places = place_nodes(nodes, part.edges)
    nodes["x"], nodes["y"] = places[:, 0], places[:, 1]
    group = [_group(row, colour) for row in nodes.to_dict("records")]
    is_compound = nodes["kind"] == COMPOUND
    counted = pd.Series(group)[is_compound.to_numpy()].value_counts()
    counted = counted.drop([name for name in (NOTHING,) if name in counted.index])
    frequent = sorted(counted.index, key=lambda name: (-counted[name], name))[:MOST_COLOURS]
    nodes["group"] = [name if name in frequent or name == NOTHING else OTHERS for name in group]
    ends = pd.concat([part.edges["compound"], part.edges["target"]]).value_counts()
    nodes["degree"] = nodes["id"].map(ends).fillna(0).astype(int)
    nodes["is_chosen"] = nodes["id"] == chosen
    nodes["hover"] = [_hover(row) for row in nodes.to_dict("records")]
    last = [name for name in (OTHERS, NOTHING) if (nodes["group"][is_compound] == name).any()]
    edges = part.edges[["compound", "target"]].assign(kind=part.edges["known"].map(kind_of))
    columns = ["id", "kind", "name", "x", "y", "group", "degree", "hover", "is_chosen"]
    titles = _titles(nodes) if nodes["community"].nunique() >= ISLANDS else _titles(nodes[:0])
    return NetworkView(sentence, nodes[columns], edges, (*frequent, *last), titles, part)


def _titles(nodes: pd.DataFrame) -> pd.DataFrame:
    """Where the name of each named community stands: above its island."""
    named = nodes[nodes["community_name"] != UNNAMED].groupby("community")
    top = named.agg(x=("x", "mean"), y=("y", "max"), text=("community_name", "first"))
    top["text"] = [f"{number + 1}: {text}" for number, text in top["text"].items()]
    return top.reset_index(drop=True)


def _group(row: dict, colour: str) -> str:
    """Group that colours a node; of several the first by name."""
    if row["kind"] != COMPOUND:
        return NOTHING
    if colour == COLOURS[0]:
        return f"{row['community'] + 1}: {row['community_name']}"
    own = sorted(groups_of(row, colour))
    if not own:
        return NOTHING
    words = ATC_WORDS.get(own[0][:1], "") if colour == "ATC level 1" else ""
    return f"{own[0]} {words}".strip()


def _hover(row: dict) -> str:
    """What a node says of itself."""
    if row["kind"] != COMPOUND:
        return f"{row['name']}, target"
    told = [row["name"], row["atc"], row["mechanism"], row["indication"]]
    return ", ".join(str(part).replace("|", ", ")[:80] for part in told if part)
