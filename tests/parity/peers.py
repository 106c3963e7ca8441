"""How long independent engines take for the same work on the same export: DuckDB for the views, xgboost and LightGBM for the models.

Prints `bench: SERIES NAME milliseconds...`; compares nothing, decides nothing. With the command of `examples/fit` behind the folder,
the same settings are fitted by all, turn by turn, because a machine's speed drifts.
"""

import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import lightgbm
import numpy as np
import sqlglot
import xgboost
from boosting import MAX_BIN, SETTINGS, lightgbm_params, xgboost_params
from exports import MODELS, VIEW_SCRIPT, Export

N_ROUNDS = 5
SCORED_ROWS = 50_000
EXPLAINED_ROWS = 1_000
# The setting whose model is scored and explained.
SCORED_SETTING = "A"
# Engines of examples/fit, by series. The crate gbdt takes some sixty times as long: it is given the smallest setting only.
OWN_ENGINES = {"own": list(SETTINGS), "gbdt": ["C"]}


def in_ms(work) -> tuple[float, object]:
    """How long some work takes, and what it makes."""
    begin = time.perf_counter()
    made = work()
    return (time.perf_counter() - begin) * 1e3, made


def measured(work) -> list[float]:
    """Milliseconds of each round, after one that is not counted."""
    work()
    return [in_ms(work)[0] for _ in range(N_ROUNDS)]


def say(series: str, name: str, times: list[float]) -> None:
    print(f"bench: {series} {name} {' '.join(f'{ms:.1f}' for ms in times)}")


class Turns:
    """Fits, scores and explanations of the continuous model's rows, engine by engine in each round."""

    def __init__(self, export: Export, command: list[str]):
        self.folder, self.command = export.folder, command
        self.times: dict[tuple[str, str], list[float]] = {}
        train, test = (export.table(f"matrix/CONTINUOUS_{part}") for part in ("train", "test"))
        self.names = [name for name in train.column_names if name != "TARGET"]
        self.train, test = (np.column_stack([part[name].to_numpy() for name in self.names]) for part in (train, test))
        spend = train["TARGET"].to_numpy()
        self.targets = {"raw": spend, "log1p": np.log1p(spend.astype(float)).astype(np.float32)}
        # As many as wanted, beginning again where they end.
        self.scored, self.explained = (test[np.arange(n) % len(test)] for n in (SCORED_ROWS, EXPLAINED_ROWS))

    def add(self, series: str, name: str, ms: float) -> None:
        self.times.setdefault((series, name), []).append(ms)

    def xgboost(self, setting: str, target: str) -> None:
        params, n_trees = xgboost_params(setting)

        def fit():
            rows = xgboost.QuantileDMatrix(self.train, self.targets[target], max_bin=MAX_BIN, nthread=1)
            return xgboost.train(params, rows, n_trees)

        ms, booster = in_ms(fit)
        self.add("xgboost", f"fit:{setting}:{target}", ms)
        if (setting, target) == (SCORED_SETTING, "raw"):
            self.add("xgboost", "score", in_ms(lambda: booster.inplace_predict(self.scored))[0])
            rows = xgboost.DMatrix(self.explained, nthread=1)
            self.add("xgboost", "shap", in_ms(lambda: booster.predict(rows, pred_contribs=True))[0])

    def lightgbm(self, setting: str, target: str) -> None:
        params, n_trees = lightgbm_params(setting)
        ms, booster = in_ms(lambda: lightgbm.train(params, lightgbm.Dataset(self.train, self.targets[target]), n_trees))
        self.add("lightgbm", f"fit:{setting}:{target}", ms)
        if (setting, target) == (SCORED_SETTING, "raw"):
            self.add("lightgbm", "score", in_ms(lambda: booster.predict(self.scored, num_threads=1))[0])
            self.add("lightgbm", "shap",
                     in_ms(lambda: booster.predict(self.explained, pred_contrib=True, num_threads=1))[0])

    def own(self, engine: str, setting: str, target: str) -> None:
        """A process of its own; its first fit warms it up and does not count, as that of the others."""
        with tempfile.TemporaryDirectory() as out:
            subprocess.run([*self.command, "--matrix", self.folder, "--out", out, "--engine", engine, "--settings", setting,
                            "--targets", target, "--scenarios", "CONTINUOUS", "--repeat", "2"], check=True, capture_output=True)
            fit = json.loads((Path(out) / "fits.json").read_text())["fits"][0]
        self.add(engine, f"fit:{setting}:{target}", fit["fit_ms"][-1])
        if (setting, target) == (SCORED_SETTING, "raw"):
            self.add(engine, "score", fit["score_ms"][-1])
            for ms in fit["shap_ms"][-1:]:
                self.add(engine, "shap", ms)

    def run(self) -> None:
        for n_round in range(1 + N_ROUNDS):
            for setting, target in [(setting, target) for target in self.targets for setting in SETTINGS]:
                self.xgboost(setting, target)
                self.lightgbm(setting, target)
                for engine, settings in OWN_ENGINES.items():
                    if setting in settings and (engine == "own" or target == "raw"):
                        self.own(engine, setting, target)
            if n_round == 0:
                self.times.clear()
        for (series, name), times in self.times.items():
            say(f"boosting:{series}", name, times)
        print(f"bench: boosting-rows train {len(self.train)} {len(self.names)}")


if len(sys.argv) < 2:
    sys.exit(f"usage: {Path(sys.argv[0]).name} FOLDER [COMMAND OF examples/fit...]")
export = Export(Path(sys.argv[1]))
database = export.database()
database.execute("SET threads = 1")
views = []
for statement in sqlglot.parse((export.folder / "sql" / VIEW_SCRIPT).read_text(), read="snowflake"):
    if not statement.this.name.startswith("COLDSTART"):
        query = statement.expression.sql("duckdb")
        views.append(f"CREATE OR REPLACE TABLE {statement.this.sql('duckdb', identify=True)} AS {query}")
say("duckdb", "views", measured(lambda: [database.execute(view) for view in views]))

report = export.json("run-report.json")
for scenario, model in MODELS.items():
    table = export.table(f"matrix/{scenario}_train")
    names = [name for name in table.column_names if name != "TARGET"]
    values = np.column_stack([table[name].to_numpy() for name in names])
    target = table["TARGET"].to_numpy()
    params = dict(report["models"][model]["params"])
    n_trees = int(params.pop("n_estimators"))
    params |= {"tree_method": "hist", "max_bin": 256, "nthread": 1}

    def fit():
        return xgboost.train(params, xgboost.QuantileDMatrix(values, target, max_bin=256, nthread=1), n_trees)

    say("xgboost", f"train:{model}", measured(fit))
    if scenario == "CONTINUOUS":
        booster = fit()
        booster.set_param({"nthread": 1})
        rows = np.resize(values, (SCORED_ROWS, values.shape[1]))
        say("xgboost", "score", measured(lambda: booster.inplace_predict(rows)))

if sys.argv[2:]:
    Turns(export, sys.argv[2:]).run()

versions = (f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, xgboost {xgboost.__version__}, "
            f"LightGBM {lightgbm.__version__}")
print(f"bench: version {versions}")
