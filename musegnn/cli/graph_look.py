"""`musegnn graph --look`: what a file of counts is taken for, before anything is built."""

from __future__ import annotations

import argparse

from musegnn import keys
from musegnn.cli.answer import respond
from musegnn.errors import MuseGNNError
from musegnn.graphs.look import FileLook, Outlook, foresee, look_at
from musegnn.graphs.look_report import look_document, look_lines
from musegnn.io.choices import NAMES, choices_of
from musegnn.io.droplets import DROPLETS
from musegnn.io.orthologs import read_orthologs
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.settings import Settings
from musegnn.validation import check_choice


def run_look(options: argparse.Namespace) -> int:
    """Print what the file is taken for, as text or as JSON.

    Raises
    ------
    DataFileError, InputError
        If it is no file of raw counts.
    """
    droplets = options.droplets or DROPLETS[0]
    check_choice(droplets, DROPLETS, name="droplets")
    if options.species is not None:
        check_choice(options.species, keys.SPECIES, name="species")
    known = read_gene_names(options.knowledge or Settings.from_environment().knowledge)
    texts = {name: getattr(options, name) for name in NAMES}
    look = look_at(
        options.input,
        known=known,
        layer=options.layer,
        droplets=droplets,
        choices=choices_of(texts, positions=options.positions),
    )
    species = options.species or look.guess.species
    if species and options.orthologs is not None:
        known = known.with_orthologs(species, read_orthologs(options.orthologs))
    outlook: Outlook | None = None
    problem: MuseGNNError | None = look.refused
    if species and look.refused is None:
        try:
            outlook = foresee(
                look.expression,
                species=species,
                modality=options.modality or look.modality,
                preset=options.preset,
                known=known,
                annotation=options.annotation,
            )
        except MuseGNNError as error:
            problem = error
    return respond(
        text=lambda: "\n".join(_lines(look, outlook, problem)),
        document=lambda: look_document(look, outlook, problem),
        as_json=options.json,
    )


def _lines(look: FileLook, outlook: Outlook | None, problem: MuseGNNError | None) -> list[str]:
    """Say what was found, and what to say when the species is not known."""
    lines = look_lines(look, outlook, problem)
    if outlook is None and problem is None:
        lines.append("quality control is not foreseen: say the species with `--species`")
    return lines
