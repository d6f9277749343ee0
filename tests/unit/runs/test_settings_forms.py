"""Forms and settings are the same, though pages cannot load the settings."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import pytest

from musegnn.errors import InputError
from musegnn.runs.request import list_presets, parse_settings, preset_settings
from musegnn.runs.settings_forms import FORMS
from musegnn.training.config import CONFIGS
from musegnn.training.presets import config_from_dict, training_preset


def compare(form, config):
    assert set(type(form).model_fields) - {"method"} == {field.name for field in fields(config)}
    for field in fields(config):
        one, other = getattr(form, field.name), getattr(config, field.name)
        if is_dataclass(other):
            compare(one, other)
        else:
            assert one == other
            assert type(one) is type(other)


@pytest.mark.parametrize("method", sorted(CONFIGS))
def test_a_form_has_the_fields_types_and_defaults_of_the_settings(method):
    assert sorted(FORMS) == sorted(CONFIGS)
    compare(FORMS[method](), CONFIGS[method]())


@pytest.mark.parametrize("preset", list_presets())
def test_a_preset_is_the_same_through_the_form(preset):
    form = preset_settings(preset)
    assert config_from_dict(form.model_dump(), source=preset) == training_preset(preset)


@pytest.mark.parametrize("method", sorted(FORMS))
def test_every_field_tells_what_it_is(method):
    schema = FORMS[method].model_json_schema()
    named = {k: v for k, v in schema["properties"].items() if k not in {"method", "network"}}
    assert all(value.get("description") for value in named.values())


@pytest.mark.parametrize(
    ("changes", "message", "hint"),
    [
        ({"epoks": 3}, "found `settings.aligned.epoks`", "Did you mean `epochs`?"),
        ({"epochs": 0}, "greater than or equal to 1", ""),
        ({"epochs": 10**9}, "less than or equal to", ""),
        ({"epochs": "3"}, "valid integer", ""),
        ({"epochs": True}, "valid integer", ""),
        ({"learning_rate": float("nan")}, "finite number", ""),
        ({"learning_rate": float("inf")}, "finite number", ""),
        ({"seed": -1}, "greater than or equal to 0", ""),
        ({"dropout": 1.0}, "less than 1", ""),
        ({"network": {"width": 10**9}}, "less than or equal to", ""),
        ({"network": "__import__('os').system('id')"}, 'found "__import__', ""),
        ({"method": "rm -rf"}, "aligned", ""),
        ({"temperature": "$(id)"}, "valid number", ""),
    ],
)
def test_unknown_and_hostile_values_are_refused(changes, message, hint):
    values = {**preset_settings("default").model_dump(), **changes}
    with pytest.raises(InputError, match="Expected") as caught:
        parse_settings(values)
    assert message in caught.value.message
    assert hint in caught.value.hint
