"""Seconds, memory and tables."""

import ctypes
import statistics
import time
import tracemalloc
from contextlib import suppress
from pathlib import Path


def median_seconds(function, repeats):
    """The median time of several calls, after one that is not counted."""
    function()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def processor_seconds(functions, rounds=4, calls=5):
    """The least processor time of a call of each function.

    In each round every function is called a few times, so that what slows the machine for
    a while slows them all.
    """
    least = [float("inf") for _ in functions]
    for _ in range(rounds):
        for number, function in enumerate(functions):
            function()  # not counted: memory and caches are what others left
            for _ in range(calls):
                start = time.process_time()
                function()
                least[number] = min(least[number], time.process_time() - start)
    return least


def peak_megabytes(function):
    """The peak memory of Python and NumPy during a call, above that before."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def resident_peak(function):
    """The megabytes that a process holds at the peak of a call, above those before.

    It counts the memory of all libraries. None where the system does not tell.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    with suppress(AttributeError):  # free memory that the C library keeps would hide some
        ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    before = _kilobytes(status, "VmRSS")
    function()
    return (_kilobytes(status, "VmHWM") - before) / 1e3


def _kilobytes(status, name):
    (line,) = (line for line in status.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1])


def print_table(title, header, rows):
    """A table in Markdown."""
    cells = [header, *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    print(f"\n{title}\n", *lines, sep="\n", flush=True)


def seconds(value):
    """A time in milliseconds or seconds."""
    return f"{1e3 * value:.3g} ms" if value < 1 else f"{value:.3g} s"
