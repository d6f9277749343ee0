"""No text that somebody makes up becomes a path."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musegnn.errors import RunError
from musegnn.runs.identifiers import check_run_id, folder_of, is_run_id, make_run_id, time_of

GOOD = "20261121T061144Z-heart-aligned-s0-3f9a2c"


def test_an_id_tells_time_name_method_seed_and_hash():
    moment = datetime(2026, 11, 21, 6, 11, 44, tzinfo=UTC)
    made = make_run_id(name="Heart", kind="aligned", seed=0, config_hash="3f9a2c00", time=moment)
    assert made == GOOD
    assert time_of(made) == moment
    assert time_of(made.replace("1121", "9999")) is None


@given(st.text(max_size=200))
def test_any_name_makes_a_good_id(name):
    made = make_run_id(
        name=name, kind="aligned", seed=2**31 - 1, config_hash="a" * 64, time=datetime.now(UTC)
    )
    assert check_run_id(made) == made


@pytest.mark.parametrize(
    "crafted",
    [
        "",
        "..",
        "../../etc",
        f"../{GOOD}",
        f"{GOOD}/..",
        f"{GOOD}/../../x",
        f"{GOOD}\n",
        f"{GOOD}\0",
        f"/{GOOD}",
        f"{GOOD}\\..",
        GOOD.upper(),
        GOOD.replace("heart", "he.rt"),
        GOOD.replace("heart", "-"),
        GOOD.replace("heart", "h" * 200),
        GOOD.replace("2026", "２０２６"),
        ".trash",
    ],
)
def test_a_crafted_id_is_refused_before_it_is_a_path(tmp_path, crafted):
    with pytest.raises(RunError, match="Expected the id of a run"):
        check_run_id(crafted)
    with pytest.raises(RunError, match="Expected the id of a run"):
        folder_of(tmp_path, crafted)


@given(st.text(alphabet="./\\0123456789TZ-abs", max_size=60))
def test_nothing_that_passes_holds_a_slash_or_a_dot(text):
    if is_run_id(text):
        assert not set(text) & set("./\\")


def test_a_link_is_no_run(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / GOOD).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunError, match="found none"):
        folder_of(tmp_path, GOOD)
