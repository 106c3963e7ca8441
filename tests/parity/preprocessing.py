"""The fitted preprocessing again with scikit-learn, from the exported training tables.

Nulls are filled before by the rule at the model's door; the matrices hold what the encoder makes, and numbers unscaled.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from exports import MODELS, Account, export_from_arguments
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

SPLITS = ["train", "validation", "test"]
# Sums of float64 in another order than ours.
TOLERANCE = 1e-9


def filled(table: pa.Table, name: str, is_category: bool) -> np.ndarray:
    """A model input without nulls: RECENCY_DAYS since sign-up, other numbers 0, categories 'unknown'."""
    values = table[name]
    if is_category:
        return np.array(values.fill_null("unknown").to_pylist(), dtype=object)
    if name == "RECENCY_DAYS":
        since_signup = pc.subtract(table["OBSERVATION_DATE"].cast(pa.int32()), table["SIGNUP_DATE"].cast(pa.int32()))
        values = pc.if_else(values.is_null(), since_signup, values)
    return values.cast(pa.float64()).fill_null(0.0).to_numpy()


def in_columns(table: pa.Table, inputs: list[dict]) -> np.ndarray:
    columns = [filled(table, item["name"], "Category" in item["kind"]).astype(object) for item in inputs]
    return np.column_stack(columns)


export = export_from_arguments()
account = Account()
n_unseen = 0
for scenario, model in MODELS.items():
    pipeline = export.json(f"models/{model}.pipeline.json")
    inputs = pipeline["inputs"]
    training = export.table(f"features/{scenario}_TRAINING_DATA_WITH_TARGET")
    parts = {split: training.filter(pc.equal(training["SPLIT"], split)) for split in SPLITS}

    # One step an input, so that the columns come in the inputs' order. Ours are in the order of the schema and theirs sorted: the
    # levels are compared as sets, then handed over for the order of the columns.
    steps = []
    for i, item in enumerate(inputs):
        name, kind = item["name"], item["kind"]
        values = filled(parts["train"], name, "Category" in kind).reshape(-1, 1)
        if "Category" in kind:
            levels = kind["Category"]["levels"]
            fitted = OneHotEncoder(handle_unknown="ignore").fit(values)
            account.holds(f"{model} {name}: the levels are {list(fitted.categories_[0])}, exported {levels}",
                          list(fitted.categories_[0]) == sorted(levels))
            encoder = OneHotEncoder(categories=[levels], handle_unknown="ignore", sparse_output=False, dtype=np.float32,
                                    feature_name_combiner=lambda name, level: f"{name}={level}")
            steps.append((name, encoder, [i]))
        else:
            account.holds(f"{model} {name}: filled by sign-up only where that is the rule",
                          kind["Numeric"]["fill_days_since_signup"] == (name == "RECENCY_DAYS"))
            scaler = StandardScaler().fit(values)
            account.close(f"{model} {name} mean", scaler.mean_[0], kind["Numeric"]["mean"], TOLERANCE)
            account.close(f"{model} {name} scale", scaler.scale_[0], kind["Numeric"]["scale"], TOLERANCE)
            steps.append((name, "passthrough", [i]))
    transformer = ColumnTransformer(steps, verbose_feature_names_out=False)
    transformer.fit(in_columns(parts["train"], inputs))
    names = list(transformer.get_feature_names_out([item["name"] for item in inputs]))
    # None of these levels has a character that xgboost refuses in a name.
    account.holds(f"{model}: the columns' order", names == pipeline["matrix_columns"])

    for split, rows in parts.items():
        exported = export.table(f"matrix/{scenario}_{split}").drop_columns(["TARGET"])
        found = transformer.transform(in_columns(rows, inputs)).astype(np.float32)
        account.table(f"matrix/{scenario}_{split}", pa.table(dict(zip(names, found.T))), exported)
        for item in inputs:
            if "Category" in item["kind"]:
                levels = item["kind"]["Category"]["levels"]
                n_unseen += int((~np.isin(filled(rows, item["name"], True), levels)).sum())
print(f"{n_unseen:,} values are of a level that training has not seen")
account.finish()
