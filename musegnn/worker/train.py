"""The work of trainings: gene graphs in, an embedding with its map out."""

from __future__ import annotations

import torch

from musegnn import keys
from musegnn.runs.files import RunFolder, write_json
from musegnn.runs.metrics import read_metrics
from musegnn.training.epoch import EpochRecord
from musegnn.training.loop import Checkpointing, Encode, check_graphs, train
from musegnn.training.presets import config_from_dict
from musegnn.worker.live_map import LiveMapFeed
from musegnn.worker.mirror import Mirror
from musegnn.worker.provenance import describe_run
from musegnn.worker.report import Report
from musegnn.worker.result import assemble, write_result
from musegnn.worker.task import Done, Task
from musegnn.worker.training_run import describe_training, drop_later_epochs, hide, log_to


def train_on_graphs(task: Task) -> Done:
    """Train, from the checkpoint of the run where there is one, and write the result."""
    config, report, folder = task.config, task.report, task.folder
    report.say(message="Reads the graphs.")
    torch.set_num_threads(config.threads)
    graphs = task.graphs
    check_graphs(graphs)
    settings = config_from_dict(config.settings.to_dict(), source="config.json")
    provenance = describe_training(graphs, settings, config.device, config.name) | {
        "run_id": folder.path.name,
        "run_config_hash": config.config_hash,
    }
    seen = hide(graphs, config.hold_out, provenance)
    gpu = torch.cuda.get_device_name() if config.device == "cuda" else ""
    whole = {**describe_run(config, run_id=folder.path.name), **provenance, "gpu": gpu}
    write_json(folder.provenance, whole)
    done = drop_later_epochs(folder.metrics, folder.checkpoint)
    _recall_best(folder, report)
    log = log_to(folder.metrics)

    def note(record: EpochRecord) -> None:
        log(record)
        report.note_epoch(record)
        mirror.note(record)

    report.say(state="running", epoch=done, message="Trains.")
    with (
        Mirror(folder.path.name, config.settings.to_dict(), done=done) as mirror,
        LiveMapFeed(folder.path, graphs, every=config.live_map_every, done=done) as live_map,
    ):
        trained = train(
            seen,
            settings,
            device=config.device,
            progress=task.console,
            on_epoch=note,
            checkpointing=Checkpointing(folder.checkpoint, task.checkpoint_seconds),
            watch=_Watch(report, live_map),
        )
        if trained.history:
            live_map.offer_last(trained.history[-1].epoch, trained.vectors)
        report.say(message="Makes the map of the result.", seconds_left=None)
        if trained.best:
            provenance["best_validation"] = trained.best
        task.console.say("map: nearest neighbours, clusters, UMAP")
        embedding = assemble(graphs, trained, provenance, seed=provenance["seed"])
        write_result(task.result, embedding, graphs, trained)
    return Done(
        f"done: {len(embedding.genes)} genes-in-context of {len(graphs)} datasets in "
        f"{folder.result / keys.EMBEDDING_FILE}",
        {
            "provenance": provenance,
            "final_epoch": trained.history[-1].to_dict() if trained.history else None,
        },
    )


class _Watch:
    """Looks at each epoch for the live map, and passes a wish to stop on."""

    def __init__(self, report: Report, live_map: LiveMapFeed) -> None:
        self._report, self._live_map = report, live_map

    def is_stop_asked(self) -> bool:
        """True when the training is to end before the next epoch."""
        return self._report.is_stop_asked

    def after_epoch(self, record: EpochRecord, encode: Encode) -> None:
        """Offer the vectors for a frame when it is time."""
        self._live_map.offer(record.epoch, record.seconds / record.epoch, encode)


def _recall_best(folder: RunFolder, report: Report) -> None:
    """Take the best value up from the epochs that are done."""
    for row in read_metrics(folder.path).rows:
        epoch, loss, auroc = int(row["epoch"] or 0), row.get("loss"), row.get("validation_auroc")
        if loss is not None:
            report.note_value("loss", float(loss), epoch)
            report.say(loss=float(loss), seconds=float(row.get("seconds") or 0.0))
        if auroc is not None:
            report.note_value("validation AUROC", float(auroc), epoch)
