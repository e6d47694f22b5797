"""What the numerics ask of cells and of points that stand for them."""

from typing import Any

Data = Any
