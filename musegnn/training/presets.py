"""Read the settings of a run from a YAML file; the shipped presets lie in `experiments/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from musegnn.errors import InputError
from musegnn.settings import EXPERIMENTS
from musegnn.training.config import CONFIGS, TrainingConfig
from musegnn.validation import check_choice, nearest_names

SUFFIXES = (".yaml", ".yml")


def list_presets() -> tuple[str, ...]:
    """Names of the shipped presets, sorted."""
    return tuple(sorted(path.stem for path in EXPERIMENTS.glob("*.yaml")))


def training_preset(name: str, **changes: Any) -> TrainingConfig:
    """Return a shipped preset, with single values replaced where given.

    Parameters
    ----------
    name
        "paper", "default", or another file of `experiments/`.
    **changes
        Fields of the settings; None leaves the value of the preset.

    Raises
    ------
    InputError
        If the preset or a field does not exist or a value cannot be used.
    """
    check_choice(name, list_presets(), name="preset")
    return change_config(read_config(EXPERIMENTS / f"{name}.yaml"), **changes)


def change_config(config: TrainingConfig, **changes: Any) -> TrainingConfig:
    """Replace single values; None leaves a value as it is."""
    given = {key: value for key, value in changes.items() if value is not None}
    _check_keys(given, type(config), f"the method `{config.method}`")
    return replace(config, **given)


def read_config(path: Path) -> TrainingConfig:
    """Read settings from a YAML file.

    Raises
    ------
    InputError
        If the file is missing or no YAML, a key is unknown (the nearest known one is named), or a
        value has the wrong type or lies out of range.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        msg = f"Expected a YAML file with settings, found none at {path}."
        raise InputError(msg, f"Give a .yaml file, or a preset: {', '.join(list_presets())}.")
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        msg = f"Expected settings in YAML, found something else in {path} ({problem})."
        raise InputError(msg, "Start from a copy of experiments/default.yaml.") from error
    return config_from_dict(values, source=str(path))


def config_from_dict(values: Any, *, source: str) -> TrainingConfig:
    """Make settings from plain values such as `TrainingConfig.to_dict` returns."""
    if not isinstance(values, Mapping) or "method" not in values:
        msg = f"Expected settings with a `method`, found none in {source}."
        raise InputError(msg, f"Choose one of the methods {', '.join(CONFIGS)}.")
    rest = {str(key): value for key, value in values.items() if key != "method"}
    check_choice(str(values["method"]), tuple(CONFIGS), name="method")
    return _build(CONFIGS[str(values["method"])], rest, source)


def _build(kind: type, values: Mapping[str, Any], source: str) -> Any:
    """Make a settings object, nested ones included."""
    _check_keys(values, kind, source)
    example = kind()
    found = {}
    for key, value in values.items():
        usual = getattr(example, key)
        if is_dataclass(usual) and isinstance(value, Mapping):
            found[key] = _build(type(usual), value, f"{source}, {key}")
        else:
            found[key] = _typed(key, value, usual, source)
    return replace(example, **found)


def _check_keys(values: Mapping[str, Any], kind: type, source: str) -> None:
    """Raise `InputError` for a key that the settings do not have."""
    known = [field.name for field in fields(kind)]
    for key in values:
        if key not in known:
            nearest = nearest_names(str(key), known, count=1)
            msg = f"Expected settings of {source} to be known, found `{key}`."
            advice = f"Did you mean `{nearest[0]}`?" if nearest else f"Known: {', '.join(known)}."
            raise InputError(msg, advice)


def _typed(key: str, value: Any, usual: Any, source: str) -> Any:
    """Return a value that has the type of the usual one; whole numbers may stand for others."""
    if usual is None:  # the one optional setting is a width
        usual = 1 if value is not None else None
    if isinstance(usual, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is type(usual) or (value is None and key == "decoder_width"):
        return value
    msg = (
        f"Expected `{key}` to be {type(usual).__name__}, found {value!r} ({type(value).__name__}) "
        f"in {source}."
    )
    raise InputError(msg, "In YAML a small number is written 1.0e-4, yes or no as true or false.")
