"""The bins of a histogram of cells, and the height of its axis."""

import numpy as np

from ..checks.grid import check_observed
from ..numerics.data.compression import bulk, spacing
from ..numerics.data.extent import measure
from ..numerics.data.histogram import histogram
from ..numerics.model.mixture import moments

# The maximum number of automatic bins; rounded cells may need more.
MOST = 150

# The largest distance of a value from a multiple of the rounding step, in steps.
OFF = 0.01

# The end of the axis of densities, in multiples of the density at the median cell and of
# the highest bar. A higher curve is a sliver, and would flatten the rest.
MEDIANS, BARS = 4.0, 1.5


def count_cells(grid, mixture, bins):
    """Edges (B + 1,) of bins where the bulk of the cells is, and their Histogram.

    If `bins` is None, there are enough bins to show the mixture's narrowest group.
    """
    extent = measure(grid)
    check_observed(extent.n_cells, grid.alphas)
    low, high = bulk(extent.sample.values, extent.minimum, extent.maximum)
    if not low < high:  # a single value
        reach = moments(mixture)[1]
        low, high = low - reach, high + reach
    margin = 0.05 * (high - low)
    low, high = low - margin, high + margin
    if bins is None:
        bins = _enough(mixture, extent.n_cells, high - low)
        low, high, bins = _fit_rounding(extent.sample.values, low, high, bins)
    return np.linspace(low, high, bins + 1), histogram(grid, low, high, bins)


def _enough(mixture, n_cells, width):
    """The number of bins by the rule of Scott (1979) for the group with the most bins.

    It is at least twice the cube root of the number of cells.
    """
    sds, cells = np.sqrt(mixture.variances), np.maximum(mixture.weights * n_cells, 1)
    narrowest = np.min(3.49 * sds * cells ** (-1 / 3))
    return int(np.clip(np.ceil(width / narrowest), min(2 * np.cbrt(n_cells), MOST), MOST))


def _fit_rounding(sample, low, high, bins):
    """Ends and number of bins that each contain the same number of rounded values.

    Otherwise some bins would contain one value and others two, which makes a comb. Cells
    that are not rounded keep their bins.
    """
    values = np.unique(sample[(low <= sample) & (sample <= high)])
    unit = (high - low) * spacing((values - low) / (high - low))
    if not unit:
        return low, high, bins
    unit = np.ptp(values) / np.rint(np.ptp(values) / unit)  # more precise than one gap
    at = (values - values[0]) / unit
    if np.any(np.abs(at - np.rint(at)) > OFF):
        return low, high, bins
    width = unit * max(1, np.rint((high - low) / bins / unit))
    low = values[0] + unit * (np.floor((low - values[0]) / unit + 0.5) - 0.5)
    bins = int(np.ceil((high - low) / width))
    return low, low + width * bins, bins


def tallest(bars, masses, total, most=BARS):
    """The greatest density to show, at most `most` bars high, which cuts off slivers."""
    if not masses.any():
        return total.max()
    ascending = np.argsort(bars)
    above = np.cumsum(masses[ascending])
    median = bars[ascending[np.searchsorted(above, above[-1] / 2)]]
    highest = max(bars.max(), total.max())
    return min(highest, most * bars.max(), most / BARS * MEDIANS * median)
