"""Bins whose edges no rounding crosses, and the gap between values that ties show."""

import numpy as np
import pytest
from scipy.stats import norm

from skem.inference.grouping import rounding_of
from skem.numerics.bootstrap.grouping import N_TICKS, Ruler
from skem.numerics.bootstrap.likelihood_ratio import BINS
from skem.numerics.bootstrap.replicates import bins_for, count
from skem.numerics.bootstrap.ties import ALIKE, OWN, Heap, find_rounding
from skem.numerics.data.tiles import BLOCK
from skem.numerics.model.mixture import Mixture

ONE = Mixture(np.ones(1), np.zeros(1), np.ones(1))
RULER = Ruler(-5.5, 5.5)


def normal(n, seed=0):
    return np.random.default_rng(seed).normal(size=n)


def to_step(z, step):
    return step * np.round(z / step)


def to_digits(z, n_digits):
    return np.array([float(f"{value:.{n_digits}g}") for value in z])


def to_steps_in_turn(z, *steps):
    z = z.copy()
    for first, step in enumerate(steps):
        if step:
            z[first :: len(steps)] = to_step(z[first :: len(steps)], step)
    return z


def found(z):
    """What `find_rounding` makes of cells."""
    return find_rounding(RULER, RULER.read(z), z)


def bins_of(cells, z, rounding):
    """Bins for one group, and how many of the cells z, in the units of X, each holds."""
    bins = bins_for(ONE, **BINS, rounding=rounding)
    index = bins.place((z - cells.centre) / cells.scale)
    return bins, np.bincount(index, minlength=bins.values.size)


ROUNDINGS = {
    "to .1": lambda z: to_step(z, 0.1),
    "to .5": lambda z: to_step(z, 0.5),
    "to .013": lambda z: to_step(z, 0.013),
    "to .5 and .1": lambda z: to_steps_in_turn(z, 0.5, 0.1),
    "to .6, .2 and .04": lambda z: to_steps_in_turn(z, 0.6, 0.2, 0.04),
}


@pytest.mark.parametrize("spoil", ROUNDINGS.values(), ids=ROUNDINGS)
def test_rounding_moves_no_cell_to_another_bin(cells_of, spoil):
    z = 0.3 + normal(4000)
    cells = cells_of(spoil(z)[:, None])
    rounding = rounding_of(cells, "independent", None)
    bins, before = bins_of(cells, z, rounding)
    inside = np.abs(bins.values) < 2  # where all values occur
    assert inside.sum() > 5
    np.testing.assert_array_equal(count(cells, bins)[inside], before[inside])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda z: to_steps_in_turn(z, 0.25, 0.1),
        lambda z: to_steps_in_turn(z, 0.2, 0.5),
        lambda z: to_steps_in_turn(z, 0.5, 0.01),
        lambda z: to_digits(z, 2),
    ],
    ids=["to .25 and .1", "to .2 and .5", "to .5 and .01", "to 2 digits"],
)
def test_cells_at_edges_that_are_no_middles_are_shared_fairly(cells_of, spoil):
    z = 0.3 + normal(40_000)
    cells = cells_of(spoil(z)[:, None])
    bins, before = bins_of(cells, z, rounding_of(cells, "independent", None))
    inside = np.abs(bins.values) < 2
    assert inside.sum() > 5
    # Of the cells of a bin half at most were rounded to the finer step. These are a coin
    # toss each at most, of variance 1/4.
    noise = np.sqrt(before[inside] / 8)
    assert np.all(np.abs(count(cells, bins) - before)[inside] < 5 * noise)


def test_without_the_middles_rounding_moves_cells(cells_of):
    """The test above fails if edges are where they were."""
    z = 0.3 + normal(4000)
    cells = cells_of(to_step(z, 0.1)[:, None])
    bins, before = bins_of(cells, z, None)
    assert np.abs(count(cells, bins) - before).sum() > 1000


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("n", "step"), [(300, 0.02), (300, 0.1), (1000, 0.5), (25_500, 0.05), (25_500, 0.003)]
)
def test_the_gap_is_the_step_however_few_cells_share_a_value(n, step, seed):
    assert found(to_step(normal(n, seed), step)).gap == pytest.approx(step, rel=1e-9)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("steps", [(0.5, 0.01), (0.4, 0.001), (0, 0.4), (0.5, *[0.01] * 9)])
def test_of_two_roundings_the_gap_is_the_coarser_step(steps, seed):
    z = to_steps_in_turn(normal(2000, seed), *steps)
    # Cells that are not rounded may stand for their tick.
    assert found(z).gap == pytest.approx(max(steps), abs=RULER.tick)


@pytest.mark.parametrize("high", np.linspace(5.5, 5.7, 7))
def test_the_gap_is_the_same_wherever_the_ticks_lie(high):
    """A step that is no whole number of ticks is one of them or the next."""
    z = to_steps_in_turn(normal(2000), 0.5, 0.01)
    ruler = Ruler(-5.5, high)
    rounding = find_rounding(ruler, ruler.read(z), z)
    assert rounding.gap == pytest.approx(0.5, rel=1e-9)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("mean", "sd", "coarse"), [(0, 1, 0.1), (1.6, 1, 0.1), (3.3, 1, 0.1), (1, 0.3, 0.1)]
)
def test_significant_digits_have_the_gap_of_their_coarser_side(mean, sd, coarse, seed):
    """Where the step changes there are finer values that have no neighbour a gap above."""
    z = (to_digits(mean + sd * normal(5000, seed), 2) - mean) / sd
    assert found(z).gap == pytest.approx(coarse / sd, abs=RULER.tick)


def test_edges_keep_to_the_coarser_values_where_a_finer_one_is_the_most_frequent():
    z = to_digits(0.35 + 0.28 * normal(5000), 2)
    z[:20] = 0.35  # halfway between multiples of .1
    rounding = find_rounding(Ruler(-1.0, 2.0), Ruler(-1.0, 2.0).read(z), z)
    edges, _ = rounding.edges(-1.0, 1.4, 0.09)
    assert edges[edges > 1.01] == pytest.approx([1.05, 1.15, 1.25, 1.35, 1.45])


def test_winsorised_values_of_rounded_cells_are_a_heap():
    z = to_step(normal(1000), 0.1)
    z = np.clip(z, *np.quantile(z, [0.1, 0.9]))
    assert isinstance(found(z), Heap)


def test_a_tail_that_is_rounded_more_coarsely_sets_the_gap():
    z = normal(5000)
    z = np.where(np.abs(z) > 1.5, to_step(z, 0.1), to_step(z, 0.01))
    assert found(z).gap == pytest.approx(0.1, rel=1e-9)


@pytest.mark.parametrize(("n", "seed"), [(150, 5), (1000, 0), (25_500, 0), (300_000, 0)])
def test_cells_that_differ_are_not_rounded(n, seed):
    """However many are at one tick, and however far apart the nearest ones."""
    assert found(normal(n, seed)) is None


@pytest.mark.parametrize("sd", [1e-3, 1e-6])
def test_cells_of_a_narrow_group_are_no_ties(sd):
    z = normal(500)
    z[:200] *= sd
    assert found(z) is None


@pytest.mark.parametrize("others", [lambda z: z, lambda z: to_step(z, 0.01)])
def test_a_dozen_ties_that_no_neighbour_explains_are_a_heap(others):
    z = others(normal(500))
    z[:7] = 0.3
    assert not isinstance(found(z), Heap)
    z[:30] = 0.3
    heap = found(z)
    assert heap.value == pytest.approx(0.3, abs=1e-12)
    assert heap.height >= 30


def test_eleven_ties_are_none():
    z = normal(500)
    z[:11] = 0.3
    assert found(z) is None
    z[11] = 0.3
    assert found(z) == Heap(pytest.approx(0.3), 12)  # the mean of equal cells


@pytest.mark.parametrize("distance", [0.1, 0.4, 1.0])
def test_two_heaps_do_not_explain_each_other(distance):
    z = normal(500)
    z[:30], z[30:60] = 0.0, distance
    assert isinstance(found(z), Heap)


def test_heaps_as_high_as_their_neighbours_are_what_they_look_like():
    """Forty zeros among values of as many are a group, for all that ties can say."""
    z = to_step(normal(2000), 0.05)
    z[:20] = 0.0
    assert found(z).gap == pytest.approx(0.05, rel=1e-9)


@pytest.mark.parametrize("distance", [500, 1e5, 1e7])
def test_cells_of_groups_far_apart_are_no_ties(cells_of, distance):
    z = normal(1000)
    z[500:] += distance
    assert rounding_of(cells_of(z[:, None]), "independent", None) is None


@pytest.mark.parametrize("distance", [500, 500.02])
def test_values_of_groups_far_apart_have_the_gap_of_each(cells_of, distance):
    z = to_step(normal(1000), 0.1)
    z[500:] += distance
    cells = cells_of(z[:, None])
    gap = rounding_of(cells, "independent", None).gap * cells.scale
    assert gap == pytest.approx(0.1, rel=1e-6)


def test_groups_as_wide_as_a_step_have_the_pairs_and_the_neighbours_that_are_asked():
    """The bounds that tell rounding from ties, of three groups, the narrowest as wide."""
    weights, means = np.array([0.2, 0.5, 0.3]), np.array([-1.3, 0.0, 2.1])
    sds, step = np.array([0.5, 0.8, 1.5]), 0.5
    spread = np.sqrt(sds**2 + sds[:, None] ** 2)

    def density(x):
        return norm.pdf(np.asarray(x)[..., None], means, sds) @ weights

    def pairs(x):
        return weights @ norm.pdf(x, means - means[:, None], spread) @ weights

    assert (pairs(step) + pairs(-step)) / 2 >= ALIKE * pairs(0)
    x = np.linspace(-9, 9, 999)
    both = density(x - step) + density(x + step)
    assert np.all(density(x) / (density(x) + both) <= OWN)
    one = norm.pdf([0, step], 0, step)  # the bounds are met by one group of that width
    assert one[0] / (one[0] + 2 * one[1]) == pytest.approx(OWN)


def test_edges_are_whole_gaps_apart_and_no_nearer_than_asked(cells_of):
    cells = cells_of(to_step(normal(4000), 0.01)[:, None])
    rounding = rounding_of(cells, "independent", None)
    edges, width = rounding.edges(-2.0, 2.0, 2.5 * rounding.gap)
    assert width == pytest.approx(3 * rounding.gap)
    np.testing.assert_allclose(np.diff(edges), width, rtol=1e-9)
    assert edges[0] <= -2
    assert edges[-1] >= 2
    at = (cells.centre + cells.scale * edges) / 0.01
    np.testing.assert_allclose(at - np.floor(at), 0.5, atol=1e-9)


def test_edges_far_out_are_middles_too(cells_of):
    cells = cells_of(np.append(to_step(normal(4000), 0.1), 40.0)[:, None])
    edges = bins_for(ONE, **BINS, rounding=rounding_of(cells, "independent", None)).edges
    at = (cells.centre + cells.scale * edges) / 0.1
    # The gap is known to 1e-9 of itself, and the farthest edges are 5,000 gaps away.
    np.testing.assert_allclose(at - np.floor(at), 0.5, atol=1e-5)


def test_of_cells_at_one_tick_the_last_one_does_not_stand_for_all():
    z = np.append(to_step(normal(1000), 0.5), 0.2 * RULER.tick)
    one, other = found(z), found(z[::-1])
    # Sums of the same cells in another order.
    assert one.anchor == pytest.approx(other.anchor, abs=1e-12)
    assert one.gap == pytest.approx(other.gap, abs=1e-12)


@pytest.mark.parametrize("steps", [(0, 0.4), (0.25, 0.1), (0.5, 0.01), (0.02,)])
def test_the_order_of_cells_moves_no_edge(cells_of, steps):
    z = to_steps_in_turn(normal(1000), *steps)
    edges = [
        bins_for(
            ONE, **BINS, rounding=rounding_of(cells_of(some), "independent", None)
        ).edges
        for some in (z[:, None], z[::-1, None])
    ]
    # Sums in another order, times the distance of the farthest edges.
    np.testing.assert_allclose(edges[0], edges[1], rtol=1e-11, atol=1e-11)


def test_a_given_resolution_has_edges_at_its_odd_halves(cells_of):
    cells = cells_of((0.01 + 0.003 * normal(500))[:, None])
    rounding = rounding_of(cells, "independent", 0.002)
    bins = bins_for(ONE, **BINS, rounding=rounding)
    edges = (cells.centre + cells.scale * bins.edges[32:-32]) / 0.002
    # To the middle nearest to it of two cells, which are a tenth of the step apart or less.
    near = np.abs(edges - np.floor(edges) - 0.5)
    assert near[np.abs(edges - 5) < 3].max() < 0.1
    assert bins.width == pytest.approx(0.002 / cells.scale)


def test_copies_of_a_draw_of_a_manager_are_no_ties(cells_of):
    copies = np.repeat(normal(100)[:, None], 20, axis=1)
    assert rounding_of(cells_of(copies), "fixed", None) is None
    assert isinstance(found(copies.ravel()), Heap)


def test_more_cells_than_a_block_are_read_as_they_are_in_one(cells_of):
    z = to_step(normal(BLOCK + 5) / 2, 0.25)
    ticks = cells_of(z[:, None]).total(RULER.read)
    assert ticks.counts.sum() == BLOCK + 5
    assert ticks.counts.size == N_TICKS
    assert np.count_nonzero(ticks.counts) == np.unique(z).size


def test_arrays_files_and_dask_have_the_same_edges(cells_of, tmp_path):
    da = pytest.importorskip("dask.array")
    from skem.checks.dask_grid import DaskGrid
    from skem.numerics.data.extent import measure, standard_cells

    alphas = to_steps_in_turn(normal(2000), 0.5, 0.1).reshape(100, 20)
    np.save(tmp_path / "alphas.npy", alphas)
    lazy = DaskGrid(da.from_array(alphas, chunks=(50, 20)))
    mapped = np.load(tmp_path / "alphas.npy", mmap_mode="r")
    cells = [cells_of(alphas), cells_of(mapped), standard_cells(lazy, measure(lazy))]
    edges = [
        bins_for(ONE, **BINS, rounding=rounding_of(one, "independent", None)).edges
        for one in cells
    ]
    np.testing.assert_array_equal(edges[0], edges[1])
    # Sums in blocks of another order.
    np.testing.assert_allclose(edges[0], edges[2], rtol=1e-12, atol=1e-12)
