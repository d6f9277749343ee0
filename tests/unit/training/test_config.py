"""Settings: presets, ranges, files that are refused, and that no field is dead."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest
import yaml

from musegnn.errors import InputError
from musegnn.model.network import NetworkConfig
from musegnn.training.config import AlignedConfig, PublishedConfig
from musegnn.training.presets import (
    change_config,
    config_from_dict,
    list_presets,
    read_config,
    training_preset,
)

ROOT = Path(__file__).resolve().parents[3]
CONFIGS = (PublishedConfig, AlignedConfig)


def test_the_paper_preset_holds_the_published_numbers():
    paper = training_preset("paper")
    assert isinstance(paper, PublishedConfig)
    rates = (paper.encoder_learning_rate, paper.decoder_learning_rate)
    assert (paper.epochs, *rates) == (2000, 1e-4, 1e-3)
    contrastive = (paper.contrastive_weight, paper.temperature, paper.contrastive_genes)
    assert contrastive == (0.01, 0.07, 100)
    assert paper.network == NetworkConfig(32, 4, 32, 2, 32, None)
    assert paper == PublishedConfig()


def test_presets_name_every_setting_so_that_a_copy_shows_them_all():
    assert {"default", "paper"} <= set(list_presets())
    for name in list_presets():
        written = yaml.safe_load((ROOT / "experiments" / f"{name}.yaml").read_text())
        config = training_preset(name)
        assert set(config.to_dict()) - set(written) <= {"patience", "validate_every"}
        assert set(config.to_dict()["network"]) == set(written["network"])


@pytest.mark.parametrize("config_class", CONFIGS)
def test_settings_come_back_from_plain_values(config_class):
    config = config_class(epochs=7, seed=3)
    assert config_from_dict(config.to_dict(), source="here") == config


def test_single_values_replace_those_of_the_preset():
    config = training_preset("paper", epochs=7, seed=3, kernel="dense")
    assert (config.epochs, config.seed, config.kernel) == (7, 3, "dense")
    assert change_config(config, epochs=None) == config


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "papre"}, "Did you mean 'paper'"),
        ({"name": "paper", "epochs": 0}, "Expected `epochs` to be greater than 0"),
        ({"name": "paper", "seed": -1}, "Expected `seed` to be 0 or more"),
        ({"name": "paper", "kernel": "fast"}, "Expected `kernel` to be one of auto, dgl, dense"),
        ({"name": "default", "kernel": "dense"}, "found `kernel`"),
        ({"name": "default", "precision": "half"}, "Expected `precision` to be one of float32"),
        ({"name": "default", "dropout": 1.0}, "Expected `dropout`"),
        ({"name": "default", "smoothing": 1.2}, "Expected `smoothing` to be between 0 and 1"),
    ],
)
def test_values_out_of_range_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        training_preset(**arguments)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("method: published\nepoch: 3", "Did you mean `epochs`"),
        ("method: aligned\nnetwork: {widht: 3}", "Did you mean `width`"),
        ("method: alinged", "Did you mean 'aligned'"),
        ("epochs: 3", "Expected settings with a `method`"),
        ("method: aligned\nepochs: many", "Expected `epochs` to be int, found 'many'"),
        ("method: aligned\nlearning_rate: 1e-3", "found '1e-3'"),
        ("method: published\nscale_features: 1", "Expected `scale_features` to be bool"),
        ("method: [1, 2", "found something else"),
        ("!!python/object/apply:os.system ['true']", "found something else"),
        ("", "Expected settings with a `method`"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_nearest_name(tmp_path, text, message):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(message)):
        read_config(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="found none at"):
        read_config(tmp_path / "absent.yaml")


def dead_fields(config_class):
    """Fields that no line of the training or model reads."""
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("model", "training")
        for path in sorted((ROOT / "musegnn" / folder).glob("*.py"))
        if path.name != "config.py"  # a range that is checked is no use that is made of it
    )
    names = {field.name for field in fields(config_class)}
    nested = config_class().network
    if is_dataclass(nested):
        names |= {field.name for field in fields(nested)}
    return {name for name in names if not re.search(rf"\.{name}\b", sources)}


@pytest.mark.parametrize("config_class", CONFIGS)
def test_every_field_is_read_somewhere_in_the_code(config_class):
    assert dead_fields(config_class) == set()


@pytest.mark.parametrize(
    ("config_class", "field"), [(kind, f.name) for kind in CONFIGS for f in fields(kind)]
)
def test_every_field_changes_the_hash(config_class, field):
    config = config_class()
    value = getattr(config, field)
    if is_dataclass(value):
        changed = replace(value, embedding_width=16)
    elif isinstance(value, str):
        changed = {"kernel": "dense", "precision": "bfloat16"}[field]
    elif isinstance(value, bool):
        changed = not value
    else:
        changed = value + (0.125 if isinstance(value, float) else 1)
    assert replace(config, **{field: changed}).hash != config.hash
