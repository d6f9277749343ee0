import base64
import re
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musegnn.errors import InputError
from musegnn.screens.shell.linked_content import (
    read_list,
    read_selection,
    write_list,
    write_selection,
)
from musegnn.screens.shell.selection import NOTHING, Selection
from musegnn.screens.shell.shared_fields import INLINE, LIST_VALUE, SELECTION_VALUE
from musegnn.screens.shell.stored_content import ContentStore

ATLAS, OTHER = "2f038762aabbccdd", "11111111aabbccdd"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return ContentStore(tmp_path_factory.mktemp("links"))


def select(rows, label=""):
    return Selection(np.array(sorted(rows), dtype=np.int64), label)


@given(rows=st.frozensets(st.integers(0, 119_999), min_size=1, max_size=300))
def test_every_selection_comes_back(store, rows):
    value = write_selection(select(rows, "lasso"), atlas_id=ATLAS, store=store)
    assert re.fullmatch(SELECTION_VALUE, value)
    assert len(value) <= INLINE
    back = read_selection(value, atlas_id=ATLAS, n_points=120_000, store=store)
    assert back.rows.tolist() == sorted(rows)
    assert back.rows.dtype == np.int64


def test_short_ones_need_no_file_and_long_ones_one(store):
    before = len(list(store.folder.glob("*")))
    assert write_selection(NOTHING, atlas_id=ATLAS, store=store) == ""
    assert write_selection(select(range(50, 90)), atlas_id=ATLAS, store=store).startswith("~")
    assert len(list(store.folder.glob("*"))) == before
    every_other = select(range(0, 100_000, 2), "half of it")
    first, second = (write_selection(every_other, atlas_id=ATLAS, store=store) for _ in range(2))
    assert first == second
    assert len(list(store.folder.glob("*"))) == before + 1
    back = read_selection(first, atlas_id=ATLAS, n_points=100_000, store=store)
    assert back.label == "half of it"
    np.testing.assert_array_equal(back.rows, every_other.rows)


def test_long_runs_of_rows_are_stored_although_they_fold_well(store):
    value = write_selection(select(range(60_000)), atlas_id=ATLAS, store=store)
    assert not value.startswith("~")
    assert len(read_selection(value, atlas_id=ATLAS, n_points=60_000, store=store)) == 60_000


@pytest.mark.parametrize("size", [10, 20_000])
def test_rows_of_another_atlas_are_refused(store, size):
    value = write_selection(select(range(size)), atlas_id=ATLAS, store=store)
    with pytest.raises(InputError, match="found one on another"):
        read_selection(value, atlas_id=OTHER, n_points=50_000, store=store)
    with pytest.raises(InputError, match="found it changed"):
        read_selection(value, atlas_id=ATLAS, n_points=size - 1, store=store)


def bomb():
    return base64.urlsafe_b64encode(
        bytes.fromhex(ATLAS[:8]) + zlib.compress(b"\1" * 50_000_000, 9)
    ).decode()[: 10 * INLINE]


@pytest.mark.parametrize("value", ["~", "~A", "~AAAA", "~LwOHYg", "~" + "A" * 150, "~" + bomb()])
def test_damaged_values_are_refused(store, value):
    with pytest.raises(InputError, match=r"found (it changed|one on another)"):
        read_selection(value.rstrip("="), atlas_id=ATLAS, n_points=1000, store=store)


@given(st.text(alphabet="ABCdef0123456789.-_, \n;\u03b2", max_size=400))
def test_every_list_keeps_its_names(store, text):
    value = write_list(text, store=store)
    assert value == "" or re.fullmatch(LIST_VALUE, value)
    names = [name for name in re.split(r"[\s,;]+", text) if name]
    back = read_list(value, store=store) if value else ""
    assert [name for name in re.split(r"[\s,;]+", back) if name] == names


def test_a_short_list_can_be_read_in_the_address(store):
    assert write_list("CD3E, CD4\nIns2", store=store) == "CD3E,CD4,Ins2"


def test_a_name_that_looks_like_an_id_is_stored(store):
    looks_like = "0123456789abcdef01234567"
    assert read_list(write_list(looks_like, store=store), store=store) == looks_like


def test_the_id_of_a_list_is_no_selection(store):
    value = write_list("GENE\u03b2", store=store)
    with pytest.raises(InputError, match="Expected the id of a selection, found that of a list"):
        read_selection(value, atlas_id=ATLAS, n_points=10, store=store)
