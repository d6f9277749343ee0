"""Errors a user can act on: each says what was expected, what was found, what to do."""

from __future__ import annotations


class MuseGNNError(Exception):
    """Base of every error that is shown to a user as one clear sentence.

    Parameters
    ----------
    message
        What was expected and what was found.
    hint
        What to do next; empty when the message already says it.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Message and hint in one line."""
        return f"{self.message} {self.hint}".strip()


class InputError(MuseGNNError):
    """A value, shape, option or gene name that cannot be used."""


class DataFileError(MuseGNNError):
    """A file that is missing, damaged or of another format than expected."""


class GraphError(MuseGNNError):
    """A co-expression graph that cannot be built from these counts."""


class TrainingError(MuseGNNError):
    """Training that cannot start or cannot go on, for example a loss that is not finite."""


class RunError(MuseGNNError):
    """A background run that is not there, or that cannot do now what is asked of it."""


class Stopped(MuseGNNError):  # noqa: N818 - no error: somebody wants it
    """Raised between two steps of long work that was asked to stop."""
