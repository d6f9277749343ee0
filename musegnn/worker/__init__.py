"""Trainings as processes: graphs in, a complete run folder out."""

from musegnn.worker.background import perform
from musegnn.worker.training_run import run_training

__all__ = ["perform", "run_training"]
