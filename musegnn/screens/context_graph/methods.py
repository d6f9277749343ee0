"""Context graph methods: how nodes are joined, as a program."""

from __future__ import annotations

from musegnn.embeddings.origin import Origin
from musegnn.screens.shell.methods import Methods, describe

_CODE = """\
from musegnn.knowledge.store import open_store
from musegnn.molecules.context_build import build_context
from musegnn.molecules.context_parts import near_part
from musegnn.settings import Settings
from musegnn.targets.context_tables import read_at_hand

at_hand = read_at_hand(open_store(Settings.from_environment().knowledge))
graph = build_context(at_hand.tables)
node = list(graph.names).index({name!r})
part = near_part(graph, node)
"""
CITATION = (
    "Liu G et al. Learning molecular representation in a cell. ICLR 2025. arXiv:2406.12056.",
)


def context_methods(origin: Origin, *, name: str) -> Methods:
    """Say how the graph was made."""
    return describe(
        origin,
        title="Context graph of molecules",
        sentences=(
            "Molecules in one form (salts, metals, charges and isotopes gone, one tautomer) are "
            "joined with signatures of expression and profiles of cells measured of them, with "
            "known targets and with the ten genes that each signature changes most; proteins that "
            "bind are joined with each other. Molecules of one scaffold are joined by Tanimoto "
            "similarity, signatures and profiles of one source by cosine, above a bound between "
            "0.6 and 0.99 that leaves at least 99.5 % of the pairs apart. Weights of edges lie "
            "between 0 and 1; a walk of four steps takes each edge with equal chance, and the "
            "product of its weights says how much the code of a molecule has to tell of a node.",
        ),
        parameters={"node": name, "sparsity": 0.995, "genes_of_a_signature": 10, "steps": 4},
        code=_CODE.format(name=name),
        cite=CITATION,
    )
