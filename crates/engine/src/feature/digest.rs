//! What a view computes, as one number: equal for equal definitions and fitted values. Deliberately without meanings, units and tags, which
//! change no value.

use super::{CheckedView, Fitted, FittedValue, describe};
use crate::table::Digest;

/// The hash of a view's formulas, those of the views that it reads, and the values fitted for it.
pub fn digest(view: &CheckedView, fitted: &Fitted) -> Digest {
    let mut bytes = Vec::new();
    write(view, &mut bytes);
    for (name, value) in &fitted.values {
        bytes.extend(name.bytes());
        match value {
            FittedValue::Edges(edges) => bytes.extend(edges.iter().flat_map(|edge| edge.to_bits().to_le_bytes())),
            FittedValue::Means(means) => {
                bytes.extend(means.iter().flat_map(|(level, mean)| level.bytes().chain(mean.to_bits().to_le_bytes())));
            }
        }
    }
    Digest::of_bytes(&bytes)
}

fn write(view: &CheckedView, bytes: &mut Vec<u8>) {
    bytes.extend(view.name().bytes());
    for feature in view.features() {
        bytes.extend(format!("\n{} = {}", feature.name, describe::formula(&feature.expr)).bytes());
    }
    view.upstream().iter().for_each(|upstream| write(upstream, bytes));
}

#[cfg(test)]
mod tests {
    use super::digest;
    use crate::feature::own::{self, OwnFeature};
    use crate::feature::{Fitted, FittedValue, catalog};

    #[test]
    fn another_formula_here_or_upstream_is_another_digest_and_so_is_another_fitted_value() {
        let plain = catalog::checked().unwrap();
        let own = [OwnFeature { name: "MONETARY_AVG", formula: "MONETARY_TOTAL / (FREQUENCY + 1)" }];
        let changed = own::registry(&own).unwrap();
        let of = |views: &crate::feature::Registry, name| digest(views.view(name).unwrap(), &Fitted::default());
        for name in ["RFM_FEATURES", "DERIVED_FEATURES"] {
            assert_ne!(of(&plain, name), of(&changed, name), "{name}");
        }
        assert_eq!(of(&plain, "PURCHASE_PATTERNS"), of(&changed, "PURCHASE_PATTERNS"));
        let fitted =
            |edge: f64| Fitted { values: [("E".to_owned(), FittedValue::Edges(vec![edge]))].into(), n_rows: 9 };
        let view = plain.view("DERIVED_FEATURES").unwrap();
        assert_ne!(digest(view, &fitted(1.0)), digest(view, &fitted(1.0 + f64::EPSILON)));
    }
}
