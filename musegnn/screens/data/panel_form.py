"""Panels of the Data page: the form that says what a file is and how its graph is built."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from musegnn import keys
from musegnn.graphs.estimators import ESTIMATORS
from musegnn.graphs.manifest import default_name
from musegnn.graphs.modalities import MODALITIES
from musegnn.graphs.presets import GRAPH_PRESETS
from musegnn.graphs.resampling import MOST_RESAMPLES
from musegnn.runs.kinds.gene_graph import GeneGraphSettings
from musegnn.screens.data import view_preview as data_preview
from musegnn.screens.data.panel_upload import upload_field
from musegnn.screens.data.view import DataRequest
from musegnn.screens.data.view_choices import Reading
from musegnn.screens.data.view_preview import FilePreview
from musegnn.screens.parts.uploads import Upload
from musegnn.screens.shell.state import remembered
from musegnn.screens.shell.words import escaped, prose

ANNOTATION, ORTHOLOGS = "data_annotation", "data_orthologs"


def start_form(file: Upload, found: FilePreview) -> None:
    """Start the form with what a file says of itself, and anew when it is read otherwise."""
    state = st.session_state
    look = found.look
    said = (look.guess.species, look.modality)
    if state.get("data_form_of") != file.digest:
        state["data_form_of"] = file.digest
        state["data_tissue"] = look.tissue[: data_preview.LONGEST_TISSUE]
        state["data_name"] = default_name(Path(file.name))
        state["data_form_said"] = None
    if state.get("data_form_said") != said:
        state["data_form_said"] = said
        state["data_species"] = look.guess.species or keys.SPECIES[0]
        state["data_modality"] = look.modality


def fill_form(file: Upload, settings: GeneGraphSettings) -> None:
    """Fill the form with the choices of an earlier build of a file."""
    state = st.session_state
    state["data_form_of"] = file.digest
    state.pop("data_form_said", None)
    state["data_form_filled"] = (settings.species, settings.modality)
    state["data_tissue"], state["data_name"] = settings.tissue, settings.dataset
    state["data_preset"], state["data_estimator"] = settings.preset, settings.estimator
    state["data_n_genes"] = settings.n_genes
    state["data_bootstraps"] = settings.bootstraps


def ask_form(file: Upload, reading: Reading, found: FilePreview) -> DataRequest:
    """Show the form; every control acts at once, so that the checks follow it."""
    filled = st.session_state.pop("data_form_filled", None)
    if filled is not None:  # what was built goes before what the file says of itself
        st.session_state["data_species"], st.session_state["data_modality"] = filled
    name_of, species_of, tissue_of, technique_of, rule_of = st.columns(5)
    name = name_of.text_input(
        "Name of the dataset",
        help="Letters, digits and . - + _; vectors and files of the graph carry it",
        **remembered("data_name", None),
    )
    species = species_of.selectbox("Species", keys.SPECIES, **remembered("data_species", None))
    tissue = tissue_of.text_input(
        "Tissue", placeholder="blood, pancreas, ...", **remembered("data_tissue", None)
    )
    modality = technique_of.selectbox(
        "Technique",
        list(MODALITIES),
        format_func=lambda name: MODALITIES[name].title,
        help=prose(
            "What is counted.  \n" + _lines({m.title: m.counted for m in MODALITIES.values()})
        ),
        **remembered("data_modality", None),
    )
    preset = rule_of.selectbox(
        "Edge rule",
        list(GRAPH_PRESETS),
        help=prose(_lines({preset.name: preset.summary for preset in GRAPH_PRESETS.values()})),
        **remembered("data_preset", next(iter(GRAPH_PRESETS))),
    )
    if found.look.has_peaks:
        upload_field(
            "Gene annotation of the genome the peaks were called on (.gtf, .gff3, .bed, .tsv)",
            ANNOTATION,
            "Peaks are summed over the body of each gene and the 2,000 bases before it",
        )
        if ANNOTATION not in st.session_state:
            st.info(
                escaped(
                    f"The columns of {found.look.name} are chromatin peaks. Choose the annotation "
                    "above: the graph is one of genes."
                )
            )
    with st.expander("More options"):
        left, middle, right = st.columns(3)
        n_genes = left.number_input(
            "Variable genes (count)", 3, 5000, step=100, **remembered("data_n_genes", 1000)
        )
        estimator = middle.selectbox(
            "Co-expression by",
            list(ESTIMATORS),
            help=prose(_lines({name: entry.summary for name, entry in ESTIMATORS.items()})),
            **remembered("data_estimator", next(iter(ESTIMATORS))),
        )
        bootstraps = middle.number_input(
            "Resamples of the cells (count)",
            0,
            MOST_RESAMPLES,
            step=10,
            help="How often the cells are drawn anew to see which neighbours of a gene come back; "
            "Gene then shows the share of each. 50 take some seconds each for thousands of cells",
            **remembered("data_bootstraps", 0),
        )
        with right:
            upload_field(
                "Ortholog table (optional)",
                ORTHOLOGS,
                "Two columns, symbol of this species and human symbol, for species that the "
                "tables at hand do not cover",
            )
    return DataRequest(
        file=file,
        species=species,
        tissue=tissue,
        modality=modality,
        n_genes=int(n_genes),
        bootstraps=int(bootstraps),
        preset=preset,
        estimator=estimator,
        reading=reading,
        annotation=st.session_state.get(ANNOTATION) if found.look.has_peaks else None,
        orthologs=st.session_state.get(ORTHOLOGS),
        name=name,
    )


def _lines(meanings: Mapping[str, str]) -> str:
    """Write a help text with one line a choice."""
    return "  \n".join(f"{name}: {meaning}" for name, meaning in meanings.items())
