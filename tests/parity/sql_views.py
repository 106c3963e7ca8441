"""The exported SQL of feature views and training tables, run in DuckDB over the exported raw tables, against the exported features.

Deliberately the SQL as it was exported, transpiled by sqlglot: what is checked is the text that goes to the warehouse.
"""

from exports import TRAINING_SCRIPT, VIEW_SCRIPT, VIEWS, Account, export_from_arguments, view_name

# The same operations in the same order should give the same bits; this leaves room for another order of a sum.
RELATIVE_TOLERANCE = 1e-9

export = export_from_arguments()
account = Account()
database = export.database()

# The exported cold-start features are those of the customers to learn from; the view itself reads those in staging.
database.execute("""
    ALTER TABLE ML_DEMO.PUBLIC.COLDSTART_CUSTOMERS_STAGING RENAME TO STAGING;
    ALTER TABLE ML_DEMO.PUBLIC.COLDSTART_CUSTOMERS RENAME TO COLDSTART_CUSTOMERS_STAGING""")
views = {name.partition("$")[0]: name for name in export.run_views(database)}
account.holds(f"{VIEW_SCRIPT} has the views {VIEWS}, found {list(views)}", sorted(views) == sorted(VIEWS))
for view in VIEWS:
    found = database.sql(f"FROM {view_name(views[view])}").to_arrow_table()
    account.table(view, found, export.table(f"features/{view}"), "CUSTOMER_ID", RELATIVE_TOLERANCE)

# The serving table is the profile beside the views.
expected = export.table("features/CONTINUOUS_CUSTOMER_FEATURES")
joined = f"""
    SELECT {', '.join(expected.column_names)}
    FROM ML_DEMO.PUBLIC.CONTINUOUS_CUSTOMERS_PROFILE
    CROSS JOIN ML_DEMO.CLV_FEATURE_STORE.OBSERVATION
    {' '.join(f'JOIN {view_name(views[view])} USING (CUSTOMER_ID)' for view in VIEWS if not view.startswith('COLDSTART'))}"""
found = database.sql(joined).to_arrow_table()
account.table("CONTINUOUS_CUSTOMER_FEATURES", found, expected, "CUSTOMER_ID", RELATIVE_TOLERANCE)

# The same views as of other days: only the one row of OBSERVATION changes.
days = sorted(folder.name for folder in (export.folder / "features_as_of").glob("*"))
account.holds("the views were exported as of two days beside the last one", len(days) == 2)
for day in days:
    database.execute("UPDATE ML_DEMO.CLV_FEATURE_STORE.OBSERVATION SET AS_OF = ?", [day])
    export.run_views(database)
    for view in VIEWS:
        if not view.startswith("COLDSTART"):
            found = database.sql(f"FROM {view_name(views[view])}").to_arrow_table()
            expected = export.table(f"features_as_of/{day}/{view}")
            account.table(f"{view} as of {day}", found, expected, "CUSTOMER_ID", RELATIVE_TOLERANCE)

# The training tables: each row's features as of its own date, from the same definitions in their other form.
database.execute("ALTER TABLE ML_DEMO.PUBLIC.COLDSTART_CUSTOMERS_STAGING RENAME TO COLDSTART_CUSTOMERS")
TRAINING_TABLES = ["CONTINUOUS_TRAINING_DATA_WITH_TARGET", "COLDSTART_TRAINING_DATA_WITH_TARGET"]
made = export.run_tables(database, TRAINING_SCRIPT)
account.holds(f"{TRAINING_SCRIPT} has the tables {TRAINING_TABLES}, found {made}", made[1:] == TRAINING_TABLES)
for table in made[1:]:
    found = database.sql(f"FROM ML_DEMO.CLV_FEATURE_STORE.{table}").to_arrow_table()
    keys = [key for key in ("CUSTOMER_ID", "OBSERVATION_DATE") if key in found.column_names]
    account.holds(f"{table} has one row for each of {keys}", found.num_rows == found.group_by(keys).aggregate([]).num_rows)
    account.table(table, found, export.table(f"features/{table}"), "CUSTOMER_ID", RELATIVE_TOLERANCE)

for script in sorted((export.folder / "sql").glob("*.sql")):
    if script.name not in (VIEW_SCRIPT, TRAINING_SCRIPT):
        print(f"not run by any check yet: sql/{script.name}")
account.finish()
