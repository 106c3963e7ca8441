//! The objects of the pipeline with their warehouse names, kinds and direct upstreams: the vocabulary of the graph, the
//! navigation and the run report. Deliberately only what this version of the pipeline really makes.

use serde::{Deserialize, Serialize};

/// Which of the two pipelines an object belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scenario {
    /// New customers, 0–30 days.
    ColdStart,
    /// Established customers, 90+ days.
    Continuous,
}

/// The kinds of objects, each with its own colour and glyph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    Generator,
    RawTable,
    FeatureStore,
    FeatureView,
    TrainingData,
    Model,
    Registry,
    Predictions,
}

macro_rules! objects {
    ($($variant:ident, $name:literal, $scenario:ident, $kind:ident, [$($upstream:ident),*];)*) => {
        /// An object of the pipeline, in the order in which the data flows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum ObjectId { $($variant),* }

        impl ObjectId {
            pub const ALL: &'static [ObjectId] = &[$(ObjectId::$variant),*];

            /// The name in the warehouse, or of the step that makes tables.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            pub fn scenario(self) -> Scenario {
                match self { $(Self::$variant => Scenario::$scenario),* }
            }

            pub fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind),* }
            }

            /// What it is made from, directly.
            pub fn upstream(self) -> &'static [ObjectId] {
                match self { $(Self::$variant => &[$(ObjectId::$upstream),*]),* }
            }
        }
    };
}

objects! {
    GenerateColdstart, "generate_coldstart_data", ColdStart, Generator, [];
    GenerateContinuous, "generate_continuous_data", Continuous, Generator, [];
    ColdstartCustomers, "COLDSTART_CUSTOMERS", ColdStart, RawTable, [GenerateColdstart];
    ColdstartStaging, "COLDSTART_CUSTOMERS_STAGING", ColdStart, RawTable, [GenerateColdstart];
    Profile, "CONTINUOUS_CUSTOMERS_PROFILE", Continuous, RawTable, [GenerateContinuous];
    Transactions, "CONTINUOUS_TRANSACTIONS", Continuous, RawTable, [GenerateContinuous];
    Interactions, "CONTINUOUS_INTERACTIONS", Continuous, RawTable, [GenerateContinuous];
    ColdstartFeatures, "COLDSTART_FEATURES", ColdStart, FeatureView, [ColdstartCustomers];
    RfmFeatures, "RFM_FEATURES", Continuous, FeatureView, [Profile, Transactions];
    PurchasePatterns, "PURCHASE_PATTERNS", Continuous, FeatureView, [Profile, Transactions];
    EngagementFeatures, "ENGAGEMENT_FEATURES", Continuous, FeatureView, [Profile, Interactions];
    DerivedFeatures, "DERIVED_FEATURES", Continuous, FeatureView, [RfmFeatures, PurchasePatterns, EngagementFeatures];
    ProfileWithTarget, "CONTINUOUS_CUSTOMERS_PROFILE_WITH_TARGET", Continuous, RawTable, [Profile, Transactions];
    ColdstartTrainingData, "COLDSTART_TRAINING_DATA_WITH_TARGET", ColdStart, TrainingData, [ColdstartFeatures];
    ContinuousTrainingData, "CONTINUOUS_TRAINING_DATA_WITH_TARGET", Continuous, TrainingData,
        [RfmFeatures, PurchasePatterns, EngagementFeatures, DerivedFeatures, ProfileWithTarget];
    ColdstartModel, "COLDSTART_CLV_MODEL", ColdStart, Model, [ColdstartTrainingData];
    ContinuousModel, "CONTINUOUS_CLV_MODEL", Continuous, Model, [ContinuousTrainingData];
    CustomerFeatures, "CONTINUOUS_CUSTOMER_FEATURES", Continuous, FeatureView, [Profile, Transactions, Interactions];
    ColdstartPredictions, "COLDSTART_CLV_PREDICTIONS", ColdStart, Predictions, [ColdstartModel, ColdstartStaging];
    ContinuousPredictions, "CONTINUOUS_CLV_PREDICTIONS", Continuous, Predictions, [ContinuousModel, CustomerFeatures];
}

impl ObjectId {
    /// The object of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|object| object.name() == name)
    }

    /// True when the object holds rows that can be paged through.
    pub fn is_table(self) -> bool {
        !matches!(self.kind(), Kind::Generator | Kind::Model | Kind::FeatureStore | Kind::Registry)
    }
}

#[cfg(test)]
mod tests {
    use super::ObjectId;

    #[test]
    fn every_upstream_stands_before_its_consumers_and_names_are_unique() {
        for (position, object) in ObjectId::ALL.iter().enumerate() {
            for upstream in object.upstream() {
                assert!(ObjectId::ALL.iter().position(|o| o == upstream).unwrap() < position);
            }
            assert_eq!(ObjectId::by_name(object.name()), Some(*object));
        }
    }
}
