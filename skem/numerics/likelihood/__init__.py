"""The likelihood: sums of the E-step, score, information, covariance of the estimates."""
