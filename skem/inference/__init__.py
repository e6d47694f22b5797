"""What an estimate is worth: the number of groups, and how far chance moves a fit."""

from .selection import ComponentSelection, select_n_components

__all__ = ["ComponentSelection", "select_n_components"]
