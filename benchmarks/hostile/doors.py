"""Doors: the functions that pages and commands call on what a person gives.

A door takes the path of what was given and the room it is given in: a folder of a visitor's server,
with runs and annotation of its own. What it returns is what a visitor would see.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from benchmarks.hostile.honest import GENES
from musegnn import runs
from musegnn.access.settings import read_access
from musegnn.analysis.causal.cause_correlations import read_cause_correlations
from musegnn.cli.genes import read_names
from musegnn.cli.main import main
from musegnn.embeddings.atlas import Atlas, read_atlas
from musegnn.embeddings.ensemble import find_members, read_ensemble
from musegnn.errors import InputError, MuseGNNError
from musegnn.graphs.gene_graph import read_gene_graph
from musegnn.graphs.manifest import read_manifest
from musegnn.io.expression import read_expression
from musegnn.io.formats.registry import holds_fragments
from musegnn.io.fragments import count_fragments
from musegnn.io.gene_annotation import read_gene_annotation
from musegnn.io.orthologs import read_orthologs
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.knowledge.store import open_store
from musegnn.lineages.known_tree import parse_tree
from musegnn.molecules.assays import read_assays
from musegnn.molecules.context_graph import read_context
from musegnn.molecules.encoder_inputs import read_inputs
from musegnn.molecules.plain_encoder import read_plain_encoder
from musegnn.molecules.reading import read_molecules
from musegnn.molecules.structures import read_structure
from musegnn.runs.archive import import_run
from musegnn.runs.graph_sources import list_graphs
from musegnn.runs.inputs import read_question
from musegnn.runs.metrics import read_log_tail
from musegnn.runs.presets import read_settings
from musegnn.runs.request import read_request
from musegnn.runs.result import find_damage
from musegnn.runs.trash import list_deleted
from musegnn.screens.benchmarks import view as benchmarks_view
from musegnn.screens.causal import view_calibration, view_inference
from musegnn.screens.data import view_preview
from musegnn.screens.drugs.view import text_of
from musegnn.screens.enrichment import view as enrichment_view
from musegnn.screens.labels import view as labels_view
from musegnn.screens.parts.uploads import Upload
from musegnn.screens.properties import view as properties_view
from musegnn.screens.properties import view_file as properties_file
from musegnn.screens.runs import view_detail, view_graphs, view_list
from musegnn.screens.runs.view_curves import CurveTable
from musegnn.screens.runs.view_live_map import FrameStore
from musegnn.screens.shell import permalink
from musegnn.screens.shell.linked_content import read_list, read_selection
from musegnn.screens.shell.named_selections import NamedSelections
from musegnn.screens.shell.session_file import read_session
from musegnn.screens.shell.session_restore import restore
from musegnn.screens.shell.stored_content import ContentStore
from musegnn.targets.own_signature import signature_of_lists, signature_of_table
from musegnn.training.checkpoint import read_checkpoint


@dataclass(frozen=True)
class Room:
    """What a door may use besides the file.

    Parameters
    ----------
    folder
        Where this visitor's server keeps things.
    atlas
        The opened atlas.
    """

    folder: Path
    atlas: Atlas

    @property
    def runs(self) -> Path:
        """Folder of runs."""
        return self.folder / "runs"

    @property
    def knowledge(self) -> Path:
        """Folder of annotation."""
        return self.folder / "knowledge"


@dataclass(frozen=True)
class Door:
    """A way in.

    Parameters
    ----------
    formats
        Kinds of `honest.WRITERS` that come in here.
    enter
        Path and room in, what a visitor sees out.
    takes_bytes
        True where the browser sends the bytes, so that no link or device can be meant.
    is_typed
        True where a person names each file on a command line: there a link is theirs.
    shows_next
        What the next visitor asks for; it must not fail whatever was given before.
    """

    formats: tuple[str, ...]
    enter: Callable[[Path, Room], object]
    takes_bytes: bool = False
    is_typed: bool = False
    shows_next: Callable[[Room], object] | None = None


COUNTS = ("h5ad", "tenx_2", "tenx_3", "csv", "tsv", "r_table", "loom")
LISTS = ("gene list", "ranking")
_MOST_STRUCTURES = 200  # of one text
_MOST_FORETOLD = 20
MOST_FIELDS = 1000  # of an address that Streamlit hands to a page


def _preview(path: Path, room: Room) -> object:
    """Page Data: what a file holds."""
    upload = Upload.of(path.name, path.read_bytes())
    return view_preview.preview(upload)


def _fragments(path: Path, room: Room) -> object:
    """Command `graph`: a fragments file and an annotation, here both in a folder."""
    fragments = path / "fragments.tsv.gz"
    annotation = read_gene_annotation(path / "genes.gtf")
    return holds_fragments(fragments), count_fragments(fragments, annotation, minimum=1)


def _atlas(path: Path, room: Room) -> object:
    """Command `app`: an atlas, its models and its graphs."""
    atlas = read_atlas(path)
    folder = path if path.is_dir() else path.parent
    ensemble = read_ensemble(atlas.embedding, find_members(atlas.embedding))
    seen: list[object] = [atlas.embedding, ensemble, _asked(lambda: benchmarks(folder))]
    seen.append([atlas.search.find(name) for name in ("INS", "GCG")])
    return seen


def benchmarks(folder: Path) -> object:
    """Page Benchmarks: files beside an opened result."""
    return [benchmarks_view.build(path) for path in benchmarks_view.available(folder)[:1]]


def _kept_graph(path: Path, room: Room) -> object:
    """Page Runs: a gene graph."""
    return view_graphs.keep_graph(room.runs, path.read_bytes()), view_graphs.own_graphs(room.runs)


def _looked_at(path: Path, room: Room) -> object:
    """Page Runs on a folder of runs: the list, each run, its curves, map, log and trash."""
    records = runs.list_runs(path)
    seen: list[object] = [view_list.build(records, view_list.ListRequest()), records]
    seen += [view_list.full_table(records), list_deleted(path)]
    for record in records:
        curves = CurveTable().follow(record.folder)
        seen += [view_detail.build(record, curves), curves.as_table()]
        seen += [read_log_tail(record.folder), view_detail.config_json(record)]
        seen.append(_asked(lambda folder=record.folder: find_damage(folder / "result")))
        frames = FrameStore.open(record.folder)
        seen += [frames.view(epoch, colour="tissue") for epoch in frames.epochs]
        seen.append(frames.quality())
        if record.can_open:
            seen.append(_asked(lambda folder=record.folder: read_atlas(folder / "result")))
    return seen


def _imported(path: Path, room: Room) -> object:
    """Page Runs: a run as zip."""
    record = import_run(room.runs, BytesIO(path.read_bytes()))
    return record, _looked_at(room.runs, room)


def _linked(path: Path, room: Room) -> object:
    """Any page: its address."""
    text = path.read_text("utf-8", errors="surrogateescape")
    if text.count("&") >= MOST_FIELDS:
        return []  # a page never sees it: the server refuses so many
    linked = permalink.decode(dict(parse_qsl(text)))
    embedding, store = room.atlas.embedding, ContentStore(room.folder / "links")
    seen: list[object] = [linked]
    for value in list(linked.values.values()) or [text[:2000]]:
        seen.append(_asked(lambda value=value: read_list(value, store=store)))
        asked = {"atlas_id": embedding.id, "n_points": len(embedding.vectors), "store": store}
        seen.append(_asked(lambda value=value, asked=asked: read_selection(value, **asked)))
    return seen


def _stored(path: Path, room: Room) -> object:
    """Any page: the content that a link stands for."""
    store = ContentStore(path)
    names = [found.name.partition(".")[0] for found in sorted(path.rglob("*.json.gz"))]
    return [(store.get(name), read_list(name, store=store)) for name in names]


def _session(path: Path, room: Room) -> object:
    """Any page: *Load session*."""
    session = read_session(path.read_bytes())
    embedding = room.atlas.embedding
    return restore(session, vectors=embedding, named=NamedSelections(), known=room.atlas.names)


def _annotation(path: Path, room: Room) -> object:
    """Any page: the folder of annotation."""
    seen: list[object] = [_asked(lambda: read_gene_names(path))]
    store = open_store(path)
    for record in [] if store is None else store.tables():
        seen += [record, _asked(lambda name=record.name: store.table(name))]
    return seen


def _brought(kind: str) -> Callable[[Path, Room], object]:
    """Command `knowledge import`."""

    def enter(path: Path, room: Room) -> object:
        more = ["--annotation", str(path / "genes.gaf")] if path.is_dir() else []
        source = path / "go.obo" if path.is_dir() else path
        said = _command(
            *("knowledge", "import", str(source), "--name", "given", "--kind", kind, *more),
            *("--release", "1", "--licence", "CC0", "--to", str(room.knowledge)),
        )
        return said, _annotation(room.knowledge, room)

    return enter


def _uploaded_sets(path: Path, room: Room) -> object:
    """Page Enrichment: gene sets of one's own."""
    return enrichment_view.open_upload(path.read_bytes(), path.name, atlas=room.atlas)


def _structures(path: Path, room: Room) -> object:
    """Page Drugs and command `targets`: structures as SMILES or InChI, each asked for alone."""
    lines = text_of(path.read_bytes()).splitlines()[:_MOST_STRUCTURES]
    words = [line.split()[:1] for line in lines]
    return [_asked(lambda text=text: read_structure(text)) for word in words for text in word]


def _molecules(path: Path, room: Room) -> object:
    """Molecules of one's own: a list, a table or records of SDF."""
    return read_molecules(text_of(path.read_bytes()), most=_MOST_STRUCTURES)


def _properties(path: Path, room: Room) -> object:
    """Page Properties: a file of molecules, looked at whole where it holds few."""
    held = properties_file.look(Upload.of(path.name, path.read_bytes()), most=_MOST_FORETOLD)
    return held.n_rows, held.text and properties_view.ask(held.text, properties_view.open_heads())


def _embedded(path: Path) -> object:
    """Command `molecules embed --encoder`: the encoder of a run, and what it makes of molecules."""
    return read_plain_encoder(path).encode(read_inputs(["CC(=O)Oc1ccccc1C(=O)O", "CCCCCO"]))


def _lists(path: Path, room: Room) -> object:
    """Command `targets --up --down`: genes that go up, and the same down."""
    names = read_names(str(path)).replace(",", " ").replace(";", " ").split()
    return signature_of_lists(names[::2], names[1::2], GENES, read_gene_names(None))


def _changes(path: Path, room: Room) -> object:
    """Page Drugs: a table of genes and changes."""
    return signature_of_table(text_of(path.read_bytes()), GENES, read_gene_names(None))


def _tree(path: Path, room: Room) -> object:
    """Page Lineages and command `lineage`: what is known of the order."""
    return parse_tree(text_of(path.read_bytes()))


def _command(*arguments: str) -> str:
    """Run a command and return what it printed; `InputError` when it refuses.

    Raises
    ------
    InputError
        If the command ends with a code that is not 0.
    """
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        try:
            code = main(list(arguments))
        except SystemExit as end:
            code = int(end.code or 0)
    if code:
        raise InputError(said.getvalue())
    return said.getvalue()


def _asked(ask: Callable[[], object]) -> object:
    """What a visitor sees of one part of a page: the answer, or the sentence in its place."""
    try:
        return ask()
    except MuseGNNError as error:
        return str(error)


def _in_folder(read: Callable[[Path], Any]) -> Callable[[Path, Room], object]:
    """Door of a reader that takes the folder of the file."""
    return lambda path, room: read(path.parent)


def _of(read: Callable[[Path], Any]) -> Callable[[Path, Room], object]:
    """Door of a reader that takes the path alone."""
    return lambda path, room: read(path)


DOORS: dict[str, Door] = {
    "page Data": Door((*COUNTS, "counts zip", "counts tar"), _preview, takes_bytes=True),
    "command graph": Door((*COUNTS, "mtx", "old_mtx"), _of(read_expression), is_typed=True),
    "fragments": Door(("fragments",), _fragments, is_typed=True),
    "annotation of peaks": Door(("bodies", "bodies bed"), _of(read_gene_annotation)),
    "orthologs": Door(("orthologs",), _of(read_orthologs)),
    "datasets": Door(
        ("datasets",), lambda path, room: read_manifest(path / "datasets.tsv"), is_typed=True
    ),
    "command app": Door(("embedding", "result"), _atlas),
    "command neighbours": Door(
        ("embedding",), lambda path, room: _command("neighbours", str(path), "INS")
    ),
    "graph": Door(("graph",), _of(read_gene_graph)),
    "graphs": Door(("graphs",), _of(list_graphs)),
    "own graphs": Door(
        ("graph",),
        _kept_graph,
        takes_bytes=True,
        shows_next=lambda room: view_graphs.own_graphs(room.runs),
    ),
    "checkpoint": Door(("checkpoint",), _of(read_checkpoint)),
    "page Runs": Door(("runs",), _looked_at),
    "run zip": Door(
        ("run zip",),
        _imported,
        takes_bytes=True,
        shows_next=lambda room: _looked_at(room.runs, room),
    ),
    "access": Door(("access",), _of(read_access)),
    "session": Door(("session",), _session, takes_bytes=True),
    "address": Door(("link",), _linked, takes_bytes=True),
    "stored link": Door(("stored link",), _stored),
    "request": Door(
        ("request",), lambda path, room: read_request(path / "request.yaml"), is_typed=True
    ),
    "settings": Door(("preset",), _of(read_settings)),
    "annotation": Door(("knowledge",), _annotation),
    **{
        f"import of {kind}": Door(
            formats,
            _brought(kind),
            is_typed=True,
            shows_next=lambda room: _annotation(room.knowledge, room),
        )
        for kind, formats in {
            "regulation": ("regulation",),
            "interactions": ("interactions",),
            "gene sets": ("gene sets", "packed gene sets", "ontology"),
            "gene list": ("gene list",),
            "expression profiles": ("profiles",),
        }.items()
    },
    "page Enrichment": Door(("gene sets", "packed gene sets"), _uploaded_sets, takes_bytes=True),
    "lists of a signature": Door(LISTS, _lists, is_typed=True),
    "page Drugs": Door(("changes", "ranking"), _changes, takes_bytes=True),
    "structures": Door(("structures",), _structures, takes_bytes=True),
    "page Properties": Door(("structures", "assay", "sdf"), _properties, takes_bytes=True),
    "molecules": Door(("structures", "assay", "sdf"), _molecules, takes_bytes=True),
    "assays": Door(("assay",), _of(read_assays), is_typed=True),
    "tree": Door(("tree",), _tree, takes_bytes=True),
    "context graph": Door(("context graph",), _of(read_context)),
    "encoder": Door(("encoder",), _of(_embedded), is_typed=True),
    "names": Door(LISTS, lambda path, room: read_names(str(path))),
    "page Benchmarks": Door(("comparison",), _of(benchmarks_view.build)),
    "correlations": Door(("correlations",), _of(read_cause_correlations)),
    "page Labels": Door(
        ("classification",), _in_folder(lambda p: labels_view.read_classifier(p, has_list=False))
    ),
    "page Causal": Door(("edges",), _in_folder(view_inference.read_discovery)),
    "calibration": Door(("comparison", "edges"), _of(view_calibration.build)),
    "question": Door(("edges", "session"), _of(read_question)),
}
