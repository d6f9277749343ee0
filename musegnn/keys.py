"""Names of columns, arrays and files: the one place where they are spelt."""

from __future__ import annotations

from typing import Final, Literal, get_args

Species = Literal[
    "human",
    "mouse",
    "lemur",
    "rat",
    "marmoset",
    "rhesus",
    "cynomolgus",
    "zebrafish",
    "fly",
    "worm",
]

SPECIES: Final[tuple[str, ...]] = get_args(Species)

# gene table: columns of `obs` in a gene graph and in an embedding set
GENE: Final = "gene"  # symbol in the nomenclature of the species
GENE_ID: Final = "gene_id"  # Ensembl gene id, "" where unknown
COMMON_GENE: Final = "common_gene"  # name that is equal for one-to-one orthologs
ORTHOLOG: Final = "ortholog"  # human ortholog, one-to-many included, "" where unknown
SOURCE_NAME: Final = "source_name"  # name as it stood in the expression file
DATASET: Final = "dataset"
SPECIES_COLUMN: Final = "species"
TISSUE: Final = "tissue"
MODALITY: Final = "modality"
DEGREE: Final = "degree"  # number of edges of the gene in its own graph
MEAN: Final = "mean_expression"  # counts per 10,000, mean over cells
VARIANCE: Final = "variance_estimate"  # CS-CORE sigma^2, in units of (count / depth)^2
DETECTED: Final = "detected_share"  # share of cells with at least one count, 0 to 1
CLUSTER: Final = "cluster"
RELIABILITY_LEVELS: Final = (5, 10, 20, 50, 100)  # sizes of a neighbourhood that are measured
# share of so many neighbours that two halves of the cells agree on, 0 to 1; absent in old files
RELIABILITY_COLUMNS: Final = tuple(f"reliability_{k}" for k in RELIABILITY_LEVELS)

# columns in which expression files keep Ensembl ids, the first that is there counts
ID_COLUMNS: Final = ("gene_ids", "ensembl", "ensembl_id", "gene_id")

# ways in which public knowledge may join two genes, columns of tables of evidence
INTERACTION: Final = "interaction"
REGULATION: Final = "regulation"
PATHWAY: Final = "pathway"
PROCESS: Final = "GO process"
KNOWLEDGE_CLASSES: Final = (INTERACTION, REGULATION, PATHWAY, PROCESS)

# tissue and technique of contexts that were made of annotation, not of cells
KNOWLEDGE: Final = "knowledge"

# pairwise arrays of a gene graph (`obsp`)
ADJACENCY: Final = "adjacency"
ESTIMATE: Final = "co_expression"  # CS-CORE correlation, -1 to 1
STATISTIC: Final = "statistic"  # CS-CORE test statistic, standard normal under independence
SIGNIFICANCE: Final = "significance"  # sign of the statistic where p < 0.005, else 0
RESAMPLED_NEAREST: Final = 20  # neighbours of a gene in one resample of the cells
RESAMPLED: Final = "resampled"  # share of resamples of the cells in which it is a neighbour

# `uns` entries
UNS_GRAPH: Final = "musegnn_graph"
UNS_EMBEDDING: Final = "musegnn_embedding"
FORMAT_VERSION: Final = 1

# files of a result folder
EMBEDDING_FILE: Final = "embedding.h5ad"
GRAPHS_FOLDER: Final = "graphs"
WEIGHTS_FILE: Final = "weights.safetensors"
MANIFEST_FILE: Final = "manifest.json"
