"""Panels of the Data page: what a file was taken for can be said otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from musegnn.errors import MuseGNNError
from musegnn.io.choices import SIDES, Offers
from musegnn.io.droplets import DROPLETS, BarcodeRanks
from musegnn.io.spreadsheet_dates import read_dates
from musegnn.runs.kinds.gene_graph import GeneGraphSettings
from musegnn.screens.data.view_choices import Reading
from musegnn.screens.parts.uploads import Upload
from musegnn.screens.shell.state import remembered
from musegnn.screens.shell.words import escaped, prose

POSITIONS = "data_positions"
_FOUND, _ALL = "found automatically", "all cells together"
_MOST_DATES = 24
_FIELDS = ("layer", "genome", "features", "assay", "symbols", "genes_in", "batch")


@dataclass(frozen=True)
class _Choice:
    """A box of options.

    Parameters
    ----------
    field
        What is chosen, as `Reading` names it.
    label, help
        For people.
    options
        What the file offers.
    """

    field: str
    label: str
    help: str
    options: tuple[str, ...]


def ask_reading(
    file: Upload, offers: Offers, upload: Callable[[str, str, str], Upload | None]
) -> Reading:
    """Let the user say how a file is to be read; what is not said is found.

    Parameters
    ----------
    file
        File of counts.
    offers
        What can be chosen in it.
    upload
        Shows a field for a second file, by its label, its key and a help text.
    """
    boxes = [
        _Choice(
            "layer",
            "Where the counts are",
            "The first place that holds whole numbers is taken unless you choose one",
            offers.layers,
        ),
        _Choice("genome", "Genome", "Each genome of a file gives its own graph", offers.genomes),
        _Choice(
            "features",
            "Kind of features",
            "Genes are taken unless you choose another kind",
            offers.features,
        ),
        _Choice("assay", "Part of the file", "One part gives one graph", offers.assays),
        _Choice(
            "symbols",
            "Names of genes",
            "Column of the table of features that names the genes",
            offers.symbols,
        ),
        _Choice(
            "genes_in",
            "Genes stand in",
            "Side of the table on which the names of the genes are",
            SIDES if offers.sides else (),
        ),
    ]
    batches = _Choice(
        "batch",
        "Compare genes inside",
        "Column of batches, samples or donors: what differs between them as a whole then joins no "
        "genes. All cells are taken together unless you choose one.",
        offers.batches,
    )
    shown = [box for box in boxes if len(box.options) > 1]
    shown += [batches] if offers.batches else []  # one column is a choice too: to take it or not
    said: dict[str, str] = {}
    with st.expander("Not right? Say what the file holds", expanded=_is_said(file)):
        if shown:
            for place, box in zip(st.columns(min(len(shown), 3)) * 3, shown, strict=False):
                with place:
                    said[box.field] = _choose(file, box)
        positions = upload(
            "Positions of the cells (.csv, .tsv, .txt, .parquet), optional",
            POSITIONS,
            "A table with a column of the names of the cells or spots and their x and y, in place "
            "of what the file says of places",
        )
        if positions is not None:
            st.button(
                "Take the positions away",
                key="data_positions_away",
                on_click=lambda: st.session_state.pop(POSITIONS, None),
            )
    said["dates"] = _dates(file)
    chosen = {name: value for name, value in said.items() if value}
    layer = chosen.pop("layer", None)
    return Reading(layer, _droplets(file), tuple(sorted(chosen.items())), positions)


def reading_of(file: Upload) -> Reading:
    """Return what was said of a file, positions aside."""
    said = {field: st.session_state.get(_key(file, field)) for field in _FIELDS}
    layer = said.pop("layer")
    said["dates"] = _dates(file)
    chosen = {name: value for name, value in said.items() if value}
    return Reading(layer or None, _droplets(file), tuple(sorted(chosen.items())))


def say_reading(file: Upload, settings: GeneGraphSettings) -> None:
    """Say of a file what was said of it for an earlier build."""
    for field in _FIELDS:
        st.session_state[_key(file, field)] = getattr(settings, field) or ""
    st.session_state[_key(file, "droplets")] = settings.droplets
    for date, gene in read_dates(settings.dates or "").items():
        st.session_state[f"{_key(file, 'date')}_{date}"] = gene


def _key(file: Upload, field: str) -> str:
    """Where the session keeps what was said of a file."""
    return f"data_{field}_{file.digest}"


def _is_said(file: Upload) -> bool:
    """True when something was said of a file already."""
    return POSITIONS in st.session_state or any(
        st.session_state.get(_key(file, field)) for field in _FIELDS
    )


def _choose(file: Upload, box: _Choice) -> str:
    """Let one thing be chosen; "" leaves it to what is found."""
    name = _key(file, box.field)
    if st.session_state.get(name, "") not in {"", *box.options}:
        st.session_state[name] = ""  # of another state of the file
    chosen: str = st.selectbox(
        prose(box.label),
        ("", *box.options),
        format_func=lambda option: escaped(option) or (_ALL if box.field == "batch" else _FOUND),
        help=prose(box.help),
        **remembered(name, ""),
    )
    return chosen


def _droplets(file: Upload) -> str:
    """Return what was decided about droplets without a cell."""
    decided: str = st.session_state.get(_key(file, "droplets"), DROPLETS[0])
    return decided


def _dates(file: Upload) -> str:
    """Return which symbols dates were said to be, as `musegnn.io.choices.Choices` has them."""
    start = f"{_key(file, 'date')}_"
    said = {
        str(key).removeprefix(start): value
        for key, value in st.session_state.items()
        if str(key).startswith(start) and value
    }
    return ", ".join(f"{date}={gene}" for date, gene in sorted(said.items()))


def ask_dates(file: Upload, dates: Mapping[str, Sequence[str]]) -> None:
    """Let the user say which symbols dates of a spreadsheet were."""
    if not dates:
        return
    shown = list(dates.items())[:_MOST_DATES]
    st.markdown(f"**Which genes were these dates?** The first {len(shown)} of {len(dates)}.")
    columns = st.columns(4)
    for number, (date, genes) in enumerate(shown):
        columns[number % 4].selectbox(
            prose(date),
            ("", *genes),
            format_func=lambda gene: escaped(gene) or "stays a date",
            **remembered(f"{_key(file, 'date')}_{date}", ""),
        )


def ask_droplets(file: Upload, ranks: BarcodeRanks) -> None:
    """Let the user decide about droplets without a cell."""
    words = {
        "refuse": "Choose the filtered matrix instead",
        "filter": f"Filter it here ({ranks.n_cells:,} barcodes)",
        "keep": "Take every barcode as a cell",
    }
    st.radio(
        "This matrix holds droplets without a cell",
        DROPLETS,
        format_func=lambda choice: escaped(words[choice]),
        horizontal=True,
        **remembered(_key(file, "droplets"), DROPLETS[0]),
    )


def offers_of(ask: Callable[[], Offers]) -> Offers:
    """Return what a file offers; nothing for one that cannot be read, which reading then tells."""
    try:
        return ask()
    except MuseGNNError:
        return Offers()
