//! The best split of a node, read off its histogram. Deliberately exact over all candidates: every threshold of every
//! sampled column is weighed.
//!
//! | symbol | is | source |
//! |---|---|---|
//! | G, H | sum of gradients and of hessians (with squared error: the number of rows) | Chen & Guestrin 2016, eq. 2 |
//! | default | the side of the rows whose value is missing, the better of both | Chen & Guestrin, algorithm 3 |
//! | T(G) | sign(G) · max(\|G\| − alpha, 0) | XGBoost's L1 threshold |
//! | score | T(G)² / (H + lambda) | eq. 6, without the half |
//! | gain | score(left) + score(right) − score(node) | eq. 7, without the half |
//! | weight | −T(G) / (H + lambda) | eq. 5 |

use super::binning::MISSING;
use super::histogram::{Cells, Scale, gradient_sum, hessian_sum};

/// The regularisation, in one place for scores and weights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Penalty {
    pub alpha: f64,
    pub lambda: f64,
}

impl Penalty {
    fn shrunk(self, gradient: f64) -> f64 {
        let magnitude = (gradient.abs() - self.alpha).max(0.0);
        if gradient < 0.0 { -magnitude } else { magnitude }
    }

    /// The weight of a leaf; 0 where there is nothing to divide by.
    pub(super) fn weight(self, gradient: f64, hessian: f64) -> f64 {
        let denominator = hessian + self.lambda;
        if denominator > 0.0 { -self.shrunk(gradient) / denominator } else { 0.0 }
    }

    fn score(self, gradient: f64, hessian: f64) -> f64 {
        -self.weight(gradient, hessian) * self.shrunk(gradient)
    }
}

/// Which bytes go left: those of an ordered lane up to a bin, or all of a one-hot lane but one. Both are one comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    offset: u8,
    last: u8,
}

impl Rule {
    fn up_to(bin: u8) -> Self {
        Self { offset: 0, last: bin }
    }

    /// Counting around, a missing value comes just before bin 0.
    fn missing_or_up_to(bin: u8) -> Self {
        Self { offset: MISSING, last: bin.saturating_add(1) }
    }

    fn all_but(code: u8) -> Self {
        Self { offset: code.wrapping_add(1), last: u8::MAX - 1 }
    }

    #[inline]
    pub(super) fn goes_left(self, byte: u8) -> bool {
        byte.wrapping_sub(self.offset) <= self.last
    }
}

/// A lane of which the tree may use at least one column.
#[derive(Clone, Debug)]
pub(super) struct SampledLane {
    pub lane_idx: usize,
    pub n_bins: usize,
    pub has_missing: bool,
    pub columns: LaneColumns,
}

#[derive(Clone, Debug)]
pub(super) enum LaneColumns {
    Ordered(u32),
    /// Sampled columns of a one-hot group, each with its byte.
    OneHot(Vec<(u32, u8)>),
}

/// What a split must bring.
#[derive(Clone, Copy, Debug)]
pub(super) struct Criterion {
    pub penalty: Penalty,
    /// Least hessian sum of a child, as quantised.
    pub min_hessian: i32,
    /// A split is worth its node only above this gain.
    pub min_gain: f64,
    pub scale: Scale,
}

/// The best split of a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Split {
    pub lane_idx: usize,
    pub column_idx: u32,
    pub threshold_idx: usize,
    pub rule: Rule,
    /// Where missing values go.
    pub default_left: bool,
    /// The left child's total.
    pub left: i64,
    pub gain: f64,
}

const NO_SPLIT: Split = Split {
    lane_idx: 0,
    column_idx: 0,
    threshold_idx: 0,
    rule: Rule { offset: 0, last: 0 },
    default_left: false,
    left: 0,
    gain: 0.0,
};

/// Score sums of children in quantised units and single precision, for comparing candidates only.
struct Scan {
    gradient: i32,
    hessian: i32,
    alpha: f32,
    lambda: f32,
    min_hessian: i32,
}

impl Scan {
    /// score(left) + score(right); −1 where a child is too light.
    #[inline]
    fn score(&self, left_gradient: i32, left_hessian: i32) -> f32 {
        let right_hessian = self.hessian - left_hessian;
        let enough = (left_hessian >= self.min_hessian) & (right_hessian >= self.min_hessian);
        // The difference of two sums of the node's rows is again such a sum: it cannot overflow.
        let right_gradient = self.gradient.wrapping_sub(left_gradient);
        // Not f32::max: that is a call in wasm, one candidate at a time.
        let positive = |value: f32| if value > 0.0 { value } else { 0.0 };
        let t_left = positive((left_gradient as f32).abs() - self.alpha);
        let t_right = positive((right_gradient as f32).abs() - self.alpha);
        let (h_left, h_right) = (left_hessian as f32 + self.lambda, right_hessian as f32 + self.lambda);
        // One division for both scores.
        let score = (t_left * t_left * h_right + t_right * t_right * h_left) / (h_left * h_right);
        if enough { score } else { -1.0 }
    }
}

impl Criterion {
    /// The gain of a split into `left` and the rest of `total`.
    fn gain(&self, total: i64, left: i64) -> f64 {
        let score = |g: i32, h: i32| {
            let gradient = if g == 0 { 0.0 } else { f64::from(g) / self.scale.gradient };
            self.penalty.score(gradient, self.hessian(h))
        };
        let (g, h) = (gradient_sum(total), hessian_sum(total));
        let (g_left, h_left) = (gradient_sum(left), hessian_sum(left));
        score(g_left, h_left) + score(g.wrapping_sub(g_left), h - h_left) - score(g, h)
    }

    fn hessian(&self, quantised: i32) -> f64 {
        f64::from(quantised) / self.scale.hessian
    }

    /// The hessian sum of a node.
    pub(super) fn cover(&self, total: i64) -> f32 {
        self.hessian(hessian_sum(total)) as f32
    }

    /// The weight of a node as a leaf, from quantised gradients.
    pub(super) fn weight(&self, total: i64) -> f32 {
        let gradient = f64::from(gradient_sum(total)) / self.scale.gradient;
        self.penalty.weight(gradient, self.hessian(hessian_sum(total))) as f32
    }

    /// The split with the most gain, if that is enough; of equal ones the first by column and threshold. With the bytes of the node's
    /// rows, lane after lane, only cells that these name are read.
    pub(super) fn best_split(
        &self,
        histogram: &[Cells],
        lanes: &[SampledLane],
        total: i64,
        rows: Option<Rows>,
    ) -> Option<Split> {
        let scan = Scan {
            gradient: gradient_sum(total),
            hessian: hessian_sum(total),
            alpha: (self.penalty.alpha * self.scale.gradient) as f32,
            lambda: (self.penalty.lambda * self.scale.hessian) as f32,
            min_hessian: self.min_hessian,
        };
        let mut best = (-0.5, NO_SPLIT);
        let mut sweep = Sweep::new();
        for lane in lanes {
            let (lane_idx, cells) = (lane.lane_idx, &histogram[lane.lane_idx]);
            match &lane.columns {
                LaneColumns::Ordered(column_idx) => {
                    match rows {
                        Some(rows) => sweep.add_up_named(cells, rows.bytes(lane_idx)),
                        None => sweep.add_up(&cells[..lane.n_bins]),
                    }
                    let split = |(threshold_idx, score, left): (usize, f32, i64), default_left: bool| {
                        let bin = threshold_idx as u8;
                        let rule = if default_left { Rule::missing_or_up_to(bin) } else { Rule::up_to(bin) };
                        let column_idx = *column_idx;
                        (score, Split { lane_idx, column_idx, threshold_idx, rule, default_left, left, gain: 0.0 })
                    };
                    if let Some(found) = sweep.best(&scan, best.0) {
                        best = split(found, false);
                    }
                    let missing = cells[usize::from(MISSING)];
                    if lane.has_missing
                        && missing != 0
                        && let Some(found) = sweep.best_with_missing(&scan, best.0, missing)
                    {
                        best = split(found, true);
                    }
                }
                LaneColumns::OneHot(columns) => {
                    for &(column_idx, code) in columns {
                        let left = total - cells[usize::from(code)];
                        let score = scan.score(gradient_sum(left), hessian_sum(left));
                        if score > best.0 {
                            let rule = Rule::all_but(code);
                            best = (score, Split { lane_idx, column_idx, rule, left, ..NO_SPLIT });
                        }
                    }
                }
            }
        }
        let (score, best) = best;
        let gain = self.gain(total, best.left);
        (score > -0.5 && gain > self.min_gain).then_some(Split { gain, ..best })
    }
}

/// Rows of a small node.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub rows: &'a [u32],
    pub bytes_by_lane: &'a [Vec<u8>],
}

impl<'a> Rows<'a> {
    fn bytes(self, lane_idx: usize) -> impl Iterator<Item = u8> + 'a {
        let bytes = &self.bytes_by_lane[lane_idx];
        self.rows.iter().map(|&row| bytes[row as usize])
    }
}

/// Buffers for one lane's candidates: the left child's total, should it end with a bin.
struct Sweep {
    bins: [u8; 256],
    gradients: [i32; 256],
    hessians: [i32; 256],
    /// The bits of scores, which are −1 or not negative: integers order them alike, and of integers the largest is found four at a time.
    scores: [i32; 256],
    n: usize,
    /// Candidate i ends with bin i; else with `bins[i]`.
    all_bins: bool,
}

impl Sweep {
    fn new() -> Self {
        Self { bins: [0; 256], gradients: [0; 256], hessians: [0; 256], scores: [0; 256], n: 0, all_bins: true }
    }

    /// Every bin ends a left child; behind an empty one it is that of the bin before, which is found first.
    fn add_up(&mut self, cells: &[i64]) {
        let mut sum = 0;
        // In arrays of their own, so that four candidates fit a register.
        for ((gradient, hessian), &cell) in self.gradients.iter_mut().zip(&mut self.hessians).zip(cells) {
            sum += cell;
            (*gradient, *hessian) = (gradient_sum(sum), hessian_sum(sum));
        }
        self.n = cells.len();
        self.all_bins = true;
    }

    /// Only bins that occur.
    fn add_up_named(&mut self, cells: &Cells, bytes: impl Iterator<Item = u8>) {
        let mut occurs = [0_u64; 4];
        for byte in bytes {
            occurs[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
        // Not a bin.
        occurs[3] &= !(1 << 63);
        let mut sum = 0;
        (self.n, self.all_bins) = (0, false);
        for (word, mut bits) in occurs.into_iter().enumerate() {
            while bits != 0 {
                let bin = (word as u32 * 64 + bits.trailing_zeros()) as u8;
                bits &= bits - 1;
                sum += cells[usize::from(bin)];
                self.bins[self.n] = bin;
                (self.gradients[self.n], self.hessians[self.n]) = (gradient_sum(sum), hessian_sum(sum));
                self.n += 1;
            }
        }
    }

    /// The best bin to end the left child with, its score and the left child's total, if that scores more than `least`.
    fn best(&mut self, scan: &Scan, least: f32) -> Option<(usize, f32, i64)> {
        let n_padded = self.n.next_multiple_of(8);
        // An empty left child scores nothing.
        self.hessians[self.n..n_padded].fill(0);
        let scores = &mut self.scores[..n_padded];
        let mut top = i32::MIN;
        for ((score, &gradient), &hessian) in scores.iter_mut().zip(&self.gradients).zip(&self.hessians) {
            *score = scan.score(gradient, hessian).to_bits() as i32;
            top = top.max(*score);
        }
        if f32::from_bits(top as u32) <= least {
            return None;
        }
        let at = scores.iter().position(|&score| score == top)?;
        let bin = if self.all_bins { at } else { usize::from(self.bins[at]) };
        Some((bin, f32::from_bits(top as u32), (i64::from(self.gradients[at]) << 32) | i64::from(self.hessians[at])))
    }

    /// The same with the missing rows of the lane on the left.
    fn best_with_missing(&mut self, scan: &Scan, least: f32, missing: i64) -> Option<(usize, f32, i64)> {
        for (gradient, hessian) in self.gradients[..self.n].iter_mut().zip(&mut self.hessians) {
            *gradient = gradient.wrapping_add(gradient_sum(missing));
            *hessian += hessian_sum(missing);
        }
        self.best(scan, least)
    }
}
