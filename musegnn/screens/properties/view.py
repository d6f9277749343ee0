"""Properties: what the page says and shows of molecules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn.embeddings.atlas import Atlas
from musegnn.errors import InputError
from musegnn.knowledge.store import folder_state, open_store
from musegnn.molecules.assays import AssayTable
from musegnn.molecules.attribution import (
    FEWEST,
    LARGEST,
    Contributions,
    MaskedMolecule,
    contributions,
    mask_atoms,
)
from musegnn.molecules.entries import is_sdf
from musegnn.molecules.foretelling import Foresight, foretell, is_named, nearest_of, table_of
from musegnn.molecules.property_heads import DOMAINS, Heads, read_heads
from musegnn.molecules.reading import read_molecules
from musegnn.molecules.shipped import MoleculeReference
from musegnn.molecules.structures import draw_svg
from musegnn.validation import format_list

MOST: Final = 200  # molecules of one look; more go on in the background
LONGEST_LINK: Final = 1600  # letters that a link carries
LONGEST_TEXT: Final = 100_000  # letters that are typed
EXAMPLE: Final = "CC(=O)Oc1ccccc1C(=O)O aspirin\nCN1CCC[C@H]1c1cccnc1 nicotine"
_FAINT: Final = 0.1  # of the largest contribution: below it an atom has no colour
_ADDS: Final = (0.95, 0.45, 0.15)
_TAKES: Final = (0.25, 0.55, 0.95)


@dataclass(frozen=True)
class PropertiesView:
    """What is said of molecules.

    Parameters
    ----------
    sentence
        The answer.
    foresight
        Its tables.
    refused
        What was left out.
    """

    sentence: str
    foresight: Foresight
    refused: pd.DataFrame


@dataclass(frozen=True)
class AtomsView:
    """A structure whose atoms are coloured.

    Parameters
    ----------
    svg
        The picture.
    sentence
        What the colours mean, and whether taking the atoms away proves them.
    colours
        What lies behind each coloured atom; None where none is.
    """

    svg: str
    sentence: str
    colours: Mapping[int, tuple[float, float, float, float]] | None = None


@dataclass(frozen=True)
class NearView:
    """Nearest molecules of a table.

    Parameters
    ----------
    sentence
        What is there, or what is missing.
    table
        See `musegnn.molecules.foretelling.nearest_of`.
    """

    sentence: str
    table: pd.DataFrame


def open_heads() -> tuple[Heads, ...]:
    """Open what ships."""
    return read_heads()


def as_link(text: str) -> str:
    """Return what is typed as one line, of signs that a link carries; "" where it cannot be."""
    if is_sdf(text):
        return ""
    clean = re.sub(r"[\x00-\x09\x0b-\x1f`<>]", " ", text)
    line = "; ".join(
        re.sub(r";\s+", ";", line).strip() for line in clean.split("\n") if line.strip()
    )
    return line if len(line) <= LONGEST_LINK else ""


def as_lines(value: str) -> str:
    """Return what a link carries, one molecule a line."""
    return value.replace("; ", "\n")


def ask(text: str, tables: tuple[Heads, ...]) -> PropertiesView:
    """Read molecules and say what assays would find.

    Raises
    ------
    InputError
        If there is no molecule, or more than the page looks at.
    """
    read = read_molecules(text, most=MOST)
    found = foretell(tables, read.molecules)
    n = len(found.molecules)
    sentence = f"{n:,} molecules" if n > 1 else "One molecule"
    sentence += f", {sum(len(heads.tasks) for heads in tables)} assays of {len(tables)} tables."
    if n == 1:
        sentence += f" {_stands_out(found)}"
    if len(read.refused):
        n_out = len(read.refused)
        sentence += " One row is left out." if n_out == 1 else f" {n_out:,} rows are left out."
    far = int(found.molecules["domain"].str.startswith("unlike").sum())
    if far:
        whose = "It is" if n == 1 else f"{far:,} of them are"
        sentence += f" {whose} unlike all molecules learned from: take what is said as a guess."
    return PropertiesView(sentence, found, read.refused)


def _stands_out(found: Foresight) -> str:
    """Say what a molecule does most above the usual."""
    best = found.classes.iloc[0]
    return (
        f"Most above the usual, named assays first: {name_assay(best['assay'])} of "
        f"{best['table']}, active with probability {best['probability']:.2f}, "
        f"{best['times']:.1f} times the usual share of {best['usual']:.2f}; held-out AUROC of "
        f"this assay {_or_none(best['held_out'])}."
    )


def name_assay(assay: str) -> str:
    """Name an assay for people; some tables give numbers alone."""
    return assay if is_named(assay) else f"assay no. {assay}"


def name_choice(choice: str) -> str:
    """Name a choice of `list_assays` for people."""
    table, _, assay = choice.partition(": ")
    return f"{table}: {name_assay(assay)}"


def activity_of(found: Foresight, molecule: str) -> pd.DataFrame:
    """Return the assays of activity of one molecule, named for people."""
    own = found.classes[found.classes["molecule"] == molecule].reset_index(drop=True)
    return own.assign(assay=own["assay"].map(name_assay))


def say_numbers(tables: tuple[Heads, ...]) -> str:
    """Say which tables give their assays as numbers alone; "" where none does."""
    titles = [heads.title for heads in tables if not any(map(is_named, heads.tasks))]
    if not titles:
        return ""
    return (
        f"{format_list(titles)} gives its assays by number alone: which protein or which cells "
        "each asks about is not told, so that they stand below those with a name."
    )


def _or_none(value: float) -> str:
    return "not known" if np.isnan(value) else f"{value:.2f}"


def list_assays(foresight: Foresight, molecule: str) -> list[str]:
    """Assays of a molecule as `TABLE: ASSAY`, in the order of the tables."""
    own = foresight.classes[foresight.classes["molecule"] == molecule]
    numbers = foresight.numbers[foresight.numbers["molecule"] == molecule]
    both = [*zip(own["table"], own["assay"], strict=True)]
    both += [*zip(numbers["table"], numbers["assay"], strict=True)]
    return [f"{table}: {assay}" for table, assay in both]


def find_assay(name: str, tables: tuple[Heads, ...]) -> tuple[Heads, str]:
    """Return the table and the assay of `TABLE: ASSAY`.

    Raises
    ------
    InputError
        If there is none.
    """
    for heads in tables:
        assay = name.removeprefix(f"{heads.title}: ")
        if assay != name and assay in heads.tasks:
            return heads, assay
    msg = f"Expected an assay, found {name[:80]!r}."
    raise InputError(msg, "Choose one of the list.")


def mask(smiles: str) -> MaskedMolecule | None:
    """Make atoms of a molecule unknown; None where it has too few or too many."""
    return mask_atoms(smiles)


def colour_atoms(
    smiles: str, masked: MaskedMolecule | None, heads: Heads, assay: str, *, ink: str
) -> AtomsView:
    """Colour atoms by what they add to an assay, and say whether that holds."""
    if masked is None:
        sentence = f"Atoms are coloured in molecules of {FEWEST} to {LARGEST} heavy atoms."
        return AtomsView(draw_svg(smiles, ink=ink), sentence)
    found = contributions(heads, masked, assay)
    most = max(float(np.abs(found.atoms).max()), 1e-9)
    colours = {
        atom: (*(_ADDS if value > 0 else _TAKES), 0.75 * min(abs(value) / most, 1.0))
        for atom, value in enumerate(found.atoms.tolist())
        if abs(value) > _FAINT * most
    }
    return AtomsView(draw_svg(smiles, ink=ink, colours=colours), _verdict(found, heads), colours)


def _verdict(found: Contributions, heads: Heads) -> str:
    """Say what the deletion test says."""
    what = "log odds" if heads.is_binary else "number"
    verdict = "the colours hold" if found.holds else "the colours say **nothing** for this molecule"
    return (
        f"Orange atoms add to it, blue ones take away. Made unknown together, the {found.n_taken} "
        f"that add most let the {what} fall by {found.drop:.2f}, as many drawn by chance by "
        f"{found.by_chance:.2f}: {verdict}."
    )


def table_at_hand(heads: Heads, folder: Path | None) -> AssayTable | None:
    """Open the table that was learned, where the annotation has it."""
    return table_of(heads, open_store(folder))


def find_near(
    structure: str,
    heads: Heads,
    table: AssayTable | None,
    reference: MoleculeReference | None = None,
) -> NearView:
    """Find the nearest molecules of a table, with what was measured of them where it is at hand."""
    near = nearest_of(heads, structure, table, reference=reference)
    if table is not None:
        return NearView(f"What was measured of the nearest molecules of {heads.title}.", near)
    name = heads.about["table"]
    return NearView(
        f"The nearest molecule of {heads.title} has a similarity of {near['similarity'][0]:.2f}. "
        f"Measured values do not ship: with the table `{name}` in the folder of annotation "
        f"(`musegnn knowledge list` names its source) they stand here, with the structures of "
        f"molecules that are not on the map.",
        near,
    )


def state_of(folder: Path | None) -> tuple[tuple[str, int, int], ...]:
    """Return what a kept table goes by: the files of the annotation and of molecules beside it."""
    if folder is None or not folder.is_dir():
        return ()
    places = (folder, folder / "molecules", folder.parent / "molecules")
    return tuple(entry for place in places if place.is_dir() for entry in folder_state(place))


def is_gene(atlas: Atlas, name: str) -> bool:
    """True where an assay is named by a gene of the opened atlas."""
    return atlas.search.find(name, suggest=False).status == "found"


def say_trust(tables: tuple[Heads, ...]) -> list[str]:
    """Say how far to believe it, a line a table."""
    lines = []
    for heads in tables:
        held, zones = heads.about["held_out"], heads.about["domains"]
        score, low, high = held["score"]
        alone = held["networks_on_descriptors_alone"]
        if heads.is_binary:
            by_zone = ", ".join(
                f"{domain} {zones[domain]['auroc']:.2f} ({zones[domain]['molecules']:,})"
                for domain in DOMAINS
                if zones[domain]["molecules"]
            )
            clean = held["without_twins"]
            twins = ""
            if clean["molecules"] < held["molecules"]:
                twins = (
                    f" Without twins of molecules learned from, such as stereoisomers: "
                    f"{clean['score'][0]:.3f} on {clean['molecules']:,}."
                )
            lines.append(
                f"**{heads.title}** ({heads.about['what']}): mean AUROC {score:.3f} [{low:.3f}, "
                f"{high:.3f}] on {held['molecules']:,} molecules of other scaffolds; by how near "
                f"they are (molecules): {by_zone}. Calibration error {held['ece']:.3f}. "
                f"Descriptors alone reach {alone:.3f}.{twins}"
            )
        else:
            by_zone = ", ".join(
                f"{domain} {zones[domain]['error']:.2f} ({zones[domain]['molecules']:,})"
                for domain in DOMAINS
                if zones[domain]["molecules"]
            )
            lines.append(
                f"**{heads.title}** ({heads.about['what']}): mean absolute error {score:.3f} "
                f"[{low:.3f}, {high:.3f}] on {held['molecules']:,} molecules of other scaffolds "
                f"(the median of all: {held['constant']:.3f}); by how near they are (molecules): "
                f"{by_zone}. {100 * held['covered']:.0f} % of numbers lie within their interval, "
                f"where 90 % should. It is made of descriptors alone."
            )
    lines.append(
        "Structure alone reaches these figures. **The context of cells has no part in them, and "
        "adds nothing that was measured here.**"
    )
    return lines
