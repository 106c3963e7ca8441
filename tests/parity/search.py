"""The search for parameters beside scikit-learn and Optuna.

The posterior of our Gaussian process is computed again by scikit-learn with the same hyper-parameters. And Optuna's TPE sampler searches what
ours searched: the same space, as many trials, four at a time, with `examples/search` answering what each point is worth.

A search is a draw: its seed decides how good the best of 20 trials is. So samplers are compared by the medians over ten seeds, and ours may lie
above TPE's by no more than chance would leave between equal ones (see `allowance`).
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import optuna
from exports import Account
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

TOLERANCE = 1e-6
BATCH = 4
# Those that learn; the others are there to be beaten.
LEARNING = ["confidence", "improvement"]
N_RESAMPLES = 10_000


def posteriors(account: Account, cases: list[dict]) -> None:
    """Means, standard deviations and log evidence; targets have variance 1, so that 1e-6 is a millionth of their scatter."""
    for number, case in enumerate(cases):
        smooth = ConstantKernel(case["amplitude"], "fixed") * Matern(case["length_scales"], "fixed", nu=2.5)
        process = GaussianProcessRegressor(smooth + WhiteKernel(case["noise"], "fixed"), alpha=0.0, optimizer=None)
        process.fit(case["places"], case["targets"])
        mean, sd = process.predict(case["queries"], return_std=True)
        # Theirs is that of a value, ours that of the function.
        ours = {"mean": np.array(case["mean"]), "sd": np.sqrt(np.square(case["sd"]) + case["noise"])}
        different = {name: np.abs(ours[name] - theirs).max() for name, theirs in [("mean", mean), ("sd", sd)]}
        evidence = process.log_marginal_likelihood_value_
        different["log evidence"] = abs(case["log_evidence"] - evidence) / max(1.0, abs(evidence))
        name = f"{len(case['places'])} x {len(case['places'][0])}{' fitted' if case['is_fitted'] else ''}"
        print(f"posterior {name}: " + ", ".join(f"{what} {by:.2g}" for what, by in different.items()))
        for what, by in different.items():
            account.largest = max(account.largest, by)
            account.holds(f"posterior {number} ({name}): {what} differs by {by:.3g}", by <= TOLERANCE)


def distribution(dimension: dict):
    low, high, is_log = dimension["low"], dimension["high"], dimension["is_log"]
    if dimension["is_whole"]:
        return optuna.distributions.IntDistribution(int(low), int(high), log=is_log)
    return optuna.distributions.FloatDistribution(low, high, log=is_log)


class Objective:
    """Our booster behind a pipe: a line of points in, a line of losses out."""

    def __init__(self, command: list[str]):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.space = {dimension["name"]: distribution(dimension) for dimension in json.loads(self.process.stdout.readline())}

    def losses(self, points: list[list[float]]) -> list[float]:
        self.process.stdin.write(json.dumps(points) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def searched_by_tpe(objective: Objective, seed: int, n_trials: int) -> list[float]:
    """The losses of all trials in their order. What is not named has Optuna's default; it knows which trials are pending (constant liar)."""
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, constant_liar=True))
    found = []
    while len(found) < n_trials:
        trials = [study.ask(objective.space) for _ in range(min(BATCH, n_trials - len(found)))]
        losses = objective.losses([[trial.params[name] for name in objective.space] for trial in trials])
        for trial, loss in zip(trials, losses):
            study.tell(trial, loss)
        found += losses
    return found


def allowance(ours: np.ndarray, theirs: np.ndarray) -> float:
    """How far apart the medians of two samplers lie by chance if they are equally good: in 95 of 100 times no further, were the searches of both
    together dealt out anew."""
    generator = np.random.default_rng(0)
    both = np.concatenate([ours, theirs])
    dealt = np.array([generator.permutation(both) for _ in range(N_RESAMPLES)])
    return float(np.quantile(np.median(dealt[:, : len(ours)], axis=1) - np.median(dealt[:, len(ours):], axis=1), 0.95))


def compare(account: Account, scenario: str, losses: dict[str, list[list[float]]]) -> dict[str, float]:
    """Prints all samplers, judges those that learn; their medians beside TPE's, as shares of it."""
    least = {name: np.min(of_seeds, axis=1) for name, of_seeds in losses.items()}
    print(f"\n{scenario}: least validation RMSE of {len(losses['tpe'][0])} trials, over {len(losses['tpe'])} seeds")
    for name, found in least.items():
        print(f"  {name:12} median {np.median(found):9.3f}   least {found.min():9.3f}   most {found.max():9.3f}")
    theirs = np.median(least["tpe"])
    for name in LEARNING:
        ours, allowed = np.median(least[name]), allowance(least[name], least["tpe"])
        account.holds(f"{scenario}: {name} has median {ours:.3f}, TPE {theirs:.3f}; chance leaves {allowed:.3f} between equal ones",
                      ours <= theirs + allowed)
    return {name: np.median(least[name]) / theirs - 1.0 for name in LEARNING}


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit(f"usage: {Path(sys.argv[0]).name} FOLDER COMMAND OF examples/search..., where FOLDER is an export with its searches")
    folder, command = Path(sys.argv[1]), sys.argv[2:]
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    account = Account()
    posteriors(account, json.loads((folder / "search/posterior.json").read_text()))
    beside = []
    for file in sorted((folder / "search").glob("losses-*.json")):
        ours = json.loads(file.read_text())
        scenario, losses = ours["scenario"], ours["losses"]
        objective = Objective([*command, "serve", "--matrix", str(folder), "--scenario", scenario])
        n_trials = len(losses["random"][0])
        losses["tpe"] = [searched_by_tpe(objective, seed, n_trials) for seed in range(len(losses["random"]))]
        objective.close()
        shares = compare(account, scenario, losses)
        beside.append(f"{scenario} " + ", ".join(f"{name} {share:+.2%}" for name, share in shares.items()))
    account.finish(f"posterior differs by {account.largest:.2g}; median RMSE beside TPE's: {'; '.join(beside)}; "
                   f"{account.n_values} statements")


main()
