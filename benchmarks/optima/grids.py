"""Problems of grids of cells where all parameters are free."""

import numpy as np

from skem.numerics.model.mixture import Mixture, draw, standardise

from .problem import Problem, draw_counts, log_uniform, ordinary_groups


def separated(seed):
    """3 to 5 groups of 20 to 200 cells; neighbours are 5 to 1,000 sds apart."""
    rng = np.random.default_rng([1, seed])
    n_components = int(rng.integers(3, 6))
    sds = np.ones(n_components)
    if rng.random() < 0.5:
        sds = log_uniform(rng, 1, 2, n_components)
    gaps = log_uniform(rng, 5, 1000, n_components - 1) * np.maximum(sds[1:], sds[:-1])
    means = np.append(0.0, np.cumsum(gaps))
    counts = np.round(log_uniform(rng, 20, 200, n_components)).astype(int)
    cells = draw_counts(rng, counts, means, sds)
    truth = Mixture(counts / counts.sum(), means, sds**2)
    return Problem(cells[:, None], n_components, truth)


def mixed_units(seed):
    """One to three groups of funds in percent, with a part of the funds in decimals.

    There are 40 to 2,000 cells. If one group is in both units, the sds are .2 and .002.
    """
    rng = np.random.default_rng([2, seed])
    n_groups = (1, 2, 3)[seed % 3]
    sds = np.full(n_groups, 0.2) * (1 if n_groups == 1 else rng.uniform(0.5, 1.5, n_groups))
    means = rng.normal(0, 0.1) + np.cumsum(rng.uniform(0.4, 1.2, n_groups))
    weights = rng.dirichlet(np.full(n_groups, 3.0))
    n_cells = int(log_uniform(rng, 40 * n_groups, 2000))
    decimal = rng.uniform(0.2, 0.8)
    truth = Mixture(
        np.append((1 - decimal) * weights, decimal * weights),
        np.append(means, means / 100),
        np.append(sds, sds / 100) ** 2,
    )
    cells, _ = draw(truth, n_cells, rng)
    return Problem(cells[:, None], 2 * n_groups, truth, f"{2 * n_groups} groups")


def narrow(seed):
    """A group 1/5 to 1/1,000 as wide as the others, with at least 50 cells."""
    rng = np.random.default_rng([3, seed])
    n_cells = (1000, 25_500)[seed % 2]
    sds, means, weights = np.ones(1), np.zeros(1), np.ones(1)
    if rng.random() < 0.5:
        half = rng.uniform(0.3, 0.7)
        weights = np.array([half, 1 - half])
        means = np.array([0.0, rng.uniform(2, 5)])
        sds = np.array([1.0, rng.uniform(0.7, 1.5)])
    share = rng.choice([0.05, 0.2, 0.6] if n_cells == 1000 else [0.02, 0.05, 0.2, 0.6])
    sds = np.append(sds, rng.choice([1 / 5, 1 / 20, 1 / 100, 1 / 1000]))
    means = np.append(means, rng.uniform(-1.5, 1.5))
    n_narrow = round(share * n_cells)
    counts = np.append(rng.multinomial(n_cells - n_narrow, weights), n_narrow)
    cells = draw_counts(rng, counts, means, sds)
    truth = Mixture(np.append((1 - share) * weights, share), means, sds**2)
    return Problem(cells[:, None], sds.size, truth, f"{n_cells:,} cells")


def random(seed):
    """2 to 5 groups, .5 to 6 standard deviations apart, 200 to 20,000 cells."""
    rng = np.random.RandomState(seed)
    n_components = rng.randint(2, 6)
    separation = rng.uniform(0.5, 6)
    n_cells = int(np.exp(rng.uniform(np.log(200), np.log(20_000))))
    sds = np.exp(rng.uniform(np.log(0.5), np.log(2), n_components))
    weights = rng.dirichlet(np.full(n_components, 3.0))
    gaps = separation * (sds[1:] + sds[:-1]) / 2
    means = np.concatenate([[0.0], np.cumsum(gaps)])
    truth = Mixture(weights, means, sds**2)
    sample, _ = draw(truth, n_cells, rng)
    centre, scale = sample.mean(), sample.std()
    cells = (sample - centre) / scale
    return Problem(cells[:, None], n_components, standardise(truth, centre, scale))


def rounded(seed):
    """1 to 3 groups, rounded to .03, .1 or .3 pooled standard deviations."""
    rng = np.random.default_rng([5, seed])
    step = (0.03, 0.1, 0.3)[seed % 3]
    n_cells = (50, 200, 1000, 50, 200, 1000, 25_500)[seed % 7]
    truth = ordinary_groups(rng, rng.integers(1, 4), rng.uniform(0.5, 4))
    cells, _ = draw(truth, n_cells, rng)
    unit = step * cells.std()
    cells = np.round(cells / unit) * unit
    return Problem(cells[:, None], max(2, truth.means.size), truth, f"to {step:.2g} sd")


def repeated(seed):
    """1 to 3 groups, with every cell repeated ten times."""
    rng = np.random.default_rng([6, seed])
    n_distinct = (20, 100, 20, 100, 2550)[seed % 5]
    truth = ordinary_groups(rng, rng.integers(1, 4), rng.uniform(0.5, 4))
    cells, _ = draw(truth, n_distinct, rng)
    return Problem(np.repeat(cells[:, None], 10, axis=1), max(2, truth.means.size), truth)


def heavy_tails(seed):
    """A normal group beside one of Student's t with 4 degrees of freedom, and mirrored."""
    rng = np.random.default_rng([10, seed])
    n_cells = (300, 1000, 5000)[seed % 3]
    share = rng.uniform(0.1, 0.5)
    normal = rng.random(n_cells) < share
    cells = np.where(normal, rng.normal(-2, 1, n_cells), rng.standard_t(4, n_cells))
    sign = -1 if rng.random() < 0.5 else 1
    return Problem(sign * cells[:, None], (2, 3)[seed % 2], None, f"{n_cells:,} cells")


def none_narrow(seed):
    """Normal groups of comparable width, or a t, lognormal or uniform distribution."""
    rng = np.random.default_rng([7, seed])
    n_cells = (50, 200, 1000, 50, 200, 1000, 25_500)[seed % 7]
    kind = f"{n_cells:,} cells"
    n_components, truth = int(rng.integers(2, 4)), None
    match seed % 4:
        case 0:
            truth = ordinary_groups(rng, rng.integers(1, 6), rng.uniform(0.5, 6))
            cells, _ = draw(truth, n_cells, rng)
            n_components = max(2, truth.means.size + int(rng.integers(2)))
        case 1:
            cells = rng.standard_t(3, n_cells)
        case 2:
            cells = rng.lognormal(0, 0.6, n_cells)
        case 3:
            cells = rng.random(n_cells)
    return Problem(cells[:, None], n_components, truth, kind)
