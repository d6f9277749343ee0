"""SpatialData: a table of counts, and its places by the shapes that it stands for."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet
from scipy import sparse

from musegnn.border.shapes import centres_of
from musegnn.errors import DataFileError, InputError
from musegnn.graphs.modalities import find_modality
from musegnn.io.expression import read_expression
from tests.count_files import Counts, make_counts
from tests.toy_counts import GENES

pytestmark = pytest.mark.filterwarnings("ignore")  # of what the next version of anndata will do


@pytest.fixture
def counts() -> Counts:
    """Counts of 16 cells and 12 genes, no two alike."""
    return make_counts(np.random.default_rng(5).poisson(3, (16, len(GENES))) + 1, GENES)


def point(x: float, y: float) -> bytes:
    return struct.pack("<BI2d", 1, 1, x, y)


def polygon(*rings: list[tuple[float, float]], order: str = "<", kind: int = 3) -> bytes:
    parts = [struct.pack(f"{order}BII", order == "<", kind, len(rings))]
    for ring in rings:
        width = len(ring[0])
        parts.append(struct.pack(f"{order}I", len(ring)))
        parts += [struct.pack(f"{order}{width}d", *place) for place in ring]
    return b"".join(parts)


def square(x: float, y: float, half: float) -> list[tuple[float, float]]:
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    return [(x + half * a, y + half * b) for a, b in corners]


def write_shapes(path: Path, shapes: list[bytes | None], names: list[object] | None) -> None:
    """Write GeoParquet as geopandas does: the index is a column that the metadata names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame({"geometry": shapes, "radius": 2.0}, index=names)
    parquet.write_table(pa.Table.from_pandas(table), path)


def write_spatialdata(path: Path, **tables: anndata.AnnData) -> Path:
    """Write groups as SpatialData does, zarr 2, and a table by each name."""
    for name in ("", "images", "points", "shapes", "shapes/cells", "points/transcripts", "tables"):
        (path / name).mkdir(exist_ok=True)
        (path / name / ".zgroup").write_text('{"zarr_format": 2}')
    for name, table in tables.items():
        with anndata.settings.override(zarr_write_format=2):
            table.write_zarr(path / "tables" / name)
    return path


def table_of(counts: Counts, regions: list[str], instances: list[object]) -> anndata.AnnData:
    """Return a table whose rows stand for shapes of regions."""
    obs = pd.DataFrame({"cell_id": instances, "region": pd.Categorical(regions)}, counts.cells)
    return anndata.AnnData(
        sparse.csr_matrix(counts.matrix.astype(np.float32)),
        obs=obs,
        var=pd.DataFrame({"gene_ids": counts.ids}, index=counts.genes),
        uns={
            "spatialdata_attrs": {
                "region": sorted(set(regions)),
                "region_key": "region",
                "instance_key": "cell_id",
            }
        },
    )


@pytest.fixture
def one(counts: Counts) -> anndata.AnnData:
    return table_of(counts, ["cells"] * 16, list(range(100, 116)))


def test_positions_of_the_table_come_first(one, counts, tmp_path):
    places = np.arange(32.0).reshape(16, 2)
    one.obsm["spatial"] = places
    path = write_spatialdata(tmp_path / "a.zarr", table=one)
    write_shapes(path / "shapes/cells/shapes.parquet", [point(5, 5)] * 16, list(range(100, 116)))
    found = read_expression(path)
    assert (found.genes, found.cells) == (counts.genes, counts.cells)
    assert np.array_equal(found.coordinates, places)


@pytest.mark.parametrize("packed", [False, True])
def test_rows_lie_at_the_centres_of_their_shapes(packed, one, counts, tmp_path):
    path = write_spatialdata(tmp_path / "a.zarr", table=one)
    # shapes stand in another order than rows, and there are some that no row stands for
    order = np.random.default_rng(0).permutation(20)
    shapes = [polygon(square(10 * i, 3 * i, 2)) for i in order]
    write_shapes(path / "shapes/cells/shapes.parquet", shapes, [100 + int(i) for i in order])
    write_shapes(path / "shapes/other/shapes.parquet", [point(1, 1)] * 16, list(range(100, 116)))
    if packed:
        with zipfile.ZipFile(tmp_path / "a.zarr.zip", "w") as archive:
            for item in sorted(path.rglob("*")):
                archive.write(item, f"a.zarr/{item.relative_to(path)}")
        path = tmp_path / "a.zarr.zip"
    found = read_expression(path)
    expected = np.column_stack([10.0 * np.arange(16), 3.0 * np.arange(16)])
    assert np.allclose(found.coordinates, expected)
    assert np.array_equal(found.counts.toarray(), counts.matrix)
    assert "coordinates: taken from the centres of shapes cells" in found.notes
    find_modality("spatial").check(found)


def test_a_region_of_labels_takes_shapes_of_the_same_names(counts, tmp_path):
    data = table_of(counts, ["cell_labels"] * 16, [f"c{i}" for i in range(16)])
    path = write_spatialdata(tmp_path / "a.zarr", table=data)
    write_shapes(path / "shapes/fov/shapes.parquet", [point(0, 0)], None)
    circles = [point(i, -i) for i in range(15)]  # the last cell has none
    write_shapes(path / "shapes/cells/shapes.parquet", circles, [f"c{i}" for i in range(15)])
    found = read_expression(path)
    assert np.array_equal(found.coordinates[:15, 1], -np.arange(15.0))
    assert np.isnan(found.coordinates[15]).all()
    told = "the centres of shapes cells, 1 of 16 cells have none"
    assert any(told in note for note in found.notes)


def test_sections_in_one_table_are_never_laid_over_each_other(counts, tmp_path):
    data = table_of(counts, ["left"] * 8 + ["right"] * 8, list(range(16)))
    path = write_spatialdata(tmp_path / "a.zarr", table=data)
    for name in ("left", "right"):
        shapes = [point(i, i) for i in range(16)]
        write_shapes(path / f"shapes/{name}/shapes.parquet", shapes, list(range(16)))
    found = read_expression(path)
    assert found.coordinates is None
    with pytest.raises(InputError, match=r"several sections \(left, right\).*save one section"):
        find_modality("spatial").check(found)


@pytest.mark.parametrize(
    ("shapes", "names", "message"),
    [
        ([point(1, 1)] * 16, [f"x{i}" for i in range(16)], "fewer than half of the rows"),
        ([point(1, 1)] * 16, [100] * 16, "fewer than half of the rows"),
        ([struct.pack("<BI2d", 1, 2, 1, 1)] * 16, list(range(100, 116)), "another shape"),
        ([polygon(square(0, 0, 1))[:40]] * 16, list(range(100, 116)), "another shape"),
        ([b""] * 16, list(range(100, 116)), "another shape"),
    ],
)
def test_shapes_that_do_not_fit_are_told_and_counts_are_read(
    shapes, names, message, one, counts, tmp_path
):
    path = write_spatialdata(tmp_path / "a.zarr", table=one)
    write_shapes(path / "shapes/cells/shapes.parquet", shapes, names)
    found = read_expression(path)
    assert found.genes == counts.genes
    assert found.coordinates is None
    with pytest.raises(InputError, match=rf"found none.*{message}.*table of positions"):
        find_modality("spatial").check(found)


def test_a_damaged_file_of_shapes_is_told(one, tmp_path):
    path = write_spatialdata(tmp_path / "a.zarr", table=one)
    (path / "shapes/cells/shapes.parquet").write_bytes(b"PAR1 no more")
    told = r"Coordinates: shapes cells passed over \(Expected shapes of SpatialData.*damaged"
    with pytest.raises(InputError, match=told):
        find_modality("spatial").check(read_expression(path))


def test_spatialdata_without_a_table_is_told(tmp_path):
    with pytest.raises(DataFileError, match=r"Expected a table of counts in c\.zarr, found images"):
        read_expression(write_spatialdata(tmp_path / "c.zarr"))


def test_centres_of_all_shapes():
    high = [(x, y, 7.0) for x, y in square(3, 4, 1)]
    two = polygon(square(0, 0, 1)), polygon(square(9, 0, 2))
    multi = struct.pack("<BII", 1, 6, 2) + b"".join(two)
    cases = {
        point(2, 3): (2, 3),
        struct.pack(">BI2d", 0, 1, 2, 3): (2, 3),
        struct.pack("<BII2d", 1, 1 | 0x20000000, 4326, 2, 3): (2, 3),
        # of area 4 and 16
        multi: (9 * 16 / 20, 0),
        # a hole in its right half: 16 at 0 less 1 at 1
        polygon(square(0, 0, 2), square(1, 0, 0.5)): (-1 / 15, 0),
        polygon(square(1e6, 2e6, 0.1), order=">"): (1e6, 2e6),
        polygon(high, kind=1003): (3, 4),
        polygon(high, kind=3 | 0x80000000): (3, 4),
        polygon([(0, 0), (2, 0), (0, 0)]): (2 / 3, 0),  # no area
    }
    assert np.allclose(centres_of(list(cases)), list(cases.values()))
    assert np.allclose(centres_of([point(i, 2 * i) for i in range(5)])[:, 1], 2 * np.arange(5))
    assert np.isnan(centres_of([None, polygon()])).all()
