"""Ways to run many independent jobs: processes of this machine, or a Slurm cluster."""

from musegnn.launchers.jobs import Job, Launcher, Outcome
from musegnn.launchers.local import LocalLauncher
from musegnn.launchers.slurm import SlurmLauncher

__all__ = ["Job", "Launcher", "LocalLauncher", "Outcome", "SlurmLauncher"]
