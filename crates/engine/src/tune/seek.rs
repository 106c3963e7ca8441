//! The point that promises most: evenly spread candidates first, then a search around the best of them. Deliberately without gradients, which whole
//! numbers do not have.

use super::draws::Purpose;
use super::sampler::Known;
use super::sobol::Sobol;
use super::surrogate::Surrogate;

const N_CANDIDATES: u32 = 512;
/// Candidates around which the search goes on, beside the best trial.
const N_REFINED: usize = 4;
/// First and last step of that search, in sides of the cube.
const FIRST_STEP: f64 = 0.1;
const LAST_STEP: f64 = 0.002;

/// The place in the cube, where a model sees a point, that promises most of those that were not tried; `None` when none was found.
pub(super) fn most_promising(surrogate: &Surrogate, known: &Known) -> Option<Vec<f64>> {
    let space = known.space;
    let rank = |place: &[f64]| {
        if known.is_tried(&space.from_unit(place)) { f64::NEG_INFINITY } else { surrogate.rank(place) }
    };
    let sobol = Sobol::scrambled(space.free().len(), known.seed, Purpose::Candidates, known.number);
    let candidates = (0..N_CANDIDATES).map(|index| {
        let mut place = sobol.point(index);
        space.snap(&mut place);
        (rank(&place), place)
    });
    let mut candidates: Vec<(f64, Vec<f64>)> = candidates.collect();
    // Stable: of equal ones the first.
    candidates.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    candidates.truncate(N_REFINED);
    candidates.push((f64::NEG_INFINITY, space.to_unit(surrogate.best_point())));
    let refined = candidates.into_iter().map(|start| climb(known, start, rank));
    let (best, place) = refined.reduce(|a, b| if b.0 > a.0 { b } else { a })?;
    (best > f64::NEG_INFINITY).then_some(place)
}

/// Compass search: a step along any side that leads up is taken, and steps become shorter when none does (Kolda, Lewis & Torczon 2003).
fn climb(known: &Known, (mut top, mut place): (f64, Vec<f64>), rank: impl Fn(&[f64]) -> f64) -> (f64, Vec<f64>) {
    let mut step = FIRST_STEP;
    while step > LAST_STEP {
        let mut has_moved = false;
        for side in 0..place.len() {
            for by in [step, -step] {
                let here = place[side];
                place[side] = known.space.moved(side, here, by);
                let there = if place[side] == here { f64::NEG_INFINITY } else { rank(&place) };
                if there > top {
                    (top, has_moved) = (there, true);
                    break;
                }
                place[side] = here;
            }
        }
        if !has_moved {
            step *= 0.5;
        }
    }
    (top, place)
}
