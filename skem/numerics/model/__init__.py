"""The model: a mixture of normal groups, and which of its parameters are constrained."""
