"""BG/NBD and gamma-gamma beside `lifetimes`, fitted to the same customers: `btyd.json` holds these, and under `ours` what our fits found.

Parameters may differ by 1 %, because a flat likelihood ends two searches in two places; that ours is not the lower place is checked without
allowance for it. What follows from parameters (alive, expected purchases, expected spend) is computed by `lifetimes` with its own parameters,
to 1e-3, and with ours, to what its hypergeometric series gives. The tests' CDNOW cohort is compared with the one in the package.
"""

import csv
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from exports import Account, export_from_arguments
from lifetimes import BetaGeoFitter, GammaGammaFitter
from lifetimes.datasets import load_cdnow_summary_data_with_monetary_value
from scipy.special import betaln, gammaln

CDNOW = Path(__file__).parent.parent / "golden/cdnow.csv"
PARAMETER_TOLERANCE = 0.01
EXPECTATION_TOLERANCE = 1e-3
# Of log likelihoods as this file writes them, and of P(alive), with the same parameters.
EXACT = 1e-9
# Of expectations with the same parameters.
SAME_TOLERANCE = 1e-6
GRADIENT_TOLERANCE = 1e-6


def purchase_log_likelihood(parameters, x, t_x, age) -> float:
    """Of all customers: equation 6 of Fader, Hardie & Lee 2005."""
    r, alpha, a, b = parameters
    stayed = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + age)
    left = betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b) - (r + x) * np.log(alpha + t_x)
    both = np.where(x > 0, np.logaddexp(stayed, left), stayed)
    return float(np.sum(gammaln(r + x) - gammaln(r) + r * np.log(alpha) + both))


def spend_log_likelihood(parameters, x, m) -> float:
    """Of customers with a repeat purchase: equation 1a of Fader & Hardie 2013."""
    p, q, v = parameters
    return float(np.sum(-betaln(p * x, q) + q * np.log(v) + p * x * np.log(x) + (p * x - 1) * np.log(m)
                        - (p * x + q) * np.log(x * m + v)))


def relative(account: Account, name: str, found, ours, tolerance: float):
    """One by one, not in relation to the largest."""
    found, ours = np.asarray(found, dtype=float), np.asarray(ours, dtype=float)
    different = np.abs(ours / found - 1)
    account.n_values += len(ours) - 1
    worst = f"customer {np.argmax(different)} differs by {np.max(different):.3g}"
    account.holds(f"{name}: {worst}", np.all(different <= tolerance))
    print(f"{name}: {len(ours):,} values, largest relative difference {np.max(different):.3g}, allowed {tolerance:g}")


def fixed(fitter, names: list[str], ours: dict):
    """A fitter as if it had found our parameters."""
    fitter.params_ = pd.Series({name: ours[name] for name in names})
    return fitter


def check_parameters(account: Account, family: str, names: list[str], ours: dict, fitter, log_likelihood):
    """Returns our log likelihood as it is written here, and the largest difference of a parameter."""
    theirs = [float(fitter.params_[name]) for name in names]
    found = [ours[name] for name in names]
    different = [abs(one / other - 1) for one, other in zip(found, theirs)]
    for name, one, other, by in zip(names, found, theirs, different):
        print(f"{family} {name}: {one:.6g}, lifetimes {other:.6g}")
        account.holds(f"{family} {name} is {one:.6g}, lifetimes found {other:.6g}", by <= PARAMETER_TOLERANCE)
    likelihoods = log_likelihood(found), log_likelihood(theirs)
    account.holds(f"{family}: log likelihood {likelihoods[0]} is below that of lifetimes' parameters, {likelihoods[1]}",
                  likelihoods[0] >= likelihoods[1] - EXACT * abs(likelihoods[1]))
    return likelihoods[0], max(different)


def check_cdnow(account: Account):
    bundled = load_cdnow_summary_data_with_monetary_value().value_counts(["frequency", "recency", "T", "monetary_value"])
    with CDNOW.open() as file:
        ours = {tuple(map(float, row[:4])): int(row[4]) for row in list(csv.reader(file))[1:]}
    bundled = {tuple(map(float, customer)): n for customer, n in bundled.items()}
    account.holds("cdnow.csv holds the customers of the package", ours == bundled)


def main():
    # The fitters probe values outside their domain on the way.
    warnings.simplefilter("ignore", RuntimeWarning)
    export = export_from_arguments()
    account = Account()
    check_cdnow(account)
    exported = export.json("btyd.json")
    ours, horizon = exported["ours"], exported["horizon"]
    x, t_x, age, spend = (np.array(exported[name], dtype=float) for name in ("frequency", "recency", "T", "mean_spend"))
    account.holds("the fits converged", ours["is_converged"])

    names = ["r", "alpha", "a", "b"]
    fitter = BetaGeoFitter().fit(x, t_x, age, tol=GRADIENT_TOLERANCE)
    likelihood, of_purchases = check_parameters(account, "BG/NBD", names, ours, fitter,
                                                lambda p: purchase_log_likelihood(p, x, t_x, age))
    account.numbers("BG/NBD log likelihood", likelihood, ours["log_likelihood"], EXACT)
    same = fixed(BetaGeoFitter(), names, ours)
    for of, model, tolerance, exact in [("lifetimes'", fitter, EXPECTATION_TOLERANCE, EXPECTATION_TOLERANCE),
                                        ("our", same, SAME_TOLERANCE, EXACT)]:
        # A customer without a repeat is alive by definition.
        alive = np.where(x > 0, model.conditional_probability_alive(x, t_x, age), 1.0)
        account.numbers(f"alive, {of} parameters", alive, ours["p_alive"], exact)
        expected = model.conditional_expected_number_of_purchases_up_to_time(horizon, x, t_x, age)
        relative(account, f"expected purchases, {of} parameters", expected, ours["expected"], tolerance)
        new = [model.expected_number_of_purchases_up_to_time(time) for time in exported["times"]]
        relative(account, f"expected of new customers, {of} parameters", new, ours["expected_of_new"], tolerance)

    names = ["p", "q", "v"]
    repeats = x > 0
    fitter = GammaGammaFitter().fit(x[repeats], spend[repeats], tol=GRADIENT_TOLERANCE)
    likelihood, of_spend = check_parameters(account, "gamma-gamma", names, ours, fitter,
                                            lambda p: spend_log_likelihood(p, x[repeats], spend[repeats]))
    account.numbers("gamma-gamma log likelihood", likelihood, ours["spend_log_likelihood"], EXACT)
    same = fixed(GammaGammaFitter(), names, ours)
    expected_spend = np.array([np.nan if value is None else value for value in ours["expected_spend"]])
    for of, model, tolerance in [("lifetimes'", fitter, EXPECTATION_TOLERANCE), ("our", same, EXACT)]:
        found = np.asarray(model.conditional_expected_average_profit(pd.Series(x), pd.Series(np.where(repeats, spend, 0.0))))
        is_finite = ~np.isnan(expected_spend)
        relative(account, f"expected spend, {of} parameters", found[is_finite], expected_spend[is_finite], tolerance)
    account.finish(f"{len(x):,} customers, {account.n_values:,} values, parameters within "
                   f"{max(of_purchases, of_spend):.2g} of lifetimes'")


main()
