"""Tensors of numbers come as they lie in the file, and what is none is said."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from musegnn.border.tensors import read_tensors
from musegnn.errors import DataFileError

TENSORS = {
    "half": np.arange(6, dtype=np.float16).reshape(2, 3),
    "single": np.array([1.5, -2], dtype=np.float32),
    "whole": np.array([[7]], dtype=np.int64),
    "none": np.zeros((0, 4), dtype=np.float32),
}


def test_tensors_come_back_with_type_shape_and_words(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file(TENSORS, path, metadata={"made": "by hand"})
    texts, found = read_tensors(path, role="tensors", most_bytes=1000)
    assert texts == {"made": "by hand"}
    assert set(found) == set(TENSORS)
    for name, values in TENSORS.items():
        assert found[name].dtype == values.dtype
        np.testing.assert_array_equal(found[name], values)


def _write(path, header, content):
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + content)


def test_what_is_too_large_of_another_type_or_cut_is_said(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file(TENSORS, path)
    with pytest.raises(DataFileError, match="of 10 bytes at most"):
        read_tensors(path, role="tensors", most_bytes=10)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(DataFileError, match="Expected tensors, found something else"):
        read_tensors(path, role="tensors", most_bytes=1000)
    _write(path, {"a": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}, b"\0\0")
    with pytest.raises(DataFileError, match="one of type BF16"):
        read_tensors(path, role="tensors", most_bytes=1000)
