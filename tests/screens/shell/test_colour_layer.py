import numpy as np
import pytest

from musegnn.errors import InputError
from musegnn.screens.shell.colour_layer import (
    NUMBER_STEPS,
    category_layer,
    membership_layer,
    natural_order,
    number_layer,
)


def test_codes_name_the_category_of_each_point():
    values = ["liver", "heart", "liver", "brain"]
    layer = category_layer(values, title="tissue")
    labels = [entry.label for entry in layer.legend]
    assert labels == ["brain", "heart", "liver"]
    assert [labels[code] for code in layer.codes] == values
    assert [entry.n for entry in layer.legend] == [1, 1, 2]
    assert not layer.has_other


def test_twenty_categories_keep_their_names():
    layer = category_layer([f"t{i}" for i in range(20)], title="tissue")
    assert len(layer.legend) == 20
    assert not layer.has_other


def test_beyond_twenty_the_smallest_become_other_with_a_list():
    values = [f"t{i}" for i in range(25) for _ in range(100 - i)]
    layer = category_layer(values, title="tissue")
    assert layer.has_other
    assert [entry.label for entry in layer.legend][-1] == "other (6)"
    assert layer.note == "other: t19, t20, t21, t22, t23, t24"
    assert sum(entry.n for entry in layer.legend) == len(values)
    other = [value for value, code in zip(values, layer.codes, strict=True) if code == 19]
    assert set(other) == {f"t{i}" for i in range(19, 25)}


def test_numbers_in_names_are_sorted_as_numbers():
    assert natural_order(["10", "2", "1", "b", "a10", "a9"]) == ["1", "2", "10", "a9", "a10", "b"]


def test_number_codes_rise_with_the_number():
    values = np.array([0.0, 1.0, 5.0, 10.0])
    layer = number_layer(values, title="degree")
    assert layer.codes[0] == 0
    assert layer.codes[-1] == NUMBER_STEPS - 1
    assert (np.diff(layer.codes.astype(int)) > 0).all()
    assert [entry.label for entry in layer.legend][::2] == ["0", "10"]


def test_logarithmic_scale_places_log_of_one_plus_value():
    values = np.expm1(np.array([0.0, 1.0, 2.0, 4.0]))
    layer = number_layer(values, title="mean", logarithmic=True)
    np.testing.assert_array_equal(layer.codes, [0, 16, 32, 63])
    assert "log" in layer.note


def test_constant_number_has_one_colour():
    assert set(number_layer(np.full(5, 3.0), title="degree").codes) == {0}


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_numbers_without_a_place_on_the_scale_are_refused(bad):
    with pytest.raises(InputError, match="finite numbers"):
        number_layer(np.array([1.0, bad]), title="mean", logarithmic=True)


def test_membership_counts_both_sides():
    layer = membership_layer(np.array([True, False, False]), title="list")
    assert layer.codes.tolist() == [1, 0, 0]
    assert [entry.n for entry in layer.legend] == [2, 1]


def test_no_points_give_an_empty_layer():
    assert len(category_layer([], title="tissue").codes) == 0
    assert len(number_layer(np.empty(0), title="degree").codes) == 0
