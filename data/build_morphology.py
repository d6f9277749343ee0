"""Make the profiles of morphology that ship: `python data/build_morphology.py`.

Needs the public wells of CPJUMP1 (`MUSEGNN_SHARED`, else the public files beside the clone). Wells
are counted from the controls of their plate, what wells share by place is taken out, and the median
of each compound is written as float16, and descriptors of its structure beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd

from musegnn.knowledge.store import open_store
from musegnn.molecules.morphology import (
    consensus,
    correct_position,
    position_control,
    read_morphology,
    scale_to_controls,
)
from musegnn.molecules.profile_reference import (
    DESCRIPTORS,
    FOLDER,
    MANIFEST,
    PROFILES,
    TEXTS,
)
from musegnn.molecules.structures import descriptors

REPOSITORY = Path(__file__).resolve().parent.parent


def main() -> None:
    """Write three files."""
    shared = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    store = open_store(shared / "knowledge")
    scaled = scale_to_controls(read_morphology(store, "cpjump1_wells"))
    corrected = correct_position(scaled)
    found = consensus(corrected)
    texts = found.about[list(TEXTS)].reset_index(drop=True)
    numbers = pd.DataFrame(found.numbers.astype(np.float16), columns=list(found.features))
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / PROFILES
    pd.concat([texts, numbers], axis=1).to_parquet(path, index=False, compression="zstd")
    described = descriptors(list(texts["structure"]))
    columns = [f"descriptor {n + 1}" for n in range(described.shape[1])]
    pd.DataFrame(described, columns=columns).to_parquet(
        FOLDER / DESCRIPTORS, index=False, compression="zstd"
    )
    record = store.record("cpjump1_wells")
    manifest = {
        "what": f"median profiles of {len(found)} compounds, {len(found.features)} features in "
        "spreads of controls, signed logarithms, without well position",
        "source": record.source,
        "citation": record.citation,
        "licence": record.licence,
        "command": "python data/build_morphology.py",
        "position": {
            "before": position_control(scaled).sentence,
            "after": position_control(corrected).sentence,
        },
        "sha256": {
            name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
            for name in (PROFILES, DESCRIPTORS)
        },
    }
    text = json.dumps(manifest, indent=1) + "\n"
    (FOLDER / MANIFEST).write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
