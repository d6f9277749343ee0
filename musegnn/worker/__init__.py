"""Trainings as processes: graphs in, a complete run folder out."""
