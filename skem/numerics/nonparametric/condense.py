"""Few weighted values, sums over which are those over many to all digits.

Sums of functions that normals of some sd smooth are found from Gauss's nodes in panels.
"""

import numpy as np

# The width of a panel in sds, and the number of its nodes. The sum of a function over the
# nodes errs by its 20th derivative times (width / 4)^20 / (2^19 20!).
PANEL, N_NODES = 1.0, 10


def condensed(
    values: np.ndarray, masses: np.ndarray, sd: float
) -> tuple[np.ndarray, np.ndarray]:
    """Values and masses, of the same first 20 moments as those of each panel.

    The given `values` ascend. Panels of few keep them.
    """
    panels = np.floor((values - values[0]) / (PANEL * sd))
    starts = np.flatnonzero(np.diff(panels, prepend=-1.0))
    sizes = np.diff(starts, append=values.size)
    crowded = sizes > N_NODES
    if not crowded.any():
        return values, masses
    kept = np.repeat(~crowded, sizes)
    many, sizes = ~kept, sizes[crowded]
    starts = np.cumsum(sizes) - sizes
    middles = values[0] + (panels[many][starts] + 0.5) * (PANEL * sd)
    places = (values[many] - np.repeat(middles, sizes)) / sd
    nodes, shares = _gauss(places, masses[many], starts, sizes)
    nodes = middles[:, None] + sd * nodes
    found = np.concatenate([values[kept], nodes.ravel()])
    weights = np.concatenate([masses[kept], shares.ravel()])
    order = np.argsort(found, kind="stable")
    order = order[weights[order] > 0]
    return found[order], weights[order]


def _gauss(
    places: np.ndarray, masses: np.ndarray, starts: np.ndarray, sizes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Gauss's nodes and weights (P, N_NODES) of P discrete measures in a row.

    Stieltjes's procedure gives the recurrence of the orthogonal polynomials, and the
    eigenvalues of its matrix are the nodes (Golub and Welsch 1969).
    """
    jacobi = np.zeros((starts.size, N_NODES, N_NODES))
    before, last = np.zeros_like(places), np.ones_like(places)
    mass = norm = np.add.reduceat(masses, starts)
    ratio = np.zeros_like(norm)
    for k in range(N_NODES):
        weighted = masses * last
        weighted *= last
        new = np.add.reduceat(weighted, starts)
        if k:
            ratio = new / norm
            jacobi[:, k, k - 1] = jacobi[:, k - 1, k] = np.sqrt(ratio)
        norm = new
        weighted *= places
        centre = np.add.reduceat(weighted, starts) / norm
        jacobi[:, k, k] = centre
        change = np.repeat(ratio, sizes)
        change *= before
        product = places - np.repeat(centre, sizes)
        product *= last
        product -= change
        before, last = last, product
    nodes, vectors = np.linalg.eigh(jacobi)
    return nodes, mass[:, None] * vectors[:, 0] ** 2
