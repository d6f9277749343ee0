"""Skip-gram on edges: genes that are joined predict each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from musegnn.baselines.inputs import FitSettings, common_names, generator_for
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import GeneGraph

EPOCHS = 50  # on four blood datasets 20 find fewer hidden edges, 100 no more
LARGEST_SEED = 2**32  # gensim hands it to a generator of 32 bits


def fit_gene2vec(graphs: Sequence[GeneGraph], settings: FitSettings) -> list[np.ndarray]:
    """Train one skip-gram model on the edges of all datasets as sentences of two names.

    A name has **one vector**, whatever the dataset: comparisons of equal names are won by
    construction. Names without any edge get zeros.

    References
    ----------
    Du et al., BMC Genomics 20 (suppl. 1), 82 (2019): negative sampling with window 1. Every pair is
    kept and none is down-sampled, since graphs hold fewer genes than the original's corpus.
    """
    model = _new_model(settings)
    pairs = _list_pairs(graphs)
    if not pairs:
        return [np.zeros((graph.n_genes, settings.width)) for graph in graphs]
    order = generator_for(settings.seed, "gene2vec").permutation(len(pairs))
    sentences = [pairs[i] for i in order]
    model.build_vocab(sentences)
    settings.progress.start("gene2vec", model.epochs)
    model.train(
        sentences,
        total_examples=len(sentences),
        epochs=model.epochs,
        callbacks=[_epoch_counter(settings)],
    )
    settings.progress.finish()
    return [_vectors(model, common_names(graph), settings.width) for graph in graphs]


def _list_pairs(graphs: Sequence[GeneGraph]) -> list[list[str]]:
    """List each edge of each graph once, as names."""
    pairs = []
    for graph in graphs:
        names = common_names(graph)
        source, target = graph.edge_index
        kept = source < target
        pairs += [[names[i], names[j]] for i, j in zip(source[kept], target[kept], strict=True)]
    return pairs


def _new_model(settings: FitSettings) -> Any:
    """Return an untrained model that gives the same numbers in every process."""
    try:
        from gensim.models import Word2Vec  # type: ignore[import-untyped] # noqa: PLC0415
    except ImportError as error:
        msg = "Expected gensim for the baseline `gene2vec`, found that it is not installed."
        hint = "Use Python 3.11 to 3.13 and `pip install -r requirements.txt`."
        raise InputError(msg, hint) from error
    return Word2Vec(
        vector_size=settings.width,
        window=1,
        min_count=1,
        sample=0,
        sg=1,
        negative=5,
        epochs=settings.epochs or EPOCHS,
        seed=settings.seed % LARGEST_SEED,
        workers=1,  # with more, threads race for the weights
    )


def _epoch_counter(settings: FitSettings) -> Any:
    """Return a callback that tells the progress of each epoch."""
    from gensim.models.callbacks import CallbackAny2Vec  # type: ignore[import-untyped] # noqa: PLC0415

    class Counter(CallbackAny2Vec):
        def on_epoch_end(self, model: Any) -> None:
            settings.progress.advance()

    return Counter()


def _vectors(model: Any, names: Sequence[str], width: int) -> np.ndarray:
    """Look up the names, `(n, width)`; zeros where a name has no edge."""
    known = model.wv.key_to_index
    zeros = np.zeros(width, dtype=np.float32)
    return np.stack([model.wv[name] if name in known else zeros for name in names])
