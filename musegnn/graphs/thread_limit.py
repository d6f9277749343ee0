"""How many threads numeric libraries may use inside one computation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from musegnn.validation import check_positive


@contextmanager
def limited_threads(threads: int | None) -> Iterator[None]:
    """Limit BLAS, OpenMP and numba inside the block, and restore their limits after it.

    Parameters
    ----------
    threads
        At least 1; None leaves everything as it is. More than there are changes nothing.

    Raises
    ------
    InputError
        If `threads` is not positive.

    Notes
    -----
    The limit of BLAS holds for the whole process while the block runs, that of numba for this
    thread.
    """
    if threads is None:
        yield
        return
    check_positive(threads, name="threads")
    import numba  # noqa: PLC0415 - loads slowly
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    before = numba.get_num_threads()
    most = int(vars(numba.config)["NUMBA_NUM_THREADS"])
    numba.set_num_threads(min(threads, most))
    try:
        with threadpool_limits(limits=threads):
            yield
    finally:
        numba.set_num_threads(before)
