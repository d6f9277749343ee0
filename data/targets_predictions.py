"""Make the predicted targets that ship: `python data/targets_predictions.py`.

Learns from labels that may be passed on alone: activity on 41 proteins of ChEMBL2K, single-protein
binding assays of ToxCast (`toxcast_genes.tsv` names the gene of each), targets of CPJUMP1. Neither
a row of DrugBank nor of the Drug Repurposing Hub is read for it: both are for non-commercial use,
as DrugBank's licence and the header of the Hub's own files say. Signatures and names are those of
`data/targets`, structures those of L1000, genes are alike by the Gene Ontology of
`data/annotation`. Enzymes that break drugs down and the pump ABCB1 are no candidates.

Needs the public tables (`MUSEGNN_SHARED`, else the public files beside the clone) and half an hour
of one core. Each compound is told without its own labels (`musegnn.targets.out_of_fold`). What was
said is also held against the known targets of DrugBank and the Hub where these tables are at hand:
the figures stand in the manifest, the tables leave no other trace. The same tables give the same
bytes.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from musegnn.border.regular import hash_regular
from musegnn.errors import InputError
from musegnn.knowledge.store import KnowledgeStore, open_store
from musegnn.molecules.assays import as_assays
from musegnn.molecules.profile_reference import read_reference
from musegnn.molecules.standard import Standard, standardise
from musegnn.settings import REPOSITORY
from musegnn.targets.gene_vectors import vectors_of_sets
from musegnn.targets.out_of_fold import OutOfFold, measure, predict_out_of_fold
from musegnn.targets.predicted import COMPOUNDS, FOLDER, MANIFEST, SHOWN, TARGETS
from musegnn.targets.shipped import FOLDER as SIGNATURES_FOLDER
from musegnn.targets.shipped import MANIFEST as SIGNATURES_MANIFEST
from musegnn.targets.shipped import read_shipped
from musegnn.targets.tables import Pharmacology, read_pharmacology

SEED = 0
CHEMBL, TOXCAST, JUMP = "ChEMBL2K", "ToxCast", "CPJUMP1"
SHIPS_LABELS = (TOXCAST, JUMP)  # whose labels may stand beside a prediction
# what breaks drugs down or pumps them out is hit by nearly all, and is no target
NO_TARGETS = ("CYP1A2", "CYP2C19", "CYP2C9", "CYP2D6", "CYP3A4", "ABCB1")
GENES_OF_ASSAYS = Path(__file__).with_name("toxcast_genes.tsv")
LARGEST_TERM = 1000
SOURCES = {
    CHEMBL: {
        "what": "active on one of 41 human proteins",
        "licence": "CC BY-SA 3.0 (ChEMBL); the table of this division states none",
        "citation": "Zdrazil B et al. The ChEMBL Database in 2023. Nucleic Acids Res 52, D1180 "
        "(2024). doi:10.1093/nar/gkad1004.",
    },
    TOXCAST: {
        "what": "active in a binding or enzyme assay of one protein (NovaScreen)",
        "licence": "public domain (US EPA); the table of this division states none",
        "citation": "Richard AM et al. ToxCast chemical landscape. Chem Res Toxicol 29, 1225 "
        "(2016). doi:10.1021/acs.chemrestox.6b00135.",
    },
    JUMP: {
        "what": "target for which a compound was chosen",
        "licence": "CC0 (Cell Painting Gallery cpg0000)",
        "citation": "Chandrasekaran SN et al. Three million images and morphological profiles of "
        "cells treated with matched chemical and genetic perturbations. Nat Methods 21, 1114 "
        "(2024). doi:10.1038/s41592-024-02241-6.",
    },
}
LEFT_OUT = {
    "Drug Repurposing Hub": "The Drug Repurposing Hub data is provided for non-commercial use only "
    "(header of its files of 24 March 2020).",
    "DrugBank": "CC-BY-NC 4.0",
}


@cache
def form_of(text: str) -> Standard | None:
    """Structure in one form, None where it has none."""
    try:
        return standardise(text)
    except InputError:
        return None


def read_labels(store: KnowledgeStore) -> pd.DataFrame:
    """`smiles`, `gene`, `source`, `name` of everything that may be learned from."""
    rows: list[tuple[str, str, str, str]] = []
    active = as_assays(store.table("chembl2k_assays"), name=CHEMBL)
    gene_of = pd.read_csv(GENES_OF_ASSAYS, sep="\t").set_index("assay")["gene"]
    for table, source, genes in (
        (active, CHEMBL, {name: name for name in active.tasks}),
        (as_assays(store.table("moltoxcast_assays"), name=TOXCAST), TOXCAST, gene_of.to_dict()),
    ):
        for column, assay in enumerate(table.tasks):
            if genes.get(assay, NO_TARGETS[0]) in NO_TARGETS:
                continue
            active_rows = np.flatnonzero(table.labels[:, column] == 1)
            rows += [(table.smiles[row], genes[assay], source, "") for row in active_rows]
    chosen = read_reference().profiles.about
    for smiles, gene, name in chosen[["structure", "target", "name"]].itertuples(index=False):
        if gene:
            rows.append((str(smiles), str(gene), JUMP, str(name)))
    return pd.DataFrame(rows, columns=["smiles", "gene", "source", "name"])


def lay_out(store: KnowledgeStore) -> Pharmacology:
    """Compounds of the shipped signatures with open structures and labels, and labelled others."""
    base = read_shipped()
    listed = store.table("l1000_molecules")
    listed = listed.assign(key=listed["inchikey"].str.removeprefix("InChIKey=").str[:14])
    listed = listed[listed["key"] != ""]
    drawn = listed[~listed["structure"].isin(["", "-666"])].drop_duplicates("key")
    structures = drawn.set_index("key")["structure"]
    names = listed[~listed["name"].str.contains("BRD-")].drop_duplicates("key")
    name_of = names.set_index("key")["name"].to_dict()
    compounds = base.compounds.assign(
        structure=structures.reindex(base.compounds.index).fillna(""),
        ids=listed.groupby("key")["id"]
        .agg(lambda ids: "|".join(sorted(set(ids))))
        .reindex(base.compounds.index)
        .fillna(""),
    )
    key_of = {str(key): str(key) for key in compounds.index}
    for key, text in compounds["structure"].items():
        if text and (form := form_of(text)) is not None:
            key_of.setdefault(form.key, str(key))
    labels = read_labels(store)
    forms = [form_of(text) for text in labels["smiles"]]
    labels["compound"] = ["" if one is None else key_of.get(one.key, one.key) for one in forms]
    labels["structure"] = ["" if one is None else one.smiles for one in forms]
    labels = labels[labels["compound"] != ""]
    others = labels[~labels["compound"].isin(compounds.index)]
    others = others.sort_values(["compound", "structure"]).drop_duplicates("compound")
    more = pd.DataFrame("", index=others["compound"].to_numpy(), columns=compounds.columns)
    more["structure"] = others["structure"].to_numpy()
    more["name"] = [
        name_of.get(key) or name or key
        for key, name in zip(others["compound"], others["name"], strict=True)
    ]
    pairs = labels[["compound", "gene", "source"]].drop_duplicates().assign(action="")
    pairs = pairs.sort_values(["compound", "gene", "source"]).reset_index(drop=True)
    return replace(base, compounds=pd.concat([compounds, more]).sort_index(), pairs=pairs)


def known_in(pairs: pd.DataFrame, said: OutOfFold) -> np.ndarray:
    """`(C, T)` whether tables list a candidate as a target of a compound."""
    listed = set(zip(pairs["compound"], pairs["gene"], strict=True))
    return np.array(
        [[(key, gene) in listed for gene in said.candidates] for key in said.compounds["compound"]],
        dtype=bool,
    )


def measured_of(data: Pharmacology, said: OutOfFold, store: KnowledgeStore) -> dict[str, object]:
    """How well it was said: on the labels, and on known targets that nothing was learned from."""
    found: dict[str, object] = {"labels held out": measure(said, known_in(data.pairs, said))}
    try:
        tables = read_pharmacology(store)
    except InputError:
        return found
    known = known_in(tables.pairs, said)
    found["known targets of DrugBank and the Hub"] = measure(said, known)
    no_label = (said.compounds["fold"] < 0).to_numpy()[:, None]
    found["the same, compounds without a label"] = measure(said, known & no_label)
    return found


def write_tables(data: Pharmacology, said: OutOfFold) -> dict[str, str]:
    """Write what ships and return the hash of each file."""
    open_pairs = data.pairs[data.pairs["source"].isin(SHIPS_LABELS)]
    sources = open_pairs.groupby(["compound", "gene"])["source"].agg("|".join)
    targets = said.targets.merge(
        sources.rename("known").reset_index(), on=["compound", "gene"], how="left"
    ).fillna({"known": ""})
    order = {key: at for at, key in enumerate(said.compounds["compound"])}
    targets = targets[(targets["rank"] <= SHOWN) | (targets["known"] != "")]
    at = targets["compound"].map(order)
    targets = targets.assign(at=at).sort_values(["at", "rank"], kind="stable")
    rounded = {
        name: targets[name].round(4).astype(np.float32) for name in ("probability", "low", "high")
    }
    shown = pd.DataFrame(
        {
            "at": targets["at"].astype(np.int16),
            "rank": targets["rank"].astype(np.int16),
            "gene": pd.Categorical(targets["gene"], categories=said.candidates),
            **rounded,
            "known": pd.Categorical(targets["known"]),
        }
    )
    about = said.compounds.set_index("compound").join(
        data.compounds[["name", "structure", "ids"]], how="left"
    )
    about = about.rename_axis("compound").reset_index()
    about["similarity"] = about["similarity"].round(3).astype(np.float32)
    about["fold"] = about["fold"].astype(np.int8)
    FOLDER.mkdir(exist_ok=True)
    for name, table in ((COMPOUNDS, about), (TARGETS, shown)):
        table.to_parquet(FOLDER / name, index=False, compression="zstd", compression_level=19)
    return {name: hash_regular(FOLDER / name) for name in (COMPOUNDS, TARGETS)}


def main() -> None:
    """Learn, measure and write."""
    shared = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    store = open_store(shared / "knowledge")
    own = open_store(None)
    if store is None or own is None:
        sys.exit("failed: no tables")
    data = lay_out(store)
    libraries = [name for name in own.gene_set_libraries("human") if name.startswith("go_")]
    genes = vectors_of_sets(
        {
            name: {
                term: members
                for term, members in own.gene_sets(name).terms.items()
                if 2 <= len(members) <= LARGEST_TERM
            }
            for name in libraries
        }
    )
    said = predict_out_of_fold(data, genes, seed=SEED, tell=lambda text: print(text, flush=True))
    labelled = data.pairs[data.pairs["gene"].isin(said.candidates)]
    signatures = json.loads((SIGNATURES_FOLDER / SIGNATURES_MANIFEST).read_text(encoding="utf-8"))
    records = {CHEMBL: store.record("chembl2k_assays"), TOXCAST: store.record("moltoxcast_assays")}
    manifest = {
        "what": f"targets of {len(said.compounds)} compounds with an L1000 signature, the first "
        f"{SHOWN} of {len(said.candidates)} candidates, each compound told without its own labels",
        "licence": "CC BY-SA 3.0 (learned from ChEMBL among others)",
        "command": f"python data/{Path(__file__).name}",
        "seed": SEED,
        "labels": {
            name: {
                **told,
                "pairs": int((labelled["source"] == name).sum()),
                "molecules": int(labelled.loc[labelled["source"] == name, "compound"].nunique()),
                **(
                    {"source": records[name].source, "sha256": records[name].sha256}
                    if name in records
                    else {"source": "data/morphology (profiles.parquet)"}
                ),
            }
            for name, told in SOURCES.items()
        },
        "left out for their licence": LEFT_OUT,
        "signatures": {name: signatures[name] for name in ("source", "licence", "citation")},
        "structures": {
            "source": store.record("l1000_molecules").source,
            "licence": store.record("l1000_molecules").licence,
        },
        "genes": {"source": libraries, "licence": own.record(libraries[0]).licence},
        "labelled molecules": int(labelled["compound"].nunique()),
        "labelled compounds with a signature": int((said.compounds["fold"] >= 0).sum()),
        "candidates": list(said.candidates),
        "measured": measured_of(data, said, store),
        "sha256": write_tables(data, said),
    }
    text = json.dumps(manifest, indent=1) + "\n"
    (FOLDER / MANIFEST).write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
