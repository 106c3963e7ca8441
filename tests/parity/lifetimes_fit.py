"""BG/NBD, Pareto/NBD and gamma-gamma, fitted with `lifetimes` to exported purchases, beside the parameters in force.

No fitted family is the process itself: channels mix the rates, the calendar modulates them, tickets add to the hazard,
and small amounts are lifted to five dollars. So each family is also fitted to replicates: populations of the same size
that this file draws with numpy from the documented equations and the exported parameters. They tell what a fit to such
data gives and how much it scatters; the fit to the export must lie within their prediction interval. Deliberately
converters only: the others start buying on day 30, whether they buy on it or not, which no family describes.
"""

import warnings

import numpy as np
from exports import Account, export_from_arguments
from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter
from scipy import stats

# Of the prediction interval of one more fit beside the replicates.
CONFIDENCE = 0.999
N_REPLICATES = {"BG/NBD": 20, "Pareto/NBD": 8, "gamma-gamma": 20}
# A Pareto/NBD fit takes a second per thousand customers.
N_PARETO_CUSTOMERS = 10_000
# Data of this size do not tell a parameter whose fits scatter by more than this factor; a ratio may still be told.
IDENTIFIED = 2.0

# Of the gradient. The fitters' own 1e-7 is at times below what float64 reaches, and then they report a failure.
GRADIENT_TOLERANCE = 1e-6

DAYS_PER_YEAR = 365
ONBOARDING_DAYS = 30
YOUNGEST_SIGNUP_DAYS = 90
MIN_AMOUNT = 5.0
AMOUNT_SHAPE = 2.0
CHANNELS = ["organic_search", "paid_search", "social_media", "email", "direct", "referral", "affiliate"]
CHANNEL_SHARE = np.array([0.25, 0.20, 0.18, 0.12, 0.10, 0.10, 0.05])
CHANNEL_VALUE = np.array([1.3, 0.9, 0.8, 1.2, 1.4, 1.5, 1.0])
SLOW_CHANNELS = [1, 2]
DEVICE_SHARE = np.array([0.45, 0.45, 0.10])
DEVICE_CONVERSION = np.array([1.08, 0.92, 1.0])
MAX_CONVERSION = 0.98
AGE_SHARE = np.array([0.10, 0.30, 0.27, 0.18, 0.10, 0.05])
AGE_VALUE = np.array([0.7, 1.2, 1.4, 1.3, 1.1, 0.9])
AREA_SHARE = np.array([0.40, 0.45, 0.15])
AREA_VALUE = np.array([1.2, 1.0, 0.85])
WEEKDAY = np.array([0.92, 0.90, 0.92, 0.96, 1.08, 1.18, 1.04])
HOLIDAY_PEAK, HOLIDAY_SPREAD = 339, 20


def with_mean_one(factors: np.ndarray, shares: np.ndarray) -> np.ndarray:
    return factors / np.sum(factors * shares)


class Process:
    """The converters of the continuous scenario, from the documented equations."""

    def __init__(self, generator: dict):
        self.rates, self.scenario = generator["process"], generator["continuous"]
        change = generator["change"]
        if change["paid_social_share"] or change["price_rise"] or change["leaving_share"]:
            raise SystemExit("The market of this export changes on one day, which no fitted family describes.")
        self.now = generator["now"]
        self.signups = self.now - generator["history_days"], self.now - YOUNGEST_SIGNUP_DAYS
        share = np.array([generator["channels"][channel] for channel in CHANNELS])
        conversion = np.outer(with_mean_one(np.sqrt(CHANNEL_VALUE), CHANNEL_SHARE),
                              with_mean_one(DEVICE_CONVERSION, DEVICE_SHARE))
        converting = np.minimum(self.scenario["conversion_probability"] * conversion, MAX_CONVERSION) @ DEVICE_SHARE
        self.channel_share = share * converting / np.sum(share * converting)
        self.channel_rate = with_mean_one(CHANNEL_VALUE, CHANNEL_SHARE)
        self.age_spend = with_mean_one(AGE_VALUE, AGE_SHARE)
        self.area_spend = with_mean_one(AREA_VALUE, AREA_SHARE)
        self.clock = self.season()

    def season(self) -> tuple[np.ndarray, np.ndarray]:
        """Days, and the demand up to the beginning of each."""
        days = np.arange(self.signups[0], self.now + 2)
        strength = self.rates["holiday_strength"]
        bell = lambda day: 1 + strength * np.exp(-0.5 * ((day - HOLIDAY_PEAK) / HOLIDAY_SPREAD) ** 2)
        dates = days.astype("datetime64[D]")
        day_of_year = (dates - dates.astype("datetime64[Y]")).astype(int)
        weekday = 1 + self.rates["weekday_strength"] * (WEEKDAY[(days + 3) % 7] - 1)
        demand = weekday * bell(day_of_year) / np.mean(bell(np.arange(DAYS_PER_YEAR)))
        return days, np.concatenate([[0.0], np.cumsum(demand)[:-1]])

    def fatal_tickets(self) -> tuple[float, float]:
        """Tickets that are the last straw: a day, and a purchase."""
        last_straw = self.rates["ticket_dropout_probability"]
        return self.scenario["tickets_per_30d"] / 30 * last_straw, self.scenario["tickets_per_purchase"] * last_straw

    def true_parameters(self) -> dict[str, float]:
        """Of the gamma distributions with the same mean and variance as the process has over converters."""
        by_day, by_purchase = self.fatal_tickets()
        channel = [np.sum(self.channel_share * self.channel_rate**k) for k in (1, 2)]
        rate = self.scenario["purchases_per_year"] / DAYS_PER_YEAR * channel[0]
        rate_cv2 = (1 + 1 / self.rates["rate_shape"]) * channel[1] / channel[0] ** 2 - 1
        own_hazard = self.rates["dropouts_per_year"] / DAYS_PER_YEAR
        hazard = own_hazard + by_day + by_purchase * rate
        hazard_variance = own_hazard**2 / self.rates["dropout_shape"] + by_purchase**2 * rate_cv2 * rate**2
        spend_shape = self.rates["spend_shape"]
        spend_squared = (spend_shape - 1) / (spend_shape - 2) * np.sum(AGE_SHARE * self.age_spend**2) \
            * np.sum(AREA_SHARE * self.area_spend**2)
        q = 2 + 1 / (spend_squared - 1)
        return {
            "r": 1 / rate_cv2, "alpha": 1 / rate_cv2 / rate,
            "s": hazard**2 / hazard_variance, "beta": hazard / hazard_variance,
            "p": AMOUNT_SHAPE, "q": q, "v": self.rates["mean_spend_usd"] * (q - 1) / AMOUNT_SHAPE,
        }

    def draw(self, n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """What a table of purchases tells of `n` converters."""
        mean_one = lambda shape: rng.gamma(shape, 1 / shape, n)
        channel = rng.choice(len(CHANNELS), n, p=self.channel_share)
        rate = self.scenario["purchases_per_year"] / DAYS_PER_YEAR * self.channel_rate[channel]
        rate = rate * mean_one(self.rates["rate_shape"])
        hazard = self.rates["dropouts_per_year"] / DAYS_PER_YEAR * mean_one(self.rates["dropout_shape"])
        delay = self.rates["first_purchase_delay_days"] * np.where(np.isin(channel, SLOW_CHANNELS), 2, 1)
        delay = -delay * np.log1p(rng.random(n) * np.expm1(-ONBOARDING_DAYS / delay))
        start = rng.integers(self.signups[0], self.signups[1] + 1, n) + delay
        by_day, by_purchase = self.fatal_tickets()
        end = start + rng.exponential(1 / hazard)
        if by_day:
            end = np.minimum(end, np.floor(start + rng.exponential(1 / by_day, n)) + 1)

        # A Poisson process in the clock of demand, up to the end of the last day.
        clock = np.interp(start, *self.clock)
        length = np.interp(self.now + 1, *self.clock) - clock
        who = np.repeat(np.arange(n), rng.poisson(rate * length))
        when = np.interp(clock[who] + rng.random(len(who)) * length[who], *self.clock[::-1])
        who, when = who[when < end[who]], when[when < end[who]]
        buyer, bought = np.concatenate([np.arange(n), who]), np.concatenate([start, when])
        fatal = rng.random(len(buyer)) < -np.expm1(-by_purchase)
        wait = np.minimum(np.floor(rng.exponential(self.rates["ticket_delay_days"], np.sum(fatal))), ONBOARDING_DAYS)
        np.minimum.at(end, buyer[fatal], np.floor(bought[fatal]) + wait + 1)
        who, when = who[when < end[who]], when[when < end[who]]

        mean_spend = self.rates["mean_spend_usd"] * self.age_spend[rng.choice(6, n, p=AGE_SHARE)] \
            * self.area_spend[rng.choice(3, n, p=AREA_SHARE)] / mean_one(self.rates["spend_shape"]) \
            * (self.rates["spend_shape"] - 1) / self.rates["spend_shape"]
        amounts = np.maximum(mean_spend[who] / AMOUNT_SHAPE * rng.gamma(AMOUNT_SHAPE, 1.0, len(who)), MIN_AMOUNT)
        frequency = np.bincount(who, minlength=n)
        latest = np.floor(start)
        np.maximum.at(latest, who, np.floor(when))
        return {
            "frequency": frequency,
            "recency": latest - np.floor(start),
            "T": self.now - np.floor(start),
            "monetary_value": np.bincount(who, np.round(amounts, 2), n) / np.maximum(frequency, 1),
        }


# Every purchase counts, also two on one day; the first one only starts the clock.
SUMMARY = """
WITH firsts AS (
    SELECT CUSTOMER_ID, min(TRANSACTION_DATE) AS FIRST_DATE, max(TRANSACTION_DATE) AS LAST_DATE,
        min(TRANSACTION_ID) AS FIRST_ID
    FROM ML_DEMO.PUBLIC.CONTINUOUS_TRANSACTIONS GROUP BY CUSTOMER_ID)
SELECT count(*) - 1 AS frequency, any_value(LAST_DATE - FIRST_DATE) AS recency, any_value(AS_OF - FIRST_DATE) AS T,
    coalesce(avg(AMOUNT::DOUBLE) FILTER (TRANSACTION_ID > FIRST_ID), 0) AS monetary_value
FROM firsts JOIN ML_DEMO.PUBLIC.CONTINUOUS_TRANSACTIONS USING (CUSTOMER_ID)
JOIN ML_DEMO.PUBLIC.CONTINUOUS_CUSTOMERS_PROFILE USING (CUSTOMER_ID) CROSS JOIN ML_DEMO.CLV_FEATURE_STORE.OBSERVATION
WHERE FIRST_DATE < SIGNUP_DATE + $onboarding
GROUP BY CUSTOMER_ID ORDER BY CUSTOMER_ID
"""


def fit_bg_nbd(summary, true):
    x, t_x, age = (summary[name] for name in ("frequency", "recency", "T"))
    fitted = BetaGeoFitter().fit(x, t_x, age, tol=GRADIENT_TOLERANCE).params_
    return dict(fitted) | {"r / alpha a year": fitted["r"] / fitted["alpha"] * DAYS_PER_YEAR,
                           "a / (a + b)": fitted["a"] / (fitted["a"] + fitted["b"])}


def fit_pareto_nbd(summary, true):
    x, t_x, age = (summary[name][:N_PARETO_CUSTOMERS] for name in ("frequency", "recency", "T"))
    # The fitter takes the largest age as its unit. One start for every fit, so that only the data differ.
    unit = np.max(age)
    start = [true["r"], true["alpha"] / unit, true["s"], true["beta"] / unit]
    fitted = ParetoNBDFitter().fit(x, t_x, age, initial_params=start).params_
    return dict(fitted) | {"r / alpha a year": fitted["r"] / fitted["alpha"] * DAYS_PER_YEAR,
                           "s / beta a year": fitted["s"] / fitted["beta"] * DAYS_PER_YEAR}


def fit_gamma_gamma(summary, true):
    repeats = summary["frequency"] > 0
    x, spend = summary["frequency"][repeats], summary["monetary_value"][repeats]
    fitted = GammaGammaFitter().fit(x, spend, tol=GRADIENT_TOLERANCE).params_
    return dict(fitted) | {"p v / (q - 1)": fitted["p"] * fitted["v"] / (fitted["q"] - 1)}


FITS = {"BG/NBD": fit_bg_nbd, "Pareto/NBD": fit_pareto_nbd, "gamma-gamma": fit_gamma_gamma}


def main():
    # The fitters probe values outside their domain on the way.
    warnings.simplefilter("ignore", RuntimeWarning)
    export = export_from_arguments()
    account = Account()
    process = Process(export.json("generator.json"))
    database = export.database()
    exported = database.execute(SUMMARY, {"onboarding": ONBOARDING_DAYS}).fetchnumpy()
    exported = {name: np.asarray(values, dtype=float) for name, values in exported.items()}
    n = len(exported["T"])
    true = process.true_parameters()
    true |= {"r / alpha a year": true["r"] / true["alpha"] * DAYS_PER_YEAR,
             "s / beta a year": true["s"] / true["beta"] * DAYS_PER_YEAR,
             "p v / (q - 1)": true["p"] * true["v"] / (true["q"] - 1)}

    print(f"{n} converters, {int(np.sum(exported['frequency']))} repeat purchases\n")
    print("| family | parameter | process | replicates | recovered | tolerance |")
    print("|---|---|---:|---:|---:|---:|")
    for family, fit in FITS.items():
        rng = np.random.default_rng(1)
        n_replicates = N_REPLICATES[family]
        # On the logarithm, where estimates of positive parameters scatter evenly.
        replicates = [fit(process.draw(n, rng), true) for _ in range(n_replicates)]
        half_width = stats.t.ppf(0.5 + CONFIDENCE / 2, n_replicates - 1) * np.sqrt(1 + 1 / n_replicates)
        for name, recovered in fit(exported, true).items():
            logs = np.log([replicate[name] for replicate in replicates])
            tolerance = half_width * np.std(logs, ddof=1)
            difference = abs(np.log(recovered) - np.mean(logs))
            known = f"{true[name]:.4g}" if name in true else ""
            is_identified = tolerance <= np.log(IDENTIFIED)
            allowed = f"{np.expm1(tolerance):.1%}" if is_identified else "not identified"
            print(f"| {family} | {name} | {known} | {np.exp(np.mean(logs)):.4g} | {recovered:.4g} | {allowed} |",
                  flush=True)
            if not is_identified:
                continue
            account.n_values += 1
            account.largest = max(account.largest, difference / tolerance)
            if not difference <= tolerance:
                account.fail(f"{family} {name}: {recovered:.4g} is outside what the process gives")
    print()
    account.finish(f"{n:,} converters, {account.n_values} parameters, the farthest at {account.largest:.0%} of its "
                   "tolerance")


main()
