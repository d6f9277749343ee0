import os

import pytest

from musegnn.screens.gene.cache import open_contexts, open_ensemble, open_evidence
from musegnn.screens.parts.cache import open_knowledge
from musegnn.screens.shell.cached_build import open_atlas
from tests.knowledge_folder import write_knowledge
from tests.ui_fixtures import write_result


@pytest.fixture
def at(monkeypatch):
    """Point the dashboard at a folder of annotation."""
    return lambda folder: monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(folder))


def test_annotation_is_opened_once_and_again_when_it_changes(at, tmp_path):
    at(write_knowledge(tmp_path / "k"))
    first = open_knowledge()
    assert first is open_knowledge()
    path = tmp_path / "k" / "Reactome_2016.gmt"
    path.write_text("new\t\tA\tB\n", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    second = open_knowledge()
    assert second is not first
    assert list(second.gene_sets("reactome_2016").terms) == ["new"]


def test_no_folder_and_an_empty_one_are_no_annotation(at, tmp_path):
    at(tmp_path / "nothing")
    assert open_knowledge() is None
    at(tmp_path)
    assert open_knowledge() is None


def test_evidence_follows_the_annotation(at, atlas_folder, knowledge_folder, tmp_path):
    atlas = open_atlas(atlas_folder)
    at(knowledge_folder)
    known = open_evidence(atlas)
    assert known is open_evidence(atlas)
    assert known.index is not None
    at(tmp_path)
    assert open_evidence(atlas).index is None
    at(knowledge_folder)
    assert open_evidence(atlas) is known


def test_contexts_are_found_once(atlas_folder):
    atlas = open_atlas(atlas_folder)
    assert open_contexts(atlas) is open_contexts(atlas)


def test_models_of_other_seeds_are_read_once(atlas_folder, tmp_path, monkeypatch):
    atlas = open_atlas(atlas_folder)
    monkeypatch.delenv("MUSEGNN_ENSEMBLE", raising=False)
    assert len(open_ensemble(atlas)) == 0
    write_result(tmp_path / "seed_0" / "result", with_graphs=False)
    monkeypatch.setenv("MUSEGNN_ENSEMBLE", str(tmp_path))
    found = open_ensemble(atlas)
    assert found.notes == ("seed_0 was left out: it is the model on screen.",)
    assert found is open_ensemble(atlas)
