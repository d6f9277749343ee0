"""Vectors of a table by skip-gram: on random walks with restart, on sets, on signed tokens."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from scipy import sparse

from musegnn.errors import InputError
from musegnn.fusion.feature_table import GRAPH, PROFILES, SIGNED, FeatureTable
from musegnn.fusion.spectral import unit

WALKS_A_GENE: Final = 5
STEPS: Final = 10  # genes of a walk
RESTART: Final = 0.3  # chance in each step to go back to where the walk began
EPOCHS: Final = 5
WINDOW: Final = 5
LARGEST_SEED: Final = 2**32  # gensim hands it to a generator of 32 bits
_STRENGTH: Final = 5  # sentences of a relation of the highest confidence


def encode_by_walks(table: FeatureTable, width: int, *, seed: int = 0) -> np.ndarray:
    """Embed the genes of a table.

    Parameters
    ----------
    table
        What is known: a graph, or the graph of genes and terms, is walked with restart; each
        regulator with its sign is a word beside its targets, the oftener the surer.
    width
        Numbers in a vector.
    seed
        Of walks, of the order of sentences and of the model.

    Returns
    -------
    `(G, width)` float32 of length 1, zeros for genes of which nothing is known; the same bytes for
    the same seed.

    Raises
    ------
    InputError
        If gensim is not installed.

    References
    ----------
    Chen et al., Nat Commun 15, 1853 (2024): random walks with restart on genes and terms, one
    positive pair to five negative ones; here by gensim's negative sampling in place of Adam.
    """
    rng = np.random.default_rng(seed)
    sentences = _signed(table, rng) if table.form == SIGNED else _walked(table, rng)
    vectors = np.zeros((len(table.genes), width), dtype=np.float32)
    if not sentences:
        return vectors
    model = _model(width, 1 if table.form == SIGNED else WINDOW, seed)
    model.build_vocab(sentences)
    model.train(sentences, total_examples=len(sentences), epochs=model.epochs)
    known = model.wv.key_to_index
    rows = [row for row in range(len(table.genes)) if str(row) in known]
    vectors[rows] = [model.wv[str(row)] for row in rows]
    return unit(vectors)


def _model(width: int, window: int, seed: int) -> Any:
    """Return an untrained model that gives the same numbers in every process."""
    try:
        from gensim.models import Word2Vec  # type: ignore[import-untyped] # noqa: PLC0415
    except ImportError as error:
        msg = "Expected gensim for vectors by walks, found that it is not installed."
        raise InputError(msg, "`pip install -r requirements.txt`, or use the encoder `svd`.") from (
            error
        )
    return Word2Vec(
        vector_size=width,
        window=window,
        min_count=1,
        sample=0,
        sg=1,
        negative=5,
        epochs=EPOCHS,
        seed=seed % LARGEST_SEED,
        workers=1,  # with more, threads race for the weights
        # names of tokens are numbers of rows; Python's own hash differs from process to process
        hashfxn=_hash,
    )


def _hash(text: str) -> int:
    """Hash that is the same in every process."""
    number = 2166136261
    for letter in text.encode():
        number = (number ^ letter) * 16777619 % 2**32
    return number


def _walked(table: FeatureTable, rng: np.random.Generator) -> list[list[str]]:
    """Sentences of genes that random walks with restart come by."""
    step = table.members.astype(np.float64)
    if table.form == GRAPH:
        step = table.weights.astype(np.float64)
    elif table.form == PROFILES:
        step = step.multiply(np.maximum(table.weights.toarray(), 0)).tocsr()
    known = np.flatnonzero(np.diff(step.indptr))
    here = np.repeat(known, WALKS_A_GENE)
    start, passed = here.copy(), [here]
    forth, back = _Steps(step), None if table.form == GRAPH else _Steps(step.T.tocsr())
    for _ in range(STEPS - 1):
        here = forth.take(here, rng)
        if back is not None:
            here = back.take(here, rng)
        here = np.where(rng.random(len(here)) < RESTART, start, here)
        passed.append(here)
    order = rng.permutation(len(start))
    return [list(map(str, row)) for row in np.stack(passed, axis=1)[order]]


class _Steps:
    """Draws where many walks go next at once."""

    def __init__(self, matrix: sparse.csr_matrix) -> None:
        self._starts, self._columns = matrix.indptr, matrix.indices
        self._sums = np.concatenate([[0.0], np.cumsum(matrix.data)])

    def take(self, here: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Step from each place along one of its entries, the likelier the stronger."""
        first, last = self._starts[here], self._starts[here + 1]
        low, high = self._sums[first], self._sums[last]
        drawn = low + rng.random(len(here)) * (high - low)
        place = np.searchsorted(self._sums, drawn, side="right") - 1
        return self._columns[np.clip(place, first, last - 1)]


def _signed(table: FeatureTable, rng: np.random.Generator) -> list[list[str]]:
    """Pairs of a target and its regulator with a sign, repeated by confidence."""
    entries = table.weights.tocoo()
    largest = np.zeros(len(table.features))
    np.maximum.at(largest, entries.col, entries.data)
    share = entries.data / np.maximum(largest[entries.col], 1e-9)
    times = np.maximum(np.round(_STRENGTH * share).astype(np.int64), 1)
    rows, columns = np.repeat(entries.row, times), np.repeat(entries.col, times)
    order = rng.permutation(len(rows))
    return [[str(rows[i]), f"{table.features[columns[i]]}:"] for i in order]
