"""The parts that the estimators share."""
