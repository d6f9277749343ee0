"""Widgets that are tied to the link, to the session, or to what a page keeps."""

from streamlit.testing.v1 import AppTest


def page():
    import streamlit as st

    from musegnn.screens.shell.state import PageState, linked_panel, remembered, tied

    state = PageState("Gene")
    st.selectbox("Search in", ["this context", "all contexts"], **state.bound("scope"))
    st.toggle(
        "Orthologs",
        **state.bound(
            "orthologs", state.get("orthologs") == "only", write=lambda on: "only" if on else ""
        ),
    )
    st.segmented_control("Kind", ["any", "pathway"], **state.bound("why", widget="kind"))
    if not st.session_state.get("is_elsewhere"):
        st.number_input("Top", 1, 9, **remembered("top", 3))
    told = st.session_state.setdefault("told", [])
    st.text_input("Name", **tied("name", "".join(told[-1:]), told.append))
    inside = linked_panel(state, "ortholog_panel", "Panel", key="panel")
    if inside is not None:
        with inside:
            st.caption("inside")
    st.caption(state.among("why", ["pathway"], "usual"))
    state.write_link()


def visit(**query):
    shown = AppTest.from_function(page)
    for name, value in query.items():
        shown.query_params[name] = value
    shown.run()
    assert not shown.exception
    return shown


def said(shown):
    return [caption.value for caption in shown.caption]


def test_a_bound_widget_starts_from_the_link_and_writes_into_it():
    shown = visit(scope="all contexts")
    assert shown.selectbox(key="_scope").value == "all contexts"
    shown.selectbox(key="_scope").set_value("this context").run()
    assert "scope" not in shown.query_params
    shown.selectbox(key="_scope").set_value("all contexts").run()
    assert shown.query_params["scope"] == "all contexts"


def test_what_a_widget_says_can_be_written_otherwise():
    shown = visit(orthologs="only")
    assert shown.toggle(key="_orthologs").value is True
    shown.toggle(key="_orthologs").set_value(False).run()
    assert "orthologs" not in shown.query_params
    shown.toggle(key="_orthologs").set_value(True).run()
    assert shown.query_params["orthologs"] == "only"


def test_a_click_on_what_is_chosen_leaves_it_chosen():
    shown = visit(why="pathway")
    assert said(shown) == ["pathway"]
    shown.segmented_control(key="_kind").set_value(None).run()
    assert not shown.exception
    assert shown.query_params["why"] == "pathway"
    assert said(visit()) == ["usual"]


def test_a_remembered_value_outlives_a_page_without_its_widget():
    shown = visit()
    shown.number_input(key="_top").set_value(7).run()
    assert shown.session_state["top"] == 7
    shown.session_state["is_elsewhere"] = True
    assert len(shown.run().number_input) == 0
    shown.session_state["is_elsewhere"] = False
    assert shown.run().number_input(key="_top").value == 7


def test_a_tied_widget_hands_over_what_it_says():
    shown = visit()
    shown.text_input(key="_name").set_value("a").run()
    shown.text_input(key="_name").set_value("b").run()
    assert shown.session_state["told"] == ["a", "b"]
    assert shown.text_input(key="_name").value == "b"


def test_a_panel_is_open_when_the_link_says_so():
    assert "inside" in said(visit(ortholog_panel="open"))
    assert "inside" not in said(visit())
