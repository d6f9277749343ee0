from pathlib import Path

import pytest

from musegnn.errors import InputError
from musegnn.launchers.devices import Gpu
from musegnn.runs.kind import list_kinds
from musegnn.runs.presets import preset_settings
from musegnn.runs.request import parse_seeds, resolve_settings
from musegnn.screens.runs import view_schema as runs_schema
from musegnn.screens.runs.view_form import (
    RunForm,
    check,
    forecast,
    form_presets,
    form_values,
    suggest_name,
)
from tests.made_runs import GRAPHS, write_run

KINDS = {kind.name: kind for kind in list_kinds().values() if kind.reads_graphs}
GPU = Gpu(0, "GPU-1", "a card", 16_000, 0, 0)


@pytest.mark.parametrize("method", KINDS)
def test_every_setting_of_the_schema_is_asked_for_once(method):
    first, others = runs_schema.split_fields(method)
    asked = [field.path for field in (*first, *others)]
    default = KINDS[method].settings().model_dump()
    assert sorted(asked) == sorted(set(runs_schema.flatten(default)) - runs_schema.ASKED_ELSEWHERE)
    epochs = ["epochs"] if KINDS[method].trains else []
    assert [field.path for field in first] == [*epochs, *KINDS[method].first]
    for field in (*first, *others):
        assert field.usual == runs_schema.flatten(default)[field.path]
        assert field.meaning


def test_fields_carry_type_range_and_choices():
    fields = {
        field.path: field
        for name in KINDS
        for part in runs_schema.split_fields(name)
        for field in part
    }
    width = fields["network.embedding_width"]
    assert (width.kind, width.least, width.most) == ("whole", 1, 1024)
    assert "From 1 to 1,024" in width.meaning
    assert fields["learning_rate"].kind == "number"
    assert "Above 0" in fields["learning_rate"].meaning
    assert fields["kernel"].choices == ("auto", "dgl", "dense")
    assert fields["scale_features"].kind == "flag"
    assert fields["network.decoder_width"].kind == "optional"


def test_the_form_offers_the_presets_that_it_can_ask_for():
    assert form_presets() == ("default", "paper")


@pytest.mark.parametrize("preset", ["default", "paper"])
def test_nested_values_come_back_from_flat_ones(preset):
    values = preset_settings(preset).model_dump(mode="python")
    assert runs_schema.nest(runs_schema.flatten(values)) == values


def test_an_untouched_form_asks_for_the_preset():
    checked = check(RunForm(graphs=GRAPHS))
    assert checked.problem == ""
    assert checked.request is not None
    assert checked.request.preset == "default"
    assert checked.request.settings is None
    assert checked.request.name == "heart and liver"
    assert resolve_settings(checked.request) == preset_settings("default")


def test_a_changed_setting_makes_settings_of_ones_own():
    form = RunForm(graphs=GRAPHS, values={"learning_rate": 1, "network.heads": 2, "epochs": 7})
    request = check(form).request
    assert request is not None
    settings = resolve_settings(request)
    assert request.preset is None
    assert (settings.learning_rate, settings.network.heads, settings.epochs) == (1.0, 2, 7)
    assert settings.dropout == preset_settings("default").dropout


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"graphs": ()}, "at least one dataset"),
        ({"graphs": (*GRAPHS, GRAPHS[0])}, "each dataset once, found heart_a"),
        ({"seeds": "0, x"}, "seeds such as `0-4, 7`, found 'x'"),
        ({"seeds": ""}, "seeds such as"),
        ({"seeds": "0-2, 1"}, "each seed once"),
        ({"seeds": "0-100"}, "at most 100 seeds"),
        ({"values": {"dropout": 1.0}}, "dropout"),
        ({"values": {"learning_rate": 0}}, "learning_rate"),
        ({"values": {"hidden_eges": 0.5}}, "hidden_edges"),
        ({"preset": "defualt"}, "default"),
        ({"name": "a\u202eb"}, "no control characters"),
        ({"device": "cuda"}, "a GPU on this machine"),
        ({"executor": "slurm", "slurm": "partition"}, "such as partition=long, found 'partition'"),
    ],
)
def test_what_stands_against_a_start_is_said(changes, problem):
    checked = check(RunForm(**{"graphs": GRAPHS, **changes}))
    assert checked.request is None
    assert problem in checked.problem


def test_a_gpu_can_be_asked_for_where_there_is_one():
    assert check(RunForm(graphs=GRAPHS, device="cuda"), gpus=[GPU]).problem == ""
    # on a cluster the node decides, not this machine
    assert check(RunForm(graphs=GRAPHS, device="cuda", executor="slurm")).problem == ""


def test_seeds_are_numbers_and_ranges():
    assert parse_seeds("0") == [0]
    assert parse_seeds(" 0-4, 7;9 ") == [0, 1, 2, 3, 4, 7, 9]
    with pytest.raises(InputError, match="seeds such as"):
        parse_seeds("4-2")
    with pytest.raises(InputError, match="at most 100"):
        parse_seeds("0-2000000000")


def test_parameters_for_the_cluster_are_names_and_values():
    form = RunForm(graphs=GRAPHS, executor="slurm", slurm="partition=gpu, gres=gpu:1,time=60")
    request = check(form).request
    assert request is not None
    assert request.slurm == {"partition": "gpu", "gres": "gpu:1", "time": 60}
    assert check(RunForm(graphs=GRAPHS, executor="slurm")).problem == ""


def test_a_name_is_made_of_tissues_or_of_a_count():
    assert suggest_name(GRAPHS[:1]) == "heart"
    many = [graph.model_copy(update={"tissue": f"t{i}"}) for i, graph in enumerate(GRAPHS * 3)]
    assert suggest_name(many) == "6 datasets"
    assert suggest_name(()) == "0 datasets"


def test_forecast_names_time_memory_and_disk(tmp_path):
    request = check(RunForm(graphs=GRAPHS, seeds="0-2")).request
    assert request is not None
    told = forecast(request, root=tmp_path, known=[])
    for text in ("3 runs", "2 datasets", "180 genes in context", "40 epochs", "MiB", "each"):
        assert text in told.sentence
    assert "No run" in told.source or "no run" in told.source


def test_a_copied_run_asks_for_the_same_settings(tmp_path):
    record = write_run(tmp_path, "finished", seed=3, epochs=12, dropout=0.2, patience=4)
    assert record.config is not None
    values = form_values(record.config, name=record.name)
    mark = "setting:"
    settings = {k.removeprefix(mark): v for k, v in values.items() if k.startswith(mark)}
    fields = {k: v for k, v in values.items() if not k.startswith("setting:")}
    request = check(RunForm(graphs=tuple(record.config.graphs), values=settings, **fields)).request
    assert request is not None
    assert resolve_settings(request).model_copy(update={"seed": 3}) == record.config.settings
    assert request.seeds == [3]
    assert request.name == "heart"


def test_graph_files_are_not_touched_by_checking():
    assert not Path(GRAPHS[0].path).exists()
    assert check(RunForm(graphs=GRAPHS)).problem == ""
