"""Axes, colours, units and the names of managers, for all displays."""

from importlib.util import find_spec
from itertools import cycle

import numpy as np

from ..checks.scalars import check_group_names, check_unit
from ..numerics.data.compression import bulk

# Okabe and Ito's palette, which colour-blind people can tell apart, and dark colours of
# Tol's for more groups. Group l has the same colour in every display.
PALETTE = ["#D55E00", "#0072B2", "#009E73", "#E69F00", "#56B4E9", "#CC79A7", "#F0E442"]
PALETTE += ["#332288", "#882255", "#117733", "#999933", "#661100"]

# The length above which a name is shortened.
LONGEST = 40

# The size of names in points, the height of a line of names in multiples of that size, and
# the space around other text in points.
NAME_SIZE, LEADING, LEEWAY = 9, 1.25, 8

# The most rows that are drawn one by one, so that they can be told apart.
ONE_BY_ONE = 60

DECIMALS = "decimals per period"


def require_matplotlib(caller):
    """Raise if matplotlib is not installed; call this before anything is computed."""
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


def looks(labels):
    """The label and the colour of each group, as matplotlib's functions take them."""
    pairs = zip(labels, cycle(PALETTE), strict=False)
    return [{"label": label, "color": colour} for label, colour in pairs]


def read_unit(unit):
    """The factor that drawn alphas are multiplied by, and the name of their unit."""
    factor, name = check_unit(unit, DECIMALS)
    return factor, literal(name)


def literal(text):
    """Text on one line, with dollars escaped so that they do not start mathematics."""
    return " ".join(str(text).splitlines()).replace("$", r"\$")


def label_groups(group_names, n_groups):
    """Names of the groups; None stands for "group 0", "group 1", ..."""
    names = check_group_names(group_names, n_groups)
    if group_names is None:
        return [f"group {name}" for name in names]
    return [literal(shorten(name)) for name in names]


def visible(*columns):
    """Ends of an axis that shows the bulk of each column with a margin."""
    ends = [ends_of_bulk(values) for values in columns]
    return widen(min(low for low, _ in ends), max(high for _, high in ends))


def ends_of_bulk(values):
    """The ends of the bulk of all values."""
    return bulk(values, values.min(), values.max())


def widen(low, high):
    """The ends of an axis with a margin; they differ even if the values are equal."""
    margin = 0.05 * (high - low) or 0.5 * abs(low) or 1.0
    return low - margin, high + margin


def places_of_curves(ends, means, sds, n_places, n_near):
    """Ascending alphas at equal distances between ends, and within five sds of a group."""
    low, high = ends
    near = (means + sds * np.linspace(-5, 5, n_near)[:, None]).ravel()
    near = near[(near > low) & (near < high)]
    return np.union1d(np.linspace(low, high, n_places), near)


def outside(ends, *columns):
    """Which funds have a value beyond the ends of the axis."""
    low, high = ends
    return np.any([(at < low) | (at > high) for at in columns], axis=0)


def describe_unseen(n_outside, n_left_out):
    """How many funds the picture does not show, in words; empty if it shows all."""
    counted = {"outside this range": n_outside, "without an estimate left out": n_left_out}
    return "; ".join(f"{count:,} {what}" for what, count in counted.items() if count)


def describe_top(top, n_rows, rows):
    """How many rows of how many are drawn, in words; empty for all of them."""
    return "" if top == n_rows else f", {top} of {n_rows:,} {rows}"


def name_rows(ax, names, note="", noun="manager"):
    """Name the managers at heights 0, 1, ... from the top; number them if room is short."""
    from matplotlib.ticker import MaxNLocator

    ax.set_ylim(names.size - 0.5, -0.5)
    if names.size * LEADING * NAME_SIZE <= height_of(ax):
        ax.set_yticks(range(names.size), [literal(shorten(name)) for name in names])
        ax.tick_params(axis="y", length=0, labelsize=NAME_SIZE)
        label = noun
    else:
        places = MaxNLocator(6, integer=True).tick_values(1, names.size)
        shown = np.unique(np.append(1, places[(places >= 1) & (places <= names.size)]))
        ax.set_yticks(shown - 1, [f"{place:,.0f}" for place in shown])
        label = f"rank among {names.size:,} {noun}s"
    ax.set_ylabel(f"{label} ({note})" if note else label)


def height_of(ax):
    """The height of the axes in points, after the layout engine has placed them."""
    figure = ax.get_figure(root=True)
    if (engine := figure.get_layout_engine()) is not None:
        engine.execute(figure)
    return 72 * ax.get_window_extent().height / figure.dpi


def shorten(name):
    """The name, without its middle if it is longer than LONGEST."""
    if len(name) <= LONGEST:
        return name
    kept = LONGEST - 1
    return f"{name[: kept - kept // 3].rstrip()}…{name[-(kept // 3) :].lstrip()}"


def size_for(names):
    """The size in inches of a picture with a line per name, at most that of a page."""
    longest = max(len(shorten(name)) for name in names)
    return 5.4 + 0.065 * longest, float(np.clip(1.2 + 0.165 * len(names), 2.4, 8.5))


def legend_above(ax, title, n_columns=5):
    """Draw a legend above the axes, where it covers nothing, and the title above it."""
    n_entries = len(ax.get_legend_handles_labels()[1])
    legend = ax.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=min(n_entries, n_columns),
        columnspacing=1.2,
        handlelength=1.2,
        frameon=False,
        borderaxespad=0.2,
        fontsize="small",
    )
    height = 72 * legend.get_window_extent().height / ax.get_figure(root=True).dpi
    ax.set_title(title, pad=height + LEEWAY)
