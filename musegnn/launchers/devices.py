"""GPUs and processors of this machine, and the lock files by which runs share them."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from musegnn.errors import InputError
from musegnn.launchers.file_lock import try_lock
from musegnn.launchers.local import count_cores

CPU_RUNS = "MUSEGNN_RUNS_AT_ONCE"  # how many runs may use the processors at the same time
VISIBLE = "CUDA_VISIBLE_DEVICES"
CORES_OF_A_RUN = 8  # more threads than that hardly shorten a training on the CPU


@dataclass(frozen=True)
class Gpu:
    """One GPU that runs may use.

    Parameters
    ----------
    index
        Number that nvidia-smi gives it.
    uuid
        Its name that never changes, such as `GPU-5d8...`.
    name
        Model.
    memory_mib, used_mib
        Memory in all, and taken now, in MiB.
    busy_percent
        Share of the last second in which it worked, 0 to 100.
    """

    index: int
    uuid: str
    name: str
    memory_mib: int
    used_mib: int
    busy_percent: int


@dataclass(frozen=True)
class Claim:
    """A device that is locked for one run.

    Parameters
    ----------
    label
        For people, such as `GPU 0`.
    visible
        Value of CUDA_VISIBLE_DEVICES for the run.
    descriptor
        File descriptor that holds the lock; the run inherits it.
    """

    label: str
    visible: str
    descriptor: int

    def release(self) -> None:
        """Give the lock up here; a process that inherited it keeps it."""
        os.close(self.descriptor)


def list_gpus() -> list[Gpu]:
    """GPUs that nvidia-smi knows and CUDA_VISIBLE_DEVICES allows, in the order it names them."""
    if shutil.which("nvidia-smi") is None:
        return []
    asked = "index,uuid,name,memory.total,memory.used,utilization.gpu"
    try:
        done = subprocess.run(
            ["nvidia-smi", f"--query-gpu={asked}", "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    found = [] if done.returncode else [_read_gpu(line) for line in done.stdout.splitlines()]
    return choose_visible([gpu for gpu in found if gpu is not None], os.environ.get(VISIBLE))


def torch_uses_gpus() -> bool:
    """True unless the installed torch was built for the CPU alone; told without loading it."""
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return False
    try:
        text = (Path(found.origin).parent / "version.py").read_text(encoding="utf-8")
    except OSError:
        return True
    return re.search(r"^cuda\b[^=]*= None", text, re.MULTILINE) is None


def _read_gpu(line: str) -> Gpu | None:
    """Read a line such as `0, GPU-5d8, NVIDIA H200, 143771, 4, 0`; None for another kind."""
    parts = [part.strip() for part in line.split(",")]
    if len(parts) != 6 or not parts[0].isdigit():
        return None
    total, used, busy = (int(part) if part.isdigit() else 0 for part in parts[3:])
    return Gpu(int(parts[0]), parts[1], parts[2], total, used, busy)


def choose_visible(gpus: list[Gpu], visible: str | None) -> list[Gpu]:
    """Keep the GPUs that a value of CUDA_VISIBLE_DEVICES names; None allows all.

    Names are numbers or the beginning of a uuid; as in CUDA, the first that fits none ends the
    list.
    """
    if visible is None:
        return gpus
    chosen = []
    for name in (part.strip() for part in visible.split(",")):
        fitting = [g for g in gpus if name and (name == str(g.index) or g.uuid.startswith(name))]
        if not fitting:
            break
        chosen.append(fitting[0])
    return chosen


def count_cpu_runs() -> int:
    """How many runs may use the processors at once: `MUSEGNN_RUNS_AT_ONCE`, or one for 8 cores.

    Raises
    ------
    InputError
        If the variable is no whole number from 1 to 64.
    """
    text = os.environ.get(CPU_RUNS, "").strip()
    if not text:
        return max(1, count_cores() // CORES_OF_A_RUN)
    if not text.isdigit() or not 1 <= int(text) <= 64:
        msg = f"Expected {CPU_RUNS} to be a whole number from 1 to 64, found {text!r}."
        raise InputError(msg, "Set it to 1, or leave it out.")
    return int(text)


def count_threads() -> int:
    """Threads of one run on the CPU, so that runs that go on together do not crowd each other."""
    return max(1, min(CORES_OF_A_RUN, count_cores() // count_cpu_runs()))


def claim_cpu(folder: Path, *, is_short: bool = False) -> Claim | None:
    """Take one of the places for runs on the CPU; None when all are taken.

    Parameters
    ----------
    folder
        Folder of the locks.
    is_short
        Take one of as many further places, which are kept for work of minutes.
    """
    lane = "short" if is_short else "cpu"
    for number in range(count_cpu_runs()):
        descriptor = try_lock(folder / f"{lane}-{number}.lock")
        if descriptor is not None:
            return Claim("CPU", "", descriptor)
    return None


def claim_gpu(gpus: list[Gpu]) -> Claim | None:
    """Take a GPU that no other run has; None when all are taken.

    The locks lie in the temporary folder of the machine, for two folders of runs share its GPUs.
    """
    for gpu in gpus:
        descriptor = try_lock(machine_locks() / f"{gpu.uuid}.lock")
        if descriptor is not None:
            return Claim(f"GPU {gpu.index}", gpu.uuid, descriptor)
    return None


def machine_locks() -> Path:
    """Folder of the locks on GPUs: of this user, which nobody else can write.

    Raises
    ------
    InputError
        If somebody else made a folder of that name.
    """
    folder = Path(tempfile.gettempdir()) / f"musegnn-locks-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        msg = f"Expected {folder} to be a folder of yours alone, found another."
        raise InputError(msg, "Remove it, or set TMPDIR to a folder of your own.")
    return folder
