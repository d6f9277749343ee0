import dataclasses
import io

import pandas as pd
import pytest

from musegnn import keys
from musegnn.screens.parts.ortholog_proportion import build, single_species_note, species_pairs


def only(embedding, species):
    genes = embedding.genes
    rows = genes[keys.SPECIES_COLUMN].astype(str).isin(species).to_numpy()
    return dataclasses.replace(embedding, table=genes.loc[rows].reset_index(drop=True))


def test_view_says_what_the_table_says(atlas):
    assert species_pairs(atlas) == [("human", "mouse")]
    view = build(("human", "mouse"), embedding=atlas)
    assert not view.notice
    assert view.table["share"].between(0, 100).all()
    assert view.table["fold"].to_numpy() == pytest.approx(
        (view.table["share"] / view.table["expected"]).to_numpy()
    )
    n_beyond = (view.table["q"] < 0.05).sum()
    assert f"{n_beyond} of the {len(view.table)} clusters with both species" in view.sentence
    assert "Expected:" in view.caption
    assert f"{len(view.table)} clusters" in view.description


def test_file_has_every_column_and_says_where_it_comes_from(atlas):
    view = build(("human", "mouse"), embedding=atlas)
    table = pd.read_csv(io.BytesIO(view.file), sep="\t")
    assert len(table) == len(view.table)
    assert {"human_genes", "mouse_genes", "p", "q", "one_to_one"} <= set(table.columns)
    assert set(table["atlas"]) == {"synthetic-atlas"}
    assert set(table["config_hash"]) == {"3f9a2c7d"}


def test_one_species_is_nothing_to_compare(atlas):
    human = only(atlas, ["human"])
    assert species_pairs(human) == []
    assert "this atlas holds human only" in single_species_note(human)


def test_clusters_that_never_mix_and_missing_orthologs_are_explained(atlas):
    genes = atlas.genes
    apart = genes.assign(cluster=genes["cluster"].astype(str) + genes["species"].astype(str))
    view = build(("human", "mouse"), embedding=dataclasses.replace(atlas, table=apart))
    assert view.table.empty
    assert "No cluster holds genes of both human and mouse" in view.notice
    unknown = dataclasses.replace(atlas, table=genes.assign(ortholog=""))
    assert "MUSEGNN_KNOWLEDGE" in build(("human", "mouse"), embedding=unknown).notice
