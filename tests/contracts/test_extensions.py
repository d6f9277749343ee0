"""The example of CONTRIBUTING.md, as a package of its own, adds what the page promises."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from musegnn import keys
from musegnn.embeddings.embedding_set import write_embedding_set
from musegnn.graphs.gene_graph import write_gene_graph
from tests.contracts.source import REPOSITORY
from tests.ui_fixtures import make_embedding, make_graph

PAGE = REPOSITORY / "CONTRIBUTING.md"
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)
CONTEXT = "liver_human"


def blocks(language: str) -> list[str]:
    """Code of one language on the page."""
    found = BLOCK.finditer(PAGE.read_text(encoding="utf-8"))
    return [block["text"] for block in found if block["language"] == language]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay the example down as an installed package would be, and return where."""
    place = tmp_path_factory.mktemp("site")
    for text in blocks("python"):
        path = place / text.partition("\n")[0].removeprefix("# ")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        (path.parent / "__init__.py").write_text('"""Example."""\n')
    (toml,) = blocks("toml")
    groups = tomllib.loads(toml)["project"]["entry-points"]
    about = place / "lengths-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lengths\nVersion: 1.0\n")
    lines = [
        line
        for group, entries in groups.items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in entries.items()))
    ]
    (about / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return place


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a result folder with two graphs."""
    folder, embedding = tmp_path_factory.mktemp("result"), make_embedding()
    for name in embedding.datasets.index:
        graph = make_graph(embedding, str(name))
        write_gene_graph(graph, folder / keys.GRAPHS_FOLDER / f"{name}.h5ad")
    write_embedding_set(embedding, folder / keys.EMBEDDING_FILE)
    return folder


def start(
    package: Path, *command: object, **environment: object
) -> subprocess.CompletedProcess[str]:
    """Run Python with the package at hand."""
    return subprocess.run(
        [sys.executable, *map(str, command)],
        env={
            **os.environ,
            "PYTHONPATH": f"{package}{os.pathsep}{REPOSITORY}",
            **{name: str(value) for name, value in environment.items()},
        },
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


def run(package: Path, *command: object, **environment: object) -> str:
    """Run Python with the package at hand to a good end; return what it prints."""
    done = start(package, *command, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def benchmarked(package: Path, result: Path) -> str:
    """Benchmark the result on the command line; return what it prints."""
    out = result / "benchmark.json"
    empty = package / "no_knowledge"
    empty.mkdir()
    command = ("-m", "musegnn.cli.main", "benchmark", result, "--json", out, "--knowledge", empty)
    return run(package, *command)


def test_the_command_line_measures_the_metric(benchmarked: str, result: Path) -> None:
    lengths = np.linalg.norm(make_embedding().vectors, axis=1)
    spread = lengths.std() / lengths.mean()
    assert "lengths: Are the vectors of all genes of the same length?" in benchmarked
    assert re.search(rf"Spread of lengths +{spread:.3f} +{len(lengths):,} genes", benchmarked)
    stored = json.loads((result / "benchmark.json").read_text())["runs"][0]["measured"]
    (entry,) = (entry for entry in stored if entry["metric"] == "length_spread")
    assert entry["value"] == pytest.approx(spread, rel=1e-5)


VISIT = """
import json, sys
from streamlit.testing.v1 import AppTest
from musegnn.screens.shell import permalink

def texts(page):
    assert not page.exception, page.exception
    kinds = (page.markdown, page.caption, page.error, page.info)
    return "\\n".join(str(item.value) for kind in kinds for item in kind)

app = AppTest.from_file("dashboard.py", default_timeout=120)
app.session_state["glossary_panel"] = True  # unfolded
app.run()
home = texts(app)
menu = [link.proto.label for link in app.sidebar.get("page_link")]
glossary = next(t.value for t in app.dataframe if "score" in t.value.columns)
benchmarks = AppTest.from_file("pages/5_Benchmarks.py", default_timeout=120)
benchmarks.query_params["group"] = "lengths"
own = AppTest.from_string(
    "from musegnn.screens.shell.frame import show; show('Lengths')", default_timeout=120
)
own.query_params["lengths_of"] = sys.argv[1]
own.query_params["gene"] = "INS"
own.run()
print(json.dumps({
    "menu": menu,
    "home": home,
    "buttons": [button.label for button in app.button],
    "glossary": glossary.to_dict("records"),
    "benchmarks": texts(benchmarks.run()),
    "own": texts(own),
    "link": dict(own.query_params),
    "refused": permalink.decode({"lengths_of": "x"}, known={"contexts": [sys.argv[1]]}).messages,
}))
"""


@pytest.fixture(scope="module")
def visited(package: Path, result: Path, benchmarked: str) -> Mapping[str, Any]:
    """Visit the app, the Benchmarks page and the page of the example."""
    assert benchmarked
    return json.loads(run(package, "-c", VISIT, CONTEXT, MUSEGNN_ATLAS=result))


def test_the_page_is_in_the_menu_and_in_the_tour(visited: Mapping[str, Any]) -> None:
    assert visited["menu"][-1] == "Lengths"
    assert "See how long vectors are." in visited["home"]
    assert "Open Lengths" in visited["buttons"]


def test_the_page_draws_what_its_link_asks_for(visited: Mapping[str, Any]) -> None:
    embedding = make_embedding()
    rows = embedding.rows_of_dataset(CONTEXT)
    mean = np.linalg.norm(embedding.vectors[rows], axis=1).mean()
    assert f"{len(rows)} vectors of {CONTEXT}: mean length {mean:.3f}." in visited["own"]
    link = visited["link"]
    assert link["lengths_of"] in (CONTEXT, [CONTEXT])
    assert "gene" not in link  # another page has that field
    (message,) = visited["refused"]
    assert "Expected a context, found `x`" in message


def test_the_benchmarks_page_explains_the_metric(visited: Mapping[str, Any]) -> None:
    assert "Are the vectors of all genes of the same length?" in visited["benchmarks"]
    assert "have none, whatever they know." in visited["benchmarks"]


def test_the_glossary_has_the_metric_and_the_score(visited: Mapping[str, Any]) -> None:
    rows = {row["score"]: row for row in visited["glossary"]}
    assert rows["length"]["page"] == "Lengths"
    assert rows["Spread of lengths"]["page"] == "Benchmarks: lengths"
    assert rows["Spread of lengths"]["range"] == "0 and up"


SUBMIT = """
import sys
from musegnn.cli.main import main
from musegnn.runs import submission

submission.ensure_dispatcher = lambda _: False  # the test performs the run itself
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def runs_root(package: Path, result: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Submit a run of the kind and perform it as a process of its own; return its folder."""
    root = tmp_path_factory.mktemp("runs")
    request = root.parent / "lengths.yaml"
    request.write_text("method: lengths\norder: 1\n")
    words = ("submit", request, "--graphs", result, "--name", "Taxi", "--device", "cpu")
    told = run(package, "-c", SUBMIT, *words, "--dry-run", MUSEGNN_RUNS=root)
    assert "300 MiB of memory" in told
    run_id = run(package, "-c", SUBMIT, *words, MUSEGNN_RUNS=root).strip()
    run(package, "-m", "musegnn.worker", root / run_id, MUSEGNN_RUNS=root)
    return root


def test_the_command_line_lists_and_runs_the_kind(
    package: Path, result: Path, runs_root: Path
) -> None:
    assert "lengths" in run(package, "-m", "musegnn.cli.main", "submit", "--help")
    (entry,) = json.loads(
        run(package, "-m", "musegnn.cli.main", "runs", "list", "--json", MUSEGNN_RUNS=runs_root)
    )
    assert (entry["state"], entry["name"]) == ("finished", "Taxi")
    lines = (runs_root / entry["run_id"] / "result" / "lengths.tsv").read_text().splitlines()
    name, gene, length = lines[0].split("\t")
    graph = make_graph(make_embedding(), name)
    row = graph.genes[keys.GENE].tolist().index(gene)
    assert float(length) == pytest.approx(np.abs(graph.features[row]).sum(), rel=1e-5)
    assert len(lines) == len(make_embedding().genes)


def test_a_value_out_of_range_is_refused(package: Path, result: Path, runs_root: Path) -> None:
    wrong = runs_root.parent / "wrong.yaml"
    wrong.write_text("method: lengths\norder: 5\n")
    words = ("-m", "musegnn.cli.main", "submit", wrong, "--graphs", result)
    done = start(package, *words, MUSEGNN_RUNS=runs_root)
    assert done.returncode == 2
    assert "`order`" in done.stderr
    assert "4" in done.stderr


OPEN_RUN = """
import json, sys
from streamlit.testing.v1 import AppTest
from musegnn.screens.runs.view_schema import split_fields

page = AppTest.from_file("pages/9_Runs.py", default_timeout=120)
page.query_params["run"] = sys.argv[1]
page.session_state["runs_view:detail:view"] = "Settings and origin"
page.run()
assert not page.exception, page.exception
(first,), others = split_fields("lengths")
print(json.dumps({
    "tables": [table.value.astype(str).to_dict("records") for table in page.dataframe],
    "field": [first.path, first.meaning, first.usual, first.least, first.most, len(others)],
}))
"""


def test_the_runs_page_shows_the_run(package: Path, result: Path, runs_root: Path) -> None:
    (folder,) = (path.parent for path in runs_root.glob("*/config.json"))
    environment = {"MUSEGNN_RUNS": runs_root, "MUSEGNN_ATLAS": result}
    shown = json.loads(run(package, "-c", OPEN_RUN, folder.name, **environment))
    listed, settings = shown["tables"][:2]
    assert [(row["name"], row["state"]) for row in listed] == [("Taxi", "finished")]
    values = {row["setting"]: row["value"] for row in settings}
    assert (values["method"], values["order"]) == ("lengths", "1")
    meaning = "Order of the norm; 2 is Euclidean. From 1 to 4"
    assert shown["field"] == ["order", meaning, 2, 1, 4, 0]
