"""Folders of runs that version 0.1 made still open, go on, and can be duplicated.

The configurations in `version_1` were written by the code at commit f7265bb, that in `version_2` by
the code at commit 453618b, when graphs had fewer settings.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from pydantic import Field

from musegnn import runs
from musegnn.errors import RunError
from musegnn.runs import files
from musegnn.runs.config import read_run_config
from musegnn.runs.kind import KindSettings, find_kind, list_kinds
from musegnn.runs.kinds.gene_graph import GRAPH_FILE, GeneGraphSettings
from musegnn.runs.record import record_of
from musegnn.worker.perform import perform
from tests.toy_counts import GENES

OLD = sorted((Path(__file__).parent / "version_1").iterdir())


GRAPH = next((Path(__file__).parent / "version_2").iterdir())


def old_counts():
    """The counts that the graph of old was made of."""
    lines = [",".join(["", *(f"c{cell}" for cell in range(60))])]
    for row, gene in enumerate(GENES):
        values = [(c * (row + 3) + c * c * (row % 4 + 1)) % 11 + 1 for c in range(60)]
        lines.append(",".join([gene, *map(str, values)]))
    return "\n".join(lines) + "\n"


def make_old(folder):
    """Write the configuration of a run as the first version of the schema had it."""
    values = json.loads((folder / files.CONFIG).read_text())
    settings = {**values.pop("settings"), "method": values.pop("kind")}
    del values["files"]
    old = {**values, "schema_version": 1, "settings": settings}
    (folder / files.CONFIG).write_text(json.dumps(old))


@pytest.mark.parametrize("folder", OLD, ids=lambda path: path.name)
def test_a_configuration_of_the_first_version_fits_the_id_of_its_run(folder, tmp_path):
    config = read_run_config(folder)
    stored = json.loads((folder / files.CONFIG).read_text())
    assert config.config_hash[:6] == folder.name[-6:]
    assert config.settings.to_dict() == stored["settings"]
    assert (config.kind, config.files) == (stored["settings"]["method"], [])
    assert [graph.model_dump() for graph in config.graphs] == stored["graphs"]
    kept = ("name", "preset", "device", "threads", "executor", "slurm", "hold_out")
    assert {name: getattr(config, name) for name in kept} == {name: stored[name] for name in kept}

    changed = tmp_path / folder.name
    shutil.copytree(folder, changed)
    settings = {**stored["settings"], "epochs": 13}
    (changed / files.CONFIG).write_text(json.dumps({**stored, "settings": settings}))
    with pytest.raises(RunError, match="changed by hand"):
        read_run_config(changed)


def test_a_key_of_the_new_version_in_an_old_file_is_refused(tmp_path):
    folder = Path(shutil.copytree(OLD[0], tmp_path / OLD[0].name))
    stored = json.loads((folder / files.CONFIG).read_text())
    for changes in ({"schema_version": 3}, {"kind": "published"}, {"shell": "id"}):
        (folder / files.CONFIG).write_text(json.dumps({**stored, **changes}))
        with pytest.raises(RunError, match=r"in config\.json of"):
            read_run_config(folder)


def test_an_old_run_is_shown_taken_up_and_duplicated(finished, finished_once):
    before = record_of(finished)
    make_old(finished)
    assert record_of(finished) == before
    shutil.rmtree(finished / files.RESULT)
    (finished / files.SEEN).unlink()
    record = runs.resume(finished.parent, finished.name, executor="inprocess", perform=perform)
    assert (record.state, record.attempt) == ("finished", 2)
    for name in ("embedding.h5ad", "weights.safetensors"):
        one, other = (folder / files.RESULT / name for folder in (finished, finished_once))
        assert one.read_bytes() == other.read_bytes()
    copy = runs.duplicate(finished.parent, finished.name, executor="inprocess", perform=perform)
    assert copy.config_hash == before.config_hash
    assert json.loads((copy.folder / files.CONFIG).read_text())["schema_version"] == 2


def test_settings_that_came_later_change_no_hash_until_they_are_used():
    # as the version computed it that had none of the later settings
    early = GeneGraphSettings(dataset="heart", species="mouse", tissue="heart")
    assert early.hash == "1e1f1c6e7b0a"
    hashes = {early.hash}
    for name in sorted(GeneGraphSettings.later):
        value = 5 if name == "bootstraps" else "columns"
        changed = GeneGraphSettings.model_validate(
            {"dataset": "heart", "species": "mouse", "tissue": "heart", name: value}
        )
        hashes.add(changed.hash)
    assert len(hashes) == 1 + len(GeneGraphSettings.later)


def test_a_graph_whose_settings_have_grown_is_shown_taken_up_and_duplicated(tmp_path):
    folder = Path(shutil.copytree(GRAPH, tmp_path / GRAPH.name))
    counts = tmp_path / "counts.csv"
    counts.write_text(old_counts())
    stored = json.loads((folder / files.CONFIG).read_text())
    stored["files"][0]["path"] = str(counts)  # its place is not what it is
    assert not GeneGraphSettings.later & set(stored["settings"])
    (folder / files.CONFIG).write_text(json.dumps(stored))
    before = record_of(folder)
    assert (before.state, before.name) == ("stopped", "Graph of old")
    # the whole hash that the code of that commit gave it
    known = "840ab82acc68edc2b7a558c9d8dfaeaab430fc06be52f2c2ada57c922df57d11"
    assert before.config_hash == known
    taken = runs.resume(tmp_path, folder.name, executor="inprocess", perform=perform)
    assert (taken.state, taken.attempt, taken.config_hash) == ("finished", 2, known)
    copy = runs.duplicate(tmp_path, folder.name, executor="inprocess", perform=perform)
    assert (copy.state, copy.config_hash) == ("finished", known)
    one, other = (run / files.RESULT / GRAPH_FILE for run in (taken.folder, copy.folder))
    assert one.read_bytes() == other.read_bytes()
    used = {**stored["settings"], "genes_in": "rows"}
    (folder / files.CONFIG).write_text(json.dumps({**stored, "settings": used}))
    with pytest.raises(RunError, match="changed by hand"):
        read_run_config(folder)


class Grown(KindSettings):
    """A kind whose later settings are no plain values in JSON."""

    kind = "grown"
    later = frozenset({"pair", "listed"})
    first: int = 1
    pair: tuple[int, int] = (1, 2)
    listed: list[int] = Field(default_factory=list)


def test_a_later_setting_counts_once_it_is_used_whatever_it_is():
    assert Grown().decisive() == {"method": "grown", "first": 1}
    assert Grown(pair=(2, 1)).decisive() == {"method": "grown", "first": 1, "pair": [2, 1]}
    assert Grown(listed=[1]).decisive()["listed"] == [1]


@pytest.mark.parametrize("name", list_kinds())
def test_later_settings_are_settings_with_a_default(name):
    schema = find_kind(name).settings
    assert schema.later <= set(schema.model_fields)
    assert all(not schema.model_fields[field].is_required() for field in schema.later)
