"""A run travels as one zip file, and nothing else gets in that way."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import stat
import subprocess
import time
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from musegnn import runs
from musegnn.errors import DataFileError, InputError, RunError
from musegnn.launchers.processes import monotonic, start_mark, this_machine
from musegnn.runs import files
from musegnn.runs.archive import INDEX
from tests.toy_runs import write_launch, write_status


@pytest.fixture
def archive(finished, tmp_path):
    """A finished run as a zip file; the run itself is gone."""
    path = runs.export_run(finished.parent, finished.name, tmp_path)
    runs.delete(finished.parent, finished.name)
    return path


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}


def list_files(root):
    return sorted(path for path in root.rglob("*") if path.is_file() and path.suffix != ".lock")


def rewrite(path, change):
    """Read an archive, let `change` alter its members, write it with right hashes."""
    with zipfile.ZipFile(path) as found:
        members = {info.filename: found.read(info) for info in found.infolist()}
    index = json.loads(members.pop(INDEX))
    change(members, index)
    target = path.with_name("changed.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
            index["files"][name] = hashlib.sha256(content).hexdigest()
        made.writestr(INDEX, json.dumps(index))
    return target


def expect_refused(root, source, message):
    before = list_files(root)
    with pytest.raises((DataFileError, RunError), match="Expected") as caught:
        runs.import_run(root, source)
    assert message in str(caught.value)
    assert list_files(root) == before
    return caught.value


def test_a_finished_run_comes_back_whole_elsewhere(finished_once, archive, tmp_path):
    there = tmp_path / "there"
    record = runs.import_run(there, archive)
    assert (record.state, record.epoch, record.run_id) == ("finished", 8, finished_once.name)
    result = runs.result_folder(record.folder)
    assert contents(result) == contents(finished_once / "result")
    assert len(runs.read_metrics(record.folder).rows) == 8
    told = files.read_json(record.folder / files.STATUS)
    assert not {"pid", "mark", "machine"} & told.keys()  # of another machine: never signalled
    with pytest.raises(RunError, match="Expected no run"):
        runs.import_run(there, archive)
    assert [run.run_id for run in runs.list_runs(there)] == [finished_once.name]


def test_a_run_is_read_from_a_stream_too(archive, tmp_path):
    record = runs.import_run(tmp_path / "there", io.BytesIO(archive.read_bytes()))
    assert record.state == "finished"


def test_a_run_without_a_result_travels_and_can_be_taken_up(finished, graphs, tmp_path):
    shutil.rmtree(finished / "result")
    write_status(finished, pid=1, mark="0", state="stopped", attempt=1)
    path = runs.export_run(finished.parent, finished.name, tmp_path / "x.zip")
    record = runs.import_run(tmp_path / "there", path)
    assert (record.state, record.can_resume) == ("stopped", True)
    assert (record.folder / files.CHECKPOINT).is_file()
    small = runs.export_run(
        finished.parent, finished.name, tmp_path / "small.zip", with_checkpoint=False
    )
    assert small.stat().st_size < path.stat().st_size


@pytest.mark.parametrize(
    "name",
    [
        "../evil.json",
        "/tmp/evil.json",
        "result/../../evil.json",
        "result\\..\\evil.json",
        "result//evil.json",
        "result/a/b/c.json",
        "C:/evil.json",
        "evil.py",
        "result/evil.pkl",
        "launch.json",
        "run.lock",
        "frames/evil.py",
        "result/",
        "config.json/x",
    ],
)
def test_a_path_that_no_run_has_is_refused(archive, root, name):
    changed = rewrite(archive, lambda members, index: members.update({name: b"x"}))
    expect_refused(root, changed, "found ")
    assert not list(root.parent.rglob("evil*"))


def test_a_link_is_refused(archive, root, tmp_path):
    target = tmp_path / "link.zip"
    with zipfile.ZipFile(archive) as found, zipfile.ZipFile(target, "w") as made:
        for info in found.infolist():
            content = found.read(info)
            if info.filename == files.LOG:
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
                content = b"/etc/passwd"
            made.writestr(info, content)
    expect_refused(root, target, "no plain file")


def test_a_bomb_is_refused_before_it_is_unpacked(archive, root):
    changed = rewrite(archive, lambda m, _: m.update({files.LOG: bytes(64 << 20)}))
    assert changed.stat().st_size < 4 << 20
    expect_refused(root, changed, "too many bytes")


def test_a_member_that_lies_about_its_size_is_refused(archive, root, tmp_path):
    content = bytearray(
        rewrite(archive, lambda m, _: m.update({files.LOG: bytes(9 << 20)})).read_bytes()
    )
    real, stated = (9 << 20).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    assert content.count(real) >= 2
    lying = tmp_path / "lying.zip"
    lying.write_bytes(bytes(content).replace(real, stated))
    expect_refused(root, lying, "found ")


def test_another_hash_is_refused(archive, root, tmp_path):
    target = tmp_path / "other.zip"
    with zipfile.ZipFile(archive) as found, zipfile.ZipFile(target, "w") as made:
        for info in found.infolist():
            content = found.read(info)
            made.writestr(info, content + b"\n" if info.filename == files.LOG else content)
    expect_refused(root, target, "another hash")


def with_result(members, name, content):
    """Put a file into the result, and its hash into the manifest."""
    manifest = json.loads(members["result/manifest.json"])
    manifest["files"][name] = hashlib.sha256(content).hexdigest()
    members[f"result/{name}"] = content
    members["result/manifest.json"] = json.dumps(manifest).encode()


def changed_h5ad(content, change):
    with io.BytesIO(content) as stream:
        with h5py.File(stream, "a") as file:
            change(file)
        return stream.getvalue()


def declare_terabytes(file):
    del file["X"]
    file.create_dataset("X", (10**6, 10**6), "f4", chunks=(1000, 1000), compression="gzip")


def lead_outside(file):
    del file["X"]
    file["X"] = h5py.ExternalLink("/etc/hostname", "/")


def damage_numbers(file):
    file["X"][0] = np.nan


def damage_embedding(change):
    def put(members):
        content = changed_h5ad(members["result/embedding.h5ad"], change)
        with_result(members, "embedding.h5ad", content)

    return put


def damage_graph(members):
    name = next(name for name in sorted(members) if name.startswith("result/graphs/"))
    content = changed_h5ad(members[name], lead_outside)
    with_result(members, name.removeprefix("result/"), content)


def other_weights(members):
    with_result(members, "weights.safetensors", b"[" * 1000)


def put(name, content):
    return lambda members: members.update({name: content})


FRAME = b"\x93NUMPY\x01\x00"
POISON = {
    "terabytes": (damage_embedding(declare_terabytes), "larger than the file can hold"),
    "outside": (damage_embedding(lead_outside), "lies in another file"),
    "not_finite": (damage_embedding(damage_numbers), "NaN or infinity in result/embedding.h5ad"),
    "graph": (damage_graph, "lies in another file"),
    "weights": (other_weights, "Expected tensors"),
    "checkpoint": (put("checkpoint.safetensors", b"x" * 99), "Expected tensors"),
    "frame": (put("frames/epoch_0000001.npy", FRAME + b"\xff" * 90), "Expected a frame"),
    "vectors": (put("frames/vectors_0000001.npy", b"PK"), "Expected vectors"),
}


@pytest.mark.parametrize("name", POISON)
def test_what_nobody_could_open_is_not_kept(archive, root, name):
    change, words = POISON[name]
    source = rewrite(archive, lambda members, _: change(members))
    error = expect_refused(root, source, words)
    assert "a file that cannot be read" in error.message
    assert str(root) not in error.message


def test_a_result_that_does_not_fit_its_manifest_is_refused(archive, root):
    def spoil(members, _):
        members["result/weights.safetensors"] += b"x"

    expect_refused(root, rewrite(archive, spoil), "changed")
    add = rewrite(archive, lambda m, _: m.update({"result/extra.json": b"{}"}))
    expect_refused(root, add, "does not name")


def test_a_configuration_that_does_not_fit_the_id_is_refused(archive, root):
    def spoil(members, _):
        config = json.loads(members[files.CONFIG])
        config["settings"]["epochs"] = 9
        members[files.CONFIG] = json.dumps(config).encode()

    expect_refused(root, rewrite(archive, spoil), "found another")


def test_an_id_with_a_path_in_it_is_refused(archive, root):
    changed = rewrite(archive, lambda _, index: index.update({"run_id": "../../x"}))
    expect_refused(root, changed, "Expected the id of a run")


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"no zip", None])
def test_what_is_no_archive_is_refused(archive, root, tmp_path, content):
    path = tmp_path / "x.zip"
    path.write_bytes(archive.read_bytes()[:5000] if content is None else content)
    expect_refused(root, path, "Expected a run exported by")


def test_a_run_that_goes_on_is_not_exported_and_a_damaged_one_neither(finished, waiting, tmp_path):
    with pytest.raises(RunError, match=r"found .* queued"):
        runs.export_run(waiting.parent, waiting.name, tmp_path)
    write_launch(waiting)
    with pytest.raises(RunError, match=r"found .* starting"):
        runs.export_run(waiting.parent, waiting.name, tmp_path)
    (finished / "result" / "weights.safetensors").write_bytes(b"x")
    with pytest.raises(RunError, match="changed"):
        runs.export_run(finished.parent, finished.name, tmp_path)


def test_a_process_that_came_with_a_file_is_none_of_ours(archive, root):
    """Its number could be that of any process here, which cancelling the run would end."""
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as bystander:
        try:
            told = {
                "state": "running",
                "pid": bystander.pid,
                "mark": start_mark(bystander.pid),
                "machine": this_machine(),
                "heartbeat_time": time.time(),
                "heartbeat_steady": monotonic(),
            }

            def claim(members, _index):
                for name in [name for name in members if name.startswith("result/")]:
                    del members[name]
                    del _index["files"][name]
                status = json.loads(members["status.json"]) | told
                members["status.json"] = json.dumps(status).encode()

            record = runs.import_run(root, rewrite(archive, claim))
            assert (record.state, record.process) == ("stopped", 0)
            with pytest.raises(RunError, match="nothing to stop"):
                runs.cancel(root, record.run_id)
            assert bystander.poll() is None
        finally:
            bystander.kill()


def test_an_import_is_refused_with_a_name_that_nobody_could_give(archive, root):
    def turn(members, index):
        members[files.LABEL] = json.dumps({"name": "a\u202eb"}).encode()

    expect_refused(root, rewrite(archive, turn), "no control characters")


@pytest.mark.parametrize("name", [files.STATUS, files.LABEL, files.CANCEL, files.PROVENANCE])
def test_an_import_is_refused_whose_small_files_cannot_be_read(archive, root, name):
    deep = rewrite(archive, lambda members, index: members.update({name: b"[" * 100_000}))
    expect_refused(root, deep, "cannot be read")


def test_zeros_in_many_small_files_are_no_run(archive, root):
    def fill(members, index):
        members.update({f"frames/{n}.jsonl": bytes(1 << 20) for n in range(300)})

    expect_refused(root, rewrite(archive, fill), "too many bytes")


def test_an_imported_run_reads_no_file_of_this_machine_that_nobody_named(
    finished, tmp_path, monkeypatch
):
    shutil.rmtree(finished / "result")
    write_status(finished, pid=1, mark="0", state="stopped", attempt=1)
    path = runs.export_run(finished.parent, finished.name, tmp_path / "x.zip")
    there = tmp_path / "there"
    runs.import_run(there, path)
    for act in (runs.resume, runs.duplicate):
        with pytest.raises(InputError, match="files of an imported run in a folder that is known"):
            act(there, finished.name, executor="inprocess", perform=lambda *_: None)
    graphs = files.read_json(finished / files.CONFIG)["graphs"]
    monkeypatch.setenv("MUSEGNN_GRAPHS", str(Path(graphs[0]["path"]).parent))
    runs.resume(there, finished.name, executor="inprocess", perform=lambda *_: None)
