"""Tables on a page: what its toolbar would save is what stands there."""

import pandas as pd
from streamlit.testing.v1 import AppTest


def page():
    import pandas as pd

    from musegnn.screens.shell.tables import show_table

    table = pd.DataFrame({"gene": ["=1+1", "CD3E"], "range": ["-1 to 1", "-1+1"], "n": [-1, 2]})
    show_table(table, key="toy", description="Two genes")


def test_no_cell_of_a_table_is_a_formula():
    shown = AppTest.from_function(page).run().dataframe[0].value
    expected = {"gene": ["'=1+1", "CD3E"], "range": ["-1 to 1", "'-1+1"], "n": [-1, 2]}
    pd.testing.assert_frame_equal(shown, pd.DataFrame(expected))
