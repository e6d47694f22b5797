"""Ways up one hill: the EM iteration, Newton's method, the last steps on all cells."""
