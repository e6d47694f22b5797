"""The messages for invalid input, and the state of the estimator afterwards."""

import copy
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from skem import PanelGaussianMixture
from skem.datasets import make_alpha_panel
from skem.numerics.data.points import Points

NAN, INF = np.nan, np.inf


def panel():
    """Two groups ten standard deviations apart, 12 managers, 5 draws."""
    return make_alpha_panel(
        12,
        5,
        weights=[0.5, 0.5],
        means=[0.0, 1e-2],
        variances=[1e-6, 1e-6],
        random_state=0,
    )[0]


def with_cell(value):
    alphas = panel()
    alphas[3, 2] = value
    return alphas


def bad(label, *words, X=None, weight=None, error=ValueError, **parameters):
    """A fit that must fail with all of `words` in its message."""
    X = panel() if X is None else X
    return pytest.param(parameters, X, weight, error, words, id=label)


def bad_init(name):
    """The faults that any starting value can have."""
    init = f"{name}_init"
    return [
        bad(f"{init} too long", f"{init} has shape (3,)", "n_components=2 needs (2,)",
            "Change one of the two", **{init: [0.2, 0.3, 0.5]}),
        bad(f"{init} too short", f"{init} has shape (1,)", "n_components=2 needs (2,)",
            "Change one of the two", **{init: [1.0]}),
        bad(f"{init} nested", f"{init} has shape (1, 2)", "n_components=2 needs (2,)",
            "Change one of the two", **{init: [[0.5, 0.5]]}),
        bad(f"{init} NaN", init, "contains NaN", "Pass finite numbers",
            **{init: [0.5, NAN]}),
        bad(f"{init} infinite", init, "contains infinity", "Pass finite numbers",
            **{init: [0.5, INF]}),
        bad(f"{init} text", init, "'low'", "Pass finite numbers",
            **{init: ["low", "high"]}),
        bad(f"{init} number", f"'{init}' parameter", "Got 0.5", "must be an array-like",
            **{init: 0.5}),
    ]  # fmt: skip


NO_NUMBER = "is not a real number"
AS_NUMBERS = "numpy.asarray(X).astype(float) converts"
GRID = "a row per manager, a column per draw, and NaN where there is no draw"
ONE_EACH = "Pass one finite number per row of X, 12 in all"

BAD_FITS = [
    bad("infinite", "X has an infinite cell", "inf in row 3, column 2",
        "must be finite", "put NaN", X=with_cell(INF)),
    bad("minus infinite", "X has an infinite cell", "-inf in row 3, column 2",
        "must be finite", "put NaN", X=with_cell(-INF)),
    bad("few values", "X has 2 different observed value(s)", "n_components=3",
        "needs at least 3", "Ask for fewer groups",
        X=np.tile([[0.0, 1.0]], (4, 1)), n_components=3),
    bad("constant", "X has 1 different observed value(s)", "needs at least 2",
        "pass draws that differ", X=np.ones((3, 4))),
    bad("constant, one group", "X has 1 different observed value(s)",
        "needs at least 2", "pass draws that differ", X=np.ones((3, 4)),
        n_components=1),
    bad("one cell", "X has 1 different observed value(s)", "pass draws that differ",
        X=[[1.0]], n_components=1),
    bad("an outlier beside which others are equal", "X spans 0.1 to 1e+100",
        "only 2 of its values differ", "n_components=3 needs", "leave them out",
        X=[[0.1, 0.2, 0.3, 1e100]], n_components=3),
    bad("all NaN", "X has no observed cell", "all 12 are NaN", "At least one",
        "Pass a grid with alphas", X=np.full((3, 4), NAN)),
    bad("all masked", "X has no observed cell", "all 12 are NaN",
        X=np.ma.masked_all((3, 4))),
    bad("observed only where the weight is zero", "X has no observed cell",
        "zero weight", X=[[NAN, NAN], [1.0, 2.0]], weight=[1, 0]),
    bad("too wide", "X spans -1e+200 to 1e+200", "not a double precision number",
        "Multiply X by a constant", X=[[-1e200, 1e200], [0.0, 1.0]]),
    bad("too narrow", "X spans 0 to 1e-200", "not a double precision number",
        "Multiply X by a constant", X=[[0.0, 1e-200], [1e-200, 0.0]]),
    bad("0-D", "X: Expected 2D array, got scalar array", "shape ()", GRID, X=1.0),
    bad("1-D", "X: Expected 2D array, got 1D array", "shape (5,), dtype float64",
        "Reshape your data", GRID, X=panel()[0]),
    bad("3-D", "X: Found array with dim 3", "dim <= 2 is required", GRID,
        X=panel()[None]),
    bad("no managers", "X: Found array with 0 sample(s) (shape=(0, 5))",
        "minimum of 1", GRID, X=np.empty((0, 5))),
    bad("no draws", "X: Found array with 0 feature(s) (shape=(12, 0))",
        "minimum of 1", GRID, X=np.empty((12, 0))),
    bad("sparse", "X: Sparse data was passed", "dense data is required",
        "Use '.toarray()'", X=sparse.csr_array(panel()), error=TypeError),
    bad("complex", "X: Complex data not supported", "shape (12, 5), dtype complex128",
        GRID, X=panel() + 1j),
    bad("masked complex", "X: Complex data not supported", GRID,
        X=np.ma.masked_less(panel(), 0) + 1j),
    bad("text", "X: 'high' of type str_", NO_NUMBER, AS_NUMBERS, GRID,
        X=[["high", "low"], ["low", "high"]]),
    bad("text among numbers", "X: 'high' of type str", NO_NUMBER, AS_NUMBERS, GRID,
        X=np.array([["high", 1.0], [2.0, 3.0]], dtype=object)),
    bad("text in a column", "X: 'A' of type str", NO_NUMBER, GRID,
        "row 0, column 0 ('fund')", "pass X.set_index('fund')",
        X=pd.DataFrame({"fund": ["A", "B"], "alpha": [1.0, 2.0]})),
    bad("numbers as text", "X: '0.", "of type str_", NO_NUMBER, AS_NUMBERS,
        X=panel().astype(str)),
    bad("numbers as bytes", "of type bytes_", NO_NUMBER, AS_NUMBERS,
        X=panel().astype("S")),
    bad("numbers as text in a column", "X: '2.5' of type str", "X.astype(float) converts",
        X=pd.DataFrame({"a": ["2.5", "3.5"], "b": [1.0, 2.0]})),
    bad("numbers as categories", "X: '1' of type str", "X.astype(float) converts",
        X=pd.DataFrame({"a": ["1", "2"], "b": ["3", "4"]}, dtype="category")),
    bad("masked text", "X: '1' of type str_", NO_NUMBER, AS_NUMBERS,
        X=np.ma.masked_equal([["1", "2"], ["3", "4"]], "4")),
    bad("dates", "X: '1970-01-02' of type datetime64", NO_NUMBER, AS_NUMBERS,
        X=np.array([[1, 2], [3, 4]], dtype="datetime64[D]")),
    bad("dates among numbers", "X: '1970-01-02' of type datetime64", NO_NUMBER,
        X=np.array([[np.datetime64(1, "D"), 2.0], [3.0, 4.0]], dtype=object)),
    bad("percent as text", "'3%' of type str in row 0 ('x'), column 1 ('b')",
        """X['b'] = X['b'].str.rstrip("% ").astype(float) / 100""",
        X=pd.DataFrame({"a": [1.0, 2.0], "b": ["3%", None]}, ["x", "y"])),
    bad("a table of percent as text", "'3%' of type str in row 0, column 0 ('a')",
        """X.apply(lambda column: column.str.rstrip("% ").astype(float) / 100)""",
        X=pd.DataFrame({"a": ["3%", "4%"], "b": ["1%", None]})),
    bad("percent as text in an array", "'3%' of type str_", "row 0, column 0",
        """numpy.char.rstrip(numpy.asarray(X, str), "% ").astype(float) / 100""",
        X=np.array([["3%", "1.2%"]])),
    bad("a mark among numbers", "'?' of type str in row 1 ('y'), column 0 ('a')",
        'X.apply(pandas.to_numeric, errors="coerce")',
        X=pd.DataFrame({"a": [1.0, "?"], "b": [1.0, 2.0]}, ["x", "y"])),
    bad("pandas.NA among objects", "'<NA>' of type NAType in row 0, column 1 ('b')",
        'X.astype("Float64")',
        X=pd.DataFrame({"a": [1.0, 2.0], "b": [pd.NA, 2.0]}, dtype=object)),
    bad("long data", "'A' of type str in row 0, column 0 ('fund')",
        "X.pivot(index='fund', columns='date', values='alpha')",
        X=pd.DataFrame({"fund": ["A", "B"], "date": pd.to_datetime(["2020-01-31"] * 2),
                        "alpha": [1.0, 2.0]})),
    bad("long data with numbers of funds", "of type Timestamp in row 0, column 1",
        "X.pivot(index='fund', columns='date', values='alpha')",
        X=pd.DataFrame({"fund": [7, 8], "date": pd.to_datetime(["2020-01-31"] * 2),
                        "alpha": [1.0, 2.0]})),
    bad("a column of dates", "X: '2020-01-31 00:00:00' of type Timestamp",
        "X.set_index('b')",
        X=pd.DataFrame({"a": [1.0, 2.0], "b": pd.to_datetime(["2020-01-31"] * 2)})),
    bad("dates in columns", "X: '2020-01-31", "of type datetime64", NO_NUMBER,
        X=pd.DataFrame({"a": pd.to_datetime(["2020-01-31", "2020-02-29"])})),
    bad("durations", "X: '1 days' of type timedelta64", NO_NUMBER, AS_NUMBERS,
        X=np.array([[1, 2], [3, 4]], dtype="timedelta64[D]")),
    bad("named fields", "of type void", NO_NUMBER,
        X=np.zeros((2, 2), dtype=[("alpha", float)])),
    bad("dictionaries", "X: ", "not 'dict'", GRID, error=TypeError,
        X=np.array([[{}, 1.0], [2.0, 3.0]], dtype=object)),
    bad("ragged lists", "X: ", "inhomogeneous", GRID, X=[[1.0, 2.0], [3.0]]),
    *bad_init("weights"),
    *bad_init("means"),
    *bad_init("variances"),
    bad("weights_init sum", "weights_init=[0.5, 0.6] sums to 1.1", "must sum to 1",
        "Divide them by 1.1", weights_init=[0.5, 0.6]),
    bad("weights_init negative", "weights_init=[-0.5, 1.5]", "must be positive",
        "Leave an empty group out", weights_init=[-0.5, 1.5]),
    bad("weights_init zero", "weights_init=[0.0, 1.0]", "must be positive",
        "Leave an empty group out", weights_init=[0, 1]),
    bad("variances_init zero", "variances_init=[0.0, 1.0]", "must be positive",
        variances_init=[0, 1]),
    bad("variances_init negative", "variances_init=[-1.0, 1.0]", "must be positive",
        variances_init=[-1, 1]),
    bad("weight negative", "sample_weight[1] is -2.0", "must not be negative",
        "Use 0 to leave a row out", weight=[1, -2] + [1] * 10),
    bad("weight all zero", "sample_weight is zero for all 12 rows",
        "must be positive", "Leave sample_weight out", weight=np.zeros(12)),
    bad("weight NaN", "sample_weight contains NaN", ONE_EACH,
        weight=[NAN] + [1] * 11),
    bad("weight masked", "sample_weight contains NaN", ONE_EACH,
        weight=np.ma.masked_equal([2] + [1] * 11, 2)),
    bad("weight infinite", "sample_weight contains infinity", ONE_EACH,
        weight=[INF] + [1] * 11),
    bad("weight too short", "sample_weight has shape (11,)", ONE_EACH,
        weight=np.ones(11)),
    bad("weight per draw", "sample_weight has shape (5,)", ONE_EACH,
        weight=np.ones(5)),
    bad("weight per cell", "sample_weight has shape (12, 5)", ONE_EACH,
        weight=np.ones((12, 5))),
    bad("weight text", "sample_weight: 'heavy' of type str_", NO_NUMBER, ONE_EACH,
        weight=["heavy"] * 12),
    bad("weight as text", "sample_weight: '2' of type str_", NO_NUMBER, ONE_EACH,
        weight=["2"] * 12),
    bad("weight number", "sample_weight: ", "scalar", ONE_EACH, weight=2.0,
        error=TypeError),
    bad("n_components bool", "n_components=True", "integer of at least 1",
        "Pass the number of groups", n_components=True, error=TypeError),
    *(
        bad(f"n_components {value!r}", "'n_components' parameter",
            "must be an int in the range [1, inf)", f"Got {value!r}",
            n_components=value)
        for value in (2.0, 0, -1, "2", None, [2])
    ),
    *(
        bad(f"{name} {value!r}", f"'{name}' parameter", "must be",
            f"Got {value!r}", **{name: value})
        for name, value in [("tol", -1), ("max_iter", 0), ("n_init", 0),
                            ("init_params", "best"), ("variance_floor", 0.0),
                            ("random_state", "seed"), ("warm_start", 1)]
    ),
]  # fmt: skip

# The message of a bad fit, the state that it leaves, and its inputs.
every_bad_fit = pytest.mark.parametrize(
    ("parameters", "X", "weight", "error", "words"), BAD_FITS
)


@every_bad_fit
def test_the_message_says_what_was_received_needed_and_to_be_done(
    parameters, X, weight, error, words
):
    with pytest.raises(error) as caught:
        PanelGaussianMixture(**parameters).fit(X, sample_weight=weight)
    for word in words:
        assert word in str(caught.value)


def same(one, other):
    """Whether two values, of whatever kind, are equal; NaN equals NaN."""
    if sparse.issparse(one):
        one, other = one.toarray(), other.toarray()
    if isinstance(one, pd.DataFrame):
        return one.equals(other)
    if isinstance(one, np.ndarray):
        masks = np.ma.getmaskarray(one), np.ma.getmaskarray(other)
        equal_nan = one.dtype.kind in "fc"
        return (
            one.dtype == other.dtype
            and np.array_equal(*masks)
            and np.array_equal(np.asarray(one), np.asarray(other), equal_nan=equal_nan)
        )
    if isinstance(one, Points):
        one, other = one.__reduce__(), other.__reduce__()
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return same_state(one, other)
    return one == other or (one is NAN and other is NAN)


def same_state(one, other):
    return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)


@pytest.mark.parametrize("X", [panel().ravel(), panel() + 1j], ids=["1-D", "complex"])
def test_a_message_is_one_line_without_the_cells(X):
    with pytest.raises(ValueError, match="X: ") as caught:
        PanelGaussianMixture().fit(X)
    assert not re.search(r"\n|\d\.\d", str(caught.value))


@every_bad_fit
def test_a_refused_fit_leaves_the_estimator_unfitted(parameters, X, weight, error, words):
    estimator = PanelGaussianMixture(**parameters)
    before = copy.deepcopy(vars(estimator))
    with pytest.raises(error):
        estimator.fit(X, sample_weight=weight)
    assert same_state(vars(estimator), before)


@every_bad_fit
def test_a_refused_fit_leaves_the_fit_before(parameters, X, weight, error, words):
    earlier = pd.DataFrame(panel()[:, :3]).add_prefix("draw")
    estimator = PanelGaussianMixture().fit(earlier).set_params(**parameters)
    before = copy.deepcopy(vars(estimator))
    with pytest.raises(error):
        estimator.fit(X, sample_weight=weight)
    assert same_state(vars(estimator), before)


@every_bad_fit
def test_a_refused_fit_does_not_write_to_its_input(parameters, X, weight, error, words):
    before = copy.deepcopy((X, weight))
    with pytest.raises(error):
        PanelGaussianMixture(**parameters).fit(X, sample_weight=weight)
    assert same(X, before[0])
    assert same(weight, before[1])


def test_a_fit_does_not_write_to_its_input():
    X, weight = with_cell(NAN), np.arange(12.0)
    before = X.copy(), weight.copy()
    estimator = PanelGaussianMixture().fit(X, sample_weight=weight)
    for method in ("predict", "predict_proba", "transform", "score_samples", "score"):
        getattr(estimator, method)(X)
    assert same(X, before[0])
    assert same(weight, before[1])


def test_a_fit_does_not_write_to_constructor_parameters():
    given = {
        "weights_init": np.array([0.25, 0.75]),
        "means_init": [0.01, 0.0],
        "variances_init": np.array([1, 2]),
    }
    estimator = PanelGaussianMixture(**given)
    before = copy.deepcopy(given)
    estimator.fit(panel())
    for name, value in given.items():
        assert getattr(estimator, name) is value
        assert same(value, before[name])


def test_names_that_are_not_all_text_are_refused_before_the_fit():
    estimator = PanelGaussianMixture().fit(panel())
    before = copy.deepcopy(vars(estimator))
    mixed = pd.DataFrame(panel()).rename(columns={0: "draw0"})
    with pytest.raises(TypeError, match="all input features have string names"):
        estimator.fit(mixed)
    assert same_state(vars(estimator), before)


def test_a_warm_start_with_another_number_of_groups_is_refused():
    estimator = PanelGaussianMixture(warm_start=True).fit(panel())
    before = copy.deepcopy(vars(estimator.set_params(n_components=1)))
    message = "n_components=1, and warm_start=True .* 2 groups .* Set warm_start=False"
    with pytest.raises(ValueError, match=message):
        estimator.fit(panel())
    assert same_state(vars(estimator), before)


def test_an_infinite_cell_is_found_beyond_the_first_block():
    alphas = np.zeros((30_000, 2))
    alphas[:, 1] = np.arange(30_000)
    alphas[29_000, 1] = INF
    with pytest.raises(ValueError, match="inf in row 29000, column 1"):
        PanelGaussianMixture().fit(alphas)


@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray])
def test_an_infinite_cell_is_named_whatever_the_memory_order(layout):
    with pytest.raises(ValueError, match="inf in row 3, column 2"):
        PanelGaussianMixture().fit(layout(with_cell(INF)))


# After the fit

METHODS = ["predict", "predict_proba", "transform", "score_samples"]
SUMMARIES = ["score", "aic", "bic", "icl"]


@pytest.fixture(scope="module")
def fitted():
    return PanelGaussianMixture().fit(panel())


@pytest.mark.parametrize("method", [*METHODS, *SUMMARIES])
@pytest.mark.parametrize(
    ("X", "error", "words"),
    [
        (with_cell(INF), ValueError, "inf in row 3, column 2.* put NaN"),
        (panel()[0], ValueError, "X: Expected 2D array, got 1D array"),
        (panel()[None], ValueError, "X: Found array with dim 3"),
        (panel()[:0], ValueError, r"X: Found array with 0 sample\(s\)"),
        (panel()[:, :1], ValueError, "X has 1 features, but PanelGaussianMixture"),
        (panel() + 1j, ValueError, "X: Complex data not supported"),
        (sparse.csr_array(panel()), TypeError, "X: Sparse data was passed"),
        ([list("abcde")], ValueError, "X: 'a' of type str_ in row 0, column 0 is not"),
    ],
    ids=["inf", "1-D", "3-D", "empty", "M", "complex", "sparse", "text"],
)
def test_every_answer_refuses_what_a_fit_refuses(fitted, method, X, error, words):
    with pytest.raises(error, match=words):
        getattr(fitted, method)(X)


@pytest.mark.parametrize("method", [*METHODS, *SUMMARIES])
def test_an_unfitted_estimator_says_so(method):
    with pytest.raises(NotFittedError, match="Call 'fit'"):
        getattr(PanelGaussianMixture(), method)(panel())


@pytest.mark.parametrize("method", ["sample", "to_scipy", "get_feature_names_out"])
def test_an_unfitted_estimator_describes_nothing(method):
    with pytest.raises(NotFittedError, match="Call 'fit'"):
        getattr(PanelGaussianMixture(), method)()


@pytest.mark.parametrize("method", SUMMARIES)
def test_a_grid_without_cells_has_no_score(fitted, method):
    message = "X has no observed cell: all 15 are NaN"
    with pytest.raises(ValueError, match=message):
        getattr(fitted, method)(np.full((3, 5), NAN))


@pytest.mark.parametrize(
    ("weight", "words"),
    [
        ([-1.0] + [1.0] * 11, r"sample_weight\[0\] is -1.0"),
        (np.zeros(12), "sample_weight is zero for all 12 rows"),
        ([NAN] + [1.0] * 11, "sample_weight contains NaN"),
        (np.ones(11), r"sample_weight has shape \(11,\)"),
    ],
    ids=["negative", "zero", "NaN", "short"],
)
def test_a_score_refuses_the_weights_that_a_fit_refuses(fitted, weight, words):
    with pytest.raises(ValueError, match=words):
        fitted.score(panel(), sample_weight=weight)


@pytest.mark.parametrize("method", ["aic", "bic", "icl"])
@pytest.mark.parametrize("draws", ["managers", None, 1, ["fixed"]])
def test_another_word_for_draws_is_refused(fitted, method, draws):
    message = re.escape(f"draws={draws!r} must be ") + '"independent".*"fixed".*"posterior"'
    with pytest.raises(ValueError, match=message):
        getattr(fitted, method)(panel(), draws=draws)


@pytest.mark.parametrize(
    ("n_samples", "error"),
    [(0, ValueError), (-1, ValueError), (1.5, TypeError), ("3", TypeError),
     (None, TypeError), (True, TypeError)],
)  # fmt: skip
def test_a_sample_of_no_managers_is_refused(fitted, n_samples, error):
    message = re.escape(f"n_samples={n_samples!r} must be") + ".* Pass the number of"
    with pytest.raises(error, match=message):
        fitted.sample(n_samples)


# Ways to say that a draw is missing

HOLES = np.zeros((12, 5), dtype=bool)
HOLES[[0, 4, 4, 11], [1, 0, 3, 4]] = True


def punched():
    return np.where(HOLES, NAN, panel())


def as_nullable(alphas):
    return pd.DataFrame(alphas).astype("Float64").mask(HOLES, pd.NA)


MISSING = {
    "masked": lambda: np.ma.masked_array(panel(), mask=HOLES),
    "masked, infinite below": lambda: np.ma.masked_array(
        np.where(HOLES, INF, panel()), mask=HOLES
    ),
    "masked objects": lambda: np.ma.masked_array(panel().astype(object), mask=HOLES),
    "None": lambda: np.where(HOLES, None, panel().astype(object)),
    "lists with None": lambda: np.where(HOLES, None, panel().astype(object)).tolist(),
    "pandas NaN": lambda: pd.DataFrame(punched()),
    "pandas NA": lambda: as_nullable(panel()),
}


@pytest.mark.parametrize("grid", MISSING.values(), ids=MISSING.keys())
def test_a_missing_draw_counts_as_nan_in_a_fit(grid):
    # The numbers are the same, but those of a DataFrame are summed column by column.
    np.testing.assert_allclose(
        PanelGaussianMixture().fit(grid()).means_,
        PanelGaussianMixture().fit(punched()).means_,
        rtol=1e-10,
    )


@pytest.mark.parametrize("grid", MISSING.values(), ids=MISSING.keys())
def test_a_missing_draw_is_in_no_group(fitted, grid):
    np.testing.assert_array_equal(fitted.predict(grid()) == -1, HOLES)


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint16, np.float32])
def test_a_mask_counts_whatever_the_type_of_the_cells(dtype):
    whole = np.where(panel() > 5e-3, 90, 10) + np.arange(60).reshape(12, 5) % 7
    masked = np.ma.masked_array(whole.astype(dtype), mask=HOLES)
    np.testing.assert_allclose(
        PanelGaussianMixture().fit(masked).means_,
        PanelGaussianMixture().fit(np.where(HOLES, NAN, whole)).means_,
        # Small integers are exact in either precision, and so is the fit.
        rtol=1e-12,
    )


@pytest.mark.parametrize("dtype", ["Float32", "Float64", "Int64"])
def test_nullable_columns_of_pandas_are_numbers(dtype):
    whole = np.where(panel() > 5e-3, 90, 10) + np.arange(60).reshape(12, 5) % 7
    frame = pd.DataFrame(whole).astype(dtype).mask(HOLES, pd.NA)
    assert PanelGaussianMixture().fit(frame).n_cells_ == HOLES.size - HOLES.sum()


def test_a_column_of_names_in_polars_is_to_be_left_out():
    X = pl.DataFrame({"fund": ["A", "B"], "alpha": [1.0, 2.0]})
    message = r"'A' of type str in row 0, column 0 \('fund'\) .*X\.drop\('fund'\)"
    with pytest.raises(ValueError, match=message):
        PanelGaussianMixture().fit(X)


def test_pandas_na_in_an_array_is_named_with_its_remedy():
    X = np.array([[1.0, pd.NA], [2.0, 3.0]], dtype=object)
    message = r"NAType in row 0, column 1 .*pandas\.DataFrame\(X\)\.astype\(\"Float64\"\)"
    with pytest.raises(ValueError, match=message):
        PanelGaussianMixture().fit(X)
    PanelGaussianMixture(1).fit(pd.DataFrame(X).astype("Float64"))
