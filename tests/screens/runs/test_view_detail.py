import io
import json
import os

import pandas as pd
import pytest

from musegnn.runs import files
from musegnn.runs.usage import Usage
from musegnn.screens.runs import view_detail as runs_detail
from musegnn.screens.runs.view_curves import CurveTable
from musegnn.screens.runs.view_detail import LoadMeter
from tests.made_runs import loss_at, write_run


def detail(record):
    return runs_detail.build(record, CurveTable().follow(record.folder))


def test_a_running_run_tells_epoch_best_last_and_time_left(tmp_path):
    record = write_run(tmp_path, "running", pid=os.getpid(), epochs=90)
    view = detail(record)
    numbers = {number.label: number for number in view.numbers}
    assert numbers["epoch"].text == "30 / 90"
    assert numbers["best loss"].text == f"{loss_at(30):.3f}"
    assert numbers["best loss"].note == "in epoch 30"
    assert numbers["time left"].text == "30 s"
    assert numbers["memory"].text == "512 MiB"
    assert numbers["device"].text == "CPU"
    assert view.sentence == "**running**: trains."


def test_with_validation_its_best_stands_at_the_top(tmp_path):
    view = detail(write_run(tmp_path, "finished", patience=3, epochs=40))
    best = view.numbers[1]
    assert (best.label, best.text, best.note) == ("best validation", "0.890", "in epoch 40")


def test_a_failed_run_says_why_and_what_to_do(tmp_path):
    view = detail(write_run(tmp_path, "failed"))
    assert "ended with an error" in view.sentence
    assert "Loss became nan at epoch 13." in view.sentence
    assert view.hint == "Start again with a lower learning rate."


def test_settings_datasets_and_origin_are_tables(tmp_path):
    record = write_run(tmp_path, "finished")
    files.write_json(record.folder / files.PROVENANCE, {"versions": {"torch": "2.13.0"}})
    view = detail(record)
    settings = dict(zip(view.settings["setting"], view.settings["value"], strict=True))
    assert settings["dropout"] == "0.4"
    assert settings["network.heads"] == "4"
    assert settings["hold-out seed"] == "none"
    assert view.graphs["dataset"].tolist() == ["heart_a", "liver_b"]
    origin = dict(zip(view.origin["fact"], view.origin["value"], strict=True))
    assert origin["configuration (SHA-256)"] == record.config_hash
    assert origin["version of torch"] == "2.13.0"
    assert json.loads(runs_detail.config_json(record))["settings"]["dropout"] == 0.4


def test_a_configuration_changed_by_hand_leaves_the_page_usable(tmp_path):
    record = write_run(tmp_path, "finished")
    (record.folder / files.CONFIG).write_text("{}")
    view = detail(runs_detail.RunRecord(record.run_id, record.folder, "x", "failed"))
    assert view.settings.empty
    assert view.graphs.empty


def test_a_table_is_taken_away_with_run_and_hash_and_no_formula():
    table = pd.DataFrame({"gene": ["=1+1", "-1+1"], "x": [0.1234567890123, 2]})
    read = pd.read_csv(io.BytesIO(runs_detail.csv_bytes(table, run_id="@r", config_hash="h")))
    assert read["gene"].tolist() == ["'=1+1", "'-1+1"]
    assert read["x"].tolist() == table["x"].tolist()
    assert set(read["run_id"]) == {"'@r"}
    assert set(read["config_hash"]) == {"h"}


def test_the_load_is_the_difference_of_two_looks():
    times = iter([0.0, 2.0, 2.0])
    meter = LoadMeter(clock=lambda: next(times))
    assert meter.read(Usage(10.0, 2048.0)) == "**2.00 GiB** in memory."
    assert meter.read(Usage(13.0, 2048.0)).startswith("**1.5** CPU cores busy")
    told = meter.read(Usage(13.0, 1.0, "a card", 1024, 2048, 97))
    assert "a card: **97 %** busy, **1.00 GiB** of 2.00 GiB" in told
    assert "cores" not in told  # no time has passed


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "none"), (True, "yes"), (False, "no"), (0.003, "0.003"), (12, "12"), ("auto", "auto")],
)
def test_values_read_as_people_write_them(value, text):
    assert runs_detail.plain(value) == text
