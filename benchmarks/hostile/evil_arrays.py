"""Changes of arrays and weights: `.npy` and `.safetensors`, whose headers are texts."""

from __future__ import annotations

import random
import struct
from pathlib import Path

from benchmarks.hostile.evil import Change, Evil, Outside

_NPY = (
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 2), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2000000000, 2), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (20, 2), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-20, 2), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (20.5, 2), }",
    "{'descr': '<f4', 'fortran_order': True, 'shape': (20, 2), }",
    "{'descr': '>f4', 'fortran_order': False, 'shape': (20, 2), }",
    "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (20,), }",
    "{'descr': 'M8[s]', 'fortran_order': False, 'shape': (20, 2), }",
    *("[" * 9000, "(" * 50_000, "{" * 3000, "__import__('os').system('true')", "1" * 50_000),
    *("'" * 3000, "\0" * 100, "", "{}", "{'descr': 5}", "lambda: 0", "9**9**9", "-" * 20_000),
)
_PARTS = (
    *("[]", "{}", "null", "1", "{" * 100_000, "[" * 1_000_000, '{"__metadata__": {}}', ""),
    '{"__metadata__": {"checkpoint": "[]"}}',
    '{"__metadata__": {"checkpoint": "null"}}',
    '{"__metadata__": {"checkpoint": "1e999"}}',
    '{"__metadata__": {"checkpoint": "' + "[" * 200_000 + '"}}',
    *(
        '{"__metadata__": {"checkpoint": "{\\"format_version\\": 1, \\"epoch\\": '
        f'{epoch}, \\"config_hash\\": [], \\"graphs_hash\\": null, \\"seconds\\": {seconds}, '
        f'\\"best\\": {best}}}"}}}}'
        for epoch, seconds, best in (
            ("1e400", "1", "{}"),
            ("NaN", "NaN", "{}"),
            ("[]", "1", "{}"),
            ("1", "{}", "{}"),
            ("1", "1", "5"),
            ("1", "1", "[1]"),
            ("9" * 5000, "1", "{}"),
            ("1", '\\"x\\"', "null"),
        )
    ),
    '{"a": {"dtype": "F32", "shape": [1000000000000], "data_offsets": [0, 4000000000000]}}',
    '{"a": {"dtype": "F32", "shape": [-1], "data_offsets": [4, 0]}}',
    '{"a": {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}}',
    '{"a": {"dtype": "F32", "shape": [0, 99999999999999999999], "data_offsets": [0, 0]}}',
)


def _npy(header: str, version: int = 1) -> Change:
    """Put another header in front of the numbers."""

    def change(path: Path, rng: random.Random, outside: Outside) -> None:
        body = path.read_bytes()[128:]
        text = header.encode() + b"\n"
        size = struct.pack("<H" if version == 1 else "<I", len(text) % 65536)
        path.write_bytes(b"\x93NUMPY" + bytes([version, 0]) + size + text + body)

    return change


def _safetensors(header: str, size: int | None = None) -> Change:
    """Put another header in front of the weights."""

    def change(path: Path, rng: random.Random, outside: Outside) -> None:
        text = header.encode()
        stated = len(text) if size is None else size
        path.write_bytes(struct.pack("<Q", stated) + text + bytes(64))

    return change


FOR_NPY: tuple[Evil, ...] = tuple(
    Evil(f"header {header[:20]!r}", _npy(header, version)) for header in _NPY for version in (1, 2)
)
FOR_SAFETENSORS: tuple[Evil, ...] = (
    *(Evil(f"header {text[:30]!r}", _safetensors(text)) for text in _PARTS),
    *(Evil(f"header of {n}", _safetensors("{}", n)) for n in (0, 1, 2**31, 2**62, 2**64 - 1)),
)
