"""Learn the properties that ship: `python data/build_properties.py`, some 10 minutes of one core.

Needs the public tables of assays (`MUSEGNN_SHARED`, else the public files beside the clone). Of the
published division of each table the first two parts are learned from (`musegnn.training.
property_heads`); the figures of the manifest are those of the third, asked of what is written.
Measured values do not ship.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from musegnn.errors import InputError
from musegnn.molecules.assays import AssayTable, read_assays
from musegnn.molecules.forms import forms_digest
from musegnn.molecules.property_heads import (
    DOMAINS,
    FOLDER,
    LEARNED,
    MANIFEST,
    TABLES,
    TEST,
    Heads,
    arrays_of,
    domain_places,
)
from musegnn.molecules.scores import bootstrap, calibration_error, task_auroc, task_error
from musegnn.molecules.splits import scaffold_split
from musegnn.molecules.standard import standardise
from musegnn.molecules.structures import descriptor_names, descriptors, fingerprints, scaffolds
from musegnn.training.property_heads import Known, learn_heads

REPOSITORY: Final = Path(__file__).resolve().parent.parent
_UNSTATED: Final = "the table of this division (liugangcode/InfoAlign@1007a22) states none"
ABOUT: Final[dict[str, dict[str, Any]]] = {
    "chembl2k": {
        "title": "ChEMBL2K",
        "table": "chembl2k_assays",
        "what": "activity on 41 human proteins, named by their genes",
        "unit": "",
        "source": "ChEMBL, by way of liugangcode/InfoAlign@1007a22",
        "licence": f"CC BY-SA 3.0 (ChEMBL); {_UNSTATED}",
        "citation": "Zdrazil B et al. The ChEMBL Database in 2023. Nucleic Acids Res 52, D1180 "
        "(2024). doi:10.1093/nar/gkad1004.",
    },
    "broad6k": {
        "title": "Broad6K",
        "table": "broad6k_assays",
        "what": "activity in 32 assays of cells and proteins at the Broad Institute; the table "
        "gives their numbers alone",
        "unit": "",
        "source": "Moshkov et al. 2023, by way of liugangcode/InfoAlign@1007a22",
        "licence": f"of the measurements: see the paper; {_UNSTATED}",
        "citation": "Moshkov N et al. Predicting compound activity from phenotypic profiles and "
        "chemical structures. Nat Commun 14, 1967 (2023). doi:10.1038/s41467-023-37570-1.",
    },
    "biogen3k": {
        "title": "Biogen3K",
        "table": "biogenadme_assays",
        "what": "six numbers of absorption and metabolism, common logarithms",
        "unit": "log10",
        "source": "Fang et al. 2023, by way of liugangcode/InfoAlign@1007a22",
        "licence": f"of the measurements: see the paper; {_UNSTATED}",
        "citation": "Fang C et al. Prospective validation of machine learning algorithms for "
        "absorption, distribution, metabolism, and excretion prediction. J Chem Inf Model 63, "
        "3263 (2023). doi:10.1021/acs.jcim.3c00160.",
    },
}


def main() -> int:
    """Learn, measure, write."""
    shared = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    started = time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - started:7.0f} s  {text}", file=sys.stderr, flush=True)

    FOLDER.mkdir(exist_ok=True)
    manifest: dict[str, Any] = {
        "what": "networks on descriptors and a ridge on structure for three tables of assays, "
        "float16, with the fingerprints of their molecules; no measured value",
        "command": "python data/build_properties.py",
        "descriptors": descriptor_names(),
        "forms": forms_digest(),
        "tables": {},
        "sha256": {},
    }
    for name in TABLES:
        about = dict(ABOUT[name])
        path = shared / "molecules" / f"{about['table']}.csv.gz"
        table = read_assays(path, name=name)
        known = describe(table)
        tell(f"{name}: {len(known.rows):,} of {len(table):,} molecules described")
        about |= {
            "is_binary": table.is_binary,
            "rows": len(table),
            "structures": table.digest,
            "packed_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "tasks": tasks_of(table, known),
        }
        learned = learn_heads(name, known, about, tell=tell)
        heads = learned.heads
        about |= {"ridge_share": heads.share, "chosen": learned.chosen}
        about |= measure(heads, known.part(TEST), about["tasks"])
        tell(f"{name}: {json.dumps(about['held_out'])}")
        file = FOLDER / f"{name}.npz"
        np.savez_compressed(file, **arrays_of(heads))  # type: ignore[arg-type]
        manifest["tables"][name] = about
        manifest["sha256"][file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
    text = json.dumps(manifest, indent=1) + "\n"
    (FOLDER / MANIFEST).write_text(text, encoding="utf-8")
    return 0


def describe(table: AssayTable) -> Known:
    """Bring all molecules into one form; those that have none are left out."""
    split = scaffold_split(scaffolds(table.smiles))
    parts = np.full(len(table), LEARNED, dtype=np.uint8)
    parts[split.test] = TEST
    smiles, rows = [], []
    for row, given in enumerate(table.smiles):
        try:
            smiles.append(standardise(given).smiles)
            rows.append(row)
        except InputError:
            continue
    kept = np.array(rows)
    groups = np.unique(scaffolds(smiles), return_inverse=True)[1]
    return Known(
        descriptors(smiles), fingerprints(smiles), table.labels[kept], groups, kept, parts[kept]
    )


def tasks_of(table: AssayTable, known: Known) -> list[dict[str, Any]]:
    """Say of each assay how much of it was learned from."""
    labels = known.part(LEARNED).labels
    counts = np.isfinite(labels).sum(axis=0)
    usual = np.nanmean(labels, axis=0) if table.is_binary else np.nanmedian(labels, axis=0)
    return [
        {"task": task, "learned_from": int(count), "usual": round(float(value), 4)}
        for task, count, value in zip(table.tasks, counts, usual, strict=True)
    ]


def measure(heads: Heads, test: Known, tasks: list[dict[str, Any]]) -> dict[str, Any]:
    """Ask what ships about the part that it never saw; add the score of each assay to it."""
    said = heads.say(test.described, test.bits)
    alone = heads.by_networks(test.described).mean(axis=0)
    score = task_auroc if heads.is_binary else task_error
    scores, counts = score(test.labels, said.value), np.isfinite(test.labels).sum(axis=0)
    for task, value, count, labels in zip(tasks, scores, counts, test.labels.T, strict=True):
        task["held_out"] = None if np.isnan(value) else round(float(value), 4)
        task["tested"] = int(count)
        if heads.is_binary:
            task["tested_actives"] = int(np.nansum(labels))
    found = bootstrap(test.labels, said.value, score)
    held: dict[str, Any] = {
        "division": "Murcko scaffolds, 60/15/25 %; learned from the first two parts",
        "molecules": len(test.labels),
        "metric": "auroc" if heads.is_binary else "mean absolute error",
        "score": [round(value, 4) for value in (found.mean, found.low, found.high)],
        "networks_on_descriptors_alone": round(float(np.nanmean(score(test.labels, alone))), 4),
    }
    places = domain_places(said.nearest)
    zones: dict[str, Any] = {}
    for place, domain in enumerate(DOMAINS):
        here = places == place
        labels, values = test.labels[here], said.value[here]
        zones[domain] = {"molecules": int(here.sum())}
        if heads.is_binary:
            zones[domain]["ece"] = round(calibration_error(labels, values), 4)
            zones[domain]["auroc"] = round(float(np.nanmean(task_auroc(labels, values))), 4)
        else:
            zones[domain]["error"] = round(float(np.nanmean(np.abs(labels - values))), 4)
            zones[domain]["covered"] = covered(said, test.labels, here)
    is_new = said.nearest < 1
    clean = bootstrap(test.labels[is_new], said.value[is_new], score)
    held["without_twins"] = {
        "molecules": int(is_new.sum()),
        "score": [round(value, 4) for value in (clean.mean, clean.low, clean.high)],
    }
    if heads.is_binary:
        held["ece"] = round(calibration_error(test.labels, said.value), 4)
    else:
        held["constant"] = round(
            float(
                np.nanmean(
                    task_error(
                        test.labels,
                        np.tile([task["usual"] for task in tasks], (len(test.labels), 1)),
                    )
                )
            ),
            4,
        )
        held["covered"] = covered(said, test.labels, np.ones(len(test.labels), dtype=bool))
        held["large_tasks"] = round(float(np.nanmean(scores[counts > 100])), 4)
    return {"held_out": held, "domains": zones}


def covered(said: Any, labels: np.ndarray, rows: np.ndarray) -> float:
    """Share of measured numbers within their intervals."""
    known = np.isfinite(labels[rows])
    lies = (labels[rows] >= said.low[rows]) & (labels[rows] <= said.high[rows])
    return round(float(lies[known].mean()), 4)


if __name__ == "__main__":
    sys.exit(main())
