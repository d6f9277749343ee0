"""Kill background runs at random moments, take them up again, and compare what comes out.

    python -m benchmarks.kill --times 1000

Each run is a real one: `musegnn.worker.perform` in a process of its own, on toy inputs, of the kind
(`--kinds`) that was killed least so far, a training with a checkpoint after every epoch. The
process is killed (SIGKILL) at a random moment, in a third of the cases while a checkpoint is being
written, in a third while the result is; then the run is taken up, until it comes to its end by
itself. Kinds that write no checkpoint begin anew each time, and are left alone in a third.
Processes are forked from one that has performed each kind once, so that they load and compile
nothing; one in eight has its files read by a process that it starts itself, the others by one that
stands ready. Runs are killed in `--processes` lines side by side.

The last line is JSON: `kills`; `lost`: runs that could not be taken up to their end;
`false_success`: times that a run was called finished without a result that is whole;
`not_byte_equal`: results that differ in a byte from those of a run that nobody disturbed; `torn`:
files found half-written under their own name.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from musegnn import keys, runs
from musegnn.border import apart
from musegnn.embeddings.embedding_set import write_embedding_set
from musegnn.errors import MuseGNNError
from musegnn.graphs.gene_graph import write_gene_graph
from musegnn.launchers.jobs import THREAD_VARIABLES
from musegnn.launchers.processes import start_mark
from musegnn.runs import files
from musegnn.runs.launches import describe_launch
from musegnn.runs.record import record_of
from musegnn.runs.request import resolve
from musegnn.runs.result import find_damage
from musegnn.runs.submission import make_run, write_request

EPOCHS = 12
MOST_TRIES = 60  # of one run; a run that makes no progress is lost
Asked = tuple[dict[str, Any], bool, list[runs.FileSource]]  # settings, reads graphs, other files
Ask = Callable[[Path, int], Asked]
PHASES = ("any", "result", "checkpoint")
ALONE = "none"  # an attempt that nobody disturbs: without a checkpoint there is no other progress
OWN_READER = 1 / 8  # share of processes that start their own reader of files
PATIENCE = 60.0  # seconds for a child that nobody kills


@dataclass
class Tally:
    """What was counted.

    Parameters
    ----------
    kills, kinds
        By what was going on, and by the kind of run.
    lost, false_success, not_byte_equal, torn
        As the module says; for each a description.
    runs
        Runs that came to their end.
    seconds
        Time of a run that nobody disturbed, by its kind.
    """

    kills: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    false_success: list[str] = field(default_factory=list)
    not_byte_equal: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    runs: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


def make_templates(folder: Path, seed: int, names: Sequence[str]) -> dict[str, Path]:
    """Make toy inputs and a run of each kind on them that has not started.

    Parameters
    ----------
    folder
        Where they are made.
    seed
        Of the runs.
    names
        Kinds of runs, of `KINDS`.
    """
    inputs = make_inputs(folder)
    templates = {}
    for name in names:
        settings, graphs, sources = ASKED[name](inputs, seed)
        request = runs.make_request(
            graphs=runs.list_graphs(inputs) if graphs else [],
            files=sources,
            name="kill",
            settings=settings,
            device="cpu",
            threads=1,
            **({"live_map_every": 0} if graphs else {}),
        )
        (config,) = resolve(request, executor="inprocess")
        home = folder / f"template-{name}"
        home.mkdir()
        templates[name] = make_run(home, config)
    return templates


def make_inputs(folder: Path) -> Path:
    """Make two gene graphs, counts, an embedding set and questions; return their folder."""
    from tests.toy_contexts import make_set, noisy_contexts  # noqa: PLC0415 - heavy
    from tests.toy_counts import gamma_poisson, real_genes, write_counts  # noqa: PLC0415 - heavy
    from tests.toy_graphs import planted_graph  # noqa: PLC0415 - heavy

    inputs = folder / "graphs"
    inputs.mkdir()
    for number, name in enumerate(("first", "second")):
        graph = planted_graph(name, seed=number, module_size=12, n_cells=20)
        write_gene_graph(graph.compact(n_features=16), inputs / f"{name}.h5ad")
    genes = real_genes(300)
    counts, _ = gamma_poisson(200, len(genes), seed=0, module=12)
    write_counts(folder / "given" / "counts.h5ad", counts.astype(np.float32), genes)
    questions = {
        "labels.json": {"labelled": list(range(20)), "others": list(range(20, 60))},
        "genes.json": {
            "dataset": "toy",
            "species": "human",
            "modality": "scrna",
            "genes": genes[:12],
            "context_genes": genes[:40],
            "causes": genes[:3],
        },
    }
    for name, question in questions.items():
        (folder / "given" / name).write_text(json.dumps(question))
    contexts = noisy_contexts(np.random.default_rng(0), 2, 100, noise=0.5)
    write_embedding_set(make_set(*contexts), folder / "given" / "embedding.h5ad")
    return inputs


def given(inputs: Path, **named: str) -> list[runs.FileSource]:
    """Name files by what they are."""
    folder = inputs.with_name("given")
    return [
        runs.FileSource(role=role, name=name, path=str(folder / name))
        for role, name in named.items()
    ]


def ask_training(preset: str) -> Ask:
    """Return how a small training of a preset is asked for."""
    small = {"epochs": EPOCHS, "n_components": 8}
    network = {"width": 4, "heads": 2, "embedding_width": 8}

    def ask(_: Path, seed: int) -> Asked:
        usual = runs.preset_settings(preset).to_dict()
        chosen = {key: value for key, value in small.items() if key in usual}
        changed = {
            **usual["network"],
            **{k: v for k, v in network.items() if k in usual["network"]},
        }
        return {**usual, **chosen, "network": changed, "seed": seed}, True, []

    return ask


ASKED: dict[str, Ask] = {
    "aligned": ask_training("default"),
    "published": ask_training("paper"),
    "baseline": lambda _, seed: (
        {"method": "baseline", "baseline": "procrustes_pca", "width": 8, "seed": seed},
        True,
        [],
    ),
    "gene_graph": lambda inputs, _: (
        {"method": "gene_graph", "dataset": "toy", "tissue": "blood", "n_genes": 100},
        False,
        given(inputs, counts="counts.h5ad"),
    ),
    "inference": lambda inputs, seed: (
        {"method": "inference", "dataset": "toy", "seed": seed},
        False,
        given(inputs, question="genes.json", counts="counts.h5ad"),
    ),
    "label_classifier": lambda inputs, seed: (
        {"method": "label_classifier", "seed": seed},
        False,
        given(inputs, question="labels.json", embedding="embedding.h5ad"),
    ),
}
KINDS = tuple(ASKED)


def fork_run(folder: Path, *, has_own_reader: bool) -> int:
    """Perform a run in a child of this process; return its number."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        if not has_own_reader:
            apart._ZYGOTE._owner = os.getpid()  # ours stands ready, and takes requests of any
        from musegnn.worker.perform import listen_to_signals, perform  # noqa: PLC0415 - heavy

        with (folder / files.LOG).open("ab") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        code = perform(folder, checkpoint_seconds=0.0, listen=listen_to_signals)
    finally:
        os._exit(code)


def start(folder: Path, attempt: int, *, has_own_reader: bool) -> int:
    """Start a run as the dispatcher does: say so, fork, say which process it is."""
    # said first, as otherwise the child says so itself, and may do it after its number is noted
    launch = describe_launch(attempt, executor="inprocess", device="CPU")
    files.write_json(folder / files.LAUNCH, launch)
    pid = fork_run(folder, has_own_reader=has_own_reader)
    born = {"pid": pid, "mark": start_mark(pid) or "gone"}
    files.write_json(folder / files.LAUNCH, {**launch, **born})
    return pid


def wait_for_phase(pid: int, folder: Path, phase: str, seconds: float) -> bool:
    """Wait for the moment to kill; False when the child ended before."""
    deadline = time.monotonic() + (seconds if phase == "any" else PATIENCE)
    sign = {"checkpoint": ".checkpoint-*", "result": ".staged/*"}.get(phase, "")
    is_there = False
    while time.monotonic() < deadline:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return False
        with suppress(FileNotFoundError):  # it was renamed between two looks
            is_there = bool(sign) and any(Path(folder).glob(sign))
        if is_there:
            time.sleep(seconds)
            return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        time.sleep(0.0005)
    return True


def find_torn(folder: Path) -> list[str]:
    """Names of files that stand half-written under their own name."""
    from musegnn.training.checkpoint import read_checkpoint  # noqa: PLC0415 - heavy

    torn = [path.name for path in folder.glob("[a-z]*.json") if files.read_json(path) is None]
    for name in (files.CHECKPOINT, files.BEST):
        if (folder / name).is_file():
            try:
                read_checkpoint(folder / name)
            except MuseGNNError:
                torn.append(name)
    if (folder / files.RESULT).is_dir() and find_damage(folder / files.RESULT):
        torn.append(files.RESULT)
    return torn


def read_result(folder: Path) -> dict[str, bytes]:
    """Contents of all files of a result but the manifest, which tells the command."""
    result = folder / files.RESULT
    found = (path for path in sorted(result.rglob("*")) if path.is_file())
    return {p.name: p.read_bytes() for p in found if p.name != keys.MANIFEST_FILE}


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody disturbed.

    Parameters
    ----------
    kind
        Of run.
    template
        Folder of one that has not started.
    expected
        What it leaves, by name.
    seconds
        Time it takes.
    phases
        When it is killed, of `PHASES` and `ALONE`.
    """

    kind: str
    template: Path
    expected: dict[str, bytes]
    seconds: float
    phases: tuple[str, ...]


def perform_undisturbed(kind: str, template: Path, base: Path) -> Undisturbed:
    """Perform a run that nobody disturbs."""
    folder = base / f"reference-{kind}" / template.name
    shutil.copytree(template, folder)
    started = time.monotonic()
    _, status = os.waitpid(fork_run(folder, has_own_reader=False), 0)
    seconds = time.monotonic() - started
    if status or record_of(folder).state != "finished":
        sys.stderr.write((folder / files.LOG).read_text())
        sys.exit(f"Expected the run of {kind} that nobody disturbs to finish.")
    is_training = (folder / files.METRICS).is_file()
    phases = PHASES if is_training else (*PHASES[:2], ALONE)
    return Undisturbed(kind, template, read_result(folder), seconds, phases)


def disturb(one: Undisturbed, root: Path, rng: np.random.Generator, tally: Tally) -> None:
    """Perform one run under kills until it comes to its end."""
    folder = root / one.template.name
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(one.template, folder)
    for attempt in range(1, MOST_TRIES + 1):
        write_request(folder, attempt, executor="inprocess")
        phase = one.phases[rng.integers(len(one.phases))]
        seconds = rng.uniform(0, one.seconds) if phase == "any" else rng.exponential(0.004)
        pid = start(folder, attempt, has_own_reader=bool(rng.random() < OWN_READER))
        if phase != ALONE and wait_for_phase(pid, folder, phase, seconds):
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        record = record_of(folder)
        tally.torn += [f"{name} after {phase}" for name in find_torn(folder)]
        is_whole = (
            read_result(folder) == one.expected if (folder / files.RESULT).is_dir() else False
        )
        if record.state == "finished" and not is_whole:
            tally.false_success.append(f"{one.kind}, attempt {attempt}, {phase}")
        if os.WIFSIGNALED(status):
            tally.kills[phase] += 1
            tally.kinds[one.kind] += 1
            if record.state in {"starting", "running", "stopping", "queued"}:
                tally.false_success.append(f"called {record.state} with its process gone")
        elif os.WEXITSTATUS(status) != 0:
            tally.lost.append(f"{one.kind}, exit code {os.WEXITSTATUS(status)}: {record.message}")
            return
        if record.state == "finished":
            tally.runs += 1
            if not is_whole:
                tally.not_byte_equal.append(f"{one.kind} after {attempt} attempts")
            return
    tally.lost.append(f"{one.kind}, no end after {MOST_TRIES} attempts")


def measure(times: int, seed: int, names: Sequence[str]) -> Tally:
    """Kill so many times in this process, runs of all kinds in turn."""
    tally, rng = Tally(), np.random.default_rng(seed)
    with tempfile.TemporaryDirectory(prefix="kill-") as place:
        base = Path(place)
        os.environ["MUSEGNN_KNOWLEDGE"] = str(base / "none")  # whatever this machine has
        templates = make_templates(base, seed, names)
        warm_up(templates, base / "warm")
        ones = [perform_undisturbed(kind, path, base) for kind, path in templates.items()]
        tally.seconds = {one.kind: round(one.seconds, 2) for one in ones}
        while sum(tally.kills.values()) < times:
            one = min(ones, key=lambda one: tally.kinds[one.kind])
            before = len(tally.lost) + len(tally.not_byte_equal)
            disturb(one, base / "runs", rng, tally)
            if len(tally.lost) + len(tally.not_byte_equal) > before:
                folder = base / "runs" / one.template.name
                sys.stderr.write((folder / files.LOG).read_text()[-3000:])
    return tally


def warm_up(templates: dict[str, Path], folder: Path) -> None:
    """Perform each kind here once: what it loads and compiles, children then have."""
    from musegnn.worker.perform import perform  # noqa: PLC0415 - heavy

    for kind, template in templates.items():
        home = folder / kind / template.name
        shutil.copytree(template, home)
        if perform(home, checkpoint_seconds=0.0):
            sys.exit(f"Expected the first run of {kind} to finish.")
    gc.freeze()  # of what is loaded, children copy no page


def main() -> None:
    """Kill in several processes and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        tally = measure(options.times, options.seed, options.kinds)
        print(json.dumps(vars(tally)))
        return
    share = -(-options.times // options.processes)
    # the one threading layer of numba that goes on in a forked process
    layer = {"NUMBA_THREADING_LAYER": "workqueue"}
    layer["CUDA_VISIBLE_DEVICES"] = ""  # a process that has spoken with a GPU cannot be forked
    environment = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, "1"), **layer}
    started = time.monotonic()
    parts = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "benchmarks.kill",
                "--alone",
                "--times",
                str(share),
                "--seed",
                str(options.seed + number),
                "--kinds",
                *options.kinds,
            ],
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        for number in range(options.processes)
    ]
    found = [json.loads(part.communicate()[0].splitlines()[-1]) for part in parts]
    phases: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for part in found:
        phases.update(part["kills"])
        kinds.update(part["kinds"])
        for name in ("lost", "false_success", "not_byte_equal", "torn"):
            for text in part[name]:
                print(f"{name}: {text}")
    print(f"kills by moment: {dict(phases)}; by kind: {dict(kinds)}")
    print(f"s of an undisturbed run: {found[0]['seconds']}")
    counts = {
        name: sum(len(part[name]) for part in found)
        for name in ("lost", "false_success", "not_byte_equal", "torn")
    }
    counts |= {"runs": sum(part["runs"] for part in found)}
    counts |= {"seconds": round(time.monotonic() - started)}
    print(json.dumps({"kills": sum(phases.values()), **counts}))


if __name__ == "__main__":
    main()
