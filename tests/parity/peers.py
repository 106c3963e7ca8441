"""How long independent engines take for the same work on the same export: DuckDB for the views, xgboost for the models.

Prints `bench: SERIES NAME milliseconds...`; compares nothing, decides nothing.
"""

import platform
import time

import duckdb
import numpy as np
import sqlglot
import xgboost
from exports import MODELS, VIEW_SCRIPT, export_from_arguments

N_ROUNDS = 5
SCORED_ROWS = 50_000


def measured(work) -> list[float]:
    """Milliseconds of each round, after one that is not counted."""
    work()
    times = []
    for _ in range(N_ROUNDS):
        begin = time.perf_counter()
        work()
        times.append((time.perf_counter() - begin) * 1e3)
    return times


def say(series: str, name: str, times: list[float]) -> None:
    print(f"bench: {series} {name} {' '.join(f'{ms:.1f}' for ms in times)}")


export = export_from_arguments()
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

versions = f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, xgboost {xgboost.__version__}"
print(f"bench: version {versions}")
