import gc
import os
import weakref

import numpy as np
import pytest
import streamlit as st

from musegnn.errors import DataFileError
from musegnn.screens.parts.cache import open_graph
from musegnn.screens.shell.cached_build import file_key, open_atlas
from tests.ui_fixtures import write_result


def test_atlas_is_opened_once_and_shared(atlas_folder):
    assert open_atlas(atlas_folder) is open_atlas(atlas_folder)


def test_arrays_of_the_shared_atlas_cannot_be_changed(atlas_folder):
    embedding = open_atlas(atlas_folder).embedding
    for array in (embedding.vectors, embedding.layout, embedding.unit_vectors):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


def test_changed_file_is_read_again(tmp_path):
    write_result(tmp_path, with_graphs=False)
    before = open_atlas(tmp_path)
    path = tmp_path / "embedding.h5ad"
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))
    after = open_atlas(tmp_path)
    assert after is not before
    np.testing.assert_array_equal(after.embedding.vectors, before.embedding.vectors)


def test_missing_folder_is_no_atlas(tmp_path):
    assert open_atlas(tmp_path / "nothing") is None
    assert file_key(tmp_path / "nothing") is None


def test_damaged_atlas_raises_what_a_message_can_show(tmp_path):
    (tmp_path / "embedding.h5ad").write_bytes(b"broken")
    with pytest.raises(DataFileError, match="another format"):
        open_atlas(tmp_path)


def test_graphs_are_shared_and_absent_ones_are_none(atlas_folder, atlas_without_graphs):
    atlas = open_atlas(atlas_folder)
    assert open_graph(atlas, "blood_human") is open_graph(atlas, "blood_human")
    assert open_graph(open_atlas(atlas_without_graphs), "blood_human") is None


def test_an_opened_atlas_is_not_searched_for_garbage_but_freed_with_its_last_reference(tmp_path):
    write_result(tmp_path, with_graphs=False)
    opened = open_atlas(tmp_path)
    assert gc.get_freeze_count() > 10_000
    watched = [weakref.ref(part) for part in (opened, opened.embedding, opened.search)]
    watched += [weakref.ref(part) for part in (opened.embedding.vectors, opened.embedding.genes)]
    st.cache_resource.clear()
    del opened
    assert [part() for part in watched] == [None] * 5
