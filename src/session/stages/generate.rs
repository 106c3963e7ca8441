//! Stage "generate": the raw tables of both scenarios.

use super::{Stage, StageError, Status};
use crate::engine::synth::{ColdstartGenerator, ContinuousGenerator, SynthConfig};
use crate::protocol::{ObjectId, Scenario};
use crate::session::run::World;

/// Customers per step: some 10 ms.
const STEP_CUSTOMERS: usize = 500;

/// Generates cold start, then continuous.
pub struct Generate {
    config: SynthConfig,
    coldstart: Option<ColdstartGenerator>,
    continuous: Option<ContinuousGenerator>,
    n_coldstart: usize,
    n_total: usize,
    elapsed_ms: f64,
}

impl Generate {
    pub fn new(config: SynthConfig) -> Self {
        Self { config, coldstart: None, continuous: None, n_coldstart: 0, n_total: 0, elapsed_ms: 0.0 }
    }

    fn begin(&mut self, world: &mut World) -> Result<(), StageError> {
        let config = &self.config;
        let (made, elapsed_ms) = world.stopwatch.measure(world.host, "generate", || {
            Ok::<_, StageError>((ColdstartGenerator::new(config)?, ContinuousGenerator::new(config)?))
        });
        let (coldstart, continuous) = made?;
        self.elapsed_ms += elapsed_ms;
        self.n_coldstart = coldstart.n_customers_total();
        self.n_total = self.n_coldstart + continuous.n_customers_total();
        (self.coldstart, self.continuous) = (Some(coldstart), Some(continuous));
        world.store.now = Some(config.now);
        world.store.synth = Some(config.clone());
        world.store.target = world.config.target;
        Ok(())
    }

    fn finish_coldstart(&mut self, generator: ColdstartGenerator, world: &mut World) -> Result<(), StageError> {
        let (data, elapsed_ms) = world.stopwatch.measure(world.host, "generate", || generator.finish());
        let data = data?;
        let elapsed_ms = std::mem::take(&mut self.elapsed_ms) + elapsed_ms;
        world.publish(ObjectId::ColdstartCustomers, data.customers, elapsed_ms);
        world.publish(ObjectId::ColdstartStaging, data.staging, elapsed_ms);
        world.store.latents.insert(Scenario::ColdStart, data.latents);
        Ok(())
    }

    fn finish_continuous(&mut self, generator: ContinuousGenerator, world: &mut World) -> Result<(), StageError> {
        let (data, elapsed_ms) = world.stopwatch.measure(world.host, "generate", || generator.finish());
        let data = data?;
        let elapsed_ms = std::mem::take(&mut self.elapsed_ms) + elapsed_ms;
        world.publish(ObjectId::Profile, data.profile, elapsed_ms);
        world.publish(ObjectId::Transactions, data.transactions, elapsed_ms);
        world.publish(ObjectId::Interactions, data.interactions, elapsed_ms);
        world.store.latents.insert(Scenario::Continuous, data.latents);
        Ok(())
    }
}

impl Stage for Generate {
    fn name(&self) -> String {
        "generate".to_owned()
    }

    fn objects(&self) -> Vec<ObjectId> {
        vec![
            ObjectId::GenerateColdstart,
            ObjectId::GenerateContinuous,
            ObjectId::ColdstartCustomers,
            ObjectId::ColdstartStaging,
            ObjectId::Profile,
            ObjectId::Transactions,
            ObjectId::Interactions,
        ]
    }

    fn step(&mut self, world: &mut World) -> Result<Status, StageError> {
        if self.n_total == 0 {
            self.begin(world)?;
        }
        let working =
            |done: usize, total: usize| Status::Working { done: done as u64, total: total as u64, unit: "customers" };
        if let Some(mut generator) = self.coldstart.take() {
            let (progress, elapsed_ms) =
                world.stopwatch.measure(world.host, "generate", || generator.step(STEP_CUSTOMERS));
            self.elapsed_ms += elapsed_ms;
            if progress.done < progress.total {
                self.coldstart = Some(generator);
            } else {
                self.finish_coldstart(generator, world)?;
            }
            return Ok(working(progress.done, self.n_total));
        }
        let Some(mut generator) = self.continuous.take() else { return Ok(Status::Done) };
        let (progress, elapsed_ms) = world.stopwatch.measure(world.host, "generate", || generator.step(STEP_CUSTOMERS));
        self.elapsed_ms += elapsed_ms;
        if progress.done < progress.total {
            self.continuous = Some(generator);
            return Ok(working(self.n_coldstart + progress.done, self.n_total));
        }
        self.finish_continuous(generator, world)?;
        Ok(Status::Done)
    }
}
