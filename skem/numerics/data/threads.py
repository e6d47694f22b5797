"""Threads that share the work, and sums with the same bits for any number of them."""

import operator
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import chain, islice
from typing import Any

# The number of neighbouring sums that are added up together.
FAN_IN = 8


class TreeSum:
    """Sum of a sequence of values: of FAN_IN neighbours, then of such sums.

    It holds one sum for each level of the tree.
    """

    def __init__(self) -> None:
        self._sums: list[Any] = []
        self._counts: list[int] = []

    def add(self, value: Any, level: int = 0) -> None:
        """Add the next value."""
        if level == len(self._sums):
            self._sums.append(None)
            self._counts.append(0)
        if self._counts[level]:
            value = operator.iadd(self._sums[level], value)
        self._sums[level] = value
        self._counts[level] += 1
        if self._counts[level] == FAN_IN:
            self._counts[level] = 0
            self.add(value, level + 1)

    def total(self) -> Any:
        """The sum of all values; there must be at least one."""
        rest = None
        for value, count in zip(self._sums, self._counts, strict=True):
            if count:
                rest = value if rest is None else operator.iadd(value, rest)
        return rest


def share(
    function: Callable[[Any], Any],
    items: Iterable[Any],
    n_threads: int,
    collect: Callable[[Any], Any] | None = None,
) -> None:
    """Call `function` on every item, and `collect` on its values in the items' order.

    The calling thread and n_threads - 1 others, but no more than there are items, each take
    the next item in turn. After an error no thread begins another item.
    """
    items = iter(items)
    first = list(islice(items, n_threads))
    left, n_collected = enumerate(chain(first, items)), 0
    values: dict[int, Any] = {}
    taking, collecting = threading.Lock(), threading.Lock()

    def take() -> tuple[int, Any] | None:
        with taking:
            return next(left, None)

    def deliver(number: int, value: Any, collect: Callable[[Any], Any]) -> None:
        nonlocal n_collected
        with collecting:
            values[number] = value
            while n_collected in values:
                collect(values.pop(n_collected))
                n_collected += 1

    def work() -> None:
        try:
            while (taken := take()) is not None:
                value = function(taken[1])
                if collect:
                    deliver(taken[0], value, collect)
        except BaseException:
            with taking:
                deque(left, maxlen=0)
            raise

    others = pool.submit(work, len(first) - 1)
    try:
        work()
    finally:  # threads that have not begun by now have nothing to do
        begun = [other for other in others if not other.cancel()]
        wait(begun)
    for other in begun:
        other.result()


class Pool:
    """Threads that are kept, so that they keep their scratch: the most that were needed."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin without threads, as a forked process must, which has none."""
        self._growing = threading.Lock()
        self._size = 0
        self._threads: ThreadPoolExecutor | None = None

    def submit(self, work: Callable[[], None], n: int) -> list[Future[None]]:
        """Futures of n calls of `work`. There is a thread for each of them."""
        if n < 1:
            return []
        with self._growing:  # no other call may submit to threads that are given up
            if self._threads is None or self._size < n:
                if self._threads is not None:
                    self._threads.shutdown(wait=False)  # when they have done their work
                self._size = n
                self._threads = ThreadPoolExecutor(n, thread_name_prefix="skem")
            return [self._threads.submit(work) for _ in range(n)]


pool = Pool()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=pool.forget)
