"""The header of a safetensors file says what is in it, or the file is refused."""

import json

import numpy as np
import pytest
from safetensors.numpy import save

from musegnn.border.tensors import check_tensors
from musegnn.errors import DataFileError

WHOLE = save(
    {"a": np.zeros((2, 3), np.float32), "b": np.ones(4, np.int64), "none": np.zeros((0, 2), bool)},
    metadata={"checkpoint": '{"epoch": 1}'},
)
SIZE = int.from_bytes(WHOLE[:8], "little")
HEADER = json.loads(WHOLE[8 : 8 + SIZE])
BODY = WHOLE[8 + SIZE :]


def check(tmp_path, content):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    return check_tensors(path, role="a checkpoint")


def packed(header, body=BODY):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def with_tensor(**changes):
    return packed(HEADER | {"a": HEADER["a"] | changes})


def test_what_the_library_writes_passes_with_its_words(tmp_path):
    assert check(tmp_path, WHOLE) == {"checkpoint": '{"epoch": 1}'}
    assert check(tmp_path, packed(HEADER)) == {"checkpoint": '{"epoch": 1}'}
    assert check(tmp_path, save({"a": np.zeros(1)})) == {}


WRONG = {
    "empty": b"",
    "torn": WHOLE[:-1],
    "longer": WHOLE + b"\0",
    "list": packed([HEADER]),
    "text": packed('"a"'),
    "number": packed(5),
    "deep": packed(b"[" * 100_000),
    "deep_inside": packed(b'{"__metadata__":' + b'{"a":' * 50_000),
    "infinite": packed(b'{"a": Infinity}'),
    "lies": (2**63).to_bytes(8, "little") + WHOLE[8:],
    "words": packed(HEADER | {"__metadata__": {"checkpoint": {"epoch": 1}}}),
    "words_of_a_list": packed(HEADER | {"__metadata__": ["checkpoint"]}),
    "shape": with_tensor(shape=[2, 4]),
    "negative": with_tensor(shape=[-2, -3]),
    "float": with_tensor(shape=[2.0, 3]),
    "truth": with_tensor(shape=[True, 6]),
    "dtype": with_tensor(dtype="F33"),
    "dtype_of_a_list": with_tensor(dtype=["F32"]),
    "offsets": with_tensor(data_offsets=[0, 10**18]),
    "one_offset": with_tensor(data_offsets=[0]),
    "more": with_tensor(x=1),
    "twice": packed(HEADER | {"c": HEADER["a"]}),
    "none": packed(HEADER | {"a": None}),
}


@pytest.mark.parametrize("name", WRONG)
def test_anything_else_is_refused(tmp_path, name):
    with pytest.raises(DataFileError, match="Expected a checkpoint") as caught:
        check(tmp_path, WRONG[name])
    assert len(str(caught.value)) < 600
