import re

import anndata
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.errors import InputError
from musegnn.screens.shell.named_selections import (
    MAXIMUM_NAMES,
    NamedSelections,
    gmt_bytes,
    selection_h5ad,
)
from musegnn.screens.shell.selection import NOTHING, Selection, SelectionHistory


def select(*rows, label=""):
    return Selection(np.array(sorted(rows), dtype=np.int64), label)


@pytest.fixture
def two():
    return NamedSelections().save("first", select(1, 2, 3)).save("second", select(3, 4))


rows = st.frozensets(st.integers(0, 30), max_size=20)


@given(current=rows, saved=rows)
def test_combinations_with_a_saved_selection_are_those_of_sets(current, saved):
    history = SelectionHistory((select(*current),))
    expected = {
        "replace": saved,
        "add": current | saved,
        "keep common": current & saved,
        "remove": current - saved,
        "keep different": current ^ saved,
    }
    for mode, result in expected.items():
        combined = history.apply(select(*saved, label="saved"), mode=mode).current
        assert combined.rows.tolist() == sorted(result)
        assert combined.rows.dtype == np.int64


@given(first=rows, second=rows, third=rows)
def test_set_laws_hold(first, second, third):
    def run(start, *steps):
        history = SelectionHistory((select(*start),))
        for mode, other in steps:
            history = history.apply(select(*other), mode=mode)
        return history.current.rows.tolist()

    assert run(first, ("add", second)) == run(second, ("add", first))
    assert run(first, ("keep common", second)) == run(second, ("keep common", first))
    assert run(first, ("add", second), ("add", third)) == run(
        second, ("add", third), ("add", first)
    )
    # what is removed and what both have make up the whole
    removed, common = run(first, ("remove", second)), run(first, ("keep common", second))
    assert sorted(removed + common) == sorted(first)
    assert run(first, ("remove", second), ("remove", third)) == run(
        first, ("remove", second | third)
    )


def test_saved_selections_keep_name_order_and_rows(two):
    assert two.names == ("first", "second")
    assert two.get("second").rows.tolist() == [3, 4]
    assert two.get("second").label == "second"


def test_blanks_tabs_and_line_ends_in_a_name_become_single_blanks():
    assert NamedSelections().save("  a\tb\n c ", select(1)).names == ("a b c",)


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "FIRST", " second "])
def test_a_name_that_is_empty_long_or_taken_is_refused(two, name):
    with pytest.raises(InputError, match=r"Expected a (new )?name"):
        two.save(name, select(9))
    if name.strip() != "second":
        with pytest.raises(InputError, match=r"Expected a (new )?name"):
            two.rename("second", name)


def test_nothing_and_too_many_are_refused():
    with pytest.raises(InputError, match="found nothing selected"):
        NamedSelections().save("empty", NOTHING)
    named = NamedSelections()
    for number in range(MAXIMUM_NAMES):
        named = named.save(f"set {number}", select(number))
    with pytest.raises(InputError, match=f"at most {MAXIMUM_NAMES}"):
        named.save("one more", select(1))


def test_rename_keeps_place_and_rows(two):
    renamed = two.rename("first", "islet genes")
    assert renamed.names == ("islet genes", "second")
    assert renamed.get("islet genes").rows.tolist() == [1, 2, 3]
    assert two.rename("first", " first ") is two


def test_every_change_can_be_undone_in_turn(two):
    changed = two.delete("first").rename("second", "2nd").save("third", select(5))
    assert changed.names == ("2nd", "third")
    steps = [changed]
    while steps[-1].past:
        steps.append(steps[-1].undo())
    assert [step.names for step in steps[1:]] == [
        ("2nd",),
        ("second",),
        ("first", "second"),
        ("first",),
        (),
    ]
    assert steps[3] == two
    assert steps[-1].undo() is steps[-1]


@given(first=rows.filter(bool), second=rows.filter(bool))
def test_two_saved_selections_make_a_third(first, second):
    named = NamedSelections().save("a", select(*first)).save("b", select(*second))
    expected = {
        "add": first | second,
        "keep common": first & second,
        "remove": first - second,
        "keep different": first ^ second,
    }
    for mode, result in expected.items():
        if result:
            made = named.combine("a", "b", mode=mode, name="c")
            assert made.get("c").rows.tolist() == sorted(result)
        else:
            with pytest.raises(InputError, match="found none"):
                named.combine("a", "b", mode=mode, name="c")


@pytest.mark.parametrize("act", ["get", "delete"])
def test_a_name_that_is_not_there_is_refused(two, act):
    with pytest.raises(InputError, match=re.escape("found 'third'")):
        getattr(two, act)("third")


def test_gmt_has_one_line_a_selection_with_each_symbol_once(atlas):
    t_cell = np.flatnonzero(atlas.genes["gene"].isin(["CD3E", "Cd3e", "GCG"]))
    named = NamedSelections().save("T and islet", Selection(t_cell)).save("one", select(0))
    lines = gmt_bytes(named, atlas).decode("utf-8").splitlines()
    assert len(lines) == 2
    name, description, *symbols = lines[0].split("\t")
    assert name == "T and islet"
    assert "synthetic-atlas" in description
    assert "3f9a2c7d" in description
    assert symbols == ["CD3E", "Cd3e", "GCG"]


def test_a_name_in_a_gmt_is_no_formula(atlas):
    named = NamedSelections().save("=1+1", select(0))
    assert gmt_bytes(named, atlas).decode("utf-8").startswith("'=1+1\t")


def test_selection_as_h5ad_is_an_embedding_set_of_these_rows(atlas, tmp_path):
    chosen = atlas.rows_of_dataset("blood_human")[::3]
    path = tmp_path / "part.h5ad"
    path.write_bytes(selection_h5ad(Selection(chosen, "every third"), atlas))
    part = read_embedding_set(path)
    np.testing.assert_array_equal(part.vectors, atlas.vectors[chosen])
    np.testing.assert_array_equal(part.layout, atlas.layout[chosen])
    assert part.genes["gene"].tolist() == atlas.genes["gene"].iloc[chosen].tolist()
    assert part.datasets.index.tolist() == ["blood_human"]
    assert part.provenance["config_hash"] == "3f9a2c7d"
    assert part.provenance["selection"] == {
        "label": "every third",
        "n": len(chosen),
        "of": len(atlas.genes),
    }
    assert anndata.read_h5ad(path).obs["atlas_row"].tolist() == chosen.tolist()


def test_nothing_selected_gives_no_h5ad(atlas):
    with pytest.raises(InputError, match="found nothing selected"):
        selection_h5ad(NOTHING, atlas)
