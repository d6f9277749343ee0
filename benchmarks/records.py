"""The benchmarks whose figures are kept: what their methods, measures and questions are."""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchmarks.measured_atlas import ATLAS_RECORDS
from benchmarks.measured_molecules import (
    ABLATIONS,
    CLUSTERS,
    CODE_MEASURES,
    CODE_METHODS,
    CODE_QUESTIONS,
    GAIN,
    GAIN_METHODS,
    PROPERTY_GOALS,
    PROPERTY_METHODS,
    PROPERTY_QUESTIONS,
    code_rows,
    property_rows,
)
from benchmarks.record import (
    AUROC,
    MRR,
    Docs,
    Record,
    Result,
    Row,
    hit,
    methods_of,
    names_of,
    nested,
)
from musegnn.benchmarks.measurements import Measure

TARGET_METHODS = {
    "stack_wide": (
        "what page Drugs shows", "method",
        "logistic sum of a ridge over all labelled molecules, combined, and nearest molecules",
    ),
    "wide_ridge": ("wide with a ridge", "method", "two-step ridge over all labelled molecules"),
    "wide": ("wide", "method", "nearest of all labelled molecules, with half of combined"),
    "combined": ("combined", "method", "two-step ridge, structure and signature"),
    "structure": ("structure", "method", "two-step ridge on structures"),
    "signature": ("signature", "method", "two-step ridge on signatures"),
    "outside_nearest": ("nearest molecules", "baseline", "votes of the nearest labelled molecules"),
    "structure_nearest": ("nearest structures", "baseline", "votes of the nearest in training"),
    "structure_ridge": ("ridge on structures", "baseline", "one step, no gene vectors"),
    "signature_whitened": ("ridge on signatures", "baseline", "one step, whitened signatures"),
    "signature_nearest": ("nearest signatures", "baseline", "votes of 30"),
    "popularity": ("popularity", "control", "how many compounds hit a target, no matter which"),
    "shuffled": ("shuffled signatures", "control", "signatures dealt out to other compounds"),
    "signature_permuted": (
        "signature, genes permuted", "control", "gene vectors dealt out to other targets",
    ),
    "structure_permuted": (
        "structure, genes permuted", "control", "gene vectors dealt out to other targets",
    ),
}  # fmt: skip
R_AT_1 = Measure(
    "r_at_1pct",
    "R@1 %",
    "Share of the known targets among the first hundredth of the candidates.",
    "It depends on the candidates: among all genes popularity alone finds more than half.",
    "0.01; popularity has much more",
)
FUSION_METHODS = {
    "fused": ("fused", "method", "the 128 leading directions of all modalities, of length 1"),
    "concatenation": ("concatenation", "baseline", "all modalities side by side, 1,024 numbers"),
    "svd": ("svd 512", "baseline", "the 512 leading directions of the concatenation"),
    "best_single": (
        "best modality alone", "baseline",
        "the modality that turns out best here, known only afterwards",
    ),
    "bias": (
        "three numbers of study bias", "baseline",
        "transcription factor or not, log of GO terms, log of partners",
    ),
    "permuted": ("permuted", "control", "fused vectors dealt out to other genes"),
    "random": ("random", "control", "random vectors"),
}  # fmt: skip
LINEAGE_METHODS = {
    "joint": ("joint", "method", "principal components beside cell vectors of gene vectors"),
    "vectors": ("gene vectors", "method", "cell vectors of gene vectors alone"),
    "pca": ("components", "baseline", "principal components of the counts"),
    "joint_permuted": ("joint, genes permuted", "control", "gene vectors dealt out to other genes"),
    "permuted": ("genes permuted", "control", "gene vectors dealt out to other genes"),
}
MATCHING_METHODS = {
    "canonical": ("canonical correlation", "method", "on 2-D descriptors"),
    "ridge_both": ("ridge, both", "method", "structure and descriptors"),
    "ridge_descriptors": ("ridge, descriptors", "method", "2-D descriptors"),
    "ridge_structure": ("ridge, structure", "method", "fingerprints"),
    "ridge_tanimoto": ("ridge, Tanimoto", "baseline", "kernel of fingerprints"),
    "structure_nearest": ("nearest structures", "baseline", "profiles of the nearest in training"),
    "known_target": (
        "descriptors and known targets", "baseline",
        "also knows the targets, which a new molecule does not have",
    ),
    "position": ("place alone", "control", "row and column of the well, no chemistry"),
    "shuffled": ("shuffled profiles", "control", "trained on profiles of other molecules"),
    "random": ("random", "control", "candidates in random order"),
}  # fmt: skip
MODULE_METHODS = {
    "right": ("atlas", "method", "the vectors that ship"),
    "default_start": ("before training", "baseline", "where the training starts"),
    "pca": ("components", "baseline", "principal components of each context"),
    "shrunken_pca": ("shrunken components", "baseline", "components of shrunken correlations"),
}


def fusion_rows(results: Sequence[Result]) -> list[Row]:
    """Read tasks and intervals of `benchmarks.fusion`."""
    found, nan = results[0], math.nan
    return [
        (task, label, "auroc", values[key], *found["intervals"][task].get(key, (nan, nan)),
         found["labels"][task])
        for task, values in found["tasks"].items()
        for key, label in names_of(FUSION_METHODS).items()
        if key in values
    ]  # fmt: skip


def lineage_rows(results: Sequence[Result]) -> list[Row]:
    """Read sets of cells; the ends are the range over random halves of the cells."""
    return [
        (name.replace("_", " "), label, measure, values[key][measure],
         *values[key].get(f"{measure}_halves", (math.nan, math.nan)), 0)
        for name, values in results[0].items()
        for key, label in names_of(LINEAGE_METHODS).items()
        for measure in ("ari", "nmi", "accuracy", "pseudotime")
        if key in values and values[key].get(measure) is not None
    ]  # fmt: skip


def module_rows(results: Sequence[Result]) -> list[Row]:
    """Read the modules where they act; there are no intervals for a module alone."""
    nan, together = math.nan, results[0]["all"]
    rows: list[Row] = []
    for key, label in names_of(MODULE_METHODS).items():
        for measure in ("auroc", "near"):
            value = together[measure] if key == "right" else together[key][measure]["rival"]
            rows.append(("all modules", label, measure, value, nan, nan, together["contexts"]))
    for name, values in results[0]["modules"].items():
        for key, label in names_of(MODULE_METHODS).items():
            for measure in ("auroc", "near"):
                value = values[key][measure]
                if value is not None:
                    contexts = values["right"]["contexts"]
                    rows.append((name, label, measure, value, nan, nan, contexts))
    return rows


def predicted_rows(results: Sequence[Result]) -> list[Row]:
    """Read what the manifest of the predictions that ship says of them."""
    rows: list[Row] = []
    for key, question in PREDICTED_QUESTIONS.items():
        part = results[0]["measured"][key]
        n = part["compounds"]
        for method, label in names_of(PREDICTED_METHODS).items():
            numbers = part[method] | ({"ece": part["ece"]} if method == "shipped" else {})
            rows += [
                (question, label, one.key, *numbers[one.key], n)
                for one in PREDICTED_MEASURES
                if one.key in numbers
            ]
    return rows


PREDICTED_QUESTIONS = {
    "labels held out": "labels held out",
    "known targets of DrugBank and the Hub": "known targets of DrugBank and the Repurposing Hub",
    "the same, compounds without a label": "the same, compounds without a label",
}
PREDICTED_METHODS = {
    "shipped": ("what ships", "method", "each compound told without its own labels"),
    "popularity": ("popularity", "baseline", "how many compounds hit a target, no matter which"),
}
PREDICTED_MEASURES = (
    R_AT_1,
    MRR,
    AUROC,
    Measure(
        "ece",
        "ECE",
        "Calibration error: how far probabilities lie from how often they were right.",
        "Most candidates have probabilities near 0, and are right to: look at the likeliest too.",
        "not told by chance",
        better="lower",
    ),
)
TARGET_QUESTIONS = {
    "random": "compounds in random folds",
    "cluster": "compounds in Tanimoto clusters",
    "unseen": "targets without a compound",
    "family": "whole protein families",
}
TRACTABLE_QUESTIONS = {"all": "all families", "other_families": "other families only"}
TRACTABLE_METHODS = {
    "both": ("what page Drugs shows", "method", "tables of gene sets beside fused vectors"),
    "fused": ("fused", "method", "128 fused numbers"),
    "sets": ("GO, pathways and interactions", "baseline", "side by side"),
    "GO": ("GO alone", "baseline", "annotation terms"),
    "pathways": ("pathways alone", "baseline", "gene sets"),
    "interactions": ("interactions alone", "baseline", "protein interactions"),
    "popularity": ("popularity", "control", "targets that many compounds hit"),
    "permuted": ("permuted", "control", "vectors dealt out to other genes"),
}
MATCHING_QUESTIONS = {
    "molecule_to_morphology": "molecule to morphology",
    "morphology_to_molecule": "morphology to molecule",
    "molecule_to_expression": "molecule to expression",
    "expression_to_molecule": "expression to molecule",
    "external/to_profile": "molecule to morphology, another study",
}
MATCHING_HOW = (
    "Molecules of a whole chain of Tanimoto above 0.45 lie in one fold; about 60 candidates."
)
TARGET_MEASURES = (R_AT_1, MRR, AUROC)
TRACTABLE_MEASURES = (hit(1), hit(5), hit(10), AUROC)
MATCHING_MEASURES = (MRR, hit(10), hit(1), AUROC)
LINEAGE_MEASURES = (
    Measure(
        "ari", "ARI", "Agreement of clusters with the known labels, corrected for chance.",
        "Labels of most public sets were made by clustering the same counts.", "0", low=-1,
    ),
    Measure(
        "nmi", "NMI", "Information that clusters and labels share.",
        "It grows with the number of clusters.", "about 0",
    ),
    Measure(
        "accuracy", "label told", "Share of cells whose neighbours have their label.",
        "It is high for any space that keeps the counts.", "the share of the largest label",
    ),
    Measure(
        "pseudotime", "pseudotime", "Correlation of diffusion pseudotime with the known stage.",
        "Ties of few stages make it coarse.", "0", low=-1,
    ),
)  # fmt: skip

RECORDS: dict[str, Record] = {
    "targets": Record(
        "drug_targets",
        "Drug targets",
        "711 compounds with a public L1000 signature and at most five targets, 602 candidates; "
        "five seeds of five folds",
        "python -m benchmarks.targets",
        "compounds, seeds together",
        {
            "compounds in random folds": "Which targets does a compound have that was left out?",
            "compounds in Tanimoto clusters": "The same with everything like it left out too.",
            "targets without a compound": "Which compounds hit a target that has none in training?",
            "whole protein families": "The same with all targets of its Pfam families left out.",
        },
        TARGET_MEASURES,
        methods_of(TARGET_METHODS),
        nested(TARGET_QUESTIONS, TARGET_MEASURES, names_of(TARGET_METHODS)),
    ),
    "predicted": Record(
        "predicted_targets",
        "Predicted targets that ship",
        lambda results: f"{results[0]['what']}; learned from labels that may be passed on",
        "python -m benchmarks.measured predicted data/targets/predicted/manifest.json",
        "compounds",
        {
            "labels held out": "Which targets does a compound have whose labels were left out?",
            PREDICTED_QUESTIONS["known targets of DrugBank and the Hub"]: "Do tables say the same "
            "from which nothing was learned?",
            "the same, compounds without a label": "And of compounds of which no label was known?",
        },
        PREDICTED_MEASURES,
        methods_of(PREDICTED_METHODS),
        predicted_rows,
        docs=(Docs("benchmarks.md", "predicted targets that ship"),),
    ),
    "tractable": Record(
        "tractable_neighbours",
        "Tractable neighbours of a gene",
        "genes with a drug target among their like, asked as if they had none",
        "python -m benchmarks.tractable",
        "genes",
        {
            "all families": "Is the target that shares its drugs among the first?",
            "other families only": "The same when its own protein families do not count.",
        },
        TRACTABLE_MEASURES,
        methods_of(TRACTABLE_METHODS),
        nested(TRACTABLE_QUESTIONS, TRACTABLE_MEASURES, names_of(TRACTABLE_METHODS)),
    ),
    "fusion": Record(
        "fused_gene_vectors",
        "Fused gene vectors",
        "ridge on gene vectors, five folds over genes (pairs: three folds, both genes unseen), one "
        "seed",
        "python -m benchmarks.fusion",
        "labels or folds",
        {},
        (AUROC,),
        methods_of(FUSION_METHODS),
        fusion_rows,
        how="AUROC of what a ridge says of genes it has not seen.",
    ),
    "lineage": Record(
        "lineages",
        "Lineages of cells",
        "public sets of labelled cells",
        "python -m benchmarks.lineage",
        "",
        {},
        LINEAGE_MEASURES,
        methods_of(LINEAGE_METHODS),
        lineage_rows,
        how="Do clusters, neighbours and pseudotime find the known labels and stages?",
        ends="range over random halves of the cells",
    ),
    "matching": Record(
        "molecules_and_profiles",
        "Molecules and profiles",
        "302 compounds of CPJUMP1 with the place of the wells whitened out, 1,092 of L1000; never "
        "in training",
        "python -m benchmarks.matching",
        "compounds",
        dict.fromkeys(MATCHING_QUESTIONS.values(), MATCHING_HOW)
        | {
            MATCHING_QUESTIONS["external/to_profile"]: "Trained on CPJUMP1, asked on 135 compounds "
            "of other plates with 148 features in common."
        },
        MATCHING_MEASURES,
        methods_of(MATCHING_METHODS),
        nested(MATCHING_QUESTIONS, MATCHING_MEASURES, names_of(MATCHING_METHODS)),
    ),
    "properties": Record(
        "properties_of_molecules",
        "Properties of molecules",
        "the last part of a division, 60/15/25 %: the published one by Murcko scaffolds, or one by "
        "groups of like structures",
        "python -m benchmarks.properties --dataset NAME [--clusters]",
        "molecules",
        PROPERTY_QUESTIONS,
        (
            AUROC,
            GAIN,
            Measure(
                "mae", "mean error", "Mean absolute error over six measured numbers.",
                "Two of the six have some 40 labels.", "0.58", better="lower", high=None,
            ),
        ),
        methods_of(PROPERTY_METHODS | GAIN_METHODS),
        property_rows,
        goals=PROPERTY_GOALS,
        docs=(Docs("molecules.md", "groups of like structures", lambda one: CLUSTERS in one),),
    ),
    "codes": Record(
        "codes_of_molecules",
        "Codes of molecules",
        "ChEMBL2K, the published division; edges of the last two parts are no context",
        "python -m benchmarks.bottleneck",
        "molecules",
        CODE_QUESTIONS,
        CODE_MEASURES,
        methods_of(CODE_METHODS),
        code_rows,
        docs=(Docs("molecules.md", "parts of the context", lambda one: one == ABLATIONS),),
    ),
    "modules": Record(
        "textbook_modules",
        "Textbook modules",
        "29 modules of genes from textbooks in the contexts of the atlas where they act",
        "python -m benchmarks.modules",
        "contexts",
        {},
        (
            AUROC,
            Measure(
                "near", "near", "Share of members among the 20 nearest genes of a member.",
                "Small modules cannot fill 20 places.", "0.013 in the mean",
            ),
        ),
        methods_of(MODULE_METHODS),
        module_rows,
        how="Do the members find each other where the module acts?",
    ),
    **ATLAS_RECORDS,
}  # fmt: skip
