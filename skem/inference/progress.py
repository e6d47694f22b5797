"""Progress of a long computation: a bar, a counter, or the caller's function."""

import sys
from contextlib import contextmanager


@contextmanager
def reporting(progress, what, total):
    """Yield the function to call with the number of steps done and of all, or None.

    `progress` is such a function, True, False or None. True draws a tqdm bar if tqdm is
    installed, and a counter on stderr otherwise. `what` names the `total` steps.
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
    """Count on one line of stderr, which every number overwrites."""

    def report(done, total):
        print(f"\r{what}: {done} of {total}", end="", file=sys.stderr, flush=True)

    report(0, total)
    try:
        yield report
    finally:
        print(file=sys.stderr)
