"""Parquet tables come out as pandas reads them, and whatever else is in their place is refused."""

import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from musegnn.border.tables import read_delimited, read_parquet
from musegnn.errors import DataFileError

ROLE = "a table of pairs"


@pytest.fixture
def table():
    """Texts, numbers and what is missing."""
    return pd.DataFrame(
        {
            "a": ["x", None, "nan", "é", "x"],
            "kind": pd.Categorical(["p", "q", None, "p", "q"]),
            "number": [1.5, np.nan, 3.0, -0.0, 1e300],
            "count": np.arange(5, dtype=np.int8),
            "flag": [True, False, True, True, False],
        }
    )


@pytest.mark.parametrize("compression", ["zstd", "snappy", "gzip", None])
def test_a_table_is_the_one_that_pandas_reads(tmp_path, table, compression):
    path = tmp_path / "t.parquet"
    table.to_parquet(path, compression=compression)
    expected = pd.read_parquet(path)
    kind = expected["kind"].astype(object)
    expected["kind"] = kind.where(kind.notna(), None)
    pd.testing.assert_frame_equal(read_parquet(path, role=ROLE), expected)
    some = read_parquet(path, role=ROLE, columns=("number", "a"))
    pd.testing.assert_frame_equal(some, expected[["number", "a"]])


def test_an_empty_table_stays_one(tmp_path, table):
    path = tmp_path / "t.parquet"
    table[:0].to_parquet(path)
    assert read_parquet(path, role=ROLE, columns=["a", "count"]).shape == (0, 2)


def test_a_column_that_lacks_is_named(tmp_path, table):
    path = tmp_path / "t.parquet"
    table.to_parquet(path)
    with pytest.raises(DataFileError, match="found no 'target'"):
        read_parquet(path, role=ROLE, columns=["a", "target"])
    with pytest.raises(DataFileError, match="found no file"):
        read_parquet(tmp_path / "none.parquet", role=ROLE)


@pytest.mark.parametrize(
    "values",
    [
        pa.array([[1], [2]]),
        pa.array([{"a": 1}, {"a": 2}]),
        pa.array([b"\xff", b"\xfe"]),
        pa.array([1, 2], pa.timestamp("ns")),
    ],
    ids=["lists", "records", "bytes", "times"],
)
def test_other_things_than_texts_and_numbers_are_refused(tmp_path, values):
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table({"a": values}), path)
    with pytest.raises(DataFileError, match="of texts and numbers"):
        read_parquet(path, role=ROLE)


def test_damaged_files_are_refused(tmp_path, table):
    path = tmp_path / "t.parquet"
    table.to_parquet(path)
    whole = path.read_bytes()
    for content in (b"", b"PAR1", b"text", whole[:-9], whole[100:]):
        path.write_bytes(content)
        with pytest.raises(DataFileError, match="Expected a table of pairs"):
            read_parquet(path, role=ROLE)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DataFileError, match="no regular file"):
        read_parquet(path, role=ROLE)


def test_a_small_file_of_many_rows_does_not_take_the_memory(tmp_path):
    path = tmp_path / "t.parquet"
    text = pa.DictionaryArray.from_arrays(np.zeros(4000, dtype=np.int32), ["x" * (1 << 20)])
    parquet.write_table(pa.table({"a": text}), path, compression="zstd", store_schema=False)
    assert path.stat().st_size < 1 << 20  # and 4 GB of texts
    with pytest.raises(DataFileError, match="MiB when read"):
        read_parquet(path, role=ROLE)


def write(path, text):
    path.write_text(text)
    return path


def test_a_delimited_text_is_read_as_a_plain_loop_reads_it(tmp_path):
    text = 'a\tb\tn\nINS\t\t1.5\n"x\ty"\tNA\t\n'
    path = write(tmp_path / "t.tsv", text)
    table = read_delimited(path, role=ROLE, numbers=["n"])
    assert table[["a", "b"]].to_numpy().tolist() == [["INS", ""], ["x\ty", "NA"]]
    assert table["n"].tolist()[0] == 1.5
    assert np.isnan(table["n"].tolist()[1])
    few = read_delimited(path, role=ROLE, columns=["b", "none"])
    assert few.to_dict("list") == {"b": ["", "NA"]}
    gaps = read_delimited(path, role=ROLE, columns=["b"], has_gaps=True)
    assert gaps["b"].tolist() == [None, None]
    inferred = read_delimited(
        write(tmp_path / "i.tsv", "g\tw\nA\t2\nB\t3\n"), role=ROLE, numbers=None
    )
    assert inferred["w"].tolist() == [2, 3]


def test_columns_without_names_are_found_by_position(tmp_path):
    path = write(tmp_path / "t.csv", "#said\nINS,1,x\nGCG,2,y\n")
    layout = {"has_header": False, "separator": ",", "comment": "#"}
    table = read_delimited(path, role=ROLE, columns=[2, 0], **layout)
    assert table[2].tolist() == ["x", "y"]
    assert table[0].tolist() == ["INS", "GCG"]
    wide = read_delimited(path, role=ROLE, width=4, has_gaps=True, **layout)
    assert wide[3].tolist() == [None, None]
    with pytest.raises(DataFileError, match="rows of more fields than columns"):
        read_delimited(path, role=ROLE, width=2, **layout)


def test_names_of_rows_as_r_writes_them_do_not_shift_the_columns(tmp_path):
    path = write(tmp_path / "t.tsv", "id\tsymbol\n1\tE1\tINS\n2\tE2\tGCG\n")
    assert read_delimited(path, role=ROLE, columns=["symbol"])["symbol"].tolist() == ["INS", "GCG"]
    path.write_text("id\tsymbol\n1\t2\tE1\tINS\n1\t3\tE2\tGCG\n")
    with pytest.raises(DataFileError, match="rows of more fields than columns in a file"):
        read_delimited(path, role=ROLE, named="a file")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\t" * 2_000_000 + "\na\n", "at most 5,000 columns, found 2,000,001"),
        ('a\tb\n"' + "x\ty\n" * 100_000, "EOF inside string"),
        ("a\tb\nx\0\ty\n", "no text"),
        ("", "an empty file"),
        (
            "a\tb\n" + "x\n" * 5 + "\t" * 2_000_000 + "\n",
            "Expected 2 fields in line 7, saw 2000001",
        ),
        ("a\tb\nx\n\xff\n", ""),
    ],
    ids=["wide", "quote", "nul", "empty", "ragged", "latin"],
)
def test_texts_that_would_keep_a_parser_busy_are_refused(tmp_path, text, said):
    path = tmp_path / "t.tsv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(DataFileError, match=f"Expected a table of pairs.*{said}"):
        read_delimited(path, role=ROLE)
