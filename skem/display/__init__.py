"""Pictures of fits, in the manner of scikit-learn's displays.

``SomeDisplay.from_estimator(model, X)`` computes the data of a picture and draws it; the
constructors take data computed elsewhere. A display keeps the parameters of its constructor
as attributes, sequences of numbers in arrays of float64 and names as text, so that ``plot``
can draw them again. What it draws has the axes ``ax_`` and the figure ``figure_``.
matplotlib is imported when something is drawn; ``pip install matplotlib`` installs it.

All displays of alphas have a parameter `unit`, a factor with a name. Alphas, their standard
deviations and errors are multiplied by the factor before they are drawn. The axis label
includes the name of the unit. The default is a factor of 1 and "decimals per period".
Monthly decimals become annual percent with ``unit=(1200, "% a year")``. A distribution
of skill has a unit of its own, in which it is drawn.

A group has the same colour in every display.
"""

from .caterpillar import CaterpillarDisplay
from .convergence import ConvergenceDisplay
from .distribution import DistributionDisplay
from .false_discovery import FalseDiscoveryDisplay
from .gap import GapDisplay
from .goodness_of_fit import GoodnessOfFitDisplay
from .intervals import IntervalsDisplay
from .membership import MembershipDisplay
from .mixture import MixtureDisplay
from .selection import SelectionDisplay
from .shrinkage import ShrinkageDisplay

__all__ = [
    "CaterpillarDisplay",
    "ConvergenceDisplay",
    "DistributionDisplay",
    "FalseDiscoveryDisplay",
    "GapDisplay",
    "GoodnessOfFitDisplay",
    "IntervalsDisplay",
    "MembershipDisplay",
    "MixtureDisplay",
    "SelectionDisplay",
    "ShrinkageDisplay",
]
