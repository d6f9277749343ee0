"""Form of a new run: what to train on, how, where, and how long it will take."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

import streamlit as st

from musegnn.launchers.devices import Gpu, list_gpus
from musegnn.runs.config import Executor
from musegnn.runs.graph_sources import GraphSource
from musegnn.runs.kind import find_kind
from musegnn.runs.presets import preset_settings
from musegnn.runs.record import RunRecord
from musegnn.runs.request import RunRequest
from musegnn.runs.submission import AlreadyAskedError, submit
from musegnn.screens.runs import controls as session
from musegnn.screens.runs import view_form as runs_form
from musegnn.screens.runs.panel_graphs import choose_graphs
from musegnn.screens.runs.panel_settings import ask, ask_one
from musegnn.screens.runs.view_form import DEVICE_NAMES, DEVICES, HOLD_OUT, LIVE_MAP, RunForm
from musegnn.screens.runs.view_schema import flatten, split_fields
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.panel_visitor import offers
from musegnn.screens.shell.words import escaped, prose

_SAME = "_runs_same"  # the last request that goes on already, and the ids of those runs
_EXECUTORS: dict[Executor, str] = {"local": "this machine", "slurm": "the cluster (Slurm)"}


def show_form(frame: BareFrame, records: Sequence[RunRecord]) -> None:
    """Show the form, or the button that opens it, to who may start runs."""
    if not offers("run", "New runs"):
        return
    if not session.is_form_open():
        st.button("New run", key="runs_new", type="primary", on_click=session.open_form)
        return
    with st.container(border=True, key="runs_form"):
        st.fragment(_draw)(frame, records)


def _draw(frame: BareFrame, records: Sequence[RunRecord]) -> None:
    """Draw the form; a change draws only this part of the page anew."""
    if not session.is_form_open():  # a second press that came while the first was at work
        st.rerun()
    head, close = st.columns([6, 1], vertical_alignment="center")
    head.subheader("New run", anchor=False)
    if close.button("Close", key="runs_form_close", width="stretch"):
        session.open_form(is_open=False)
        st.rerun()
    st.caption("Of gene graphs. Molecules in a cell context are trained on the page Context graph.")
    choice = choose_graphs(frame)
    st.markdown("**Training**")
    form, gpus = _ask(choice.chosen), _gpus()
    checked = runs_form.check(form, gpus=gpus)
    if checked.request is not None:
        _show_forecast(checked.request, records, gpus if form.executor == "local" else ())
    refused, same = st.session_state.get(_SAME, (None, ()))
    if checked.request is None or refused != checked.request:
        same = ()
    is_repeated = _ask_about_same(same)
    go, reason = st.columns([1, 5], vertical_alignment="center")
    pressed = go.button(
        "Start",
        key="runs_start",
        type="primary",
        disabled=checked.request is None or (bool(same) and not is_repeated),
        width="stretch",
    )
    reason.markdown(prose(checked.problem or _where_it_runs(gpus, form.executor)))
    if pressed and checked.request is not None:
        _start(checked.request, form.executor, is_repeated=is_repeated)


def _ask(graphs: tuple[GraphSource, ...]) -> RunForm:
    """Show all fields but the datasets."""
    presets = runs_form.form_presets()
    columns = st.columns([2, 2, 1, 1])
    preset = columns[0].selectbox(
        "Preset",
        presets,
        help=prose(
            "  \n".join(f"{n}: {find_kind(preset_settings(n).kind).summary}" for n in presets)
        ),
        **session.kept("preset", "default", then=_forget_settings),
    )
    name = columns[1].text_input(
        "Name",
        placeholder=runs_form.suggest_name(graphs),
        max_chars=100,
        **session.kept("name", ""),
    )
    seeds = columns[2].text_input(
        "Seeds", help="One run for each: `0`, `0-4` or `0, 7`", **session.kept("seeds", "0")
    )
    device = columns[3].selectbox(
        "Device", DEVICES, format_func=DEVICE_NAMES.__getitem__, **session.kept("device", "auto")
    )
    settings = preset_settings(preset)
    usual, places = flatten(settings.model_dump()), st.columns(4)
    run: dict[str, Any] = {
        field.path: ask_one(place, field, field.usual, under="")
        for place, field in zip(places, (LIVE_MAP, HOLD_OUT), strict=False)
    }
    executor, slurm = _ask_executor(places[2])
    first, others = split_fields(settings.kind)
    values = ask(first, usual, n_columns=len(first))
    with st.expander("All settings"):
        values |= ask(others, usual)
    return RunForm(graphs, name, preset, values, seeds, device, executor, slurm=slurm, **run)


def _forget_settings() -> None:
    """Take settings from the preset that was chosen."""
    session.clear_form(only="setting:")


def _ask_executor(column: Any) -> tuple[Executor, str]:
    """Ask what starts the run, where there is a cluster."""
    if shutil.which("sbatch") is None:
        return "local", ""
    executor = column.selectbox(
        "Runs on",
        list(_EXECUTORS),
        format_func=_EXECUTORS.__getitem__,
        **session.kept("executor", "local"),
    )
    if executor == "local":
        return "local", ""
    slurm = st.text_input(
        "Parameters for Slurm",
        placeholder="partition=gpu, gres=gpu:1, time=60",
        help="Name, `=`, value; commas between them; `time` in minutes",
        **session.kept("slurm", ""),
    )
    return "slurm", slurm


@st.cache_data(ttl=15, show_spinner=False)
def _gpus() -> list[Gpu]:
    """GPUs of this machine; asking for them takes a moment."""
    return list_gpus()


def _where_it_runs(gpus: Sequence[Gpu], executor: Executor) -> str:
    """Say what there is to compute on."""
    if executor == "slurm":
        return "The cluster decides when it starts."
    if not gpus:
        return "No GPU is at hand here: runs compute on the CPU."
    return "GPUs: " + ", ".join(f"{gpu.name} ({gpu.memory_mib / 1024:.0f} GiB)" for gpu in gpus)


def _show_forecast(request: RunRequest, records: Sequence[RunRecord], gpus: Sequence[Gpu]) -> None:
    """Say how long it will take and what it needs."""
    told = runs_form.forecast(request, root=session.root(), known=records, gpus=gpus)
    st.markdown(prose(told.sentence))
    st.caption(prose(told.source))
    for warning in told.warnings:
        st.warning(prose(warning))


def _ask_about_same(same: tuple[str, ...]) -> bool:
    """Ask whether to start once more what goes on already."""
    if not same:
        return False
    st.warning(
        prose(
            f"**The same goes on already:** {', '.join(f'`{run_id}`' for run_id in same)}. "
            "Settings, datasets, seed and device are equal, so the result will be too."
        )
    )
    return st.checkbox("Start it once more all the same", key="_runs_repeat")


def _start(request: RunRequest, executor: Executor, *, is_repeated: bool) -> None:
    """Start the runs, show them, and close the form."""
    st.session_state.pop(_SAME, None)
    session.forget_messages()

    def start_runs() -> str:
        try:
            done = submit(request, executor=executor, root=session.root(), is_repeated=is_repeated)
        except AlreadyAskedError as same:
            st.session_state[_SAME] = (request, same.run_ids)
            return ""
        session.choose([run.run_id for run in done])
        session.open_form(is_open=False)
        more = f", {len(done)} runs." if len(done) > 1 else "."
        return f"Started: {escaped(request.name)}{more}"

    session.attempt(start_runs)
    st.rerun()
