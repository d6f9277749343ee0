"""Lists and tables as tools write them, and what is told of those that are none."""

from __future__ import annotations

import numpy as np
import pytest

from musegnn.errors import InputError
from musegnn.io.gene_species import tell_species
from musegnn.io.gene_tables import SHIPPED
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.targets.own_signature import signature_of_lists, signature_of_table
from musegnn.targets.signature_search import adjusted, compare_signatures

MEASURED = (
    *("TP53", "EGFR", "MYC", "CDK1", "CCNB1", "HMOX1", "FOS", "JUN", "SEPTIN2", "AURKA"),
    *("PLK1", "TOP2A", "BIRC5", "CDKN1A", "GADD45A", "DDIT4"),
)
UP, DOWN = ["HMOX1", "FOS", "JUN", "CDKN1A"], ["CDK1", "CCNB1", "AURKA", "PLK1"]
CHANGES = dict.fromkeys(UP, 2.0) | dict.fromkeys(DOWN, -1.5)


@pytest.fixture(scope="module")
def names():
    return read_gene_names(None)


def expect_directions(own):
    found = dict(zip(MEASURED, np.sign(own.values), strict=True))
    assert {gene for gene, sign in found.items() if sign > 0} == set(UP)
    assert {gene for gene, sign in found.items() if sign < 0} == set(DOWN)


def test_lists_count_both_ways_and_names_of_old_and_in_any_case_are_led_to_genes(names):
    own = signature_of_lists(["hmox1", "FOS", "JUN", "P21", "CDKN1A"], DOWN, MEASURED, names)
    expect_directions(own)
    assert own.is_list
    own = signature_of_lists(["SEPT2", *UP], [], MEASURED, names)
    assert own.values[MEASURED.index("SEPTIN2")] > 0
    own = signature_of_lists(["ENSG00000141510.18", *UP], [], MEASURED, names)
    assert own.values[MEASURED.index("TP53")] > 0


@pytest.mark.parametrize(
    ("species", "write"), [("mouse", str.capitalize), ("zebrafish", str.lower)]
)
def test_genes_of_another_species_are_led_to_their_human_orthologs(names, species, write):
    extra = {"mouse": ["Trp53", "H2-Ab1"], "zebrafish": ["mych", "gata1a", "pax2a", "hsp90aa1.1"]}
    own = signature_of_lists(
        [*map(write, UP), *extra[species]], list(map(write, DOWN)), MEASURED, names
    )
    if species == "zebrafish":
        assert not np.any(own.values[MEASURED.index("MYC")])
    assert own.remarks[0].startswith(f"These are names of {species}: ")
    assert np.sign(own.values[MEASURED.index("CDK1")]) == -1
    assert own.n_measured >= 5


def test_the_species_of_names_is_told_by_most_of_them():
    assert tell_species(["ENSRNOG00000010756"]) == "rat"
    assert tell_species(["TP53", "EGFR", "MYC"]) == ""
    assert tell_species(["tp53", "egfr", "myc", "cd3e"]) == ""  # human in small letters
    assert tell_species(["Cd3e"]) == ""  # one symbol tells nothing
    assert tell_species(["Cd3e", "Trp53", "TP53", "MYC", "FOS"]) == ""
    assert tell_species([]) == ""


@pytest.mark.parametrize(
    "write", [str.lower, str.upper, str.capitalize, '"{}"'.format, " {} ".format]
)
@pytest.mark.parametrize(
    ("species", "known"),
    [
        ("zebrafish", "myca hsp90aa1.1 gata1a pax2a sox9b hoxb1b zgc:110540"),
        ("mouse", "Trp53 H2-Ab1 Ly6a Ly6c1 Klra8 Trbc1 0610030E20Rik"),
        ("worm", "unc-54 lin-12 2L52.1 B0507.5 C04F6.9"),
    ],
)
def test_letters_and_quotes_hide_no_species(species, known, write):
    assert tell_species([write(name) for name in known.split()]) == species


@pytest.mark.parametrize("write", [str, str.lower, str.upper])
def test_random_lists_of_human_genes_are_human(write):
    rng = np.random.default_rng(5)
    symbols = sorted(SHIPPED["human"].all_symbols)
    for n in (3, 5, 20, 50) * 10:
        drawn = [write(symbols[row]) for row in rng.integers(0, len(symbols), n)]
        assert tell_species(drawn) == "", drawn


def test_quotes_around_names_of_a_list_are_no_part_of_them(names):
    quoted = signature_of_lists(
        [f'"{name}"' for name in UP], [f"'{name}'\r" for name in DOWN], MEASURED, names
    )
    plain = signature_of_lists(UP, DOWN, MEASURED, names)
    np.testing.assert_array_equal(quoted.values, plain.values)


def test_a_gene_in_both_lists_counts_in_neither_and_is_named(names):
    own = signature_of_lists([*UP, "MYC"], [*DOWN, "MYC"], MEASURED, names)
    expect_directions(own)
    assert "1 genes stand in both lists and count in neither: MYC." in own.remarks


@pytest.mark.parametrize(
    ("up", "down", "message"),
    [
        ([], [" "], "found none. Give at least one list"),
        (["hello", "nonsense1"], [], "Expected gene symbols or ids, found none"),
        (["Trp53", "Cdk1", "Hmox1", "Fos"], [], "found 3 of the 4 given. These are names of mouse"),
        (["ENSMUSG00000059552"] * 3, [], "found names of mouse"),
        (["dpp", "wg", "en", "ftz", "eve", "Ubx"], [], "Expected human genes, found names of fly"),
        (["daf-16", "unc-54", "lin-12", "let-60"], [], "Expected human genes, found names of worm"),
        (["HMOX1", "FOS"], [], "Expected at least 5 genes"),
    ],
)
def test_what_is_no_list_is_refused(up, down, message, names):
    with pytest.raises(InputError, match=message):
        signature_of_lists(up, down, MEASURED, names)


def rows(header, line, separator=","):
    lines = [line(gene, change) for gene, change in CHANGES.items()]
    return "\n".join([header, *lines]) if header else "\n".join(lines)


TABLES = {
    "DESeq2": rows(
        ",baseMean,log2FoldChange,lfcSE,stat,pvalue,padj",
        lambda gene, z: f'"{gene}",100,{z},0.3,{3 * z},0.001,0.01',
    ),
    "DESeq2 as R writes it": rows(
        "baseMean log2FoldChange lfcSE stat pvalue padj",
        lambda gene, z: f"{gene} 100 {z} 0.3 {3 * z} 0.001 0.01",
    ),
    "edgeR": rows("logFC,logCPM,F,PValue,FDR", lambda gene, z: f"{gene},{z},5,30,1e-8,1e-6"),
    "limma": rows(
        "\tlogFC\tAveExpr\tt\tP.Value\tadj.P.Val\tB",
        lambda gene, z: f"{gene}\t{z}\t7\t{4 * z}\t1e-4\t1e-3\t2",
    ),
    "GEO2R": rows(
        '"ID"\t"adj.P.Val"\t"P.Value"\t"t"\t"B"\t"logFC"\t"Gene.symbol"\t"Gene.title"',
        lambda gene, z: (
            f'"2{len(gene)}11_at"\t"0.01"\t"0.001"\t"{z}"\t"2"\t"{z}"\t"{gene}///X1"\t"a title"'
        ),
    ),
    "Seurat": rows(
        ",p_val,avg_log2FC,pct.1,pct.2,p_val_adj",
        lambda gene, z: f"{gene},1e-20,{z},0.9,0.1,1e-16",
    ),
    "scanpy": rows(
        ",names,scores,logfoldchanges,pvals,pvals_adj",
        lambda gene, z: f"{len(gene)},{gene},{5 * z},{z},1e-9,1e-7",
    ),
    "two columns": rows("", lambda gene, z: f"{gene}\t{z}"),
    "two columns, with a header": rows(
        "symbol;lfc", lambda gene, z: f"{gene};{str(z).replace('.', ',')}"
    ),
    "fold changes": rows("gene,fold_change", lambda gene, z: f"{gene},{2.0**z}"),
    "with gaps": rows("gene,logFC", lambda gene, z: f"{gene},{z}") + "\nMYC,NA\nEGFR,nan\n,3\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_tools_are_read_as_they_come(name, names):
    own = signature_of_table(TABLES[name], MEASURED, names)
    expect_directions(own)
    assert not own.is_list
    if name == "with gaps":
        assert any("3 of 11 rows" in remark for remark in own.remarks)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found no row"),
        (
            "gene,pvalue\n" + "\n".join(f"{g},0.0{n + 1}" for n, g in enumerate(MEASURED)),
            "p-values alone",
        ),
        (
            "\n".join(f"{g}\t0.0{n + 1}" for n, g in enumerate(MEASURED)),
            "between 0 and 1: p-values",
        ),
        ("gene,logFC\nTP53,x\nMYC,y\n", "none that is finite|none"),
        ("a,logFC\n1,2\n3,4\n", "found numbers alone|gene symbols"),
        (
            "gene,logFC\nTrp53,1\nCdk1,2\nHmox1,3\n",
            "found 2 of the 2 given. These are names of mou",
        ),
        ("gene,cluster,avg_log2FC\nTP53,1,2\nMYC,2,3\n", "one comparison, found 2"),
    ],
)
def test_what_is_no_table_of_changes_is_refused(text, message, names):
    with pytest.raises(InputError, match=message):
        signature_of_table(text, MEASURED, names)


def test_one_cluster_of_a_marker_table_is_taken(names):
    text = "gene,cluster,avg_log2FC\n" + "".join(
        f"{g},1,{z}\n{g},2,{-z}\n" for g, z in CHANGES.items()
    )
    expect_directions(signature_of_table(text, MEASURED, names, group="1"))
    with pytest.raises(InputError, match="Expected one of 1, 2, found '3'"):
        signature_of_table(text, MEASURED, names, group="3")


def test_cosine_counts_the_given_genes_alone_and_p_is_of_other_genes():
    rng = np.random.default_rng(0)
    stored = rng.standard_normal((30, 60))
    values = np.zeros(60)
    values[:12] = np.sign(stored[3, :12]) * 5
    cosine, p = compare_signatures(values, stored)
    logs = np.sign(stored[3, :12]) * np.log1p(np.abs(stored[3, :12]))
    assert cosine[3] == pytest.approx(np.abs(logs).sum() / np.linalg.norm(logs) / 12**0.5, abs=1e-5)
    assert cosine.argmax() == 3
    assert p[3] < 0.02
    assert 0.2 < p.mean() < 0.8
    assert compare_signatures(-values, stored)[0][3] == pytest.approx(-cosine[3], abs=1e-5)
    same = np.zeros(60)
    same[:12] = 5.0  # equal values: only other genes can tell
    assert compare_signatures(same, stored)[1].min() < 0.9


def test_q_values_equal_another_library():
    from scipy.stats import false_discovery_control

    p = np.random.default_rng(1).random(40)
    np.testing.assert_allclose(adjusted(p), false_discovery_control(p))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_of_more_rows_than_genes_may_have_is_told_before_it_is_read(end, names):
    with pytest.raises(InputError, match="at most 1,500,000 rows, found more"):
        signature_of_table(f"gene,z{end}" + f"A,1{end}" * 1_500_001, MEASURED, names)


def test_the_same_genes_in_both_lists_are_told(names):
    with pytest.raises(InputError, match="found the same 4 in both lists"):
        signature_of_lists(UP, [*UP], MEASURED, names)


@pytest.mark.parametrize("header", ["baseMean", "-log10(p)", "logFC"])
def test_numbers_that_are_all_above_zero_are_told(names, header):
    rows = [f"{gene},{at + 2.5}" for at, gene in enumerate(MEASURED)]
    own = signature_of_table("\n".join([f"gene,{header}", *rows]), MEASURED, names)
    assert any("are above 0, so every gene counts as going up" in said for said in own.remarks)
    rows[0] = f"{MEASURED[0]},-1.0"
    own = signature_of_table("\n".join([f"gene,{header}", *rows]), MEASURED, names)
    assert not any("are above 0" in said for said in own.remarks)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("gene,z\nTP53," + "[" * 200_000, "found a broken line"),
        ("gene,z\n" + ",".join("0" * 501), "at most 500 columns, found 501"),
        (",".join("g" * 501) + "\nTP53,1", "at most 500 columns, found 501"),
    ],
)
def test_a_table_that_no_tool_writes_is_told_at_once(text, told, names):
    with pytest.raises(InputError, match=told):
        signature_of_table(text, MEASURED, names)
