"""The E-step, derivatives and answers for noisy estimates, against their definitions."""

from dataclasses import replace
from functools import partial

import numpy as np
import oracle
import pytest
from compressed import compress
from derivatives import (
    assert_the_information_is_the_hessian,
    assert_the_score_is_the_gradient,
    derivatives_at,
)
from scipy import integrate, stats

from skem.numerics.ascent.em import fit_em, m_step
from skem.numerics.ascent.newton import climb
from skem.numerics.data.compression import compress_estimates
from skem.numerics.data.estimates import Estimates, merge_equal
from skem.numerics.data.extent import measure, standard_cells
from skem.numerics.data.grid import Grid
from skem.numerics.data.noisy_cells import NoisyCells
from skem.numerics.data.points import Points
from skem.numerics.likelihood import expectation, noisy_information
from skem.numerics.likelihood.expectation import e_step
from skem.numerics.likelihood.information import sum_over
from skem.numerics.likelihood.noisy_information import sum_noisy_piece
from skem.numerics.model.constraints import Constraints, unconstrained
from skem.numerics.model.mixture import Mixture, stack, take
from skem.numerics.posterior import quantiles, shrinkage
from skem.numerics.search.denoise import without_noise
from skem.numerics.search.insertion import find_optimum
from skem.numerics.search.proposals import insertions, sites

NAN = np.nan
MIXTURE = Mixture(
    np.array([0.3, 0.5, 0.2]), np.array([-1.0, 0.1, 1.2]), np.array([0.8, 0.3, 1.1])
)
NOTHING = np.full(3, NAN)
ZERO = np.array([NAN, 0.0, NAN])


def holding(weights=NOTHING, means=NOTHING, variances=NOTHING, tied=False):
    return Constraints.of(Mixture(weights, means, variances), tied, 1e-6)


CONSTRAINTS = {
    "free": holding(),
    "tied": holding(tied=True),
    "fixed weight": holding(weights=np.array([NAN, 0.5, NAN])),
    "zero skill": holding(means=ZERO, variances=ZERO),
    "a point mass anywhere": holding(variances=ZERO),
    "some of each": holding(np.array([0.3, NAN, NAN]), ZERO, np.array([0.8, NAN, NAN])),
}


def draw(n, seed=0, least=0.1):
    rng = np.random.default_rng(seed)
    groups = rng.choice(3, size=n, p=MIXTURE.weights)
    true = MIXTURE.means[groups] + np.sqrt(MIXTURE.variances[groups]) * rng.normal(size=n)
    errors = np.maximum(np.exp(rng.normal(-0.5, 0.7, n)), least)
    return np.column_stack([rng.normal(true, errors), errors])


def noisy(table, mass=None, n_threads=1):
    extent = measure(Grid(table[:, :1], mass))
    return NoisyCells.of(Estimates(table, mass, n_threads), extent)[1]


def raw(table, mass=None):
    """The cells in the units of the table."""
    return replace(
        noisy(table, mass),
        centre=0.0,
        scale=1.0,
        low=table[:, 0].min(),
        high=table[:, 0].max(),
    )


@pytest.fixture(scope="module", params=["plain", "weighted"])
def cells(request):
    table = draw(500)
    mass = np.linspace(0, 2, 500) if request.param == "weighted" else None
    return raw(table, mass)


@pytest.fixture(params=CONSTRAINTS)
def constraints(request):
    return CONSTRAINTS[request.param]


def test_each_em_iteration_is_the_oracles():
    table = draw(60)
    cells, theirs, ours = raw(table), MIXTURE, MIXTURE
    for _ in range(5):
        statistics = e_step(cells, ours)
        ours = m_step(statistics, ours, unconstrained(3, 1e-6))
        theirs, height = oracle.deconvolution_iteration(*table.T.tolist(), *theirs)
        # Sums of 60 terms, in doubles.
        assert statistics.log_likelihood / 60 == pytest.approx(height, rel=1e-12)
        np.testing.assert_allclose(np.array(ours), np.array(theirs), rtol=1e-12, atol=1e-13)


def test_statistics_about_another_centre_give_the_same_step():
    table = draw(200)
    far = MIXTURE._replace(means=np.array([-1.0, 0.1, 51.2]))
    cells = raw(table)
    # The centre of a mean beyond the data is the end of their range.
    ours = m_step(e_step(cells, far), far, unconstrained(3, 1e-6))
    wide = replace(cells, low=-100.0, high=100.0)
    theirs = m_step(e_step(wide, far), far, unconstrained(3, 1e-6))
    # The shift of 45 cancels again: some 1e3 of rounding in the variance.
    np.testing.assert_allclose(np.array(ours), np.array(theirs), rtol=1e-10)


def test_the_score_equals_a_numerical_gradient(cells, constraints):
    assert_the_score_is_the_gradient(cells, MIXTURE, constraints)


def test_the_information_equals_a_numerical_hessian(cells, constraints):
    assert_the_information_is_the_hessian(cells, MIXTURE, constraints)


def test_products_of_scores_are_added_up_row_by_row():
    table, mass = draw(40), np.linspace(0.5, 2, 40)
    batch = stack([MIXTURE])
    scores = [sum_noisy_piece(batch, row[:1], None, row[1:] ** 2).score[0] for row in table]
    expected = sum(m * np.outer(s, s) for m, s in zip(mass, scores, strict=True))
    found = sum_over(raw(table, mass), batch).products[0]
    # Sums of 40 terms of order 1.
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_without_noise_the_derivatives_are_those_of_plain_cells():
    table = draw(400)
    table[:, 1] = 0.0
    grid = Grid(table[:, :1])
    plain = standard_cells(grid, measure(grid))
    with np.errstate(divide="ignore"):
        ours = derivatives_at(noisy(table), MIXTURE, CONSTRAINTS["free"])
    theirs = derivatives_at(plain, MIXTURE, CONSTRAINTS["free"])
    for our, their in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(our, their, rtol=1e-11, atol=1e-9)


def test_several_mixtures_are_differentiated_as_each_alone(cells):
    other = MIXTURE._replace(means=np.array([-0.5, 0.4, 0.9]))
    both = sum_over(cells, stack([MIXTURE, other]))
    for k, mixture in enumerate((MIXTURE, other)):
        alone = sum_over(cells, stack([mixture]))
        for ours, theirs in zip(both, alone, strict=True):
            # The same sums; a matrix product may order them otherwise.
            np.testing.assert_allclose(ours[k], theirs[0], rtol=1e-10, atol=1e-9)


@pytest.mark.parametrize("degrees", [None, np.repeat([4.0, 30.0], 10)])
@pytest.mark.parametrize("function", [sum_over, e_step])
def test_few_mixtures_at_a_time_give_the_sums_of_all_together(
    function, degrees, monkeypatch
):
    rng = np.random.default_rng(0)
    values, noise = rng.normal(size=20), rng.uniform(0.1, 1, 20)
    points = Points(values, rng.uniform(1, 9, 20), None, None, noise, 0.5, degrees)
    several = stack([MIXTURE, MIXTURE._replace(means=MIXTURE.means + 1), MIXTURE])
    together = function(points, several)
    for module in (expectation, noisy_information):
        monkeypatch.setattr(module, "SEVERAL", 1)
    # Sums of 20 estimates, in another order if these are cut too.
    for part, whole in zip(function(points, several), together, strict=True):
        np.testing.assert_allclose(part, whole, rtol=1e-12, atol=1e-12)


def test_the_top_of_a_climb_is_a_fixed_point_of_em(cells, constraints):
    top = climb(cells, stack([MIXTURE]), constraints, tol=1e-14, max_iter=500)
    assert top.remaining[0] < 1e-14
    here = take(top.mixtures, 0)
    after = m_step(e_step(cells, here), here, constraints)
    # A step of EM is at most sqrt(2e-14) standard errors, of parameters that one cell
    # tells to order 1: 500 cells to .05, and flat directions to some 10.
    for ours, theirs in zip(here, after, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_a_climb_ends_where_em_ends():
    apart = draw(400)
    apart[:, 0] += np.where(apart[:, 0] > 0.3, 3.0, 0.0)
    cells, limits = raw(apart), unconstrained(2, 1e-6)
    start = Mixture(np.full(2, 0.5), np.array([-1.0, 4.0]), np.full(2, 1.0))
    top = climb(cells, stack([start]), limits, tol=1e-14, max_iter=200)
    em = fit_em(cells, start, tol=1e-13, max_iter=50_000, constraints=limits)
    for ours, theirs in zip(take(top.mixtures, 0), em.mixture, strict=True):
        # EM stops 1e-13 of its rate of 1 - 1e-2 or so short.
        np.testing.assert_allclose(ours, theirs, atol=1e-8)


def test_em_never_loses(cells):
    em = fit_em(cells, MIXTURE, tol=0, max_iter=100, constraints=CONSTRAINTS["free"])
    # A thousand nats, to rounding.
    assert np.all(np.diff(em.log_likelihoods) > -1e-10)


def test_points_keep_the_mass_the_means_and_the_spread_with_the_noise():
    cells = noisy(draw(20_000, least=0.0), np.linspace(0, 2, 20_000))
    fine = compress_estimates(cells)
    sums = cells.total(lambda z, m, s: np.array([m.sum(), m @ z, m @ (z * z + s)]))
    for points in (fine, fine.coarse):
        ours = (
            points.masses.sum(),
            points.masses @ points.values,
            points.masses @ (points.values**2 + points.noise),
        )
        # The order of 20,000 terms.
        np.testing.assert_allclose(ours, sums, rtol=1e-10, atol=1e-8)
    assert fine.coarse.values.size < fine.values.size < 20_000


def test_copies_of_rows_and_masses_leave_the_same_bits():
    table = draw(50)
    rng = np.random.default_rng(0)
    copies = rng.permutation(np.repeat(table, 3, axis=0), axis=0)
    holed = np.append([[NAN, 1.0], [1.0, NAN]], copies, axis=0)
    ours = merge_equal(Estimates(holed))
    theirs = merge_equal(Estimates(table, np.full(50, 3.0)))
    np.testing.assert_array_equal(ours.table, theirs.table)
    np.testing.assert_array_equal(ours.mass, theirs.mass)


def test_equal_estimates_with_other_errors_are_rows_of_their_own():
    merged = merge_equal(Estimates(np.array([[2.0, 3.0], [2.0, 1.0], [0.0, 2.0], [2, 3]])))
    np.testing.assert_array_equal(merged.table, [[0, 2], [2, 1], [2, 3]])
    np.testing.assert_array_equal(merged.mass, [1, 1, 2])


def test_points_tell_the_information_of_all_rows_well():
    cells = noisy(draw(50_000))
    points = compress_estimates(cells)
    exact, binned = (
        derivatives_at(c, MIXTURE, CONSTRAINTS["free"]) for c in (cells, points)
    )
    # Bins are some .02 of a standard deviation and a fifth of a noise variance wide: an
    # error of their squares over 24.
    scale = np.sqrt(np.outer(exact.complete, exact.complete))
    assert np.abs((exact.information - binned.information) / scale).max() < 2e-3


def test_values_drawn_in_spread_as_the_one_group_behind_them():
    points = compress_estimates(noisy(draw(3000)))
    signal = without_noise(points)
    spread = np.average(
        np.square(signal.points.values - signal.mean), weights=signal.points.masses
    )
    # One group is fitted to three, by likelihood rather than by moments.
    assert spread == pytest.approx(signal.variance, rel=0.2)
    assert signal.variance < 0.9


def test_nothing_is_drawn_in_without_noise(cells_of):
    points = compress(cells_of(draw(100)[:, :1]))
    assert without_noise(points).points is points


@pytest.mark.parametrize("n_components", [1, 2, 3])
def test_insertion_reaches_what_em_reaches_from_many_places(n_components):
    points = compress_estimates(noisy(draw(600, seed=n_components)))
    limits = unconstrained(n_components, 1e-6)
    found = climb(
        points,
        stack([find_optimum(points, n_components, limits)]),
        limits,
        tol=1e-6,
        max_iter=200,
    ).log_likelihood[0]
    rng = np.random.default_rng(0)
    for _ in range(5):
        start = Mixture(
            np.full(n_components, 1 / n_components),
            rng.choice(points.values, n_components),
            np.full(n_components, 0.3),
        )
        em = fit_em(points, start, tol=1e-9, max_iter=500, constraints=limits)
        # The winner is that of the penalised log-likelihood, which takes off less
        # than this between optima without slivers.
        assert em.log_likelihoods[-1] < found + 1


def test_block_sums_have_the_same_bits_on_any_number_of_threads():
    table = draw(200_000)
    sums = [sum_over(noisy(table, n_threads=n), stack([MIXTURE])) for n in (1, 2, 3)]
    for other in sums[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(sums[0], other, strict=True))


# Posterior, against integrals over the true value.

POINT = Mixture(
    np.array([0.3, 0.5, 0.2]), np.array([-1.0, 0.0, 1.2]), np.array([0.8, 0.0, 1.1])
)


def joint_density(estimate, error, mixture):
    """The joint density of true value and estimate, as a function of the true value."""

    def density(a):
        prior = np.sum(
            mixture.weights * stats.norm.pdf(a, mixture.means, np.sqrt(mixture.variances))
        )
        return prior * stats.norm.pdf(estimate, a, error)

    return density


@pytest.mark.parametrize(("estimate", "error"), [(0.3, 0.5), (-2.0, 1.5), (4.0, 0.2)])
def test_summaries_are_integrals_over_the_true_value(estimate, error):
    density = joint_density(estimate, error, MIXTURE)
    whole = partial(integrate.quad, epsabs=1e-13, epsrel=1e-12, limit=400)
    evidence = whole(density, -15, 15, points=[0, estimate])[0]
    mean = whole(lambda a: a * density(a), -15, 15, points=[0, estimate])[0] / evidence
    square = whole(lambda a: (a - mean) ** 2 * density(a), -15, 15, points=[0, estimate])[0]
    positive = whole(density, 0, 15, points=[max(estimate, 0.1)])[0] / evidence
    rows = Estimates(np.array([[estimate, error]]))
    ours = shrinkage.summaries(rows, MIXTURE)[0]
    expected = [mean, np.sqrt(square / evidence), positive, min(positive, 1 - positive)]
    # The accuracy of the quadrature.
    np.testing.assert_allclose(ours, expected, rtol=1e-8, atol=1e-10)
    log_density = shrinkage.estimate_log_densities(rows, MIXTURE)[0]
    assert log_density == pytest.approx(np.log(evidence), rel=1e-9)


def posterior_cdf(mixture, estimate, error, x):
    seen = shrinkage.posterior(mixture, np.array([estimate]), np.array([error]))
    return shrinkage.above(seen, np.array([x]), -1.0)[0]


@pytest.mark.parametrize("mixture", [MIXTURE, POINT], ids=["normal", "point mass"])
@pytest.mark.parametrize("level", [0.001, 0.2, 0.5, 0.9, 0.999999])
def test_quantiles_are_where_the_posterior_reaches_the_level(mixture, level):
    table = draw(200)
    seen = shrinkage.posterior(mixture, *table.T)
    x = quantiles.posterior_quantile(seen, level)
    h = 1e-9 * (1 + np.abs(x))
    # Densities are below 10 here.
    assert np.all(shrinkage.above(seen, x - h, -1.0) < level)
    assert np.all(shrinkage.above(seen, x + h, -1.0) >= level)


def test_a_point_mass_that_holds_a_level_is_its_quantile():
    ends = quantiles.intervals(Estimates(np.array([[0.05, 0.6]])), [POINT], 0.3)
    assert ends[0].tolist() == [0.0, 0.0]


def test_the_point_mass_at_zero_is_not_positive():
    ours = shrinkage.summaries(Estimates(np.array([[0.05, 0.6]])), POINT)[0]
    seen = shrinkage.posterior(POINT, np.array([0.05]), np.array([0.6]))
    groups = [0, 2]
    expected = seen.weights[groups, 0] @ stats.norm.sf(
        0, seen.means[groups, 0], seen.sds[groups, 0]
    )
    assert ours[2] == pytest.approx(expected, rel=1e-12)
    # Both "at most zero" and "at least zero" include the point mass.
    assert ours[3] == pytest.approx(
        min(1 - expected, expected + seen.weights[1, 0]), rel=1e-12
    )


def test_a_missing_row_is_answered_by_the_mixture():
    missing = Estimates(np.array([[NAN, 0.5], [0.5, NAN]]))
    np.testing.assert_array_equal(
        shrinkage.memberships(missing, MIXTURE), [MIXTURE.weights] * 2
    )
    mean = MIXTURE.weights @ MIXTURE.means
    np.testing.assert_allclose(
        shrinkage.summaries(missing, MIXTURE)[:, 0], mean, rtol=1e-12
    )


def test_an_estimate_without_error_is_the_true_value():
    exact = shrinkage.summaries(Estimates(np.array([[0.7, 0.0]])), MIXTURE)[0]
    np.testing.assert_allclose(exact, [0.7, 0.0, 1.0, 0.0], atol=1e-12)


@pytest.mark.parametrize(
    "row", [[1e150, 1e-3], [1.0, 1e200], [-1e300, 1e300], [0.3, 1e-200]]
)
def test_extreme_rows_have_finite_answers(row):
    answers = shrinkage.summaries(Estimates(np.array([row])), POINT)
    assert np.isfinite(answers).all()
    assert shrinkage.memberships(Estimates(np.array([row])), POINT).sum() == pytest.approx(
        1
    )


def test_q_values_are_running_means_of_sorted_rates():
    local = np.array([0.3, 0.1, 0.2, 0.1])
    missing = np.zeros(4, dtype=bool)
    expected = [0.7 / 4, 0.1, 0.4 / 3, 0.1]
    np.testing.assert_allclose(shrinkage.q_values(local, missing), expected, rtol=1e-14)


def test_a_missing_row_does_not_count_for_others():
    local = np.array([0.3, 0.15, 0.1])
    missing = np.array([False, True, False])
    expected = [0.2, 0.125, 0.1]
    np.testing.assert_allclose(shrinkage.q_values(local, missing), expected, rtol=1e-14)


def test_a_group_is_inserted_where_the_likelihood_rises_towards_it():
    points = compress_estimates(noisy(draw(2000)))
    signal = without_noise(points)
    one = Mixture(np.ones(1), np.array([signal.mean]), np.array([signal.variance]))
    before = e_step(points, one).log_likelihood
    places = sites(points)
    found = insertions(points, places, one)
    assert found
    for mixture in found:
        little = mixture._replace(weights=np.array([1 - 1e-6, 1e-6]))
        assert e_step(points, little).log_likelihood > before
    # The predicted gain is the derivative towards the best place that is tried, up to the
    # second order in a weight of 1e-6.
    share, f = points.masses / points.mass, np.exp(_log_density(points, one))
    slope = np.einsum("vmk,k->vm", places.densities, share / f) - 1
    v, m = np.unravel_index(slope.argmax(), slope.shape)
    towards = Mixture(
        np.array([1 - 1e-6, 1e-6]),
        np.append(one.means, places.means[m]),
        np.append(one.variances, places.variances[v]),
    )
    gained = e_step(points, towards).log_likelihood - before
    assert gained == pytest.approx(1e-6 * slope[v, m] * points.mass, rel=1e-2)


def _log_density(points, mixture):
    z = points.values - mixture.means[:, None]
    totals = mixture.variances[:, None] + points.noise
    return -0.5 * (z**2 / totals + np.log(2 * np.pi * totals))[0]
