//! How long features take at full size: the four views as of one date, the point-in-time training set, and the incremental state.
//! Prints medians in milliseconds and checks nothing: `cargo bench --bench features -- [customers] [rounds]`.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints what it measured and fails by panicking")]

mod full;
mod incremental;

use clv_lab::engine::feature::ir::EventTable;
use clv_lab::engine::feature::{EventIndex, EventSource, Registry, catalog};
use clv_lab::engine::synth::{ContinuousGenerator, SynthConfig};
use clv_lab::engine::table::Table;
use std::time::Instant;

/// Raw tables with their indexes.
struct World {
    registry: Registry,
    now: i32,
    profile: Table,
    sources: Vec<(EventTable, Table, EventIndex)>,
}

impl World {
    fn new(n_customers: u32) -> Self {
        let config = SynthConfig { n_customers, ..SynthConfig::default() };
        let mut generator = ContinuousGenerator::new(&config).unwrap();
        generator.step(n_customers as usize);
        let data = generator.finish().unwrap();
        let registry = catalog::checked().unwrap();
        let definitions =
            [catalog::rfm_features(), catalog::engagement_features()].into_iter().flat_map(|view| view.events);
        let sources = definitions
            .zip([data.transactions, data.interactions])
            .map(|(events, table)| {
                let index = EventIndex::new(&events, &table, &data.profile).unwrap();
                (events, table, index)
            })
            .collect();
        Self { registry, now: config.now.0, profile: data.profile, sources }
    }

    fn events(&self) -> Vec<EventSource<'_>> {
        self.sources.iter().map(|(events, table, index)| EventSource::new(events, table, index).unwrap()).collect()
    }
}

/// Times of one thing, round by round.
#[derive(Default)]
struct Times(Vec<(&'static str, Vec<f64>)>);

impl Times {
    fn measure<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let begin = Instant::now();
        let made = work();
        let elapsed_ms = begin.elapsed().as_secs_f64() * 1e3;
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, times)) => times.push(elapsed_ms),
            None => self.0.push((name, vec![elapsed_ms])),
        }
        made
    }

    fn print(self) {
        for (name, mut times) in self.0 {
            times.sort_by(f64::total_cmp);
            let (least, median, most) = (times[0], times[times.len() / 2], times[times.len() - 1]);
            println!("{name:<58} {median:>9.3} ms  ({least:.3} to {most:.3})");
        }
    }
}

fn main() {
    // Cargo adds `--bench`.
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<u32>().ok());
    let (n_customers, n_rounds) = (numbers.next().unwrap_or(50_000), numbers.next().unwrap_or(9));
    let world = World::new(n_customers);
    let n_rows: Vec<usize> = world.sources.iter().map(|(_, table, _)| table.n_rows()).collect();
    println!("{n_customers} customers, {n_rows:?} events, medians of {n_rounds}");
    full::run(&world, n_rounds as usize).print();
    incremental::run(&world, n_rounds as usize).print();
}
