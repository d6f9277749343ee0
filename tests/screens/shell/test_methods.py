import io

import numpy as np
import pandas as pd
import pytest

from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.screens.atlas.methods import atlas_methods, rows_code
from musegnn.screens.atlas.view import AtlasRequest, build
from musegnn.screens.benchmarks import view as benchmarks
from musegnn.screens.benchmarks.methods import benchmark_methods
from musegnn.screens.home import view as home
from musegnn.screens.home.methods import home_methods
from musegnn.screens.shell.methods import OPEN_ATLAS, as_markdown, as_script, describe
from musegnn.screens.shell.selection import Selection
from tests.snippets import read_again, run_program, run_snippet


@pytest.fixture(scope="module")
def search(atlas):
    return GeneSearch(atlas)


def same(methods, folder, table):
    pd.testing.assert_frame_equal(run_snippet(methods, folder), read_again(table))


def test_program_of_home_prints_its_table(atlas, atlas_folder):
    view = home.build(atlas)
    methods = home_methods(atlas)
    same(methods, atlas_folder, view.contexts)
    printed = run_program(methods, atlas_folder)
    pd.testing.assert_frame_equal(printed, read_again(view.contexts))


@pytest.mark.parametrize(
    "request_",
    [
        AtlasRequest(colour="species", gene="INS"),
        AtlasRequest(
            colour="my gene list",
            list_text='CD3E it\'s "quoted"\nGCG',
            selection=Selection(np.arange(0, 900, 2), "lasso"),
        ),
    ],
    ids=["lit", "selected"],
)
def test_program_of_the_atlas_prints_its_table(atlas, atlas_folder, search, request_):
    view = build(request_, atlas=Atlas(atlas, search))
    assert len(view.table) > 5
    methods = atlas_methods(request_, view, embedding=atlas)
    same(methods, atlas_folder, view.table.drop(columns=["code"]))


def test_program_of_a_benchmark_prints_its_means(atlas, atlas_folder):
    view = benchmarks.build(sorted(benchmarks.SHIPPED.glob("*.json"))[0])
    means = pd.read_csv(io.BytesIO(view.tsv), sep="\t")
    printed = run_snippet(benchmark_methods(view, atlas.origin), atlas_folder)
    pd.testing.assert_frame_equal(printed, means[printed.columns])


def test_an_empty_table_has_no_program(atlas, search):
    request_ = AtlasRequest()
    view = build(request_, atlas=Atlas(atlas, search))
    assert atlas_methods(request_, view, embedding=atlas) is None


@pytest.mark.parametrize("n", [1, 200, 201, 5_000])
def test_rows_are_written_so_that_python_reads_them_back(n):
    rows = np.sort(np.random.default_rng(n).choice(100_000, n, replace=False)).astype(np.int64)
    space = {"np": np}
    exec(rows_code(rows), space)
    np.testing.assert_array_equal(space["rows"], rows)


def test_text_and_program_carry_parameters_data_versions_and_citation(atlas):
    methods = describe(
        atlas.origin,
        title="A table",
        sentences=("First.", "Two\nlines."),
        parameters={"k": 20, "scope": "this context"},
        code="table = embedding.genes",
    )
    assert methods.code.startswith(OPEN_ATLAS)
    text = as_markdown(methods)
    for words in ("# A table", "First.", "- k: 20", "3f9a2c7d", "blood_human: synthetic, CC0"):
        assert words in text
    for words in ("arXiv:2310.02275", "- numpy ", "- musegnn 0", "```python"):
        assert words in text
    script = as_script(methods)
    compile(script, "methods.py", "exec")
    assert '# Parameters: {"k": 20, "scope": "this context"}' in script
    assert "# Two\n# lines." in script
