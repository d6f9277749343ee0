"""Synthetic result folders: real gene names, planted modules, six contexts, two species.

PYTEST_DONT_REWRITE: imported by tests and registered as a plugin.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set, write_embedding_set
from musegnn.graphs.gene_graph import GeneGraph, write_gene_graph

CONTEXTS = (
    ("pancreas_human", "human", "pancreas", 2126),
    ("pancreas_mouse", "mouse", "pancreas", 1886),
    ("blood_human", "human", "blood", 4340),
    ("spleen_mouse", "mouse", "spleen", 3512),
    ("liver_human", "human", "liver", 5105),
    ("heart_mouse", "mouse", "heart", 2744),
)

MODULES = {
    "islet": "INS GCG IAPP CHGA CHGB TTR SST PPY PCSK1 PCSK2 SCG2 SCG5 SCGN PAX6 NKX2-2 ISL1 "
    "NEUROD1 ABCC8 KCNJ11 SLC30A8 G6PC2 MAFA MAFB RFX6 CPE",
    "t_cell": "CD3E CD3D CD3G CD2 CD247 LCK ZAP70 TRAT1 IL7R CD4 CD8A CD8B LAT ITK CD28 CTLA4 "
    "TCF7 LEF1 GZMB PRF1 NKG7 CCL5 CD5 CD6 CD27",
    "b_cell": "CD19 MS4A1 CD79A CD79B PAX5 BLK CD22 FCRL1 BANK1 TNFRSF13C CD37 VPREB3 EBF1 CD74 "
    "HLA-DRA CIITA",
    "myeloid": "LYZ CD14 CSF1R FCGR3A ITGAM CD68 AIF1 TYROBP FCER1G S100A8 S100A9 CST3 CTSS SPI1 "
    "MARCO VSIG4 C1QA C1QB C1QC CD163 Gm1234",
    "liver": "ALB APOA1 APOA2 APOB APOC3 TF SERPINA1 FGA FGB FGG CYP3A4 CYP2E1 HP HPX AHSG "
    "AMBP RBP4 FABP1 ASGR1 G6PC1 PCK1",
    "heart": "MYH6 MYH7 ACTC1 TNNT2 TNNI3 MYL2 MYL3 TTN RYR2 PLN ATP2A2 NPPA NPPB CSRP3 ANKRD1 "
    "TCAP DES MB CKM COX6A2 CASQ2",
    "ribosome": "RPL3 RPL4 RPL5 RPL7 RPL8 RPL11 RPS3 RPS4X RPS6 RPS8 RPS14 RPS18 RPLP0 RPLP1 "
    "EEF1A1 TPT1 NACA FAU UBA52",
    "cell_cycle": "MKI67 TOP2A CDK1 CCNB1 CCNB2 PCNA MCM2 MCM3 MCM5 TYMS RRM2 AURKA AURKB BUB1 "
    "PLK1 BIRC5 CENPF UBE2C",
    "stroma": "COL1A1 COL1A2 COL3A1 DCN LUM FN1 VIM ACTA2 TAGLN PDGFRB SPARC BGN THY1 POSTN MMP2 "
    "TIMP1 TP53",
    "endothelium": "PECAM1 VWF CDH5 KDR FLT1 TEK CLDN5 ENG EGFL7 ESAM EMCN PLVAP RAMP2",
}
DIMENSIONS = 16
MISSING_SHARE = 0.12  # genes that a context lacks, so that selectors have something to filter
ALWAYS_PRESENT = {"INS", "CD3E", "ALB", "Gm1234"}
MOUSE_ONLY = "Gm1234"  # a mouse gene without a human ortholog
SYNTHETIC_NAME = "synthetic-atlas"
CONFIG_HASH = "3f9a2c7d"


def gene_names(human: str, species: str) -> list[str]:
    """Return the symbols of a gene in a species; INS has two orthologs in the mouse."""
    if species == "human":
        return [] if human == MOUSE_ONLY else [human]
    return ["Ins1", "Ins2"] if human == "INS" else [human.capitalize()]


def ensembl_id(human: str, symbol: str, species: str) -> str:
    """Return a well-formed, made-up Ensembl id that depends on the gene only."""
    names = [name for text in MODULES.values() for name in text.split()]
    if symbol == "Ins1":
        return "ENSMUSG00000099999"
    prefix = "ENSG" if species == "human" else "ENSMUSG"
    return f"{prefix}{names.index(human) + 1:011d}"


def common_name(human: str, symbol: str, species: str) -> str:
    """Return the human symbol for one-to-one orthologs, else the own name with the species."""
    one_to_one = human not in {"INS", MOUSE_ONLY}
    return human if species == "human" or one_to_one else f"{species}:{symbol}"


def make_embedding(*, seed: int = 0) -> EmbeddingSet:
    """Build the synthetic embedding set of about 1,000 genes in context."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(len(MODULES), DIMENSIONS)) * 2
    angles = np.linspace(0, 2 * np.pi, len(MODULES), endpoint=False)
    rows, vectors, layout = [], [], []
    for context, (dataset, species, tissue, _) in enumerate(CONTEXTS):
        shift = rng.normal(size=DIMENSIONS) * 0.4
        for module, text in enumerate(MODULES.values()):
            names = [
                (human, symbol) for human in text.split() for symbol in gene_names(human, species)
            ]
            for human, symbol in names:
                if human not in ALWAYS_PRESENT and rng.random() < MISSING_SHARE:
                    continue
                if human == "ALB" and species == "mouse":
                    continue
                rows.append(
                    {
                        keys.GENE: symbol,
                        keys.GENE_ID: ensembl_id(human, symbol, species),
                        keys.COMMON_GENE: common_name(human, symbol, species),
                        keys.ORTHOLOG: "" if human == MOUSE_ONLY else human,
                        keys.DATASET: dataset,
                        keys.SPECIES_COLUMN: species,
                        keys.TISSUE: tissue,
                        keys.MODALITY: "scrna",
                        keys.DEGREE: 0,
                        keys.MEAN: float(rng.lognormal(0, 1.2)),
                        keys.CLUSTER: str(module),
                    }
                )
                vectors.append(centres[module] + shift + rng.normal(size=DIMENSIONS) * 0.8)
                middle = 8 * np.array([np.cos(angles[module]), np.sin(angles[module])])
                drift = 0.9 * np.array([np.cos(context), np.sin(context)])
                layout.append(middle + drift + rng.normal(size=2) * 0.55)
    genes = pd.DataFrame(rows)
    vectors_array = np.asarray(vectors, dtype=np.float32)
    datasets = _datasets(genes)
    return EmbeddingSet(
        vectors=vectors_array,
        table=genes,
        layout=np.asarray(layout, dtype=np.float32),
        neighbour_graph=sparse.identity(len(genes), dtype=np.float32, format="csr"),
        datasets=datasets,
        provenance={
            "name": SYNTHETIC_NAME,
            "config_hash": CONFIG_HASH,
            "seed": 0,
            "model": "planted modules, not a trained model",
        },
    )


def _datasets(genes: pd.DataFrame) -> pd.DataFrame:
    """Table of contexts with made-up sources."""
    records = []
    for dataset, species, tissue, n_cells in CONTEXTS:
        n_genes = int((genes[keys.DATASET] == dataset).sum())
        records.append(
            {
                "dataset": dataset,
                "species": species,
                "tissue": tissue,
                "modality": "scrna",
                "technique": "10x 3' v2" if species == "human" else "Smart-seq2",
                "n_cells": n_cells,
                "n_genes": n_genes,
                "n_edges": 0,
                "density": 0.0,
                "source": "synthetic",
                "licence": "CC0",
                "publication": "none",
            }
        )
    return pd.DataFrame(records).set_index("dataset")


def make_graph(embedding: EmbeddingSet, dataset: str) -> GeneGraph:
    """Build the co-expression graph of one context: edges where the cosine is above 0.7."""
    rows = embedding.rows_of_dataset(dataset)
    genes = embedding.genes.iloc[rows].reset_index(drop=True)
    unit = embedding.unit_vectors[rows]
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, 0)
    edges = cosine > 0.7
    significance = (np.abs(cosine) > 0.5).astype(np.int8) * np.sign(cosine).astype(np.int8)
    entry = embedding.datasets.loc[dataset]
    table = genes[[keys.GENE, keys.GENE_ID, keys.COMMON_GENE, keys.ORTHOLOG]].copy()
    table[keys.SOURCE_NAME] = table[keys.GENE]
    table[keys.MEAN] = genes[keys.MEAN].to_numpy()
    table[keys.DETECTED] = 0.5
    table[keys.VARIANCE] = 1.0
    return GeneGraph(
        name=dataset,
        species=entry["species"],
        tissue=entry["tissue"],
        modality="scrna",
        genes=table,
        features=np.ones((len(rows), 3), dtype=np.float32),
        adjacency=sparse.csr_matrix(edges),
        estimate=cosine.astype(np.float32),
        statistic=(10 * cosine).astype(np.float32),
        significance=significance,
        provenance={"source": "synthetic"},
    ).compact()


def write_result(folder: Path, *, with_graphs: bool = True) -> Path:
    """Write a synthetic result folder and return it."""
    embedding = make_embedding()
    graphs = {str(name): make_graph(embedding, str(name)) for name in embedding.datasets.index}
    for name, graph in graphs.items():
        rows = embedding.rows_of_dataset(name)
        embedding.genes.loc[rows, keys.DEGREE] = graph.degree
        embedding.datasets.loc[name, "n_edges"] = graph.n_edges
        embedding.datasets.loc[name, "density"] = graph.density
        if with_graphs:
            write_gene_graph(graph, folder / keys.GRAPHS_FOLDER / f"{name}.h5ad")
    write_embedding_set(embedding, folder / keys.EMBEDDING_FILE)
    return folder


def make_large_embedding(n_points: int, *, seed: int = 1) -> EmbeddingSet:
    """Build an embedding set of `n_points` random points: 20 contexts, the same genes in each."""
    rng = np.random.default_rng(seed)
    n_contexts = 20
    per_context = n_points // n_contexts
    names = np.array([f"GENE{number:05d}" for number in range(per_context)])
    context = np.repeat(np.arange(n_contexts), per_context)
    gene = np.tile(names, n_contexts)
    cluster = rng.integers(0, 30, n_points)
    genes = pd.DataFrame(
        {
            keys.GENE: gene,
            keys.GENE_ID: "",
            keys.COMMON_GENE: gene,
            keys.ORTHOLOG: "",
            keys.DATASET: np.char.add("context_", context.astype(str)),
            keys.SPECIES_COLUMN: np.where(context % 2 == 0, "human", "mouse"),
            keys.TISSUE: np.char.add("tissue_", (context % 10).astype(str)),
            keys.MODALITY: "scrna",
            keys.DEGREE: rng.integers(0, 200, n_points),
            keys.MEAN: rng.lognormal(size=n_points),
            keys.CLUSTER: cluster.astype(str),
        }
    )
    centres = rng.normal(size=(30, 2)) * 8
    layout = (centres[cluster] + rng.normal(size=(n_points, 2))).astype(np.float32)
    first = genes.drop_duplicates(keys.DATASET)
    datasets = pd.DataFrame(
        {
            "species": first[keys.SPECIES_COLUMN].to_numpy(),
            "tissue": first[keys.TISSUE].to_numpy(),
            "modality": "scrna",
            "technique": "random",
            "n_cells": 1,
            "n_genes": per_context,
            "n_edges": 0,
            "density": 0.0,
            "source": "synthetic",
            "licence": "CC0",
            "publication": "none",
        },
        index=pd.Index(first[keys.DATASET].to_numpy(), name="dataset"),
    )
    return EmbeddingSet(
        vectors=rng.normal(size=(n_points, 4)).astype(np.float32),
        table=genes,
        layout=layout,
        neighbour_graph=sparse.identity(n_points, dtype=np.float32, format="csr"),
        datasets=datasets,
        provenance={"name": f"random-{n_points}", "config_hash": "00000000"},
    )


@pytest.fixture(scope="session")
def atlas_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Synthetic result folder with graphs, written once."""
    return write_result(tmp_path_factory.mktemp("atlas"))


@pytest.fixture(scope="session")
def atlas_without_graphs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Synthetic result folder that has no graphs."""
    return write_result(tmp_path_factory.mktemp("bare"), with_graphs=False)


@pytest.fixture(scope="session")
def atlas(atlas_folder: Path) -> EmbeddingSet:
    """Return the synthetic embedding set as read from its file."""
    return read_embedding_set(atlas_folder)
