"""Honest: one good file or folder of each kind that a person can give, made by our own writers."""

from __future__ import annotations

import gzip
import json
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from musegnn import keys, runs
from musegnn.analysis.labels.label_classifier import METHODS
from musegnn.embeddings.embedding_set import write_embedding_set
from musegnn.graphs.gene_graph import write_gene_graph
from musegnn.knowledge.importing import import_table
from musegnn.molecules.context_graph import ContextGraph, Edges, NodeBlock, write_context
from musegnn.molecules.encoder_inputs import descriptor_names
from musegnn.molecules.forms import forms_digest
from musegnn.molecules.plain_encoder import expected_shapes
from musegnn.runs import files
from musegnn.runs.archive import export_run
from musegnn.runs.trash import delete
from musegnn.screens.shell.session_file import save_session
from musegnn.screens.shell.stored_content import ContentStore
from musegnn.settings import REPOSITORY
from tests import count_files
from tests.made_runs import write_frames, write_run
from tests.toy_contexts import Context, make_set
from tests.toy_graphs import planted_graph
from tests.ui_fixtures import MODULES

GENES = [gene for names in MODULES.values() for gene in names.split()][:40]
SHIPPED = REPOSITORY / "data"
CONFIG_HASH = "3f9a2c7d"

_REGULATION = "tf,target,sign\n" + "".join(f"PAX6,{gene},1\n" for gene in GENES)
_PAIRS = "a,b\n" + "".join(f"INS,{gene}\n" for gene in GENES[1:])
_GMT = "".join(f"term {i}\t\t" + "\t".join(GENES[i : i + 8]) + "\n" for i in range(20))
_OBO = "format-version: 1.2\nontology: go\n\n" + "".join(
    f"[Term]\nid: GO:{i:07d}\nname: process {i}\nnamespace: biological_process\n"
    + (f"is_a: GO:{i // 2:07d} ! parent\n" if i else "")
    + "\n"
    for i in range(30)
)
_GAF = "!gaf-version: 2.2\n" + "".join(
    f"UniProtKB\tP{i:05d}\t{gene}\tinvolved_in\tGO:{i % 30:07d}\tPMID:1\tIDA\t\tP\t\t\tprotein\t"
    "taxon:9606\t20240101\tUniProt\t\t\n"
    for i, gene in enumerate(GENES)
)
_REQUEST = "graphs: graphs\npreset: default\nname: mine\nseeds: [0, 1]\nepochs: 3\n"
_MANIFEST = (
    "file\tspecies\ttissue\tmodality\na.h5ad\thuman\tblood\tscrna\nb.h5ad\tmouse\tliver\tscrna\n"
)
_ACCESS = """mode = "public"
hosts = ["maps.lab.example"]
sign_in = "proxy"
[proxy]
addresses = ["127.0.0.1"]
secret = "a secret that is long enough"
[roles]
admin = ["ann@lab.example"]
"""
_LINK = "gene=INS&context=liver_b&colour=tissue&library=kegg_2016"
_TREE = "stem>early>late, early>other\n"
_SMILES = "CC(=O)Oc1ccccc1C(=O)O aspirin\nCN1C=NC2=C1C(=O)N(C(=O)N2C)C caffeine\nCCO.Cl ethanol\n"
_ATOM, _BOND = "{:10.4f}{:10.4f}{:10.4f} C   0  0\n", "{:3d}{:3d}  1  0\n"
_SDF = "".join(
    f"chain {n}\n\n\n{n:3d}{n - 1:3d}  0  0  0  0  0  0  0  0999 V2000\n"
    + "".join(_ATOM.format(i, i % 2, 0) for i in range(n))
    + "".join(_BOND.format(i, i + 1) for i in range(1, n))
    + f"M  END\n> <name>\nchain {n}\n\n$$$$\n"
    for n in range(2, 6)
)
_CHANGES = "gene,log2FoldChange,padj\n" + "".join(
    f"{gene},{i / 7 - 2},{0.001 * (i + 1)}\n" for i, gene in enumerate(GENES)
)
_ASSAY = "smiles,active\n" + "".join(f"{'C' * (i + 1)}O,{i % 2}\n" for i in range(30))
_PROFILES = "gene,one,two\n" + "".join(f"{gene},{i / 7},{-i}\n" for i, gene in enumerate(GENES))
_RANKING = "gene,score\n" + "".join(f"{gene},{i / 7}\n" for i, gene in enumerate(GENES))


def _counts() -> count_files.Counts:
    """Counts of 30 cells and 40 genes."""
    values = np.random.default_rng(0).poisson(3.0, (30, len(GENES))).astype(float)
    return count_files.make_counts(values, GENES)


def _of_counts(kind: str) -> Callable[[Path], Path]:
    """Writer of the counts in one format."""
    return lambda folder: count_files.WRITERS[kind](folder, _counts())


def _zipped(folder: Path) -> Path:
    """A 10x folder as zip."""
    source = count_files.write_mtx(folder, _counts())
    with zipfile.ZipFile(folder / "counts.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(source.iterdir()):
            archive.write(path, f"filtered/{path.name}")
    shutil.rmtree(source)
    return folder / "counts.zip"


def _taped(folder: Path) -> Path:
    """A 10x folder as tar."""
    source = count_files.write_old_mtx(folder, _counts())
    with tarfile.open(folder / "counts.tar.gz", "w:gz") as archive:
        archive.add(source, "filtered")
    shutil.rmtree(source)
    return folder / "counts.tar.gz"


def _fragments(folder: Path) -> Path:
    """Fragments and the bodies of genes beside them."""
    folder = folder / "chromatin"
    folder.mkdir()
    count_files.write_fragments(folder, _counts())
    count_files.write_bodies(folder, _counts())
    return folder


def _bodies(folder: Path) -> Path:
    """Annotation alone."""
    return count_files.write_bodies(folder, _counts())


def _embedding(folder: Path, *, seed: int = 0) -> Path:
    """An embedding of two contexts."""
    rng = np.random.default_rng(seed)
    contexts = [Context(name, GENES, rng.normal(size=(len(GENES), 8))) for name in ("one", "two")]
    write_embedding_set(make_set(*contexts), folder / keys.EMBEDDING_FILE)
    return folder / keys.EMBEDDING_FILE


def _result(folder: Path) -> Path:
    """A result folder: embedding, graphs, manifest, and two more models beside."""
    folder = folder / "result"
    (folder / keys.GRAPHS_FOLDER).mkdir(parents=True)
    _embedding(folder)
    _graph(folder / keys.GRAPHS_FOLDER)
    files.write_json(folder / keys.MANIFEST_FILE, {"files": {}})
    for number in (1, 2):
        beside = folder / "ensemble" / f"seed_{number}"
        beside.mkdir(parents=True)
        _embedding(beside, seed=number)
    return folder


def _graph(folder: Path) -> Path:
    """A gene graph."""
    graph = planted_graph("blood_one", module_size=12, n_cells=20).compact(n_features=8)
    write_gene_graph(graph, folder / "blood_one.h5ad")
    return folder / "blood_one.h5ad"


def _graphs(folder: Path) -> Path:
    """A folder of graphs."""
    folder = folder / "graphs"
    folder.mkdir()
    _graph(folder)
    return folder


def _checkpoint(folder: Path) -> Path:
    """A checkpoint, without a network that would fit it."""
    header = {
        "format_version": 1,
        "epoch": 3,
        "config_hash": CONFIG_HASH,
        "graphs_hash": "a" * 8,
        "seconds": 1.5,
        "best": {"auroc": 0.7, "epoch": 2},
        "rng": np.random.default_rng(0).bit_generator.state,
    }
    path = folder / files.CHECKPOINT
    tensors = {"weight.first": np.ones((4, 3), np.float32), "optimiser.0.step": np.float32([3])}
    save_file(tensors, path, metadata={"checkpoint": json.dumps(header)})
    return path


def _encoder(folder: Path) -> Path:
    """An encoder of molecules with weights as none would learn them."""
    path = folder / "encoder.safetensors"
    tensors = {
        name: np.full(shape, 0.5, dtype=np.float16)
        for name, shape in expected_shapes(
            layers=1, width=4, code_width=3, hidden_width=5, n_described=len(descriptor_names())
        ).items()
    }
    tensors["scale.levels"] = np.zeros((3, len(descriptor_names())), dtype=np.float32)
    tensors["scale.medians"] = np.zeros(len(descriptor_names()), dtype=np.float32)
    told = {"settings": {}, "descriptors": list(descriptor_names()), "forms": forms_digest()}
    save_file(tensors, path, metadata={"musegnn": json.dumps(told)})
    return path


def _run_root(folder: Path) -> Path:
    """A folder of runs: one finished with all that it leaves, one stopped, one deleted."""
    root = folder / "runs"
    made = folder / "made"
    made.mkdir()
    root.mkdir()
    _embedding(made)
    finished = write_run(root, "finished", number=0, epochs=12, result=made)
    write_frames(finished.folder, (1, 5, 12), n_points=20)
    _checkpoint(finished.folder)
    write_run(root, "stopped", number=1)
    delete(root, write_run(root, "failed", number=2).run_id)
    return root


def _run_zip(folder: Path) -> Path:
    """A run as it is exported."""
    root = _run_root(folder)
    record = next(run for run in runs.list_runs(root) if run.state == "finished")
    path = export_run(root, record.run_id, folder / "run.zip")
    shutil.rmtree(root)
    return path


def _session(folder: Path) -> Path:
    """A session file."""
    path = folder / "mine.json"
    path.write_bytes(save_session(None, fields={"gene": "INS"}, gene_list="INS\nGCG"))
    return path


def _stored(folder: Path) -> Path:
    """A folder of contents of links."""
    ContentStore(folder / "links").put({"kind": "list", "text": "INS GCG"})
    return folder / "links"


def _knowledge(folder: Path) -> Path:
    """A folder of annotation: two imported tables and what was fetched."""
    folder = folder / "knowledge"
    folder.mkdir()
    for name, kind, text in (("mine", "regulation", _REGULATION), ("terms", "gene sets", _GMT)):
        source = folder / ("terms.gmt" if kind == "gene sets" else "mine.csv")
        source.write_text(text)
        import_table(
            source, folder, name=name, kind=kind, species="human", release="1", licence="CC0"
        )
        source.unlink()
    (folder / "KEGG_2016.gmt").write_text(_GMT)
    (folder / "dorothea_human.tsv").write_text(
        "tf\tconfidence\ttarget\tmor\n" + "".join(f"PAX6\tA\t{gene}\t1\n" for gene in GENES)
    )
    return folder


def _ontology(folder: Path) -> Path:
    """An ontology and its annotation."""
    folder = folder / "ontology"
    folder.mkdir()
    (folder / "go.obo").write_text(_OBO)
    (folder / "genes.gaf").write_text(_GAF)
    return folder


def _context_graph(folder: Path) -> Path:
    """A graph of molecules and genes."""
    blocks = (
        NodeBlock("molecule", "drugs", ("AAAAAAAAAAAAAA", "BBBBBBBBBBBBBB"), np.ones((2, 3))),
        NodeBlock("gene", "symbols", ("INS", "GCG"), np.zeros((2, 0))),
    )
    ends = np.array([0, 1], np.int32), np.array([2, 3], np.int32)
    edges = (Edges("targets", *ends, np.ones(2, np.float32)),)
    write_context(ContextGraph(blocks, edges, ("CCO", "CCN")), folder / "context.npz")
    return folder / "context.npz"


def _request(folder: Path) -> Path:
    """A request and the graphs that it names."""
    folder = folder / "asked"
    folder.mkdir()
    _graphs(folder)
    (folder / "request.yaml").write_text(_REQUEST)
    return folder


def _datasets(folder: Path) -> Path:
    """A table of datasets and their files."""
    folder = folder / "many"
    folder.mkdir()
    for name in ("a", "b"):
        count_files.write_h5ad(folder, _counts()).rename(folder / f"made_{name}")
    for name in ("a", "b"):
        (folder / f"made_{name}").rename(folder / f"{name}.h5ad")
    (folder / "datasets.tsv").write_text(_MANIFEST)
    return folder


def _shipped(name: str, pattern: str) -> Callable[[Path], Path]:
    """Copy the smallest of the files that the product ships under a pattern."""

    def write(folder: Path) -> Path:
        source = min(SHIPPED.glob(pattern), key=lambda path: path.stat().st_size)
        return Path(shutil.copyfile(source, folder / name))

    return write


def _text(name: str, text: str) -> Callable[[Path], Path]:
    """Writer of a text; `.gz` packs it."""

    def write(folder: Path) -> Path:
        content = text.encode()
        (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return folder / name

    return write


def _json(name: str, value: object) -> Callable[[Path], Path]:
    """Writer of a JSON file."""
    return _text(name, json.dumps(value, indent=1))


_CLASSIFIED = {
    "table": {
        "method": list(METHODS),
        **{key: [0.7, 0.6, 0.5] for key in ("auroc", "low", "high", "auprc")},
    },
    "curves": {"method": [METHODS[0]], "false_positive_rate": [0.0], "true_positive_rate": [0.1]},
    "genes": {"gene": ["INS"], "probability": [0.4]},
    "n_labelled": 10,
    "n_others": 20,
}
_INFERRED = {
    "edges": {"source": ["INS"], "target": ["GCG"], "correlation": [0.2], "frequency": [0.5]},
    "genes": ["INS", "GCG"],
    "n_causes": 1,
    "n_cells": 100,
    "sentence": "Two genes.",
}

WRITERS: dict[str, Callable[[Path], Path]] = {
    **{kind: _of_counts(kind) for kind in count_files.WRITERS},
    "counts zip": _zipped,
    "counts tar": _taped,
    "fragments": _fragments,
    "bodies": _bodies,
    "bodies bed": _text("genes.bed", "chr1\t100\t900\tINS\t0\t+\nchr1\t2000\t2500\tGCG\t0\t-\n"),
    "orthologs": _text("orthologs.tsv", "gene\thuman\n" + "".join(f"{g}x\t{g}\n" for g in GENES)),
    "datasets": _datasets,
    "embedding": _embedding,
    "result": _result,
    "graph": _graph,
    "graphs": _graphs,
    "checkpoint": _checkpoint,
    "runs": _run_root,
    "run zip": _run_zip,
    "access": _text("access.toml", _ACCESS),
    "session": _session,
    "stored link": _stored,
    "link": _text("link.txt", _LINK),
    "request": _request,
    "preset": lambda folder: Path(
        shutil.copyfile(REPOSITORY / "experiments/default.yaml", folder / "mine.yaml")
    ),
    "knowledge": _knowledge,
    "regulation": _text("regulation.csv", _REGULATION),
    "interactions": _text("interactions.tsv.gz", _PAIRS.replace(",", "\t")),
    "gene sets": _text("sets.gmt", _GMT),
    "packed gene sets": _text("sets.gmt.gz", _GMT),
    "ontology": _ontology,
    "gene list": _text("genes.txt", "\n".join(GENES) + "\n"),
    "ranking": _text("ranking.csv", _RANKING),
    "changes": _text("changes.csv", _CHANGES),
    "structures": _text("structures.txt", _SMILES),
    "sdf": _text("molecules.sdf", _SDF),
    "assay": _text("assay.csv", _ASSAY),
    "tree": _text("tree.txt", _TREE),
    "context graph": _context_graph,
    "encoder": _encoder,
    "profiles": _text("profiles.csv", _PROFILES),
    "comparison": _shipped("benchmark.json", "benchmarks/*.json"),
    "correlations": _shipped("correlations.npz", "atlas/correlations/*.npz"),
    "classification": _json("classification.json", _CLASSIFIED),
    "edges": _json("edges.json", _INFERRED),
}


def write_all(folder: Path, names: list[str] | None = None) -> dict[str, Path]:
    """Write the honest files, each kind into a folder of its own.

    Parameters
    ----------
    folder
        Where to; made when missing.
    names
        Kinds to write; None writes all.

    Returns
    -------
    For each kind its file or folder.
    """
    written = {}
    for number, name in enumerate(WRITERS if names is None else names):
        place = folder / str(number)
        place.mkdir(parents=True)
        written[name] = WRITERS[name](place)
    return written
