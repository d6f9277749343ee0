"""`musegnn knowledge` and the evidence of `musegnn neighbours`, as a person types them."""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest

from musegnn.analysis.neighbours.gene_evidence import GeneEvidence
from musegnn.analysis.neighbours.gene_neighbours import NeighbourRequest, find_neighbours
from musegnn.embeddings.co_expression import read_context_graph
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.knowledge.catalogue import find_entry, read_catalogue
from musegnn.knowledge.evidence import EvidenceIndex
from musegnn.knowledge.store import open_store
from tests.command_line import musegnn
from tests.ui_fixtures import MODULES


@pytest.fixture
def mirror(tmp_path: Path):
    """Folder served over HTTP, and its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    folder = tmp_path / "mirror"
    folder.mkdir()
    handler = functools.partial(Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


def test_the_list_names_what_is_here_and_what_can_be_had(knowledge_folder, monkeypatch):
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(knowledge_folder))
    answer = musegnn("knowledge", "list", "--json")
    assert (answer.code, answer.err) == (0, "")
    tables = pd.DataFrame(json.loads(answer.out)["tables"]).set_index("name")
    assert len(tables) == len(read_catalogue())
    assert tables.loc["reactome_2016", "state"] == "here"
    assert tables.loc["kegg_2016", "state"] == "can be fetched"
    assert tables.loc["progeny_human", "state"] == "import only"
    assert (tables[["licence", "source", "release"]] != "").all(axis=None)
    text = musegnn("knowledge", "list").out
    assert "4 tables in" in text
    assert "can be fetched" in text


def test_a_list_without_a_folder_says_where_it_would_be(tmp_path, monkeypatch):
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    answer = musegnn("knowledge", "list")
    assert answer.code == 0
    assert f"0 tables in {tmp_path / 'musegnn' / 'knowledge'}, which is not there yet" in answer.out


def test_a_public_table_is_fetched_from_a_mirror_and_opens(mirror, shared, tmp_path, monkeypatch):
    folder, address = mirror
    entry = find_entry("hi_ii_14")
    content = gzip.decompress((shared / "knowledge" / "HI-II-14.tsv.gz").read_bytes())
    assert hashlib.sha256(content).hexdigest() == entry.sha256  # as its publisher serves it
    (folder / entry.file).write_bytes(content)
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    answer = musegnn("knowledge", "fetch", "hi_ii_14", "--url-base", address)
    assert (answer.code, answer.err) == (0, "")
    assert "fetched" in answer.out
    assert "licence: unstated" in answer.out
    store = open_store(tmp_path / "musegnn" / "knowledge")
    assert store is not None
    assert store.record("hi_ii_14").release == "2014"
    assert len(store.interactions()) > 10_000
    again = musegnn("knowledge", "fetch", "hi_ii_14", "--url-base", address)
    assert "is there already" in again.out


def test_a_wrong_file_is_refused(mirror, tmp_path):
    folder, address = mirror
    (folder / "HI-II-14.tsv").write_bytes(b"something else")
    answer = musegnn(
        "knowledge", "fetch", "hi_ii_14", "--url-base", address, "--to", tmp_path / "k"
    )
    assert answer.code == 2
    assert "with sha256" in answer.err
    assert list((tmp_path / "k").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fetch", "reactome"), "Did you mean 'reactome_2016'"),
        (("fetch", "progeny_mouse"), "R data only"),
        (("fetch", "kegg_2016", "--url-base", "file:///x"), "starts with http://"),
        (("import", "none.gmt", "--name", "a", "--kind", "gene sets"), "found no file"),
        (("import", "none.gmt", "--name", "a", "--kind", "sets"), "Did you mean 'gene sets'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(tmp_path, arguments, message):
    more = ("--release", "1", "--licence", "CC0") if arguments[0] == "import" else ()
    answer = musegnn("knowledge", *arguments, *more, "--to", tmp_path / "k")
    assert answer.code == 2
    assert message in answer.err
    assert answer.err.count("\n") == 1
    assert not (tmp_path / "k").exists()


def test_an_imported_table_is_evidence_for_neighbours(atlas_folder, tmp_path):
    edges = tmp_path / "mine.tsv"
    edges.write_text("source\ttarget\tweight\tPMID\nNKX2-2\tINS\t-1\t42\n", encoding="utf-8")
    origin = ("--release", "2026-01", "--licence", "CC0", "--source", "our screen")
    kind = ("--name", "mine", "--kind", "regulation")
    answer = musegnn("knowledge", "import", edges, *kind, *origin, "--to", tmp_path / "k")
    assert (answer.code, answer.err) == (0, "")
    assert "1 rows of regulation" in answer.out
    question = ("neighbours", atlas_folder, "INS", "--dataset", "pancreas_human", "-k", 300)
    answer = musegnn(*question, "--knowledge", tmp_path / "k", "--json")
    (result,) = json.loads(answer.out)
    table = pd.DataFrame(result["neighbours"]).set_index("gene")
    assert table.loc["NKX2-2", "why"].startswith("NKX2-2 represses INS")
    assert "42" in table.loc["NKX2-2", "regulation"]
    assert result["sources"]["regulation"] == ["our screen (mine, release 2026-01)"]


def test_the_command_gives_the_numbers_of_the_function(atlas_folder, knowledge_folder):
    embedding = read_embedding_set(atlas_folder)
    row = embedding.row("INS", "pancreas_human")
    request = NeighbourRequest(row, k=9, scope="other tissues", minimum_cosine=0.1)
    index = EvidenceIndex(open_store(knowledge_folder))
    evidence = GeneEvidence(embedding, GeneSearch(embedding).ortholog_groups, index)
    graph = read_context_graph(embedding, "pancreas_human")
    expected = find_neighbours(request, embedding=embedding, evidence=evidence, graph=graph)
    question = ("neighbours", atlas_folder, "INS", "--dataset", "pancreas_human", "-k", 9)
    question += ("--scope", "other tissues", "--minimum-cosine", "0.1")
    question += ("--knowledge", knowledge_folder)
    (result,) = json.loads(musegnn(*question, "--json").out)
    found = pd.DataFrame(result["neighbours"])
    for column in ("gene", "context", "cosine", "rank", "percentile", "mutual", "why", "pathways"):
        assert found[column].tolist() == expected.neighbours[column].tolist()
    assert pd.DataFrame(result["background"])["p"].tolist() == expected.background["p"].tolist()
    text = musegnn(*question).out
    assert "INS in pancreas_human" in text
    assert "(hypergeometric): interaction" in text
    assert "pathway: Reactome pathways (reactome_2016" in text
    nothing = musegnn(*question, "--evidence", "interaction", "--minimum-cosine", "0.999").out
    assert "no neighbour meets the filters" in nothing


def test_an_ontology_becomes_a_library_that_can_be_asked(tmp_path, atlas_folder, monkeypatch):
    genes = MODULES["islet"].split()
    ontology = "format-version: 1.2\n\n[Term]\nid: X:1\nname: any islet\n\n"
    ontology += "[Term]\nid: X:2\nname: alpha\nis_a: X:1\n"
    (tmp_path / "x.obo").write_text(ontology)
    lines = ["\t".join(["U", "P", gene, "", "X:2", "r", "IDA"]) for gene in genes]
    (tmp_path / "x.gaf").write_text("!gaf-version: 2.2\n" + "\n".join(lines) + "\n")
    origin = ("--kind", "gene sets", "--release", "2026", "--licence", "CC0")
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(tmp_path / "store"))
    command = ("knowledge", "import", str(tmp_path / "x.obo"), "--name", "mine", *origin)
    store = ("--to", str(tmp_path / "store"))
    alone = musegnn(*command, *store)
    assert (alone.code, alone.out) == (2, "")
    assert "with an annotation (.gaf)" in alone.err
    answer = musegnn(*command, *store, "--annotation", str(tmp_path / "x.gaf"))
    assert (answer.code, answer.err) == (0, "")
    assert "mine: 2 terms of gene sets" in answer.out
    (tmp_path / "genes.txt").write_text("\n".join(genes[:10]))
    found = musegnn(
        *("enrich", str(atlas_folder), "--genes", str(tmp_path / "genes.txt")),
        *("--context", "pancreas_human", "--library", "mine", "--json"),
    )
    assert found.code == 0, found.err
    assert "any islet (X:1)" in found.out


def test_a_fetch_without_names_gets_what_is_missing(fresh_machine, tmp_path, monkeypatch, mirror):
    _, address = mirror
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(tmp_path / "own"))
    said = musegnn("knowledge", "list").out
    assert "6 of 15 kinds of tables are at hand. Missing: pathways, hallmarks," in " ".join(
        said.split()
    )
    answer = musegnn("knowledge", "fetch", "--url-base", address)
    assert answer.code != 0  # the mirror has none of them
    assert "licence:" in answer.err
    assert "collectri: size not told" in answer.err
    assert "drugbank_targets: " in answer.err
