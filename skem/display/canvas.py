"""What all displays share: axes, colours, units, and the names of managers."""

from importlib.util import find_spec
from itertools import cycle, islice

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..checks.scalars import check_unit
from ..deconvolution import DeconvolvedGaussianMixture
from ..numerics.data.compression import bulk

# Okabe and Ito's palette, which people with colour-blind eyes can tell apart, and dark
# colours of Tol's for more groups. Group l has the same colour in every display.
PALETTE = ["#D55E00", "#0072B2", "#009E73", "#E69F00", "#56B4E9", "#CC79A7", "#F0E442"]
PALETTE += ["#332288", "#882255", "#117733", "#999933", "#661100"]

# A name longer than this is cut where it is drawn.
LONGEST = 40

# The size of names and the leeway around other text, in points, and the height of a line of
# names in multiples of their size.
NAME_SIZE, LEADING, LEEWAY = 9, 1.25, 8

DECIMALS = "decimals per period"


def require_matplotlib(caller):
    """Say how to install matplotlib where it is missing, before anything is computed."""
    if find_spec("matplotlib") is None:
        raise ImportError(
            f"{caller} draws with matplotlib, which is not installed. Install it with: "
            "pip install matplotlib"
        )


def open_axes(ax, display, size):
    """The axes `ax` itself, or those of a new figure of `size` in inches."""
    require_matplotlib(f"{type(display).__name__}.plot")
    from matplotlib.axes import Axes

    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.figure(figsize=size, layout="constrained").subplots()
    if not isinstance(ax, Axes):
        raise TypeError(
            f"ax={ax!r} must be a matplotlib Axes, as plt.subplots()[1] is. Pass one, or "
            "None to open a new figure."
        )
    ax.spines[["top", "right"]].set_visible(False)
    display.ax_ = ax
    display.figure_ = ax.get_figure(root=True)
    return ax


def colours(n_groups):
    """A colour for every group, the same in all displays."""
    return list(islice(cycle(PALETTE), n_groups))


def read_unit(unit):
    """What alphas are multiplied by to be drawn, and the name of their unit in a label."""
    factor, name = check_unit(unit, DECIMALS)
    return factor, literal(name)


def literal(text):
    """The caller's words on one line, whose dollars do not start mathematics."""
    return " ".join(str(text).splitlines()).replace("$", r"\$")


def check_vector(name, values, length=None):
    """The values as a float64 array of shape (length,), which is the display's own."""
    values = np.array(values, dtype=np.float64)
    if values.ndim != 1 or (length is not None and values.size != length):
        needed = "(n,)" if length is None else f"({length},)"
        raise ValueError(
            f"{name} has shape {values.shape}, needs {needed}: one number each. Pass a "
            "sequence of that length."
        )
    return values


def check_finite(name, values, length=None, each="fund"):
    """A finite number for `each` of at least one, as a float64 array."""
    values = check_vector(name, values, length)
    if not values.size:
        raise ValueError(
            f"{name} is empty: at least one {each} is needed. Pass a number for each."
        )
    if not np.isfinite(values).all():
        place = int(np.argmin(np.isfinite(values)))
        raise ValueError(
            f"{name}[{place}] is {values[place]}: a finite number is needed to be drawn. "
            f"Leave out every {each} that has none."
        )
    return values


def have_estimates(table):
    """Which funds of the table (N, 2) have an estimate; at least one must."""
    there = ~np.isnan(table).any(axis=1)
    if not there.any():
        raise ValueError(
            f"X has no fund with an estimate: all {there.size} rows hold NaN. Pass "
            "the estimate and standard error of at least one fund."
        )
    return there


def check_names(names, n_managers, X=None):
    """One name per manager: `names`, or those of the rows of X, or their numbers."""
    if names is None:
        index = getattr(X, "index", None)
        names = range(n_managers) if index is None or callable(index) else index
    elif isinstance(names, str | set | frozenset) or not hasattr(names, "__len__"):
        raise TypeError(
            f"names={names!r} must be a sequence of {n_managers} names, one per manager. "
            "Pass a list, or leave it out to number the managers."
        )
    if len(names) != n_managers:
        raise ValueError(
            f"names has length {len(names)}, needs {n_managers}: one name per manager, in "
            "the order of the rows. Leave it out to use the index of a DataFrame."
        )
    return np.array([_in_words(name) for name in names], dtype=object)


def _in_words(name):
    return ", ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def visible(*columns):
    """Ends of an axis that shows the bulk of each column, and a margin."""
    ends = [bulk(values, values.min(), values.max()) for values in columns]
    return widen(min(low for low, _ in ends), max(high for _, high in ends))


def widen(low, high):
    """The ends of an axis with a margin, and apart even if the values are equal."""
    margin = 0.05 * (high - low) or 0.5 * abs(low) or 1.0
    return low - margin, high + margin


def outside(ends, *columns):
    """Which funds have a value beyond the ends of the axis."""
    low, high = ends
    return np.any([(at < low) | (at > high) for at in columns], axis=0)


def describe_unseen(n_outside, n_left_out):
    """How many funds are not to be seen, in words; nothing if all are."""
    counted = {
        "outside this range": n_outside,
        "without an estimate left out": n_left_out,
    }
    return "; ".join(f"{count:,} {what}" for what, count in counted.items() if count)


def name_rows(ax, names, note="", noun="manager"):
    """Name the managers at heights 0, 1, ... from the top, as many as there is room for."""
    ax.set_ylim(names.size - 0.5, -0.5)
    step = int(np.ceil(names.size / max(1, height_of(ax) // (LEADING * NAME_SIZE))))
    shown = np.arange(0, names.size, step)
    ax.set_yticks(shown, [literal(shorten(name)) for name in names[shown]])
    ax.tick_params(axis="y", length=3 if step > 1 else 0, labelsize=NAME_SIZE)
    every = f"every {ordinal(step)} of {names.size:,} named" if step > 1 else ""
    remarks = "; ".join(filter(None, [every, note]))
    ax.set_ylabel(f"{noun} ({remarks})" if remarks else noun)


def height_of(ax):
    """The height of the axes in points, where a layout engine will have put them."""
    figure = ax.get_figure(root=True)
    if (engine := figure.get_layout_engine()) is not None:
        engine.execute(figure)
    return 72 * ax.get_window_extent().height / figure.dpi


def shorten(name):
    """The name, without its middle if it is too long to leave room for the picture."""
    if len(name) <= LONGEST:
        return name
    kept = LONGEST - 1
    return f"{name[: kept - kept // 3].rstrip()}…{name[-(kept // 3) :].lstrip()}"


def ordinal(number):
    """1st, 2nd, 3rd, 4th, ..."""
    last = 0 if 10 < number % 100 < 20 else number % 10
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th') }"


def size_for(names):
    """Inches for a picture with a line per name, within what fits a page."""
    longest = max(len(shorten(name)) for name in names)
    return 5.4 + 0.065 * longest, float(np.clip(1.2 + 0.165 * len(names), 2.4, 8.5))


def legend_above(ax, n_entries):
    """A legend above the axes, where it covers nothing."""
    ax.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=min(n_entries, 5),
        columnspacing=1.2,
        handlelength=1.2,
        frameon=False,
        borderaxespad=0.2,
    )


def legend_over(ax):
    """A legend at the top of the axes, whose upper end is raised to make room for it."""
    legend = ax.legend(loc="upper left", frameon=False, fontsize="small")
    height = height_of(ax)
    taken = 72 * legend.get_window_extent().height / ax.get_figure(root=True).dpi
    bottom, top = ax.get_ylim()
    ax.set_ylim(bottom, bottom + (top - bottom) / (1 - min((taken + LEEWAY) / height, 0.6)))


def check_estimates_model(estimator):
    """Refuse what does not know the noise of estimates."""
    if not isinstance(estimator, DeconvolvedGaussianMixture):
        raise TypeError(
            f"estimator is a {type(estimator).__name__}, needs a fitted "
            "DeconvolvedGaussianMixture. Give what was computed elsewhere to the "
            "constructor."
        )
    check_is_fitted(estimator)
