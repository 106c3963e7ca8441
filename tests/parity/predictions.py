"""The exported models in xgboost: matrices and prediction tables rebuilt from tables, SQL and model files; scikit-learn's metrics.

Deliberately bit for bit: a float32 that differs in its last place is a difference.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xgboost
from exports import MODELS, TARGETS, Account, export_from_arguments, view_name
from sklearn.metrics import mean_absolute_error, mean_absolute_percentage_error, r2_score, root_mean_squared_error

KEYS = {
    "COLDSTART": ["CUSTOMER_ID", "ACQUISITION_CHANNEL", "MADE_FIRST_PURCHASE"],
    "CONTINUOUS": ["CUSTOMER_ID", "RECENCY_DAYS", "FREQUENCY", "MONETARY_TOTAL", "LIFECYCLE_STAGE"],
}
# Sums of float64 in another order than ours.
METRIC_TOLERANCE = 1e-9
CONTRIBUTION_TOLERANCE = 1e-4
# Predictions are sums of float32; as a share of the range, too, because the error is that of the largest partial sum.
SUM_TOLERANCE = 1e-6


def matrix(table: pa.Table, inputs: list[dict], as_of: str) -> pa.Table:
    """What the trees see: float32, one-hot columns, nulls filled by the rule at the model's door."""
    columns = {}
    for item in inputs:
        values = table[item["arg"]]
        if "equals" in item:
            values = pc.equal(values.fill_null("unknown"), item["equals"]).cast(pa.float32())
        elif item["arg"] == "RECENCY_DAYS":
            since_signup = pc.subtract(table[as_of].cast(pa.int32()), table["SIGNUP_DATE"].cast(pa.int32()))
            values = pc.if_else(values.is_null(), since_signup, values).cast(pa.float32())
        else:
            values = values.cast(pa.float64()).fill_null(0.0).cast(pa.float32())
        columns[item["feature"]] = values
    return pa.table(columns)


def predict(booster: xgboost.Booster, columns: pa.Table) -> np.ndarray:
    values = np.column_stack([column.to_numpy() for column in columns.columns])
    return booster.predict(xgboost.DMatrix(values, feature_names=columns.column_names))


def metrics(actual: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    bought = actual != 0
    return {
        "rmse": root_mean_squared_error(actual, predicted),
        "mae": mean_absolute_error(actual, predicted),
        "r2": r2_score(actual, predicted),
        "mape": mean_absolute_percentage_error(actual[bought], predicted[bought]),
        "rows": len(actual),
    }


export = export_from_arguments()
account = Account()
report = export.json("run-report.json")
database = export.database()
export.run_views(database)

# What each model scores: the serving table, and the staging customers beside the SQL's features of theirs.
serving = {
    "CONTINUOUS": export.table("features/CONTINUOUS_CUSTOMER_FEATURES"),
    "COLDSTART": database.sql(f"""
        SELECT * FROM ML_DEMO.PUBLIC.COLDSTART_CUSTOMERS_STAGING
        JOIN {view_name('COLDSTART_FEATURES$V1')} USING (CUSTOMER_ID)
        CROSS JOIN ML_DEMO.CLV_FEATURE_STORE.OBSERVATION""").to_arrow_table(),
}
for scenario, model in MODELS.items():
    booster = xgboost.Booster(model_file=export.folder / f"models/{model}.json")
    inputs = export.json(f"models/{model}.inputs.json")
    pipeline = export.json(f"models/{model}.pipeline.json")
    features = [item["feature"] for item in inputs]
    account.holds(f"{model}: inputs.json names the model's columns", features == booster.feature_names)
    account.holds(f"{model}: pipeline.json names them too", features == pipeline["matrix_columns"])
    arguments = list(dict.fromkeys(item["arg"] for item in inputs))
    account.holds(f"{model}: pipeline.json has the same inputs", arguments == [i["name"] for i in pipeline["inputs"]])
    account.holds(f"{model}: as many trees as reported",
                  booster.num_boosted_rounds() == report["models"][model]["n_trees"])

    training = export.table(f"features/{scenario}_TRAINING_DATA_WITH_TARGET")
    for split, reported in report["models"][model]["metrics"].items():
        rows = training.filter(pc.equal(training["SPLIT"], split))
        exported = export.table(f"matrix/{scenario}_{split}")
        dollars = rows[TARGETS[scenario]].cast(pa.float64())
        columns = matrix(rows, inputs, "OBSERVATION_DATE")
        account.table(f"matrix/{scenario}_{split}",
                      columns.append_column("TARGET", dollars.cast(pa.float32())), exported)
        measured = metrics(dollars.to_numpy(), predict(booster, exported.drop_columns(["TARGET"])).astype(float))
        for metric, value in reported.items():
            account.close(f"{model} {split} {metric}", float(measured[metric]), float(value), METRIC_TOLERANCE)
        print(f"{model} {split}: R2 {measured['r2']:.6f}, reported {reported['r2']:.6f}")

    # Contributions: xgboost sums them up in float32, so that they agree within a share of the predictions' range.
    exported = export.table(f"explanations/{model}")
    rows = export.table(f"matrix/{scenario}_test").drop_columns(["TARGET"]).slice(0, len(exported))
    values = np.column_stack([column.to_numpy() for column in rows.columns])
    rows = xgboost.DMatrix(values, feature_names=rows.column_names)
    contributions = booster.predict(rows, pred_contribs=True).astype(float)
    found = np.column_stack([column.to_numpy() for column in exported.columns])
    spread = np.ptp(booster.predict(rows))
    largest = np.abs(found - contributions).max() / spread
    account.holds(f"{model}: contributions agree within {CONTRIBUTION_TOLERANCE:g} of the range", largest <= CONTRIBUTION_TOLERANCE)
    added = np.abs(found.sum(axis=1) - booster.predict(rows)).max() / spread
    account.holds(f"{model}: contributions and base value add up to the predictions", added <= SUM_TOLERANCE)
    print(f"{model}: {found.size:,} contributions, largest difference {largest:.2g} of the range; sums off by {added:.2g}")

    name = f"{scenario}_CLV_PREDICTIONS"
    scored = serving[scenario]
    # Float64 holds every float32, so that equal numbers are equal bits.
    predicted = predict(booster, matrix(scored, inputs, "AS_OF")).astype(float)
    found = scored.select(KEYS[scenario])
    found = found.append_column("PREDICTED_12M_LTV", pa.chunked_array([predicted]))
    found = found.append_column("MODEL_VERSION", pa.array([report["models"][model]["version"]] * len(scored)))
    found = found.append_column("PREDICTION_TIMESTAMP", scored["AS_OF"].cast(pa.timestamp("us")))
    account.table(f"predictions/{name}", found, export.table(f"predictions/{name}"), "CUSTOMER_ID")
account.finish()
