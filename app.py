"""Dashboard over gene-in-context embeddings: `streamlit run app.py`."""

import streamlit as st

from musegnn.ui import navigation

pages = {
    "": [st.Page(navigation.HOME, title="Home", default=True)],
    "Explore": [
        st.Page(navigation.ATLAS, title="Atlas"),
        st.Page(navigation.GENE, title="Gene"),
    ],
    "How sure": [st.Page(navigation.BENCHMARKS, title="Benchmarks")],
    "Your own": [st.Page(navigation.DATA, title="Data")],
}
st.navigation(pages).run()
