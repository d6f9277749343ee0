"""The command line from real counts to neighbours, and every input it must refuse."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from musegnn import __version__, keys
from musegnn.cli.main import main
from musegnn.embeddings import EmbeddingSet, nearest_neighbours, read_embedding_set
from musegnn.graphs import read_gene_graph
from tests.toy_counts import most_expressed, read_public, write_counts

REPOSITORY = Path(__file__).parents[2]
HUMAN = ("--species", "human", "--tissue", "pancreas", "--modality", "scrna")
DATASETS = (
    ("islets", "human_pancreas_baron", "human", "pancreas", 100),
    ("mouse_islets", "mouse_pancreas_baron", "mouse", "pancreas", 80),
    ("pbmc", "human_pbmc4k_10x", "human", "blood", 60),
)


class Answer(NamedTuple):
    """What a command gave back."""

    code: int
    out: str
    err: str


def musegnn(*arguments: object) -> Answer:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:  # argparse
            code = int(stop.code or 0)
    return Answer(code, out.getvalue(), err.getvalue())


def musegnn_process(*arguments: object, hash_seed: str = "random") -> Answer:
    """Run a command as a user does, with Python's own warnings."""
    done = subprocess.run(
        [sys.executable, "-m", "musegnn.cli.main", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONHASHSEED": hash_seed},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def list_all(folder: Path) -> list[str]:
    """Every file and folder below, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def expect_refused(answer: Answer, message: str) -> None:
    """Exit code 2, and one line that says what was expected, what was found, what to do."""
    lines = answer.err.splitlines()
    assert len(lines) == 1, answer.err
    assert re.match(r"musegnn (graph|train|neighbours): [A-Z`].*[.?]$", lines[0])
    assert re.search(message, lines[0]), lines[0]
    assert answer.out == ""
    assert answer.code == 2


@pytest.fixture(scope="module")
def graphs(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three small graphs of real cells, built by the command."""
    folder = tmp_path_factory.mktemp("graphs")
    paths = {}
    for name, file, species, tissue, n_genes in DATASETS:
        paths[name] = folder / f"{name}.h5ad"
        answer = musegnn(
            *("graph", shared / "data" / "scrna" / f"{file}.h5ad", "--name", name),
            *("--species", species, "--tissue", tissue, "--modality", "scrna"),
            *("--genes", n_genes, "--knowledge", shared / "knowledge", "-o", paths[name]),
        )
        assert answer.code == 0, answer.err
    return paths


@pytest.fixture(scope="module")
def run_folder(graphs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Result of three epochs on the three graphs."""
    folder = tmp_path_factory.mktemp("runs") / "first"
    answer = musegnn("train", *graphs.values(), "-o", folder, "--epochs", 3, "--device", "cpu")
    assert answer.code == 0, answer.err
    return folder


@pytest.fixture(scope="module")
def embedding_path(run_folder: Path) -> Path:
    return run_folder / "result" / keys.EMBEDDING_FILE


@pytest.fixture(scope="module")
def embedding(embedding_path: Path) -> EmbeddingSet:
    return read_embedding_set(embedding_path)


@pytest.fixture(scope="module")
def good(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real counts of the 120 most expressed genes of human islets."""
    data = read_public(shared, "human_pancreas_baron")
    data = data[:, most_expressed(data, 120)].copy()
    path = tmp_path_factory.mktemp("counts") / "good.h5ad"
    data.write_h5ad(path)
    return path


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
        *("config.json", "metrics.jsonl", "provenance.json", "result"),
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
    assert {"edge", "not significant"} <= set(found["co_expression"])
    for column, gene in enumerate(genes):
        if gene == "INS":
            continue
        is_edge = bool(graph.adjacency[row, column])
        assert (found.loc[gene, "co_expression"] == "edge") == is_edge
        if is_edge:
            assert found.loc[gene, "statistic"] == pytest.approx(graph.statistic[row, column])
        else:
            assert pd.isna(found.loc[gene, "statistic"])  # a compact graph keeps edges only


def test_the_table_shows_the_numbers_of_the_json(embedding_path: Path) -> None:
    question = ("neighbours", embedding_path, "INS", "-k", 4)
    table, values = musegnn(*question), json.loads(musegnn(*question, "--json").out)
    assert (table.code, table.err) == (0, "")
    blocks = table.out.strip().split("\n\n")
    assert len(blocks) == len(values) == 2  # human insulin and its mouse ortholog
    for block, result in zip(blocks, values, strict=True):
        title, header, *lines = block.splitlines()
        assert title == f"{result['gene']} in {result['dataset']}"
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


def test_missing_name_tables_are_told_and_the_graph_is_built(good: Path, tmp_path: Path) -> None:
    answer = musegnn("graph", good, *HUMAN, "--knowledge", tmp_path, "-o", tmp_path / "a.h5ad")
    assert answer.code == 0
    assert "gene names: no tables at hand" in answer.err
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


# --- counts that cannot be used -------------------------------------------------------------


def change_counts(
    change: Callable[[np.ndarray, list[str]], tuple[np.ndarray, list[str]]],
) -> Callable[[Path, Path], None]:
    """Write a file whose dense counts or names were changed."""

    def write(good: Path, path: Path) -> None:
        data = anndata.read_h5ad(good)
        counts, names = change(data.X.toarray().astype(np.float32), data.var_names.tolist())
        write_counts(path, counts, names)

    return write


def with_value(value: float) -> Callable[[Path, Path], None]:
    """Replace one count."""

    def change(counts: np.ndarray, names: list[str]) -> tuple[np.ndarray, list[str]]:
        counts[3, 3] = value
        return counts, names

    return change_counts(change)


def cut_in_half(good: Path, path: Path) -> None:
    path.write_bytes(good.read_bytes()[: good.stat().st_size // 2])


def edit(change: Callable[[h5py.File], None]) -> Callable[[Path, Path], None]:
    """Change the parts of a good file."""

    def write(good: Path, path: Path) -> None:
        path.write_bytes(good.read_bytes())
        with h5py.File(path, "a") as file:
            change(file)

    return write


def without_names(file: h5py.File) -> None:
    del file["var"]


def with_index_outside(file: h5py.File) -> None:
    file["X/indices"][0] = 10**6


def with_unknown_encoding(file: h5py.File) -> None:
    file["X"].attrs["encoding-type"] = "of another program"


def cells_only(good: Path, path: Path) -> None:
    anndata.AnnData(obs=anndata.read_h5ad(good).obs).write_h5ad(path)


BAD_COUNTS = {
    "missing": (lambda _, path: None, "at .*bad.h5ad, found no file. Check the path"),
    "no_h5ad": (lambda _, path: path.write_text("cell,INS\n"), "found another format in .*Save it"),
    "empty": (lambda _, path: path.touch(), "found an empty file.*Copy or export"),
    "truncated": (cut_in_half, "found a file that is cut off.*Copy or download"),
    "damaged": (edit(with_index_outside), "found one that anndata cannot read.*Write it again"),
    "encoding": (edit(with_unknown_encoding), "found one that anndata cannot read"),
    "folder": (lambda _, path: path.mkdir(), "found no file"),
    "cells_only": (cells_only, "Expected genes in the columns, found none.*Check"),
    "no_names": (
        edit(without_names),
        "Expected human gene names, recognised 0 %.*Use gene symbols",
    ),
    "logarithm": (
        change_counts(lambda counts, names: (np.log1p(counts), names)),
        r"Expected raw counts .* found values that are no integers.*Save the raw counts",
    ),
    "negative": (with_value(-1), "found negative values.*Save the raw counts"),
    "missing_value": (with_value(np.nan), "found NaN or infinite values.*Save the raw counts"),
    "zeros": (
        change_counts(lambda counts, names: (counts * 0, names)),
        "found only zeros.*Save the raw counts",
    ),
    "one_cell": (
        change_counts(lambda counts, names: (counts[:1], names)),
        "Expected at least 3 cells, found 1 cell.*a few hundred or more",
    ),
    "duplicates": (
        change_counts(lambda counts, names: (counts, [names[1], *names[1:]])),
        "Expected each gene name once, found 1 repeated.*Sum or rename",
    ),
    "unknown_genes": (
        change_counts(lambda counts, names: (counts, [f"foo_{i}" for i in range(len(names))])),
        "Expected human gene names, recognised 0 %.*Use gene symbols",
    ),
    "mouse_genes": (
        change_counts(lambda counts, names: (counts, [name.capitalize() for name in names])),
        "Expected human gene names.*They look like mouse genes: choose that species",
    ),
    "all_filtered": (
        change_counts(
            lambda counts, names: (counts * (np.arange(len(counts)) < 2)[:, None], names)
        ),
        "Expected at least 3 cells after quality control, found 2.*Check",
    ),
}


@pytest.mark.filterwarnings("ignore:Variable names are not unique")
@pytest.mark.parametrize("case", BAD_COUNTS)
def test_counts_that_cannot_be_used_give_one_sentence_and_leave_nothing(
    case: str, good: Path, tmp_path: Path
) -> None:
    write, message = BAD_COUNTS[case]
    bad = tmp_path / "bad.h5ad"
    write(good, bad)
    before = list_all(tmp_path)
    answer = musegnn("graph", bad, *HUMAN, "-o", tmp_path / "new" / "out.h5ad")
    expect_refused(answer, message)
    assert list_all(tmp_path) == before


@pytest.mark.filterwarnings("ignore:Variable names are not unique")
@pytest.mark.parametrize("case", ["duplicates", "truncated", "one_cell"])
def test_the_sentence_stands_alone_in_a_process_of_its_own_too(
    case: str, good: Path, tmp_path: Path
) -> None:
    write, message = BAD_COUNTS[case]
    write(good, tmp_path / "bad.h5ad")
    answer = musegnn_process("graph", tmp_path / "bad.h5ad", *HUMAN, "-o", tmp_path / "out.h5ad")
    expect_refused(answer, message)
    assert list_all(tmp_path) == ["bad.h5ad"]


def test_half_of_a_real_file_leaves_an_older_output_as_it_was(shared: Path, tmp_path: Path) -> None:
    cut_in_half(shared / "data" / "scrna" / "human_pbmc4k_10x.h5ad", tmp_path / "bad.h5ad")
    (tmp_path / "out.h5ad").write_text("older")
    answer = musegnn("graph", tmp_path / "bad.h5ad", *HUMAN, "-o", tmp_path / "out.h5ad")
    expect_refused(answer, "found a file that is cut off")
    assert (tmp_path / "out.h5ad").read_text() == "older"
    assert list_all(tmp_path) == ["bad.h5ad", "out.h5ad"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--species", "rat"), "Expected `species` to be one of human, mouse; found 'rat'"),
        (("--species", "Human"), "found 'Human'. Did you mean 'human'"),
        (("--modality", "atac"), "Expected `modality` to be one of scrna; found 'atac'"),
        (("--preset", "papr"), "Expected `preset` to be one of .* Did you mean 'paper'"),
        (("--tissue", ""), "Expected `tissue` to be a word such as blood, found nothing"),
        (("--name", "../x"), "Expected `name` of letters, .* found '../x'. Choose another name"),
        (("--genes", "0"), "Expected at least 3 genes for a graph, found `genes` = 0. A thousand"),
        (("--genes", "-5"), "Expected at least 3 genes for a graph, found `genes` = -5"),
        (("--species", "mouse"), "Expected mouse gene names.*They look like human genes"),
    ],
)
def test_options_of_graph_that_cannot_be_used_give_one_sentence_and_leave_nothing(
    options: tuple[str, str], message: str, good: Path, tmp_path: Path
) -> None:
    counts = tmp_path / "good.h5ad"
    counts.write_bytes(good.read_bytes())
    if options == ("--species", "mouse"):  # capitals alone fit both: give ids
        names = [f"ENSG{i:011d}" for i in range(120)]
        write_counts(counts, anndata.read_h5ad(good).X, names)
    answer = musegnn("graph", counts, *HUMAN, *options, "-o", tmp_path / "out.h5ad")
    expect_refused(answer, message)
    assert list_all(tmp_path) == ["good.h5ad"]


def test_the_counts_are_never_overwritten_by_their_graph(good: Path, tmp_path: Path) -> None:
    counts = tmp_path / "good.h5ad"
    counts.write_bytes(good.read_bytes())
    answer = musegnn("graph", counts, *HUMAN, "-o", tmp_path / "." / "good.h5ad")
    expect_refused(answer, "Expected an output other than the input.*Choose another file with `-o`")
    assert counts.read_bytes() == good.read_bytes()


def test_an_output_that_cannot_be_written_is_told_after_the_report(
    good: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    answer = musegnn("graph", good, *HUMAN, "-o", tmp_path / "file" / "out.h5ad")
    assert answer.code == 2
    expect_refused(
        Answer(answer.code, answer.out, answer.err.splitlines()[-1] + "\n"),
        "Expected to be able to write .*out.h5ad, found: .* Check the folder",
    )
    assert list_all(tmp_path) == ["file"]


# --- graphs and settings that cannot be trained ---------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--preset", "defalt"), "Expected `preset` to be one of .* Did you mean 'default'"),
        (("--epochs", "0"), "Expected `epochs` to be greater than 0, found 0"),
        (("--seed", "-1"), "Expected `seed` to be 0 or more, found -1"),
        (("--kernel", "sparse"), "Expected `kernel` to be one of auto, dgl, dense; found 'sparse'"),
        (("--device", "cuda"), "Expected a GPU for device `cuda`, found none.*Use `--device cpu`"),
    ],
)
def test_options_of_train_that_cannot_be_used_give_one_sentence_and_leave_nothing(
    options: tuple[str, str],
    message: str,
    graphs: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    answer = musegnn("train", graphs["islets"], "-o", tmp_path / "run", *options)
    expect_refused(answer, message)
    assert list_all(tmp_path) == []


def test_files_that_are_no_graphs_are_refused_and_leave_nothing(
    graphs: dict[str, Path], embedding_path: Path, good: Path, tmp_path: Path
) -> None:
    half = tmp_path / "half.h5ad"
    cut_in_half(graphs["islets"], half)
    for path, message in (
        (
            embedding_path,
            "Expected a gene graph, found another kind .*Make one with `musegnn graph",
        ),
        (good, "Expected a gene graph, found another kind of h5ad file"),
        (half, "Expected a gene graph, found a file that is cut off.*Copy or download"),
        (tmp_path / "none.h5ad", "Expected a gene graph .* found no file. Check the path"),
    ):
        answer = musegnn("train", graphs["pbmc"], path, "-o", tmp_path / "run")
        expect_refused(answer, message)
        assert list_all(tmp_path) == ["half.h5ad"]


def test_a_folder_with_something_in_it_is_refused_and_left_alone(
    graphs: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "notes.txt").write_text("mine")
    for output in (tmp_path / "run", tmp_path / "run" / "notes.txt"):
        answer = musegnn("train", graphs["islets"], "-o", output)
        expect_refused(answer, "Expected a new or empty folder .* found something .*Choose another")
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"
    assert list_all(tmp_path) == ["run", "run/notes.txt"]


def test_two_graphs_of_the_same_name_are_refused(graphs: dict[str, Path], tmp_path: Path) -> None:
    answer = musegnn("train", graphs["islets"], graphs["islets"], "-o", tmp_path / "run")
    expect_refused(answer, "own name, found 'islets' more than once. Build one of them again")


def test_two_graphs_of_the_same_name_leave_nothing_written(
    graphs: dict[str, Path], tmp_path: Path
) -> None:
    musegnn("train", graphs["islets"], graphs["islets"], "-o", tmp_path / "run")
    assert list_all(tmp_path) == []


# --- questions that have no answer ----------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (("INSS",), "`INSS` is not a gene name known here. Nearest names: INS.* Searched in first"),
        (("zzzzzz",), "`zzzzzz` is not a gene name known here. Searched in first"),
        (("INS", "--dataset", "pbmc"), "found it only in islets, mouse_islets.*choose another"),
        (
            ("INS", "--dataset", "islet"),
            "one of islets, mouse_islets, pbmc; .*Did you mean 'islets'",
        ),
        (("INS", "-k", "0"), "Expected `k` to be greater than 0, found 0"),
        (("INS", "-k", "-3"), "Expected `k` to be greater than 0, found -3"),
    ],
)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_questions_without_an_answer_give_one_sentence(
    embedding_path: Path, question: tuple[str, ...], message: str, form: tuple[str, ...]
) -> None:
    expect_refused(musegnn("neighbours", embedding_path, *question, *form), message)


def test_files_that_are_no_embeddings_are_refused(
    graphs: dict[str, Path], good: Path, embedding_path: Path, tmp_path: Path
) -> None:
    half = tmp_path / "half.h5ad"
    cut_in_half(embedding_path, half)
    for path, message in (
        (graphs["islets"], "Expected an embedding set, found another kind .*`musegnn train"),
        (good, "Expected an embedding set, found another kind of h5ad file"),
        (half, "Expected an embedding set, found a file that is cut off"),
        (tmp_path / "none", "Expected an embedding set .* found no file. Check the path"),
    ):
        expect_refused(musegnn("neighbours", path, "INS"), message)


def test_a_damaged_graph_beside_the_embedding_is_told(run_folder: Path, tmp_path: Path) -> None:
    result = tmp_path / "result"
    (result / "graphs").mkdir(parents=True)
    source = run_folder / "result"
    (result / "embedding.h5ad").write_bytes((source / "embedding.h5ad").read_bytes())
    cut_in_half(source / "graphs" / "islets.h5ad", result / "graphs" / "islets.h5ad")
    answer = musegnn("neighbours", result, "INS", "--dataset", "islets")
    expect_refused(answer, "Expected a gene graph, found a file that is cut off")


@pytest.mark.parametrize("arguments", [(), ("frobnicate",), ("neighbours",), ("train", "-o", "x")])
def test_a_command_that_is_not_complete_shows_how_it_is_used(arguments: tuple[str, ...]) -> None:
    answer = musegnn(*arguments)
    assert answer.code == 2
    assert answer.err.startswith("usage: musegnn")
    assert "Traceback" not in answer.err
