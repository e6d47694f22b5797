"""Fits of many data sets at once: simulated panels and resampled managers."""
