"""Regulation of the genes of the synthetic atlas, with a case for every rule, and their cells.

PYTEST_DONT_REWRITE: imported by tests and registered as a plugin.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from musegnn import keys
from musegnn.analysis.causal.cause_correlations import CauseCorrelations, write_cause_correlations
from musegnn.embeddings.embedding_set import EmbeddingSet

FACTORS = ("PAX6", "NKX2-2", "ISL1", "NEUROD1", "MAFA", "MAFB", "RFX6", "SPI1", "CIITA", "TP53")
REGULONS = (
    ("PAX6", "A", "INS", 1),
    ("PAX6", "A", "GCG", 1),
    ("PAX6", "B", "PCSK1", 1),
    ("NEUROD1", "A", "INS", 1),
    ("MAFA", "C", "INS", 1),
    ("MAFA", "C", "G6PC2", 1),
    ("MAFA", "C", "SLC30A8", 1),
    ("MAFA", "D", "ABCC8", 1),
    ("NKX2-2", "A", "CHGA", -1),  # they go together in the atlas: contradicted
    ("NOTHERE", "A", "PAX6", 1),
    ("NOTHERE", "A", "MAFA", 1),
    ("TP53", "A", "TOP2A", -1),
    ("ISL1", "A", "MAFA", 1),
    ("MAFA", "A", "ISL1", 1),  # a circle
)
N_CELLS = 800


def write_causal_knowledge(folder: Path) -> Path:
    """Write regulons and a list of factors under the names of the catalogue."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = "".join("\t".join(map(str, row)) + "\n" for row in REGULONS)
    header = "tf\tconfidence\ttarget\tmor\n"
    (folder / "dorothea_human.tsv").write_text(header + rows, encoding="utf-8")
    factors = "".join(f"{name}\n" for name in FACTORS)
    (folder / "TF_human_lambert2018.txt").write_text(factors, encoding="utf-8")
    return folder


def make_correlations(atlas: EmbeddingSet, dataset: str = "pancreas_human") -> CauseCorrelations:
    """Correlate planted cells: MAFB acts on IAPP, SCGN and TTR, everything else is noise."""
    genes = atlas.genes[keys.GENE].iloc[atlas.rows_of_dataset(dataset)].astype(str).tolist()
    place = {gene: column for column, gene in enumerate(genes)}
    values = np.random.default_rng(0).normal(size=(N_CELLS, len(genes)))
    for target in ("IAPP", "SCGN", "TTR"):
        if target in place and "MAFB" in place:
            values[:, place[target]] += 0.9 * values[:, place["MAFB"]]
    causes = [gene for gene in genes if gene in FACTORS]
    whole = np.corrcoef(values.T)
    return CauseCorrelations(
        dataset=dataset,
        genes=tuple(genes),
        causes=tuple(causes),
        values=whole[[place[gene] for gene in causes]],
        n_cells=N_CELLS,
        provenance={"source": "synthetic"},
    )


@pytest.fixture(scope="session")
def causal_knowledge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of regulation of the synthetic atlas, written once."""
    return write_causal_knowledge(tmp_path_factory.mktemp("causal_knowledge"))


@pytest.fixture(scope="session")
def causal_atlas(
    atlas_folder: Path, atlas: EmbeddingSet, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Synthetic result folder with the correlations of one context beside it."""
    folder = tmp_path_factory.mktemp("causal_atlas") / "result"
    shutil.copytree(atlas_folder, folder)
    correlations = make_correlations(atlas)
    write_cause_correlations(correlations, folder / "correlations" / "pancreas_human.npz")
    return folder
