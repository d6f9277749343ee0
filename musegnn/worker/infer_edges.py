"""Infer edges from the cells of a context for a run."""

from __future__ import annotations

import json

from musegnn.analysis.causal.causal_discovery import discover_edges
from musegnn.analysis.causal.cause_correlations import read_cause_correlations
from musegnn.analysis.causal.gene_sample import GeneSample
from musegnn.analysis.causal.inference import sample_from_correlations, sample_from_file
from musegnn.errors import InputError
from musegnn.io.json_tables import table_to_plain
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.runs.inputs import read_question
from musegnn.runs.kinds.inference import EDGES_FILE, InferenceSettings
from musegnn.settings import Settings
from musegnn.worker.task import Done, Task


def infer_edges(task: Task) -> Done:
    """Write `edges.json`: the edges, what entered, and what was done in words.

    Raises
    ------
    DataFileError, InputError, GraphError
        If a file or the genes cannot be used.
    """
    settings = task.settings_of(InferenceSettings)
    task.progress.start("reading and correlating", 1)
    sample = _sample(task)
    task.progress.advance()
    found = discover_edges(sample, seed=settings.seed, progress=task.progress)
    content = {
        "edges": table_to_plain(found.edges),
        "genes": list(found.genes),
        "n_causes": found.n_causes,
        "n_cells": found.n_cells,
        "sentence": found.sentence,
    }
    (task.result / EDGES_FILE).write_text(json.dumps(content, indent=1), encoding="utf-8")
    return Done(found.sentence)


def _sample(task: Task) -> GeneSample:
    """Take what causal discovery sees from counts, or else from correlations that ship."""
    (path,) = task.files("question")
    question = read_question(path)
    genes = [str(gene) for gene in question["genes"]]
    for counts in task.files("counts"):
        return sample_from_file(
            counts,
            genes,
            species=str(question["species"]),
            modality=str(question["modality"]),
            context_genes=[str(gene) for gene in question["context_genes"]],
            causes=frozenset(map(str, question["causes"])),
            names=read_gene_names(Settings.from_environment().knowledge),
        )
    for correlations in task.files("correlations"):
        return sample_from_correlations(read_cause_correlations(correlations), genes)
    msg = f"Expected counts of {question['dataset']}, found none."
    raise InputError(msg, "Choose a file of counts.")
