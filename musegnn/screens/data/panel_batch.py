"""Panels of the Data page: several samples at once."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from musegnn import keys
from musegnn.errors import MuseGNNError
from musegnn.runs import RunRecord, read_record, runs_root
from musegnn.screens.data import view_batch
from musegnn.screens.data import view_preview as data_preview
from musegnn.screens.data.panel_choices import reading_of
from musegnn.screens.data.panel_upload import FILE, SAMPLES
from musegnn.screens.data.view_batch import SampleRow
from musegnn.screens.data.view_samples import Sample, Sorted
from musegnn.screens.shell.state import remembered
from musegnn.screens.shell.words import escaped, prose

RUNS = "data_runs"  # builds that were asked for together
_ROWS = "data_rows"  # what each sample was taken for, by what was read how
_LOOK = "_data_look"


def show_samples() -> list[SampleRow]:
    """Show what each of several samples was taken for, and let one be looked at; [] for one."""
    found: Sorted | None = st.session_state.get(SAMPLES)
    if found is None or len(found.samples) < 2:
        return []
    names = view_batch.name_samples(found.samples)
    with st.spinner(escaped(f"Reading {len(names)} samples")):
        rows = [_row(sample, name) for sample, name in zip(found.samples, names, strict=True)]
    st.subheader(escaped(f"{len(rows)} samples"), anchor=False)
    table = view_batch.batch_table(rows)
    st.table(table.map(escaped).set_index("sample"))
    uploads = {name: sample.upload for name, sample in zip(names, found.samples, strict=True)}
    shown = next(
        (name for name, upload in uploads.items() if upload == st.session_state.get(FILE)), names[0]
    )
    st.session_state[_LOOK] = shown
    st.selectbox(
        "Look at",
        names,
        key=_LOOK,
        format_func=escaped,
        on_change=lambda: st.session_state.update({FILE: uploads[st.session_state[_LOOK]]}),
        help="What is said below is said of this sample; the others keep what was said of them",
    )
    return rows


def _row(sample: Sample, name: str) -> SampleRow:
    """Say what a sample was taken for; its counts are not held."""
    reading = reading_of(sample.upload)
    kept: dict[object, SampleRow] = st.session_state.setdefault(_ROWS, {})
    key = (sample.upload.digest, name, *reading.key)
    if key not in kept:
        try:
            preview = data_preview.preview(sample.upload, reading)
            kept[key] = view_batch.describe_sample(sample, name, preview, None)
        except MuseGNNError as error:
            kept[key] = view_batch.describe_sample(sample, name, None, error)
    return kept[key]


def ask_species(rows: Sequence[SampleRow]) -> list[str]:
    """Let the species of each other sample be said; "" for one that is not known."""
    others = [row for row in rows if row.sample.upload != st.session_state[FILE]]
    if not others:
        return []
    st.markdown("**All at once.** Species of the other samples, as their names point to it:")
    columns = st.columns(min(len(others), 4))
    said = {}
    for place, row in enumerate(others):
        said[row.name] = columns[place % len(columns)].selectbox(
            escaped(row.name if row.is_sure else f"{row.name}, not sure"),
            ("", *keys.SPECIES),
            format_func=lambda name: escaped(name) or "not known: choose it",
            **remembered(f"data_species_{row.sample.upload.digest}", row.species),
        )
    return [said.get(row.name, "") for row in rows]


def ask_all(rows: Sequence[SampleRow], species: Sequence[str], *, is_ready: bool) -> bool:
    """Offer one build for all samples that nothing stands against; True when it was pressed."""
    others = sum(
        bool(said) and not row.problem
        for row, said in zip(rows, species, strict=True)
        if row.sample.upload != st.session_state[FILE]
    )
    if not others:
        return False
    number = others + is_ready
    pressed: bool = st.button(
        escaped(f"Build all {number} graphs"), key="data_build_all", disabled=number < 1
    )
    st.caption(
        "Of the other samples the technique is that of the table above; tissue, edge rule and "
        "options are those of the form."
    )
    return pressed


def batch_records() -> list[RunRecord]:
    """Return the builds that were asked for together and are still there."""
    found = []
    for run_id in st.session_state.get(RUNS, []):
        try:
            found.append(read_record(runs_root(None), run_id))
        except MuseGNNError:  # it was deleted
            continue
    return found


def show_batch(records: Sequence[RunRecord]) -> None:
    """Say how far builds are that were asked for together."""
    if len(records) > 1:
        st.markdown("**Graphs that were asked for together**")
        st.markdown(prose("\n".join(view_batch.batch_lines(records))))
