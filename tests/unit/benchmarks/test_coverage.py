"""Tissues share the genes that both hold in any context."""

from benchmarks.coverage import coverage_of, genes_of_tissues, shared_genes
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.settings import REPOSITORY


def test_pairs_of_tissues_are_counted_as_pandas_counts_them():
    atlas = read_embedding_set(REPOSITORY / "data" / "atlas")
    matrix = shared_genes(genes_of_tissues(atlas))
    tables = {
        tissue: own["common_gene"].drop_duplicates()
        for tissue, own in atlas.genes[atlas.genes["species"].isin(["human", "mouse"])].groupby(
            "tissue", observed=True
        )
    }
    first, second = "blood", "liver"
    both = tables[first].to_frame().merge(tables[second].to_frame(), on="common_gene")
    assert matrix.loc[first, second] == matrix.loc[second, first] == len(both)
    assert matrix.loc[first, first] == len(tables[first])
    assert sorted(matrix.index) == sorted(map(str, tables))

    found = coverage_of(atlas, ["CD3D", "ACTB", "NO-SUCH-GENE", "also none"])
    assert found["known"] == {"genes": 4, "share": 0.5}
    assert found["genes_in_context"] == len(atlas.genes)
    least = found["least"]
    assert matrix.loc[least["tissues"][0], least["tissues"][1]] == least["genes"]
