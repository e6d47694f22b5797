"""Summaries side by side."""

import numpy as np
import pytest

from skem import DeconvolvedGaussianMixture
from skem.inference import compare_summaries, summarize


@pytest.fixture(scope="module")
def summaries():
    rng = np.random.default_rng(1)
    skill = np.repeat([-3.0, 3.0], 50) + rng.standard_normal(100)
    errors = np.full(100, 0.5)
    X = np.column_stack([skill + errors * rng.standard_normal(100), errors])
    return {
        f"{number} groups": summarize(DeconvolvedGaussianMixture(number).fit(X), X)
        for number in (1, 2)
    }


def test_every_parameter_has_its_standard_error_below_it(summaries):
    lines = str(compare_summaries(summaries)).splitlines()
    at = next(row for row, line in enumerate(lines) if line.startswith("mean 1"))
    two = summaries["2 groups"]
    assert lines[at].split()[2:] == [f"{two.estimates[3]:.2f}"]
    assert lines[at + 1].split() == [f"({two.standard_errors[3]:.2f})"]


def test_kinds_stay_together_and_facts_come_last(summaries):
    lines = str(compare_summaries(summaries)).splitlines()
    starts = [line[:8].strip() for line in lines if line[:1].strip()]
    assert starts.index("weight 1") < starts.index("mean 0") < starts.index("BIC")


def test_the_frame_has_the_numbers_of_each_summary(summaries):
    frame = compare_summaries(summaries).to_frame()
    two = summaries["2 groups"]
    np.testing.assert_array_equal(frame["2 groups", "estimate"], two.estimates)
    assert np.isnan(frame.loc["mean 1", ("1 groups", "estimate")])


def test_latex_has_a_column_for_each_fit(summaries):
    latex = compare_summaries(summaries).to_latex()
    assert latex.startswith(r"\begin{tabular}{lrr}")
    assert r"parameter & 1 groups & 2 groups \\" in latex


def test_other_than_a_dict_of_summaries_is_refused(summaries):
    with pytest.raises(TypeError, match="has a list: a dict of results of summarize"):
        compare_summaries(list(summaries.values()))
    with pytest.raises(ValueError, match="summaries is empty"):
        compare_summaries({})


def test_summaries_in_different_units_are_refused(summaries):
    rng = np.random.default_rng(1)
    X = np.column_stack([rng.standard_normal(30), np.ones(30)])
    yearly = summarize(
        DeconvolvedGaussianMixture(1, fixed_variances=[1.0]).fit(X), X, unit=(12, "a year")
    )
    with pytest.raises(ValueError, match="different units: a year, the units of X"):
        compare_summaries({**summaries, "yearly": yearly})
