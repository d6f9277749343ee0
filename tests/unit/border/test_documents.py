"""JSON and YAML are what their parsers read, or one sentence, in little time and memory."""

import json
import time
import tracemalloc

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from musegnn.border.documents import Bounds, WrongDocument, parse_json, read_json
from musegnn.border.yaml_text import parse_yaml, read_yaml
from musegnn.errors import DataFileError
from musegnn.settings import EXPERIMENTS

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)  # fmt: skip

BAD_JSON = {
    "nested": (b"[" * 1_000_000, "levels"),
    "nested objects": (b'{"a":' * 40_000 + b"1" + b"}" * 40_000, "levels"),
    "deep at its end": (b"[" + b"1," * 500_000 + b"[" * 45 + b"]" * 46, "levels"),
    "values": (b"[" + b"0," * 1_500_000 + b"0]", "values"),
    "empty lists": (b"[" + b"[]," * 1_200_000 + b"[]]", "values"),
    "keys": (json.dumps(dict.fromkeys(map(str, range(60_000)), 1)).encode(), "keys"),
    "bytes": (b" " * (5 << 20), "bytes"),
    "a text without an end": (b'"' + b'\\"' * 1_000_000, "no JSON"),
    "NaN": (b'{"a": NaN}', "NaN"),
    "infinity": (b"[-Infinity]", "Infinity"),
    "infinity as a number": (b"[1e999]", "too large"),
    "infinity in digits": (b"[" + b"9" * 400 + b".5]", "too large"),
    "5,000 digits": (b"[" + b"9" * 5000 + b"]", "5000 digits"),
    "20 digits": (b"[99999999999999999999]", "20 digits"),
    "a key twice": (b'{"a": 1, "b": 2, "a": 3}', "'a' twice"),
    "a key 40,000 times": (b"{" + b'"a":1,' * 40_000 + b'"b":1}', "'a' twice"),
    "half a character": (b'["\\ud800"]', "half a character"),
    "a zero byte": (b'["a\\u0000b"]', "zero byte"),
    "a zero byte in a key": (b'{"a\\u0000b": 1}', "zero byte"),
    "Latin": ('["\u00e9"]'.encode("latin-1"), "UTF-8"),
    "UTF-16": ("[1]".encode("utf-16"), "UTF-8"),
    "nothing": (b"", "no JSON"),
    "two": (b"[1] [2]", "no JSON"),
}


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_what_json_writes_is_read_as_json_reads_it(value):
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        assert parse_json(text.encode()) == json.loads(text) == parse_json(text)


@given(st.binary(max_size=60) | st.text('[]{}",:\\u0d8e+-1 ', max_size=40).map(str.encode))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_what_json_reads_or_refused(data):
    try:
        found = parse_json(data)
    except WrongDocument:
        return
    assert found == json.loads(data)


@pytest.mark.parametrize("name", BAD_JSON)
def test_json_that_is_too_much_or_no_json_is_refused_soon_and_in_little_memory(name):
    data, said = BAD_JSON[name]
    started = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(WrongDocument, match=said):
            parse_json(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < 2
    assert peak < 40 * len(data) + (1 << 20)


def test_marks_inside_texts_are_no_marks():
    value = {"a": "[" * 1000, "b": "," * 100, "c": ['\\"[{:', "\u20ac\U0001f600"]}
    bounds = Bounds(most_bytes=2000, most_depth=2, most_values=10, most_keys=3)
    assert parse_json(json.dumps(value).encode(), bounds) == value
    with pytest.raises(WrongDocument, match="levels"):
        parse_json(json.dumps([value]).encode(), bounds)


def test_numbers_that_python_writes_are_read_where_they_are_asked_for():
    assert parse_json(b"[Infinity, 1e999]", any_number=True) == [float("inf")] * 2
    assert parse_json(b"[123456789012345678901234567890]", any_number=True)[0] == int(
        "1234567890" * 3
    )
    with pytest.raises(WrongDocument, match="no JSON"):  # Python reads no more than 4,300 digits
        parse_json(b"[" + b"1" * 5000 + b"]", any_number=True)


def test_a_file_says_where_it_lies(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b'\xef\xbb\xbf{"a": [1]}')
    assert read_json(path, role="a plan") == {"a": [1]}
    path.write_bytes(b"[")
    with pytest.raises(DataFileError, match=r"Expected a plan, found no JSON .* in .*a\.json"):
        read_json(path, role="a plan")


BAD_YAML = {
    "flow": (b"[" * 100_000, "levels"),
    "flow mappings": (b"{a: " * 100_000, "levels"),
    "lists": (b"- " * 500_000, "levels"),
    "questions": (b"? " * 500_000, "levels"),
    "indented": (b"".join(b" " * i + b"a:\n" for i in range(1000)), "levels"),
    "values": (b"a: 1\n" * 200_000, "values"),
    "documents": (b"---\n" * 200_000, "values"),
    "a long text": (b"x " * 300_000, "characters"),
    "bytes": (b"#" * (2 << 20), "bytes"),
    "references": (b"a: &x 1\nb: *x", "references"),
    "a key twice": (b"a: 1\na: 2", "'a' twice"),
    "a list as key": (b"? [a]\n: 1", "as a list"),
    "not a number": (b"a: .nan", "no finite number"),
    "infinity": (b"a: -.inf", "no finite number"),
    "infinity as a number": (b"a: 1.0e+999", "no finite number"),
    "5,000 digits": (b"a: " + b"9" * 5000, "too large"),
    "4,000 places of sixty": (b"a: " + b"1:" * 4000 + b"1", "too large"),
    "4,000 places and a point": (b"a: " + b"1:" * 4000 + b"1.0", "no finite number"),
    "a day that never was": (b"a: 2020-13-45", "something else"),
    "a day by its tag alone": (b"a: !!timestamp 1", "something else"),
    "a truth by its tag alone": (b"a: !!bool perhaps", "something else"),
    "code": (b"!!python/object/apply:os.system [id]", "something else"),
    "a zero byte": (b"a: \0", "something else"),
    "Latin": ("a: \u00e9".encode("latin-1"), "UTF-8"),
}


@pytest.mark.parametrize("name", BAD_YAML)
def test_yaml_that_is_too_much_or_no_yaml_is_refused_soon(name):
    data, said = BAD_YAML[name]
    started = time.process_time()
    with pytest.raises(WrongDocument, match=said):
        parse_yaml(data)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("path", sorted(EXPERIMENTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_presets_are_read_as_the_safe_loader_reads_them(path):
    assert read_yaml(path, role="settings") == yaml.safe_load(path.read_text("utf-8"))


@given(VALUES)
@settings(max_examples=60, deadline=None)
def test_json_is_read_as_yaml_reads_it(value):
    text = json.dumps(value)
    try:
        expected = yaml.safe_load(text)
    except yaml.YAMLError:
        return  # YAML has fewer characters than JSON
    try:
        found = parse_yaml(text.encode())
    except WrongDocument as error:
        assert "levels" in str(error)  # noqa: PT017 - the only reason there may be
    else:
        assert found == expected
