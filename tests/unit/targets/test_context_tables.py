"""What a context of molecules is made of: tables joined by molecule, and who is left out."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from musegnn.knowledge.store import open_store
from musegnn.molecules import forms
from musegnn.molecules.context_build import build_context
from musegnn.molecules.context_graph import EXPRESSION, MOLECULE, read_context
from musegnn.molecules.forms import open_forms
from musegnn.molecules.splits import scaffold_split
from musegnn.molecules.structures import fingerprints, scaffolds
from musegnn.targets.context_tables import (
    SHIPPED_PROFILES,
    leave_out_tests,
    read_at_hand,
)
from musegnn.targets.shipped import SHIPPED
from tests.command_line import musegnn
from tests.drug_folder import (
    GENES,
    N_LISTED,
    OUTSIDE,
    SCAFFOLDS,
    SUBSTITUENTS,
    key_of,
    write_drugs,
)

N_SHIPPED = 301  # of the 302 shipped profiles, one is of a molecule of three heavy atoms
FEATURES = ("Cells_a", "Cells_b", "Nuclei_c")
# phenethylamines of rising length, and acids of salicylic acid drawn with their charge
ASSAYED = [f"{'C' * n}NCCc1ccccc1" for n in range(1, 9)] + ["CC(=O)Oc1ccccc1C(=O)[O-]"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Drugs, a table of assays, and profiles of one's own."""
    folder = write_drugs(tmp_path_factory.mktemp("context") / "knowledge")
    rng = np.random.default_rng(1)
    known = [scaffold.format(part) for _, scaffold in SCAFFOLDS for part in SUBSTITUENTS]
    table = pd.DataFrame({"smiles": [*ASSAYED, *known], "assay": rng.integers(0, 2, 69)})
    table.to_csv(folder / "chembl2k_assays.csv", index=False)
    profiles = pd.DataFrame(rng.normal(size=(4, 3)).round(3), columns=FEATURES)
    profiles.insert(0, "name", ["kinol 0", "kinol 1", "of nobody", "mine"])
    profiles.insert(1, "smiles", ["", "", "", "CCCCNCCCCO"])
    profiles.to_csv(folder / "mine.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def at_hand(folder):
    return read_at_hand(open_store(folder), profiles=[folder / "mine.csv"])


def test_forms_of_a_long_table_are_kept(tmp_path, monkeypatch):
    texts = ["CC(=O)Oc1ccccc1C(=O)[O-]", "no structure", "c1ccccc1CCN"]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = open_forms(texts)
    assert first.smiles == ("CC(=O)Oc1ccccc1C(=O)O", "", "NCCc1ccccc1")
    assert first.scaffolds == ("c1ccccc1", "", "c1ccccc1")
    assert first.keys[0] == "BSYNRYMUTXBXSQ"  # of aspirin
    assert "Expected a structure" in first.refused[1]
    with monkeypatch.context() as later:
        later.setattr(forms, "read_forms", None)  # nothing is read again
        again = open_forms(texts)
    assert (again.smiles, again.keys, again.refused) == (first.smiles, first.keys, first.refused)
    np.testing.assert_array_equal(again.bits, first.bits)
    np.testing.assert_array_equal(np.unpackbits(first.bits, axis=1), fingerprints(first.smiles))
    # other rules of one form: what was kept counts no more
    monkeypatch.setattr(forms, "forms_digest", lambda: "of other rules")
    told = []
    open_forms(texts, tell=told.append)
    assert told == [3]


def test_each_molecule_stands_once_whatever_table_names_it(at_hand):
    n_drugs = len(SCAFFOLDS) * (len(SUBSTITUENTS) + len(OUTSIDE))
    # of the assays the eight amines are new, and the acid loses its charge and is a new one too;
    # drugs stand under the keys that their tables give, which are invented ones here
    new = len(ASSAYED) + 1
    assert len(at_hand.tables.keys) == n_drugs + N_SHIPPED + new
    assert len(set(at_hand.tables.keys)) == len(at_hand.tables.keys)
    assert "CC(=O)Oc1ccccc1C(=O)O" in at_hand.tables.smiles
    drug = at_hand.standing[0][len(ASSAYED)]
    assert (drug, at_hand.names[drug]) == (key_of(0), "kinol 0")


def test_targets_signatures_and_profiles_are_joined_by_molecule(at_hand):
    tables = at_hand.tables
    assert {gene for key, gene in tables.targets if key == key_of(0)} == {"KIN1", "KIN2"}
    (signatures,) = tables.expression
    assert np.shape(signatures.values) == (N_LISTED, len(GENES))
    assert set(signatures.keys) == {
        key_of(family * (len(SUBSTITUENTS) + len(OUTSIDE)) + at)
        for family in range(len(SCAFFOLDS))
        for at in range(len(SUBSTITUENTS))
    }
    shipped, own = tables.morphology
    assert (shipped.source, len(shipped.features)) == (SHIPPED_PROFILES, 904)
    # by their names two are drugs, one is nobody, and one has its structure beside it
    assert own.features == FEATURES
    named = {at_hand.names.get(key, key) for key in own.keys if key}
    assert named == {"kinol 0", "kinol 1", "mine"}
    graph = build_context(tables)
    kinds = [(block.kind, block.source, block.features.shape[1]) for block in graph.blocks]
    assert kinds[2:4] == [("morphology", SHIPPED_PROFILES, 904), ("morphology", "mine.csv", 3)]


def test_it_says_what_was_used_and_what_is_missing(at_hand):
    used = at_hand.as_table().set_index("table")
    assert used.loc["l1000_consensus", ["gives", "molecules"]].tolist() == ["expression", N_LISTED]
    assert used.loc["chembl2k_assays", "molecules"] == 69
    assert used.loc["mine.csv", ["rows", "molecules"]].tolist() == [4, 3]
    assert used.loc["drugbank_targets", "licence"].startswith("CC-BY-NC")
    assert len(at_hand.missing) == 1
    assert "Interactions of proteins are missing" in at_hand.missing[0]


def test_molecules_of_the_last_part_of_an_assay_keep_no_edge(at_hand):
    graph = build_context(at_hand.tables)
    left = leave_out_tests(graph, at_hand)
    table = at_hand.assays[0]
    asked = scaffold_split(scaffolds(table.smiles)).test
    keys = {at_hand.standing[0][row] for row in asked}
    assert f"{len(asked)} molecules of the last part of chembl2k_assays" in left.left_out
    hidden = np.array([name in keys for name in left.names])
    measured = np.concatenate([left.nodes_of(MOLECULE), left.nodes_of(EXPRESSION)])
    before, after = graph.adjacency.degree, left.adjacency.degree
    assert before[hidden].any()
    assert not after[hidden].any()
    rest = measured[~hidden[measured]]
    assert after[rest].any()


def test_without_annotation_what_ships_makes_a_context():
    found = read_at_hand(None)
    assert len(found.tables.keys) == N_SHIPPED
    (signatures,), (profiles,) = found.tables.expression, found.tables.morphology
    assert signatures.source == SHIPPED
    both = set(signatures.keys) & set(profiles.keys)
    assert found.as_table().set_index("table").loc[SHIPPED, "molecules"] == len(both) == 73
    assert len(found.missing) == 5
    assert "Known targets are missing" in " ".join(found.missing)


def test_a_context_is_written_and_trained_on_from_the_command_line(folder, tmp_path):
    out = tmp_path / "context.npz"
    common = ("--knowledge", folder, "--profiles", folder / "mine.csv")
    listed = tmp_path / "mine.smi"
    listed.write_text("CCCCNCCCCO\n", encoding="utf-8")
    made = musegnn(
        *("molecules", "context", "-o", out, *common, "--json"),
        *("--without", "gene", "--leave-out", listed),
    )
    assert made.code == 0, made.err
    told = json.loads(made.out)
    assert {row["table"] for row in told["used"]} >= {"chembl2k_assays", "mine.csv"}
    assert "last part of chembl2k_assays; 1 molecules of mine.smi" in told["left_out"]
    graph = read_context(out)
    assert {row["kind"]: row["with edges"] for row in told["nodes"]}["gene"] == 0
    mine = graph.nodes_of(MOLECULE)[graph.smiles.index("CCCCNCCCCO")]
    assert graph.adjacency.degree[mine] == 0
    small = tmp_path / "small.yaml"
    small.write_text("method: molecules\nwidth: 8\ncode_width: 4\nhidden_width: 8\nlayers: 1\n")
    trained = musegnn(
        *("molecules", "train", "-o", tmp_path / "run", "--context", out, "--device", "cpu"),
        *("--config", small, "--epochs", 1),
    )
    assert trained.code == 0, trained.err
    assert (tmp_path / "run" / "run" / "result" / "encoder.safetensors").is_file()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--knowledge", "nowhere"), "Expected a folder of annotation, found none at nowhere"),
        (("--assays", "none.csv"), "none.csv"),
        (("--profiles", "none.csv"), "none.csv"),
        (("--config", "x.yaml", "--preset", "paper"), "either `--preset` or `--config`"),
        (("--resume",), "Expected a training that was stopped, found no context.npz"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
    answer = musegnn("molecules", "train", "-o", tmp_path / "run", *arguments)
    assert answer.code != 0
    assert said in " ".join(answer.err.split())
    assert "Traceback" not in answer.err
    assert not (tmp_path / "run").exists()


def test_a_training_on_gene_graphs_takes_no_preset_of_molecules(tmp_path):
    answer = musegnn("train", "a.h5ad", "-o", tmp_path / "run", "--preset", "molecules_paper")
    assert answer.code != 0
    assert "Expected settings of a training on gene graphs" in " ".join(answer.err.split())
    assert "Traceback" not in answer.err
