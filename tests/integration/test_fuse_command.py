"""`musegnn fuse`: from imported tables to a set that opens, and one sentence for what cannot be."""

from __future__ import annotations

import json

import numpy as np
import pytest

from musegnn.cli.main import main
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.errors import DataFileError
from musegnn.knowledge.importing import import_table
from musegnn.knowledge.store import KnowledgeStore

GENES = [f"{stem}{i}" for stem in ("PSMA", "PSMB", "RPL", "RPS") for i in range(3, 8)]
FACTS = {"species": "human", "release": "1", "licence": "unstated"}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Gene sets of two kinds about twenty genes, and profiles."""
    folder = tmp_path_factory.mktemp("store")
    rng = np.random.default_rng(0)
    for name in ("go_made", "reactome_made"):
        lines = [
            "\t".join([f"{name}{i}", "", *rng.choice(GENES, 6, replace=False)]) for i in range(12)
        ]
        (folder / f"{name}.gmt").write_text("\n".join(lines) + "\n")
        import_table(folder / f"{name}.gmt", folder, name=name, kind="gene sets", **FACTS)
    return folder


def test_tables_become_a_context_each_and_one_fused(store, tmp_path, capsys):
    asked = ["fuse", "--knowledge", str(store), "--modality", "GO", "--modality", "pathways"]
    out = tmp_path / "out"
    sizes = ["--width", "8", "--fused-width", "8", "--context-width", "8"]
    assert main([*asked, *sizes, "--device", "cpu", "--json", "-o", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["modality"] for row in told["coverage"]] == ["GO", "pathways"]
    found = read_embedding_set(out / "run")
    assert list(found.datasets.index) == ["fused", "GO", "pathways"]
    # an older name of a gene leads to its current symbol
    assert set(found.genes["gene"]) == {"RPS4X" if gene == "RPS4" else gene for gene in GENES}
    assert main([*asked, "-o", str(out)]) == 2
    assert "Expected a new or empty folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--modality", "nothing"], "Expected `modality` to be one of GO"),
        (["--table", "GO"], "Expected MODALITY=NAME"),
        (["--leave-out", "no_table"], "Expected `table` to be one of"),
        (["--width", "1"], "Expected a width from 2 to 1024"),
        (["--resume"], "Expected a fusion that was stopped"),
        (["--modality", "dependency"], "Expected a table of at least one modality, found none"),
    ],
)
def test_what_cannot_be_fused_is_said_in_one_sentence(store, tmp_path, capsys, more, message):
    out = tmp_path / "out"
    assert main(["fuse", "--knowledge", str(store), *more, "-o", str(out)]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_profiles_are_read_with_gaps_and_refused_with_words(store, tmp_path):
    path = tmp_path / "profiles.csv"
    path.write_text("Gene,entrez,liver,brain\nTP53,7157,1.5,2\nEGFR,1956,,3\n")
    asked = {"name": "own", "kind": "expression profiles", **FACTS}
    import_table(path, tmp_path / "own", **asked)
    table = KnowledgeStore(tmp_path / "own").table("own")
    assert list(table) == ["gene", "liver", "brain"]
    np.testing.assert_array_equal(table[["liver", "brain"]], [[1.5, 2], [np.nan, 3]])
    path.write_text("Gene,liver\nTP53,high\n")
    with pytest.raises(DataFileError, match="Expected numbers in the columns of samples"):
        import_table(path, tmp_path / "own", **asked)
