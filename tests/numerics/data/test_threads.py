"""Threads that share work, and the order of sums."""

import threading
import time

import pytest

from skem.numerics.data.threads import Pool, TreeSum, pool, share


def test_threads_share_the_items_and_values_keep_their_order():
    names, collected = set(), []
    gate = threading.Barrier(2, timeout=60)

    def meet(item):
        names.add(threading.current_thread().name)
        gate.wait()  # nobody leaves before two have come
        return item

    share(meet, range(4), 2, collected.append)
    assert collected == [0, 1, 2, 3]
    assert len(names) == 2


def test_after_an_error_no_thread_begins_another_item():
    begun, failed = [], threading.Event()

    def fail_at_first(item):
        begun.append(item)
        if item == 0:
            failed.set()
            raise ZeroDivisionError(item)
        failed.wait(timeout=60)
        time.sleep(0.2)  # until the error has been dealt with

    with pytest.raises(ZeroDivisionError):
        share(fail_at_first, range(10), 2)
    assert len(begun) <= 2


def test_an_error_in_another_thread_is_raised_here():
    here = threading.current_thread()
    gate = threading.Barrier(2, timeout=60)

    def fail_elsewhere(item):
        gate.wait()
        if threading.current_thread() is not here:
            raise ZeroDivisionError(item)

    with pytest.raises(ZeroDivisionError):
        share(fail_elsewhere, range(2), 2)


def test_a_call_does_not_wait_for_helpers_that_are_busy_elsewhere():
    release = threading.Event()
    busy = pool.submit(lambda: release.wait(60), 1)[0]
    try:
        share(lambda item: None, range(3), 2)
        assert not busy.done()
    finally:
        release.set()


def test_there_are_no_more_threads_than_items():
    names = set()

    def slowly(item):
        names.add(threading.current_thread().name)
        time.sleep(0.01)  # so that any other thread would have its turn

    share(slowly, iter(range(3)), 10**9)
    assert len(names) <= 3


def test_one_item_is_done_in_the_calling_thread():
    before = threading.active_count()
    share(lambda item: None, ["the only one"], 10**9)
    assert threading.active_count() == before


def test_no_items_are_no_work():
    share(lambda item: 1 / 0, [], 4)


def test_a_pool_has_as_many_threads_as_were_ever_needed():
    before, own = threading.active_count(), Pool()
    for n in (1, 2, 5, 3, 5):
        gate = threading.Barrier(n + 1, timeout=60)  # all n are at work at once
        futures = own.submit(gate.wait, n)
        gate.wait()
        for future in futures:
            future.result()
    deadline = time.monotonic() + 60
    while threading.active_count() > before + 5 and time.monotonic() < deadline:
        time.sleep(0.01)  # threads that were given up end
    assert threading.active_count() == before + 5


def test_a_pool_that_grows_finishes_what_it_was_given():
    release, own = threading.Event(), Pool()
    waiting = [own.submit(lambda: release.wait(60), 1)[0] for _ in range(3)]
    own.submit(lambda: None, 2)
    release.set()
    for future in waiting:
        future.result(timeout=60)


@pytest.mark.parametrize("n", [1, 7, 8, 9, 64, 1000])
def test_a_tree_sum_adds_every_value_once_and_in_order(n):
    sums = TreeSum()
    for k in range(n):
        sums.add(f"{k} ")
    assert sums.total() == "".join(map("{} ".format, range(n)))
