"""Settings: presets, ranges, and that no field is dead."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from musegnn.errors import InputError
from musegnn.model.network import NetworkConfig
from musegnn.training.config import TRAINING_PRESETS, TrainingConfig, training_preset

ROOT = Path(__file__).resolve().parents[3]


def test_the_paper_preset_holds_the_published_numbers():
    paper = TRAINING_PRESETS["paper"]
    assert (paper.epochs, paper.encoder_learning_rate, paper.decoder_learning_rate) == (
        2000,
        1e-4,
        1e-3,
    )
    assert (paper.contrastive_weight, paper.temperature, paper.contrastive_genes) == (
        0.01,
        0.07,
        100,
    )
    assert paper.network == NetworkConfig(32, 4, 32, 2, 32, None)


def test_single_values_replace_those_of_the_preset():
    config = training_preset("default", epochs=7, seed=3, kernel="dense")
    assert (config.epochs, config.seed, config.kernel) == (7, 3, "dense")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "papre"}, "Did you mean 'paper'"),
        ({"name": "paper", "epochs": 0}, "Expected `epochs` to be greater than 0"),
        ({"name": "paper", "seed": -1}, "Expected `seed` to be 0 or more"),
        ({"name": "paper", "kernel": "fast"}, "Expected `kernel` to be one of auto, dgl, dense"),
    ],
)
def test_values_out_of_range_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        training_preset(**arguments)


@pytest.mark.parametrize("config_class", [TrainingConfig, NetworkConfig])
def test_every_field_is_read_somewhere_in_the_code(config_class):
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("model", "training")
        for path in sorted((ROOT / "musegnn" / folder).glob("*.py"))
    )
    for field in fields(config_class):
        assert re.search(rf"config\.{field.name}\b", sources), field.name


@pytest.mark.parametrize("field", [f.name for f in fields(TrainingConfig)])
def test_every_field_changes_the_hash(field):
    config = TrainingConfig()
    changed = {
        "network": NetworkConfig(embedding_width=16),
        "kernel": "dense",
        "scale_features": True,
    }.get(field, getattr(config, field) if field in ("network", "kernel") else None)
    if changed is None:
        changed = getattr(config, field) + 1
    assert replace(config, **{field: changed}).hash != config.hash
