"""What assays would find of molecules, as tables that people read, and how far to trust it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from musegnn.knowledge.catalogue import ASSAYS
from musegnn.knowledge.store import KnowledgeStore
from musegnn.molecules.assays import AssayTable, as_assays
from musegnn.molecules.measured import in_words
from musegnn.molecules.molecule_set import SMILES
from musegnn.molecules.property_heads import DOMAINS, LEARNED, Foretold, Heads, domain_places
from musegnn.molecules.reading import Named
from musegnn.molecules.shipped import MoleculeReference
from musegnn.molecules.structures import descriptors, fingerprints, tanimoto

BATCH: Final = 500  # molecules described at a time
METHOD: Final = (
    "Five networks on 217 descriptors of the structure, each stopped by other scaffolds, and for "
    "the tables of activity a ridge on the likeness of structures. Probabilities are calibrated on "
    "molecules that were left out; from and to are the lowest and the highest of the five. Numbers "
    "come with the interval in which 9 of 10 molecules left out lie, wider the further out a "
    "molecule is. Cells have no part in it: structure alone reaches these figures, and nothing "
    "measured here says that the context of cells adds to them."
)
_TWIN: Final = 0.999  # similarity of one molecule, of its stereoisomers and of a few others
_KNOWN: Final = "itself or a twin was learned from"
_WORDS: Final = {
    "inside": "like molecules learned from",
    "edge": "somewhat like molecules learned from",
    "outside": "unlike all molecules learned from",
}


@dataclass(frozen=True)
class Foresight:
    """What is said of some molecules.

    Parameters
    ----------
    molecules
        A row a molecule: `molecule`, `structure`, `inchikey`, `nearest` (similarity to the nearest
        molecule that was learned from, in any table), `domain` (in words), `changes`.
    classes
        A row a molecule and assay of activity, molecules in their order, of each first the assays
        that are named, of tables that it is not outside of; there the nearer tables, and in them
        the assays most above the usual: `molecule`, `table`, `assay`,
        `probability`, `low`, `high`, `usual` (share of actives), `times` (probability over usual),
        `held_out` (AUROC of molecules held out; NaN where one class has none), `learned_from`
        (labels), `nearest`, `domain`.
    numbers
        The same of assays with numbers: `molecule`, `table`, `assay`, `value`, `low`, `high`,
        `usual` (median), `held_out` (mean absolute error), `learned_from`, `nearest`, `domain`.
    """

    molecules: pd.DataFrame
    classes: pd.DataFrame
    numbers: pd.DataFrame


def foretell(tables: Sequence[Heads], molecules: Sequence[Named]) -> Foresight:
    """Say what assays would find of molecules in one form."""
    structures = [one.standard.smiles for one in molecules]
    described, bits = descriptors(structures), fingerprints(structures)
    said = [(heads, heads.say(described, bits)) for heads in tables]
    names = _different(molecules)
    told = pd.DataFrame(
        {
            "molecule": names,
            "structure": structures,
            "inchikey": [one.standard.inchikey for one in molecules],
            **_reach([found for _, found in said], len(names)),
            "changes": ["; ".join(one.standard.changes) for one in molecules],
        }
    )
    places = np.arange(len(names))
    parts = {
        is_binary: [
            _long(heads, found, places) for heads, found in said if heads.is_binary == is_binary
        ]
        for is_binary in (True, False)
    }
    classes = pd.concat(parts[True], ignore_index=True).rename(columns={"value": "probability"})
    classes.insert(6, "times", classes["probability"] / classes["usual"])
    zone = domain_places(classes["nearest"].to_numpy())
    # what is hardly better than chance does not come first, nor what nobody can look up
    is_far, has_number = zone == len(DOMAINS) - 1, ~classes["assay"].map(is_named).to_numpy(bool)
    order = np.lexsort((-classes["times"], zone, has_number, is_far, classes["place"]))
    classes = classes.iloc[order]
    numbers = pd.concat(parts[False], ignore_index=True).sort_values("place", kind="stable")
    return Foresight(told, *(_named(table, names) for table in (classes, numbers)))


def is_named(assay: str) -> bool:
    """Return False where a table tells the number of an assay alone, not what it asks."""
    return not assay.replace("_", "").isdigit()


def foretell_wide(
    tables: Sequence[Heads],
    molecules: Sequence[Named],
    *,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> Iterator[pd.DataFrame]:
    """Yield a row a molecule and a column an assay, some hundred molecules at a time.

    Parameters
    ----------
    tables
        That know assays.
    molecules
        In one form, any number.
    tell
        Called with how many are done and how many there are.
    """
    for start in range(0, len(molecules), BATCH):
        some = molecules[start : start + BATCH]
        structures = [one.standard.smiles for one in some]
        described, bits = descriptors(structures), fingerprints(structures)
        said = [(heads, heads.say(described, bits)) for heads in tables]
        columns: dict[str, Any] = {
            "molecule": [one.name for one in some],
            "row": [one.row for one in some],
            "structure": structures,
            "inchikey": [one.standard.inchikey for one in some],
            **_reach([found for _, found in said], len(some)),
            "changes": ["; ".join(one.standard.changes) for one in some],
        }
        for heads, found in said:
            columns[f"{heads.title} nearest"] = found.nearest
            for task, values in zip(heads.tasks, found.value.T, strict=True):
                columns[f"{heads.title} {task}"] = values
        tell(min(start + BATCH, len(molecules)), len(molecules))
        yield pd.DataFrame(columns)


def nearest_of(
    heads: Heads,
    structure: str,
    table: AssayTable | None,
    *,
    reference: MoleculeReference | None = None,
    n: int = 5,
) -> pd.DataFrame:
    """Find the molecules of a table that are most alike, with what was measured of them.

    Parameters
    ----------
    heads
        Of the table.
    structure
        In the form that models read.
    table
        The table itself, the very one (see `is_same_table`); None where it is not at hand.
    reference
        Molecules of the map, which say what those of the table are called; None where they are not
        at hand.
    n
        Molecules.

    Returns
    -------
    `similarity` (Tanimoto), `part` ("learned from" or "held out"); with the molecules of the map
    also `name` and `measured` (structure), both "" for one that is not on it; with a table
    `measured` (structure as it writes it) and `found` (in words).
    """
    alike = tanimoto(fingerprints([structure]), heads.fingerprints)[0]
    near = np.argsort(-alike, kind="stable")[:n]
    found = pd.DataFrame(
        {
            "similarity": alike[near],
            "part": np.where(heads.parts[near] == LEARNED, "learned from", "held out"),
        }
    )
    rows = heads.rows[near].tolist()
    if reference is not None:
        on_map = reference.rows_of_table(heads.title, rows).tolist()
        structures = reference.molecules.table[SMILES]
        found = found.assign(
            name=[reference.called(row) if row >= 0 else "" for row in on_map],
            measured=[str(structures.iloc[row]) if row >= 0 else "" for row in on_map],
        )
    if table is None:
        return found
    return found.assign(
        measured=[table.smiles[row] for row in rows],
        found=[in_words(table, table.labels[row]) for row in rows],
    )


def table_of(heads: Heads, store: KnowledgeStore | None) -> AssayTable | None:
    """Return the table that was learned, out of the annotation; None where it lacks that very one.

    Raises
    ------
    DataFileError
        If it is damaged.
    """
    name = str(heads.about["table"])
    if store is None or name not in store.names(ASSAYS):
        return None
    table = as_assays(store.table(name), name=heads.title)
    return table if is_same_table(heads, table) else None


def is_same_table(heads: Heads, table: AssayTable) -> bool:
    """True for the very table that was learned: its structures in their order."""
    return bool(table.digest == heads.about["structures"])


def _different(molecules: Sequence[Named]) -> list[str]:
    """Return a name for each molecule; one that stands twice is told by its row."""
    counts = Counter(one.name for one in molecules)
    return [
        one.name if counts[one.name] == 1 else f"{one.name} (row {one.row})" for one in molecules
    ]


def _reach(said: Sequence[Foretold], n: int) -> dict[str, Any]:
    """Similarity to the nearest molecule of any table, and what it means."""
    nearest = np.max([found.nearest for found in said], axis=0) if said else np.zeros(n)
    words = [_WORDS[domain] for domain in domains(nearest)]
    is_known = nearest > _TWIN
    return {"nearest": nearest, "domain": np.where(is_known, _KNOWN, words).astype(object)}


def domains(nearest: np.ndarray) -> list[str]:
    """Return inside, edge or outside for each similarity to the nearest molecule learned from."""
    return [DOMAINS[place] for place in domain_places(nearest).tolist()]


def _long(heads: Heads, found: Foretold, places: np.ndarray) -> pd.DataFrame:
    """A row a molecule and assay of one table."""
    tasks, (n, n_tasks) = heads.about["tasks"], found.value.shape
    held_out = [np.nan if task["held_out"] is None else task["held_out"] for task in tasks]
    columns: dict[str, Any] = {
        "place": np.repeat(places, n_tasks),
        "table": heads.title,
        "assay": list(heads.tasks) * n,
        "value": found.value.ravel(),
        "low": found.low.ravel(),
        "high": found.high.ravel(),
        "usual": [task["usual"] for task in tasks] * n,
        "held_out": held_out * n,
        "learned_from": [task["learned_from"] for task in tasks] * n,
        "nearest": np.repeat(found.nearest, n_tasks),
        "domain": np.repeat(np.array(domains(found.nearest), dtype=object), n_tasks),
    }
    return pd.DataFrame(columns)


def _named(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Put the names of molecules in place of their places."""
    named = [names[place] for place in table["place"].tolist()]
    table = table.drop(columns="place").reset_index(drop=True)
    table.insert(0, "molecule", named)
    return table
