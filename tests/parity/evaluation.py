"""The evaluation computed again from its rows, with scikit-learn, scipy and numpy: metrics, order, slices, intervals, profit.

`evaluation.json` holds scenarios by name: rows, what was asked, and our figures under `ours`. Ties are the point of this file: rows of one
score have no order, so a cumulative curve is known only where a score ends, and runs straight in between. Every figure about an order is read
off such curves here (`Curve`), while the engine gives each tied row the mean of its group.

The resampled intervals are draws: each of their ends must lie where an end of a 200-resample interval can lie in a distribution that numpy
resamples more often (99.9 %).
"""

import numpy as np
from exports import Account, export_from_arguments
from scipy import stats
from sklearn.metrics import auc, mean_absolute_error, mean_absolute_percentage_error, r2_score, root_mean_squared_error

TOLERANCE = 1e-9
N_GROUPS = 10
CONFIDENCE = 0.95
N_RESAMPLES = 200
N_NUMPY_RESAMPLES = 2_000
END_CONFIDENCE = 0.999


class Curve:
    """Cumulative sums of values by a score, the highest first."""

    def __init__(self, score):
        self.scores, self.group = np.unique(-np.asarray(score), return_inverse=True)
        self.ends = np.concatenate([[0], np.cumsum(np.bincount(self.group))])

    def up_to(self, values, places, weights=None):
        """The sums over so many places. With weights a row counts as that many."""
        weights = np.ones(len(self.group)) if weights is None else weights
        by_score = lambda of_rows: np.bincount(self.group, of_rows, len(self.scores))
        cumulative = lambda of_rows: np.concatenate([[0], np.cumsum(by_score(of_rows))])
        return np.interp(places, cumulative(weights), cumulative(weights * np.asarray(values, dtype=float)))

    def by_group(self, values):
        """Means of the decile groups."""
        bounds = bounds_of(len(self.group))
        return np.diff(self.up_to(values, bounds)) / np.diff(bounds)


def bounds_of(n: int):
    n_groups = min(n, N_GROUPS)
    return np.arange(n_groups + 1) * n // n_groups


def check_metrics(account: Account, name: str, actual, predicted, ours: dict):
    bought = actual > 0
    found = {
        "rmse": root_mean_squared_error(actual, predicted),
        "mae": mean_absolute_error(actual, predicted),
        "r2": r2_score(actual, predicted) if np.ptp(actual) > 0 else 0.0,
        "mape": mean_absolute_percentage_error(actual[bought], predicted[bought]) if bought.any() else np.nan,
        "n_rows": len(actual),
        "n_mape_excluded": np.sum(~bought),
    }
    for metric, value in found.items():
        account.numbers(f"{name} {metric}", value, ours[metric], TOLERANCE)


def check_slice(account: Account, name: str, actual, predicted, ours: dict):
    check_metrics(account, name, actual, predicted, ours["metrics"])
    error = predicted - actual
    account.numbers(f"{name} bias", np.mean(error), ours["bias"], TOLERANCE)
    if len(error) < 2:
        account.holds(f"{name}: one row has no interval", ours["bias_interval"] is ours["rmse_interval"] is None)
        return
    bias = stats.ttest_1samp(error, 0).confidence_interval(CONFIDENCE)
    reach = stats.t.ppf(0.5 + CONFIDENCE / 2, len(error) - 1) * stats.sem(error**2) / np.mean(error**2) / 2
    rmse = np.sqrt(np.mean(error**2)) * np.exp([-reach, reach])
    for what, ends in [("bias", bias), ("rmse", rmse)]:
        interval = ours[f"{what}_interval"]
        account.numbers(f"{name} interval of {what}", list(ends), [interval["low"], interval["high"]], TOLERANCE)


def check_order(account: Account, name: str, actual, predicted, ours: dict):
    by_prediction, by_actual = Curve(predicted), Curve(actual)
    n, total = len(actual), np.sum(actual)
    area = lambda curve: auc(curve.ends / n, curve.up_to(actual, curve.ends) / total) - 0.5
    account.numbers(f"{name} normalised Gini", area(by_prediction) / area(by_actual), ours["normalised_gini"], TOLERANCE)
    account.numbers(f"{name} Spearman", stats.spearmanr(actual, predicted).statistic, ours["spearman"], TOLERANCE)
    percents = np.arange(101) * n / 100
    account.numbers(f"{name} gains", by_prediction.up_to(actual, percents) / total, ours["gains"], TOLERANCE)
    account.numbers(f"{name} best gains", by_actual.up_to(actual, percents) / total, ours["best_gains"], TOLERANCE)

    bounds = bounds_of(n)
    held = by_prediction.up_to(actual, bounds) / total
    deciles = {
        "n_rows": np.diff(bounds),
        "mean_predicted": by_prediction.by_group(predicted),
        "mean_actual": by_prediction.by_group(actual),
        "share": np.diff(held),
        "lift": by_prediction.by_group(actual) / np.mean(actual),
        "cumulative_gain": held[1:],
    }
    for column, values in deciles.items():
        account.numbers(f"{name} deciles {column}", values, [row[column] for row in ours["deciles"]], TOLERANCE)

    n_top = max(n // N_GROUPS, 1)
    is_high = actual >= np.sort(actual)[-n_top]
    held, most = (curve.up_to(actual, n_top) for curve in (by_prediction, by_actual))
    hit_rate = by_prediction.up_to(is_high, n_top) / n_top
    top = {"n_rows": n_top, "hit_rate": hit_rate, "share": held / total, "capture": held / most}
    for column, value in top.items():
        account.numbers(f"{name} top decile {column}", value, ours["top_decile"][column], TOLERANCE)


def finite_sample_quantile(scores, level: float) -> float:
    """numpy's quantile that is a score itself, at the level of a finite sample."""
    n = len(scores)
    place = np.ceil(np.round((n + 1) * level, 9))
    return np.inf if place > n else np.quantile(scores, place / n, method="inverted_cdf")


def interval_of(kind: str, calibration: dict, scenario: dict):
    """The margin, and bounds of the test rows."""
    actual, predicted = np.array(calibration["actual"]), np.array(calibration["predicted"])
    new = np.array(scenario["predicted"])
    level = scenario["level"]
    if kind == "quantile":
        before, now = np.sort(calibration["quantiles"], axis=0), np.sort(scenario["quantiles"], axis=0)
        margin = finite_sample_quantile(np.maximum(before[0] - actual, actual - before[1]), level)
        lower, upper = now[0] - margin, now[1] + margin
        return margin, np.where(lower > upper, now.mean(axis=0), lower), np.where(lower > upper, now.mean(axis=0), upper)
    before, now = (np.array(rows["scale"]) if kind == "scaled" else 1.0 for rows in (calibration, scenario))
    margin = finite_sample_quantile(np.abs(actual - predicted) / before, level)
    return margin, new - margin * now, new + margin * now


def check_intervals(account: Account, name: str, scenario: dict, actual, predicted):
    curve = Curve(predicted)
    for ours in scenario["ours"]["intervals"]:
        what = f"{name} {ours['kind']} intervals"
        margin, lower, upper = interval_of(ours["kind"], scenario["calibration"], scenario)
        # JSON has no infinity.
        exported = ours["margin"]["value"]
        account.numbers(f"{what}: margin", margin, np.inf if exported is None else exported, TOLERANCE)
        held = (lower <= actual) & (actual <= upper)
        rows = {"coverage": held, "below": actual < lower, "above": actual > upper, "mean_width": upper - lower}
        overall, by_decile = ours["coverage"]["overall"], ours["coverage"]["by_decile"]
        for column, values in rows.items():
            account.numbers(f"{what}: {column}", np.mean(values), overall[column], TOLERANCE)
            account.numbers(f"{what}: {column} by decile", curve.by_group(values), [d[column] for d in by_decile], TOLERANCE)
        wilson = stats.binomtest(int(held.sum()), len(held)).proportion_ci(CONFIDENCE, method="wilson")
        found = overall["coverage_interval"]
        account.numbers(f"{what}: interval of coverage", list(wilson), [found["low"], found["high"]], TOLERANCE)
        print(f"{what}: {np.mean(held):.2%} of the test rows held, {scenario['level']:.0%} promised, "
              f"mean width {np.mean(upper - lower):.4g}")


def end_bounds(draws, p: float):
    """Between which values an order statistic of 200 resamples lies: its place in the distribution is a beta variable."""
    place = np.ceil(p * N_RESAMPLES)
    edges = stats.beta.ppf([0.5 - END_CONFIDENCE / 2, 0.5 + END_CONFIDENCE / 2], place, N_RESAMPLES + 1 - place)
    # The draws are a sample as well: three standard errors more.
    error = np.sqrt(edges * (1 - edges) / len(draws))
    return np.quantile(draws, np.clip(edges + [-1, 1] * error * 3, 0, 1), method="inverted_cdf")


def check_profit(account: Account, name: str, scenario: dict, actual, predicted):
    campaign = scenario["campaign"]
    n = len(actual)
    budget, cost = campaign["budget"], campaign["contact_cost"]
    n_affordable = n if budget is None or cost == 0 else min(n, int(budget // cost))
    targeted = np.minimum(np.arange(101) * n // 100, n_affordable)
    profits = lambda curve, weights=None: (campaign["margin"] * campaign["uplift"] * curve.up_to(actual, targeted, weights)
                                           - cost * targeted)
    curves = {"predicted": Curve(predicted)} | {score: Curve(values) for score, values in scenario["scores"]}
    account.holds(f"{name}: one profit curve per score", [c["score"] for c in scenario["ours"]["profit"]] == list(curves))
    rng = np.random.default_rng(1)
    drawn = {score: np.empty((N_NUMPY_RESAMPLES, len(targeted))) for score in curves}
    for resample in range(N_NUMPY_RESAMPLES):
        weights = np.bincount(rng.integers(0, n, n), minlength=n)
        for score, curve in curves.items():
            drawn[score][resample] = profits(curve, weights)
    for ours in scenario["ours"]["profit"]:
        what, curve = f"{name} profit by {ours['score']}", curves[ours["score"]]
        found = profits(curve)
        account.numbers(f"{what}: targeted", targeted, [point["n_targeted"] for point in ours["points"]], 0.0)
        account.numbers(what, found, [point["profit"] for point in ours["points"]], TOLERANCE)
        best = ours["best"]["percent"]
        # Where two percents earn the same but for rounding, either is the best.
        account.numbers(f"{what}: best", np.max(found), found[best], TOLERANCE)
        of_score = drawn[ours["score"]]
        for interval, values in [("percent_interval", np.argmax(of_score, axis=1)), ("profit_interval", of_score[:, best])]:
            for end, p in [("low", 0.5 - CONFIDENCE / 2), ("high", 0.5 + CONFIDENCE / 2)]:
                low, high = end_bounds(values, p)
                slack = TOLERANCE * max(1.0, abs(low), abs(high))
                account.holds(f"{what}: {end} end of {interval} is {ours[interval][end]}, not in {low} … {high}",
                              low - slack <= ours[interval][end] <= high + slack)
        print(f"{what}: best {best} % with {ours['best']['profit']:,.2f}, 95 %: {ours['percent_interval']['low']:.0f} … "
              f"{ours['percent_interval']['high']:.0f} %")


def main():
    export = export_from_arguments()
    account = Account()
    for name, scenario in export.json("evaluation.json").items():
        actual, predicted = np.array(scenario["actual"]), np.array(scenario["predicted"])
        ours = scenario["ours"]
        check_metrics(account, name, actual, predicted, ours["metrics"])
        check_order(account, name, actual, predicted, ours)
        check_slice(account, f"{name} all rows", actual, predicted, ours["overall"])
        for (label, rows), found in zip(scenario["parts"], ours["slices"], strict=True):
            account.holds(f"{name}: slice {label}", found["label"] == label and found["n_rows"] == len(rows))
            if rows:
                check_slice(account, f"{name} {label}", actual[rows], predicted[rows], found["found"])
        worst = np.argsort(-np.abs(predicted - actual), kind="stable")[:len(ours["worst"])]
        account.numbers(f"{name} worst cases", worst, [case["row"] for case in ours["worst"]], 0.0)
        check_intervals(account, name, scenario, actual, predicted)
        check_profit(account, name, scenario, actual, predicted)
        print(f"{name}: {len(actual):,} rows, normalised Gini {ours['normalised_gini']:.4f}, Spearman {ours['spearman']:.4f}")
    account.finish()


main()
