"""Computations on an accelerator; its modules load torch, so import them late."""
