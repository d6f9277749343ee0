"""Tables as people write them, whatever program they used: the right genes, or one sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from musegnn.errors import DataFileError
from musegnn.io.expression import Expression, read_expression
from tests.count_files import Counts, make_counts
from tests.toy_counts import GENES


@pytest.fixture
def counts() -> Counts:
    """Counts of 16 cells and 12 genes, no two alike."""
    return make_counts(np.random.default_rng(5).poisson(3, (16, len(GENES))) + 1, GENES)


def expect(found: Expression, counts: Counts) -> None:
    """All genes, cells and numbers are those of the file."""
    assert found.genes == counts.genes
    assert found.cells == counts.cells
    assert np.array_equal(found.counts.toarray(), counts.matrix)


def lay_out(counts: Counts) -> pd.DataFrame:
    return pd.DataFrame(counts.matrix.T, index=GENES, columns=counts.cells)


def titled(counts: Counts) -> bytes:
    text = "Table S3, counts of all cells\n\n" + lay_out(counts).to_csv()
    return text.encode()


def of_geo(counts: Counts) -> bytes:
    head = '!Series_title\t"Blood"\n!series_matrix_table_begin\n'
    return (head + lay_out(counts).to_csv(sep="\t") + "!series_matrix_table_end\n").encode()


def with_decimal_commas(counts: Counts) -> bytes:
    return lay_out(counts).astype(float).to_csv(sep=";", decimal=",").encode()


def with_separators_at_the_end(counts: Counts) -> bytes:
    lines = lay_out(counts).to_csv(index_label="gene").splitlines()
    return "".join(f"{line},\n" for line in lines).encode()


def with_separators_below_the_header(counts: Counts) -> bytes:
    first, *lines = lay_out(counts).to_csv(index_label="gene").splitlines()
    return "".join([f"{first}\n", *(f"{line},\n" for line in lines)]).encode()


def numbered(counts: Counts) -> bytes:
    return lay_out(counts).rename_axis("gene").reset_index().to_csv().encode()


def in_utf16(counts: Counts) -> bytes:
    return lay_out(counts).to_csv(sep="\t").encode("utf-16")


def in_latin1(counts: Counts) -> bytes:
    return lay_out(counts).to_csv(index_label="Gène").encode("latin-1")


def described(counts: Counts) -> bytes:
    table = lay_out(counts)
    table.insert(0, "What it does", [f"protein {gene}, of some kind" for gene in GENES])
    return table.to_csv().encode()


@pytest.mark.parametrize(
    "write",
    [
        *(titled, of_geo, with_decimal_commas, with_separators_at_the_end, numbered, in_utf16),
        *(with_separators_below_the_header, in_latin1, described),
    ],
)
def test_tables_as_people_write_them(write, counts, tmp_path):
    (tmp_path / "a.csv").write_bytes(write(counts))
    expect(read_expression(tmp_path / "a.csv"), counts)


def test_commas_that_mean_two_things_are_refused(counts, tmp_path):
    table = lay_out(counts).astype(str)
    table.iloc[0, 0], table.iloc[1, 0] = "1,100", "1,50"
    table.to_csv(tmp_path / "a.csv", sep=";")
    with pytest.raises(DataFileError, match=r"commas that mean one thing, found 1,100 beside 1,10"):
        read_expression(tmp_path / "a.csv")


def test_names_that_tell_little_ask(counts, tmp_path):
    names = [*(f"tp{i}a" for i in range(10)), "CD3E", "CD4"]
    table = pd.DataFrame(counts.matrix.T, index=names, columns=[f"c{i}x" for i in range(16)])
    table.to_csv(tmp_path / "a.csv")
    with pytest.raises(DataFileError, match=r"Say which side it is \(`--genes-in rows`"):
        read_expression(tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["Summe", "Grand Total", "all reads"])
@pytest.mark.parametrize("cells_in_rows", [False, True])
def test_totals_are_told_by_what_they_hold_whatever_they_are_called(
    name, cells_in_rows, counts, tmp_path
):
    table = lay_out(counts)
    table.loc[name] = table.sum()
    table[f"{name} 2"] = table.sum(axis=1)
    (table.T if cells_in_rows else table).to_csv(tmp_path / "a.csv")
    found = read_expression(tmp_path / "a.csv")
    expect(found, counts)
    assert any("2 rows or columns are no counts and left out" in note for note in found.notes)


def test_words_behind_the_counts_are_told_by_their_own_column(counts, tmp_path):
    table = lay_out(counts).T
    table.insert(0, "cell_type", "T cell")
    table["plate colour"] = "blue"
    table.to_csv(tmp_path / "a.csv")
    with pytest.raises(DataFileError, match="Expected numbers, found 'blue' in row 2"):
        read_expression(tmp_path / "a.csv")
    table.drop(columns="plate colour").assign(sample="s1", age=34).to_csv(tmp_path / "a.csv")
    expect(read_expression(tmp_path / "a.csv"), counts)


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "number", "INS"])
@pytest.mark.parametrize("repeats", [False, True])
def test_numbers_before_the_names_are_passed_over_unless_they_may_be_counts(
    counts, tmp_path, name, repeats
):
    table = lay_out(counts).reset_index(names="gene")
    table.insert(0, name, [row % 7 if repeats else 2 * row for row in range(len(table))])
    path = tmp_path / "numbered.csv"
    table.to_csv(path, index=False)
    if repeats and name in {"number", "INS"}:
        with pytest.raises(DataFileError, match=f"found '{name}' there.*Put the names first"):
            read_expression(path)
        return
    found = read_expression(path)
    expect(found, counts)
    assert any("running numbers" in note for note in found.notes)
