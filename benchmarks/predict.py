"""Answers of a fitted mixture, beside scikit-learn's GaussianMixture."""

from sklearn.mixture import GaussianMixture

from skem import PanelGaussianMixture

from .measuring import median_seconds, peak_megabytes, print_table, seconds
from .populations import draw


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--cells", type=float, default=1e6)


def main(arguments):
    """Time each method on the same cells under the same parameters."""
    alphas = draw("two separated groups", int(arguments.cells))
    z = (alphas - alphas.mean()) / alphas.std()
    ours = PanelGaussianMixture(2).fit(z)
    theirs = GaussianMixture(
        2,
        reg_covar=0,
        max_iter=1,
        tol=1e9,
        weights_init=ours.weights_,
        means_init=ours.means_[:, None],
        precisions_init=1 / ours.variances_[:, None, None],
    ).fit(z.reshape(-1, 1))
    rows = []
    for name, theirs_name in (
        ("predict_proba", "predict_proba"),
        ("predict", "predict"),
        ("score_samples", "score_samples"),
        ("score", "score"),
        ("transform", None),
    ):
        call = getattr(ours, name)
        time = median_seconds(lambda call=call: call(z), 9)
        row = [name, seconds(time), f"{peak_megabytes(lambda call=call: call(z)):.0f} MB"]
        if theirs_name:
            call = getattr(theirs, theirs_name)
            their_time = median_seconds(lambda call=call: call(z.reshape(-1, 1)), 5)
            row += [seconds(their_time), f"{their_time / time:.1f}"]
        else:
            row += ["-", "-"]
        rows.append(row)
    print_table(
        f"{int(arguments.cells):,} cells, two groups, one thread",
        ["method", "skem", "memory, with the result", "GaussianMixture", "ratio"],
        rows,
    )
