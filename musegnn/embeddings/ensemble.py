"""Ensemble: the same genes in context embedded by models of other training seeds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.errors import MuseGNNError
from musegnn.validation import format_list

_SEED_FOLDER = re.compile(r"seed_\d+")
_RESULT = "result"


@dataclass(frozen=True)
class Ensemble:
    """Models other than the shown one, on the same genes in context.

    Parameters
    ----------
    names
        Folder of each model, as far as it tells the models apart.
    unit_vectors
        For each model `(N, D)` float32 vectors of length 1, rows as in the shown atlas; the width
        D may differ between models.
    notes
        Why result folders that were found are not part of it, one sentence each.
    """

    names: tuple[str, ...]
    unit_vectors: tuple[np.ndarray, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Number of models."""
        return len(self.names)


def find_members(embedding: EmbeddingSet, folder: Path | None = None) -> list[Path]:
    """Find the result files of other models.

    Parameters
    ----------
    embedding
        The shown atlas.
    folder
        Folder that holds several runs or results (`MUSEGNN_ENSEMBLE`); None looks beside the
        atlas: in the folder `ensemble` of its result, and among the runs `seed_0`, `seed_1`, ...
        that `musegnn train --seeds` lays beside its own.

    Returns
    -------
    Paths of embedding sets, sorted; the file of the atlas itself is left out.
    """
    roots = [folder] if folder is not None else _places_beside(embedding.path)
    found = {
        path.resolve()
        for root in roots
        for pattern in (f"*/{keys.EMBEDDING_FILE}", f"*/{_RESULT}/{keys.EMBEDDING_FILE}")
        for path in root.glob(pattern)
    }
    own = embedding.path.resolve() if embedding.path is not None else None
    return sorted(found - {own})


def read_ensemble(embedding: EmbeddingSet, paths: list[Path]) -> Ensemble:
    """Read the models of an ensemble.

    Parameters
    ----------
    embedding
        The shown atlas.
    paths
        Files of the models. One that cannot be read, was trained with other settings (the seed
        aside), lacks a gene in context of the atlas, or is the shown model itself, is left out with
        a note.
    """
    names, vectors, notes = [], [], []
    for path in paths:
        name = _name_of(path)
        try:
            other = read_embedding_set(path)
        except MuseGNNError as error:
            notes.append(f"{name} was left out: {error.message}")
            continue
        different = _different_settings(embedding, other)
        if different:
            found = format_list(different, limit=3)
            notes.append(f"{name} was left out: it was trained with other settings ({found}).")
            continue
        order = pd.Index(other.row_names).get_indexer(embedding.row_names)
        if (order < 0).any():
            n_missing = int((order < 0).sum())
            notes.append(f"{name} was left out: it lacks {n_missing:,} genes in context.")
            continue
        unit = other.unit_vectors[order]
        if unit.shape == embedding.unit_vectors.shape and np.allclose(
            unit, embedding.unit_vectors, atol=1e-5
        ):
            notes.append(f"{name} was left out: it is the model on screen.")
            continue
        unit.flags.writeable = False
        names.append(name)
        vectors.append(unit)
    return Ensemble(tuple(names), tuple(vectors), tuple(notes))


def neighbour_stability(
    ensemble: Ensemble, row: int, neighbours: np.ndarray, candidates: np.ndarray, *, k: int
) -> pd.DataFrame:
    """Ask the other models for the rank of each neighbour.

    Parameters
    ----------
    ensemble
        The other models.
    row
        Row of the gene in context.
    neighbours
        Rows of its neighbours in the shown model.
    candidates
        Rows that were compared, the neighbours among them; `row` is left out.
    k
        Size of a neighbourhood.

    Returns
    -------
    In the order of `neighbours`: `stability` (share of the other models in which the neighbour is
    among the k nearest, 0 to 1), `rank_low` and `rank_high` (its best and worst rank there). NaN
    and missing without other models.
    """
    others = np.sort(candidates[candidates != row])
    places = np.searchsorted(others, neighbours)
    ranks = np.empty((len(ensemble), len(neighbours)), dtype=np.int64)
    for number, unit in enumerate(ensemble.unit_vectors):
        order = np.lexsort((others, -(unit[others] @ unit[row])))
        rank = np.empty(len(others), dtype=np.int64)
        rank[order] = np.arange(1, len(others) + 1)
        ranks[number] = rank[places]
    if not len(ensemble):
        missing = pd.array([pd.NA] * len(neighbours), dtype="Int64")
        return pd.DataFrame({"stability": np.nan, "rank_low": missing, "rank_high": missing})
    return pd.DataFrame(
        {
            "stability": (ranks <= k).mean(axis=0),
            "rank_low": pd.array(ranks.min(axis=0), dtype="Int64"),
            "rank_high": pd.array(ranks.max(axis=0), dtype="Int64"),
        }
    )


def _places_beside(path: Path | None) -> list[Path]:
    """Folders beside an atlas that may hold other models."""
    if path is None:
        return []
    result = path.resolve().parent
    places = [result / "ensemble"]
    run = result.parent if result.name == _RESULT else result
    if _SEED_FOLDER.fullmatch(run.name):
        places.append(run.parent)
    return [place for place in places if place.is_dir()]


def _name_of(path: Path) -> str:
    """Name of a model: its run folder."""
    folder = path.parent.parent if path.parent.name == _RESULT else path.parent
    return folder.name


def _different_settings(first: EmbeddingSet, second: EmbeddingSet) -> list[str]:
    """Names of training settings in which two models differ, the seed aside, sorted.

    Settings that a model does not record are not held against it.
    """
    ours, theirs = (embedding.provenance.get("config") for embedding in (first, second))
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        return []
    names = {*ours, *theirs} - {"seed"}
    return sorted(name for name in names if ours.get(name) != theirs.get(name))
