"""Grids in arrays of other libraries, which speak the array API standard.

With ``sklearn.set_config(array_api_dispatch=True)`` a grid may be such an array, on any
device. One in the host's memory is read as a NumPy array that shares it.
"""

import math
from functools import cached_property

import numpy as np
from sklearn import get_config
from sklearn.utils._array_api import _convert_to_numpy, get_namespace_and_device

from ..numerics.data.grid import Grid
from .chunks import is_dask_collection

# The device type of the host's memory in DLPack.
HOST = 1


class Place:
    """The namespace, the device and the dtype of an array.

    Of a pickled Place nothing is kept: where it is read, that device may be missing.
    """

    def __init__(self, xp=None, device=None, dtype=None):
        self.xp = xp
        self.device = device
        self.dtype = dtype

    def __eq__(self, other):
        return (
            isinstance(other, Place)
            and self.xp is other.xp
            and bool(self.device == other.device)
        )

    __hash__ = None

    def __reduce__(self):
        return Place, ()

    def __deepcopy__(self, memo):
        return self

    def __str__(self):
        return f"{self.xp.__name__.rpartition('.')[-1]} on {self.device}"

    @cached_property
    def dtypes(self):
        """The dtypes that the device has, by their names."""
        return self.xp.__array_namespace_info__().dtypes(device=self.device)

    @property
    def has_doubles(self):
        """Whether the device computes in double precision."""
        return "float64" in self.dtypes

    @property
    def writeable(self):
        """Whether values of an array of the namespace can be replaced."""
        from sklearn.externals import array_api_compat

        return array_api_compat.is_writeable_array(self.xp.empty(0, device=self.device))

    def nearest(self, dtype):
        """The dtype of the namespace for one of NumPy's; of 32 bits if it has no other."""
        name, known = np.dtype(dtype).name, self.dtypes
        return known[name if name in known else name.replace("64", "32")]

    def send(self, values):
        """A NumPy array as one of this place."""
        dtype = self.nearest(values.dtype)
        values = np.ascontiguousarray(values, _name_of(dtype))  # no negative strides
        return self.xp.asarray(values, dtype=dtype, device=self.device)

    def fetch(self, values):
        """An array of this place as one of NumPy's."""
        return _convert_to_numpy(values, self.xp)


class DeviceArray:
    """An array (N, M) on a device, whose slices are copied to NumPy arrays."""

    ndim = 2

    def __init__(self, array, place):
        self.array = array
        self.place = place
        self.shape = tuple(map(int, array.shape))
        self.size = math.prod(self.shape)
        self.dtype = np.dtype(_name_of(array.dtype))

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, at):
        slices = at if isinstance(at, tuple) else (at, slice(None))
        within = (slice(*s.indices(n)) for s, n in zip(slices, self.shape, strict=True))
        return self.place.fetch(self.array[*within])


class BorrowedGrid(Grid):
    """A grid in the host's memory whose answers go back to where the grid came from."""

    def __init__(self, place, *arguments):
        super().__init__(*arguments)
        self.place = place

    def map(self, function, dtype, depth=()):
        """The answers of :meth:`Grid.map`, in the namespace of the grid."""
        return self.place.send(super().map(function, dtype, depth))

    def map_rows(self, function, totals, width, dtype):
        """The answers of :meth:`Grid.map_rows`, in the namespace of the grid."""
        return self.place.send(super().map_rows(function, totals, width, dtype))


def place_of(X):
    """The Place of an array of another library than NumPy; None of all else.

    It is None unless scikit-learn dispatches by the array API.
    """
    if type(X) is np.ndarray or not get_config()["array_api_dispatch"]:
        return None
    if isinstance(X, np.ndarray) or is_dask_collection(X) or not _is_array(X):
        return None
    xp, _, device = get_namespace_and_device(X)
    return Place(xp, device, X.dtype)


def _is_array(X):
    from sklearn.externals import array_api_compat

    return array_api_compat.is_array_api_obj(X)


def to_numpy(values):
    """Values as they are, or as a NumPy array if they are in another library's."""
    place = place_of(values)
    return values if place is None else place.fetch(values)


def check_array_api(X, place, need):
    """Raise if an array is no grid of real numbers.

    Returns a NumPy array if it is in the host's memory, and a DeviceArray otherwise; both
    are of float32 or float64.
    """
    xp = place.xp
    if getattr(X, "is_sparse", False) or getattr(X, "is_sparse_csr", False):
        raise TypeError(
            "X: Sparse data was passed, but dense data is required. Pass X.to_dense()."
        )
    if X.ndim != 2:
        raise ValueError(f"X: Expected 2D array, got {X.ndim}D array instead. {need}")
    if not math.prod(X.shape):
        raise ValueError(
            f"X: Found array with no cell, shape {tuple(X.shape)}; at least one row and "
            f"one column are required. {need}"
        )
    if xp.isdtype(X.dtype, "complex floating"):
        raise ValueError(f"X: Complex data not supported, dtype {X.dtype}. {need}")
    if X.dtype not in (xp.float32, xp.float64):
        X = xp.astype(X, place.nearest(np.float64))
    if (cells := _in_host_memory(X)) is not None:
        return cells
    return DeviceArray(X, place)


def _in_host_memory(X):
    """The array as a NumPy array that shares its memory, or None if that is on a device."""
    if X.__dlpack_device__()[0] != HOST:
        return None
    try:
        return np.asarray(X)
    except (TypeError, RuntimeError):
        return None


def check_same_place(model, X, method):
    """Raise if X is of another library, or on another device, than the data of the fit."""
    if not get_config()["array_api_dispatch"] or not hasattr(model, "n_features_in_"):
        return
    then, now = model._place, place_of(X)
    if then == now or (then is not None and then.xp is None):
        return
    kind = type(model).__name__
    raise ValueError(
        f"Inputs passed to {kind}{f'.{method}()' if method else ''} must use the same "
        f"namespace and the same device as those passed to fit(): X is of {now or 'numpy'},"
        f" and fit got {then or 'numpy'}. Move X there, or ask {kind}.from_parameters("
        "weights_, means_, variances_), which answers for arrays of any library."
    )


def _name_of(dtype):
    """The name of a dtype of any library: "float32" of ``torch.float32``."""
    return str(dtype).rpartition(".")[-1]
