"""Drugs methods: how the tables are made, as a program."""

from __future__ import annotations

import numpy as np

from musegnn.analysis.labels.set_on_maps import DRAWS as RANDOM_SETS
from musegnn.embeddings.origin import Origin
from musegnn.screens.drugs.view_maps import STATEMENT
from musegnn.screens.drugs.view_network import STATEMENT as OF_NETWORK
from musegnn.screens.shell.methods import Methods, describe
from musegnn.targets.lit import LitGenes
from musegnn.targets.network import REWIRINGS, TOP, TWINS
from musegnn.targets.predicted import ShippedPredictions
from musegnn.targets.predictor import DRAWS
from musegnn.targets.signature_search import METHOD
from musegnn.targets.tractable import HOW_ALIKE, MEANING

_OPEN = """\
from musegnn.knowledge.store import open_store
from musegnn.settings import Settings

store = open_store(Settings.from_environment().knowledge)
"""
_COMPOUND = """\
from musegnn.targets.asking import ask_about
from musegnn.targets.opening import open_predictor

predictor = open_predictor(store)
table = predictor.predict(ask_about({text!r}, predictor.data)).targets
"""
_SHIPPED = """\
from musegnn.targets.predicted import read_predictions

table = read_predictions().ask({text!r}).targets
"""
_SIGNATURE = """\
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.targets.own_signature import signature_of_lists, signature_of_table
from musegnn.targets.shipped import read_drugs
from musegnn.targets.signature_search import mimic_and_reverse

data = read_drugs(store)
names = read_gene_names(Settings.from_environment().knowledge)
own = {own}
table = mimic_and_reverse(own, data)
"""
_REACH = """\
from musegnn.targets.opening import open_spaces
from musegnn.targets.tables import read_pharmacology
from musegnn.targets.tractable import read_stages, tractable_neighbours

stages = read_stages(read_pharmacology(store))
table = tractable_neighbours({gene!r}, stages, *open_spaces(store))
"""
CITATION = (
    "Subramanian A et al. A next generation connectivity map: L1000 platform and the first "
    "1,000,000 profiles. Cell 171, 1437 (2017). doi:10.1016/j.cell.2017.10.049.",
    "Corsello SM et al. The Drug Repurposing Hub. Nat Med 23, 405 (2017). doi:10.1038/nm.4306.",
    "Law V et al. DrugBank 4.0. Nucleic Acids Res 42, D1091 (2014). doi:10.1093/nar/gkt1068.",
)


def target_methods(origin: Origin, text: str) -> Methods:
    """Say how targets of a compound were ranked."""
    return describe(
        origin,
        title="Targets of a compound",
        sentences=(
            "Votes of the nearest labelled molecules, two-step kernel ridge on structure and "
            "signature, and gene vectors of GO, pathways and interactions, put together by a "
            "logistic sum whose weights and probabilities were fitted on folds of the labelled "
            "compounds. The compound itself is left out of training. Intervals hold 95 % of "
            f"{DRAWS} refits in which compounds count differently. Held-out ranks beside rivals "
            "and controls stand in `docs/targets.md`.",
        ),
        parameters={"compound": text, "refits": DRAWS, "seed": 0},
        code=_COMPOUND.format(text=text),
        opening=_OPEN,
        cite=CITATION,
    )


def shipped_methods(origin: Origin, text: str, shipped: ShippedPredictions) -> Methods:
    """Say where predictions that come with the program are from."""
    labels = [dict(one) for one in shipped.manifest["labels"].values()]
    return describe(
        origin,
        title="Targets of a compound, as they come with the program",
        sentences=(
            shipped.meaning,
            "Methods are those of `docs/targets.md`: votes of the nearest labelled molecules, "
            "two-step kernel ridge on structure and signature, and gene vectors of the Gene "
            "Ontology, put together by a logistic sum. Weights and probabilities of a labelled "
            "compound were fitted on the other folds, and its answer learned from all other "
            f"compounds. Intervals hold 95 % of {DRAWS} refits.",
            f"Licence: {shipped.manifest['licence']}.",
        ),
        parameters={"compound": text, "refits": DRAWS, "seed": shipped.manifest["seed"]},
        code=_SHIPPED.format(text=text),
        cite=(CITATION[0], *(str(one["citation"]) for one in labels)),
    )


def reach_methods(origin: Origin, gene: str) -> Methods:
    """Say what tractable means, and how like genes were found."""
    return describe(
        origin,
        title="Tractable genes like a gene",
        sentences=(MEANING, HOW_ALIKE),
        parameters={"gene": gene},
        code=_REACH.format(gene=gene),
        opening=_OPEN,
        cite=CITATION[1:],
    )


def signature_methods(origin: Origin, *, up: str, down: str, name: str, group: str) -> Methods:
    """Say how signatures were compared."""
    if name:
        own = f"signature_of_table(open({name!r}).read(), data.genes, names, group={group!r})"
    else:
        own = f"signature_of_lists({up!r}.split(), {down!r}.split(), data.genes, names)"
    return describe(
        origin,
        title="Compounds that mimic or reverse a signature",
        sentences=(METHOD,),
        parameters={"seed": 0, "genes up": up or "none", "genes down": down or "none"},
        code=_SIGNATURE.format(own=own),
        opening=_OPEN,
        cite=CITATION,
    )


def maps_methods(origin: Origin, lit: LitGenes) -> Methods:
    """Say how genes on all maps were tested, with the program that does it again."""
    rows = [
        (gene, None if np.isnan(weight) else round(weight, 6), kind)
        for gene, weight, kind in lit.table[["gene", "weight", "kind"]].itertuples(index=False)
    ]
    listed = "".join(f"    {row!r},\n" for row in rows)
    return describe(
        origin,
        title="Genes on every map",
        sentences=(STATEMENT,),
        parameters={"genes": lit.label, "random sets": RANDOM_SETS, "seed": 0},
        code=(
            "import pandas as pd\n\n"
            "from musegnn.analysis.labels.set_on_maps import place_on_maps\n"
            "from musegnn.embeddings.atlas import read_atlas\n\n"
            "settings = Settings.from_environment()\n"
            "atlas = read_atlas(settings.atlas, settings.knowledge)\n"
            f"rows = [\n{listed}]\n"
            'genes = pd.DataFrame(rows, columns=["gene", "weight", "kind"])\n'
            f"rivals = {list(lit.rivals)!r}\n"
            "table = place_on_maps(genes, atlas=atlas, rivals=rivals).contexts\n"
        ),
    )


def network_methods(origin: Origin) -> Methods:
    """Say how the network was made, with the program that makes its edges again."""
    return describe(
        origin,
        title="Compounds and targets that are the best of each other",
        sentences=(OF_NETWORK,),
        parameters={"best": TOP, "rewirings": REWIRINGS, "structure twins above": TWINS, "seed": 0},
        code=(
            "from musegnn.targets.network import build_network\n"
            "from musegnn.targets.opening import open_predictor\n\n"
            "table = build_network(open_predictor(store)).edges\n"
        ),
        opening=_OPEN,
        cite=CITATION,
    )
