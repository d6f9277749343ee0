"""`musegnn targets` and `musegnn signature` say what the library finds."""

from __future__ import annotations

import io
import json

import pandas as pd
import pytest

from tests.command_line import musegnn
from tests.drug_folder import key_of, write_drugs


@pytest.fixture(scope="module", autouse=True)
def drug_folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUSEGNN_KNOWLEDGE", str(write_drugs(tmp_path_factory.mktemp("drugs"))))
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def learned(drug_folder):
    """What is learned once is kept in the cache, so that nothing is said of it."""
    assert musegnn("targets", "kinol 0").code == 0


def test_targets_of_a_compound_in_words_json_and_csv():
    said = musegnn("targets", "kinol 0", "-n", 3)
    assert said.code == 0, said.err
    for words in (
        "KIN inhibitor",
        "This query is in domain",
        "of 15 candidates",
        "drugbank_targets",
    ):
        assert words in said.out
    document = json.loads(musegnn("targets", "DB0000", "--json").out)
    table = pd.read_csv(io.StringIO(musegnn("targets", "DB0000", "--csv").out))
    assert [row["gene"] for row in document["targets"]] == table["gene"].tolist()
    assert document["about"]["compound"] == key_of(0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "found neither"),
        (("nosuchdrug",), "Expected a compound of the store or a SMILES"),
        (("kinol 0", "--up", "x"), "found both"),
        (("C1CC(",), "Expected a structure as SMILES"),
        (("kinol 0", "--unlabelled"), "Expected --unlabelled alone"),
    ],
)
def test_bad_input_is_one_sentence(learned, arguments, message):
    said = musegnn("targets", *arguments)
    assert said.code == 2
    assert message in said.err
    assert said.out == ""
    assert len(said.err.splitlines()) == 1


@pytest.fixture
def without_targets(tmp_path, monkeypatch):
    """A folder in which no table names a target of adrol 3 and kinol 5."""
    folder = write_drugs(tmp_path / "drugs")
    names = ["adrol 3", "kinol 5"]
    texts = {"sep": "\t", "dtype": str, "keep_default_na": False}
    drugs = pd.read_csv(folder / "drugbank_all.tsv", **texts)
    ids = drugs.loc[drugs["name"].isin(names), "drugbank_id"]
    pairs = pd.read_csv(folder / "drugbank_proteins_targets.tsv", **texts)
    pairs = pairs[~pairs["drugbank_id"].isin(ids)]
    hub = pd.read_csv(folder / "repurposing_info.tsv", **texts)
    hub.loc[hub["pert_iname"].isin(names), "target"] = ""
    pairs.to_csv(folder / "drugbank_proteins_targets.tsv", sep="\t", index=False)
    hub.to_csv(folder / "repurposing_info.tsv", sep="\t", index=False)
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(folder))
    return names


def test_compounds_of_which_no_table_names_a_target_in_words_json_and_csv(without_targets):
    said = musegnn("targets", "--unlabelled", "-n", 2)
    assert said.code == 0, said.err
    assert "2 compounds, the likeliest target of each" in said.out
    assert "no table names a target" in said.out
    document = json.loads(musegnn("targets", "--unlabelled", "-n", 2, "--json").out)
    assert "read them as an order" in " ".join(document["meaning"].split())
    table = pd.read_csv(io.StringIO(musegnn("targets", "--unlabelled", "-n", 2, "--csv").out))
    assert table["name"].tolist() == [name for name in without_targets for _ in range(2)]
    assert [row["gene"] for row in document["targets"]] == table["gene"].tolist()
    best = table[table["rank"] == 1]
    # planted: the genes of its family, told by compounds of the family and none of itself
    assert [gene[:3] for gene in best["gene"]] == ["ADR", "KIN"]
    assert [name.split()[0] for name in best["nearest"]] == ["adrol", "kinol"]
    assert not set(best["nearest"]) & set(without_targets)
    shown = [line.split()[:2] for line in said.out.splitlines()[2:4]]
    surest = best.sort_values("probability", ascending=False)["name"]
    assert [" ".join(words) for words in shown] == surest.tolist()
    refused = musegnn("targets", "--unlabelled", "-n", 0)
    assert refused.code == 2
    assert len(refused.err.splitlines()) == 1


def test_where_every_compound_has_a_target_there_is_nothing_to_rank():
    said = musegnn("targets", "--unlabelled")
    assert said.code == 2
    assert "found none" in said.err
    assert said.out == ""


def test_mimic_and_reverse_of_a_table(tmp_path, monkeypatch):
    path = tmp_path / "de.csv"
    path.write_text("gene,logFC\n" + "hello,1\nworld of,2\n", encoding="utf-8")
    said = musegnn("signature", "--table", path)
    assert said.code == 2
    assert "Expected gene symbols" in said.err
    up = tmp_path / "up.txt"
    up.write_text("HMOX1\nHSPA1A\nDNAJB1\nHSPA8\nDDIT4\nGADD45A\n", encoding="utf-8")
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(tmp_path / "none"))
    said = musegnn("signature", "--up", up, "-n", 3)
    assert said.code == 0, said.err
    assert "Mimic" in said.out
    assert "Reverse" in said.out
    assert "6 of 6 genes are measured" in said.out
    assert "Expected a signature" in musegnn("signature").err
    assert "found both" in musegnn("signature", "--up", up, "--table", path).err


def test_the_network_is_written_and_compared_with_chance(tmp_path):
    said = musegnn("targets", "--network", tmp_path / "net.graphml")
    assert said.code == 0, said.err
    assert "rewired" in said.out
    assert "agree in ATC" in said.out
    assert (tmp_path / "net.graphml").read_text(encoding="utf-8").startswith("<graphml")
    assert "found a compound" in musegnn("targets", "x", "--network", tmp_path / "no").err
    assert not (tmp_path / "no").exists()


def test_targets_on_every_map_in_words_json_and_csv(tmp_path, atlas_folder, monkeypatch):
    named = {"KIN1": "INS", "KIN2": "GCG", "KIN3": "SST"}
    folder = write_drugs(tmp_path / "drugs", named)
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(folder))
    asked = ("targets", "kinol 0", "--on-maps", atlas_folder, "--above", 0.02)
    said = musegnn(*asked)
    assert said.code == 0, said.err
    for words in ("genes on 6 maps", "pancreas_mouse", "random sets of other candidates"):
        assert words in said.out
    document = json.loads(musegnn(*asked, "--json").out)
    known = {row["gene"] for row in document["genes"] if row["kind"] == "known"}
    assert known == {"INS", "GCG"}  # of the tables, in the names of the atlas
    table = pd.read_csv(io.StringIO(musegnn(*asked, "--csv").out))
    assert table["context"].tolist() == [row["context"] for row in document["contexts"]]
    assert table["measured"].max() == len(document["genes"])
    up = tmp_path / "up.txt"
    up.write_text(" ".join(f"G{number}" for number in range(40)), encoding="utf-8")
    refused = musegnn("signature", "--up", up, "--on-maps", atlas_folder)
    assert refused.code == 2
    assert "found none in G" in refused.err
    nowhere = musegnn("targets", "kinol 0", "--on-maps", tmp_path / "nothing")
    assert nowhere.code == 2
    assert len(nowhere.err.splitlines()) <= 2


def test_without_tables_the_shipped_predictions_answer(tmp_path, atlas_folder, monkeypatch):
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(tmp_path / "none"))
    said = musegnn("targets", "imatinib", "-n", 3)
    assert said.code == 0, said.err
    for words in ("imatinib", "Targets, the first 3 of", "held out", "comes with the program"):
        assert words in " ".join(said.out.split())
    document = json.loads(musegnn("targets", "imatinib", "--json").out)
    table = pd.read_csv(io.StringIO(musegnn("targets", "imatinib", "--csv").out))
    assert [row["gene"] for row in document["targets"]] == table["gene"].tolist()
    assert set(table["gene"]) <= set(document["candidates"])
    for text, message in (
        ("imatinb", "Did you mean imatinib"),
        ("C1CC(", "Expected a structure as SMILES"),
    ):
        refused = musegnn("targets", text)
        assert refused.code == 2
        assert message in refused.err
        assert refused.out == ""
    # the network is of all compounds and of tables alone
    assert "found none" in musegnn("targets", "--network", tmp_path / "net.cx2").err


def test_a_gene_that_drugs_reach_and_its_like():
    said = musegnn("targets", "--near", "kin1", "-n", 3)
    assert said.code == 0, said.err
    for words in ("KIN1 is tractable", "approved", "KIN2", "Tractable here means"):
        assert words in said.out
    document = json.loads(musegnn("targets", "--near", "KIN1", "--json").out)
    assert {row["gene"] for row in document["tractable"][:2]} == {"KIN2", "KIN3"}
    for arguments, message in (
        (("--near", "nosuchgene"), "Expected a human gene of which something is known"),
        (("imatinib", "--near", "KIN1"), "Expected --near alone"),
    ):
        said = musegnn("targets", *arguments)
        assert said.code
        assert message in said.err
        assert "Traceback" not in said.err
