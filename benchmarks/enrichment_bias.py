"""False alarms and power of the enrichment of a set, by the matched and by the plain test.

Usage: `python -m benchmarks.enrichment_bias [--draws 40] [--seed 1] [--contexts 6]`. Needs the
annotation folder (`MUSEGNN_KNOWLEDGE`) and the shipped atlas. Prints a line for each module and,
last, a JSON line: for each way to draw random sets the share of sets with any term at q < 0.05, by
the matched test (`matched`, should be 0.05 at most) and by the plain one (`plain`), over contexts,
libraries and sizes 20, 80 and 200; `worst` is the largest share of one context, library and size.
`abundant` weighs genes by their rank of expression to the sixth, `connected` by that of degree,
`uniform` not at all. `modules` counts known modules (50 genes nearest to the mean vector of those
members that a fitting context has) whose own term has q < 0.05 by each test.

The groups of the matched test were chosen on human_pbmc4k_10x and mouse_pancreas_endocrinogenesis
with seed 0; the seed here is another, and these two contexts are left out.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from musegnn.analysis.annotated_atlas import read_atlas
from musegnn.analysis.enrichment.gene_set_library import load_library
from musegnn.analysis.enrichment.matched_sets import by_matched_sets, gene_traits
from musegnn.analysis.enrichment.over_representation import (
    SIGNIFICANT,
    OverRepresentation,
    over_representation,
)
from musegnn.analysis.enrichment.term_index import TermIndex
from musegnn.analysis.gene_set_choice import ortholog_groups_of
from musegnn.embeddings.atlas import Atlas

ATLAS = Path(__file__).resolve().parent.parent / "data" / "atlas"
LIBRARIES = ("reactome_2016", "go_biological_process_2021")
SIZES = (20, 80, 200)
POWER = 6
NEAREST = 50
TUNED = ("human_pbmc4k_10x", "mouse_pancreas_endocrinogenesis")


class Module(NamedTuple):
    """A module that a referee tries: members, words of its term, tissues in which it is active."""

    name: str
    members: str
    term: str
    tissue: str = ""


MODULES = (
    Module("proliferation", "MKI67 TOP2A CDK1 CCNB1 BIRC5 TYMS UBE2C", r"cell cycle|mitotic"),
    Module("MHC II", "CD74 HLA-DRA HLA-DRB1 HLA-DPA1 HLA-DPB1 HLA-DQA1", r"mhc class ii"),
    Module("T cell", "CD3D CD3E CD3G TRAC IL7R CD2 LCK", r"t cell|tcr", "blood|lymph|lung"),
    Module("cytotoxic", "NKG7 GNLY PRF1 GZMB GZMA CTSW CST7", r"killer|cytotoxic|cytolysis|immun"),
    Module("B cell", "MS4A1 CD79A CD79B CD19 BANK1 TCL1A", r"b cell|bcr", "blood|lymph|lung"),
    Module("monocyte", "LYZ S100A8 S100A9 CD14 FCN1 CST3 VCAN", r"neutrophil|toll|innate|myeloid"),
    Module(
        "endocrine", "INS GCG CHGA CHGB PCSK1 PCSK2 SCG5", r"insulin|hormone|peptide", "pancreas"
    ),
    Module(
        "acinar", "PRSS1 CPA1 CPA2 CTRB1 CELA3A PNLIP REG1A", r"digest|proteoly|lipase", "pancreas"
    ),
    Module("matrix", "COL1A1 COL1A2 COL3A1 DCN LUM FN1 SPARC", r"extracellular|collagen"),
    Module(
        "astrocyte", "GFAP AQP4 SLC1A2 SLC1A3 GJA1 ALDOC", r"glutamat|astrocyt|glia", "brain|cortex"
    ),
    Module("myelin", "MBP PLP1 MOG MAG CNP MOBP", r"myelin|oligodendro|ensheath", "brain|cortex"),
    Module("neuron", "SNAP25 SYT1 RBFOX3 STMN2 SYP", r"synap|neur", "brain|cortex|olfactory"),
    Module(
        "contraction", "TNNT2 MYH6 MYH7 ACTC1 TNNI3 MYL7", r"muscle|cardiac", "heart|ipsc|cardi"
    ),
    Module(
        "hepatocyte",
        "ALB APOA1 TTR SERPINA1 FGB AHSG",
        r"lipoprotein|coagul|platelet|fibrin",
        "liver",
    ),
    Module(
        "zonation", "CYP2E1 GLUL OAT CYP1A2 SLC1A2", r"xenobio|drug|cytochrome|metabol", "liver"
    ),
    Module("interferon", "IFIT1 IFIT3 ISG15 MX1 OAS1 IFI6", r"interferon|virus|viral"),
    Module("ribosome", "RPS3 RPL10 RPS6 RPL3 RPS18 RPLP0", r"translation|ribosom"),
    Module("stress", "FOS JUN JUNB EGR1 ATF3 DUSP1", r"ap-1|stress|stimul|transcription|mapk"),
    Module("hypoxia", "VEGFA CA9 PGK1 LDHA NDRG1 SLC2A1", r"hypox|glycoly|glucose"),
    Module("respiration", "COX6C NDUFA4 ATP5E UQCRQ COX7C NDUFB1", r"respirat|electron|oxidative"),
    Module("endothelium", "PECAM1 CDH5 VWF KDR CLDN5 EMCN", r"vascul|angiogen|endothel"),
)


class Stage(NamedTuple):
    """A context with its genes and their traits."""

    name: str
    genes: np.ndarray
    traits: pd.DataFrame


def open_stage(atlas: Atlas, name: str) -> Stage:
    """Take the genes of a context."""
    rows = atlas.embedding.rows_of_dataset(name)
    genes = sorted(set(ortholog_groups_of(rows, atlas.search)))
    traits = gene_traits(genes, [name], atlas=atlas)
    return Stage(name, traits.index.to_numpy(dtype=str), traits)


def test_both(chosen: set[str], stage: Stage, index: TermIndex) -> OverRepresentation:
    """Test a set; the table holds q and plain q."""
    result = over_representation(chosen, background=set(stage.genes), index=index)
    return by_matched_sets(result, chosen, index=index, traits=stage.traits)


def weights(stage: Stage, kind: str) -> np.ndarray | None:
    """Chance of each gene to be drawn."""
    if kind == "uniform":
        return None
    column = {"abundant": "expression", "connected": "degree"}[kind]
    rank = (rankdata(stage.traits[column]) / len(stage.traits)) ** POWER
    return rank / rank.sum()


def count_alarms(
    stages: list[Stage], indices: dict[str, TermIndex], kind: str, *, draws: int, seed: int
) -> dict[str, float]:
    """Share of random sets that hold any term at q < 0.05, by each test."""
    rng = np.random.default_rng(seed)
    shares: dict[str, list[float]] = {"matched": [], "plain": []}
    for stage in stages:
        chance = weights(stage, kind)
        for index in indices.values():
            for size in SIZES:
                calls = np.zeros(2)
                for _ in range(draws):
                    chosen = set(rng.choice(stage.genes, size, replace=False, p=chance).tolist())
                    table = test_both(chosen, stage, index).table
                    calls += [(table[q] < SIGNIFICANT).any() for q in ("q", "plain_q")]
                shares["matched"].append(calls[0] / draws)
                shares["plain"].append(calls[1] / draws)
    return {
        "sets": draws * len(shares["matched"]),
        **{test: round(float(np.mean(found)), 4) for test, found in shares.items()},
        "worst": round(float(max(shares["matched"])), 3),
    }


def find_modules(atlas: Atlas, indices: dict[str, TermIndex]) -> list[dict[str, object]]:
    """Test each module in the fitting context that has most of its members."""
    datasets = atlas.embedding.datasets
    groups = atlas.search.ortholog_groups.astype(str)
    vectors = atlas.embedding.unit_vectors
    found: list[dict[str, object]] = []
    for module in MODULES:
        members = set(module.members.split())
        held = {
            str(name): atlas.embedding.rows_of_dataset(str(name))
            for name, row in datasets.iterrows()
            if re.search(module.tissue, f"{row['tissue']} {name}", re.IGNORECASE)
        }
        best = max(held, key=lambda name: (np.isin(groups[held[name]], list(members)).sum(), name))
        rows = held[best]
        own = rows[np.isin(groups[rows], list(members))]
        if len(own) < 3:
            found.append({"module": module.name, "context": "", "members": len(own)})
            continue
        near = rows[np.argsort(-(vectors[rows] @ vectors[own].mean(axis=0)))[:NEAREST]]
        stage = open_stage(atlas, best)
        smallest = {"q": 1.0, "plain_q": 1.0}
        for index in indices.values():
            table = test_both(set(groups[near]), stage, index).table
            fits = table[table["term"].str.contains(module.term, case=False, regex=True)]
            for q, least in smallest.items():
                smallest[q] = min(least, float(fits[q].min()) if len(fits) else 1.0)
        found.append(
            {
                "module": module.name,
                "context": best,
                "members": len(own),
                "q": smallest["q"],
                "plain_q": smallest["plain_q"],
            }
        )
    return found


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--contexts", type=int, default=6)
    options = parser.parse_args()
    atlas = read_atlas(ATLAS)
    indices = {name: load_library(atlas.store, name, atlas=atlas).index for name in LIBRARIES}
    names = [str(name) for name in atlas.embedding.datasets.index if str(name) not in TUNED]
    step = max(len(names) // options.contexts, 1)
    stages = [open_stage(atlas, name) for name in sorted(names)[::step][: options.contexts]]
    result: dict[str, object] = {"contexts": [stage.name for stage in stages]}
    for kind in ("abundant", "connected", "uniform"):
        result[kind] = count_alarms(stages, indices, kind, draws=options.draws, seed=options.seed)
        print(kind, result[kind], flush=True)
    modules = find_modules(atlas, indices)
    for row in modules:
        print(row)
    tried = [row for row in modules if "q" in row]
    result["modules"] = {
        "tried": len(tried),
        "matched": sum(float(str(row["q"])) < SIGNIFICANT for row in tried),
        "plain": sum(float(str(row["plain_q"])) < SIGNIFICANT for row in tried),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    _main()
