"""What the checks share: an export's tables, its SQL in DuckDB, and the comparing of columns with its account.

Deliberately no check of its own, and no knowledge of what a column means.
"""

import json
import sys
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

VIEW_SCRIPT = "03_feature_views.sql"
TRAINING_SCRIPT = "04_training_data.sql"
VIEWS = ["COLDSTART_FEATURES", "RFM_FEATURES", "PURCHASE_PATTERNS", "ENGAGEMENT_FEATURES", "DERIVED_FEATURES"]
MODELS = {"COLDSTART": "COLDSTART_CLV_MODEL", "CONTINUOUS": "CONTINUOUS_CLV_MODEL"}
TARGETS = {"COLDSTART": "ACTUAL_12M_LTV", "CONTINUOUS": "FUTURE_12M_LTV"}


class Export:
    """The folder that the headless run wrote."""

    def __init__(self, folder: Path):
        self.folder = folder

    def path(self, name: str) -> Path:
        """`features/RFM_FEATURES` and the like."""
        return self.folder / f"{name}.parquet"

    def table(self, name: str) -> pa.Table:
        return pq.read_table(self.path(name))

    def json(self, name: str):
        return json.loads((self.folder / name).read_text())

    def as_of(self):
        """The day of the serving values."""
        return pc.unique(self.table("features/CONTINUOUS_CUSTOMER_FEATURES")["AS_OF"]).to_pylist()[0]

    def database(self) -> duckdb.DuckDBPyConnection:
        """The raw and staging tables under their names in the warehouse, and the observation date."""
        connection = duckdb.connect()
        connection.execute("ATTACH ':memory:' AS ML_DEMO")
        connection.execute("CREATE SCHEMA ML_DEMO.PUBLIC")
        connection.execute("CREATE SCHEMA ML_DEMO.CLV_FEATURE_STORE")
        for file in sorted((self.folder / "data").glob("*.parquet")):
            connection.execute(f"CREATE TABLE ML_DEMO.PUBLIC.{file.stem} AS FROM '{file}'")
        connection.execute("CREATE TABLE ML_DEMO.CLV_FEATURE_STORE.OBSERVATION (AS_OF DATE)")
        connection.execute("INSERT INTO ML_DEMO.CLV_FEATURE_STORE.OBSERVATION VALUES (?)", [self.as_of()])
        return connection

    def run_tables(self, connection: duckdb.DuckDBPyConnection, script: str) -> list[str]:
        """Runs a script of nothing but CREATE TABLE ... AS; returns the tables' names."""
        names = []
        for statement in sqlglot.parse((self.folder / "sql" / script).read_text(), read="snowflake"):
            connection.execute(statement.sql("duckdb", unsupported_level=ErrorLevel.RAISE))
            names.append(statement.this.name)
        return names

    def run_views(self, connection: duckdb.DuckDBPyConnection) -> list[str]:
        """Runs the exported views as plain tables named like the views; returns their names with the version."""
        names = []
        for statement in sqlglot.parse((self.folder / "sql" / VIEW_SCRIPT).read_text(), read="snowflake"):
            if not isinstance(statement, exp.Create) or statement.expression is None:
                raise ValueError(f"{VIEW_SCRIPT} holds something else than views: {statement.sql()[:80]}")
            names.append(statement.this.name)
            query = statement.expression.sql("duckdb", unsupported_level=ErrorLevel.RAISE)
            connection.execute(f"CREATE OR REPLACE TABLE {statement.this.sql('duckdb', identify=True)} AS {query}")
        return names


def view_name(versioned: str) -> str:
    """A view as the warehouse knows it."""
    return f'ML_DEMO.CLV_FEATURE_STORE."{versioned}"'


class Account:
    """Compares, prints what was compared, and decides how the script ends."""

    def __init__(self):
        self.n_columns = self.n_values = self.n_different = 0
        self.largest = 0.0

    def table(self, name: str, found: pa.Table, expected: pa.Table, key: str | None = None, tolerance: float = 0.0):
        """Every column of `expected` against that of `found`: floats within a relative tolerance, all else exactly."""
        absent = sorted(set(expected.column_names) ^ set(found.column_names))
        if absent or found.num_rows != expected.num_rows:
            self.fail(f"{name}: columns in one only: {absent}; rows {found.num_rows} and {expected.num_rows}")
            return
        if key:
            found, expected = found.sort_by(key), expected.sort_by(key)
        before, largest = self.n_different, 0.0
        for column in expected.column_names:
            rows = expected[key] if key else range(expected.num_rows)
            largest = max(largest, self.column(f"{name}.{column}", found[column], expected[column], rows, tolerance))
        print(f"{name}: {expected.num_columns} columns x {expected.num_rows} rows, {self.n_different - before} values "
              f"different, largest relative difference {largest:.3g}")

    def column(self, name: str, found, expected, rows=None, tolerance: float = 0.0) -> float:
        """Returns the largest relative difference."""
        self.n_columns += 1
        self.n_values += len(expected)
        null = [np.asarray(column.is_null()) for column in (found, expected)]
        if pa.types.is_floating(expected.type):
            a, b = (np.asarray(column.cast(pa.float64()).fill_null(0.0)) for column in (found, expected))
            relative = np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), np.finfo(float).tiny)
            wrong = ~(relative <= tolerance)
            largest = float(np.max(relative, initial=0.0))
        else:
            try:
                same = pc.equal(found.cast(expected.type), expected)
                wrong = ~np.asarray(same.fill_null(True))
            except pa.ArrowInvalid:
                wrong = np.array([f != e for f, e in zip(found.to_pylist(), expected.to_pylist())], dtype=bool)
            largest = 0.0
        wrong |= null[0] != null[1]
        self.largest = max(self.largest, largest)
        if wrong.any():
            examples = [(rows[int(i)] if rows is not None else int(i), found[int(i)], expected[int(i)])
                        for i in np.flatnonzero(wrong)[:3]]
            text = "; ".join(f"{row}: found {f}, exported {e}" for row, f, e in examples)
            self.fail(f"{name}: {int(wrong.sum())} of {len(wrong)} values differ; {text}", int(wrong.sum()))
        return largest

    def close(self, name: str, found: float, expected: float, tolerance: float):
        """One number."""
        self.column(name, pa.chunked_array([[found]]), pa.chunked_array([[expected]]), None, tolerance)

    def numbers(self, name: str, found, ours, tolerance: float):
        """A list of numbers, or one; differences count in relation to the largest of the list. A null is one on both sides."""
        found, ours = (np.atleast_1d(np.asarray(values, dtype=float)) for values in (found, ours))
        self.n_columns += 1
        self.n_values += len(ours)
        if found.shape != ours.shape:
            self.fail(f"{name}: {len(found)} values found, {len(ours)} exported")
            return
        scale = np.nanmax(np.abs(found), initial=np.finfo(float).tiny)
        relative = np.abs(found - ours) / scale
        wrong = ~(relative <= tolerance) & ~((found == ours) | (np.isnan(found) & np.isnan(ours)))
        self.largest = max(self.largest, float(np.nanmax(relative, initial=0.0)))
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            self.fail(f"{name}: {int(wrong.sum())} of {len(ours)} values differ; {first}: found {found[first]}, "
                      f"exported {ours[first]}", int(wrong.sum()))

    def holds(self, name: str, condition: bool):
        """One statement."""
        self.n_columns += 1
        self.n_values += 1
        if not condition:
            self.fail(name)

    def fail(self, what: str, n_different: int = 1):
        self.n_different += n_different
        print(f"DIFFERENT {what}")

    def finish(self, what: str | None = None):
        """The one line that `cargo xtask` repeats, and the exit status."""
        what = what or (f"{self.n_columns} columns, {self.n_values:,} values, "
                        f"largest relative difference {self.largest:.2g}")
        print(f"parity: {what}, {self.n_different} different")
        sys.exit(1 if self.n_different or not self.n_values else 0)


def export_from_arguments() -> Export:
    if len(sys.argv) != 2:
        sys.exit(f"usage: {Path(sys.argv[0]).name} FOLDER, where FOLDER is what the headless run wrote")
    return Export(Path(sys.argv[1]))
