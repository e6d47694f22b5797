"""Random and hostile data, and estimators for them, drawn from a seed."""

import numpy as np

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture


def case(seed):
    """Estimator, X, sample_weight and a description, drawn from a seed."""
    rng = np.random.default_rng(seed)
    noisy = rng.random() < 0.4
    n = int(
        rng.integers(*[(2, 11), (10, 101), (100, 501)][rng.choice(3, p=[0.2, 0.4, 0.4])])
    )
    if rng.random() < 0.03:
        n = int(rng.integers(4_100, 8_000))  # above 4,096 cells are counted in bins
    kind = str(rng.choice(list(KINDS)))
    values = KINDS[kind](rng, n)
    description = {"kind": kind, "n": n}
    if rng.random() < 0.15:
        values = rng.choice(values, n)
        description["repeated"] = True
    if noisy:
        kind = description["errors"] = str(rng.choice(list(ERRORS)))
        X = with_errors(rng, values, ERRORS[kind])
    else:
        m = min(n, int(rng.choice([1, 1, 2, 5, 20, n])))
        X = values[: n // m * m].reshape(-1, m)
        description["shape"] = X.shape
    X = in_other_units(rng, X, noisy, description)
    if rng.random() < 0.35:
        share = description["missing"] = float(rng.choice([0.01, 0.1, 0.5, 0.95]))
        X[rng.random(X.shape) < share] = np.nan
    sample_weight = draw_weights(rng, len(X), description)
    estimator = draw_estimator(rng, X, noisy)
    default = type(estimator)().get_params()
    for name, value in estimator.get_params().items():
        if repr(value) != repr(default[name]):
            description[name] = value
    return estimator, X, sample_weight, {"noisy": noisy, **description}


def normals(rng, n):
    """Up to six overlapping normal groups."""
    k = int(rng.integers(1, 7))
    group = rng.choice(k, n, p=rng.dirichlet(np.ones(k)))
    return rng.normal(rng.normal(0, 3, k)[group], np.exp(rng.normal(-0.5, 0.7, k))[group])


def separated(rng, n):
    """Groups of sd 1 at uneven distances of up to a million."""
    means = np.cumsum(10 ** rng.uniform(0, 6, int(rng.integers(2, 6))))
    return rng.normal(rng.choice(means, n), 1)


def narrow(rng, n):
    """A wide group and narrow ones inside it."""
    sds = np.append(1.0, 10 ** rng.uniform(-6, -1, int(rng.integers(1, 4))))
    means = np.append(0.0, rng.normal(size=sds.size - 1))
    group = rng.integers(0, sds.size, n)
    return rng.normal(means[group], sds[group])


def rounded(rng, n):
    """Values on a lattice of .01 to 1 standard deviation."""
    step = 10 ** rng.uniform(-2, 0)
    return step * np.round(normals(rng, n) / step)


def outlier(rng, n):
    """One value at 1e3 to 1e12 standard deviations."""
    values = normals(rng, n)
    values[rng.integers(n)] = rng.choice([-1, 1]) * 10 ** rng.uniform(3, 12)
    return values


def symmetric(rng, n):
    """Two clusters, each the mirror image of the other."""
    half = 1 + rng.normal(size=n // 2) * rng.choice([0, 10 ** rng.uniform(-6, -0.3)])
    return np.concatenate([half, -half, np.zeros(n % 2)])


def all_but_one(rng, n):
    """Values that are all equal except one."""
    return (np.arange(n) == rng.integers(n)).astype(float)


def two_units(rng, n):
    """Values: half of them are in percent, and half in decimals."""
    return rng.normal(size=n) * np.where(np.arange(n) < n // 2, 0.2, 0.002)


KINDS = {
    "normals": normals,
    "separated": separated,
    "narrow": narrow,
    "t 1.5": lambda rng, n: rng.standard_t(1.5, n),
    "exp(2.5 z)": lambda rng, n: np.exp(2.5 * rng.normal(size=n)),
    "lognormal": lambda rng, n: rng.lognormal(size=n),
    "uniform": lambda rng, n: rng.random(n),
    "even": lambda rng, n: np.linspace(-1, 1, n),
    "few values": lambda rng, n: rng.integers(0, rng.integers(2, 7), n).astype(float),
    "half zeros": lambda rng, n: normals(rng, n) * (rng.random(n) < 0.5),
    "rounded": rounded,
    "outlier": outlier,
    "nearly constant": lambda rng, n: 1 + rng.normal(size=n) * 10 ** rng.uniform(-12, -3),
    "offset": lambda rng, n: 1e8 + normals(rng, n),
    "symmetric": symmetric,
    "all but one": all_but_one,
    "two units": two_units,
}

# Standard errors, in units of the spread of the true values.
ERRORS = {
    "equal": lambda rng, n: np.full(n, 10 ** rng.uniform(-2, 1)),
    "lognormal": lambda rng, n: rng.lognormal(-1, 1, n),
    "two": lambda rng, n: rng.choice(10 ** rng.uniform(-4, 1, 2), n),
    "some 0": lambda rng, n: rng.lognormal(-1, 1, n) * (rng.random(n) < 0.7),
    "all 0": lambda rng, n: np.zeros(n),
    "tiny": lambda rng, n: 1e-6 * rng.lognormal(0, 0.3, n),
    "large": lambda rng, n: 10 ** rng.uniform(1, 4) * rng.lognormal(0, 0.3, n),
    "1e10 apart": lambda rng, n: 10 ** rng.uniform(-7, 3, n),
}

# The factors of sample_weight that differ by row.
WEIGHTS = {
    "ones": lambda rng, n: np.ones(n),
    "uniform": lambda rng, n: rng.random(n),
    "counts": lambda rng, n: rng.integers(0, 5, n).astype(float),
    "zeros": lambda rng, n: rng.random(n) * (rng.random(n) < 0.7),
    "uneven": lambda rng, n: np.exp(3 * rng.normal(size=n)),
}


def with_errors(rng, values, errors):
    """Estimates, most often as noisy as their standard errors, and the standard errors."""
    spread = np.subtract(*np.quantile(values, [0.84, 0.16])) / 2
    errors = errors(rng, values.size) * (spread if spread > 0 else 1.0)
    if rng.random() < 0.75:
        values = rng.normal(values, errors)
    return np.column_stack([values, errors])


def in_other_units(rng, X, noisy, description):
    """X with another zero, in another unit, or in single precision."""
    single = rng.random() < 0.1
    if rng.random() < 0.2:
        shift = description["shift"] = float(10 ** rng.uniform(-2, 6) * np.std(X))
        X = X + (np.array([shift, 0]) if noisy else shift)
    if rng.random() < 0.5:
        exponent = 20 if single else 100
        scale = description["scale"] = 10 ** rng.uniform(-exponent, exponent)
        X = X * scale
    if single:
        description["single"] = True
        X = X.astype(np.float32)
    return X


def draw_weights(rng, n, description):
    """None, or weights of rows, some a million times smaller or larger."""
    if rng.random() < 0.5:
        return None
    kind = description["sample_weight"] = str(rng.choice(list(WEIGHTS)))
    factor = description["times"] = float(rng.choice([1, 1, 1, 1e-6, 1e6]))
    return factor * WEIGHTS[kind](rng, n)


def draw_estimator(rng, X, noisy):
    """An estimator whose parameters may or may not suit the observed values of X."""
    values = (X[:, 0] if noisy else X.ravel()).astype(float)
    values = values[~np.isnan(values)]
    if not values.size:
        values = np.zeros(1)
    sd = float(values.std()) or float(np.abs(values).max()) or 1.0
    n_components = int(rng.choice([1, 2, 3, 4, 5, 6], p=[0.1, 0.3, 0.25, 0.15, 0.1, 0.1]))
    parameters = {"n_components": n_components, "random_state": 0}
    if rng.random() < 0.1:
        parameters |= {"solver": "em", "max_iter": 200}
    if rng.random() < 0.2:
        parameters["tol"] = float(rng.choice([1e-12, 1e-2]))
    if rng.random() < 0.2:
        parameters["variance_floor"] = float(10 ** rng.uniform(-12, -2))
    if rng.random() < 0.4:
        kinds = ["quantile", "k-means++", "random_from_data"]
        parameters["init_params"] = str(rng.choice(kinds))
        parameters["n_init"] = int(rng.integers(1, 4))
    if rng.random() < 0.5:
        parameters |= draw_constraints(rng, n_components, values, sd, noisy)
    kind = DeconvolvedGaussianMixture if noisy else PanelGaussianMixture
    return kind(**parameters)


def draw_constraints(rng, n_components, values, sd, noisy):
    """Random fixed values, starting values and ties."""
    draws = {
        "weights": lambda: draw_shares(rng, n_components),
        "means": lambda: draw_means(rng, n_components, values, sd),
        "variances": lambda: draw_variances(rng, n_components, sd),
    }
    chosen = {}
    for name, draw in draws.items():
        if rng.random() < 0.35:
            fixed = draw()
            if name == "variances" and noisy and rng.random() < 0.3:
                fixed[rng.integers(n_components)] = 0.0  # a point mass
            if rng.random() < 0.5:
                fixed[rng.random(n_components) < 0.5] = np.nan
            chosen[f"fixed_{name}"] = fixed.tolist()
        if rng.random() < 0.25:
            chosen[f"{name}_init"] = draw().tolist()
    if "fixed_variances" not in chosen and rng.random() < 0.3:
        chosen["tied_variances"] = True
    return chosen


def draw_shares(rng, n_components):
    """Weights of groups, some very uneven."""
    shares = rng.dirichlet(np.full(n_components, rng.choice([0.1, 1.0, 10.0]))) + 1e-12
    return shares / shares.sum()


def draw_means(rng, n_components, values, sd):
    """Values in, around or far from those of X, or 0."""
    at = rng.choice(values, n_components)
    kind = rng.integers(5)
    if kind == 0:
        return np.zeros(n_components)
    if kind == 1:
        return at + sd * rng.normal(size=n_components)
    if kind == 2:
        return at + sd * 10 ** rng.uniform(1, 10) * rng.normal(size=n_components)
    return at


def draw_variances(rng, n_components, sd):
    """Fractions of the pooled variance, some extreme."""
    low, high = [(-2, 0), (-4, 1), (-12, 6)][rng.integers(3)]
    return sd**2 * 10 ** rng.uniform(low, high, n_components)
