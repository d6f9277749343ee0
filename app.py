"""Dashboard over gene-in-context embeddings: `streamlit run app.py`."""

import streamlit as st

from musegnn.screens.shell import navigation

groups = {
    "": {navigation.HOME: "Home"},
    "Explore": {
        navigation.ATLAS: "Atlas",
        navigation.GENE: "Gene",
        navigation.COMPARE: "Compare",
        navigation.ENRICHMENT: "Enrichment",
        navigation.CAUSAL: "Causal",
        navigation.LABELS: "Labels",
    },
    "How sure": {navigation.BENCHMARKS: "Benchmarks"},
    "Your own": {navigation.DATA: "Data", navigation.RUNS: "Runs"},
}
pages = {
    group: [
        st.Page(page, title=title, default=page == navigation.HOME)
        for page, title in titles.items()
        if navigation.exists(page)
    ]
    for group, titles in groups.items()
}
st.navigation(pages).run()
