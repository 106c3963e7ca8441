//! No feature sees a row dated after its observation date: later rows are added, changed and deleted, and nothing moves.

use crate::support::{FIRST_DAY, LAST_DAY, World, registry, worlds};
use clv_lab::engine::feature::{Fitted, Observation};
use clv_lab::engine::table::Table;
use proptest::prelude::*;

fn point_in_time(world: &World, rows: &[u32], days: &[i32]) -> Vec<Table> {
    let tables = world.tables();
    let registry = registry();
    ["RFM_FEATURES", "PURCHASE_PATTERNS", "ENGAGEMENT_FEATURES"]
        .iter()
        .map(|name| tables.view(registry.view(name).unwrap(), rows, Observation::Each(days), &[], &Fitted::default()))
        .collect()
}

proptest! {
    #[test]
    fn later_rows_change_nothing(world in worlds(), other in worlds(), day in FIRST_DAY..LAST_DAY) {
        let n = world.signups.len();
        let rows: Vec<u32> = (0..n as u32).collect();
        // A different day for each customer.
        let days: Vec<i32> = (0..n as i32).map(|i| day - 7 * i).collect();
        let mut changed = world.clone();
        changed.purchases.retain(|p| p.1 <= days[p.0]);
        changed.interactions.retain(|e| e.1 <= days[e.0]);
        changed.purchases.extend(other.purchases.iter().filter(|p| p.0 < n && p.1 > days[p.0]));
        changed.interactions.extend(other.interactions.iter().filter(|e| e.0 < n && e.1 > days[e.0]));
        for (before, after) in point_in_time(&world, &rows, &days).iter().zip(point_in_time(&changed, &rows, &days)) {
            prop_assert_eq!(before.digest(), after.digest());
        }
    }

    #[test]
    fn training_values_equal_serving_values_of_the_same_day(world in worlds(), day in FIRST_DAY..LAST_DAY) {
        let rows: Vec<u32> = (0..world.signups.len() as u32).collect();
        let training = point_in_time(&world, &rows, &vec![day; rows.len()]);
        let serving = world.tables().base_views(&registry(), day);
        for (training, serving) in training.iter().zip(&serving) {
            prop_assert_eq!(training.digest(), serving.digest());
        }
    }
}
