"""Pages in parts: frame, state, cache, messages and panels; the only package with streamlit."""
