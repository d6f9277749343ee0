"""Modalities of a gene of a fused set: numbers are those of loops, what is missing is masked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from musegnn import keys
from musegnn.analysis.known.modalities import FusedGenes, is_fused, read_fused_genes
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.settings import REPOSITORY


@pytest.fixture(scope="module")
def fused():
    return read_fused_genes(read_embedding_set(REPOSITORY / "data" / "fused"))


@pytest.fixture(scope="module")
def names(fused):
    return fused.embedding.genes[keys.GENE].astype(str).to_numpy()


def test_only_a_set_with_a_fused_context_and_modalities_is_fused(fused):
    assert is_fused(fused.embedding)
    assert not is_fused(read_embedding_set(REPOSITORY / "data" / "atlas"))


def test_agreement_is_that_of_a_loop_and_masked_where_a_modality_lacks_a_gene(fused, names):
    embedding = fused.embedding
    row = embedding.row("TP53", "fused")
    others = np.array([embedding.row(name, "fused") for name in ("MDM2", "OR2T1", "CDKN1A")])
    table = fused.agreement(row, others)
    for modality in ("GO", "interactions"):
        rows = embedding.rows_of_dataset(modality)
        place = {names[r]: r for r in rows}
        cosine = embedding.unit_vectors[rows] @ embedding.unit_vectors[place["TP53"]]
        rest = cosine[rows != place["TP53"]]
        for number, name in enumerate(("MDM2", "OR2T1", "CDKN1A")):
            percent = table[f"percentile in {modality}"].iloc[number]
            if name not in place:
                assert np.isnan(percent)
                continue
            own = float(cosine[rows == place[name]][0])
            assert table[f"cosine in {modality}"].iloc[number] == pytest.approx(own, abs=1e-6)
            assert percent == pytest.approx(100 * (rest < own - 1e-7).mean(), abs=0.02)
    high = table.filter(like="percentile in ") >= 95
    assert table["n_agree"].tolist() == high.sum(axis=1).tolist()
    assert [len(text.split(", ")) if text else 0 for text in table["agree"]] == high.sum(
        axis=1
    ).tolist()
    assert (table["n_both"] == table.filter(like="cosine in ").notna().sum(axis=1)).all()


def test_contributions_speak_of_the_modalities_of_the_gene_and_of_the_file_beside(fused):
    row = fused.embedding.row("TP53", "fused")
    table = fused.contributions(row)
    written = pd.read_parquet(REPOSITORY / "data" / "fused" / "modality_weights.parquet")
    own = written[written["gene"] == "TP53"].iloc[0]
    there = [m for m in fused.modalities if not np.isnan(own[f"weight of {m}"])]
    assert table["modality"].tolist() == there
    assert table["change"].tolist() == [own[f"change without {m}"] for m in there]
    assert table["gone"].between(0, 1).all()
    assert table["gone"].max() > 0
    assert table.set_index("modality")["facts"]["interactions"] > 500
    again = fused.contributions(fused.embedding.row("TP53", "GO"))
    pd.testing.assert_frame_equal(table, again)  # the gene, not its context


def test_without_the_file_the_change_is_not_said_and_neighbours_still_are(fused):
    bare = read_fused_genes(replace(fused.embedding, path=None))
    table = bare.contributions(fused.embedding.row("CD3E", "fused"))
    assert table["change"].isna().all()
    assert table["gone"].notna().all()


def test_a_modality_that_says_the_same_as_another_lets_no_neighbour_go():
    fused = read_embedding_set(REPOSITORY / "data" / "fused")
    rows = np.concatenate([fused.rows_of_dataset(name)[:400] for name in ("fused", "GO")])
    copied = fused.part(np.unique(rows))
    table, go = copied.table.copy(), copied.rows_of_dataset("GO")
    table[keys.DATASET] = table[keys.DATASET].astype(str)
    twin = copied.table.iloc[go].assign(dataset="twin")
    both = replace(
        copied,
        table=pd.concat([table, twin], ignore_index=True),
        vectors=np.concatenate([copied.vectors, copied.vectors[go]]),
        layout=np.concatenate([copied.layout, copied.layout[go]]),
        datasets=pd.concat([copied.datasets, copied.datasets.loc[["GO"]].rename({"GO": "twin"})]),
        neighbour_graph=None,
    )
    told = FusedGenes(both, pd.DataFrame()).contributions(int(go[0]))
    assert told["gone"].tolist() == [0, 0]
