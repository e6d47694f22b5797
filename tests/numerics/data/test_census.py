"""One pass that counts the cells of a grid."""

from functools import reduce
from operator import add

import numpy as np
import pytest

from skem.numerics.data import tiles
from skem.numerics.data.census import MAX_EXACT, MOST_FAR, MOST_WINDOWS, take_census
from skem.numerics.data.extent import measure
from skem.numerics.data.grid import Grid

N = 20_000


def normal(rng):
    return rng.normal(size=N)


def mixed(rng, apart, sd):
    return np.where(
        rng.random(N) < 0.3, apart + sd * rng.normal(size=N), rng.normal(size=N)
    )


KINDS = {
    "normal": normal,
    "ascending": lambda rng: np.sort(normal(rng)),
    "ascending with heavy tails": lambda rng: np.sort(rng.standard_t(1.2, N)),
    "heavy tails": lambda rng: rng.standard_t(1.2, N),
    "skewed": lambda rng: np.exp(2.5 * normal(rng)),
    "rounded": lambda rng: np.round(normal(rng), 2),
    "a third are 0": lambda rng: np.where(rng.random(N) < 1 / 3, 0.0, normal(rng)),
    "nearly all are 0": lambda rng: np.where(rng.random(N) < 0.999, 0.0, normal(rng)),
    "a narrow group": lambda rng: mixed(rng, 0.3, 1e-6),
    "a narrow group apart": lambda rng: np.sort(mixed(rng, 0.3, 1e-6)),
    "a far group": lambda rng: mixed(rng, 1e6, 1.0),
    "outliers": lambda rng: np.append(normal(rng)[2:], [1e6, -1e9]),
    "an offset": lambda rng: 1e8 + normal(rng),
    "tiny": lambda rng: 1e-150 * normal(rng),
    "huge": lambda rng: 1e150 * normal(rng),
    "single precision": lambda rng: normal(rng).astype(np.float32),
}


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def alphas(request):
    return request.param(np.random.default_rng(0)).reshape(-1, 100)


def assert_extent_of(census, grid):
    """As found by another pass, to the rounding of sums of 20,000."""
    found, expected = census.extent(), measure(grid)
    assert found.n_cells == expected.n_cells
    assert found.complete == expected.complete
    assert found.mass == pytest.approx(expected.mass, rel=1e-13)
    # As far as its distance from 0 allows.
    slack = 1e-13 * expected.sd + 2e-15 * abs(expected.mean)
    assert abs(found.mean - expected.mean) < slack
    assert found.sd == pytest.approx(expected.sd, rel=1e-11)
    assert found.minimum <= expected.minimum
    assert found.maximum >= expected.maximum


@pytest.mark.parametrize("weighted", [False, True])
def test_a_census_says_the_number_the_mean_and_the_spread(alphas, weighted):
    mass = np.arange(len(alphas)) % 3.0 if weighted else None
    grid = Grid(alphas, mass)
    assert_extent_of(take_census(grid), grid)
    assert grid.n_passes == 2


@pytest.mark.parametrize("n_rows", [7, 60])
def test_parts_add_up_to_the_whole(alphas, n_rows):
    """A block of seven rows is kept value by value, and one of sixty is counted in bins."""
    parts = [
        take_census(Grid(alphas[start : start + n_rows]))
        for start in range(0, len(alphas), n_rows)
    ]
    whole = reduce(add, parts)
    assert_extent_of(whole, Grid(alphas))
    assert len(whole.counts.windows) <= MOST_WINDOWS
    assert whole.counts.values.size <= (MOST_FAR if whole.counts.windows else MAX_EXACT)


def test_bins_stay_narrow_where_blocks_are_of_other_ranges(alphas, monkeypatch):
    """The cells of a bin are within a tenth of the spread of the cells near them."""
    monkeypatch.setattr(tiles, "BLOCK", 5000)
    counts = take_census(Grid(alphas)).counts
    x = np.sort(alphas.ravel().astype(float))
    for window in counts.windows:
        width = 2.0**window.level
        mass = window.sums[0]
        at = np.searchsorted(x, (window.first + np.flatnonzero(mass > 0)) * width)
        near = x[np.minimum(at + N // 20, N - 1)] - x[np.maximum(at - N // 20, 0)]
        crowded = mass[mass > 0] > 1
        assert np.all(width <= near[crowded] / 10)


def test_a_few_missing_cells_are_left_out(alphas, monkeypatch):
    """So few that no sample need have one."""
    monkeypatch.setattr("skem.numerics.data.extent.SAMPLE", 2**9)
    alphas = alphas.copy()
    alphas[3, 4] = alphas[50, 7] = np.nan
    grid = Grid(alphas)
    assert_extent_of(take_census(grid), grid)


def test_a_frequent_value_is_kept_as_one():
    rng = np.random.default_rng(0)
    alphas = np.where(rng.random((200, 100)) < 0.3, 0.25, rng.normal(size=(200, 100)))
    counts = take_census(Grid(alphas)).counts
    assert counts.masses[counts.values == 0.25] == np.count_nonzero(alphas == 0.25)
    assert len(counts.windows) == 1


def test_missing_and_infinite_cells_are_told_apart():
    alphas = np.random.default_rng(0).normal(size=(200, 100))
    assert take_census(Grid(alphas)).complete
    alphas[3, 4] = np.nan
    census = take_census(Grid(alphas))
    assert census.finite
    assert not census.complete
    assert census.n_cells == alphas.size - 1
    alphas[5, 6] = -np.inf
    assert not take_census(Grid(alphas)).finite
    assert take_census(Grid(alphas)).extent().minimum == -np.inf


@pytest.mark.parametrize("shape", [(4, 5), (500, 100)])
def test_no_cell_or_only_infinite_ones(shape):
    nothing = take_census(Grid(np.full(shape, np.nan)))
    assert nothing.n_cells == nothing.extent().n_cells == 0
    assert not take_census(Grid(np.full(shape, np.inf))).finite


def test_few_cells_are_kept_value_by_value():
    alphas = np.random.default_rng(0).normal(size=(200, 100))
    alphas[MAX_EXACT // 100 :] = np.nan
    counts = take_census(Grid(alphas)).counts
    assert not counts.windows
    np.testing.assert_array_equal(
        np.sort(counts.values), np.unique(alphas[~np.isnan(alphas)])
    )


def test_the_census_has_the_same_bits_on_any_number_of_threads(alphas, monkeypatch):
    monkeypatch.setattr(tiles, "BLOCK", 3000)
    one, three = (take_census(Grid(alphas, n_threads=n)).counts for n in (1, 3))
    np.testing.assert_array_equal(one.values, three.values)
    for window, other in zip(one.windows, three.windows, strict=True):
        assert (window.level, window.first) == (other.level, other.first)
        np.testing.assert_array_equal(window.sums, other.sums)
