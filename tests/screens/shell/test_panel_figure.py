import json

from streamlit.testing.v1 import AppTest

from musegnn.screens.shell.panel_figure import SAVED_BY_CAMERA


def show(**options):
    """Draw a page with one picture; returns the page and the settings of its picture."""

    def page(options):
        import plotly.graph_objects as go

        from musegnn.screens.shell.panel_figure import show_figure

        figure = go.Figure(go.Scatter(x=[1], y=[2]))
        show_figure(figure, key="dots", description="One dot", **options)

    shown = AppTest.from_function(page, kwargs={"options": options}).run()
    assert not shown.exception
    return shown, json.loads(shown.get("plotly_chart")[0].proto.config)


def test_a_picture_has_no_buttons_unless_it_is_asked_for():
    page, config = show(caption="n = 1")
    assert config == {"displayModeBar": False}
    assert [caption.value for caption in page.caption] == ["n = 1"]
    assert show()[0].caption.len == 0


def test_a_named_picture_is_saved_as_svg_and_says_so():
    page, config = show(name="2026-01-01_atlas_terms.svg", caption="n = 1")
    assert config["displayModeBar"] is True
    assert config["modeBarButtons"] == [["toImage"]]
    assert config["toImageButtonOptions"] == {
        "format": "svg",
        "filename": "2026-01-01_atlas_terms",
    }
    assert page.caption[0].value == f"n = 1 {SAVED_BY_CAMERA}"


def test_a_picture_that_moves_keeps_its_buttons_beside_the_camera():
    _, config = show(name="network", can_move=True, scroll_zoom=True)
    (buttons,) = config["modeBarButtons"]
    assert buttons[0] == "toImage"
    assert {"pan2d", "zoom2d", "resetScale2d"} <= set(buttons)
    assert config["scrollZoom"] is True
