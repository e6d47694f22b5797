"""Pictures of fits, in the manner of scikit-learn's displays.

``SomeDisplay.from_estimator(model, X)`` computes what is to be seen and draws it; the
constructors take what was computed elsewhere. A display keeps its data as public
attributes, in the units of X, so that ``plot`` can draw them again elsewhere. matplotlib
is imported when something is drawn; ``pip install matplotlib`` brings it.

Two parameters are common to all displays of alphas. `scale` is what alphas, and their
standard deviations and errors, are multiplied by before they are drawn; `unit` says in
words what they are in then, and is part of the label of the axis. The default is a scale
of 1 in "decimals per period". Monthly decimals become annual percent with
``scale=1200, unit="% a year"``.

A group has the same colour in every display.
"""

from .caterpillar import CaterpillarDisplay
from .convergence import ConvergenceDisplay
from .false_discovery import FalseDiscoveryDisplay
from .membership import MembershipDisplay
from .mixture import MixtureDisplay
from .selection import SelectionDisplay
from .shrinkage import ShrinkageDisplay

__all__ = [
    "CaterpillarDisplay",
    "ConvergenceDisplay",
    "FalseDiscoveryDisplay",
    "MembershipDisplay",
    "MixtureDisplay",
    "SelectionDisplay",
    "ShrinkageDisplay",
]
