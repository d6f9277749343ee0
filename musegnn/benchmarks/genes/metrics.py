"""The metrics of gene vectors: what each means, when it misleads, and how it is measured."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from musegnn import keys
from musegnn.benchmarks.genes.retrieval import KINDS, retrieve
from musegnn.benchmarks.metric import Group, Measure, Measured, Metric

if TYPE_CHECKING:  # pages list the metrics: scikit-learn and all of the graphs would hold them up
    from musegnn.benchmarks.genes.benchmark import GeneInputs
    from musegnn.benchmarks.genes.edge_prediction import PairScores

TASK: Final = "genes"
EDGES: Final = Group(
    "hidden edges",
    "Edges that were hidden from training: does the embedding still know them?",
    TASK,
    place=1,
)
RELATIONS: Final = Group(
    "known relations",
    "What is known from elsewhere: do related genes lie closer than matched pairs?",
    TASK,
    place=2,
)
NAMES: Final = Group(
    "hidden names",
    "Genes whose names were hidden: is the same gene found again in another context?",
    TASK,
    place=3,
)
DOSAGE: Final = Group(
    "dosage",
    "Transcription factors that must not lose a copy: can the vectors tell them?",
    TASK,
    place=4,
)
SEEN: Final = Group(
    "names seen in training",
    "The same gene in another context, its name known in training: memory, not finding.",
    TASK,
    place=5,
    is_won_by_controls=True,
)
PUBLISHED: Final = Group(
    "published six",
    "As in the MuSe-GNN paper. Most of them reward mixing of datasets alone.",
    TASK,
    place=6,
    is_won_by_controls=True,
)
# key -> label, and what two genes have in common, as `relation_prediction.draw_pairs` names them
_RELATIONS: Final = {
    "go": ("GO", "share a GO process of 10 to 300 genes"),
    "reactome": ("Reactome", "share a Reactome pathway of 10 to 300 genes"),
    "interaction": ("Interactions", "are known to interact as proteins"),
}
# end of the key -> of the label, of the meaning, and how it misleads
_RIBOSOMAL: Final = {
    "": ("", "", "Ribosomal proteins alone carry a large part of it in blood and pancreas."),
    "_no_ribosomal": (
        " without ribosomal",
        " Ribosomal proteins are left out.",
        "Curated knowledge favours well-studied genes and is silent about most pairs, so values "
        "stay near 0.5.",
    ),
}
NOTHING_HIDDEN: Final = "nothing was hidden from training"


def mean_over_datasets(
    scores: Mapping[str, PairScores], area: str, counted: str = "hidden edges"
) -> Measured:
    """Take the mean of "auroc" or "auprc" over the datasets that have pairs of both kinds."""
    known = {name: score for name, score in scores.items() if not math.isnan(score.auroc)}
    values = {name: float(getattr(score, area)) for name, score in known.items()}
    mean = float(np.mean(list(values.values()))) if values else math.nan
    note = f"mean over {len(known)} datasets" if known else "no such pair in any dataset"
    return Measured(mean, sum(score.n_positive for score in known.values()), counted, note, values)


def measure_hidden_edges(asked: GeneInputs) -> Mapping[str, Measured] | str:
    """Rank hidden edges above pairs without an edge."""
    from musegnn.benchmarks.genes.edge_prediction import hidden_edges  # noqa: PLC0415

    if asked.hold_out is None:
        return NOTHING_HIDDEN
    scores = {
        graph.name: hidden_edges(rows, pairs)
        for graph, rows, pairs in zip(
            asked.graphs, asked.vectors, asked.hold_out.pairs, strict=True
        )
    }
    return {
        f"edges_{pairs}_{area}": mean_over_datasets(
            {name: score[pairs] for name, score in scores.items()}, area
        )
        for pairs in ("uniform", "matched")
        for area in ("auroc", "auprc")
    }


def measure_unseen_cells(asked: GeneInputs) -> Mapping[str, Measured] | str:
    """Rank the edges of cells that were kept apart above other pairs."""
    from musegnn.benchmarks.genes.edge_prediction import edges_of_unseen_cells  # noqa: PLC0415

    if not asked.unseen:
        return "no cells were kept apart, as `python -m benchmarks.quality` does"
    scores = {
        graph.name: float(edges_of_unseen_cells(rows, adjacency).auroc)
        for graph, (rows, adjacency) in zip(asked.graphs, asked.unseen, strict=True)
    }
    mean = float(np.mean(list(scores.values())))
    return {"unseen_edges_auroc": Measured(mean, len(scores), "datasets", "", scores)}


def measure_depth_edges(asked: GeneInputs) -> Mapping[str, Measured] | str:
    """Rank the edges that depth alone gives in the cells that were kept apart above other pairs."""
    from musegnn.benchmarks.genes.edge_prediction import edges_of_unseen_cells  # noqa: PLC0415

    if not asked.by_depth:
        return "no cells were kept apart, as `python -m benchmarks.quality` does"
    scores = {
        graph.name: float(edges_of_unseen_cells(rows, adjacency).auroc)
        for graph, (rows, _), adjacency in zip(
            asked.graphs, asked.unseen, asked.by_depth, strict=True
        )
    }
    mean = float(np.mean(list(scores.values())))
    return {"depth_edges_auroc": Measured(mean, len(scores), "datasets", "", scores)}


def measure_relations(asked: GeneInputs) -> Mapping[str, Measured] | str:
    """Rank pairs with a known relation above matched ones; without tables there are none."""
    from musegnn.benchmarks.genes.edge_prediction import score_pairs  # noqa: PLC0415

    if not any(asked.pairs):
        return "no gene sets and no interactions are at hand"
    measured = {}
    for key in (f"{relation}{suffix}" for relation in _RELATIONS for suffix in _RIBOSOMAL):
        scores = {
            graph.name: score_pairs(rows, *pairs[key])
            for graph, rows, pairs in zip(asked.graphs, asked.vectors, asked.pairs, strict=True)
            if key in pairs
        }
        measured[f"{key}_auroc"] = mean_over_datasets(scores, "auroc", "related pairs")
    return measured


def measure_hidden_names(asked: GeneInputs) -> Mapping[str, Measured] | str:
    """Rank the genes whose names were hidden from training."""
    if asked.hold_out is None:
        return NOTHING_HIDDEN
    return _ranks(asked, asked.hold_out.names, "")


def measure_seen_names(asked: GeneInputs) -> Mapping[str, Measured] | str:
    """Rank all genes by the names that training saw."""
    if asked.hold_out is not None:
        return "names were hidden from training, which tells more"
    names = {name for graph in asked.graphs for name in graph.genes[keys.COMMON_GENE]}
    return _ranks(asked, names, "seen_")


def _ranks(asked: GeneInputs, names: Collection[str], prefix: str) -> dict[str, Measured]:
    """Ranks of the same gene for each step between two datasets."""
    measured = {}
    for kind, found in retrieve(asked.vectors, asked.graphs, names).items():
        n, counted = len(found.ranks), "pairs of a gene in two datasets"
        note = "" if n else f"no two datasets make this step ({kind})"
        key = f"{prefix}{_slug(kind)}"
        measured[f"{key}_rank"] = Measured(found.median_rank, n, counted, note)
        measured[f"{key}_mrr"] = Measured(found.mean_reciprocal_rank, n, counted, note)
    return measured


def _slug(kind: str) -> str:
    """Name of a step as part of a key."""
    return kind.replace(" ", "_")


def measure_dosage(asked: GeneInputs) -> Mapping[str, Measured] | str:
    """Classify transcription factors by their vectors."""
    from musegnn.benchmarks.genes.dosage import classify_dosage  # noqa: PLC0415

    if asked.knowledge.dosage is None:
        return "no lists of dosage-sensitive genes are at hand"
    genes = [name for graph in asked.graphs for name in graph.genes[keys.ORTHOLOG]]
    joint = np.concatenate(list(asked.vectors))
    found = classify_dosage(joint, genes, asked.knowledge.dosage, seed=asked.seed)
    return {"dosage_auroc": found}


def measure_published(asked: GeneInputs) -> Mapping[str, Measured] | str:
    """Compute the six metrics of the paper."""
    from musegnn.benchmarks.genes.published_metrics import published_metrics  # noqa: PLC0415

    return published_metrics(asked.vectors, asked.graphs, seed=asked.seed)


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
            measure_hidden_edges,
            "0.5",
        )
        yield Metric(
            f"edges_{key}_auprc",
            f"AUPRC ({key} pairs)",
            EDGES,
            f"Average precision of hidden edges among as many {label}, ordered by cosine; mean "
            "over datasets.",
            failure,
            measure_hidden_edges,
            "the share of edges, 0.5 where as many non-edges were found",
        )
    yield Metric(
        "unseen_edges_auroc",
        "AUROC, unseen cells",
        EDGES,
        "Fitted to half of the cells: chance that an edge of the other half has a higher cosine "
        "than a random non-edge; mean over datasets.",
        "The halves come from the same donors and the same run of the machine.",
        measure_unseen_cells,
        "0.5",
    )
    yield Metric(
        "depth_edges_auroc",
        "AUROC, edges of depth",
        EDGES,
        "How much of the edges of unseen cells may ride on depth: the same for the edges that the "
        "other half has when the counts of each gene are exchanged among cells of like depth, so "
        "that depth is all its genes have in common; mean over datasets.",
        "More is no merit: what is above 0.5 here is known of depth, or of the genes that depth "
        "joins, and cell types differ in depth too.",
        measure_depth_edges,
        "0.5",
        better="lower",
    )


def _relations() -> Iterator[Metric]:
    """Metrics of relations known from elsewhere."""
    for key, (label, words) in _RELATIONS.items():
        for suffix, (which, rest, failure) in _RIBOSOMAL.items():
            yield Metric(
                f"{key}{suffix}_auroc",
                f"{label}{which}",
                RELATIONS,
                f"AUROC, mean over datasets: chance that two genes that {words} have a higher "
                f"cosine than a pair of equally studied genes that do not.{rest}",
                failure,
                measure_relations,
                "0.5",
            )


def _retrieval(group: Group, prefix: str, failure: str, measure: Measure) -> Iterator[Metric]:
    """Metrics of finding the same gene again."""
    for kind in KINDS:
        key = f"{prefix}{_slug(kind)}"
        yield Metric(
            f"{key}_rank",
            f"rank ({kind})",
            group,
            f"Median rank of the same gene among all genes of the other dataset ({kind}).",
            failure,
            measure,
            "half the genes of a dataset",
            "lower",
            low=1,
            high=None,
            unit="rank",
        )
        yield Metric(
            f"{key}_mrr",
            f"MRR ({kind})",
            group,
            f"Mean of 1 / rank of the same gene in the other dataset ({kind}).",
            failure,
            measure,
            "about 0.007 with 1000 genes",
        )


def _published() -> Iterator[Metric]:
    """The six metrics of the paper; by chance: random vectors on graphs of the shipped atlas."""
    paper = "Liu et al., NeurIPS 2023"
    scib = "Luecken et al., Nature Methods 19, 41-50 (2022), scIB"
    where = "{} in 9 datasets of blood and pancreas, {} in 33 of an atlas"
    rows = (
        (
            "asw",
            "Batch silhouette of scIB: are the datasets mixed within each cluster?",
            "Random clusters keyed by gene name win it: mixing needs no biology.",
            where.format("0.95", "0.94"),
            scib,
        ),
        (
            "auc",
            "AUROC of cosine against all edges of the graph, mean over datasets.",
            "Training has seen these edges: it measures fit, and hubs, not prediction.",
            "0.5",
            paper,
        ),
        (
            "ilisi",
            "How many datasets a neighbourhood holds, scaled to 0 to 1 (scIB).",
            "Vectors collapsed to one point, with noise, score as random ones do, above most "
            "methods; and no neighbourhood of 90 genes holds many datasets evenly, so 1 is out of "
            "reach.",
            where.format("0.52", "0.26"),
            scib,
        ),
        (
            "gc",
            "Share of each cluster that hangs together in the neighbour graph (scIB).",
            "Clusters are made from the same neighbours, so all methods lie near 1.",
            where.format("0.87", "0.97"),
            scib,
        ),
        (
            "cgr",
            "Common gene ratio: how often the genes of a cluster are the same gene elsewhere.",
            "One single cluster, or a vector per gene name, has the highest possible value.",
            where.format("0.02", "0.06"),
            paper,
        ),
        (
            "no",
            "Neighbour overlap: do genes of a cluster have the same neighbours in their graphs?",
            "Grows with the density of the graphs: compare it on the same graphs only.",
            where.format("0.003", "0.002"),
            paper,
        ),
    )
    for key, meaning, failure, chance, source in rows:
        yield Metric(
            key,
            {"ilisi": "iLISI"}.get(key, key.upper()),
            PUBLISHED,
            meaning,
            failure,
            measure_published,
            chance,
            source=source,
        )


METRICS: Final = (
    *_edges(),
    *_relations(),
    *_retrieval(
        NAMES,
        "",
        "How much a gene is expressed finds some again without any co-expression, and steps with "
        "few pairs are noisy.",
        measure_hidden_names,
    ),
    *_retrieval(
        SEEN,
        "seen_",
        "Training was told the names: a network that memorises them scores near 1.",
        measure_seen_names,
    ),
    Metric(
        "dosage_auroc",
        "Dosage",
        DOSAGE,
        "AUROC of a logistic regression that tells dosage-sensitive transcription factors from "
        "those without evidence, on genes that it was not trained on.",
        "Few genes, and genes without evidence include those that nobody looked at; how much a "
        "gene is expressed gives it away in part.",
        measure_dosage,
        "0.5",
        source="transcription factors of Lambert et al., Cell 172, 650-665 (2018)",
    ),
    *_published(),
)
