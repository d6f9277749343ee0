"""Embed molecules that a person brings: vectors, bits kept, and how far they are from the map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from musegnn.embeddings.vector_set import write_vector_set
from musegnn.molecules.alike import nearest_by_bits
from musegnn.molecules.encoder_inputs import EncoderInputs, read_inputs
from musegnn.molecules.molecule_set import (
    CLUSTER,
    KEY,
    MODEL,
    NAME,
    SCAFFOLD,
    describe_molecules,
    different,
    molecule_set,
)
from musegnn.molecules.plain_encoder import PlainEncoder
from musegnn.molecules.reading import read_molecules
from musegnn.molecules.shipped import DOMAIN, MoleculeReference

CHANGES, ROW, NEAREST, LIKENESS = "changes", "row", "nearest", "nearest tanimoto"


@dataclass(frozen=True)
class Embedded:
    """Molecules with a vector each.

    Parameters
    ----------
    codes
        `(M, C)` float32.
    table
        M rows: name, row of the text, structure in one form, InChIKey, scaffold, changes, bits
        kept; with a map to compare with also its nearest molecule and the Tanimoto similarity.
    refused
        Columns `row`, `given` and `why`.
    """

    codes: np.ndarray
    table: pd.DataFrame
    refused: pd.DataFrame

    def __len__(self) -> int:
        """Count molecules."""
        return len(self.codes)

    @property
    def n_far(self) -> int | None:
        """Molecules that no structure of the map is like; None where there was none to compare."""
        return int((self.table[LIKENESS] < DOMAIN).sum()) if LIKENESS in self.table else None

    @property
    def words(self) -> tuple[str, ...]:
        """What was done, a sentence each."""
        said = [
            f"{len(self):,} molecules have a vector of {self.codes.shape[1]} numbers; "
            f"{len(self.refused):,} rows were left out."
        ]
        if self.n_far:
            said.append(
                f"{self.n_far:,} are far from all that the encoder learned from (Tanimoto below "
                f"{DOMAIN:g} to each): their vectors are close to a guess."
            )
        return tuple(said)


def embed_text(
    text: str,
    encoder: PlainEncoder,
    reference: MoleculeReference | None,
    *,
    processes: int = 1,
    tell: Callable[[str], object] | None = None,
) -> Embedded:
    """Read molecules, bring them into one form, and encode them.

    Parameters
    ----------
    text
        As `read_molecules` takes it.
    encoder
        With its weights.
    reference
        Molecules that the encoder learned from, to say how far others are; None for an encoder of
        which they are not known.
    processes
        How many read structures at once.
    tell
        Told how far it is, in words.

    Raises
    ------
    InputError
        If no molecule can be read, or there are too many.
    """

    def say(what: str) -> None:
        if tell is not None:
            tell(what)

    read = read_molecules(
        text,
        processes=processes,
        tell=lambda done, of: say(f"{done:,} of {of:,} brought into one form"),
    )
    forms = [one.standard for one in read.molecules]
    n = len(forms)
    inputs = read_inputs(
        [form.smiles for form in forms],
        processes=processes,
        tell=lambda done: say(f"{done:,} of {n:,} described"),
    )
    codes, bits = encoder.encode(inputs)
    table = describe_molecules(
        [one.name for one in read.molecules],
        [form.smiles for form in forms],
        [form.inchikey for form in forms],
        inputs.scaffolds,
        bits,
    )
    table.insert(1, ROW, [one.row for one in read.molecules])
    table[CHANGES] = ["; ".join(form.changes) for form in forms]
    if reference is not None:
        say("compares them with the molecules of the map")
        table = table.assign(**_nearest(inputs, reference))
    return Embedded(codes, table, read.refused)


def _nearest(inputs: EncoderInputs, reference: MoleculeReference) -> dict[str, object]:
    """Columns that say which molecule of the map is most alike, and how much."""
    similarity, rows = nearest_by_bits(inputs.bits, reference.bits)
    names = reference.molecules.table[NAME].to_numpy(dtype=object)[rows]
    return {NEAREST: names, LIKENESS: np.round(similarity, 3)}


def vectors_table(found: Embedded) -> pd.DataFrame:
    """Lay molecules and vectors out side by side, a row a molecule."""
    numbers = pd.DataFrame(found.codes, columns=[f"v{n + 1}" for n in range(found.codes.shape[1])])
    return pd.concat([found.table, numbers], axis=1)


def write_set(found: Embedded, path: Path, *, encoder: str) -> None:
    """Write molecules as a set with a map of its own, which the dashboard's tools open.

    Raises
    ------
    InputError
        If there are fewer than four.
    """
    provenance = {"name": path.stem, "model": MODEL, "encoder": encoder, "seed": 0}
    table = found.table.assign(**{NAME: different(found.table[NAME], found.table[KEY])})
    made = molecule_set(
        found.codes, table, seed=0, provenance=provenance, details=(SCAFFOLD, CLUSTER)
    )
    write_vector_set(made, path)
