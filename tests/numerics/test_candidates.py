"""The optima of the points that starts lead to."""

import numpy as np

from skem.numerics import candidates
from skem.numerics.candidates import best_climbs
from skem.numerics.data.points import Points
from skem.numerics.model.constraints import unconstrained
from skem.numerics.model.mixture import Mixture
from skem.numerics.search.awakening import awaken
from skem.numerics.search.spare import spare_groups

LIMITS = unconstrained(2, 1e-12)


def test_many_starts_on_one_saddle_are_moved_off_it_once(monkeypatch):
    values = np.sort(np.random.default_rng(0).normal([-1.0, 1.0], 0.3, (40, 2)).ravel())
    points = Points(values, np.ones(80))
    starts = [
        Mixture(np.array([share, 1 - share]), np.full(2, mean), np.ones(2))
        for share in (0.2, 0.5)
        for mean in (-1.0, 0.0, 1.0)
    ]
    moved = []

    def counted(points, mixture, *arguments):
        moved.append(mixture)
        return awaken(points, mixture, *arguments)

    monkeypatch.setattr(candidates, "awaken", counted)
    best = best_climbs(points, starts, LIMITS, tol=1e-6, max_iter=100)[0].mixture
    assert len(moved) < 3  # two shares differ, six starts do
    assert not spare_groups(points, best, LIMITS)
    np.testing.assert_allclose(np.sort(best.means), [-1, 1], atol=0.1)
