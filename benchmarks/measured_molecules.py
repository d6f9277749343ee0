"""How results on properties and codes of molecules become rows of the Benchmarks page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from benchmarks.record import Result, Row
from musegnn.benchmarks.measurements import Goal, Measure

PROPERTY_METHODS: Final = {
    "ensemble": ("ensemble", "method", "networks, kernel ridge and trees"),
    "network_both": ("network, both", "method", "fingerprints and descriptors"),
    "network_descriptors": ("network, descriptors", "baseline", "RDKit 2-D descriptors"),
    "network_morgan": ("network, fingerprints", "baseline", "Morgan fingerprints"),
    "kernel_ridge": ("kernel ridge", "baseline", "Tanimoto and descriptors"),
    "forest": ("random forest", "baseline", "fingerprints and descriptors"),
    "extra_trees": ("extra trees", "baseline", "fingerprints and descriptors"),
    "boosting": ("boosted trees", "baseline", "descriptors"),
    "nearest": ("ten nearest molecules", "baseline", "by Tanimoto"),
    "constant": ("constant", "control", "the rate of each assay"),
}
GAIN_METHODS: Final = {
    "profiles": ("profiles added", "method", "to the best model of structure"),
    "ridge": ("profiles added to ridge", "method", "to kernel ridge alone"),
    "graph": ("walks over the context graph", "method", "what they visit, added to ridge"),
    "shuffled": ("shuffled profiles", "control", "those of other molecules"),
    "corrupted": ("corrupted graph", "control", "edges end elsewhere"),
}
GAIN: Final = Measure(
    "gain",
    "gain in AUROC",
    "AUROC with the profile less that without it.",
    "It speaks of molecules that have a profile, not of others.",
    "0",
    low=-1,
)
CODE_MEASURES: Final = (
    Measure(
        "mean_code",
        "AUROC",
        "Mean over 41 assays, told from the mean of the code.",
        "A head that scales means reads what the price meant to remove.",
        "0.5",
    ),
    Measure(
        "drawn_code",
        "AUROC of a draw",
        "The same, told from a draw of the code.",
        "A draw adds noise that nobody who uses the vectors has.",
        "0.5",
    ),
    Measure(
        "bits",
        "bits",
        "What a code keeps of a molecule.",
        "Bits that no assay asks for count as well.",
        "0",
        high=None,
        decimals=0,
    ),
    Measure(
        "less_whole",
        "over the whole",
        "AUROC less that of the whole context, on the same draws of molecules.",
        "A middle part of few molecules hides small differences.",
        "0",
        low=-1,
    ),
)
BIOGEN: Final = "Biogen3K, six numbers"
PROPERTY_NAMES: Final = {
    "chembl2k": "ChEMBL2K, 41 targets",
    "broad6k": "Broad6K, 32 cell assays",
    "toxcast": "ToxCast, 617 assays",
    "biogen3k": BIOGEN,
}
CLUSTERS: Final = ", groups of like structures"
TWINS: Final = "Broad6K without twins"
WITH_PROFILE: Final = ", molecules with a profile"
PROPERTY_QUESTIONS: Final = {
    **dict.fromkeys(PROPERTY_NAMES.values(), "What would an assay say of a new molecule?"),
    TWINS: "Molecules whose fingerprint stands in training are left out.",
    **dict.fromkeys(
        (name + CLUSTERS for name in PROPERTY_NAMES.values()),
        "The same where everything like it was left out of training: whole chains of Tanimoto "
        "above 0.5 stand in one part (0.65 where Broad6K is divided, one chain at 0.5).",
    ),
    **dict.fromkeys(
        (name + WITH_PROFILE for name in PROPERTY_NAMES.values()),
        "What does a measured profile of cells add to structure, on scaffolds never seen?",
    ),
}
PROPERTY_GOALS: Final = (
    Goal(PROPERTY_NAMES["chembl2k"], "ensemble", "auroc", low=0.835),
    Goal(PROPERTY_NAMES["broad6k"], "ensemble", "auroc", low=0.72),
    Goal(TWINS, "ensemble", "auroc", low=0.70),
    Goal(BIOGEN, "ensemble", "mae", high=0.39),
    Goal(PROPERTY_NAMES["toxcast"], "ensemble", "auroc", low=0.74),
    Goal(PROPERTY_NAMES["toxcast"] + WITH_PROFILE, "profiles added", "gain", low=0.035),
)
CURVE: Final = "what a code keeps"
ABLATIONS: Final = "parts of the context"
RIVALS: Final = "frozen codes and rivals"
CODE_METHODS: Final = {
    "beta 1e-09": ("beta 1e-09", "baseline", "the released price of a nat: a bottleneck by name"),
    "beta 1e-05": ("beta 1e-05", "method", "price of a nat"),
    "beta 0.0001": ("beta 0.0001", "method", "price of a nat, the default"),
    "beta 0.001": ("beta 0.001", "method", "price of a nat"),
    "beta 0.01": ("beta 0.01", "method", "price of a nat"),
    "whole": ("whole", "method", "all of the context, linear heads"),
    "without expression": ("without expression", "baseline", "no edge of a signature"),
    "without morphology": ("without morphology", "baseline", "no edge of a profile"),
    "without genes": ("without genes", "baseline", "no edge of a gene"),
    "without context": ("without context", "baseline", "no edge at all"),
    "shuffled profiles": (
        "shuffled profiles", "control", "profiles and signatures dealt out to other molecules"
    ),
    "corrupted graph": ("corrupted graph", "control", "edges end elsewhere"),
    "descriptors": ("descriptors", "baseline", "a network that knows no context"),
    "frozen code, linear": ("frozen code, linear", "method", "linear heads"),
    "frozen code, network": ("frozen code, network", "method", "a network on the code"),
    "frozen code and descriptors": (
        "frozen code and descriptors", "method", "a network on both"
    ),
    "encoder taught further": ("encoder taught further", "method", "all weights"),
    "encoder from scratch": ("encoder from scratch", "baseline", "taught by the assays alone"),
}  # fmt: skip
CODE_QUESTIONS: Final = {
    CURVE: "The lower its price, the more a code keeps. 1e-9 is the price of the released code.",
    ABLATIONS: "Something is taken from the context; middle part of ChEMBL2K.",
    RIVALS: "Last part of ChEMBL2K, which no model has seen.",
}


def property_rows(results: Sequence[Result]) -> list[Row]:
    """Read one result a set of assays, what it says without twins, and what profiles add."""
    rows: list[Row] = []
    parts = [(_asked_of(result), result) for result in results]
    broad = [result for result in results if _asked_of(result) == PROPERTY_NAMES["broad6k"]]
    parts += [(TWINS, result["without_twins"]) for result in broad if "without_twins" in result]
    for name, result in parts:
        for key, (label, *_) in PROPERTY_METHODS.items():
            entry = result.get("models", {}).get(key)
            if entry:
                ends = entry["low"], entry["high"]
                size = result["sizes"][2]
                rows.append((name, label, result["metric"], entry["ensemble"], *ends, size))
    for name, result in parts:
        gain = result.get("context_gain")
        if gain:
            entries = {"profiles": gain, "ridge": gain["ridge"], **gain["controls"]}
            rows += [
                (
                    name + WITH_PROFILE,
                    label,
                    "gain",
                    *(entries[key][end] for end in ("mean", "low", "high")),
                    gain["molecules"],
                )
                for key, (label, *_) in GAIN_METHODS.items()
                if key in entries
            ]
    return rows


def _asked_of(result: Result) -> str:
    """Name the question of a set of assays by how it was divided."""
    name = PROPERTY_NAMES[result["dataset"]]
    return name + CLUSTERS if "Tanimoto" in result.get("split", "") else name


def code_rows(results: Sequence[Result]) -> list[Row]:
    """Read bits and AUROC of `benchmarks.bottleneck`."""
    result, nan = results[0], math.nan
    _, middle, last = result["sizes"]
    rows: list[Row] = []
    for row in result.get("curve", ()):
        name = f"beta {row['beta']:g}"
        bits = sum(row["bits"]) / len(row["bits"])
        rows.append((CURVE, name, "bits", bits, nan, nan, middle))
        for key in ("mean_code", "drawn_code"):
            ends = (row[key][end] for end in ("mean", "low", "high"))
            rows.append((CURVE, name, key, *ends, middle))
    for part, question, size in (("ablations", ABLATIONS, middle), ("rivals", RIVALS, last)):
        for name, entry in result.get(part, {}).items():
            ends = (entry[end] for end in ("mean", "low", "high"))
            rows.append((question, name, "mean_code", *ends, size))
            if "less_whole" in entry:
                rows.append((question, name, "less_whole", *entry["less_whole"], size))
    return rows
