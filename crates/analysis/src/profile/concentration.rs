//! How unequally spend is spread over customers: the Lorenz curve read from the top, and the Gini coefficient.

use super::ids::IdIndex;
use clv_engine::table::{Table, TableError};

/// How much of the spend the customers who spend most hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Concentration {
    pub n_customers: u64,
    pub total_cents: i64,
    /// Share of customers without any spend.
    pub zero_share: f64,
    /// 0 = all spend the same, 1 = one spends everything.
    pub gini: f64,
    /// Element i: the share of the spend held by the top i percent of the customers, 0 ..= 100, in proportion between two
    /// customers. Empty without spend.
    pub held_by_top: Vec<f64>,
}

/// What each customer of a profile has spent, in its rows' order; purchases of unknown customers are left out.
pub fn spend_of_customers(
    profile_ids: &IdIndex,
    n_customers: usize,
    transactions: &Table,
) -> Result<Vec<i64>, TableError> {
    let mut spend = vec![0_i64; n_customers];
    for (&id, &cents) in transactions.ids("CUSTOMER_ID")?.iter().zip(transactions.integers("AMOUNT")?) {
        if let Some(total) = profile_ids.row_of(id).and_then(|row| spend.get_mut(row)) {
            *total += cents;
        }
    }
    Ok(spend)
}

/// Negative amounts count as none.
pub fn concentration(spend_cents: &[i64]) -> Concentration {
    let mut sorted: Vec<i64> = spend_cents.iter().map(|cents| (*cents).max(0)).collect();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let n = sorted.len();
    let total_cents: i64 = sorted.iter().sum();
    let n_zero = sorted.iter().rev().take_while(|cents| **cents == 0).count();
    let mut found = Concentration {
        n_customers: n as u64,
        total_cents,
        zero_share: if n == 0 { 0.0 } else { n_zero as f64 / n as f64 },
        ..Concentration::default()
    };
    if total_cents == 0 {
        return found;
    }
    let total = total_cents as f64;
    // Σ over customers of the spend held by them and all above, for the area under the curve.
    let (mut cumulative, mut area) = (0_i64, 0.0);
    let mut held_by_first = Vec::with_capacity(n + 1);
    held_by_first.push(0_i64);
    for cents in &sorted {
        area += (cumulative as f64 + *cents as f64 / 2.0) / total;
        cumulative += cents;
        held_by_first.push(cumulative);
    }
    found.gini = 2.0 * area / n as f64 - 1.0;
    found.held_by_top = (0..=100)
        .map(|percent| {
            let position = f64::from(percent) / 100.0 * n as f64;
            let below = (position as usize).min(n);
            let (low, high) = (held_by_first[below] as f64, held_by_first[(below + 1).min(n)] as f64);
            (low + (high - low) * (position - below as f64)) / total
        })
        .collect();
    found
}

#[cfg(test)]
mod tests {
    use super::concentration;

    #[test]
    fn equal_spend_is_the_diagonal_and_one_spender_holds_everything() {
        let equal = concentration(&[700; 8]);
        assert!(equal.gini.abs() < 1e-12);
        assert!(equal.held_by_top.iter().enumerate().all(|(i, held)| (held - i as f64 / 100.0).abs() < 1e-12));
        let mut spend = vec![0; 100];
        spend[42] = 5;
        let one = concentration(&spend);
        assert!((one.gini - 0.99).abs() < 1e-12);
        assert_eq!((one.held_by_top[0], one.held_by_top[1], one.zero_share), (0.0, 1.0, 0.99));
    }

    #[test]
    fn two_customers_by_hand() {
        let found = concentration(&[100, 300]);
        assert!((found.gini - 0.25).abs() < 1e-12);
        assert_eq!((found.held_by_top[50], found.held_by_top[25], found.held_by_top[100]), (0.75, 0.375, 1.0));
    }

    #[test]
    fn nobody_and_no_spend_have_no_curve() {
        assert!(concentration(&[]).held_by_top.is_empty());
        let none = concentration(&[0, 0, -3]);
        assert_eq!((none.held_by_top.len(), none.zero_share, none.gini), (0, 1.0, 0.0));
    }
}
