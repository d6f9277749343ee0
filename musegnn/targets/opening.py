"""Open what answers lean on: fitted once for the tables of a store, then kept in the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np

from musegnn.errors import DataFileError
from musegnn.io.kept_arrays import ArrayFile, Kept, open_kept
from musegnn.knowledge.catalogue import CATALOGUE_FILE, PHARMACOLOGY
from musegnn.knowledge.store import KnowledgeStore
from musegnn.targets.gene_vectors import GeneVectors, read_gene_vectors
from musegnn.targets.predictor import SIGNATURE_ALONE, Predictor
from musegnn.targets.reference import Reference, build_reference
from musegnn.targets.similarity import lay_out_signatures
from musegnn.targets.stacking import WITH_OUTSIDE, WITHOUT_OUTSIDE, Stack, fit_stack
from musegnn.targets.tables import Pharmacology, read_pharmacology
from musegnn.targets.tractable import FUSED, SETS, open_fused

HOW_LONG: Final = "learning from the compounds of the store, once, for a minute or two"
_FORM: Final = 2  # of what is kept; other rules are another form
_ARRAYS: Final = ("bits", "counts", "described", "known", "n_known")
# whoever asks while somebody's visit is learning waits for that, and does not learn it again
_LEARNING: Final = Lock()


def open_predictor(
    store: KnowledgeStore | None, *, tell: Callable[[str], object] = lambda _: None
) -> Predictor:
    """Open the predictor of a store.

    Parameters
    ----------
    store
        The annotation store.
    tell
        Told what takes long, the first time.

    Raises
    ------
    InputError
        If the store has no compound with a signature and a known target.
    DataFileError
        If a table cannot be read.
    """
    data = read_pharmacology(store)
    if store is None:  # unreachable: reading has refused it
        return fit_predictor(data, store)
    fitted: list[Predictor] = []

    def make(path: Path) -> None:
        tell(f"{HOW_LONG}; later answers take seconds")
        fitted.append(fit_predictor(data, store))
        _write(path, fitted[0])

    def check(kept: Kept) -> None:
        _from_kept(kept, data)

    with _LEARNING:
        kept = open_kept(
            CATALOGUE_FILE, f".targets-{_state(store)}", make=make, check=check, beside=False
        )
    return fitted[0] if fitted else _from_kept(kept, data)


def open_spaces(
    store: KnowledgeStore | None,
) -> tuple[dict[str, GeneVectors], dict[str, GeneVectors]]:
    """Open the vectors by which genes are alike, and those of each modality of the fused set.

    Those of the annotation are made once, in ten seconds, and kept in the cache folder.

    Returns
    -------
    Space -> vectors: `SETS` where the store has any, `FUSED` where the program's set is there. Then
    modality -> vectors.

    Raises
    ------
    DataFileError
        If a table cannot be read.
    """
    modalities = open_fused()
    spaces = {FUSED: modalities.pop(FUSED)} if FUSED in modalities else {}
    of_sets = None if store is None else _open_sets(store)
    if of_sets is not None:
        spaces = {SETS: of_sets, **spaces}
    return spaces, modalities


def _open_sets(store: KnowledgeStore) -> GeneVectors | None:
    """Vectors of the tables of sets, kept; None where the store has none."""

    def make(path: Path) -> None:
        found = read_gene_vectors(store) or GeneVectors((), np.zeros((0, 0), np.float32))
        with ArrayFile(path) as out:
            out.add("vectors", found.vectors)
            out.close({"symbols": list(found.symbols), "sources": list(found.sources)})

    def check(kept: Kept) -> None:
        if len(kept.notes["symbols"]) != len(kept.arrays["vectors"]):
            msg = "Expected a symbol for each gene vector, found another number."
            raise DataFileError(msg, "Remove the cache folder; it is made anew.")

    name = f".gene-vectors-{_letters(_of_genes(store))}"
    kept = open_kept(CATALOGUE_FILE, name, make=make, check=check, beside=False)
    symbols = tuple(map(str, kept.notes["symbols"]))
    if not symbols:
        return None
    return GeneVectors(symbols, kept.arrays["vectors"], tuple(map(str, kept.notes["sources"])))


def fit_predictor(data: Pharmacology, store: KnowledgeStore | None) -> Predictor:
    """Lay out every labelled compound and fit how methods are put together."""
    reference = build_reference(data, read_gene_vectors(store))
    everyone = np.arange(reference.n_measured)
    has_outside = len(reference.compounds) > reference.n_measured
    both = WITH_OUTSIDE if has_outside else WITHOUT_OUTSIDE
    stacks = {
        name: fit_stack(reference, everyone, everyone, methods)
        for name, methods in (("both", both), ("signature", SIGNATURE_ALONE))
    }
    return Predictor(data, reference, stacks)


def _state(store: KnowledgeStore) -> str:
    """Letters that change with the tables of the store and with the form of what is kept."""
    records = [store.record(name) for kind in PHARMACOLOGY for name in store.names(kind)]
    said = [f"{record.name} {record.sha256}" for record in records]
    return _letters([*said, *_of_genes(store)])


def _of_genes(store: KnowledgeStore) -> list[str]:
    """Name and hash of each table that gene vectors are made of."""
    libraries = store.gene_set_libraries("human", shipped=False)
    names = (*libraries, *store.names("interactions", "human"))
    return [f"{name} {store.record(name).sha256}" for name in names]


def _letters(said: list[str]) -> str:
    """Letters that change with what is said, and with the form of what is kept."""
    return hashlib.sha256("\n".join([str(_FORM), *sorted(said)]).encode()).hexdigest()[:16]


def _write(path: Path, predictor: Predictor) -> None:
    """Write what takes long to make."""
    reference = predictor.reference
    with ArrayFile(path) as out:
        for name in _ARRAYS:
            array = getattr(reference, name)
            out.add(name, array.astype(np.uint8) if array.dtype == bool else array)
        out.add("genes", np.zeros((0, 0)) if reference.genes is None else reference.genes)
        if predictor.uses_wide:
            out.add("structure", reference.structure)
        for name, stack in predictor.stacks.items():
            out.add(f"{name}.weights", np.append(stack.weights, stack.offset))
            out.add(f"{name}.steps", stack.steps)
        out.close(
            {
                "compounds": list(reference.compounds),
                "targets": list(reference.targets),
                "n_measured": reference.n_measured,
                "stacks": {name: list(stack.methods) for name, stack in predictor.stacks.items()},
            }
        )


def _from_kept(kept: Kept, data: Pharmacology) -> Predictor:
    """Put kept arrays together with the signatures of the tables."""
    notes, arrays = kept.notes, kept.arrays
    compounds = tuple(str(key) for key in notes["compounds"])
    n = int(notes["n_measured"])
    row = {key: at for at, key in enumerate(data.signature_keys)}
    if not all(key in row for key in compounds[:n]) or len(arrays["bits"]) != len(compounds):
        msg = "Expected what was learned from the tables of the store, found other compounds."
        raise DataFileError(msg, "Remove the cache folder; it is made anew.")
    space = lay_out_signatures(data.signatures)
    reference = Reference(
        compounds=compounds,
        n_measured=n,
        targets=tuple(str(gene) for gene in notes["targets"]),
        known=arrays["known"].astype(bool),
        n_known=arrays["n_known"],
        space=space.take(np.array([row[key] for key in compounds[:n]])),
        bits=arrays["bits"],
        counts=arrays["counts"],
        described=arrays["described"],
        genes=arrays["genes"] if arrays["genes"].size else None,
        laid_out=arrays.get("structure"),
    )
    stacks = {
        str(name): Stack(
            tuple(str(method) for method in methods),
            arrays[f"{name}.weights"][:-1],
            float(arrays[f"{name}.weights"][-1]),
            arrays[f"{name}.steps"],
        )
        for name, methods in notes["stacks"].items()
    }
    return Predictor(data, reference, stacks)
