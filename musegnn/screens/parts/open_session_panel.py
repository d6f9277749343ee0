"""What Streamlit knows of a session and documents no way to ask for: all of it stands here."""

from __future__ import annotations

from typing import Any

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx


def current_session() -> str:
    """Return the id of the session whose page is drawn; "" without a server."""
    context = get_script_run_ctx()
    return context.session_id if context is not None and runtime.exists() else ""


def is_open(session: str) -> bool:
    """Return whether the tab of a session is there."""
    return runtime.exists() and runtime.get_instance().is_active_session(session)


def forget_file(file: Any) -> None:
    """Let the server forget the bytes of a file that was chosen; the page may go on naming it."""
    context = get_script_run_ctx()
    forget = getattr(getattr(context, "uploaded_file_mgr", None), "remove_file", None)
    if context is not None and forget is not None and hasattr(file, "file_id"):
        forget(context.session_id, file.file_id)


def is_told(widget: str) -> bool:
    """Return whether the browser told, with what it asks now, what the widget of a key says."""
    context = get_script_run_ctx()
    told = () if context is None else context.session_state.get_widget_states()
    return any(one.id.endswith(f"-{widget}") for one in told)
