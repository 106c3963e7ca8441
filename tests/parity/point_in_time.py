"""The training tables computed again in DuckDB from raw tables and definitions in words: features, target, split.

Deliberately written without a look at the exported SQL: only another reading finds what both would get wrong alike.
"""

import duckdb
from exports import Account, export_from_arguments

RELATIVE_TOLERANCE = 1e-9
HISTORY_DAYS, HORIZON_DAYS, OLDEST_DAYS = 90, 365, 730
# Shares of the split; a day's rows stay together, which moves a border by less than a busy day has rows.
SPLITS = {"train": 0.70, "validation": 0.15, "test": 0.15}

# Windows of n days before the observation date d are d - n < date <= d.
BASE = """
CREATE TABLE spine AS SELECT p.*, OBSERVATION_DATE AS D, SPLIT FROM training JOIN profile p USING (CUSTOMER_ID);
CREATE TABLE purchase AS SELECT D - TRANSACTION_DATE AS AGE, t.*
    FROM spine s JOIN transactions t USING (CUSTOMER_ID);
CREATE TABLE bought AS SELECT CUSTOMER_ID,
        min(AGE) AS RECENCY_DAYS,
        count(*) AS FREQUENCY,
        sum(AMOUNT) AS MONETARY_TOTAL,
        max(AGE) AS CUSTOMER_TENURE_DAYS,
        count(DISTINCT PRODUCT_CATEGORY) AS UNIQUE_CATEGORIES_PURCHASED,
        sum(QUANTITY) AS TOTAL_ITEMS_PURCHASED,
        coalesce(sum(AMOUNT) FILTER (AGE < 30), 0) AS RECENT_30D_AMOUNT,
        count(*) FILTER (AGE < 30) AS RECENT_30D_COUNT,
        coalesce(sum(AMOUNT) FILTER (AGE < 90), 0) AS RECENT_90D_AMOUNT,
        count(*) FILTER (AGE < 90) AS RECENT_90D_COUNT
    FROM purchase WHERE AGE >= 0 GROUP BY CUSTOMER_ID;
CREATE TABLE gaps AS SELECT CUSTOMER_ID, 1 / (1 + stddev_samp(GAP)) AS PURCHASE_CONSISTENCY
    FROM (SELECT CUSTOMER_ID, lag(AGE) OVER (PARTITION BY CUSTOMER_ID ORDER BY AGE DESC) - AGE AS GAP
          FROM (SELECT DISTINCT CUSTOMER_ID, AGE FROM purchase WHERE AGE >= 0))
    GROUP BY CUSTOMER_ID HAVING count(GAP) >= 2;
CREATE TABLE engaged AS SELECT CUSTOMER_ID,
        count(*) AS TOTAL_INTERACTIONS,
        count(*) FILTER (EVENT_TYPE = 'website_visit') AS WEBSITE_VISITS,
        count(*) FILTER (EVENT_TYPE = 'email_open') AS EMAIL_OPENS,
        count(*) FILTER (EVENT_TYPE = 'email_click') AS EMAIL_CLICKS,
        count(*) FILTER (EVENT_TYPE = 'support_ticket') AS SUPPORT_TICKETS,
        count(*) FILTER (EVENT_TYPE = 'product_view') AS PRODUCT_VIEWS,
        count(*) FILTER (EVENT_TYPE = 'cart_add') AS CART_ADDS
    FROM spine JOIN interactions USING (CUSTOMER_ID) WHERE EVENT_DATE <= D GROUP BY CUSTOMER_ID;
CREATE TABLE target AS SELECT CUSTOMER_ID, sum(AMOUNT) AS FUTURE_12M_LTV
    FROM purchase WHERE AGE BETWEEN -365 AND -1 GROUP BY CUSTOMER_ID;
CREATE TABLE base AS SELECT s.*, b.* EXCLUDE (CUSTOMER_ID), g.PURCHASE_CONSISTENCY, e.* EXCLUDE (CUSTOMER_ID),
        CASE WHEN CUSTOMER_TENURE_DAYS < 180 THEN '0_6m' WHEN CUSTOMER_TENURE_DAYS < 365 THEN '6_12m'
             WHEN CUSTOMER_TENURE_DAYS < 540 THEN '12_18m' WHEN CUSTOMER_TENURE_DAYS >= 540 THEN '18m_plus' END
             AS TENURE_COHORT
    FROM spine s LEFT JOIN bought b USING (CUSTOMER_ID) LEFT JOIN gaps g USING (CUSTOMER_ID)
    LEFT JOIN engaged e USING (CUSTOMER_ID)
"""

# Fitted on training rows: the ceil(p n)-th smallest of n buyers, and means by cohort.
FITTED = """
CREATE MACRO edge(sorted_values, p) AS sorted_values[ceil(p * len(sorted_values))::INT];
CREATE TABLE fitted AS SELECT list_sort(list(RECENCY_DAYS)) AS R, list_sort(list(FREQUENCY)) AS F,
        list_sort(list(MONETARY_TOTAL)) AS M
    FROM base WHERE SPLIT = 'train' AND FREQUENCY >= 1;
CREATE TABLE cohorts AS SELECT TENURE_COHORT, avg(MONETARY_TOTAL::DOUBLE) AS MONETARY, avg(FREQUENCY) AS PURCHASES
    FROM base WHERE SPLIT = 'train' AND FREQUENCY >= 1 GROUP BY TENURE_COHORT;
CREATE MACRO edges_below(sorted_values, x) AS
    (edge(sorted_values, .2) < x)::INT + (edge(sorted_values, .4) < x)::INT
    + (edge(sorted_values, .6) < x)::INT + (edge(sorted_values, .8) < x)::INT;
CREATE MACRO per(amount, divisor) AS CASE WHEN divisor > 0 THEN amount::DOUBLE / divisor ELSE 0 END
"""

TRAINING = """
WITH counted AS (
    SELECT * REPLACE (coalesce(FREQUENCY, 0) AS FREQUENCY, coalesce(MONETARY_TOTAL, 0) AS MONETARY_TOTAL,
        coalesce(UNIQUE_CATEGORIES_PURCHASED, 0) AS UNIQUE_CATEGORIES_PURCHASED,
        coalesce(TOTAL_ITEMS_PURCHASED, 0) AS TOTAL_ITEMS_PURCHASED,
        coalesce(RECENT_30D_AMOUNT, 0) AS RECENT_30D_AMOUNT, coalesce(RECENT_30D_COUNT, 0) AS RECENT_30D_COUNT,
        coalesce(RECENT_90D_AMOUNT, 0) AS RECENT_90D_AMOUNT, coalesce(RECENT_90D_COUNT, 0) AS RECENT_90D_COUNT,
        coalesce(TOTAL_INTERACTIONS, 0) AS TOTAL_INTERACTIONS, coalesce(WEBSITE_VISITS, 0) AS WEBSITE_VISITS,
        coalesce(EMAIL_OPENS, 0) AS EMAIL_OPENS, coalesce(EMAIL_CLICKS, 0) AS EMAIL_CLICKS,
        coalesce(SUPPORT_TICKETS, 0) AS SUPPORT_TICKETS, coalesce(PRODUCT_VIEWS, 0) AS PRODUCT_VIEWS,
        coalesce(CART_ADDS, 0) AS CART_ADDS)
    FROM base),
scored AS (
    SELECT *, coalesce(5 - edges_below(R, RECENCY_DAYS), 1) AS RECENCY_SCORE,
        CASE WHEN FREQUENCY = 0 THEN 1 ELSE 1 + edges_below(F, FREQUENCY) END AS FREQUENCY_SCORE,
        CASE WHEN FREQUENCY = 0 THEN 1 ELSE 1 + edges_below(M, MONETARY_TOTAL) END AS MONETARY_SCORE
    FROM counted CROSS JOIN fitted)
SELECT CUSTOMER_ID, D AS OBSERVATION_DATE, SIGNUP_DATE, AGE_GROUP, REGION,
    CASE WHEN CUSTOMER_TENURE_DAYS < 180 THEN 'new' WHEN RECENCY_DAYS > 90 THEN 'at_risk'
         WHEN FREQUENCY >= 20 THEN 'champion' WHEN MONETARY_TOTAL > edge(M, .75) THEN 'high_value'
         WHEN FREQUENCY > 0 THEN 'regular' END AS LIFECYCLE_STAGE,
    TENURE_COHORT, RECENCY_DAYS, FREQUENCY, MONETARY_TOTAL, per(MONETARY_TOTAL, FREQUENCY) AS MONETARY_AVG,
    CUSTOMER_TENURE_DAYS, UNIQUE_CATEGORIES_PURCHASED, TOTAL_ITEMS_PURCHASED,
    RECENT_30D_AMOUNT, RECENT_30D_COUNT, RECENT_90D_AMOUNT, RECENT_90D_COUNT,
    TOTAL_INTERACTIONS, WEBSITE_VISITS, EMAIL_OPENS, EMAIL_CLICKS, SUPPORT_TICKETS, PRODUCT_VIEWS, CART_ADDS,
    per(EMAIL_CLICKS, EMAIL_OPENS) AS EMAIL_ENGAGEMENT_RATE,
    RECENCY_SCORE, FREQUENCY_SCORE, MONETARY_SCORE,
    .4::DOUBLE * RECENCY_SCORE + .3::DOUBLE * FREQUENCY_SCORE + .3::DOUBLE * MONETARY_SCORE AS RFM_SCORE,
    PURCHASE_CONSISTENCY,
    per(RECENT_30D_COUNT, 30) AS PURCHASE_VELOCITY_30D, per(RECENT_90D_COUNT, 90) AS PURCHASE_VELOCITY_90D,
    per(RECENT_30D_AMOUNT, 30) AS SPENDING_VELOCITY_30D, per(RECENT_90D_AMOUNT, 90) AS SPENDING_VELOCITY_90D,
    per(RECENT_30D_COUNT, 30) - per(RECENT_90D_COUNT, 90) AS VELOCITY_ACCELERATION,
    per(TOTAL_INTERACTIONS, FREQUENCY) AS ENGAGEMENT_PER_PURCHASE,
    per(SUPPORT_TICKETS, FREQUENCY) AS SUPPORT_INTENSITY,
    per(MONETARY_TOTAL, coalesce(MONETARY, 0)) AS MONETARY_VS_COHORT,
    per(FREQUENCY, coalesce(PURCHASES, 0)) AS FREQUENCY_VS_COHORT,
    coalesce(FUTURE_12M_LTV, 0) AS FUTURE_12M_LTV, SPLIT
FROM scored LEFT JOIN cohorts USING (TENURE_COHORT) LEFT JOIN target USING (CUSTOMER_ID)
"""

COLDSTART = """
SELECT c.* EXCLUDE (FIRST_PURCHASE_DATE), SPLIT,
    (DAYS_TO_FIRST_PURCHASE IS NOT NULL)::INT AS MADE_FIRST_PURCHASE,
    CASE ACQUISITION_CHANNEL WHEN 'referral' THEN 5 WHEN 'direct' THEN 4 WHEN 'organic_search' THEN 4
        WHEN 'email' THEN 3 WHEN 'affiliate' THEN 2 WHEN 'paid_search' THEN 2 WHEN 'social_media' THEN 1
        END AS CHANNEL_QUALITY_SCORE,
    WEBSITE_VISITS_30D + 2 * EMAIL_OPENS_30D + 5 * EMAIL_CLICKS_30D + 1.5 * ITEMS_VIEWED_30D + 3 * CART_ADDS_30D
        AS ENGAGEMENT_SCORE,
    per(EMAIL_CLICKS_30D, EMAIL_OPENS_30D) AS EMAIL_ENGAGEMENT_RATE,
    per((DAYS_TO_FIRST_PURCHASE IS NOT NULL)::INT, CART_ADDS_30D) AS CART_CONVERSION_RATE
FROM coldstart c JOIN (SELECT CUSTOMER_ID, SPLIT FROM coldstart_training) USING (CUSTOMER_ID)
"""

# One row for every customer with an admissible observation date, and no row with another one.
ADMISSIBLE = """
SELECT count(*) FILTER (SIGNUP_DATE + $history <= $now - $horizon) AS CUSTOMERS, count(D) AS SPINE,
    count(*) FILTER (D < SIGNUP_DATE + $history OR D < $now - $oldest OR D > $now - $horizon) AS OUTSIDE
FROM profile LEFT JOIN (SELECT CUSTOMER_ID, OBSERVATION_DATE AS D FROM training) USING (CUSTOMER_ID)
"""

FILES = {
    "profile": "data/CONTINUOUS_CUSTOMERS_PROFILE",
    "transactions": "data/CONTINUOUS_TRANSACTIONS",
    "interactions": "data/CONTINUOUS_INTERACTIONS",
    "training": "features/CONTINUOUS_TRAINING_DATA_WITH_TARGET",
    "coldstart": "data/COLDSTART_CUSTOMERS",
    "coldstart_training": "features/COLDSTART_TRAINING_DATA_WITH_TARGET",
}

export = export_from_arguments()
account = Account()
database = duckdb.connect()
for name, file in FILES.items():
    database.execute(f"CREATE VIEW {name} AS FROM '{export.path(file)}'")

days = {"now": export.as_of(), "history": HISTORY_DAYS, "horizon": HORIZON_DAYS, "oldest": OLDEST_DAYS}
n_customers, n_spine, n_outside = database.execute(ADMISSIBLE, days).fetchall()[0]
account.holds(f"{n_customers} customers have an admissible date, {n_spine} rows", n_customers == n_spine)
account.holds(f"{n_outside} observation dates outside their bounds", n_outside == 0)

for table, day in {"training": "OBSERVATION_DATE", "coldstart_training": "SIGNUP_DATE"}.items():
    spans = f"SELECT SPLIT, count(*), min({day}), max({day}) FROM {table} GROUP BY SPLIT ORDER BY 3"
    spans = database.sql(spans).fetchall()
    n_rows = sum(span[1] for span in spans)
    busiest = database.sql(f"SELECT max(n) FROM (SELECT count(*) AS n FROM {table} GROUP BY {day})").fetchall()[0][0]
    account.holds(f"{table}: split in time: {spans}", [span[0] for span in spans] == list(SPLITS))
    account.holds(f"{table}: no day in two parts: {spans}", all(a[3] < b[2] for a, b in zip(spans, spans[1:])))
    for split, n, _, _ in spans:
        account.holds(f"{table}: {n} of {n_rows} rows in {split}", abs(n - SPLITS[split] * n_rows) <= busiest + 1)

database.execute(BASE)
database.execute(FITTED)
training = database.sql("FROM training").to_arrow_table()
account.table("CONTINUOUS_TRAINING_DATA_WITH_TARGET", database.sql(TRAINING).to_arrow_table(), training, "CUSTOMER_ID",
              RELATIVE_TOLERANCE)
coldstart = database.sql("FROM coldstart_training").to_arrow_table()
account.table("COLDSTART_TRAINING_DATA_WITH_TARGET", database.sql(COLDSTART).to_arrow_table(), coldstart, "CUSTOMER_ID",
              RELATIVE_TOLERANCE)
account.finish()
