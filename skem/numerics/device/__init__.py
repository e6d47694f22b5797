"""Grids in arrays on a device, in the words of the array API standard.

The functions do on the device what functions of NumPy tiles do elsewhere. Their `place`
has the namespace `xp` of the standard, sends NumPy arrays to the device and fetches arrays
from it (``skem.checks.arrays.Place``).
"""
