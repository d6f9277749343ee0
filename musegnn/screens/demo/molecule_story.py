"""Story of a drug: from its structure over what it is like to where its target stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from musegnn.embeddings.atlas import Atlas
from musegnn.errors import MuseGNNError
from musegnn.screens.demo.steps import NAMED, Step, listed, neighbours_step, where_step
from musegnn.screens.shell.permalink import clean

DRUG: Final = "erlotinib"
TARGET: Final = "EGFR"  # of its label: lung cancer in which EGFR is mutated
_NEAREST: Final = 20


def erlotinib(atlas: Atlas) -> Iterator[Step | None]:
    """Erlotinib: molecules like it, what assays would find, a target of it on the map."""
    try:
        yield from _molecule_steps()
    except MuseGNNError:  # no molecules ship with this program
        return
    yield where_step(atlas, TARGET)
    yield neighbours_step(atlas, TARGET, "lung tumour lines")


def _molecule_steps() -> Iterator[Step]:
    """Count on the map of molecules and by the models of assays."""
    # an atlas is opened by many who never ask about molecules
    from musegnn.molecules.alike import cosines  # noqa: PLC0415
    from musegnn.molecules.asking import ask  # noqa: PLC0415
    from musegnn.molecules.foretelling import foretell  # noqa: PLC0415
    from musegnn.molecules.foretelling import is_named as is_told  # noqa: PLC0415
    from musegnn.molecules.molecule_set import KEY, NAME, SCAFFOLD  # noqa: PLC0415
    from musegnn.molecules.property_heads import read_heads  # noqa: PLC0415
    from musegnn.molecules.reading import read_molecules  # noqa: PLC0415
    from musegnn.molecules.shipped import FOLDER, is_named, read_reference  # noqa: PLC0415

    reference = read_reference(FOLDER)
    asked = ask(DRUG, reference)
    cosine = cosines(asked.vector, reference.molecules.unit_vectors)
    nearest = np.argsort(-cosine, kind="stable")
    nearest = nearest[nearest != asked.row][:_NEAREST]
    table = reference.molecules.table
    about = table.iloc[nearest]
    scaffold = "" if asked.row is None else str(table[SCAFFOLD].iloc[asked.row])
    n_other = int((about[SCAFFOLD].astype(str) != scaffold).sum())
    pairs = zip(about[NAME].astype(str), about[KEY].astype(str), strict=True)
    names = [name for name, key in pairs if is_named(name, key)]
    yield Step(
        "Molecules",
        f"Of {len(table):,} molecules these are most like {DRUG}, by what was learned from "
        f"structure and from cells: {listed(names[:NAMED])}. **{n_other} of the {_NEAREST} "
        "nearest** have another scaffold; the table has likeness by structure alone beside it.",
        {"mol_asked": clean("mol_asked", DRUG), "mol_colour": "vector"},
    )
    heads = read_heads()
    (molecule,) = read_molecules(f"{asked.smiles} {DRUG}", most=1).molecules
    found = foretell(heads, [molecule])
    told = [row for row in found.classes.itertuples() if is_told(str(row.assay))]
    place, own = next(
        ((place, row) for place, row in enumerate(told, 1) if row.assay == TARGET), (0, None)
    )
    if own is None:  # other assays ship
        return
    nearest_known = float(found.molecules["nearest"].iloc[0])
    knew = (
        "the models have learned from it itself"
        if nearest_known >= 1
        else f"no molecule that the models learned from has a Tanimoto above {nearest_known:.2f}"
    )
    yield Step(
        "Properties",
        f"What would assays find? {TARGET}, the kinase that it is given against: active with "
        f"probability **{own.probability:.2f}**, {own.times:.0f} times the usual {own.usual:.2f}, "
        f"place {place} of {len(told)} assays with a name (held-out AUROC of this assay "
        f"{own.held_out:.2f}); {knew}.",
        {
            "properties_of": clean("properties_of", f"{asked.smiles} {DRUG}"),
            "properties_assay": "",
        },
    )
