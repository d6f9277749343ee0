"""Threads inside one computation."""

import numba
import pytest
from threadpoolctl import threadpool_info

from musegnn.errors import InputError
from musegnn.graphs.cscore_estimator import cscore
from musegnn.graphs.thread_limit import limited_threads
from tests.toy_counts import gamma_poisson


def threads_now():
    return {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}


def test_limits_hold_inside_and_are_restored_after_an_error():
    with limited_threads(1):  # loads what is limited
        pass
    before, of_numba = threads_now(), numba.get_num_threads()

    def fail():
        with limited_threads(1):
            assert set(threads_now().values()) == {1}
            assert numba.get_num_threads() == 1
            message = "stop"
            raise ValueError(message)

    with pytest.raises(ValueError, match="stop"):
        fail()
    assert threads_now() == before
    assert numba.get_num_threads() == of_numba


def test_none_and_more_threads_than_cores_change_nothing():
    before = numba.get_num_threads()
    with limited_threads(None):
        assert numba.get_num_threads() == before
    with limited_threads(10_000):
        assert numba.get_num_threads() == numba.config.NUMBA_NUM_THREADS
    assert numba.get_num_threads() == before


@pytest.mark.parametrize("threads", [0, -2])
def test_less_than_one_thread_is_refused(threads):
    with pytest.raises(InputError, match="Expected `threads` to be greater than 0"):
        cscore(*gamma_poisson(20, 5, seed=0), threads=threads)
