"""Training in the background: ask for runs, watch them, stop them, take them up, open results.

A run is a folder; nothing else knows of it. Everything here works from any process at any time and
sees the same runs. `root` is the folder of all runs (`Settings.runs`, `MUSEGNN_RUNS`).
"""

from musegnn.runs.archive import export_run, import_run
from musegnn.runs.config import RunConfig
from musegnn.runs.control import cancel, duplicate, rename, resume, wait_until_over
from musegnn.runs.forecast import Estimate, estimate
from musegnn.runs.frames import read_frame, read_live_map
from musegnn.runs.graph_sources import FileSource, GraphSource, choose_graphs, list_graphs
from musegnn.runs.kind import Inputs, Kind, KindSettings, find_kind, list_kinds
from musegnn.runs.listing import list_runs
from musegnn.runs.metrics import read_log_tail, read_metrics
from musegnn.runs.presets import (
    change_settings,
    list_presets,
    parse_settings,
    preset_settings,
    read_settings,
)
from musegnn.runs.record import RunRecord, read_record
from musegnn.runs.request import RunRequest, make_request, read_request
from musegnn.runs.result import result_folder
from musegnn.runs.states import STATES
from musegnn.runs.submission import runs_root, submit, tend
from musegnn.runs.trash import delete, empty_trash, list_deleted, undelete
from musegnn.runs.usage import read_usage

__all__ = [
    "STATES",
    "Estimate",
    "FileSource",
    "GraphSource",
    "Inputs",
    "Kind",
    "KindSettings",
    "RunConfig",
    "RunRecord",
    "RunRequest",
    "cancel",
    "change_settings",
    "choose_graphs",
    "delete",
    "duplicate",
    "empty_trash",
    "estimate",
    "export_run",
    "find_kind",
    "import_run",
    "list_deleted",
    "list_graphs",
    "list_kinds",
    "list_presets",
    "list_runs",
    "make_request",
    "parse_settings",
    "preset_settings",
    "read_frame",
    "read_live_map",
    "read_log_tail",
    "read_metrics",
    "read_record",
    "read_request",
    "read_settings",
    "read_usage",
    "rename",
    "result_folder",
    "resume",
    "runs_root",
    "submit",
    "tend",
    "undelete",
    "wait_until_over",
]
