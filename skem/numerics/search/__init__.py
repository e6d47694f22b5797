"""Which hill to climb: starts, moves between optima, and the rule that ranks optima."""
