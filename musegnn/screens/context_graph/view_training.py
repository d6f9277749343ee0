"""Context graph: an encoder trained on what is at hand, in the background."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from musegnn.io.atomic import scratch_folder
from musegnn.knowledge.store import open_store
from musegnn.molecules.context_build import build_context
from musegnn.molecules.context_graph import write_context
from musegnn.runs import make_request, runs_root, submit
from musegnn.runs.inputs import give, keep
from musegnn.runs.kind import Inputs
from musegnn.runs.kinds.molecules import BYTES_OF_A_MOLECULE, CONTEXT, MoleculeSettings, estimate
from musegnn.runs.presets import preset_settings
from musegnn.screens.shell.words import duration
from musegnn.targets.context_tables import leave_out_tests, read_at_hand

PRESETS: Final[dict[str, str]] = {
    "molecules_default": "default: graph, fingerprint and descriptors; the price of a code binds",
    "molecules_paper": "paper: the published sizes, for a GPU",
}
HONEST: Final = (
    "Molecules in the last part of each table of assays lose their edges first, so that what is "
    "learned can be asked about them. The run goes on when you leave; its curves, its encoder and "
    "the map of its molecules are on the page Runs."
)


def say_cost(preset: str, n_molecules: int) -> str:
    """Say how long a training takes on a CPU, roughly."""
    settings = preset_settings(preset)
    if not isinstance(settings, MoleculeSettings):  # the preset says so
        raise TypeError
    cost = estimate(settings, Inputs(sizes=(n_molecules * BYTES_OF_A_MOLECULE,)))
    return (
        f"{settings.epochs} rounds over {n_molecules:,} molecules: on two cores roughly "
        f"{duration(cost.work_seconds + cost.other_seconds)}."
    )


def start_training(folder: Path | None, *, preset: str, name: str, is_patient: bool = True) -> str:
    """Make the context anew with its features, and ask for a training on it.

    Parameters
    ----------
    folder
        Of annotation.
    preset, name
        Of the run.
    is_patient
        False where the page shows a graph without the molecules that wait for their form: then
        they are no part of the training either.

    Returns
    -------
    Id of the run.

    Raises
    ------
    InputError, DataFileError, RunError
        If a table cannot be read, or the run cannot be asked for.
    """
    at_hand = read_at_hand(open_store(folder), is_patient=is_patient)
    graph = leave_out_tests(build_context(at_hand.tables), at_hand)
    root = runs_root(None)
    with scratch_folder() as scratch:
        path = scratch / "context.npz"
        write_context(graph, path)
        sources = keep([give(root, role=CONTEXT, name=path.name, content=path)])
    request = make_request(preset=preset, files=sources, name=name.strip()[:100] or "Molecules")
    return submit(request, root=root)[0].run_id
