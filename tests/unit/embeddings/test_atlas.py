"""An atlas: genes in context with the index over their names."""

from musegnn.embeddings.atlas import read_atlas


def test_an_atlas_is_searched_by_its_names_and_lists_what_links_name(atlas_folder, atlas):
    opened = read_atlas(atlas_folder)
    rows = opened.search.rows(opened.search.find("cd3e").gene)
    assert set(opened.embedding.genes["gene"].iloc[rows]) == {"CD3E", "Cd3e"}
    assert opened.n_genes == len(set(atlas.genes["common_gene"]))
    assert opened.names["contexts"] == tuple(sorted(atlas.datasets.index))
    assert opened.names["species"] == ("human", "mouse")
    assert set(opened.names) == {"contexts", "clusters", "tissues", "species", "modalities"}
