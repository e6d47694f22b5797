"""Threads that share work, and the order of sums."""

import threading

import pytest

from skem.numerics.sharing import TreeSum, share


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


@pytest.mark.parametrize("n_threads", [1, 2])
def test_after_an_error_no_thread_begins_another_item(n_threads):
    begun = []

    def fail(item):
        begun.append(item)
        raise ZeroDivisionError(item)

    with pytest.raises(ZeroDivisionError):
        share(fail, range(10), n_threads)
    assert len(begun) <= n_threads


@pytest.mark.parametrize("n", [1, 7, 8, 9, 64, 1000])
def test_a_tree_sum_adds_every_value_once_and_in_order(n):
    sums = TreeSum()
    for k in range(n):
        sums.add(f"{k} ")
    assert sums.total() == "".join(map("{} ".format, range(n)))
