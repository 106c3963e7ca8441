"""The boosting settings that engines are compared at, in the words of each; the cells that are left without a value.

Deliberately no comparison of its own.
"""

import numpy as np

# Trees, depth, learning rate; the same as in examples/fit.
SETTINGS = {"A": (200, 6, 0.1), "B": (300, 8, 0.05), "C": (100, 3, 0.1)}
MAX_BIN = 255
# What is minimised, by the name of what is learnt; squared errors where nothing stands.
OBJECTIVES = {"tweedie": {"objective": "reg:tweedie", "tweedie_variance_power": 1.5},
              "quantile": {"objective": "reg:quantileerror", "quantile_alpha": 0.9}}
PARTS = ["train", "validation", "test"]


def xgboost_params(setting: str, target: str = "raw") -> tuple[dict, int]:
    """What is not named has xgboost's default."""
    n_trees, depth, rate = SETTINGS[setting]
    params = {"max_depth": depth, "learning_rate": rate, "subsample": 0.8, "colsample_bytree": 0.8, "reg_lambda": 1.0,
              "tree_method": "hist", "max_bin": MAX_BIN, "nthread": 1, "seed": 0}
    return params | OBJECTIVES.get(target, {}), n_trees


def lightgbm_params(setting: str) -> tuple[dict, int]:
    """As many leaves as the depth allows, and no least number of rows, as in the other engines."""
    n_trees, depth, rate = SETTINGS[setting]
    params = {"objective": "regression", "max_depth": depth, "num_leaves": 2**depth, "learning_rate": rate,
              "bagging_fraction": 0.8, "bagging_freq": 1, "feature_fraction": 0.8, "lambda_l2": 1.0, "max_bin": MAX_BIN,
              "min_child_samples": 1, "min_sum_hessian_in_leaf": 1.0, "num_threads": 1, "verbose": -1, "seed": 0}
    return params, n_trees


def blanked(part: str, names: list[str], n_rows: int) -> np.ndarray:
    """A tenth of the numeric cells, by the hash that examples/fit computes too: one output of SplitMix64 for each cell."""
    column = np.arange(len(names), dtype=np.uint64)[None, :] << np.uint64(40)
    z = (np.uint64(PARTS.index(part)) << np.uint64(56)) | column | np.arange(n_rows, dtype=np.uint64)[:, None]
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    # A one-hot column is named INPUT=level.
    is_numeric = np.array(["=" not in name for name in names])
    return (z % np.uint64(10) == 0) & is_numeric[None, :]
