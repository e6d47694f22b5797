"""Answers of a fitted mixture, beside scikit-learn's GaussianMixture."""

from functools import partial

from sklearn.mixture import GaussianMixture

from skem import PanelGaussianMixture

from .measuring import peak_megabytes, print_table, processor_seconds, seconds
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
        call = partial(getattr(ours, name), z)
        calls = [call]
        if theirs_name:
            calls.append(partial(getattr(theirs, theirs_name), z.reshape(-1, 1)))
        time, *their_time = processor_seconds(calls)
        row = [name, seconds(time), f"{peak_megabytes(call):.0f} MB"]
        for other in their_time:
            row += [seconds(other), f"{other / time:.1f}"]
        rows.append(row if their_time else [*row, "-", "-"])
    print_table(
        f"{int(arguments.cells):,} cells, two groups, one thread, least processor time",
        ["method", "skem", "memory, with the result", "GaussianMixture", "ratio"],
        rows,
    )
