"""The likelihood: the E-step's sums, score, information, covariance of the estimates."""
