"""Student's t noise as a scale mixture of normals, in a few nodes.

Noise of nu degrees of freedom is normal with the variance ``s^2 / u``, where ``nu u`` is a
chi-square variable of nu degrees of freedom. A function of u is integrated by Gauss and
Hermite's rule in a variable that is close to normal: a power of u, as in Wilson and
Hilferty (1931), with exponent 1/4. The fewer the degrees of freedom, the more nodes it
takes.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial.hermite_e import hermegauss

from .mixture import Mixture, log_joint

# The exponent of u, if that keeps all nodes above 0; and the share of the way to 0 that the
# lowest node may go otherwise.
EXPONENT, LOWEST = 0.25, 0.9

# Half the square, in units of s^2, of the misses for which the nodes are best.
AT_MISS = 4.0

# The degrees of freedom from which on noise is normal: densities differ by rounding.
NORMAL = 1e12


class Detail(NamedTuple):
    """Rule for the number of nodes: ``fewest + more / nu``, a multiple of `step`."""

    fewest: int
    more: float
    step: int

    def n_nodes(self, degrees: np.ndarray) -> np.ndarray:
        """The number of nodes for some degrees of freedom; 1 where noise is normal."""
        needed = np.ceil((self.fewest + self.more / degrees) / self.step) * self.step
        return np.where(degrees < NORMAL, needed, 1).astype(int)


# Details that give densities to 1e-8, 1e-3 and 3e-2, up to 5 standard errors from a mean.
EXACT, FINE, COARSE = Detail(7, 90.0, 3), Detail(3, 30.0, 1), Detail(2, 15.0, 1)


@dataclass(frozen=True, eq=False)
class Scales:
    """Noise variances (K, n) of n estimates at K nodes, and the nodes' log weights (K, n).

    A slice is taken of both.
    """

    variances: np.ndarray
    log_weights: np.ndarray

    def __getitem__(self, index: Any) -> "Scales":
        return Scales(self.variances[index], self.log_weights[index])

    @property
    def n_nodes(self) -> int:
        """The number K of nodes of each estimate."""
        return self.variances.shape[0]

    @classmethod
    def of(cls, noise: np.ndarray, degrees: np.ndarray, detail: Detail) -> "Scales":
        """Scales of squared standard errors (n,) with degrees of freedom (n,).

        All have the number of nodes that the fewest degrees need.
        """
        distinct, index = np.unique(degrees, return_inverse=True)
        nodes, log_weights = nodes_of(distinct, int(detail.n_nodes(distinct[:1])[0]))
        return cls(noise / nodes[:, index], log_weights[:, index])

    def widened(self, mixture: Mixture) -> tuple[Mixture, np.ndarray, np.ndarray]:
        """A group for each group and node, and these nodes' variances and log weights.

        The parts of the mixture have shape (..., L K), the others (L K, n).
        """
        n_groups = mixture.weights.shape[-1]
        wide = Mixture(*(np.repeat(part, self.n_nodes, axis=-1) for part in mixture))
        variances, log_weights = (
            np.tile(part, (n_groups, 1)) for part in (self.variances, self.log_weights)
        )
        return wide, variances, log_weights


def nodes_of(degrees: np.ndarray, n_nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Values of u (K, n) for degrees of freedom (n,), and their log weights.

    All values are 1 where noise is normal.
    """
    x, log_hermite = _rule(n_nodes)
    normal = degrees >= NORMAL
    shape = 0.5 * np.where(normal, 1.0, degrees)
    near = shape + 0.25
    sd = np.sqrt(1 / near + 0.5 / near**2)
    power = np.minimum(EXPONENT, LOWEST / (sd * max(x[-1, 0], 1.0)))
    stretched = 1 + power * sd * x
    log_u = np.log(near / (shape + AT_MISS)) + np.log(stretched) / power
    log_weights = log_hermite - np.log(stretched) + shape * (log_u - np.expm1(log_u))
    log_u[:, normal] = log_weights[:, normal] = 0.0
    peak = log_weights.max(axis=0)
    log_weights -= peak + np.log(np.exp(log_weights - peak).sum(axis=0))
    return np.exp(log_u), log_weights


@cache
def _rule(n_nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss and Hermite's nodes (K, 1), and the logs of their weights over the density."""
    x, weights = hermegauss(n_nodes)
    return x[:, None], (np.log(weights) + 0.5 * np.square(x))[:, None]


def joined(sums: np.ndarray, n_groups: int, axis: int = -1) -> np.ndarray:
    """Sums over the nodes of each group, which make an `axis` of length L from L K."""
    axis %= sums.ndim
    if sums.shape[axis] == n_groups:
        return sums
    shape = (*sums.shape[:axis], n_groups, -1, *sums.shape[axis + 1 :])
    return sums.reshape(shape).sum(axis=axis + 1)


def log_groups(
    z: np.ndarray, mixture: Mixture, noise: np.ndarray | Scales | None
) -> np.ndarray:
    """``log pi_l + log`` of the density of z_i in group l, (..., L, n), for any noise."""
    if not isinstance(noise, Scales):
        return log_joint(z, mixture, noise=noise)
    wide, variances, log_weights = noise.widened(mixture)
    with np.errstate(over="ignore"):  # to a density of 0, beside an error of 0
        joint = log_joint(z, wide, noise=variances)
    joint += log_weights
    shape = (*mixture.weights.shape, noise.n_nodes, z.size)
    by_node = joint.reshape(shape)
    peak = by_node.max(axis=-2)
    peak[np.isinf(peak)] = 0.0
    by_node -= peak[..., None, :]
    with np.errstate(divide="ignore"):
        return peak + np.log(np.exp(by_node).sum(axis=-2))
