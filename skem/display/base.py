"""What displays share: a picture is drawn on given axes, or in a figure of its own."""

from .canvas import label_groups, open_axes, read_unit


class BaseDisplay:
    """Base class of the pictures whose only choice is where they are drawn."""

    # Width and height, in inches, of a figure of its own.
    _size = (6.4, 4.0)

    def plot(self, ax=None):
        """Draw the picture.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.

        Returns
        -------
        self : object
            The display, drawn.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem.display import FalseDiscoveryDisplay
        >>> display = FalseDiscoveryDisplay([0.5, 0.1, 0.9], [0.3, 0.1, 0.5])
        >>> display.plot(Figure().subplots()).ax_.get_xlabel()
        'funds called skilled, of 3'
        """
        self._draw(open_axes(ax, self, self._size))
        return self


class BaseAlphaDisplay:
    """A picture of groups of alphas, in a chosen unit."""

    _size = (7.2, 4.6)

    def plot(self, ax=None, *, unit=None, group_names=None):
        """Draw the picture.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.
        unit : tuple of float and str, default=None
            A factor for alphas and its name, ``(1200, "% a year")``; None draws decimals.
        group_names : sequence of str of length L, default=None
            Names of the groups for the legend; None numbers them.

        Returns
        -------
        self : object
            The display, drawn.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem.display import ShrinkageDisplay
        >>> display = ShrinkageDisplay([-0.02, 0.03], [-0.005, 0.02], [0.02, 0.01])
        >>> display.plot(Figure().subplots(), unit=(100, "%")).ax_.get_xlabel()
        'estimated alpha, %'
        """
        scale, unit = read_unit(unit)
        labels = label_groups(group_names, self.means.size)
        self._draw(open_axes(ax, self, self._size), scale, unit, labels)
        return self
