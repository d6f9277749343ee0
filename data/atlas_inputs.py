"""What the scripts beside this file have in common: the datasets of the atlas and their names."""

from __future__ import annotations

import argparse
import csv
import os
from pathlib import Path

from musegnn.io.gene_names import GeneNames, add_gene_ids
from musegnn.knowledge.catalogue import find_entry
from musegnn.knowledge.gene_names import read_gene_names

REPOSITORY = Path(__file__).resolve().parent.parent
DATASETS = REPOSITORY / "data" / "datasets.tsv"
ATLAS = REPOSITORY / "data" / "atlas"
# files that name genes by Ensembl id and symbol
GENE_IDS = (
    "data/scrna/human_pbmc_facs10x.h5ad",
    "data/scrna/human_ipsc_cardio_day2.h5ad",
    "data/scrna/human_ipsc_cardio_day5.h5ad",
)


def list_datasets() -> list[dict[str, str]]:
    """File in the shared folder, species, tissue, technique and gene bodies of each dataset."""
    with DATASETS.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def read_names(shared: Path) -> GeneNames:
    """Read what names of genes mean, as for the graphs of the atlas."""
    names = read_gene_names(shared / "knowledge")
    for name in GENE_IDS:
        names = add_gene_ids(names, shared / name)
    return names


def drugbank_links() -> dict[str, object]:
    """What manifests tell of the one thing that is read of DrugBank for what ships."""
    entry = find_entry("drugbank_molecules")
    return {
        "what": "which number of DrugBank, by which signatures are listed, is which InChIKey",
        "source": entry.source,
        "columns": list(entry.open_columns),
        "licence": entry.open_licence,
        "citation": entry.citation,
    }


def parser(text: str, place: str) -> argparse.ArgumentParser:
    """Return a parser of `--shared` and of the folder of the atlas, whose option is `place`."""
    options = argparse.ArgumentParser(description=text.splitlines()[0])
    default = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    options.add_argument("--shared", type=Path, default=default)
    options.add_argument(place, type=Path, default=ATLAS)
    return options
