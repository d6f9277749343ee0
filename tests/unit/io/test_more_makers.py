"""More files of makers: long tables, names that join id and symbol, cells with outlines."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from musegnn.errors import DataFileError
from musegnn.io.expression import read_expression
from musegnn.io.gene_names import harmonise
from musegnn.knowledge.gene_names import read_gene_names
from tests.count_files import Counts, make_counts, write_tenx_3
from tests.unit.io.test_makers import expect, write_matrix

# symbols with their true ids, so that an id decides for the same gene
NAMES = {
    "CD3E": "ENSG00000198851",
    "MS4A1": "ENSG00000156738",
    "MT-CO1": "ENSG00000198804",
    "HLA-A": "ENSG00000206503",
    "NKX2-1": "ENSG00000136352",
    "INS": "ENSG00000254647",
    "LYZ": "ENSG00000090382",
    "ACTB": "ENSG00000075624",
}


@pytest.fixture
def counts() -> Counts:
    """Counts of 16 cells, each gene in each cell, no two alike."""
    made = make_counts(np.random.default_rng(7).poisson(4, (16, len(NAMES))) + 1, list(NAMES))
    return Counts(made.matrix, made.genes, list(NAMES.values()), made.cells)


def frame(counts: Counts, names: list[str] | None = None) -> pd.DataFrame:
    return pd.DataFrame(counts.matrix.T, index=names or counts.genes, columns=counts.cells)


def long_rows(counts: Counts, names: list[str]) -> list[tuple[str, str, int]]:
    return [
        (name, cell, counts.matrix[i, j])
        for i, cell in enumerate(counts.cells)
        for j, name in enumerate(names)
    ]


def pack(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def umi_tools(folder: Path, counts: Counts) -> Path:
    rows = [f"{gene}\t{cell}\t{count}\n" for gene, cell, count in long_rows(counts, counts.ids)]
    return pack(folder / "counts.tsv.gz", "gene\tcell\tcount\n" + "".join(rows))


def rhapsody(folder: Path, counts: Counts) -> Path:
    names = [f"{gene}|NM_1.3|Reference_end" for gene in counts.genes]
    rows = [f"{c}\t{g}\t{9 * n}\t{n + 1}\t{n}\n" for g, c, n in long_rows(counts, names)]
    header = "Cell_Index\tGene\tRSEC_Reads\tRaw_Molecules\tRSEC_Adjusted_Molecules\n"
    return pack(folder / "s_Expression_Data.st", f"## BD\n## run 1\n{header}{''.join(rows)}")


def script(folder: Path, counts: Counts) -> Path:
    of = dict(zip(counts.genes, counts.ids, strict=True))
    rows = [f"{c},{g},{of[g]},{n}\n" for g, c, n in long_rows(counts, counts.genes)]
    head = "cell_barcode,gene_symbol,gene_id,umi_count\n"
    return pack(folder / "long.csv", head + "".join(rows))


@pytest.mark.parametrize(
    ("write", "named"), [(umi_tools, "count"), (rhapsody, "RSEC_Adjusted"), (script, "umi_count")]
)
def test_a_row_for_each_gene_in_each_cell(write, named, counts, tmp_path):
    found = read_expression(write(tmp_path, counts))
    names = counts.ids if write is umi_tools else counts.genes
    assert found.genes == names
    assert found.cells == counts.cells
    assert np.array_equal(found.counts.toarray(), counts.matrix)
    assert found.gene_ids == ([""] * len(NAMES) if write is rhapsody else counts.ids)
    assert found.layout == "long table"
    assert any(f"counts from the column {named}" in note for note in found.notes)


def test_long_rows_that_repeat_are_added_and_damaged_ones_told(counts, tmp_path):
    path = umi_tools(tmp_path, counts)
    lines = gzip.decompress(path.read_bytes()).decode().splitlines(keepends=True)
    pack(path, "".join([*lines, lines[1]]))
    found = read_expression(path)
    assert found.counts[0, 0] == 2 * counts.matrix[0, 0]
    assert any("1 rows of a gene and cell that stood above were added" in n for n in found.notes)
    pack(path, "".join([*lines, "ENSG00000198851\tAAAC\tmany\n"]))
    with pytest.raises(DataFileError, match=f"found others in row {len(lines) + 1} of"):
        read_expression(path)


@pytest.mark.parametrize(
    "joined",
    ["{id}|{name}", "{id}.5|{name}|protein_coding", "{name} ({id})", "{name}:{id}", "{id}-{name}"],
)
@pytest.mark.parametrize("genes_in", ["rows", "columns"])
def test_names_that_join_id_and_symbol_are_that_gene(joined, genes_in, counts, tmp_path):
    names = [joined.format(name=name, id=key) for name, key in NAMES.items()]
    table = frame(counts, names)
    (table if genes_in == "rows" else table.T).to_csv(tmp_path / "table.tsv", sep="\t")
    found = read_expression(tmp_path / "table.tsv")
    assert found.cells == counts.cells
    known, _, _ = harmonise(found, "human", read_gene_names(None))
    assert known.genes == counts.genes
    assert known.mitochondrial == {"MT-CO1"}
    assert np.array_equal(known.counts.toarray(), counts.matrix)


def test_quotes_that_stayed_around_names_are_no_part_of_them(counts, tmp_path):
    frame(counts, [f"'{name}'" for name in counts.genes]).to_csv(tmp_path / "quoted.csv")
    expect(read_expression(tmp_path / "quoted.csv"), counts)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ReadsPerGene.out.tab", "N_unmapped\t5\t5\t5\nN_noFeature\t2\t2\t2\n{id}\t7\t3\t4\n"),
        ("quant.sf", "Name\tLength\tEffectiveLength\tTPM\tNumReads\n{id}\t900\t800.5\t1.5\t7\n"),
        (
            "a.genes.results",
            "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM\n"
            "{id}\tENST1\t900.0\t800.5\t7.00\t1.5\t1.2\n",
        ),
        ("abundance.tsv", "target_id\tlength\teff_length\test_counts\ttpm\n{id}\t9\t8.5\t7\t1.5\n"),
    ],
    ids=["STAR", "salmon", "RSEM", "kallisto"],
)
def test_strands_and_lengths_of_one_sample_are_no_cells(name, text, tmp_path):
    head, _, row = text.rpartition("{id}")
    rows = "".join(f"{key}{row}" for key in NAMES.values())
    (tmp_path / name).write_text(head + rows)
    with pytest.raises(DataFileError, match=r"found the table of one sample in .*") as caught:
        read_expression(tmp_path / name)
    assert "Join the counts of many cells" in caught.value.hint


@pytest.mark.parametrize(("total", "digits"), [(1e6, 0), (1e5, 0)])
def test_values_scaled_to_one_sum_and_rounded_are_no_counts(total, digits, counts, tmp_path):
    shares = counts.matrix / counts.matrix.sum(axis=1, keepdims=True)
    scaled = np.round(shares * total, digits).astype(int)
    table = pd.DataFrame(scaled.T, index=counts.genes, columns=counts.cells)
    table.to_csv(tmp_path / "tpm.csv")
    with pytest.raises(DataFileError, match=f"sums of about {total:,.0f} in every cell"):
        read_expression(tmp_path / "tpm.csv")


def test_counts_drawn_down_to_one_depth_stay_counts(tmp_path):
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(10_000, np.full(len(NAMES), 1 / len(NAMES)), size=12)
    table = pd.DataFrame(drawn.T, index=list(NAMES), columns=[f"cell{i}" for i in range(12)])
    table.to_csv(tmp_path / "drawn.csv")
    assert np.array_equal(read_expression(tmp_path / "drawn.csv").counts.toarray(), drawn)


def test_lists_of_the_expression_atlas_lie_beside_the_matrix(counts, tmp_path):
    stem = "E-MTAB-1.aggregated_filtered_counts.mtx"
    write_matrix(tmp_path / f"{stem}.gz", counts.matrix.T)
    pack(tmp_path / f"{stem}_rows.gz", "".join(f"{key}\t{key}\n" for key in counts.ids))
    pack(tmp_path / f"{stem}_cols.gz", "".join(f"S1-{cell}\n" for cell in counts.cells))
    found = read_expression(tmp_path)
    assert found.genes == found.gene_ids == counts.ids
    assert found.cells == [f"S1-{cell}" for cell in counts.cells]
    assert np.array_equal(found.counts.toarray(), counts.matrix)
    assert found.layout == "Expression Atlas"


def test_cells_of_visium_hd_lie_in_the_middle_of_their_outlines(counts, tmp_path):
    folder = tmp_path / "outs" / "segmented_outputs"
    folder.mkdir(parents=True)
    cells = [f"cellid_{number:09d}-1" for number in range(16)]
    named = Counts(counts.matrix, counts.genes, counts.ids, cells)
    write_tenx_3(folder, named).rename(folder / "filtered_feature_cell_matrix.h5")
    features = []
    for number in range(16):
        # an L of three squares: its centre is not the mean of its corners
        corner = [(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2), (0, 0)]
        ring = [[10 * number + x, 500 - 7 * number + y] for x, y in corner]
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"geometry": shape, "properties": {"cell_id": number}})
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (folder / "cell_segmentations.geojson").write_text(text)
    found = read_expression(tmp_path)
    expect(found, named)
    middle = 5 / 6  # of the areas of three squares around .5 and 1.5
    places = [[10 * number + middle, 500 - 7 * number + middle] for number in range(16)]
    np.testing.assert_allclose(found.coordinates, places)
    (folder / "cell_segmentations.geojson").write_text('{"features": [{"geometry": {}}]}')
    with pytest.raises(DataFileError, match=r"Expected outlines of cells .GeoJSON. with a"):
        read_expression(tmp_path)


def test_beads_of_curio_seeker_have_places(counts, tmp_path):
    write_matrix(tmp_path / "S1_MoleculesPerMatchedBead.mtx", counts.matrix.T)
    (tmp_path / "S1_genes.tsv").write_text("".join(f"{name}\n" for name in counts.genes))
    (tmp_path / "S1_barcodes.tsv").write_text("".join(f"{cell}\n" for cell in counts.cells))
    lines = [f"{cell},{3 * i},{99 - i}\n" for i, cell in enumerate(counts.cells)]
    (tmp_path / "S1_MatchedBeadLocation.csv").write_text(",x,y\n" + "".join(reversed(lines)))
    found = read_expression(tmp_path)
    expect(found, counts)
    assert found.coordinates.tolist() == [[3 * i, 99 - i] for i in range(16)]


@pytest.mark.parametrize(
    ("table", "beside"),
    [
        ("Puck_1.digital_expression.txt", "Puck_{}_BeadLocationsForR.csv"),
        ("a_S1_counts.csv", "a_S{}_tissue_positions.csv"),
        ("b1.csv", "b{}_cells.csv"),
        ("counts.csv", "tissue_positions_list.csv"),
    ],
)
def test_of_several_samples_the_positions_have_the_name_of_the_counts(
    table, beside, counts, tmp_path
):
    frame(counts).to_csv(tmp_path / table)
    for part in (2, 10, 1):
        places = pd.DataFrame({"barcode": counts.cells, "x": range(16), "y": part})
        places.to_csv(tmp_path / beside.format(part), index=False)
    found = read_expression(tmp_path / table)
    assert found.coordinates.tolist() == [[i, 1] for i in range(16)]
    if "{}" not in beside:
        return
    (tmp_path / table).rename(tmp_path / f"other{Path(table).suffix}")
    other = tmp_path / f"other{Path(table).suffix}"
    if "cells" in beside:  # may be anything: those of no sample are left alone
        assert read_expression(other).coordinates is None
        return
    with pytest.raises(DataFileError, match=r"Expected one table of positions beside other\..*"):
        read_expression(other)


def test_fields_of_view_of_two_sections_keep_their_own_places(counts, tmp_path):
    for part in (1, 2):
        cells = pd.DataFrame({"fov": 1, "cell_ID": range(1, 17)})
        table = pd.concat([cells, pd.DataFrame(counts.matrix, columns=counts.genes)], axis=1)
        table.to_csv(tmp_path / f"S{part}_exprMat_file.csv", index=False)
        places = cells.assign(CenterX_global_px=range(16), CenterY_global_px=part)
        places.to_csv(tmp_path / f"S{part}_metadata_file.csv", index=False)
    for part in (1, 2):
        found = read_expression(tmp_path / f"S{part}_exprMat_file.csv")
        assert found.coordinates.tolist() == [[i, part] for i in range(16)]


def test_names_of_xenium_that_are_stored_as_bytes_are_texts(counts, tmp_path):
    write_tenx_3(tmp_path, counts).rename(tmp_path / "cell_feature_matrix.h5")
    places = {"x_centroid": np.arange(16.0), "y_centroid": 2 * np.arange(16.0)}
    cells = [cell.encode() for cell in counts.cells]
    pd.DataFrame({"cell_id": cells, **places}).to_parquet(tmp_path / "cells.parquet")
    found = read_expression(tmp_path)
    expect(found, counts)
    assert found.coordinates.tolist() == [[i, 2 * i] for i in range(16)]
    pd.DataFrame({"cell_id": [b"\xff\xfe"] * 16, **places}).to_parquet(tmp_path / "cells.parquet")
    with pytest.raises(DataFileError, match="Expected a table of positions"):
        read_expression(tmp_path)


@pytest.mark.parametrize("pattern", ["ENST{:011d}", "ENST{:011d}.2", "NM_{:06d}", "ENST{:011d}|A"])
@pytest.mark.parametrize("genes_in", ["rows", "columns"])
def test_transcripts_are_told_as_such(pattern, genes_in, counts, tmp_path):
    table = frame(counts, [pattern.format(77 + number) for number in range(len(NAMES))])
    (table if genes_in == "rows" else table.T).to_csv(tmp_path / "t.csv")
    with pytest.raises(DataFileError, match="found transcripts such as") as caught:
        read_expression(tmp_path / "t.csv")
    assert caught.value.hint == "Sum the transcripts of each gene first, as tximport does."


def test_numbers_of_entrez_are_no_dates(tmp_path):
    rng = np.random.default_rng(1)
    ids = [str(36_000 + 911 * number) for number in range(30)]  # some of them days since 1900
    cells = [f"GSM{number}" for number in range(4000, 4012)]
    table = pd.DataFrame(rng.poisson(4, (30, 12)), index=ids, columns=cells)
    table.to_csv(tmp_path / "raw_counts_NCBI.tsv", sep="\t", index_label="GeneID")
    found = read_expression(tmp_path / "raw_counts_NCBI.tsv")
    assert (found.genes, found.cells) == (ids, cells)
    assert not [note for note in found.notes if "dates" in note]


def test_a_binary_matrix_is_told(counts, tmp_path):
    few = Counts((counts.matrix > 5).astype(int), counts.genes, counts.ids, counts.cells)
    frame(few).to_csv(tmp_path / "few.csv")
    frame(counts).to_csv(tmp_path / "many.csv")
    said = {name: read_expression(tmp_path / f"{name}.csv").notes for name in ("few", "many")}
    told = {name: any("none is above 1" in note for note in notes) for name, notes in said.items()}
    assert told == {"few": True, "many": False}


@pytest.mark.parametrize(
    "head", ["gene\tvariable\tvalue", "Gene\tcell\tnUMI", "symbol\tsample\treads", "R"]
)
def test_more_headers_of_long_tables_are_known(head, counts, tmp_path):
    rows = long_rows(counts, counts.genes)
    lines = [f"{gene}\t{cell}\t{count}\n" for gene, cell, count in rows]
    if head == "R":  # write.table puts no header above the names of rows
        head, lines = "gene\tcell\tcount", [f"{n}\t{line}" for n, line in enumerate(lines, 1)]
    found = read_expression(pack(tmp_path / "long.tsv", f"{head}\n{''.join(lines)}"))
    assert (found.genes, found.cells) == (counts.genes, counts.cells)
    assert np.array_equal(found.counts.toarray(), counts.matrix)


def test_cells_of_two_samples_that_share_a_barcode_stay_two(counts, tmp_path):
    rows = long_rows(counts, counts.genes)
    lines = [f"s{part}\t{cell}\t{g}\t{n + part}\n" for part in (1, 2) for g, cell, n in rows]
    path = pack(tmp_path / "long.tsv", "sample\tbarcode\tgene\tcount\n" + "".join(lines))
    found = read_expression(path)
    assert found.cells == [f"s{part}_{cell}" for part in (1, 2) for cell in counts.cells]
    both = np.vstack([counts.matrix + 1, counts.matrix + 2])
    assert np.array_equal(found.counts.toarray(), both)
    assert any("which samples share" in note for note in found.notes)
    pack(path, "sample\tbarcode\tgene\tcount\n" + "".join(lines[: len(rows)]))
    assert read_expression(path).cells == counts.cells  # one sample: as they are called
    pack(path, "sample\tbarcode\tgene\tcount\n" + "".join(lines) + "s1\t\tINS\t3\n")
    with pytest.raises(DataFileError, match=f"found others in row {len(lines) + 2} of"):
        read_expression(path)


@pytest.mark.parametrize("to", ["TPM of some genes", "CP10K of some genes", "a few samples"])
def test_counts_that_were_scaled_in_each_cell_and_rounded_are_told(to, tmp_path):
    rng = np.random.default_rng(2)
    genes = [f"TMEM{number}" for number in range(1, 301)]
    raw = rng.poisson(rng.lognormal(0, 1.5, 300) * rng.uniform(0.5, 2, (20, 1)))
    scale = 1e4 if to.startswith("CP10K") else 1e6
    scaled = np.round(raw / raw.sum(axis=1, keepdims=True) * scale).astype(int)
    scaled = scaled[:5] if to == "a few samples" else scaled[:, :200]
    cells = [f"cell{number}" for number in range(len(scaled))]
    table = pd.DataFrame(scaled.T, index=genes[: scaled.shape[1]], columns=cells)
    table.to_csv(tmp_path / "scaled.csv")
    with pytest.raises(DataFileError, match=r"in many genes, and none near it .scaled and rounde"):
        read_expression(tmp_path / "scaled.csv")


@pytest.mark.parametrize("change", [lambda n: 2 * n, lambda n: n * (n > 1), lambda n: 30 * n**2])
def test_counts_of_pairs_and_counts_from_two_on_are_no_scaled_ones(change, tmp_path):
    raw = np.random.default_rng(2).poisson(2, (20, 300))
    cells = [f"cell{number}" for number in range(20)]
    table = pd.DataFrame(change(raw).T, index=[f"TMEM{n}" for n in range(1, 301)], columns=cells)
    table.to_csv(tmp_path / "made.csv")
    assert np.array_equal(read_expression(tmp_path / "made.csv").counts.toarray(), change(raw))


def test_positions_are_those_of_the_same_section(counts, tmp_path):
    for part in (1, 2, 3):
        rows = [f"{cell},1,0,0,{part * i},{i}\n" for i, cell in enumerate(counts.cells)]
        (tmp_path / f"GSM{part}_tissue_positions_list.csv").write_text("".join(rows))
        (tmp_path / f"GSM{part}_kinds_of_cells.csv").write_text("cell,kind\na,b\n")
    write_tenx_3(tmp_path, counts).rename(tmp_path / "GSM2_filtered_feature_bc_matrix.h5")
    found = read_expression(tmp_path / "GSM2_filtered_feature_bc_matrix.h5")
    assert sorted(found.coordinates.sum(axis=1).tolist()) == [3 * i for i in range(16)]
    frame(counts).to_csv(tmp_path / "other.csv")
    with pytest.raises(DataFileError, match="Expected one table of positions beside other") as told:
        read_expression(tmp_path / "other.csv")
    assert "--positions" in told.value.hint
    for part in (1, 2, 3):
        (tmp_path / f"GSM{part}_tissue_positions_list.csv").unlink()
    expect(read_expression(tmp_path / "other.csv"), counts)
    assert read_expression(tmp_path / "other.csv").coordinates is None
