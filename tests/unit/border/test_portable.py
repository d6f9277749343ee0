"""Values come out of plain bytes as they went in, and nothing else comes out."""

import json
import struct
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from musegnn.border.portable import Unportable, pack, portable, unpack

SCALARS = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text()
VALUES = st.recursive(
    SCALARS | st.binary(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=30)
        | st.lists(inner, max_size=30).map(tuple)
        | st.dictionaries(st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=60,
)


@portable
@dataclass(frozen=True)
class Crate:
    """Something with parts of several kinds."""

    counts: sparse.csr_matrix
    names: list[str]
    table: pd.DataFrame | None = None


def travel(value: object, most_bytes: int = 1 << 30) -> object:
    return receive(b"".join(bytes(part) for part in pack(value)), most_bytes)


def receive(content: bytes, most_bytes: int = 1 << 30) -> object:
    place = 0

    def take(size: int) -> bytearray:
        nonlocal place
        place += size
        if place > len(content):
            raise EOFError
        return bytearray(content[place - size : place])

    return unpack(take, most_bytes=most_bytes)


@given(VALUES)
def test_plain_values_come_back(value):
    # repr tells NaN from NaN, and a tuple from a list
    assert repr(travel(value)) == repr(value)


@pytest.mark.parametrize("kind", ["i1", "u8", "f2", ">f4", "f8", "?"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0), (4, 5)])
def test_arrays_come_back(kind, shape):
    rng = np.random.default_rng(0)
    value = np.asarray(rng.random(shape) * 100).astype(kind)
    back = travel(value)
    np.testing.assert_array_equal(back, value)
    assert back.shape == shape
    assert back.flags.writeable


def test_texts_with_every_sign_come_back():
    value = ["", "a", "é", "中文", "\U0001f9ec", "\ud800", "a\0b", "\r\n"] * 5
    assert travel(value) == value
    assert travel(np.array(value[:5], dtype=object)).tolist() == value[:5]


@pytest.mark.parametrize("kind", ["csr", "csc", "coo"])
def test_sparse_matrices_come_back(kind):
    value = sparse.random(30, 20, density=0.2, format=kind, random_state=1)
    np.testing.assert_array_equal(travel(value).toarray(), value.toarray())


def test_tables_come_back():
    value = pd.DataFrame(
        {
            "number": [1.5, np.nan, 3.0],
            "name": ["a", "", "c"],
            "kind": pd.Categorical(["x", "y", "x"], categories=["y", "x", "unused"]),
            "flag": [True, False, True],
        },
        index=["r1", "r2", "r2"],
    )
    pd.testing.assert_frame_equal(travel(value), value)


def test_a_missing_category_stays_missing():
    value = pd.DataFrame({"kind": pd.Categorical(["x", None, "x"])})
    assert travel(value)["kind"].isna().tolist() == [False, True, False]


def test_what_is_missing_in_a_column_of_texts_stays_missing():
    value = pd.DataFrame(
        {"text": ["nan", None, "None", np.nan, ""], "mixed": [1, True, "a", 2.5, 3]}
    )
    back = travel(value)
    assert back["text"].isna().tolist() == [False, True, False, True, False]
    assert repr(back["mixed"].tolist()) == repr(value["mixed"].tolist())
    nullable = pd.DataFrame({"number": pd.array([1, None], dtype="Int64")})
    assert travel(nullable)["number"].isna().tolist() == [False, True]


def test_names_of_an_index_and_the_order_of_categories_come_back():
    kind = pd.Categorical([2, 1, 2], categories=[2, 1], ordered=True)
    value = pd.DataFrame({"kind": kind}, index=pd.Index(["x", "y", "z"], name="dataset"))
    back = travel(value)
    pd.testing.assert_frame_equal(back, value)
    assert back["kind"].max() == 1


def test_registered_dataclasses_come_back():
    value = Crate(sparse.eye(3, format="csr"), ["a", "b", "c"], pd.DataFrame({"n": [1, 2, 3]}))
    back = travel(value)
    assert type(back) is Crate
    assert back.names == value.names
    pd.testing.assert_frame_equal(back.table, value.table)


def test_what_is_not_known_does_not_leave():
    @dataclass
    class Crate:  # another class of the same name
        names: list[str]

    for value in (object(), {1, 2}, Crate([]), np.datetime64("2020-01-01")):
        with pytest.raises(Unportable, match="a "):
            pack([value])


def tree(node: object, sizes: tuple[int, ...] = (), buffers: bytes = b"") -> bytes:
    header = json.dumps({"tree": node, "sizes": list(sizes)}).encode()
    return struct.pack("<Q", len(header)) + header + buffers


@pytest.mark.parametrize(
    "content",
    [
        tree(["c", "Popen", [["args", ["v", "true"]]]]),
        tree(["x", "nothing", ["v", 1]]),
        tree(["a", "O", [1], 0], (8,), bytes(8)),
        tree(["a", "V8", [1], 0], (8,), bytes(8)),
        tree(["a", "<f8", [3], 0], (8,), bytes(8)),
        tree(["a", "<f8", [-1, 7], 0], (8,), bytes(8)),
        tree(["v", ["nested"]]),
        tree(["?"]),
        tree([]),
        tree({"no": "list"}),
        tree(["b", 5]),
        struct.pack("<Q", 5) + b"junk!",
        struct.pack("<Q", 2**60),
        tree(["v", 1], (-1,)),
    ],
)
def test_bytes_that_hold_no_value_are_refused(content):
    with pytest.raises(Unportable, match=r"no value|bytes|array of|scalar"):
        receive(content)


def test_indices_that_lead_out_of_a_matrix_are_refused():
    parts = pack(sparse.csr_matrix(np.eye(3)))
    header = json.loads(parts[1])
    header["tree"][2] = [3, 1]
    content = json.dumps(header).encode()
    with pytest.raises(Unportable, match=r"no value|bytes|array of|scalar"):
        receive(b"".join([struct.pack("<Q", len(content)), content, *map(bytes, parts[2:])]))


def test_more_bytes_than_allowed_are_refused():
    value = np.zeros(1000)
    assert travel(value, most_bytes=8000).shape == (1000,)
    with pytest.raises(Unportable, match="8000 bytes"):
        travel(value, most_bytes=7999)


def test_only_dataclasses_register():
    with pytest.raises(TypeError, match="int is no dataclass"):
        portable(int)
