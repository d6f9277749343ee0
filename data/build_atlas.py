"""Rebuild everything in `data/atlas` from the public count matrices, by the command line.

Usage: `python data/build_atlas.py [--shared FOLDER] [--output FOLDER] [--work FOLDER]`; the shared
folder holds `data/scrna`, `data/spatial`, `data/multiome`, `pharmacology` and `knowledge` (default:
`$MUSEGNN_SHARED`, else `../shared`). Graphs that stand in the work folder already are kept.
Takes about twenty minutes on two cores. The same inputs, versions and seed give the same bytes.
Run `python data/build_correlations.py` afterwards: what causal discovery reads is removed with the
old atlas.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from atlas_inputs import DATASETS, GENE_IDS, REPOSITORY, list_datasets, parser
from well_known import well_known_genes

from musegnn import keys
from musegnn.cli.main import main as musegnn
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.embeddings.vector_set import write_vector_set

FILES = [row["file"] for row in list_datasets()]
SEED = 0
NAME = "Atlas of four species"
N_GENES, N_OWN = 2000, 600


def graph_arguments(manifest: Path, shared: Path, wanted: Path, out: Path) -> list[str]:
    """Arguments of `musegnn graph` for all datasets at once."""
    return [
        *("graph", "--manifest", str(manifest), "--root", str(shared)),
        *("--genes", str(N_GENES), "--own", str(N_OWN), "--wanted", str(wanted)),
        *("--knowledge", str(shared / "knowledge"), "--compact"),
        *("--gene-ids", *(str(shared / name) for name in GENE_IDS)),
        *("-o", str(out)),
    ]


def run(arguments: list[str]) -> None:
    """Run one command; stop at the first failure."""
    if musegnn(arguments) != 0:
        sys.exit(f"failed: musegnn {' '.join(arguments)}")


def build(shared: Path, output: Path, work: Path) -> None:
    """Build graphs, train on the compact graphs that ship, and move the result into place."""
    work.mkdir(parents=True, exist_ok=True)
    wanted = work / "well_known.txt"
    wanted.write_text("\n".join(well_known_genes(shared)) + "\n", encoding="utf-8")
    run(graph_arguments(DATASETS, shared, wanted, work / "graphs"))
    graphs = [work / "graphs" / Path(file).name for file in FILES]
    manifest = DATASETS.relative_to(REPOSITORY)
    places = (Path("SHARED"), Path("well_known.txt"), Path("graphs"))
    commands = [graph_arguments(manifest, *places)]
    # the embedding must come from the very files that ship, float16 features included
    settings = ["--seed", str(SEED), "--device", "cpu", "--name", NAME, "-o"]
    if (work / "run").exists():
        shutil.rmtree(work / "run")
    run(["train", *map(str, graphs), *settings, str(work / "run")])
    commands.append(["train", "graphs/*.h5ad", *settings, "RUN"])
    result = work / "run" / "result"
    (result / "weights.safetensors").unlink()  # the vectors are what the pages need
    entries = read_entries(shared)
    finish_embedding(result / keys.EMBEDDING_FILE, entries)
    write_manifest(result, entries, commands)
    if output.exists():
        shutil.rmtree(output)
    shutil.copytree(result, output)


def read_entries(shared: Path) -> dict[str, dict[str, str]]:
    """What the table of the public data says of each dataset, by name."""
    with (shared / "MANIFEST.tsv").open(encoding="utf-8") as stream:
        known = {row["file"]: row for row in csv.DictReader(stream, delimiter="\t")}
    return {Path(file).stem: known[file] for file in FILES}


def finish_embedding(path: Path, entries: dict[str, dict[str, str]]) -> None:
    """Say where the cells of each context come from, and write vectors as float16.

    Some files of counts say so themselves; of the others the table of the public data does. In
    float16 the vectors take half of the room, and no cosine moves by .001.
    """
    embedding = read_embedding_set(path)
    datasets = embedding.datasets.copy()
    for name in datasets.index[datasets["source"] == ""]:
        entry = entries[str(name)]
        datasets.loc[name, ["technique", "source", "licence", "publication"]] = [
            entry["modality"],
            f"{entry['repo']}@{entry['commit']}:{entry['path']}",
            entry["licence"],
            entry["publication"],
        ]
    write_vector_set(replace(embedding, datasets=datasets), path, precision=np.float16)


def write_manifest(
    result: Path, entries: dict[str, dict[str, str]], commands: list[list[str]]
) -> None:
    """Record source, licence, parameters, commands, seed and hashes of everything shipped."""
    manifest = json.loads((result / "manifest.json").read_text(encoding="utf-8"))
    columns = ("repo", "commit", "path", "licence", "publication", "notes", "sha256")
    manifest["inputs"] = {
        name: {column: entry.get(column) or "" for column in columns}
        for name, entry in entries.items()
    }
    manifest["commands"] = [
        "musegnn " + " ".join(f"'{part}'" if " " in part else part for part in command)
        for command in commands
    ]
    del manifest["command"]
    manifest["seed"] = SEED
    manifest["files"] = {
        str(path.relative_to(result)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(result.rglob("*.h5ad"))
    }
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    (result / "manifest.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    arguments = parser(__doc__, "--output")
    arguments.add_argument("--work", type=Path)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        build(options.shared, options.output, options.work or Path(folder))
