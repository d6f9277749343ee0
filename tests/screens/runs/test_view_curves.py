import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musegnn.errors import InputError
from musegnn.runs import files
from musegnn.screens.runs.view_curves import (
    LOSS,
    MOST_POINTS,
    VALIDATION,
    CurveTable,
    learning_names,
    make_panels,
    thin,
)
from tests.made_runs import loss_at, write_metrics

CURVES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400)


def thin_naively(values, most):
    """Rows to keep: ends, and of each stretch the first smallest and the first largest."""
    n = len(values)
    if n <= most:
        return list(range(n))
    n_stretches = (most - 2) // 2
    kept = {0, n - 1}
    for number in range(n_stretches):
        start = int(1 + (n - 2) * number / n_stretches)
        end = int(1 + (n - 2) * (number + 1) / n_stretches)
        best = worst = start
        for row in range(start, end):
            if values[row] < values[best]:
                best = row
            if values[row] > values[worst]:
                worst = row
        kept |= {best, worst}
    return sorted(kept)


@given(values=CURVES, most=st.integers(4, 60))
def test_thinning_equals_a_naive_loop_and_loses_no_extreme(values, most):
    x, y = np.arange(len(values)) * 2.0, np.array(values)
    kept_x, kept_y = thin(x, y, most=most)
    rows = (kept_x / 2).astype(int)
    assert rows.tolist() == thin_naively(values, most)
    np.testing.assert_array_equal(kept_y, y[rows])
    assert len(kept_x) <= most
    assert (np.diff(kept_x) > 0).all()
    assert kept_y.min() == y.min()
    assert kept_y.max() == y.max()
    assert (rows[0], rows[-1]) == (0, len(values) - 1)


def test_ten_thousand_epochs_become_two_thousand_points_with_every_spike():
    rng = np.random.default_rng(0)
    x = np.arange(10_000.0)
    y = np.exp(-x / 3000) + 0.01 * rng.normal(size=len(x))
    spikes = rng.choice(len(x), 40, replace=False)
    y[spikes] = 5 + rng.random(40)
    kept_x, kept_y = thin(x, y)
    assert len(kept_x) <= MOST_POINTS == 2000
    # of two spikes in one stretch of ten epochs the higher one stays
    assert sum(spike in kept_x for spike in spikes) >= 38
    assert kept_y.max() == y.max()


def test_too_few_points_or_unequal_lengths_are_refused():
    with pytest.raises(InputError, match="4 points or more"):
        thin(np.arange(9.0), np.arange(9.0), most=3)
    with pytest.raises(InputError, match="as many places"):
        thin(np.arange(9.0), np.arange(8.0))


def write_lines(folder, rows):
    (folder / files.METRICS).write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def test_a_growing_file_is_read_on_and_equals_pandas(tmp_path):
    write_metrics(tmp_path, 7, 20, validate_every=5)
    table = CurveTable().follow(tmp_path)
    assert table.n_epochs == 7
    write_metrics_longer = (tmp_path / files.METRICS).read_text()
    write_metrics(tmp_path / ".", 20, 20, validate_every=5)
    longer = (tmp_path / files.METRICS).read_text()
    assert longer.startswith(write_metrics_longer)
    table.follow(tmp_path)
    expected = pd.read_json(tmp_path / files.METRICS, lines=True)
    found = table.as_table()[expected.columns]
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert table.terms() == ("reconstruction", "contrastive")
    assert table.follow(tmp_path).n_epochs == 20


def test_half_a_line_waits_and_a_broken_one_is_counted(tmp_path):
    path = tmp_path / files.METRICS
    path.write_text('{"epoch": 1, "loss": 3.0}\nnonsense\n{"epoch": 2, "lo')
    table = CurveTable().follow(tmp_path)
    assert (table.n_epochs, table.n_broken) == (1, 1)
    with path.open("a") as stream:
        stream.write('ss": 2.0}\n')
    assert table.follow(tmp_path).last(LOSS) == 2.0


def test_a_file_written_anew_replaces_what_was_read(tmp_path):
    write_lines(tmp_path, [{"epoch": n, "loss": float(n)} for n in (1, 2, 3)])
    table = CurveTable().follow(tmp_path)
    new = tmp_path / "new"
    new.mkdir()
    write_lines(new, [{"epoch": 1, "loss": 9.0}])
    (new / files.METRICS).replace(tmp_path / files.METRICS)
    assert table.follow(tmp_path).as_table()["loss"].tolist() == [9.0]


def test_without_a_file_there_are_no_curves(tmp_path):
    table = CurveTable().follow(tmp_path)
    assert table.n_epochs == 0
    assert table.best(LOSS) is None
    assert table.last(LOSS) is None
    assert table.as_table().empty
    assert make_panels([("a", table)], names=learning_names([table])) == ()


def test_a_quantity_that_appears_late_is_missing_before(tmp_path):
    write_lines(tmp_path, [{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 1.0, "tether": 0.5}])
    table = CurveTable().follow(tmp_path)
    np.testing.assert_array_equal(table.as_table()["tether"], [np.nan, 0.5])
    epochs, values = table.series("tether")
    assert (epochs.tolist(), values.tolist()) == ([2.0], [0.5])


def test_best_is_smallest_loss_and_largest_validation(tmp_path):
    rows = [
        {"epoch": 1, "loss": 2.0, VALIDATION: 0.7},
        {"epoch": 2, "loss": 1.0, VALIDATION: None},
        {"epoch": 3, "loss": 1.5, VALIDATION: 0.9},
        {"epoch": 4, "loss": 1.0, VALIDATION: 0.9},
    ]
    write_lines(tmp_path, rows)
    table = CurveTable().follow(tmp_path)
    assert table.best(LOSS) == (2, 1.0)
    assert table.best(VALIDATION) == (3, 0.9)
    assert table.last(VALIDATION) == 0.9


def test_panels_show_validation_loss_and_each_term(tmp_path):
    write_metrics(tmp_path, 10, 10, validate_every=5)
    table = CurveTable().follow(tmp_path)
    panels = make_panels([("mine", table)], names=learning_names([table]))
    assert [panel.name for panel in panels] == [VALIDATION, LOSS, "reconstruction", "contrastive"]
    name, epochs, values = panels[1].lines[0]
    assert (name, len(epochs)) == ("mine", 10)
    assert values[-1] == pytest.approx(loss_at(10))
    assert panels[1].marks == (("mine", 10, pytest.approx(loss_at(10))),)
    assert panels[2].marks == ()  # a term alone is not judged
