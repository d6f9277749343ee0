"""A Slurm cluster of one node on this machine, for tests."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

COMMANDS = ("slurmctld", "slurmd", "munged", "sbatch", "srun", "squeue", "scontrol", "scancel")
SBIN = "/usr/sbin:/sbin"
CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={socket}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SchedulerParameters=sched_interval=1,bf_interval=1
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def find_obstacle() -> str:
    """Say why no cluster can be started here; "" when it can."""
    path = f"{os.environ.get('PATH', '')}:{SBIN}"
    missing = [name for name in COMMANDS if shutil.which(name, path=path) is None]
    if missing:
        return f"needs Slurm (packages slurm-wlm and munge), found no {', '.join(missing)}"
    if os.geteuid() != 0:
        return "needs to be root to start a Slurm cluster"
    try:
        pwd.getpwnam("munge")
    except KeyError:
        return "needs the user munge, which the package munge makes"
    return ""


@contextmanager
def run_cluster() -> Iterator[Path]:
    """Start a cluster, yield its configuration file, stop it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slurm-")))
        folder.chmod(0o755)  # the user munge must get to its part
        for name in ("state", "spool", "munge"):
            (folder / name).mkdir(mode=0o755)
        socket_path = start_munge(folder / "munge", stack)
        configuration = folder / "slurm.conf"
        configuration.write_text(
            CONFIGURATION.format(
                folder=folder,
                host=socket.gethostname().partition(".")[0],
                socket=socket_path,
                controller_port=find_port(),
                node_port=find_port(),
            )
        )
        environment = {
            **os.environ,
            "SLURM_CONF": str(configuration),
            "PATH": f"{os.environ['PATH']}:{SBIN}",
        }
        for program in ("slurmctld", "slurmd"):
            process = subprocess.Popen(
                [program, "-D"],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(stop, process)
        wait_for(lambda: is_idle(environment), f"the node; see {folder}", seconds=30)
        yield configuration


def start_munge(folder: Path, stack: ExitStack) -> Path:
    """Start the daemon that vouches for users."""
    key = folder / "munge.key"
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o400)
    for path in (folder, key):
        shutil.chown(path, "munge", "munge")
    socket_path = folder / "socket"
    process = subprocess.Popen(
        [
            *("munged", "--foreground", f"--socket={socket_path}", f"--key-file={key}"),
            *(f"--pid-file={folder}/pid", f"--seed-file={folder}/seed"),
            *(f"--log-file={folder}/log", "--num-threads=2"),
        ],
        user="munge",
        group="munge",
        extra_groups=[],
        env={"PATH": f"{os.environ['PATH']}:{SBIN}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack.callback(stop, process)
    wait_for(socket_path.exists, "munged", seconds=10)
    return socket_path


def is_idle(environment: dict[str, str]) -> bool:
    """True when the node waits for jobs."""
    done = subprocess.run(
        ["sinfo", "--noheader", "--format=%T"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() == "idle"


def wait_for(condition, what: str, *, seconds: float) -> None:
    """Wait until a condition holds, or fail."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.1)


def find_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stop(process: subprocess.Popen) -> None:
    """End a daemon."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def slurm_configuration() -> Iterator[Path]:
    """Configuration of a running cluster; skipped, with the reason, where none can be started."""
    obstacle = find_obstacle()
    if obstacle:
        pytest.skip(obstacle)
    with run_cluster() as configuration:
        yield configuration


@pytest.fixture
def slurm(slurm_configuration: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let commands of Slurm in a test reach the cluster."""
    monkeypatch.setenv("SLURM_CONF", str(slurm_configuration))
    # jobs find the product as the tests do
    root = str(Path(__file__).parents[1])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]))
    return slurm_configuration
