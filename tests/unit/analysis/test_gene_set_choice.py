from dataclasses import replace

import numpy as np
import pytest

from musegnn.analysis.choices import BLOCKS, CELLS_AND_STUDIES, STUDIES
from musegnn.analysis.gene_list_report import AMBIGUOUS, NOT_HERE, UNKNOWN, USED
from musegnn.analysis.gene_set_choice import (
    StudyUse,
    choose_cluster,
    choose_list,
    choose_neighbours,
    choose_rows,
)
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.known_names import open_search
from musegnn.embeddings.study_block import WEIGHT, StudyBlock, compare_by_studies
from musegnn.errors import InputError
from musegnn.io.gene_species import tell_species
from musegnn.knowledge.store import open_store
from musegnn.knowledge.studies.sources import read_study_vectors
from musegnn.settings import REPOSITORY
from tests.operations import count_calls


@pytest.fixture(scope="module")
def search(atlas):
    return GeneSearch(
        atlas, aliases={"PTPRC": "CD45", "CHG": {"CHGA", "CHGB"}}, known_symbols=("TBX21",)
    )


def test_neighbours_are_those_of_a_naive_search(atlas, search):
    choice = choose_neighbours("INS", "pancreas_human", k=7, atlas=Atlas(atlas, search))
    row = atlas.row("INS", "pancreas_human")
    rows = atlas.rows_of_dataset("pancreas_human")
    vectors = atlas.vectors.astype(float)
    cosine = {
        int(r): vectors[r] @ vectors[row] / np.linalg.norm(vectors[r]) for r in rows if r != row
    }
    nearest = sorted(cosine, key=lambda r: -cosine[r])[:7]
    assert choice.rows.tolist() == sorted([*nearest, row])
    assert choice.centre == "INS"
    assert choice.dataset == "pancreas_human"
    assert "INS" in choice.symbols


def test_mouse_genes_go_by_the_name_of_their_ortholog_group(atlas, search):
    choice = choose_neighbours("Ins2", "pancreas_mouse", k=3, atlas=Atlas(atlas, search))
    assert choice.label == "Ins2 and its 3 nearest in pancreas_mouse"
    assert choice.centre == "INS"
    assert atlas.genes["gene"].iloc[choice.rows].tolist().count("Ins2") == 1


def test_background_is_the_genes_of_the_contexts_chosen_from(atlas, search):
    inside = choose_cluster("0", dataset="liver_human", atlas=Atlas(atlas, search))
    everywhere = choose_cluster("0", atlas=Atlas(atlas, search))
    table = atlas.genes.assign(ortholog_group=search.ortholog_groups)
    of_liver = set(table.loc[table["dataset"] == "liver_human", "ortholog_group"])
    assert set(inside.background_symbols(Atlas(atlas, search))) == of_liver
    assert everywhere.dataset == ""
    assert set(everywhere.background_symbols(Atlas(atlas, search))) == set(table["ortholog_group"])
    two = choose_rows(
        np.concatenate(
            [atlas.rows_of_dataset(name)[:2] for name in ("liver_human", "heart_mouse")]
        ),
        "two contexts",
        atlas=Atlas(atlas, search),
    )
    assert two.contexts(atlas) == ("heart_mouse", "liver_human")
    of_both = set(table.loc[table["dataset"].isin(two.contexts(atlas)), "ortholog_group"])
    assert set(two.background_symbols(Atlas(atlas, search))) == of_both


def test_neighbours_and_clusters_know_where_their_place_chose_them(atlas, search):
    opened = Atlas(atlas, search)
    near = choose_neighbours("CD3E", "blood_human", k=5, atlas=opened)
    assert near.chosen_by_place(atlas) == ("blood_human",)
    cluster = choose_cluster("1", atlas=opened)
    assert set(cluster.chosen_by_place(atlas)) == set(
        atlas.genes["dataset"].astype(str).iloc[cluster.rows]
    )
    assert choose_list("CD3E INS", atlas=opened).chosen_by_place(atlas) == ()
    assert choose_rows(near.rows, "lasso", atlas=opened).chosen_by_place(atlas) == ()
    by_others = StudyUse(STUDIES, 1.0, (), ())
    assert replace(near, studies=by_others).chosen_by_place(atlas) == ()
    by_both = replace(by_others, blocks=CELLS_AND_STUDIES)
    assert replace(near, studies=by_both).chosen_by_place(atlas) == ("blood_human",)


def test_every_name_of_a_list_is_in_one_class(atlas, search):
    text = "ins, CD3E;tbx21\nnonsense 'GCG' CHG ins"
    choice = choose_list(text, atlas=Atlas(atlas, search))
    assert choice.symbols == ("CD3E", "GCG", "INS")
    table = choice.report.table()
    assert dict(zip(table["name"], table["class"], strict=True)) == {
        "ins": USED,
        "CD3E": USED,
        "GCG": USED,
        "tbx21": NOT_HERE,
        "nonsense": UNKNOWN,
        "CHG": AMBIGUOUS,
    }
    assert "3 of 6 names used" in choice.report.sentence
    assert "Unknown (1): nonsense." in choice.report.sentence


def test_gene_of_another_context_is_known_but_not_used(atlas, search):
    choice = choose_list("ALB Gm1234", dataset="heart_mouse", atlas=Atlas(atlas, search))
    assert [match.query for match in choice.report.used] == ["Gm1234"]
    assert [match.query for match in choice.report.not_here] == ["ALB"]
    assert "Known, not in heart_mouse (1): ALB." in choice.report.sentence
    told = choice.report.told({"heart_mouse": "Heart, mouse"})
    assert told == choice.report.sentence.replace("heart_mouse", "Heart, mouse")
    assert "known, not in heart_mouse" in set(choice.report.table()["class"])  # for programs
    assert set(atlas.genes["dataset"].iloc[choice.rows]) == {"heart_mouse"}


def test_five_thousand_lines_with_junk_are_sorted_at_once(atlas, search):
    rng = np.random.default_rng(0)
    genes = atlas.genes["gene"].drop_duplicates().tolist()
    junk = ["".join(map(chr, rng.integers(33, 0x2FF, 12))) for _ in range(4600)]
    odd = ["=cmd|' /C calc'!A0", "\x00\x01", "NaN", "-1", "'; DROP TABLE genes", "\u202egene"]
    lines = rng.permutation([*genes, *junk, *odd, *genes][:5000])
    chosen = []
    text = "\n".join(lines)
    tell_species(["a", "b", "c"])  # the tables of species are laid out once
    calls = count_calls(lambda: chosen.append(choose_list(text, atlas=Atlas(atlas, search))))
    assert calls < 50 * len(lines)  # no name is compared with all names
    (choice,) = chosen
    assert set(choice.symbols) == set(search.ortholog_groups)
    table = choice.report.table()
    assert not table["name"].duplicated().any()
    assert set(table["class"]) == {USED, UNKNOWN}


def test_empty_list_is_an_empty_choice(atlas, search):
    choice = choose_list("  \n ,;", atlas=Atlas(atlas, search))
    assert len(choice) == 0
    assert choice.report.sentence == "List: 0 of 0 names used."


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a, s: choose_cluster("99", atlas=Atlas(a, s)), "`cluster` to be one of"),
        (
            lambda a, s: choose_cluster("1", dataset="liver", atlas=Atlas(a, s)),
            "Did you mean 'liver_human'",
        ),
        (
            lambda a, s: choose_neighbours("ALB", "heart_mouse", atlas=Atlas(a, s)),
            "found it only in other contexts",
        ),
        (
            lambda a, s: choose_neighbours("TP-53", "heart_mouse", atlas=Atlas(a, s)),
            "Nearest names: TP53",
        ),
        (
            lambda a, s: choose_neighbours("INS", "heart_mouse", k=0, atlas=Atlas(a, s)),
            "`k` to be greater",
        ),
        (lambda a, s: choose_rows([10**6], "x", atlas=Atlas(a, s)), "of another atlas"),
        (lambda a, s: choose_rows([], "x", atlas=Atlas(a, s)), "at least one gene"),
        (lambda a, s: choose_list("x" * 2_000_001, atlas=Atlas(a, s)), "at most 2,000,000"),
    ],
)
def test_wrong_choices_are_explained(atlas, search, call, message):
    with pytest.raises(InputError, match=message):
        call(atlas, search)


def test_neighbours_found_with_other_studies_say_so(atlas, search, module_knowledge):
    vectors = read_study_vectors(open_store(module_knowledge))
    studies = StudyBlock(atlas, search.ortholog_groups, vectors)
    found = {
        blocks: choose_neighbours(
            "INS",
            "pancreas_human",
            k=9,
            atlas=Atlas(atlas, search),
            blocks=blocks,
            studies=studies,
        )
        for blocks in BLOCKS
    }
    assert found["cells"].studies is None
    assert found["studies"].label == (
        "INS and its 9 nearest in pancreas_human by other studies alone"
    )
    row = atlas.row("INS", "pancreas_human")
    nearest = compare_by_studies(studies, row, weight=None)
    expected = [row, *nearest.rows[nearest.nearest(9)]]
    assert found["studies"].rows.tolist() == sorted(expected)
    use = found["cells+studies"].studies
    assert use.tables == ("kegg_2016",)
    assert use.facts == {"found_by": "cells+studies", **vectors.facts, "studies_weight": WEIGHT}
    kept = choose_rows(
        found["studies"].rows, found["studies"].label, atlas=Atlas(atlas, search)
    )  # as a saved selection of that name
    assert "By its name this selection was found with other studies" in kept.caution("kegg_2016")
    assert found["cells"].caution("kegg_2016") == ""
    assert use.caution("kegg_2016").startswith("**Circular.**")
    assert use.caution("reactome_2016").startswith("**With care.**")


def test_other_studies_that_are_not_there_are_told(atlas, search):
    with pytest.raises(InputError, match="Expected vectors of other studies"):
        choose_neighbours(
            "INS", "pancreas_human", atlas=Atlas(atlas, search), blocks="cells+studies"
        )
    with pytest.raises(InputError, match="`blocks`"):
        choose_neighbours("INS", "pancreas_human", atlas=Atlas(atlas, search), blocks="all")


def test_a_list_of_a_species_that_the_set_lacks_is_told_to_be_one():
    fused = read_embedding_set(REPOSITORY / "data" / "fused")
    atlas = Atlas(fused, open_search(fused, None))
    for text, species in (
        ("dpp wg hh en ftz eve Ubx abd-A", "fly"),
        ("FBgn0000490 FBgn0284084 FBgn0004644", "fly"),
        ("myca hsp90aa1.1 gata1a pax2a cdx4", "zebrafish"),
        ("ENSMUSG00000059552 ENSMUSG00000019942", "mouse"),
    ):
        report = choose_list(text, atlas=atlas).report
        assert report.species == species
        assert f"are of {species}, of which this set has no gene" in report.sentence
    assert choose_list("TP53 EGFR NONSENSE1", atlas=atlas).report.species == ""


def test_genes_that_were_found_by_knowledge_say_that_a_test_of_knowledge_is_circular(atlas, search):
    fused = read_embedding_set(REPOSITORY / "data" / "fused")
    known = Atlas(fused, open_search(fused, None))
    for choice in (
        choose_neighbours("TP53", "GO", k=5, atlas=known),
        choose_rows(fused.rows_of_dataset("GO")[:4], "drawn", atlas=known),
    ):
        assert choice.knowledge == ("GO",)
        assert choice.caution("Reactome").startswith("**Circular.**")
    assert choose_list("TP53 MYC", atlas=known).caution("Reactome") == ""
    of_cells = choose_neighbours("INS", "pancreas_human", k=5, atlas=Atlas(atlas, search))
    assert of_cells.caution("Reactome") == ""
