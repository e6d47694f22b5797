"""Posteriors under a fitted mixture: memberships of cells, alphas behind estimates."""
