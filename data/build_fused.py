"""Rebuild `data/fused` from public annotation and the graphs of the shipped atlas.

Usage: `python data/build_fused.py [--shared FOLDER] [--output FOLDER]`; the shared folder holds
`knowledge` (default: `$MUSEGNN_SHARED`, else `../shared`). Takes some minutes on two cores; the
same inputs, versions and seed give the same bytes. What ships are vectors that were derived: no
table, nor an extract of one.

The fused vectors are those of `musegnn fuse`; contexts of modalities keep their leading numbers.
All numbers are rounded to multiples of 1/128 (vectors have length 1; the cosine to the exact one
is above 0.999) and stored in half precision. The pairs of HI-II-14 are left out, so that fused
vectors can be tested on them (`python -m benchmarks.fusion`).
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from atlas_inputs import REPOSITORY, parser
from scipy import sparse

from musegnn import keys
from musegnn.border.regular import hash_regular
from musegnn.cli.main import main as musegnn
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.embeddings.vector_set import write_vector_set
from musegnn.runs.kinds.fusion import ATTENTION_FILE

CONTEXT_WIDTH = 40
STEP = 1 / 128
SEED = 0
HELD_OUT = "hi_ii_14"
NAME = "Knowledge, fused"


def arguments(knowledge: str, output: str) -> list[str]:
    """Arguments of `musegnn fuse`."""
    return [
        *("fuse", "--knowledge", knowledge, "--graphs", "data/atlas", "--leave-out", HELD_OUT),
        *(
            "--context-width",
            str(CONTEXT_WIDTH),
            "--seed",
            str(SEED),
            "--device",
            "cpu",
            "--name",
            NAME,
            "-o",
            output,
        ),
    ]


def build(shared: Path, output: Path) -> None:
    """Fuse, cut the contexts down, round, and move the result into place."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "fused"
        if musegnn(arguments(str(shared / "knowledge"), str(work))) != 0:
            sys.exit("failed: musegnn fuse")
        result = work / "run" / "result"
        small = shrink(read_embedding_set(result / keys.EMBEDDING_FILE))
        target = Path(folder) / "small"
        target.mkdir()
        write_vector_set(small, target / keys.EMBEDDING_FILE, precision=np.float16)
        attention = pd.read_parquet(result / ATTENTION_FILE)
        attention.round(3).to_parquet(target / ATTENTION_FILE, index=False, compression="zstd")
        write_manifest(target, small)
        if output.exists():
            shutil.rmtree(output)
        shutil.copytree(target, output)


def shrink(whole: EmbeddingSet) -> EmbeddingSet:
    """Round all numbers; the graph of neighbours, which only placing new rows asks for, is left."""
    return replace(
        whole,
        vectors=(np.round(whole.vectors / STEP) * STEP).astype(np.float32),
        layout=np.round(whole.layout, 2).astype(np.float32),
        neighbour_graph=sparse.csr_matrix((len(whole), len(whole)), dtype=np.float32),
    )


def write_manifest(folder: Path, shipped: EmbeddingSet) -> None:
    """Record source, licence and checksum of each table, the command, and hashes of the files."""
    manifest = {
        "what": "gene vectors derived from the tables below; no table is passed on",
        "command": f"python data/{Path(__file__).name}",
        "commands": ["musegnn " + " ".join(arguments("SHARED/knowledge", "RUN"))],
        "context_width": CONTEXT_WIDTH,
        "rounded_to": STEP,
        "inputs": shipped.provenance["tables"],
        "left_out": HELD_OUT,
        "licence": "The Human Protein Atlas asks for the same terms (CC BY-SA) for what is made of "
        "it; DoRothEA is for academic use; GO and DepMap are CC BY; see each table.",
        "provenance": {key: value for key, value in shipped.provenance.items() if key != "tables"},
        "files": {path.name: hash_regular(path) for path in sorted(folder.iterdir())},
    }
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    (folder / keys.MANIFEST_FILE).write_text(text, encoding="utf-8")


def main() -> int:
    """Build with the given folders."""
    options = parser(__doc__ or "", "--output")
    options.set_defaults(output=REPOSITORY / "data" / "fused")
    chosen = options.parse_args()
    build(chosen.shared, chosen.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
