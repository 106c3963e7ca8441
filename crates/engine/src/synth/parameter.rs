//! The generator's parameters as a list: where each stands in the configuration, its unit, bounds and step, and in plain words
//! what it does to the data. Made for validation, forms and tests; deliberately no default values (those are the
//! configuration's) and neither seed nor NOW, which are not quantities.

use super::config::SynthConfig;

/// Where a parameter stands in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterGroup {
    Size,
    Calendar,
    Change,
    Channels,
    Buying,
    Browsing,
    Coldstart,
    Continuous,
}

impl ParameterGroup {
    pub const ALL: [Self; 8] = [
        Self::Size,
        Self::Calendar,
        Self::Change,
        Self::Channels,
        Self::Buying,
        Self::Browsing,
        Self::Coldstart,
        Self::Continuous,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Size => "Size",
            Self::Calendar => "Calendar",
            Self::Change => "A change of the market",
            Self::Channels => "Acquisition channels",
            Self::Buying => "Buying and leaving",
            Self::Browsing => "Browsing, tickets and tastes",
            Self::Coldstart => "Cold-start customers",
            Self::Continuous => "Established customers",
        }
    }

    /// What its parameters have in common.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Size => "How many customers are made.",
            Self::Calendar => "How far the data reaches back, and how the week and the year move demand.",
            Self::Change => "Something that comes over everybody on one day. With all shares at 0 nothing happens.",
            Self::Channels => {
                "How many customers each channel brings, in relation to one another; referral and direct bring the best, social media and paid search the weakest."
            }
            Self::Buying => {
                "How often customers buy, how much they spend, when they leave, and how unequal they are in it."
            }
            Self::Browsing => "What customers do around their purchases, in both populations.",
            Self::Coldstart => "New customers, of whom the first 30 days are seen.",
            Self::Continuous => "Customers with 90 days of history and more.",
        }
    }
}

/// One parameter: for validation, forms and tests.
pub struct Parameter {
    /// The path of the field, such as `process.rate_shape`.
    pub name: &'static str,
    pub group: ParameterGroup,
    pub label: &'static str,
    /// What it does to the data, in one sentence.
    pub explanation: &'static str,
    /// Empty for pure numbers.
    pub unit: &'static str,
    pub min: f64,
    pub max: f64,
    /// What a reader would change it by.
    pub step: f64,
    /// Only whole numbers.
    pub is_whole: bool,
    pub get: fn(&SynthConfig) -> f64,
    pub set: fn(&mut SynthConfig, f64),
}

/// Types of fields, of which some hold whole numbers only.
trait Field {
    const IS_WHOLE: bool;
}

impl Field for u32 {
    const IS_WHOLE: bool = true;
}

impl Field for f64 {
    const IS_WHOLE: bool = false;
}

/// Lists fields as [`Parameter`]s; what stands under `each population` is listed for both.
macro_rules! parameters {
    (
        shared {$($group:ident {$(
            $($field:ident).+ : $kind:ty, $unit:literal, $min:literal ..= $max:literal, $step:literal,
            $label:literal, $explanation:literal;
        )*})*}
        each population {$(
            $rate:ident : $rate_kind:ty, $rate_unit:literal, $rate_min:literal ..= $rate_max:literal, $rate_step:literal,
            $rate_label:literal, $rate_explanation:literal;
        )*}
    ) => {
        &[
            $($(Parameter {
                name: stringify!($($field).+),
                group: ParameterGroup::$group,
                label: $label,
                explanation: $explanation,
                unit: $unit,
                min: $min,
                max: $max,
                step: $step,
                is_whole: <$kind as Field>::IS_WHOLE,
                get: |config| f64::from(config.$($field).+),
                set: |config, value| config.$($field).+ = value as $kind,
            },)*)*
            $(Parameter {
                name: concat!("coldstart.", stringify!($rate)),
                group: ParameterGroup::Coldstart,
                label: $rate_label,
                explanation: $rate_explanation,
                unit: $rate_unit,
                min: $rate_min,
                max: $rate_max,
                step: $rate_step,
                is_whole: <$rate_kind as Field>::IS_WHOLE,
                get: |config| f64::from(config.coldstart.$rate),
                set: |config, value| config.coldstart.$rate = value as $rate_kind,
            },)*
            $(Parameter {
                name: concat!("continuous.", stringify!($rate)),
                group: ParameterGroup::Continuous,
                label: $rate_label,
                explanation: $rate_explanation,
                unit: $rate_unit,
                min: $rate_min,
                max: $rate_max,
                step: $rate_step,
                is_whole: <$rate_kind as Field>::IS_WHOLE,
                get: |config| f64::from(config.continuous.$rate),
                set: |config, value| config.continuous.$rate = value as $rate_kind,
            },)*
        ]
    };
}

/// All parameters except seed and NOW.
pub const PARAMETERS: &[Parameter] = parameters! {
    shared {
        Size {
            n_customers: u32, "customers", 1.0..=500000.0, 1000.0,
                "Customers", "How many customers each of the two populations has.";
        }
        Calendar {
            history_days: u32, "days", 820.0..=3650.0, 10.0,
                "History", "How long before NOW the oldest established customers signed up; a longer history has more events.";
            process.weekday_strength: f64, "times the documented week", 0.0..=3.0, 0.1,
                "Weekday pattern", "How much more is bought at weekends than early in the week: 0 makes all days alike, 1 is the documented week.";
            process.holiday_strength: f64, "times usual demand", 0.0..=3.0, 0.1,
                "Holiday peak", "How much demand rises on top of the usual at its peak in early December: 0.9 means 90 % more.";
        }
        Change {
            change.days_before_now: u32, "days before NOW", 1.0..=910.0, 10.0,
                "Day of the change", "When the change comes; observation dates lie 365 to 730 days before NOW, so a later day changes the future without showing in the features.";
            change.paid_social_share: f64, "share", 0.0..=1.0, 0.05,
                "Shift to paid and social", "Share of later sign-ups that paid search or social media bring, whatever would have brought them before.";
            change.price_rise: f64, "share", -0.5..=1.0, 0.05,
                "Price rise", "By how much all prices rise on that day: 0.15 means 15 %, and below 0 they fall.";
            change.price_elasticity: f64, "", 0.0..=4.0, 0.1,
                "Price elasticity", "How strongly demand answers to prices: at 1.2 a rise of 10 % costs about 11 % of the purchases.";
            change.leaving_share: f64, "share", 0.0..=0.9, 0.05,
                "Customers who leave", "Share of the active customers who leave for good on that day.";
        }
        Channels {
            channels.organic_search: f64, "weight", 0.001..=1.0, 0.01,
                "Organic search", "Customers who find the shop in unpaid search results.";
            channels.paid_search: f64, "weight", 0.001..=1.0, 0.01,
                "Paid search", "Customers who come by search advertisements; they convert less, buy less often and take longer to start.";
            channels.social_media: f64, "weight", 0.001..=1.0, 0.01,
                "Social media", "Customers who come by social media; the weakest buyers, and slow to start.";
            channels.email: f64, "weight", 0.001..=1.0, 0.01,
                "Email", "Customers who come by email campaigns.";
            channels.direct: f64, "weight", 0.001..=1.0, 0.01,
                "Direct", "Customers who type the address; strong buyers.";
            channels.referral: f64, "weight", 0.001..=1.0, 0.01,
                "Referral", "Customers whom friends have sent; the strongest buyers.";
            channels.affiliate: f64, "weight", 0.001..=1.0, 0.01,
                "Affiliate", "Customers whom partner sites have sent.";
        }
        Buying {
            process.rate_shape: f64, "", 0.2..=20.0, 0.1,
                "Evenness of purchase rates", "How alike customers are in how often they buy: small values make a few heavy buyers and many rare ones.";
            process.dropouts_per_year: f64, "per year", 0.01..=10.0, 0.05,
                "Drop-outs", "How often a typical customer would leave for good in a year; 0.45 means an expected life of a little over two years.";
            process.dropout_shape: f64, "", 0.2..=20.0, 0.1,
                "Evenness of drop-out", "How alike customers are in how soon they leave: small values make some leave at once and others stay for ever.";
            process.mean_spend_usd: f64, "USD", 6.0..=1000.0, 1.0,
                "Mean purchase", "What one purchase costs in the mean.";
            process.spend_shape: f64, "", 2.5..=50.0, 0.5,
                "Evenness of spend", "How alike customers are in what a purchase costs: small values make a few big spenders.";
            process.nonconverter_rate_share: f64, "share", 0.0..=1.0, 0.01,
                "Late buyers", "How often customers without a purchase in their first 30 days buy later, as a share of the others’ rate.";
            process.first_purchase_delay_days: f64, "days", 0.1..=30.0, 0.1,
                "Delay of the first purchase", "Mean days from sign-up to the first purchase, twice as long for paid search and social media, never over 30.";
            process.category_loyalty: f64, "probability", 0.0..=1.0, 0.05,
                "Category loyalty", "How probable it is that a later purchase falls into the category of the first one.";
        }
        Browsing {
            process.lead_days: f64, "days", 0.1..=10.0, 0.1,
                "Lead of visits and views", "Mean days by which visits and product views precede the purchase they lead to.";
            process.cart_lead_days: f64, "days", 0.1..=10.0, 0.1,
                "Lead of cart adds", "Mean days by which cart adds precede their purchase.";
            process.fade_days: f64, "days", 1.0..=180.0, 1.0,
                "Fading before leaving", "Over how many days browsing fades before a customer leaves: the longer, the earlier a model can see it.";
            process.ticket_delay_days: f64, "days", 0.1..=30.0, 0.5,
                "Delay of tickets", "Mean days from a purchase to a support ticket about it.";
            process.ticket_dropout_probability: f64, "probability", 0.0..=0.5, 0.01,
                "Tickets that drive away", "How probable it is that a support ticket makes the customer leave for good.";
            process.label_correlation: f64, "", 0.0..=0.9, 0.05,
                "Truth in SEGMENT", "How much the CRM’s label SEGMENT knows of a customer’s real rate and spend; 0 makes it noise.";
        }
    }
    each population {
        conversion_probability: f64, "probability", 0.0..=1.0, 0.01,
            "Conversion", "Mean share of customers who buy within 30 days of sign-up.";
        purchases_per_year: f64, "purchases per year", 0.0..=50.0, 0.1,
            "Repeat purchases", "How often an active buyer buys again, in the mean.";
        visits_per_30d: f64, "events per 30 days", 0.0..=30.0, 0.1,
            "Website visits", "Visits while active, besides those that lead to a purchase.";
        views_per_30d: f64, "events per 30 days", 0.0..=30.0, 0.1,
            "Product views", "Product views while active, besides those that lead to a purchase.";
        cart_adds_per_30d: f64, "events per 30 days", 0.0..=30.0, 0.05,
            "Cart adds", "Cart adds while active that lead to nothing.";
        tickets_per_30d: f64, "events per 30 days", 0.0..=30.0, 0.05,
            "Support tickets", "Support tickets while active that are about no purchase.";
        visits_per_purchase: f64, "events per purchase", 0.0..=10.0, 0.1,
            "Visits before a purchase", "Website visits that lead to one purchase.";
        views_per_purchase: f64, "events per purchase", 0.0..=10.0, 0.1,
            "Views before a purchase", "Product views that lead to one purchase.";
        cart_adds_per_purchase: f64, "events per purchase", 0.0..=10.0, 0.1,
            "Cart adds before a purchase", "Cart adds that lead to one purchase.";
        tickets_per_purchase: f64, "events per purchase", 0.0..=2.0, 0.05,
            "Tickets after a purchase", "Support tickets that follow one purchase.";
        email_interval_days: u32, "days", 3.0..=60.0, 1.0,
            "Email interval", "Days between two email campaigns; every customer gets each of them.";
        open_probability: f64, "probability", 0.0..=1.0, 0.01,
            "Opening an email", "Mean probability that a buyer opens an email.";
        nonconverter_open_share: f64, "share", 0.0..=1.0, 0.05,
            "Opening by others", "What is left of that probability for customers who bought nothing in their first 30 days.";
        dropped_open_share: f64, "share", 0.0..=1.0, 0.05,
            "Opening after leaving", "What is left of the probability of opening an email once a customer has left.";
        click_probability: f64, "probability", 0.0..=1.0, 0.05,
            "Clicking an email", "How probable it is that an opened email is clicked.";
    }
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::SynthError;
    use std::collections::BTreeSet;

    #[test]
    fn every_parameter_is_read_written_and_bounded() {
        for parameter in PARAMETERS {
            for bad in [parameter.max * 2.0 + 1.0, f64::NAN] {
                let mut config = SynthConfig::default();
                (parameter.set)(&mut config, bad);
                if (parameter.get)(&config).is_nan() || (parameter.get)(&config) > parameter.max {
                    let refused =
                        matches!(config.check(), Err(SynthError::OutOfRange { name, .. }) if name == parameter.name);
                    assert!(refused, "{}", parameter.name);
                } else {
                    assert!(bad.is_nan(), "{} ignores what is set", parameter.name);
                }
            }
        }
    }

    #[test]
    fn every_parameter_is_explained_and_can_be_stepped() {
        let mut names = BTreeSet::new();
        let mut labels = BTreeSet::new();
        for p in PARAMETERS {
            assert!(names.insert(p.name), "{} stands twice", p.name);
            assert!(labels.insert((p.group.title(), p.label)), "{}: another parameter is called so", p.name);
            assert!(!p.label.is_empty() && p.label.len() <= 32, "{}: {}", p.name, p.label);
            assert!(p.explanation.ends_with('.') && p.explanation.len() > 20, "{}: {}", p.name, p.explanation);
            assert!(p.step > 0.0 && p.step <= (p.max - p.min) / 5.0, "{} cannot be stepped", p.name);
            assert!(!p.is_whole || p.step.fract() == 0.0, "{} is whole", p.name);
        }
    }

    #[test]
    fn every_group_is_explained_and_used_and_its_parameters_stand_together() {
        let mut groups: Vec<ParameterGroup> = PARAMETERS.iter().map(|p| p.group).collect();
        groups.dedup();
        assert_eq!(groups, ParameterGroup::ALL);
        assert!(groups.iter().all(|group| group.explanation().ends_with('.')));
    }

    #[test]
    fn a_field_of_the_configuration_that_no_parameter_sets_does_not_exist() {
        let mut changed = SynthConfig::default();
        for p in PARAMETERS {
            let other = if (p.get)(&changed) == p.max { p.min } else { p.max };
            (p.set)(&mut changed, other);
        }
        let numbers = |config: &SynthConfig| {
            let mut found = Vec::new();
            collect("", &serde_json::to_value(config).unwrap(), &mut found);
            found
        };
        for (before, after) in numbers(&SynthConfig::default()).into_iter().zip(numbers(&changed)) {
            assert!(before != after || ["seed", "now"].contains(&before.0.as_str()), "{} is no parameter", before.0);
        }
    }

    /// All leaves of a JSON value with their paths.
    fn collect(path: &str, value: &serde_json::Value, found: &mut Vec<(String, serde_json::Value)>) {
        match value {
            serde_json::Value::Object(fields) => {
                for (name, value) in fields {
                    collect(format!("{path}.{name}").trim_start_matches('.'), value, found);
                }
            }
            leaf => found.push((path.to_owned(), leaf.clone())),
        }
    }
}
