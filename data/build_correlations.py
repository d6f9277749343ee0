"""Correlate transcription factors with all genes of each context, for causal discovery.

Usage: `python data/build_correlations.py [--shared FOLDER] [--atlas FOLDER]`, after
`data/build_atlas.py`. Writes `correlations/*.npz` of the atlas from the same cells as its graphs
and adds them to its manifest. Takes about half a minute. The same inputs give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from atlas_inputs import list_datasets, parser, read_names

from musegnn import __version__, keys
from musegnn.analysis.causal.cause_correlations import (
    FOLDER,
    CauseCorrelations,
    correlate_causes,
    write_cause_correlations,
)
from musegnn.analysis.causal.gene_sample import read_cells
from musegnn.graphs.gene_graph import read_gene_graph
from musegnn.io.gene_names import GeneNames
from musegnn.knowledge.store import KnowledgeStore

FACTORS = "tf_lambert_2018"  # Lambert et al., Cell 172, 650 (2018)


def build(shared: Path, atlas: Path) -> None:
    """Write the correlations of every context and note them in the manifest."""
    store = KnowledgeStore(shared / "knowledge")
    names, rows = read_names(shared), list_datasets()
    for row in rows:
        found = correlate(row, shared, atlas, names, store)
        write_cause_correlations(found, atlas / FOLDER / f"{found.dataset}.npz")
        print(f"{found.dataset}: {len(found.causes)} factors, {found.n_cells} cells", flush=True)
    note(atlas)


def correlate(
    row: dict[str, str], shared: Path, atlas: Path, names: GeneNames, store: KnowledgeStore
) -> CauseCorrelations:
    """Correlate one context; stop when its cells are not those of its graph."""
    path = shared / row["file"]
    graph = read_gene_graph(atlas / keys.GRAPHS_FOLDER / path.name)
    genes = graph.genes[keys.GENE].astype(str).tolist()
    bodies = shared / row["annotation"] if row["annotation"] else None
    cells = read_cells(
        path, row["species"], row["modality"], names=names, annotation=bodies, wanted=genes
    )
    if cells.n_cells != graph.provenance["n_cells"]:
        sys.exit(f"{path.stem}: the graph has other cells; run data/build_atlas.py first")
    # one list for all species: a gene is a possible cause when its human ortholog is on it
    is_factor = graph.genes[keys.ORTHOLOG].isin(store.gene_list(FACTORS))
    return correlate_causes(
        cells,
        genes,
        set(graph.genes.loc[is_factor, keys.GENE].astype(str)),
        dataset=path.stem,
        provenance={"input": path.name, "causes_from": FACTORS, "version": __version__},
    )


def note(atlas: Path) -> None:
    """Add the files to the manifest of the atlas."""
    path = atlas / keys.MANIFEST_FILE
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["correlations"] = {
        "command": "python data/build_correlations.py --shared SHARED",
        "files": {
            str(file.relative_to(atlas)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted((atlas / FOLDER).glob("*.npz"))
        },
    }
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    options = parser(__doc__, "--atlas").parse_args()
    build(options.shared, options.atlas)
