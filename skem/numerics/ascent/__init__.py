"""Ways up one hill: the EM iteration, Newton's method, and the last steps on all cells."""
