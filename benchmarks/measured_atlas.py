"""How results on an atlas (placing, change, depth, edge rules) become rows of Benchmarks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from benchmarks.record import Docs, Record, Result, Row, methods_of, names_of
from musegnn.benchmarks.measurements import Goal, Measure

NAN: Final = math.nan

# placing

PLACE_METHODS: Final = {
    "placed": ("placed", "method", "put into the frozen atlas, beside its graphs"),
    "mapped": ("mapped", "method", "put into the frozen atlas whose graphs are not at hand"),
    "joint": ("joint training", "baseline", "trained together with all the others"),
    "pca": ("components", "baseline", "32 components, turned onto the frozen vectors"),
}
PLACE_NAMES: Final = names_of(PLACE_METHODS)
# key, label, what it asks, what it is by chance
_ASKED: Final = (
    ("unseen", "unseen cells", "AUROC of the edges of cells that no method saw", "0.5"),
    ("interactions", "interactions", "AUROC of known interactions between genes", "0.5"),
    ("no_ribosome", "no ribosome", "The same of genes that are not ribosomal", "0.5"),
    ("reactome", "Reactome", "AUROC of genes of one Reactome pathway", "0.5"),
    ("go", "GO", "AUROC of genes of one GO term", "0.5"),
)
_KNOWN: Final = "Relations know no context: what a gene does in this one they do not say."
PLACE_MEASURES: Final = (
    *(Measure(key, label, f"{asks}.", _KNOWN, chance) for key, label, asks, chance in _ASKED),
    Measure(
        "same_tissue_rank",
        "rank",
        "Median rank of a gene whose name was hidden, in other datasets of its tissue, species and "
        "technique.",
        "It hangs on which other datasets of the tissue there are.",
        "half of the genes",
        better="lower",
        high=None,
        decimals=0,
    ),
)
BEHIND: Final = "behind joint training"
BEHIND_MEASURES: Final = tuple(
    Measure(
        f"behind_{one.key}",
        one.label,
        f"How far behind joint training by this: {one.meaning}",
        one.failure,
        "0 is level, below 0 ahead",
        better="lower",
        low=-1 if one.high else -1e4,
        high=one.high,
        decimals=max(one.decimals, 1),
    )
    for one in PLACE_MEASURES
)
PLACE_BARS: Final = {
    "unseen": 0.010,
    **dict.fromkeys(("interactions", "reactome", "go"), 0.003),
    "same_tissue_rank": 10.0,
}


def place_rows(results: Sequence[Result]) -> list[Row]:
    """Read how far each way stays behind joint training, then each dataset that was left out."""
    (found,) = results
    rows: list[Row] = []
    for key, label in PLACE_NAMES.items():
        for metric, entry in found["behind_joint"].get(key, {}).items():
            middle, half = entry["mean"], entry["half_interval"]
            if middle is not None:
                ends = (NAN, NAN) if half is None else (middle - half, middle + half)
                rows.append((BEHIND, label, f"behind_{metric}", middle, *ends, entry["datasets"]))
    for dataset, methods in found["left_out"].items():
        rows += [
            (dataset, label, measure.key, methods[key][measure.key], NAN, NAN, 0)
            for key, label in PLACE_NAMES.items()
            for measure in PLACE_MEASURES
            if methods[key][measure.key] is not None
        ]
    return rows


def place_data(results: Sequence[Result]) -> str:
    """Say what was left out of what."""
    (found,) = results
    rule = ", chosen by a rule laid down before" if found["is_rule"] else ", named by hand"
    vectors = "starting vectors of the preset" if found["vectors"] == "start" else "trained vectors"
    return (
        f"{len(found['left_out'])} datasets left out in turn{rule}, of an atlas of "
        f"{found['atlas']}; {vectors}; draws of hidden names: {len(found['seeds'])}"
    )


def place_command(results: Sequence[Result]) -> str:
    """Write the command."""
    (found,) = results
    start = " --start" if found["vectors"] == "start" else ""
    return f"python -m benchmarks.place{start} --write"


PLACE: Final = Record(
    "placed_datasets",
    "A new dataset in the frozen space",
    place_data,
    place_command,
    "datasets",
    {
        BEHIND: "How much does a new dataset lose when it is put into the finished atlas, which "
        "stands still, in place of training all of them together again?"
    },
    (*BEHIND_MEASURES, *PLACE_MEASURES),
    methods_of(PLACE_METHODS),
    place_rows,
    how="The same for this dataset alone.",
    ends="95 % t interval over datasets",
    goals=tuple(
        Goal(BEHIND, PLACE_NAMES[method], f"behind_{metric}", high=bar)
        for method in ("placed", "mapped")
        for metric, bar in PLACE_BARS.items()
    ),
    docs=(
        Docs("place.md", "placed datasets", lambda question: question == BEHIND),
        Docs("place.md", "placed datasets, one by one", lambda question: question != BEHIND),
    ),
)

# change

STILL: Final = "nothing changed"
PLANTED: Final = "a planted change"
BETWEEN: Final = "contexts of the atlas"
BEYOND: Final = "beyond the tissue"
TISSUES: Final = "tissues"
CHANGE_QUESTIONS: Final = {
    STILL: "Two samples of the cells of one dataset stand as two contexts: is any gene called "
    "changed, though none is?",
    PLANTED: "In one of the samples each gene of a firm module changes places with a firm gene "
    "from elsewhere: are these genes called?",
    BETWEEN: "Of how many genes is the neighbourhood called changed between two contexts?",
    BEYOND: "Of how many does it differ more than between two datasets of one tissue? Those of one "
    "tissue are asked too, by a null that has not seen theirs.",
    TISSUES: "Datasets as replicates of their tissue: which genes differ between tissues, and does "
    "any when datasets are dealt out to tissues at random?",
}
CHANGE_METHODS: Final = {
    "test": ("the call of change", "method", "q < 0.05 against the null of sampling"),
    "lost": ("lost neighbours", "method", "neighbours fewer than sampling alone explains"),
    "raw": ("neighbours not shared", "baseline", "1 - Jaccard, not corrected for sampling"),
    "planted": ("planted genes", "method", "genes of the modules that changed places"),
    "stayed": (
        "genes that stayed", "control",
        "the others; where their neighbours were planted, they have lost them too",
    ),
    "different": ("different tissues", "method", "pairs of datasets of two tissues"),
    "same": ("one tissue", "control", "pairs of datasets of one tissue and technique"),
    "shuffled": ("shuffled tissues", "control", "datasets dealt out to two tissues at random"),
}  # fmt: skip
_CHANGE: Final = names_of(CHANGE_METHODS)
CHANGE_MEASURES: Final = (
    Measure(
        "called", "called", "Share of the genes that can be tested which are called at q < 0.05.",
        "Whoever tests few genes, the firm ones, calls a larger share.", "0",
        better="neither",
    ),
    Measure(
        "called_of_all", "called, of all", "Share of all genes which are called at q < 0.05.",
        "Genes that are not firm enough to be tested count as not called.", "0",
        better="neither",
    ),
    Measure(
        "below", "p < 0.05", "Share of tested genes with p below 0.05.",
        "A share that is right in the mean may be wrong in a dataset.", "0.05",
        better="neither",
    ),
    Measure(
        "within", "in the interval", "Share of tested genes whose shared neighbours lie in the "
        "95 % interval of sampling.", "An interval that is too wide holds everything.", "0.95",
        better="neither",
    ),
    Measure(
        "rho", "rank correlation", "Spearman correlation of the loss with the unreliability of "
        "genes: a loss that follows it is noise.", "Zero alone says nothing of power.", "0",
        better="neither", low=-1,
    ),
)  # fmt: skip


def change_rows(results: Sequence[Result]) -> list[Row]:
    """Read `benchmarks.change`, part by part, as far as it was asked."""
    (found,) = results
    rows: list[Row] = []

    def add(question: str, method: str, measure: str, entry: dict[str, Any]) -> None:
        low, high = entry.get("interval") or (NAN, NAN)
        rows.append((question, _CHANGE[method], measure, entry["value"], low, high, entry["n"]))

    for question, part in (
        (STILL, "still"), (PLANTED, "planted"), (BETWEEN, "between"), (BEYOND, "beyond"),
        (TISSUES, "tissues"),
    ):  # fmt: skip
        for method, entries in found.get(part, {}).items():
            for measure, entry in entries.items():
                if entry:
                    add(question, method, measure, entry)
    return rows


def change_data(results: Sequence[Result]) -> str:
    """Say what was drawn of what."""
    (found,) = results
    return (
        f"{found['draws']} draws of two samples of cells and {found['modules']} planted modules, "
        f"of {len(found['datasets'])} datasets that gave the test none of its constants; atlas of "
        f"{found['atlas']}"
    )


CHANGE: Final = Record(
    "called_change",
    "Calls of change",
    change_data,
    "python -m benchmarks.change --write",
    "genes",
    CHANGE_QUESTIONS,
    CHANGE_MEASURES,
    methods_of(CHANGE_METHODS),
    change_rows,
    ends="95 % interval over draws or modules",
    goals=(
        Goal(STILL, _CHANGE["test"], "called", high=0),
        Goal(STILL, _CHANGE["test"], "below", 0.04, 0.06),
        Goal(STILL, _CHANGE["lost"], "rho", -0.1, 0.1),
        Goal(PLANTED, _CHANGE["planted"], "called_of_all", low=0.8),
        Goal(TISSUES, _CHANGE["shuffled"], "called", high=0),
    ),
    docs=(Docs("benchmarks.md", "called change"),),
)

# depth

ALL: Final = "all datasets"
DEPTH_METHODS: Final = {
    "cscore": ("cscore", "method", "the default"),
    "cscore_t": ("cscore_t", "baseline", "a test that holds with few cells"),
    "cscore_depth": ("cscore_depth", "baseline", "the same with depth taken out"),
}
CHANCE: Final = (
    "chance",
    "control",
    "edges drawn at random, as many as come out of shuffled counts",
)
LEVELS: Final = (0.05, 0.005, 5e-6)
_SMALL: Final = "A test that never calls anything holds too."
DEPTH_MEASURES: Final = (
    Measure(
        "share", "edges that come back",
        "Share of the edges that are there again when the counts of each gene are exchanged among "
        "the ten cells next in depth.",
        "Depth follows cell types: what comes back is not all technical.", "see the control",
        better="neither",
    ),
    *(
        Measure(
            f"below_{place}", f"p < {level:g}",
            f"Share of pairs of independent genes with p below {level:g}.", _SMALL, f"{level:g}",
            better="neither", decimals=6 if level < 1e-3 else 4,
        )
        for place, level in enumerate(LEVELS)
    ),
    Measure(
        "edges", "edges", "Edges of the graph.", "Their number says nothing of their truth.",
        "none", better="neither", high=None, decimals=0,
    ),
)  # fmt: skip


def depth_rows(results: Sequence[Result]) -> list[Row]:
    """Read what comes back, over all datasets and in each."""
    (found,) = results
    rows: list[Row] = []
    for question, part in ((ALL, found["all"]), *found["datasets"].items()):
        for method, entry in part.items():
            label = CHANCE[0] if method == "chance" else DEPTH_METHODS[method][0]
            for measure, number in entry.items():
                low, high = number.get("interval") or (NAN, NAN)
                n = number["n"] if question == ALL else 0
                rows.append((question, label, measure, number["value"], low, high, n))
    return rows


def depth_data(results: Sequence[Result]) -> str:
    """Say which datasets, and how p were drawn."""
    (found,) = results
    return (
        f"{len(found['datasets'])} datasets of an atlas of {found['atlas']}, at most "
        f"{found['most_cells']:,} cells each; draws of up to "
        f"400 independent genes from the model itself, a dataset: {found['draws']}"
    )


DEPTH: Final = Record(
    "depth",
    "Edges of depth alone",
    depth_data,
    "python -m benchmarks.depth --write",
    "datasets",
    {
        ALL: "How many edges of a graph come back when depth is all that the genes of a cell have "
        "in common, and are p of independent genes as small as they say?"
    },
    DEPTH_MEASURES,
    methods_of({**DEPTH_METHODS, "chance": CHANCE}),
    depth_rows,
    how="The same in this dataset.",
    ends="95 % t interval over datasets",
    goals=tuple(
        Goal(ALL, label, f"below_{place}", high=level)
        for label, *_ in DEPTH_METHODS.values()
        for place, level in enumerate(LEVELS)
    ),
    docs=(Docs("graphs.md", "depth", lambda question: question == ALL),),
)

# edge rules

EDGE_QUESTIONS: Final = {
    "GO": "How many more edges join two genes of one GO term than random pairs that leave every "
    "gene its number of edges?",
    "GO, no ribosome": "The same without ribosomal genes.",
    "interactions": "The same for genes whose products are known to interact.",
    "interactions, no ribosome": "The same without ribosomal genes.",
    "how dense": "How many of all pairs are edges, and how many genes have none?",
}
EDGE_MEASURES: Final = (
    Measure(
        "fold", "fold", "Edges in known relations over those of random pairs of equal degrees, "
        "pooled over datasets.", "A rule that keeps few edges has it easy.", "1", high=None,
        decimals=2,
    ),
    Measure(
        "ratio", "over the default", "Fold over that of the default rule, paired by dataset.",
        "Of several the best looks better than it is.", "1", high=None,
    ),
    Measure(
        "density", "density", "Share of all pairs that are edges, median of datasets.",
        "Neither many nor few is right.", "none", better="neither", decimals=4,
    ),
    Measure(
        "isolated", "no edge", "Share of the genes without an edge, mean of datasets.",
        "Edges of noise leave no gene out.", "none", better="neither",
    ),
)  # fmt: skip
DEFAULT_RULE: Final = "mutual top 50 + 3 (default)"
BEST_SCORE: Final = "best score of the other half"
EDGE_METHODS: Final = {
    DEFAULT_RULE: ("method", "the 50 best positive partners of both, and the 3 best of each"),
    BEST_SCORE: ("method", "chosen on every second dataset, used on the others, and back"),
    "p < 0.005 (paper)": ("baseline", "the published rule"),
    "p < 0.005, positive": ("baseline", "of these the positive ones"),
    "BH 5 %, positive": ("baseline", "false discovery rate of Benjamini and Hochberg"),
    "BY 5 %, positive": ("baseline", "false discovery rate of Benjamini and Yekutieli"),
    "top 50, positive": ("baseline", "the 50 best partners of either"),
    "mutual top 50": ("baseline", "the 50 best partners of both"),
    "mutual top 20": ("baseline", "the 20 best partners of both"),
    "equal density: mutual rank of CS-CORE statistic": (
        "baseline", "as many pairs as the default rule, the best by mutual rank"
    ),
    "equal density: mutual rank of residual correlation": ("baseline", "the same"),
    "equal density: mutual rank of PCA cosine": ("baseline", "the same, in 32 components"),
    "equal density: mutual rank of all three combined": ("baseline", "the same"),
    "equal density: mutual rank of lowrank (PCA cosine, two normalisations)": (
        "baseline", "the same, as `--estimator lowrank`",
    ),
    "default rule by cscore_t": ("baseline", "the estimator for few cells"),
    "default rule by cscore_depth": ("baseline", "the estimator without depth"),
}  # fmt: skip


def rule_label(rule: str) -> str:
    """Shorten the name of a rule for the page."""
    short = rule.removesuffix(" (PCA cosine, two normalisations)")
    return short.replace("equal density: mutual rank of ", "as dense, by ")


def edge_rows(results: Sequence[Result]) -> list[Row]:
    """Read folds, ratios to the default, and how dense graphs are."""
    (found,) = results
    rows: list[Row] = []
    n = next(iter(found["rules"].values()))["datasets"]
    paired = {**found["paired_with_default"], BEST_SCORE: found["cross_fitted"]}
    for truth in tuple(EDGE_QUESTIONS)[:4]:
        for rule in EDGE_METHODS:
            label = rule_label(rule)
            if rule in found["rules"]:
                fold = found["rules"][rule][truth]
                rows.append((truth, label, "fold", *(fold[k] for k in ("fold", "low", "high")), n))
            if rule in paired:
                ratio = paired[rule][truth]
                rows.append(
                    (truth, label, "ratio", *(ratio[k] for k in ("ratio", "low", "high")), n)
                )
    for rule, entry in found["rules"].items():
        label = rule_label(rule)
        rows.append(("how dense", label, "density", entry["density_median"], NAN, NAN, n))
        rows.append(("how dense", label, "isolated", entry["isolated_mean"], NAN, NAN, n))
    return rows


def edge_data(results: Sequence[Result]) -> str:
    """Say which datasets."""
    (found,) = results
    n = next(iter(found["rules"].values()))["datasets"]
    return (
        f"{n} datasets of an atlas of {found['atlas']}, at most {found['most_cells']:,} cells "
        "each; mouse genes by their human orthologs, pairs of two annotated genes alone"
    )


EDGE_RULES: Final = Record(
    "edge_rules",
    "Edge rules",
    edge_data,
    "python -m benchmarks.edge_rules --write",
    "datasets",
    EDGE_QUESTIONS,
    EDGE_MEASURES,
    methods_of({rule: (rule_label(rule), *about) for rule, about in EDGE_METHODS.items()}),
    edge_rows,
    ends="central 95 % of 1000 draws of datasets",
    docs=(Docs("graphs.md", "edge rules"),),
)

ATLAS_RECORDS: Final = {
    "place": PLACE,
    "change": CHANGE,
    "depth": DEPTH,
    "edge_rules": EDGE_RULES,
}
