"""Progress of a long computation: a bar, a counter, or a function of the caller's."""

import sys
from contextlib import contextmanager


@contextmanager
def reporting(progress, what, total):
    """Give the function to call with the number of steps done and of all, or None.

    `progress` is such a function, True, False or None. True draws a bar with tqdm where it
    is installed, and writes a counter on stderr elsewhere. `what` names the `total` steps.
    """
    if callable(progress):
        yield progress
    elif not progress:
        yield None
    else:
        with _display(what, total) as report:
            yield report


def _display(what, total):
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return _counter(what, total)
    return _bar(tqdm, what, total)


@contextmanager
def _bar(tqdm, what, total):
    with tqdm(desc=what, total=total) as bar:
        yield lambda done, total: bar.update(done - bar.n)


@contextmanager
def _counter(what, total):
    """Count on a line of stderr, each number over the last one."""

    def report(done, total):
        print(f"\r{what}: {done} of {total}", end="", file=sys.stderr, flush=True)

    report(0, total)
    try:
        yield report
    finally:
        print(file=sys.stderr)
