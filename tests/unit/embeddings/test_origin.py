"""Origin: what files and methods say of where they come from."""

from dataclasses import replace

from musegnn import __version__
from musegnn.embeddings.origin import PROGRAM


def test_origin_of_an_atlas_is_what_its_file_records(atlas):
    origin = atlas.origin
    assert (origin.name, origin.config_hash, origin.seed) == ("synthetic-atlas", "3f9a2c7d", 0)
    assert origin.model == "planted modules, not a trained model"
    assert origin.sources[0] == "pancreas_human: synthetic, CC0"
    assert len(origin.sources) == len(atlas.datasets)
    assert str(origin) == "synthetic-atlas, configuration 3f9a2c7d"


def test_what_is_not_recorded_is_said(atlas):
    bare = replace(atlas, provenance={}, datasets=atlas.datasets[["species"]]).origin
    assert (bare.config_hash, bare.model, bare.seed) == ("unknown", *["not recorded"] * 2)
    assert bare.sources == tuple(atlas.datasets.index)


def test_what_belongs_to_no_atlas_names_the_program():
    assert PROGRAM.columns == {"atlas": "musegnn", "config_hash": f"version-{__version__}"}
