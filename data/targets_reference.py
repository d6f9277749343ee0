"""Make the reduced reference of drug signatures that ships: `python data/targets_reference.py`.

Needs the tables of drugs (`MUSEGNN_SHARED`, else the public files beside the clone). Signatures of
one compound are averaged and equal ones joined; signed logarithms of z-scores are cut to their main
directions and written as float16, with names of the public table of perturbagens. No known target
and no text of DrugBank is among it: of its table only numbers and InChIKeys are read, which it
gives away.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
from atlas_inputs import drugbank_links

from musegnn.knowledge.store import open_store
from musegnn.targets.shipped import DIRECTIONS, FOLDER, MANIFEST, SIGNATURES
from musegnn.targets.tables import read_pharmacology

REPOSITORY = Path(__file__).resolve().parent.parent
N_PATTERNS = 160


def main() -> None:
    """Write three files."""
    shared = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    store = open_store(shared / "knowledge")
    data = read_pharmacology(store, commercial=True)
    logs = np.sign(data.signatures) * np.log1p(np.abs(data.signatures.astype(np.float64)))
    values, vectors = np.linalg.eigh(logs.T @ logs)
    order = np.argsort(-values)[:N_PATTERNS]
    directions = vectors[:, order] * np.sign(vectors[:, order].sum(axis=0))
    kept = float(values[order].sum() / values.sum())
    patterns = (logs @ directions).astype(np.float16)
    named = store.table("l1000_molecules")
    keys = named["inchikey"].str.removeprefix("InChIKey=").str[:14]
    known = {key: name for key, name in zip(keys, named["name"], strict=True) if key and name}
    # a name in words goes before one that is a number of the library
    in_words = {k: n for k, n in zip(keys, named["name"], strict=True) if n and "BRD-" not in n}
    names = [in_words.get(key) or known.get(key) or key for key in data.signature_keys]
    table = pd.DataFrame({"compound": data.signature_keys, "name": names})
    columns = {f"pattern {n + 1}": patterns[:, n] for n in range(N_PATTERNS)}
    FOLDER.mkdir(exist_ok=True)
    rounded = directions.astype(np.float16)
    parts = {
        SIGNATURES: pd.concat([table, pd.DataFrame(columns)], axis=1),
        DIRECTIONS: pd.DataFrame(
            {"gene": data.genes} | {f"pattern {n + 1}": rounded[:, n] for n in range(N_PATTERNS)}
        ),
    }
    checksums = {}
    for name, part in parts.items():
        part.to_parquet(FOLDER / name, index=False, compression="zstd")
        checksums[name] = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
    record = store.record("l1000_consensus")
    manifest = {
        "what": f"signatures of {len(table)} compounds over {len(data.genes)} genes, signed "
        f"logarithms of z-scores on {N_PATTERNS} main directions ({kept:.3f} of their variance)",
        "source": record.source,
        "citation": record.citation,
        "licence": record.licence,
        "names": store.record("l1000_molecules").source,
        "links": drugbank_links(),
        "command": "python data/targets_reference.py",
        "sha256": checksums,
    }
    text = json.dumps(manifest, indent=1) + "\n"
    (FOLDER / MANIFEST).write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
