"""A request is checked before anything is written."""

from __future__ import annotations

import pytest

from musegnn import runs
from musegnn.errors import DataFileError, InputError
from musegnn.runs.config import parse_run_config
from musegnn.runs.presets import read_yaml
from musegnn.runs.request import resolve
from tests.operations import count_calls
from tests.toy_runs import toy_config, toy_request


def write(path, text):
    path.write_text(text)
    return path


def test_a_file_names_graphs_relative_to_itself(graphs, tmp_path):
    (tmp_path / "here").symlink_to(graphs)
    text = "graphs: here\npreset: default\nepochs: 3\nseeds: [0, 4]\nname: My heart\n"
    request = runs.read_request(write(tmp_path / "request.yaml", text))
    configs = resolve(request, executor="inprocess")
    assert [config.settings.seed for config in configs] == [0, 4]
    assert [graph.name for graph in configs[0].graphs] == ["first", "second"]
    assert configs[0].settings.epochs == 3
    assert configs[0].preset == "default"
    assert all(len(graph.sha256) == 64 for graph in configs[0].graphs)


def test_a_file_of_settings_takes_the_graphs_from_the_options(graphs, tmp_path):
    path = write(tmp_path / "settings.yaml", "method: aligned\nepochs: 2\n")
    request = runs.read_request(path, graphs=runs.list_graphs(graphs), epochs=None, seeds=[7])
    (config,) = resolve(request, executor="inprocess")
    assert (config.settings.epochs, config.settings.seed, config.preset) == (2, 7, "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a request with `graphs`"),
        ("- 1\n- 2\n", "a request with `graphs`"),
        ("graphs: here\nepoks: 3\n", "found `epoks`"),
        ("graphs: here\nshell: rm -rf /\n", "found `shell`"),
        ("graphs: here\nepochs: many\n", "`epochs` to be a whole number, found 'many'"),
        ("graphs: here\npreset: defualt\n", "`preset` to be one of"),
        ("graphs: here\npreset: ../../etc/passwd\n", "`preset` to be one of"),
        ("graphs: here\nseeds: [0, 0]\n", "each seed once"),
        ("graphs: [here, here]\n", "each dataset once"),
        ("graphs: 3\n", "`graphs` to be a path or a list of paths"),
        ("graphs: here\nfiles: a.csv\n", "`files` to name what each file is"),
        ("graphs: here\nfiles: {counts: 3}\n", "`counts` to be a path"),
        ("graphs: here\nfiles: {counts: here}\n", "found `counts`"),
        ("graphs: /nowhere\n", "a gene graph at /nowhere, found no file"),
        ('graphs: here\nname: "a\\u202Eb"\n', "no control characters"),
        ("graphs: here\nslurm: {wrap: id}\n", "`slurm` to be one of"),
        ('graphs: here\nslurm: {comment: "$(id)"}\n', "a plain value"),
        ('graphs: here\nslurm: {comment: "a\\nb"}\n', "a plain value"),
        ("graphs: !!python/object/apply:os.system [id]\n", "Expected YAML"),
        ("graphs: here\nname: 'x\n", "Expected YAML"),
        ("a: &a [1, 2]\nb: *a\n", "references"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_reason(graphs, tmp_path, text, message):
    (tmp_path / "here").symlink_to(graphs)
    path = write(tmp_path / "request.yaml", text)
    with pytest.raises((InputError, DataFileError), match="Expected") as caught:
        resolve(runs.read_request(path), executor="inprocess")
    assert message in caught.value.message


def test_a_few_lines_that_stand_for_a_billion_values_are_refused_at_once(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    path = write(tmp_path / "bomb.yaml", "\n".join(lines))

    def read():
        with pytest.raises(InputError, match="references"):
            read_yaml(path)

    assert count_calls(read) < 1000 * len(lines)


def test_a_long_file_and_a_missing_one_are_refused(tmp_path):
    path = write(tmp_path / "long.yaml", "#" * (2 << 20))
    with pytest.raises(InputError, match="at most 1,048,576 bytes"):
        read_yaml(path)
    with pytest.raises(InputError, match="found no file"):
        read_yaml(tmp_path / "none.yaml")


def test_graphs_are_chosen_by_context(graphs):
    found = runs.list_graphs(graphs)
    assert [(g.name, g.species, g.tissue, g.n_genes) for g in found] == [
        ("first", "human", "blood", 24),
        ("second", "human", "blood", 24),
    ]
    assert [g.name for g in runs.choose_graphs(found, names=["second"])] == ["second"]
    with pytest.raises(InputError, match="at least one dataset"):
        runs.choose_graphs(found, tissues=["heart"])
    with pytest.raises(InputError, match="found 'frist'") as caught:
        runs.choose_graphs(found, names=["frist"])
    assert "first" in caught.value.hint


def test_graphs_of_a_shared_server_come_from_its_folders_only(graphs, tmp_path, monkeypatch):
    monkeypatch.setenv("MUSEGNN_GRAPHS", str(tmp_path))
    with pytest.raises(InputError, match="Expected graphs from"):
        runs.list_graphs(graphs)
    with pytest.raises(InputError, match="Expected graphs from"):
        runs.list_graphs(tmp_path / ".." / graphs.name)
    monkeypatch.setenv("MUSEGNN_GRAPHS", str(graphs))
    assert len(runs.list_graphs(graphs)) == 2


def test_the_hash_tells_what_decides_the_result_and_nothing_else(graphs):
    usual = toy_config(graphs)
    for changes in ({"name": "Other"}, {"live_map_every": 3}):
        assert toy_config(graphs, **changes).config_hash == usual.config_hash
    for changes in ({"seeds": [1]}, {"epochs": 9}, {"threads": 2}, {"hold_out": 0}):
        assert toy_config(graphs, **changes).config_hash != usual.config_hash


def test_a_configuration_survives_json(graphs):
    config = toy_config(graphs)
    assert parse_run_config(config.model_dump(mode="json"), where="x") == config


def test_a_gpu_that_is_not_there_is_refused(graphs, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(InputError, match="Expected a GPU for device `cuda`"):
        resolve(toy_request(graphs, device="cuda"), executor="local")
    assert resolve(toy_request(graphs, device="auto"), executor="local")[0].device == "cpu"


def test_both_preset_and_settings_are_refused(graphs):
    with pytest.raises(InputError, match="either a preset or settings"):
        resolve(toy_request(graphs, preset="default"), executor="inprocess")
