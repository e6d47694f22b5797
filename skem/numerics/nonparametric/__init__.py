"""Lindsay's nonparametric estimate: the best of all mixtures of normals of one width."""
