"""The one list of metrics: what each means, when it misleads, which direction is better."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from musegnn.benchmarks.retrieval import KINDS

Better = Literal["higher", "lower"]

EDGES, RELATIONS, NAMES, SEEN, DOSAGE, PUBLISHED = (
    "hidden edges",
    "known relations",
    "hidden names",
    "names seen in training",
    "dosage",
    "published six",
)
# in this order everywhere; the last two groups can be won without knowing any biology
GROUPS: Final = (EDGES, RELATIONS, NAMES, DOSAGE, SEEN, PUBLISHED)
WON_BY_CONTROLS: Final = (SEEN, PUBLISHED)
GROUP_MEANINGS: Final = {
    EDGES: "Edges that were hidden from training: does the embedding still know them?",
    RELATIONS: "What is known from elsewhere: do related genes lie closer than matched pairs?",
    NAMES: "Genes whose names were hidden: is the same gene found again in another context?",
    DOSAGE: "Transcription factors that must not lose a copy: can the vectors tell them?",
    SEEN: "The same gene in another context, its name known in training: memory, not finding.",
    PUBLISHED: "As in the MuSe-GNN paper. Most of them reward mixing of datasets alone.",
}
RELATION_KEYS: Final = {
    "GO process": "go",
    "Reactome pathway": "reactome",
    "interaction": "interaction",
}


@dataclass(frozen=True)
class Metric:
    """What is to be known about a metric.

    Parameters
    ----------
    key
        Name in tables and files.
    label
        Short name for people.
    group
        One of `GROUPS`.
    meaning
        What it measures, one sentence.
    failure
        How it misleads, one sentence.
    better
        Direction.
    low, high
        Range; `high` None says no fixed end.
    chance
        Value without knowledge, in words.
    """

    key: str
    label: str
    group: str
    meaning: str
    failure: str
    better: Better = "higher"
    low: float = 0
    high: float | None = 1
    chance: str = ""

    @property
    def range_text(self) -> str:
        """Range in words, such as "0 to 1"."""
        return f"{self.low:g} to {self.high:g}" if self.high is not None else f"{self.low:g} and up"


def _edges() -> Iterator[Metric]:
    """Metrics of hidden edges."""
    pairs = {
        "uniform": (
            "random non-edges",
            "Rewards knowing which genes are hubs: the product of degrees alone scores well above "
            "chance on dense graphs.",
        ),
        "matched": (
            "degree-matched non-edges",
            "Hidden edges come from the cells the features come from, so it flatters all methods.",
        ),
    }
    for key, (label, failure) in pairs.items():
        yield Metric(
            f"edges_{key}_auroc",
            f"AUROC ({key} pairs)",
            EDGES,
            f"Chance that a hidden edge has a higher cosine than one of the {label}; mean over "
            "datasets.",
            failure,
            chance="0.5",
        )
        yield Metric(
            f"edges_{key}_auprc",
            f"AUPRC ({key} pairs)",
            EDGES,
            f"Average precision of hidden edges among as many {label}, ordered by cosine; mean "
            "over datasets.",
            failure,
            chance="the share of edges, 0.5 where as many non-edges were found",
        )
    yield Metric(
        "unseen_edges_auroc",
        "AUROC, unseen cells",
        EDGES,
        "Fitted to half of the cells: chance that an edge of the other half has a higher cosine "
        "than a random non-edge; mean over datasets.",
        "The halves come from the same donors and the same run of the machine.",
        chance="0.5",
    )


def _relations() -> Iterator[Metric]:
    """Metrics of relations known from elsewhere."""
    ribosomal = {
        "": ("", "Ribosomal proteins alone carry a large part of it in blood and pancreas."),
        "_no_ribosomal": (
            " without ribosomal",
            "Curated knowledge favours well-studied genes and is silent about most pairs, so "
            "values stay near 0.5.",
        ),
    }
    relations = {
        "go": ("GO", "share a GO process of 10 to 300 genes"),
        "reactome": ("Reactome", "share a Reactome pathway of 10 to 300 genes"),
        "interaction": ("Interactions", "are known to interact as proteins"),
    }
    for key, (label, words) in relations.items():
        for suffix, (which, failure) in ribosomal.items():
            yield Metric(
                f"{key}{suffix}_auroc",
                f"{label}{which}",
                RELATIONS,
                f"AUROC, mean over datasets: chance that two genes that {words} have a higher "
                "cosine than a pair of equally studied genes that do not.",
                failure,
                chance="0.5",
            )


def _retrieval() -> Iterator[Metric]:
    """Metrics of finding the same gene again."""
    failures = {
        NAMES: "How much a gene is expressed finds some again without any co-expression, and steps "
        "with few pairs are noisy.",
        SEEN: "Training was told the names: a network that memorises them scores near 1.",
    }
    for group, failure in failures.items():
        prefix = "" if group == NAMES else "seen_"
        for kind in KINDS:
            slug = kind.replace(" ", "_")
            yield Metric(
                f"{prefix}{slug}_rank",
                f"rank ({kind})",
                group,
                f"Median rank of the same gene among all genes of the other dataset ({kind}).",
                failure,
                "lower",
                low=1,
                high=None,
                chance="half the genes of a dataset",
            )
            yield Metric(
                f"{prefix}{slug}_mrr",
                f"MRR ({kind})",
                group,
                f"Mean of 1 / rank of the same gene in the other dataset ({kind}).",
                failure,
                chance="about 0.007 with 1000 genes",
            )


def _random(nine: str, all_datasets: str) -> str:
    """Say what random vectors reach, measured on graphs of the shipped atlas."""
    return f"{nine} in 9 datasets of blood and pancreas, {all_datasets} in 33 of the atlas"


_PUBLISHED = (
    Metric(
        "asw",
        "ASW",
        PUBLISHED,
        "Batch silhouette of scIB: are the datasets mixed within each cluster?",
        "Random clusters keyed by gene name win it: mixing needs no biology.",
        chance=_random("0.95", "0.94"),
    ),
    Metric(
        "auc",
        "AUC",
        PUBLISHED,
        "AUROC of cosine against all edges of the graph, mean over datasets.",
        "Training has seen these edges: it measures fit, and hubs, not prediction.",
        chance="0.5",
    ),
    Metric(
        "ilisi",
        "iLISI",
        PUBLISHED,
        "How many datasets a neighbourhood holds, scaled to 0 to 1 (scIB).",
        "Vectors collapsed to one point, with noise, score as random ones do, above most methods; "
        "and no neighbourhood of 90 genes holds many datasets evenly, so 1 is out of reach.",
        chance=_random("0.52", "0.26"),
    ),
    Metric(
        "gc",
        "GC",
        PUBLISHED,
        "Share of each cluster that hangs together in the neighbour graph (scIB).",
        "Clusters are made from the same neighbours, so all methods lie near 1.",
        chance=_random("0.87", "0.97"),
    ),
    Metric(
        "cgr",
        "CGR",
        PUBLISHED,
        "Common gene ratio: how often the genes of a cluster are the same gene elsewhere.",
        "One single cluster, or a vector per gene name, has the highest possible value.",
        chance=_random("0.02", "0.06"),
    ),
    Metric(
        "no",
        "NO",
        PUBLISHED,
        "Neighbour overlap: do genes of a cluster have the same neighbours in their graphs?",
        "Grows with the density of the graphs: compare it on the same graphs only.",
        chance=_random("0.003", "0.002"),
    ),
)
_DOSAGE = Metric(
    "dosage_auroc",
    "Dosage",
    DOSAGE,
    "AUROC of a logistic regression that tells dosage-sensitive transcription factors from those "
    "without evidence, on genes that it was not trained on.",
    "Few genes, and genes without evidence include those that nobody looked at; how much a gene "
    "is expressed gives it away in part.",
    chance="0.5",
)

METRICS: Final[dict[str, Metric]] = {
    metric.key: metric for metric in (*_edges(), *_relations(), *_retrieval(), _DOSAGE, *_PUBLISHED)
}
