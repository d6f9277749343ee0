import numpy as np
import pytest

from musegnn.runs import files
from musegnn.runs.frames import frame_name
from musegnn.screens.runs.view_live_map import COLOURS, FrameStore
from tests.made_runs import write_frames


def test_frames_have_the_same_axes_and_say_epoch_and_n(tmp_path):
    made = write_frames(tmp_path, (1, 6, 11))
    store = FrameStore.open(tmp_path)
    assert store.epochs == (1, 6, 11)
    views = [store.view(epoch, colour="tissue") for epoch in store.epochs]
    assert len({view.axes for view in views}) == 1
    everything = np.concatenate(made)
    for low, high, values in (
        (*views[0].axes.x, everything[:, 0]),
        (*views[0].axes.y, everything[:, 1]),
    ):
        assert low < values.min()
        assert high > values.max()
    for view, points in zip(views, made, strict=True):
        np.testing.assert_array_equal(view.points[["x", "y"]], points)
        assert f"Epoch {view.epoch}," in view.caption
        assert "n = 60" in view.caption
    assert "frame 2 of 3" in views[1].caption
    assert "25 % of them new" in views[1].caption
    assert "new since" not in views[0].caption


@pytest.mark.parametrize("colour", COLOURS)
def test_every_colour_names_all_points(tmp_path, colour):
    write_frames(tmp_path, (1,))
    view = FrameStore.open(tmp_path).view(1, colour=colour)
    assert len(view.colours.codes) == len(view.points) == 60
    assert sum(entry.n for entry in view.colours.legend) == 60


def test_new_frames_are_found_and_dropped_ones_go(tmp_path):
    write_frames(tmp_path, (1, 6))
    store = FrameStore.open(tmp_path)
    write_frames(tmp_path, (1, 6, 11))
    assert store.look().epochs == (1, 6, 11)
    # a run that is taken up at an earlier epoch writes its list anew
    write_frames(tmp_path, (1,))
    assert store.look().epochs == (1,)
    assert len(store.quality()) == 1


def test_torn_frames_and_no_frames_are_left_out(tmp_path):
    assert FrameStore.open(tmp_path).epochs == ()
    write_frames(tmp_path, (1, 6))
    (tmp_path / files.FRAMES / frame_name(6)).write_bytes(b"torn")
    store = FrameStore.open(tmp_path)
    assert store.epochs == (1,)
    assert store.quality()["epoch"].tolist() == [1]
