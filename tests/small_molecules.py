"""A handful of molecules as those that ship, made by hand, and what an annotation says of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn.embeddings.vector_set import VectorSet
from musegnn.molecules.encoder_inputs import read_inputs
from musegnn.molecules.molecule_set import (
    BITS_KEPT,
    CLUSTER,
    KEY,
    NAME,
    NO_RINGS,
    SCAFFOLD,
    SMILES,
)
from musegnn.molecules.shipped import ALIKE, IN_CONTEXT, ROW_OF, TABLES, MoleculeReference

NAMED = {
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "salicylic acid": "O=C(O)c1ccccc1O",
    "naphthalene": "c1ccc2ccccc2c1",
    "naphthol": "Oc1ccc2ccccc2c1",
    "hexanol": "CCCCCCO",
    "triethylamine": "CCN(CC)CC",
}


def small_reference(folder: Path = Path()) -> MoleculeReference:
    """Six molecules; vectors of the first two and of the next two point the same way."""
    inputs = read_inputs(list(NAMED.values()))
    vectors = np.eye(6, dtype=np.float32)[[0, 0, 1, 1, 2, 3]] + np.float32(0.01)
    table = pd.DataFrame(
        {
            NAME: list(NAMED),
            KEY: [key[:14] for key in inputs.keys],
            SMILES: list(NAMED.values()),
            SCAFFOLD: [scaffold or NO_RINGS for scaffold in inputs.scaffolds],
            TABLES: ["ChEMBL2K", "ChEMBL2K, ToxCast", *["ToxCast"] * 4],
            f"{ROW_OF} ChEMBL2K": [0, 1, -1, -1, -1, -1],
            f"{ROW_OF} ToxCast": [-1, 0, 1, 2, 3, 4],
            IN_CONTEXT: [True, False] * 3,
            ALIKE: [1, 1, 0, 0, 0, 3],
            BITS_KEPT: np.arange(6, dtype=np.float32),
            CLUSTER: [0, 0, 1, 1, 2, 2],
        }
    )
    molecules = VectorSet(
        vectors=vectors,
        table=table,
        layout=np.arange(12, dtype=np.float32).reshape(6, 2),
        neighbour_graph=sparse.csr_matrix((6, 6), dtype=np.float32),
        label=NAME,
        details=(SCAFFOLD, TABLES),
        unit="molecules",
        provenance={"name": "small molecules"},
    )
    return MoleculeReference(molecules, {}, folder)


def write_hub(folder: Path) -> Path:
    """Write the table of the Repurposing Hub for four of them, and one of assays."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = read_inputs(list(NAMED.values())).keys
    rows = [
        ("aspirin", "Launched", "cyclooxygenase inhibitor", "PTGS1|PTGS2"),
        ("salicylic acid", "Launched", "cyclooxygenase inhibitor", "PTGS1"),
        ("naphthalene", "Preclinical", "irritant", "TRPA1"),
        ("hexanol", "", "", "TRPA1"),
    ]
    lines = ["broad_id\tpert_iname\tInChIKey\tsmiles\tclinical_phase\tmoa\tindication\ttarget"]
    for number, (name, phase, mechanism, targets) in enumerate(rows):
        key = keys[list(NAMED).index(name)]
        place = f"BRD-K{number:08d}-001-01-1"
        fields = (place, name, key, NAMED[name], phase, mechanism, "", targets)
        lines.append("\t".join(fields))
    (folder / "repurposing_info.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assays = f"smiles,inchikey,ABL1\n{NAMED['aspirin']},{keys[0]},1\nOC(=O)c1ccccc1O,{keys[1]},0\n"
    (folder / "chembl2k_assays.csv").write_text(assays, encoding="utf-8")
    return folder
