//! What must hold of what arrives after NOW: one life whatever the window, the rates of the past, newcomers and
//! graduates who are the staging table's. Interactions of two windows are two samples, so they are compared by their
//! rates only.

use super::{coldstart, config, continuous};
use crate::schema::Day;
use crate::synth::continuous::{Profile, segment};
use crate::synth::engagement::{EMAIL_CLICK, EMAIL_OPEN, N_EVENT_TYPES, SUPPORT_TICKET};
use crate::synth::future::{EstablishedLives, future_days};
use crate::synth::life::MAX_LEAD_DAYS;
use crate::synth::population::Population;
use crate::synth::*;
use crate::table::{Digest, Table};
use std::collections::{BTreeMap, BTreeSet};

fn arrivals(config: &SynthConfig, days: core::ops::Range<i32>, step: usize) -> Arrivals {
    let mut generator = ArrivalsGenerator::new(config, config.now.plus(days.start), config.now.plus(days.end)).unwrap();
    while generator.step(step).done < generator.n_customers_total() {}
    generator.finish().unwrap()
}

fn is_continuous(id: i32) -> bool {
    id < COLDSTART_FIRST_CUSTOMER_ID
}

type Contents = (Vec<PurchaseArrival>, Vec<InteractionArrival>, Vec<i64>, Vec<i32>, [Digest; 2]);

/// Everything that arrives, in a form that can be compared.
fn contents(arrivals: &Arrivals) -> Contents {
    (
        arrivals.purchases.iter().chain(&arrivals.graduate_purchases).copied().collect(),
        arrivals.interactions.iter().chain(&arrivals.graduate_interactions).copied().collect(),
        arrivals.newcomer_minutes.clone(),
        arrivals.graduation_days.clone(),
        [arrivals.newcomers.digest(), arrivals.graduates.digest()],
    )
}

#[test]
fn a_years_purchases_are_the_spend_of_the_future() {
    let today = config(31, 500);
    let mut future = FutureGenerator::new(&today).unwrap();
    while future.step(1_000).done < 500 {}
    let mut cents = vec![0; 500];
    for purchase in arrivals(&today, 1..366, 100).purchases.iter().filter(|p| is_continuous(p.customer_id)) {
        cents[purchase.customer_id as usize - 1] += purchase.amount_cents;
    }
    assert_eq!(cents, future.finish().unwrap());
}

#[test]
fn two_windows_have_the_purchases_newcomers_and_graduates_of_one() {
    let today = config(32, 400);
    let (early, late, whole) =
        (arrivals(&today, 1..40, 100), arrivals(&today, 40..140, 100), arrivals(&today, 1..140, 100));
    let mut purchases = [early.purchases.clone(), late.purchases.clone()].concat();
    // What was loaded after midnight of the last day is out of order.
    purchases.sort_by_key(|p| (p.minute, p.customer_id));
    assert_eq!(purchases, whole.purchases);
    assert_eq!([early.graduate_purchases, late.graduate_purchases].concat(), whole.graduate_purchases);
    assert_eq!([early.graduate_interactions, late.graduate_interactions].concat(), whole.graduate_interactions);
    assert_eq!([early.newcomer_minutes, late.newcomer_minutes].concat(), whole.newcomer_minutes);
    assert_eq!([early.graduation_days, late.graduation_days].concat(), whole.graduation_days);
    for (early, late, whole) in
        [(&early.newcomers, &late.newcomers, &whole.newcomers), (&early.graduates, &late.graduates, &whole.graduates)]
    {
        let cells = |table: &Table| -> Vec<String> {
            let row = |row| (0..table.schema().columns.len()).map(move |c| table.cell(row, c).to_string());
            (0..table.n_rows()).flat_map(row).collect()
        };
        assert_eq!([cells(early), cells(late)].concat(), cells(whole));
    }
    assert!(whole.purchases.iter().any(|p| !is_continuous(p.customer_id)));
}

#[test]
fn the_step_size_never_changes_what_arrives() {
    let today = config(33, 230);
    let base = contents(&arrivals(&today, 20..70, 10_000));
    assert!(base == contents(&arrivals(&today, 20..70, 1)) && base == contents(&arrivals(&today, 20..70, 17)));
    assert!(base != contents(&arrivals(&config(34, 230), 20..70, 17)));
}

/// A customer's events, and days on which there could have been some, in two windows.
type Windows = [(f64, f64); 2];

/// By how many standard errors the rates of events in two windows differ. Customers are independent of one another,
/// their events are not.
fn z_score(customers: &[Windows]) -> f64 {
    let n_events: f64 = customers.iter().flatten().map(|window| window.0).sum();
    let days = [0, 1].map(|w| customers.iter().map(|customer| customer[w].1).sum::<f64>());
    let rate = n_events / (days[0] + days[1]);
    let excess = |(n_events, n_days): (f64, f64)| n_events - rate * n_days;
    let terms = customers.iter().map(|c| excess(c[1]) / days[1] - excess(c[0]) / days[0]);
    let (total, squares) = terms.fold((0.0, 0.0), |(total, squares), term| (total + term, squares + term * term));
    total / squares.sqrt().max(f64::MIN_POSITIVE)
}

#[test]
fn rates_after_now_are_those_before_now() {
    let n = 6_000;
    let today = config(35, n);
    let now = today.now;
    let past = continuous(&today, 10_000);
    let future = arrivals(&today, 1..61, 10_000);
    let mut lives = EstablishedLives::new(&today);
    let drop_out: Vec<f64> =
        (1..=n as i32).map(|id| lives.buy(id, now.plus(61 + MAX_LEAD_DAYS)).latents.drop_out_day).collect();
    // Whole weeks; the shortest ones show what is lost or doubled at the seam.
    for n_days in [7, 56] {
        let windows = [now.0 + 1 - n_days..now.0 + 1, now.0 + 1..now.0 + 1 + n_days];
        // Purchases stand behind the event types.
        let mut customers = vec![vec![[(0.0, 0.0); 2]; n as usize]; N_EVENT_TYPES + 1];
        let is_alive = |id: i32, day: i32| f64::from(day) < drop_out[id as usize - 1];
        for (w, window) in windows.iter().enumerate() {
            for id in 1..=n as i32 {
                let n_alive = window.clone().filter(|&day| is_alive(id, day)).count() as f64;
                customers.iter_mut().for_each(|of_type| of_type[id as usize - 1][w].1 = n_alive);
            }
        }
        let mut count = |kind: usize, id: i32, day: i32| {
            for (w, window) in windows.iter().enumerate() {
                if is_continuous(id) && window.contains(&day) && is_alive(id, day) {
                    customers[kind][id as usize - 1][w].0 += 1.0;
                }
            }
        };
        let rows = |table: &Table, day: &str| -> Vec<(i32, i32)> {
            let ids = table.ids("CUSTOMER_ID").unwrap().iter().copied();
            ids.zip(table.days(day).unwrap().iter().copied()).collect()
        };
        let types = past.interactions.codes("EVENT_TYPE").unwrap();
        for ((id, day), &kind) in rows(&past.interactions, "EVENT_DATE").into_iter().zip(types) {
            count(usize::from(kind), id, day);
        }
        rows(&past.transactions, "TRANSACTION_DATE").into_iter().for_each(|(id, day)| count(N_EVENT_TYPES, id, day));
        future.interactions.iter().for_each(|e| count(usize::from(e.event_type), e.customer_id, e.day));
        future.purchases.iter().for_each(|p| count(N_EVENT_TYPES, p.customer_id, p.day));
        for (kind, customers) in customers.iter().enumerate() {
            let n_events = customers.iter().map(|c| c[1].0).sum::<f64>();
            let z = z_score(customers);
            assert!(n_events > 100.0 && z.abs() < 4.0, "{n_days} days, kind {kind}: {n_events} events, {z}");
        }
    }
}

#[test]
fn a_coldstart_life_in_pieces_has_the_rates_of_one_drawn_at_once_until_graduation() {
    let today = config(36, 20_000);
    let now = today.now;
    let n_days = 140;
    let found = arrivals(&today, 1..n_days, 100_000);
    // As if there were neither a staging table nor a graduation: one window from sign-up on.
    let mut at_once = Population::new(&today, &today.coldstart, &attributes::COLDSTART, future_days(now));
    // Newcomers who graduate in the window, and from when on they arrive one by one.
    let ids: BTreeMap<i32, usize> = found
        .graduates
        .ids("CUSTOMER_ID")
        .unwrap()
        .iter()
        .filter(|&&id| id >= COLDSTART_FIRST_CUSTOMER_ID + 22_000)
        .copied()
        .enumerate()
        .map(|(idx, id)| (id, idx))
        .collect();
    assert!(ids.len() > 1_000, "{}", ids.len());
    // By piece: until day 30, until graduation, later; by event type.
    let mut customers = vec![vec![[(0.0, 1.0); 2]; ids.len()]; 3 * N_EVENT_TYPES];
    let piece = |age: i32| usize::from(age >= 30) + usize::from(age >= 90);
    let mut signups = BTreeMap::new();
    for (&id, &idx) in &ids {
        let block = (id - COLDSTART_FIRST_CUSTOMER_ID - 22_000) / 1_000;
        let mut customer = at_once.customer(id, now.plus(block * 30 - 29), now.plus(block * 30));
        signups.insert(id, customer.signup.0);
        let end = now.plus(n_days);
        at_once.live(&mut customer, end.plus(MAX_LEAD_DAYS), end);
        for &event in &at_once.events {
            let age = super::day_of(event, 0);
            let kind = piece(age) * N_EVENT_TYPES + usize::from(super::type_of(event));
            customers[kind][idx][0].0 += 1.0;
        }
    }
    for event in found.graduate_interactions.iter().chain(&found.interactions) {
        if let Some(&idx) = ids.get(&event.customer_id) {
            let kind = piece(event.day - signups[&event.customer_id]) * N_EVENT_TYPES + usize::from(event.event_type);
            customers[kind][idx][1].0 += 1.0;
        }
    }
    for (kind, customers) in customers.iter().enumerate() {
        let [at_once, in_pieces] = [0, 1].map(|w| customers.iter().map(|c| c[w].0).sum::<f64>());
        let z = z_score(customers);
        if kind / N_EVENT_TYPES == 2 && kind % N_EVENT_TYPES != usize::from(SUPPORT_TICKET) {
            // From graduation on they browse and are mailed as established customers, who do so less.
            assert!(in_pieces > 30.0 && z.abs() > 4.0 && in_pieces < at_once, "{kind}: {at_once} {in_pieces}, {z}");
        } else {
            assert!(in_pieces > 30.0 && z.abs() < 4.0, "{kind}: {at_once} {in_pieces}, {z}");
        }
    }
}

#[test]
fn newcomers_sign_up_as_before_and_arrive_on_their_thirtieth_day() {
    let today = config(37, 5_010);
    let found = arrivals(&today, 1..181, 10_000);
    let ids = found.newcomers.ids("CUSTOMER_ID").unwrap();
    let unique: BTreeSet<i32> = ids.iter().copied().collect();
    // 501 customers in 60 days of the staging table, so 251 a block; six blocks in the window.
    let first_id = COLDSTART_FIRST_CUSTOMER_ID + 5_010 + 501;
    assert!(unique.into_iter().eq(first_id..first_id + 6 * 251));
    assert!(found.newcomer_minutes.is_sorted() && found.newcomer_minutes.len() == ids.len());
    let signups = found.newcomers.days("SIGNUP_DATE").unwrap();
    let mut n_of_day = vec![0_u32; 180];
    for (row, &signup) in signups.iter().enumerate() {
        assert_eq!(found.newcomer_minutes[row].div_euclid(1_440), i64::from(signup + 30));
        n_of_day[(signup + 30 - today.now.0 - 1) as usize] += 1;
    }
    for block in n_of_day.chunks(30) {
        let mean = 251.0 / 30.0;
        let variance = block.iter().map(|&n| (f64::from(n) - mean) * (f64::from(n) - mean)).sum::<f64>() / 30.0;
        assert!(block.iter().sum::<u32>() == 251 && variance < 2.5 * mean, "{block:?}");
    }
    // As the staging table's rows in what they say.
    let staging = coldstart(&today, 10_000).staging;
    let visits = |table: &Table| {
        let counts = table.integers("WEBSITE_VISITS_30D").unwrap();
        counts.iter().sum::<i64>() as f64 / counts.len() as f64
    };
    assert!((visits(&found.newcomers) / visits(&staging) - 1.0).abs() < 0.15);
    let (opens, clicks) = ("EMAIL_OPENS_30D", "EMAIL_CLICKS_30D");
    let (opens, clicks) = (found.newcomers.integers(opens).unwrap(), found.newcomers.integers(clicks).unwrap());
    assert!(opens.iter().zip(clicks).all(|(opens, clicks)| clicks <= opens));
}

/// The rows of two staging tables, by customer: sign-up, first purchase (day, cents, category), counts by event type
/// (no tickets).
type Onboarding = (i32, Option<(i32, i64, u8)>, [i64; N_EVENT_TYPES]);

fn onboardings(tables: &[&Table]) -> BTreeMap<i32, Onboarding> {
    let mut rows = BTreeMap::new();
    for table in tables {
        let is_buyer = |row| table.present("FIRST_PURCHASE_DATE").unwrap().is_none_or(|p| p.is_valid(row));
        let columns =
            ["WEBSITE_VISITS_30D", "EMAIL_OPENS_30D", "EMAIL_CLICKS_30D", "", "ITEMS_VIEWED_30D", "CART_ADDS_30D"];
        for (row, &id) in table.ids("CUSTOMER_ID").unwrap().iter().enumerate() {
            let first = is_buyer(row).then(|| {
                (
                    table.days("FIRST_PURCHASE_DATE").unwrap()[row],
                    table.integers("FIRST_PURCHASE_AMOUNT").unwrap()[row],
                    table.codes("FIRST_PURCHASE_CATEGORY").unwrap()[row],
                )
            });
            let counts = columns.map(|name| if name.is_empty() { 0 } else { table.integers(name).unwrap()[row] });
            rows.insert(id, (table.days("SIGNUP_DATE").unwrap()[row], first, counts));
        }
    }
    rows
}

#[test]
fn graduates_did_what_their_staging_rows_say_and_go_on() {
    let today = config(38, 3_000);
    let now = today.now.0;
    let found = arrivals(&today, 1..131, 10_000);
    let staging = coldstart(&today, 10_000).staging;
    let rows = onboardings(&[&staging, &found.newcomers]);
    let ids = found.graduates.ids("CUSTOMER_ID").unwrap();
    // Those of the staging table graduate in the first 60 days, newcomers from day 61 on.
    assert_eq!(found.graduation_days.iter().filter(|&&day| day <= now + 60).count(), 300);
    assert!(ids.len() > 450 && found.graduation_days.is_sorted());
    let signups = found.graduates.days("SIGNUP_DATE").unwrap();
    let mut seen = BTreeMap::new();
    for (row, &id) in ids.iter().enumerate() {
        assert_eq!((signups[row], found.graduation_days[row]), (rows[&id].0, rows[&id].0 + 90));
        assert!(seen.insert(id, (rows[&id].0, None, [0; N_EVENT_TYPES])).is_none());
    }
    assert!(found.graduates.integers("HISTORY_DAYS").unwrap().iter().all(|&days| days == 90));
    let mut later = [0_u32; 2];
    for purchase in &found.graduate_purchases {
        let (signup, first, _) = seen.get_mut(&purchase.customer_id).unwrap();
        assert!((*signup..*signup + 90).contains(&purchase.day));
        assert_eq!(purchase.minute, i64::from(*signup + 90) * 1_440);
        if purchase.day < *signup + 30 {
            first.get_or_insert((purchase.day, purchase.amount_cents, purchase.category));
        }
        later[0] += u32::from(purchase.day >= *signup + 30);
    }
    for event in &found.graduate_interactions {
        let (signup, _, counts) = seen.get_mut(&event.customer_id).unwrap();
        assert!((*signup..*signup + 90).contains(&event.day));
        assert_eq!(i64::from(event.minute), i64::from(*signup + 90) * 1_440);
        // The staging row counts no tickets.
        counts[usize::from(event.event_type)] += i64::from(event.day < *signup + 30 && event.event_type != 3);
        later[1] += u32::from(event.day >= *signup + 30);
    }
    assert!(later.iter().all(|&n| n > 100), "{later:?}");
    assert!(seen.iter().all(|(id, onboarding)| rows[id] == *onboarding));
    // Nothing arrives of a cold-start customer before graduation, and something after it.
    let graduation: BTreeMap<i32, i32> = ids.iter().copied().zip(found.graduation_days.iter().copied()).collect();
    let of_graduates: Vec<_> = found.interactions.iter().filter(|e| !is_continuous(e.customer_id)).collect();
    assert!(of_graduates.len() > 1_000 && of_graduates.iter().all(|e| e.day >= graduation[&e.customer_id]));
    let bought = found.purchases.iter().filter(|p| !is_continuous(p.customer_id));
    assert!(bought.clone().count() > 100 && bought.clone().all(|p| p.day >= graduation[&p.customer_id]));
    assert!(found.graduate_purchases.is_sorted_by_key(|p| (p.minute, p.customer_id, p.day)));
    assert!(found.graduate_interactions.is_sorted_by_key(|e| (e.minute, e.customer_id, e.day)));
    // A later window has them from its first day on.
    let later = arrivals(&today, 131..138, 10_000);
    let is_early = |e: &&InteractionArrival| e.day == now + 131 && graduation.contains_key(&e.customer_id);
    assert!(later.interactions.iter().filter(is_early).count() > 10);
}

#[test]
fn a_graduates_row_says_what_the_crm_says() {
    let today = config(39, 1_000);
    let found = arrivals(&today, 1..61, 10_000).graduates;
    let population = super::super::coldstart::population(&today);
    let mut expected = Profile::default();
    for &id in found.ids("CUSTOMER_ID").unwrap() {
        let customer = population.customer(id, today.now.plus(-89), today.now.plus(-30));
        expected.push(&customer, segment(&customer, today.process.label_correlation), customer.signup.plus(90));
    }
    assert_eq!(found.digest(), expected.into_table().unwrap().digest());
    assert_eq!(found.n_rows(), 100);
}

#[test]
fn arrivals_are_in_order_and_loaded_up_to_ten_minutes_late() {
    let today = config(40, 4_000);
    let found = arrivals(&today, 10..40, 10_000);
    assert!(found.purchases.is_sorted_by_key(|p| (p.minute, p.customer_id)));
    assert!(found.interactions.is_sorted_by_key(|e| (e.minute, e.customer_id, e.day, e.event_type)));
    let window = today.now.0 + 10..today.now.0 + 40;
    let mut n_late = 0;
    let rows = found.interactions.iter().map(|e| (i64::from(e.minute), e.day));
    for (minute, day) in rows.chain(found.purchases.iter().map(|p| (p.minute, p.day))) {
        let minutes = minute - i64::from(day) * 1_440;
        assert!((1..1_450).contains(&minutes) && window.contains(&day), "{minutes} on {}", Day(day));
        n_late += u32::from(minutes >= 1_440);
    }
    assert!(n_late > 0);
    let n_of_type = |kind| found.interactions.iter().filter(|e| e.event_type == kind).count();
    assert!(n_of_type(EMAIL_CLICK) < n_of_type(EMAIL_OPEN));
    assert_eq!(size_of::<InteractionArrival>(), 16);
}

#[test]
fn windows_out_of_reach_and_unfinished_ones_are_refused() {
    let today = config(41, 10);
    let window = |from: i32, until: i32| ArrivalsGenerator::new(&today, today.now.plus(from), today.now.plus(until));
    for (from, until) in [(0, 5), (-3, 5), (5, 5), (5, 4), (1_090, MAX_FUTURE_DAYS + 2)] {
        assert!(matches!(window(from, until), Err(SynthError::OutOfFuture { .. })), "{from} {until}");
    }
    let last = arrivals(&today, MAX_FUTURE_DAYS..MAX_FUTURE_DAYS + 1, 7);
    assert!(last.interactions.iter().all(|e| e.day == today.now.0 + MAX_FUTURE_DAYS));
    let message = window(0, 5).err().unwrap().to_string();
    assert!(message.contains("2025-07-01 to before 2028-06-30"), "{message}");
    let mut generator = window(1, 5).unwrap();
    // Ten established customers, one in staging, one newcomer a block.
    assert_eq!(generator.step(4), Progress { done: 4, total: 12 });
    assert_eq!(generator.finish().unwrap_err(), SynthError::Unfinished { done: 4, total: 12 });
    assert!(ArrivalsGenerator::new(&config(1, 0), today.now.plus(1), today.now.plus(2)).is_err());
}
