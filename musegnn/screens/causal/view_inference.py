"""Causal inference: edges that the cells suggest, from what ships or from a file of counts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from musegnn.analysis.causal.causal_discovery import Discovery
from musegnn.analysis.causal.causal_question import ContextGenes
from musegnn.analysis.causal.cause_correlations import CauseCorrelations
from musegnn.analysis.causal.gene_sample import MOST_GENES
from musegnn.io.json_tables import reading_tables, table_from_plain
from musegnn.runs.inputs import ask, find_file
from musegnn.runs.kinds.inference import EDGES_FILE, InferenceSettings
from musegnn.screens.parts.page_work import PageWork
from musegnn.screens.parts.uploads import Upload, give_upload


@dataclass(frozen=True)
class InferenceRequest:
    """What shall be inferred.

    Parameters
    ----------
    context
        The chosen genes.
    modality
        Of the context.
    causes
        Genes that may act on others.
    file
        Counts of the cells, or None to take the correlations that ship.
    """

    context: ContextGenes
    modality: str
    causes: frozenset[str]
    file: Upload | None = None


@dataclass(frozen=True)
class InferenceView:
    """What the page says about inference before it runs.

    Parameters
    ----------
    can_start
        True when the edges can be inferred with what is at hand.
    text
        From what, or why not and what to do.
    """

    can_start: bool
    text: str


def describe(
    request: InferenceRequest, correlations: CauseCorrelations | None, *, called: str
) -> InferenceView:
    """Say from what the edges would be inferred, or what is missing.

    `called` is the context for people.
    """
    n_genes = len(request.context.genes)
    if n_genes > MOST_GENES:
        return InferenceView(
            can_start=False,
            text=f"Inference takes at most {MOST_GENES} genes, {n_genes:,} are chosen. Choose "
            "fewer: a smaller neighbourhood, or a part of the list.",
        )
    if request.file is not None:
        return InferenceView(can_start=True, text=f"From the cells of {request.file.name}.")
    if correlations is None:
        return InferenceView(
            can_start=False,
            text=f"No correlations of {called} are at hand, and the shipped graph alone does not "
            "hold enough to test independence. Give the counts of this context below.",
        )
    return InferenceView(
        can_start=True,
        text=f"From the correlations of {len(correlations.causes)} transcription factors with all "
        f"genes over the {correlations.n_cells:,} cells of {called}; the counts themselves are "
        "not part of this installation, so that the bootstrap is a parametric one. With a file of "
        "counts it draws cells.",
    )


def work_of(request: InferenceRequest, correlations: Path | None, *, root: Path) -> PageWork:
    """Return the run that infers the edges.

    Parameters
    ----------
    request
        What shall be inferred.
    correlations
        File of the correlations that ship; taken where there are no counts.
    root
        Folder of all runs.
    """
    context = request.context
    question = {
        "dataset": context.dataset,
        "species": context.species,
        "modality": request.modality,
        "genes": list(context.genes),
        "context_genes": list(context.background) if request.file is not None else [],
        "causes": sorted(request.causes) if request.file is not None else [],
    }
    inputs = [ask(root, question)]
    if request.file is not None:
        inputs.append(give_upload(root, request.file, role="counts"))
    elif correlations is not None:
        inputs.append(find_file(correlations, role="correlations"))
    return PageWork(
        InferenceSettings(dataset=context.dataset, seed=0),
        tuple(inputs),
        f"Edges of {len(context.genes)} genes in {context.dataset}",
    )


def read_discovery(folder: Path) -> Discovery:
    """Read what a run has inferred."""
    with reading_tables(folder / EDGES_FILE, role="inferred edges") as content:
        return Discovery(
            edges=table_from_plain(content["edges"], numbers=("correlation", "frequency")),
            genes=tuple(content["genes"]),
            n_causes=int(content["n_causes"]),
            n_cells=int(content["n_cells"]),
            sentence=str(content["sentence"]),
        )
