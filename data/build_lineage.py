"""Trace the lineage that ships, so that its page answers on a fresh machine.

Usage: `python data/build_lineage.py [--shared FOLDER] [--atlas FOLDER]`. Writes
`data/lineages/pancreas`: places of cells, tree, scores, genes along the way, means of expression
over neighbours of 600 genes; no counts. Vectors are those of the shipped atlas, mean over all
contexts but that of these cells. Takes a minute; the same inputs give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from atlas_inputs import parser

from musegnn.embeddings.atlas import read_atlas
from musegnn.lineages.cells import read_cells
from musegnn.lineages.gene_vectors import find_gene_vectors
from musegnn.lineages.lineage import LineageOptions, trace_lineage
from musegnn.lineages.result import CELLS_FILE, EXPRESSION_FILE, SUMMARY_FILE, write_lineage

NAME = "mouse_pancreas_endocrinogenesis"
FOLDER = Path(__file__).resolve().parent / "lineages" / "pancreas"
TREE = (
    "Ductal>Ngn3 low EP>Ngn3 high EP>Pre-endocrine>Alpha, Pre-endocrine>Beta, "
    "Pre-endocrine>Delta, Pre-endocrine>Epsilon"
)
SHOWN = 600


def main() -> None:
    """Write the shipped lineage and its manifest."""
    options = parser(__doc__ or "", "--atlas").parse_args()
    atlas = read_atlas(options.atlas)
    facts = atlas.embedding.datasets.loc[NAME]
    cells = read_cells(options.shared / "data" / "scrna" / f"{NAME}.h5ad", labels="cell_type")
    genes = find_gene_vectors(atlas, cells.genes, gene_ids=cells.gene_ids, without=NAME)
    how = LineageOptions(root="Ductal", tree=TREE, most_shown=SHOWN)
    lineage = trace_lineage(cells, genes, how)
    FOLDER.mkdir(parents=True, exist_ok=True)
    told = {name: str(facts[name]) for name in ("source", "licence", "publication")}
    provenance = {
        "name": "Pancreas of the mouse, E15.5",
        "model": "lineage in the space joint",
        "config_hash": hashlib.sha256(repr(how).encode()).hexdigest()[:12],
        "seed": how.seed,
        "sources": [f"{NAME}: {told['source']}, {told['licence']}"],
        "vectors": {
            "name": atlas.embedding.name,
            "config_hash": atlas.embedding.origin.config_hash,
            "without": NAME,
        },
    }
    write_lineage(FOLDER, lineage, provenance)
    (FOLDER / "programs.csv").unlink()  # the summary holds the strongest
    names = (CELLS_FILE, EXPRESSION_FILE, SUMMARY_FILE)
    manifest = {
        "command": "python data/build_lineage.py --shared SHARED",
        "dataset": {"name": NAME, **told},
        "files": {n: hashlib.sha256((FOLDER / n).read_bytes()).hexdigest() for n in names},
        "holds": "results alone: places, pseudotime and groups of cells, genes along the way, and "
        f"means of log expression of {SHOWN} genes over a cell and its nearest cells",
    }
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    (FOLDER / "manifest.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
