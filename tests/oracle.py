"""The mixture fit in slow loops, written straight from the equations.

    f(a)    = sum_l pi_l N(a; mu_l, sigma2_l)
    p_ijl   = pi_l N(a_ij; mu_l, sigma2_l) / f(a_ij)
    mu_l    = sum_ij p_ijl a_ij / sum_ij p_ijl
    sigma2_l = sum_ij p_ijl (a_ij - mu_l)^2 / sum_ij p_ijl
    pi_l    = sum_ij p_ijl / (N M)

It knows nothing of the library: no NumPy, no blocks, no units.
"""

import math


def normal_density(a, mean, variance):
    return math.exp(-((a - mean) ** 2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)


def joint_densities(a, weights, means, variances):
    groups = zip(weights, means, variances, strict=True)
    return [w * normal_density(a, mean, variance) for w, mean, variance in groups]


def responsibilities(grid, weights, means, variances):
    """p[i][j][l] of a full grid, a list of rows."""
    p = []
    for row in grid:
        p.append([])
        for a in row:
            joint = joint_densities(a, weights, means, variances)
            p[-1].append([q / sum(joint) for q in joint])
    return p


def mean_log_likelihood(grid, weights, means, variances):
    logs = [
        math.log(sum(joint_densities(a, weights, means, variances)))
        for row in grid
        for a in row
    ]
    return math.fsum(logs) / len(logs)


def em_iteration(grid, weights, means, variances):
    """One E-step and one M-step: the new weights, means and variances."""
    p = responsibilities(grid, weights, means, variances)
    cells = [(i, j) for i, row in enumerate(grid) for j in range(len(row))]
    new = [], [], []
    for group in range(len(weights)):
        mass = math.fsum(p[i][j][group] for i, j in cells)
        mean = math.fsum(p[i][j][group] * grid[i][j] for i, j in cells) / mass
        square = math.fsum(p[i][j][group] * (grid[i][j] - mean) ** 2 for i, j in cells)
        new[0].append(mass / len(cells))
        new[1].append(mean)
        new[2].append(square / mass)
    return new


def em(grid, weights, means, variances, tol):
    """Every iterate until the sum over all parameters of |new - old| is at most tol."""
    old = list(weights), list(means), list(variances)
    iterates = []
    while True:
        new = em_iteration(grid, *old)
        iterates.append(new)
        change = sum(
            abs(x - y)
            for after, before in zip(new, old, strict=True)
            for x, y in zip(after, before, strict=True)
        )
        if change <= tol:
            return iterates
        old = new


def deconvolution_iteration(estimates, errors, weights, means, variances):
    """One iteration for estimates alphahat_i with known standard errors s_i.

        tau2_il  = sigma2_l + s_i^2
        r_il     proportional to pi_l N(alphahat_i; mu_l, tau2_il)
        b_il     = mu_l + sigma2_l / tau2_il (alphahat_i - mu_l)
        B_il     = sigma2_l s_i^2 / tau2_il
        pi_l     = mean_i r_il
        mu_l     = sum_i r_il b_il / sum_i r_il
        sigma2_l = sum_i r_il ((b_il - mu_l)^2 + B_il) / sum_i r_il

    With the new mu_l in the last. The new parameters, and the mean log density before.
    """
    groups, funds = range(len(weights)), range(len(estimates))
    r, b, remains, logs = [], [], [], []
    for i in funds:
        tau2 = [variances[k] + errors[i] ** 2 for k in groups]
        joint = [
            weights[k] * normal_density(estimates[i], means[k], tau2[k]) for k in groups
        ]
        r.append([q / sum(joint) for q in joint])
        logs.append(math.log(sum(joint)))
        b.append(
            [means[k] + variances[k] / tau2[k] * (estimates[i] - means[k]) for k in groups]
        )
        remains.append([variances[k] * errors[i] ** 2 / tau2[k] for k in groups])
    new = [], [], []
    for k in groups:
        mass = math.fsum(r[i][k] for i in funds)
        mean = math.fsum(r[i][k] * b[i][k] for i in funds) / mass
        square = math.fsum(r[i][k] * ((b[i][k] - mean) ** 2 + remains[i][k]) for i in funds)
        new[0].append(mass / len(estimates))
        new[1].append(mean)
        new[2].append(square / mass)
    return new, math.fsum(logs) / len(logs)
