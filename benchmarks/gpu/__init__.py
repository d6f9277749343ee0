"""What trainings take on a GPU; see `benchmarks.gpu.__main__`."""
