"""Every input that the command line must refuse, in one sentence and without a trace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anndata
import h5py
import numpy as np
import pytest

from tests.command_line import (
    HUMAN,
    Answer,
    expect_refused,
    list_all,
    musegnn,
    musegnn_process,
)
from tests.toy_counts import write_counts

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
    "unknown_genes": (
        change_counts(lambda counts, names: (counts, [f"foo_{i}" for i in range(len(names))])),
        "Expected human gene names, recognised 0 %.*Use gene symbols",
    ),
    "mouse_genes": (
        change_counts(lambda counts, names: (counts, [name.capitalize() for name in names])),
        "Expected human gene names.*found mouse ones .*Choose mouse as the species",
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
@pytest.mark.parametrize("case", ["unknown_genes", "truncated", "one_cell"])
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
        (
            ("--species", "dog"),
            "Expected `species` to be one of human, mouse, lemur, .*; found 'dog'",
        ),
        (("--species", "Human"), "found 'Human'. Did you mean 'human'"),
        (
            ("--modality", "atac"),
            "Expected `modality` to be one of scrna, scatac, spatial; found 'atac'",
        ),
        (("--preset", "papr"), "Expected `preset` to be one of .* Did you mean 'paper'"),
        (("--tissue", ""), "Expected `tissue` to be a word such as blood, found nothing"),
        (("--name", "../x"), "Expected `name` of letters, .* found '../x'. Choose another name"),
        (("--genes", "0"), "Expected at least 3 genes for a graph, found `genes` = 0. A thousand"),
        (("--genes", "-5"), "Expected at least 3 genes for a graph, found `genes` = -5"),
        (
            ("--species", "mouse"),
            "Expected mouse gene names.*found human ones .*Choose human as the species",
        ),
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
        (("--epochs", "0"), "Expected `epochs` to be 1 or more, found 0"),
        (("--seed", "-1"), "Expected `seed` to be 0 or more, found -1"),
        (
            ("--preset", "paper", "--kernel", "sparse"),
            "Expected `kernel` to be one of auto, dgl, dense; found 'sparse'",
        ),
        (("--kernel", "dense"), "Expected settings of the method `aligned`, found `kernel`"),
        (("--config", "absent.yaml"), "Expected YAML at absent.yaml, found no file"),
        (("--preset", "paper", "--config", "x.yaml"), "Expected either `--preset` or `--config`"),
        (("--seeds", "9-0"), "Expected seeds such as `0-4, 7`, found '9-0'"),
        (("--seeds", "0-9", "--seed", "1"), "Expected either `--seed` or `--seeds`"),
        (("--hold-out", "-1"), "Expected `hold_out` to be 0 or more, found -1"),
        (("--name", "a\u202eb"), "Expected `name` to be right, .* no control characters"),
        (("--device", "cuda"), "Expected a GPU for device `cuda`, found none.*Use `--device cpu`"),
    ],
)
def test_options_of_train_that_cannot_be_used_give_one_sentence_and_leave_nothing(
    options: tuple[str, ...],
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
