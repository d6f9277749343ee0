"""A layout of another package is told, read and listed like those of the product."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from musegnn.graphs.gene_graph import read_gene_graph
from tests.contracts.source import REPOSITORY
from tests.toy_counts import GENES

LAYOUT = '''
"""Counts of a maker that nobody else knows."""

from musegnn.io.formats.layout import Layout

LAYOUT = Layout(
    name="toy counts",
    files="`.toy`",
    makers="a toy",
    source="this test",
    outcome="read",
    words="as it stands",
    is_this=lambda sight: sight.start.startswith(b"TOY 1"),
    reader="toy_maker.reading:read_toy",
    endings=(".toy",),
)
'''
READING = '''
"""Reads toy counts: names of genes, then a cell a line."""

import numpy as np
from scipy import sparse

from musegnn.border.text import read_rows
from musegnn.io.features import INDEX, recognise_features
from musegnn.io.formats.contents import CELLS_IN_ROWS, Contents


def read_toy(path, *, layer, choices):
    """Return what stands in the file."""
    with read_rows(path, delimiter=" ", role="toy counts") as rows:
        next(rows)
        genes = next(rows)
        cells, values = zip(*((row[0], row[1:]) for row in rows))
    features = recognise_features({INDEX: genes}, path, choices=choices)
    counts = sparse.csr_matrix(np.array(values, dtype=np.float32))
    return Contents(
        counts, features.names, features.ids, list(cells), "toy", CELLS_IN_ROWS,
        recognised=features.recognised,
    )
'''
SHOW = """
from musegnn.graphs.manifest import default_name
from musegnn.io.formats.registry import LAYOUTS
from musegnn.screens.data.panel_upload import LABEL
from pathlib import Path
print(*(layout.name for layout in LAYOUTS), default_name(Path("a.toy")), LABEL, sep="|")
"""


def install(site: Path) -> None:
    """Lay the package down as an installed one would be."""
    package, about = site / "toy_maker", site / "toy_maker-1.0.dist-info"
    package.mkdir(parents=True)
    about.mkdir()
    (package / "__init__.py").write_text('"""A toy."""\n')
    (package / "layout.py").write_text(LAYOUT.lstrip())
    (package / "reading.py").write_text(READING.lstrip())
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: toy_maker\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[musegnn.layouts]\ntoy = toy_maker.layout:LAYOUT\n")


def run(site: Path, *command: object) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        env={**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{REPOSITORY}"},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_layout_of_another_package_is_found_by_page_and_command_line(tmp_path):
    site = tmp_path / "site"
    install(site)
    counts = np.random.default_rng(0).poisson(4, (60, len(GENES))) + 1
    rows = [f"cell{i} {' '.join(map(str, row))}" for i, row in enumerate(counts)]
    path = tmp_path / "a.toy"
    path.write_text("\n".join(["TOY 1", " ".join(GENES), *rows]) + "\n")
    output = tmp_path / "graph.h5ad"
    of = ("--species", "human", "--tissue", "blood", "--modality", "scrna", "--genes", "10")
    run(site, "-m", "musegnn.cli.main", "graph", path, *of, "-o", output)
    graph = read_gene_graph(output)
    assert set(graph.genes["gene"]) <= set(GENES)
    assert graph.provenance["counts_found_in"] == "toy"
    *layouts, name, label = run(site, "-c", SHOW).strip().split("|")
    assert "toy counts" in layouts
    assert name == "a"
    assert ".toy" in label
