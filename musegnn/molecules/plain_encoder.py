"""The trained encoder of molecules without the library it was trained with.

A page and a command that embed some molecules need no torch, which takes seconds and hundreds of
megabytes to load: the forward pass is a few products. It gives what
`musegnn.model.molecule_encoder.MoleculeEncoder` gives in its mode of use, which a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy import sparse

from musegnn.border.documents import WrongDocument, parse_json
from musegnn.border.tensors import read_tensors
from musegnn.errors import DataFileError
from musegnn.molecules.encoder_inputs import BITS, EncoderInputs, FeatureScale, descriptor_names
from musegnn.molecules.forms import check_forms
from musegnn.molecules.molecular_graphs import ATOM_SIZES, BOND_SIZES, MolecularGraphs

_ROLE: Final = "an encoder of molecules (.safetensors)"
_LARGEST: Final = 1 << 28  # bytes of weights
_SMALL: Final = 1e-5  # added to a variance, as in training
_BOUND: Final = 8.0  # of the logarithm of a variance
_PART: Final = 512  # molecules that are encoded at once
_BITS: Final = float(1 / np.log(2))  # of a nat
_SCALE: Final = "scale."


@dataclass(frozen=True)
class PlainEncoder:
    """Weights of a trained encoder.

    Parameters
    ----------
    weights
        By the names that the trained network gives them, float32.
    scale
        On which descriptors are read.
    about
        What its file says of it.
    """

    weights: Mapping[str, np.ndarray]
    scale: FeatureScale
    about: Mapping[str, Any]

    @property
    def width(self) -> int:
        """Numbers in a code."""
        return len(self.weights["mean.bias"])

    def encode(self, inputs: EncoderInputs) -> tuple[np.ndarray, np.ndarray]:
        """Encode molecules, some at a time.

        Returns
        -------
        Mean codes `(M, C)` float32 and the bits that each keeps `(M,)`; zeros where a structure
        could not be read.
        """
        means = np.zeros((len(inputs), self.width), dtype=np.float32)
        bits = np.zeros(len(inputs), dtype=np.float32)
        readable = np.flatnonzero(inputs.is_read)
        for start in range(0, len(readable), _PART):
            rows = readable[start : start + _PART]
            part = self.scale.scaled(inputs.take(rows))
            means[rows], log_variance = self._codes(part)
            nats = means[rows] ** 2 + np.exp(log_variance) - 1 - log_variance
            bits[rows] = 0.5 * nats.sum(axis=1) * _BITS
        return means, bits

    def _codes(self, inputs: EncoderInputs) -> tuple[np.ndarray, np.ndarray]:
        """Means and logarithms of variances, `(M, C)` each."""
        starts = inputs.graphs.atom_start[:-1]
        pooled = np.add.reduceat(self._states(inputs.graphs), starts, axis=0)
        if "branch.0.bias" in self.weights:
            features = np.concatenate(
                [inputs.fingerprints.astype(np.float32), inputs.descriptors], axis=1
            )
            branch = np.maximum(self._linear("branch.0", features), 0)
            centred = pooled - pooled.mean(axis=1, keepdims=True)
            deviation = np.sqrt((centred**2).mean(axis=1, keepdims=True) + _SMALL)
            pooled = centred / deviation * self.weights["pooled_norm.weight"]
            pooled = np.concatenate([pooled + self.weights["pooled_norm.bias"], branch], axis=1)
        log_variance = self._linear("log_variance", pooled)
        return self._linear("mean", pooled), np.clip(log_variance, -_BOUND, _BOUND)

    def _states(self, graphs: MolecularGraphs) -> np.ndarray:
        """States of the atoms after all rounds, `(A, W)`."""
        states: np.ndarray = sum(
            self.weights[f"atoms.{column}.weight"][graphs.atoms[:, column]]
            for column in range(len(ATOM_SIZES))
        )
        starts, molecule_of = graphs.atom_start[:-1], graphs.molecule_of
        n_bonds = graphs.ends.shape[1]
        ones = np.ones(n_bonds, dtype=np.float32)
        shape = (len(states), n_bonds)
        into = sparse.csr_matrix((ones, (graphs.ends[1], np.arange(n_bonds))), shape=shape)
        virtual = np.repeat(self.weights["virtual"], len(graphs), axis=0)
        last = sum(name.endswith(".epsilon") for name in self.weights) - 1
        for number in range(last + 1):
            own = f"convolutions.{number}"
            heard = states + virtual[molecule_of]
            told = sum(
                self.weights[f"{own}.bonds.{column}.weight"][graphs.bonds[:, column]]
                for column in range(len(BOND_SIZES))
            )
            messages = into @ np.maximum(heard[graphs.ends[0]] + told, 0)
            epsilon = self.weights[f"{own}.epsilon"]
            states = self._two_layers(f"{own}.network", (1 + epsilon) * heard + messages)
            states = self._normal(f"norms.{number}", states)
            if number < last:
                states = np.maximum(states, 0)
                summed = virtual + np.add.reduceat(heard, starts, axis=0)
                virtual = np.maximum(self._two_layers(f"of_virtual.{number}", summed), 0)
        return states

    def _linear(self, name: str, values: np.ndarray) -> np.ndarray:
        """Linear layer."""
        return values @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _normal(self, name: str, values: np.ndarray) -> np.ndarray:
        """Normalise as the batches of training were."""
        deviation = np.sqrt(self.weights[f"{name}.running_var"] + _SMALL)
        centred = (values - self.weights[f"{name}.running_mean"]) / deviation
        return centred * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

    def _two_layers(self, name: str, values: np.ndarray) -> np.ndarray:
        """Linear, normalisation, ReLU, linear."""
        middle = self._normal(f"{name}.1", self._linear(f"{name}.0", values))
        return self._linear(f"{name}.3", np.maximum(middle, 0))


def read_plain_encoder(path: Path) -> PlainEncoder:
    """Read an encoder that a training wrote, or the one that ships.

    Raises
    ------
    DataFileError
        If it is none, or learned of other descriptors or forms than molecules have here.
    """
    told, tensors = read_tensors(path, role=_ROLE, most_bytes=_LARGEST)
    try:
        about = parse_json(told["musegnn"])
        names = tuple(map(str, about["descriptors"]))
        weights = {name: values.astype(np.float32) for name, values in tensors.items()}
        scale = FeatureScale(weights.pop(f"{_SCALE}levels"), weights.pop(f"{_SCALE}medians"))
        encoder = PlainEncoder(weights, scale, about)
        _check(encoder)
    except (KeyError, TypeError, ValueError, IndexError, WrongDocument) as error:
        msg = f"Expected {_ROLE}, found something else in {path}."
        raise DataFileError(msg, "Take the one that ships, or that a training wrote.") from error
    check_made_here(about, names, path)
    return encoder


def check_made_here(about: Mapping[str, Any], names: tuple[str, ...], path: Path) -> None:
    """Raise `DataFileError` unless an encoder learned of molecules as they are described here."""
    if names != descriptor_names():
        msg = f"Expected descriptors that RDKit computes here, found others in {path}."
        raise DataFileError(msg, "Install the version of RDKit that the encoder was trained with.")
    check_forms(about.get("forms"), role=_ROLE)


def _check(encoder: PlainEncoder) -> None:
    """Raise `ValueError` or `KeyError` unless all weights are there, fit and are finite."""
    weights = encoder.weights
    described = len(encoder.scale.medians)
    is_scale = encoder.scale.levels.ndim == 2 and encoder.scale.levels.shape[1] == described
    values = (*weights.values(), encoder.scale.levels, encoder.scale.medians)
    if not is_scale or not all(np.isfinite(one).all() for one in values):
        msg = "a scale that does not fit, or weights that are no numbers"
        raise ValueError(msg)
    layers = sum(name.endswith(".epsilon") for name in weights)
    if not layers or any((weights[n] < 0).any() for n in weights if n.endswith("running_var")):
        msg = "no layers, or a variance below 0"
        raise ValueError(msg)
    shapes = expected_shapes(
        layers=layers,
        width=weights["virtual"].shape[-1],
        code_width=encoder.width,
        hidden_width=len(weights["branch.0.bias"]) if "branch.0.bias" in weights else 0,
        n_described=described,
    )
    for name, shape in shapes.items():
        if weights[name].shape != shape:
            msg = f"a tensor {name} of another shape"
            raise ValueError(msg)


def expected_shapes(
    *, layers: int, width: int, code_width: int, hidden_width: int, n_described: int
) -> dict[str, tuple[int, ...]]:
    """Return the shape of each tensor that an encoder needs.

    Parameters
    ----------
    layers, width, code_width
        As `MoleculeEncoder` takes them.
    hidden_width
        Of the branch that reads fingerprint and descriptors; 0 without one.
    n_described
        Descriptors.
    """
    shapes: dict[str, tuple[int, ...]] = {"virtual": (1, width)}
    for column, size in enumerate(ATOM_SIZES):
        shapes[f"atoms.{column}.weight"] = (size, width)
    for number in range(layers):
        own = f"convolutions.{number}"
        shapes[f"{own}.epsilon"] = (1,)
        for column, size in enumerate(BOND_SIZES):
            shapes[f"{own}.bonds.{column}.weight"] = (size, width)
        shapes |= _normal_shapes(f"norms.{number}", width)
        for name in (f"{own}.network", *([f"of_virtual.{number}"] if number < layers - 1 else [])):
            shapes |= _linear_shapes(f"{name}.0", 2 * width, width)
            shapes |= _normal_shapes(f"{name}.1", 2 * width)
            shapes |= _linear_shapes(f"{name}.3", width, 2 * width)
    if hidden_width:
        shapes |= _linear_shapes("branch.0", hidden_width, BITS + n_described)
        shapes |= {"pooled_norm.weight": (width,), "pooled_norm.bias": (width,)}
    for name in ("mean", "log_variance"):
        shapes |= _linear_shapes(name, code_width, width + hidden_width)
    return shapes


def _linear_shapes(name: str, told: int, read: int) -> dict[str, tuple[int, ...]]:
    """Shapes of a linear layer."""
    return {f"{name}.weight": (told, read), f"{name}.bias": (told,)}


def _normal_shapes(name: str, width: int) -> dict[str, tuple[int, ...]]:
    """Shapes of a normalisation."""
    parts = ("weight", "bias", "running_mean", "running_var")
    return {f"{name}.{part}": (width,) for part in parts}
