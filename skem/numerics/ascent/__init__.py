"""Climbs to one optimum: EM, Newton's method, and the last steps on all cells."""
