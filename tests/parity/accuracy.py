"""How well our boosting tells test rows beside xgboost: same matrices, same settings and objectives, several seeds of the data.

The score is R2, of other objectives the share of the mean's, or one quantile's, loss that the model takes away.

Each folder is an export with what `examples/fit` made of it. With a heavy tail one seed scatters by a tenth and says nothing: means
over the seeds are judged, and on the logarithm, where single customers weigh less, more strictly. A small run cannot show that a mean
lies within so little; with --small it fails when it shows the contrary: t times the standard error, from the scatter of the seeds.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import xgboost
from boosting import MAX_BIN, OBJECTIVES, SETTINGS, blanked, xgboost_params
from exports import MODELS, Account
from scipy import stats
from sklearn.metrics import d2_pinball_score, d2_tweedie_score, r2_score

# How far below xgboost's the mean over the seeds may lie.
ALLOWED = {"raw": 0.01, "log1p": 0.002, "tweedie": 0.01, "quantile": 0.01}
OF_TARGET = {"log1p": lambda spend: np.log1p(spend.astype(float)).astype(np.float32)}
SCORE = {
    "tweedie": lambda actual, predicted: d2_tweedie_score(actual, predicted, power=1.5),
    "quantile": lambda actual, predicted: d2_pinball_score(actual, predicted, alpha=0.9),
}
# Objectives are compared at one setting.
OF_SETTING = {target: ["A"] for target in OBJECTIVES}
# xgboost takes the exponential in single precision by another function than we do.
ULP = 2**-23
# Chance of one comparison to fail without a cause, were the differences normal.
SMALL_LEVEL = 1e-4


def read(folder: Path, scenario: str, part: str, with_missing: bool) -> tuple[np.ndarray, np.ndarray, int]:
    """A matrix, its target, and how many cells are left without a value."""
    table = pq.read_table(folder / f"matrix/{scenario}_{part}.parquet")
    target = table["TARGET"].to_numpy()
    table = table.drop_columns(["TARGET"])
    values = np.column_stack([column.to_numpy() for column in table.columns])
    n_blanked = 0
    if with_missing:
        blank = blanked(part, table.column_names, len(values))
        values[blank] = np.nan
        n_blanked = int(blank.sum())
    return values, target, n_blanked


def scores(account: Account, folder: Path, with_missing: bool) -> dict[tuple, tuple[float, float]]:
    """xgboost's test score and ours by scenario, setting and target."""
    found = {}
    fit_folder = folder / ("fit-missing" if with_missing else "fit")
    fits = json.loads((fit_folder / "fits.json").read_text())["fits"]
    fits = {(fit["scenario"], fit["setting"], fit["target"]): fit for fit in fits}
    for scenario in MODELS:
        train, test = (read(folder, scenario, part, with_missing) for part in ("train", "test"))
        binned = {}
        ours = pq.read_table(fit_folder / f"predictions/{scenario}.parquet")
        for setting, target in [(setting, target) for of, setting, target in fits if of == scenario]:
            fit, name = fits[scenario, setting, target], f"{folder.name} {scenario} {setting} {target}"
            account.holds(f"{name}: as many cells without a value", fit["blanked_cells"] == train[2] + test[2])
            of_target, score = OF_TARGET.get(target, lambda spend: spend), SCORE.get(target, r2_score)
            actual = of_target(test[1])
            if target not in binned:
                binned[target] = xgboost.QuantileDMatrix(train[0], of_target(train[1]), max_bin=MAX_BIN, nthread=1)
            params, n_trees = xgboost_params(setting, target)
            theirs = xgboost.train(params, binned[target], n_trees).predict(xgboost.DMatrix(test[0], nthread=1))
            predicted = ours[f"{setting}_{target}"].to_numpy()
            found[scenario, setting, target] = score(actual, theirs), score(actual, predicted)

            # Our trees in xgboost: the same float32, bit for bit where no exponential is taken.
            booster = xgboost.Booster(model_file=fit_folder / f"models/{scenario}_{setting}_{target}.json")
            again = booster.predict(xgboost.DMatrix(test[0], feature_names=booster.feature_names, nthread=1))
            same = np.allclose(again, predicted, rtol=2 * ULP, atol=0) if target == "tweedie" else np.array_equal(again, predicted)
            account.holds(f"{name}: xgboost predicts the same with our trees", same)
    return found


def judge(account: Account, of_seed: list[dict], is_small: bool) -> None:
    print(f"\n{'':26} {'xgboost':>8} {'ours':>8} {'ours -':>8}  {'least':>8}   ours - xgboost of each seed")
    print(f"{'':26} {'mean':>8} {'mean':>8} {'xgboost':>8}  {'allowed':>8}")
    n = len(of_seed)
    if not is_small:
        expected = {(scenario, setting, target) for scenario in MODELS for target in ALLOWED
                    for setting in OF_SETTING.get(target, SETTINGS)}
        account.holds("every setting was fitted", set(of_seed[0]) == expected)
    differences = {case: np.array([found[case][1] - found[case][0] for found in of_seed]) for case in of_seed[0]}
    for case, difference in differences.items():
        least = -ALLOWED[case[2]]
        if is_small:
            # Few seeds tell little of their own scatter: at least that of all cases with this target.
            alike = [other.var(ddof=1) for (_, _, target), other in differences.items() if target == case[2]]
            scatter = np.sqrt(max(np.mean(alike), difference.var(ddof=1)))
            least -= stats.t.isf(SMALL_LEVEL, len(alike) * (n - 1)) * scatter / np.sqrt(n)
        theirs, ours = np.mean([found[case] for found in of_seed], axis=0)
        each = " ".join(f"{value:+.4f}" for value in difference)
        print(f"{' '.join(case):26} {theirs:8.4f} {ours:8.4f} {difference.mean():+8.4f}  {least:+8.4f}   {each}")
        account.holds(f"{' '.join(case)}: mean difference {difference.mean():+.4f}, at least {least:+.4f} is allowed",
                      difference.mean() >= least)


def main() -> None:
    parser = argparse.ArgumentParser(description="ours beside xgboost over several seeds")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--small", action="store_true", help="allow for the scatter between the seeds")
    parser.add_argument("--missing", action="store_true", help="the fits were made with --missing")
    asked = parser.parse_args()
    account = Account()
    of_seed = []
    for folder in asked.folders:
        of_seed.append(scores(account, folder, asked.missing))
        print(f"{folder.name}: " + "; ".join(f"{' '.join(case)} {theirs:.4f} / {ours:.4f}"
                                             for case, (theirs, ours) in of_seed[-1].items()))
    judge(account, of_seed, asked.small)
    least = min(np.mean([found[case][1] - found[case][0] for found in of_seed]) for case in of_seed[0])
    account.finish(f"{len(of_seed)} seeds, {len(of_seed[0])} models each, least mean difference {least:+.4f} in R2 or its like, "
                   f"{account.n_values} statements")


main()
