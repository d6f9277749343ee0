"""Causal inference: edges that the cells suggest, from what ships or from a file of counts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from musegnn.analysis.causal.causal_discovery import (
    ALPHA,
    CONDITIONS,
    REPLICATES,
    STEPS_IN_ALL,
    Discovery,
    discover_edges,
)
from musegnn.analysis.causal.causal_question import ContextGenes, question_id
from musegnn.analysis.causal.cause_correlations import CauseCorrelations
from musegnn.analysis.causal.gene_sample import MOST_GENES
from musegnn.analysis.causal.inference import sample_from_correlations, sample_from_file
from musegnn.errors import InputError
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.progress import Progress
from musegnn.screens.parts.uploads import Upload, on_disk
from musegnn.screens.shell.page_job import BuildJob
from musegnn.settings import Settings

_STEPS: Final = (
    "reading and correlating",
    "edges of all cells",
    *(f"bootstrap replicates, part {number} of {STEPS_IN_ALL - 1}" for number in range(1, 21)),
)


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

    @property
    def key(self) -> str:
        """Digest of what the answer depends on."""
        digest = "" if self.file is None else self.file.digest
        return question_id(self.context, digest, ALPHA, CONDITIONS, REPLICATES)


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
    request: InferenceRequest, correlations: CauseCorrelations | None, *, dataset: str
) -> InferenceView:
    """Say from what the edges would be inferred, or what is missing."""
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
            text=f"No correlations of {dataset} are at hand, and the shipped graph alone does not "
            "hold enough to test independence. Give the counts of this context below.",
        )
    return InferenceView(
        can_start=True,
        text=f"From the correlations of {len(correlations.causes)} transcription factors with all "
        f"genes over the {correlations.n_cells:,} cells of {dataset}; the counts themselves are "
        "not part of this installation, so that the bootstrap is a parametric one. With a file of "
        "counts it draws cells.",
    )


def start(request: InferenceRequest, correlations: CauseCorrelations | None) -> BuildJob[Discovery]:
    """Start the inference beside the page."""
    job: BuildJob[Discovery] = BuildJob(
        lambda progress: infer(request, correlations, progress=progress), _STEPS
    )
    job.launch()
    return job


def infer(
    request: InferenceRequest, correlations: CauseCorrelations | None, *, progress: Progress
) -> Discovery:
    """Infer the edges of the chosen genes.

    Raises
    ------
    DataFileError, InputError, GraphError
        If the file or the genes cannot be used.
    """
    context = request.context
    progress.start("inference", len(_STEPS))
    if request.file is None:
        if correlations is None:
            msg = f"Expected counts of {context.dataset}, found none."
            raise InputError(msg, "Choose a file of counts.")
        sample = sample_from_correlations(correlations, context.genes)
    else:
        knowledge = Settings.from_environment().knowledge
        with on_disk(request.file) as (path,):
            sample = sample_from_file(
                path or Path(),
                context.genes,
                species=context.species,
                modality=request.modality,
                context_genes=context.background,
                causes=request.causes,
                names=read_gene_names(knowledge),
            )
    progress.advance()
    return discover_edges(sample, progress=progress)
