"""Settings: presets, ranges, files that are refused, and that no field is dead."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import yaml

from musegnn.errors import InputError
from musegnn.molecules.encoder_inputs import FeatureScale
from musegnn.runs.kind import Strict, list_kinds
from musegnn.runs.kinds.aligned import AlignedSettings
from musegnn.runs.kinds.molecules import MoleculeSettings
from musegnn.runs.kinds.published import PublishedNetworkSettings, PublishedSettings
from musegnn.runs.presets import (
    change_settings,
    list_presets,
    parse_settings,
    preset_settings,
    read_settings,
)
from musegnn.training.bottleneck import make_network

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = (PublishedSettings, AlignedSettings)


def test_the_paper_preset_holds_the_published_numbers():
    paper = preset_settings("paper")
    assert isinstance(paper, PublishedSettings)
    rates = (paper.encoder_learning_rate, paper.decoder_learning_rate)
    assert (paper.epochs, *rates) == (2000, 1e-4, 1e-3)
    contrastive = (paper.contrastive_weight, paper.temperature, paper.contrastive_genes)
    assert contrastive == (0.01, 0.07, 100)
    sizes = {"dataset_width": 32, "dataset_heads": 4, "shared_width": 32, "shared_heads": 2}
    expected = PublishedNetworkSettings(**sizes, embedding_width=32, decoder_width=None)
    assert paper.network == expected
    assert paper == PublishedSettings()


def test_presets_name_every_setting_so_that_a_copy_shows_them_all():
    assert {"default", "paper"} <= set(list_presets())
    for name in list_presets():
        written = yaml.safe_load((ROOT / "experiments" / f"{name}.yaml").read_text())
        settings = preset_settings(name)
        assert set(settings.to_dict()) - set(written) <= {"patience", "validate_every"}
        assert set(settings.to_dict().get("network", ())) == set(written.get("network", ()))


def test_the_paper_preset_of_molecules_has_the_published_sizes():
    paper = preset_settings("molecules_paper")
    assert isinstance(paper, MoleculeSettings)
    # Liu et al., ICLR 2025, and the options of their repository
    assert (paper.layers, paper.width, paper.code_width, paper.hidden_width) == (5, 300, 300, 1200)
    assert (paper.epochs, paper.batch, paper.walk_length) == (300, 3072, 4)
    assert (paper.learning_rate, paper.weight_decay, paper.beta) == (1e-4, 1e-8, 1e-9)
    assert (paper.decodes, paper.dropout) == ("mean", 0.5)
    assert not paper.reads_fingerprints
    assert (paper.masked_share, paper.masked_weight) == (0, 0)
    made = make_network({0: 1024}, FeatureScale(np.zeros((2, 3)), np.zeros(3)), paper)
    sizes = {name: tuple(value.shape) for name, value in made.state_dict().items()}
    assert len(made.encoder.convolutions) == 5
    assert len(made.encoder.of_virtual) == 4  # the last round has none to tell
    assert sizes["encoder.virtual"] == (1, 300)
    assert sizes["encoder.mean.weight"] == sizes["encoder.log_variance.weight"] == (300, 300)
    assert sizes["decoders.of_block.0.0.weight"] == (1200, 300)
    assert sizes["decoders.of_block.0.2.weight"] == (1024, 1200)


def test_the_default_preset_of_molecules_is_what_a_run_takes_when_nothing_is_said():
    assert preset_settings("molecules_default") == MoleculeSettings()


# as version 0.1 wrote them into atlases, checkpoints and ids of runs: they must stay
@pytest.mark.parametrize(
    ("preset", "expected"), [("default", "74cf90ea3203"), ("paper", "7f4e78c9e085")]
)
def test_the_hash_of_a_preset_is_that_of_the_first_version(preset, expected):
    assert preset_settings(preset).hash == expected


@pytest.mark.parametrize("schema", SETTINGS)
def test_settings_come_back_from_plain_values(schema):
    settings = schema(epochs=7, seed=3)
    assert parse_settings(settings.to_dict()) == settings


def test_single_values_replace_those_of_the_preset():
    settings = preset_settings("paper", epochs=7, seed=3, kernel="dense")
    assert (settings.epochs, settings.seed, settings.kernel) == (7, 3, "dense")
    assert change_settings(settings, epochs=None) == settings
    faster = change_settings(settings, temperature=1)  # a whole number stands for another
    assert type(faster.temperature) is float


def test_a_step_is_never_smaller_than_its_objective_needs():
    least = {}
    for kind in filter(lambda kind: kind.objective, list_kinds().values()):
        module, _, name = kind.objective.partition(":")
        objective = getattr(import_module(module), name)
        setting = getattr(objective, "step_setting", "")  # one without takes a graph a step
        if not setting:
            continue
        least[kind.name] = objective.least_step
        for size in range(objective.least_step):
            with pytest.raises(InputError, match=f"Expected `{setting}` to be .*, found {size}"):
                parse_settings({setting: size}, kind=kind.name)
        taken = parse_settings({setting: objective.least_step}, kind=kind.name)
        assert getattr(taken, setting) == objective.least_step
    assert {"fusion": 2, "molecules": 2}.items() <= least.items()


@pytest.mark.parametrize("kind", list_kinds().values(), ids=lambda record: record.name)
def test_every_setting_tells_what_it_is(kind):
    for schema in (kind.settings, *groups_of(kind.settings)):
        for name, field in schema.model_fields.items():
            assert field.description or name == "network", name


def groups_of(schema):
    """Classes of the groups of settings."""
    types = [field.annotation for field in schema.model_fields.values()]
    return [kind for kind in types if isinstance(kind, type) and issubclass(kind, Strict)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "papre"}, "Did you mean 'paper'"),
        ({"name": "paper", "epochs": 0}, "Expected `epochs` to be 1 or more, found 0"),
        ({"name": "paper", "epochs": 10**9}, "Expected `epochs` to be at most 1000000"),
        ({"name": "paper", "epochs": "3"}, "Expected `epochs` to be a whole number, found '3'"),
        ({"name": "paper", "epochs": True}, "Expected `epochs` to be a whole number, found True"),
        ({"name": "paper", "seed": -1}, "Expected `seed` to be 0 or more"),
        ({"name": "paper", "kernel": "fast"}, "Expected `kernel` to be one of auto, dgl, dense"),
        ({"name": "paper", "kernel": "dens"}, "Did you mean 'dense'"),
        ({"name": "default", "kernel": "dense"}, "settings of the method `aligned`, found `kernel"),
        ({"name": "default", "epoks": 3}, "Did you mean `epochs`"),
        ({"name": "default", "precision": "half"}, "Expected `precision` to be one of float32"),
        ({"name": "default", "dropout": 1.0}, "Expected `dropout` to be below 1"),
        ({"name": "default", "smoothing": 1.2}, "Expected `smoothing` to be at most 1"),
        ({"name": "default", "learning_rate": float("nan")}, "`learning_rate` to be a finite num"),
        ({"name": "default", "learning_rate": float("inf")}, "`learning_rate` to be a finite num"),
        ({"name": "default", "learning_rate": 0}, "`learning_rate` to be above 0"),
        ({"name": "default", "temperature": "$(id)"}, "`temperature` to be a number"),
        ({"name": "default", "network": {"width": 10**9}}, "`network.width` to be at most 1024"),
        ({"name": "default", "network": "__import__('os')"}, 'found "__import__'),
        ({"name": "default", "method": "rm -rf"}, "`method` to be one of aligned"),
    ],
)
def test_unknown_and_hostile_values_are_refused(arguments, message):
    with pytest.raises(InputError, match=re.escape(message)):
        preset_settings(**arguments)


def test_a_setting_of_a_group_is_named_with_its_group():
    before = preset_settings("default")
    wider = preset_settings("default", **{"network.embedding_width": 64})
    assert wider.network.embedding_width == 64
    unchanged = {"network": {**before.to_dict()["network"]}}
    assert change_settings(wider, **unchanged) == before
    with pytest.raises(InputError, match=r"Did you mean `network\.embedding_width`"):
        preset_settings("default", embedding_width=64)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("method: published\nepoch: 3", "Did you mean `epochs`"),
        ("method: aligned\nnetwork: {widht: 3}", "Did you mean `network.width`"),
        ("method: alinged", "Did you mean 'aligned'"),
        ("epochs: 3", "Expected settings with a `method`"),
        ("method: aligned\nepochs: many", "Expected `epochs` to be a whole number, found 'many'"),
        (
            "method: aligned\nlearning_rate: 1e-3",
            "found '1e-3'. In YAML a small number is written 1.0e-4",
        ),
        ("method: published\nscale_features: 1", "Expected `scale_features` to be true or false"),
        ("method: [1, 2", "found something else"),
        ("!!python/object/apply:os.system ['true']", "found something else"),
        ("", "Expected settings with a `method`"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_nearest_name(tmp_path, text, message):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(message)):
        read_settings(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"Expected YAML at .*absent\.yaml, found no file"):
        read_settings(tmp_path / "absent.yaml")


def dead_fields(schema):
    """Fields that no line of the training or model reads."""
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("model", "training")
        for path in sorted((ROOT / "musegnn" / folder).glob("*.py"))
    )
    names = {name for part in (schema, *groups_of(schema)) for name in part.model_fields}
    return {name for name in names if not re.search(rf"\.{name}\b", sources)}


@pytest.mark.parametrize("schema", SETTINGS)
def test_every_field_is_read_somewhere_in_the_code(schema):
    assert dead_fields(schema) == set()


@pytest.mark.parametrize(
    ("schema", "field"), [(schema, name) for schema in SETTINGS for name in schema.model_fields]
)
def test_every_field_changes_the_hash(schema, field):
    settings = schema()
    value = getattr(settings, field)
    if field == "network":
        changed = {**value.model_dump(), "embedding_width": 16}
    elif isinstance(value, str):
        changed = {"kernel": "dense", "precision": "bfloat16"}[field]
    elif isinstance(value, bool):
        changed = not value
    else:
        changed = value + (0.125 if isinstance(value, float) else 1)
    assert change_settings(settings, **{field: changed}).hash != settings.hash
