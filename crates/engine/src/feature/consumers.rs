//! Who reads a feature: the features of all views that name it, known from the definitions. Deliberately not models, which the
//! feature store does not know.

use super::check::{CheckedView, Registry};
use super::walk::{Read, reads};

/// `VIEW.FEATURE` of every feature that reads the given one directly, in the registry's order.
pub fn consumers(registry: &Registry, view: &CheckedView, feature: &str) -> Vec<String> {
    let mut found = Vec::new();
    for reader in registry.views() {
        for by in reader.features() {
            let is_read = reads(&by.expr).into_iter().any(|read| match read {
                Read::Feature(name) => {
                    name == feature && reader.upstream_of(name).unwrap_or(reader).name() == view.name()
                }
                Read::AsOf | Read::Column(_) | Read::Aggregate(_) | Read::Fitted(_) => false,
            });
            if is_read {
                found.push(format!("{}.{}", reader.name(), by.name));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::consumers;
    use crate::feature::catalog;

    #[test]
    fn a_feature_is_read_by_those_that_name_it_and_by_no_namesake() {
        let registry = catalog::checked().unwrap();
        let of = |view: &str, feature: &str| consumers(&registry, registry.view(view).unwrap(), feature);
        assert_eq!(of("PURCHASE_PATTERNS", "RECENT_30D_COUNT"), ["DERIVED_FEATURES.PURCHASE_VELOCITY_30D"]);
        assert_eq!(of("DERIVED_FEATURES", "RECENCY_SCORE"), ["DERIVED_FEATURES.RFM_SCORE"]);
        assert_eq!(of("ENGAGEMENT_FEATURES", "EMAIL_OPENS"), ["ENGAGEMENT_FEATURES.EMAIL_ENGAGEMENT_RATE"]);
        // Both scenarios have an EMAIL_ENGAGEMENT_RATE, and nothing reads either.
        assert!(of("COLDSTART_FEATURES", "EMAIL_ENGAGEMENT_RATE").is_empty());
    }
}
