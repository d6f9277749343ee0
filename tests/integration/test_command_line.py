"""The command line from real counts to neighbours."""

from __future__ import annotations

import json
import re
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

from musegnn import __version__, keys
from musegnn.embeddings.co_expression import EDGE, NOT_SIGNIFICANT
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.embeddings.neighbours import nearest_neighbours
from musegnn.graphs import read_gene_graph
from tests.command_line import DATASETS, HUMAN, list_all, musegnn, musegnn_process


def test_graphs_hold_the_wanted_genes_and_say_what_was_done(graphs: dict[str, Path]) -> None:
    for name, _, species, tissue, n_genes in DATASETS:
        graph = read_gene_graph(graphs[name])
        assert (graph.name, graph.species, graph.tissue) == (name, species, tissue)
        assert graph.n_genes == n_genes
        assert graph.n_edges > n_genes
        assert graph.provenance["n_cells"] > 100


def test_a_run_leaves_a_complete_result(run_folder: Path, graphs: dict[str, Path]) -> None:
    result = run_folder / "result"
    assert sorted(path.name for path in run_folder.iterdir()) == [
        *("checkpoint.safetensors", "config.json", "launch.json", "metrics.jsonl"),
        *("provenance.json", "request.json", "result", "run.lock", "seen.json", "status.json"),
    ]
    manifest = json.loads((result / keys.MANIFEST_FILE).read_text())
    files = {name for name in list_all(result) if (result / name).is_file()}
    assert set(manifest["files"]) == files - {keys.MANIFEST_FILE}
    assert files >= {f"graphs/{name}.h5ad" for name in graphs}
    assert len((run_folder / "metrics.jsonl").read_text().splitlines()) == 3


def test_the_embedding_holds_every_gene_of_every_graph(
    embedding: EmbeddingSet, graphs: dict[str, Path]
) -> None:
    assert embedding.vectors.shape == (240, 32)
    assert embedding.name == "first"
    for name, path in graphs.items():
        rows = embedding.rows_of_dataset(name)
        genes = read_gene_graph(path).genes[keys.GENE]
        assert embedding.genes[keys.GENE].iloc[rows].tolist() == genes.tolist()
    assert np.isfinite(embedding.vectors).all()
    assert np.isfinite(embedding.layout).all()


def test_neighbours_as_json_are_those_of_the_function(
    embedding_path: Path, embedding: EmbeddingSet
) -> None:
    answer = musegnn("neighbours", embedding_path, "INS", "--dataset", "islets", "-k", 7, "--json")
    assert (answer.code, answer.err) == (0, "")
    (result,) = json.loads(answer.out)
    assert (result["gene"], result["dataset"]) == ("INS", "islets")
    row = embedding.row("INS", "islets")
    assert row is not None
    expected = nearest_neighbours(embedding, row, k=7)
    found = pd.DataFrame(result["neighbours"])
    assert found["gene"].tolist() == embedding.genes[keys.GENE].iloc[expected["row"]].tolist()
    for column in ("cosine", "rank", "percentile", "mutual"):
        assert found[column].tolist() == expected[column].tolist()


def test_co_expression_beside_the_neighbours_is_that_of_the_graph(
    embedding_path: Path, graphs: dict[str, Path]
) -> None:
    answer = musegnn("neighbours", embedding_path, "INS", "--dataset", "islets", "-k", 99, "--json")
    found = pd.DataFrame(json.loads(answer.out)[0]["neighbours"]).set_index("gene")
    graph = read_gene_graph(graphs["islets"])
    genes = graph.genes[keys.GENE].tolist()
    row = genes.index("INS")
    assert len(found) == 99
    assert {EDGE, NOT_SIGNIFICANT} <= set(found["co_expression"])
    for column, gene in enumerate(genes):
        if gene == "INS":
            continue
        is_edge = bool(graph.adjacency[row, column])
        assert (found.loc[gene, "co_expression"] == EDGE) == is_edge
        if is_edge:
            exact = graph.statistic[row, column]  # the file beside the result keeps two decimals
            assert found.loc[gene, "statistic"] == pytest.approx(exact, abs=5.1e-3)
        else:
            assert pd.isna(found.loc[gene, "statistic"])  # a compact graph keeps edges only


def test_the_table_shows_the_numbers_of_the_json(embedding_path: Path) -> None:
    question = ("neighbours", embedding_path, "INS", "-k", 4)
    table, values = musegnn(*question), json.loads(musegnn(*question, "--json").out)
    assert (table.code, table.err) == (0, "")
    *blocks, sources = table.out.strip().split("\n\n")
    assert "pathway: Reactome pathways (reactome_2016, release 2016)" in sources
    assert len(blocks) == len(values) == 2  # human insulin and its mouse ortholog
    for block, result in zip(blocks, values, strict=True):
        title, header, *lines, chance = block.splitlines()
        assert chance.startswith("Of the 4 nearest, against")
        words = f"{result['gene']} in {result['dataset']}, reliability: {result['reliability']}"
        assert title == words
        assert header.split()[:5] == ["gene", "cosine", "rank", "percentile", "mutual"]
        for line, neighbour in zip(lines, result["neighbours"], strict=True):
            assert line.split()[:5] == [
                neighbour["gene"],
                f"{neighbour['cosine']:.3f}",
                str(neighbour["rank"]),
                f"{neighbour['percentile']:.1f}",
                str(neighbour["mutual"]),
            ]


def test_a_gene_is_found_in_all_contexts_by_symbol_ensembl_id_and_ortholog(
    embedding_path: Path,
) -> None:
    answers = {
        gene: [
            (result["gene"], result["dataset"])
            for result in json.loads(musegnn("neighbours", embedding_path, gene, "--json").out)
        ]
        for gene in ("INS", "ins", "ENSG00000254647", "Ins1")
    }
    for found in answers.values():
        assert found == [("INS", "islets"), ("Ins1", "mouse_islets")]


def test_without_the_graphs_the_table_says_so(embedding_path: Path, tmp_path: Path) -> None:
    alone = tmp_path / "embedding.h5ad"
    alone.write_bytes(embedding_path.read_bytes())
    answer = musegnn("neighbours", alone, "INS", "--json", "-k", 2)
    assert answer.code == 0
    neighbour = json.loads(answer.out)[0]["neighbours"][0]
    assert neighbour["co_expression"] == "no graph at hand"
    assert neighbour["statistic"] is None


def test_without_graphs_and_annotation_the_neighbours_are_listed_and_nothing_is_counted(
    embedding_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    alone = tmp_path / "embedding.h5ad"
    alone.write_bytes(embedding_path.read_bytes())
    answer = musegnn("neighbours", alone, "INS", "-k", 2)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.count("reliability") >= 2
    assert "Of the" not in answer.out


def test_the_version_is_told() -> None:
    assert musegnn("--version") == (0, f"musegnn {__version__}\n", "")


def test_a_compact_graph_is_small_and_trains(
    graphs: dict[str, Path], good: Path, tmp_path: Path
) -> None:
    command = ("graph", good, *HUMAN, "--genes", 60, "--name", "small")
    assert musegnn(*command, "-o", tmp_path / "full.h5ad").code == 0
    assert musegnn(*command, "--compact", "-o", tmp_path / "small.h5ad").code == 0
    full, compact = (read_gene_graph(tmp_path / f"{name}.h5ad") for name in ("full", "small"))
    assert np.array_equal(full.edge_index, compact.edge_index)
    assert (tmp_path / "small.h5ad").stat().st_size < (tmp_path / "full.h5ad").stat().st_size
    answer = musegnn(
        *("train", tmp_path / "small.h5ad", graphs["pbmc"], "-o", tmp_path / "run"),
        *("--epochs", 1, "--name", "mine", "--device", "cpu"),
    )
    assert answer.code == 0
    assert read_embedding_set(tmp_path / "run" / "result").name == "mine"


def test_names_are_brought_up_to_date_without_a_folder_of_tables(good: Path, tmp_path: Path):
    answer = musegnn("graph", good, *HUMAN, "--knowledge", tmp_path, "-o", tmp_path / "a.h5ad")
    assert answer.code == 0
    assert "gene names: 2 renamed (GNB2L1 -> RACK1, H3F3A -> H3-3A)" in answer.err
    assert read_gene_graph(tmp_path / "a.h5ad").name == "good"


def test_every_step_works_in_a_process_of_its_own_under_another_hash_seed(
    shared: Path, graphs: dict[str, Path], embedding: EmbeddingSet, tmp_path: Path
) -> None:
    name, file, species, tissue, n_genes = DATASETS[0]
    answer = musegnn_process(
        *("graph", shared / "data" / "scrna" / f"{file}.h5ad", "--name", name),
        *("--species", species, "--tissue", tissue, "--modality", "scrna"),
        *("--genes", n_genes, "--knowledge", shared / "knowledge", "-o", tmp_path / "a.h5ad"),
        hash_seed="1",
    )
    assert (answer.code, answer.out) == (0, "")
    assert "Warning" not in answer.err
    files = [tmp_path / "a.h5ad", graphs["mouse_islets"], graphs["pbmc"]]
    answer = musegnn_process(
        *("train", *files, "-o", tmp_path / "run", "--epochs", 3, "--device", "cpu"), hash_seed="1"
    )
    assert (answer.code, answer.out) == (0, "")
    assert "Warning" not in answer.err
    assert "training: 3/3, 0 s left" in answer.err
    again = read_embedding_set(tmp_path / "run" / "result")
    assert again.vectors.tobytes() == embedding.vectors.tobytes()
    assert again.layout.tobytes() == embedding.layout.tobytes()
    answer = musegnn_process("neighbours", again.path, "INS", "--json", hash_seed="2")
    assert (answer.code, answer.err) == (0, "")
    assert len(json.loads(answer.out)) == 2


def test_the_same_seed_gives_the_same_bytes_whatever_the_order_of_the_files(
    graphs: dict[str, Path], embedding: EmbeddingSet, tmp_path: Path
) -> None:
    for name, files in (("same", graphs.values()), ("turned", reversed(graphs.values()))):
        musegnn("train", *files, "-o", tmp_path / name, "--epochs", 3, "--device", "cpu")
        again = read_embedding_set(tmp_path / name / "result")
        assert again.vectors.tobytes() == embedding.vectors.tobytes()
        assert again.layout.tobytes() == embedding.layout.tobytes()
        assert again.genes.equals(embedding.genes)
    musegnn(
        *("train", *graphs.values(), "-o", tmp_path / "other"),
        *("--epochs", 3, "--device", "cpu", "--seed", 1),
    )
    other = read_embedding_set(tmp_path / "other" / "result")
    assert other.vectors.tobytes() != embedding.vectors.tobytes()


def test_peaks_become_gene_activities_with_an_annotation_and_are_refused_without(
    shared: Path, tmp_path: Path
) -> None:
    peaks = shared / "data/multiome/human_pbmc_atac_small_peaks.h5ad"
    context = ("--species", "human", "--tissue", "blood", "--modality", "scatac")
    answer = musegnn("graph", peaks, *context, "-o", tmp_path / "a.h5ad")
    assert answer.code == 2
    assert "chromatin peaks. Give gene bodies with `--annotation" in answer.err
    data = anndata.read_h5ad(peaks)
    symbols = anndata.read_h5ad(
        shared / "data/multiome/human_pbmc_atac_small_gene_activity.h5ad", backed="r"
    ).var_names
    bed = tmp_path / "genes.bed"
    lines = []
    for i, name in enumerate(data.var_names):
        chromosome, start, end = re.split(r"[:_-]", name)
        lines.append(f"{chromosome}\t{start}\t{end}\t{symbols[i]}\t0\t+")
    bed.write_text("\n".join(lines) + "\n", encoding="utf-8")
    answer = musegnn("graph", peaks, *context, "--annotation", bed, "-o", tmp_path / "a.h5ad")
    assert answer.code == 0, answer.err
    assert read_gene_graph(tmp_path / "a.h5ad").n_genes > 100


def test_neighbours_say_which_block_brings_them(atlas_folder: Path, module_knowledge: Path) -> None:
    asked = ("neighbours", atlas_folder, "CD3E", "--dataset", "blood_human", "-k", "6")
    known = ("--knowledge", module_knowledge)
    (printed,) = json.loads(musegnn(*asked, *known, "--blocks", "cells+studies", "--json").out)
    assert {row["brought_by"] for row in printed["neighbours"]} <= {
        *("your cells", "other studies", "both")
    }
    assert printed["studies_terms"] == 12
    assert printed["studies_weight"] == 0.4
    assert printed["studies_know_the_gene"]
    answer = musegnn(*asked, *known, "--blocks", "studies")
    assert "Other studies: gene sets of 5 to 500 genes" in answer.out
    assert "brought_by" not in musegnn(*asked, *known).out
    refused = musegnn(*asked, "--knowledge", module_knowledge / "none", "--blocks", "studies")
    assert refused.code != 0
    assert "Run `musegnn knowledge fetch" in refused.err
