"""The model: a mixture of normal groups, and what of it is held fixed, tied or bounded."""
