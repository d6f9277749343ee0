"""Rebuild everything in `data/atlas` from the public count matrices, by the command line.

Usage: `python data/build_atlas.py [--shared FOLDER] [--output FOLDER]`; the shared folder holds
`data/scrna`, `data/spatial`, `data/multiome` and `knowledge` (default: `$MUSEGNN_SHARED`, else
`../shared`).
Takes about five minutes on two cores. The same inputs, versions and seed give the same bytes.
Run `python data/build_correlations.py` afterwards: what causal discovery reads is removed with the
old atlas.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path

from atlas_inputs import DATASETS, GENE_IDS, REPOSITORY, list_datasets, parser

from musegnn.cli.main import main as musegnn

FILES = [row["file"] for row in list_datasets()]
SEED = 0
NAME = "Human and mouse atlas"


def graph_arguments(manifest: Path, shared: Path, out: Path) -> list[str]:
    """Arguments of `musegnn graph` for all datasets at once."""
    return [
        *("graph", "--manifest", str(manifest), "--root", str(shared / "data")),
        *("--knowledge", str(shared / "knowledge"), "--compact"),
        *("--gene-ids", *(str(shared / "data" / name) for name in GENE_IDS)),
        *("-o", str(out)),
    ]


def run(arguments: list[str]) -> None:
    """Run one command; stop at the first failure."""
    if musegnn(arguments) != 0:
        sys.exit(f"failed: musegnn {' '.join(arguments)}")


def build(shared: Path, output: Path) -> None:
    """Build graphs, train on the compact graphs that ship, and move the result into place."""
    with tempfile.TemporaryDirectory() as folder:
        run(graph_arguments(DATASETS, shared, Path(folder) / "graphs"))
        graphs = [Path(folder) / "graphs" / Path(file).name for file in FILES]
        manifest = DATASETS.relative_to(REPOSITORY)
        commands = [graph_arguments(manifest, Path("SHARED"), Path("graphs"))]
        # the embedding must come from the very files that ship, float16 features included
        settings = ["--seed", str(SEED), "--device", "cpu", "--name", NAME, "-o"]
        run(["train", *map(str, graphs), *settings, str(Path(folder) / "run")])
        result = Path(folder) / "run" / "result"
        (result / "weights.safetensors").unlink()  # the vectors are what the pages need
        commands.append(["train", "graphs/*.h5ad", *settings, "RUN"])
        write_manifest(result, shared, commands)
        if output.exists():
            shutil.rmtree(output)
        shutil.copytree(result, output)


def write_manifest(result: Path, shared: Path, commands: list[list[str]]) -> None:
    """Record source, licence, parameters, commands, seed and hashes of everything shipped."""
    manifest = json.loads((result / "manifest.json").read_text(encoding="utf-8"))
    rows = [
        line.split("\t")
        for line in (shared / "MANIFEST.tsv").read_text(encoding="utf-8").splitlines()
    ]
    header = rows[0]
    entries = {row[header.index("file")]: dict(zip(header, row, strict=False)) for row in rows[1:]}
    columns = ("repo", "commit", "path", "licence", "publication", "notes", "sha256")
    manifest["inputs"] = {
        Path(file).stem: {column: entries[f"data/{file}"].get(column, "") for column in columns}
        for file in FILES
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
    options = parser(__doc__, "--output").parse_args()
    build(options.shared, options.output)
