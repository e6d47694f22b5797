"""Groups found from intervals are those of the highest log densities, to the last bit."""

import numpy as np
import pytest

from skem.numerics.model.mixture import Mixture, log_joint
from skem.numerics.posterior.odds import Standard
from skem.numerics.posterior.regions import MISSING, UNSURE, groups_of, regions_of


@pytest.fixture(params=[np.float64, np.float32], ids=lambda dtype: dtype.__name__)
def dtype(request):
    return request.param


def likeliest(known, cells):
    """What is asked for: no intervals, no threshold."""
    with np.errstate(over="ignore"):
        return log_joint(known.read(cells), known.mixture).argmax(axis=0)


def ulps_around(cells, n=30):
    """The cells, and the n numbers of their precision on both sides of each."""
    below, above, around = cells, cells, [cells]
    with np.errstate(all="ignore"):  # of the largest number, and of the smallest
        for _ in range(n):
            below = np.nextafter(below, cells.dtype.type(-np.inf))
            above = np.nextafter(above, cells.dtype.type(np.inf))
            around += [below, above]
    return np.concatenate(around)


def crossings(known, dtype):
    """Cells where the likeliest group changes, found by bisection of its number."""
    sds = np.sqrt(known.mixture.variances)
    reaches = known.mixture.means + sds * np.linspace(-8, 8, 2001)[:, None]
    cells = np.unique(in_precision(known.scale * reaches, dtype))[None]
    changes = np.flatnonzero(np.diff(likeliest(known, cells)))
    low, high = cells[0, changes], cells[0, changes + 1]
    first = likeliest(known, low[None])
    for _ in range(1100):  # from 1e150 down to the spacing of doubles
        middle = low + (high - low) / 2
        if np.all((middle == low) | (middle == high)):
            break
        same = likeliest(known, middle[None]) == first
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return low


def in_precision(cells, dtype):
    """Those of the cells that another precision holds."""
    with np.errstate(over="ignore", under="ignore"):
        cells = cells.astype(dtype)
    return cells[np.isfinite(cells)]


def assert_likeliest(known, cells):
    cells = np.append(cells[np.isfinite(cells)], cells.dtype.type(0))[None]
    found = groups_of(regions_of(known, cells.dtype), known, cells)
    np.testing.assert_array_equal(found[0], likeliest(known, cells))


def around(cells):
    """From the next numbers, which rounding may misplace, to where no doubt is left."""
    relative = 10.0 ** np.arange(-16, -4)
    near = cells * (1 + np.append(-relative, relative)[:, None])
    return np.append(ulps_around(cells), in_precision(near.ravel(), cells.dtype))


@pytest.mark.filterwarnings("error")
def test_cells_at_and_beside_a_threshold_have_their_likeliest_group(known, dtype):
    assert_likeliest(known, around(crossings(known, dtype)))


@pytest.mark.filterwarnings("error")
def test_the_ends_of_regions_belong_where_the_log_densities_say(known, dtype):
    starts = regions_of(known, dtype).starts
    assert_likeliest(known, around(starts[np.isfinite(starts)]))


@pytest.mark.filterwarnings("error")
def test_cells_everywhere_have_their_likeliest_group(known, dtype):
    rng = np.random.default_rng(0)
    at = rng.integers(known.mixture.weights.size, size=5000)
    sds = np.sqrt(known.mixture.variances[at])
    drawn = known.mixture.means[at] + sds * rng.normal(size=5000) * 3
    far = known.scale * np.array([1e3, 1e10, 1e100])
    cells = np.concatenate([known.scale * drawn, far, -far, [0.0]])
    assert_likeliest(known, in_precision(cells, dtype))


@pytest.mark.filterwarnings("error")
def test_the_ends_of_regions_of_random_groups_are_right_too(dtype):
    rng = np.random.default_rng(0)
    for _ in range(300):
        size = rng.integers(2, 6)
        means = rng.normal(size=size) * rng.choice([1e-8, 1, 1, 1e4])
        sds = 10.0 ** (rng.normal(size=size) * rng.choice([0, 0, 1e-8, 0.3, 1, 6]))
        known = Standard.of(Mixture(rng.dirichlet(np.ones(size)), means, sds**2))
        starts = regions_of(known, dtype).starts
        assert_likeliest(known, around(starts[np.isfinite(starts)]))


def test_a_tie_goes_to_the_first_group(mixtures):
    known = Standard.of(mixtures["mirrored, with ties at 0"])
    regions = regions_of(known, np.float64)
    np.testing.assert_array_equal(
        groups_of(regions, known, np.array([[-5e-324, 0.0, 5e-324]])), [[0, 0, 0]]
    )


def test_equal_groups_are_one(mixtures):
    known = Standard.of(mixtures["equal"])
    np.testing.assert_array_equal(regions_of(known, np.float64).starts, [-np.inf])


def test_a_missing_cell_is_in_no_group(known, dtype):
    cells = np.array([[np.nan, 0.0, np.nan]], dtype)
    found = groups_of(regions_of(known, dtype), known, cells)
    np.testing.assert_array_equal(found == MISSING, np.isnan(cells))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("two", [0, 1, 0]),
        ("equal variances", [0, 1]),
        ("one inside another", [0, 1, 0]),
        ("one inside another inside another", [0, 1, 2, 1, 0]),
        ("one nowhere the likeliest", [0]),
        ("one empty", [0, 2, 0]),
    ],
)
def test_each_group_is_the_likeliest_in_its_intervals(mixtures, name, changes):
    regions = regions_of(Standard.of(mixtures[name]), np.float64)
    groups = MISSING + np.cumsum(regions.steps)
    np.testing.assert_array_equal(groups[groups != UNSURE], changes)


def test_hardly_any_cell_is_left_to_its_log_densities(mixtures):
    known = Standard.of(mixtures["six"])
    regions = regions_of(known, np.float64)
    unsure = np.flatnonzero(MISSING + np.cumsum(regions.steps) == UNSURE)
    widths = regions.starts[unsure + 1] - regions.starts[unsure]
    # The margin is 6e-14 of terms of up to 20 nats, which change by at least 1 a sd.
    assert widths.max() < 1e-11
