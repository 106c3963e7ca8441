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

    /// The split with the most gain, if that is enough; of equal ones the first by column and threshold.
    pub(super) fn best_split(&self, histogram: &[Cells], lanes: &[SampledLane], total: i64) -> Option<Split> {
        let scan = Scan {
            gradient: gradient_sum(total),
            hessian: hessian_sum(total),
            alpha: (self.penalty.alpha * self.scale.gradient) as f32,
            lambda: (self.penalty.lambda * self.scale.hessian) as f32,
            min_hessian: self.min_hessian,
        };
        let mut best_score = -0.5;
        let mut best: Option<Split> = None;
        let mut sweep = Sweep::new();
        for lane in lanes {
            let (lane_idx, cells) = (lane.lane_idx, &histogram[lane.lane_idx]);
            let mut consider = |score: f32, column_idx, threshold_idx, rule, default_left, left| {
                if score > best_score {
                    best_score = score;
                    best = Some(Split { lane_idx, column_idx, threshold_idx, rule, default_left, left, gain: 0.0 });
                }
            };
            match &lane.columns {
                LaneColumns::Ordered(column_idx) => {
                    let (bin, score, left) = sweep.best_threshold(&scan, &cells[..lane.n_bins]);
                    consider(score, *column_idx, bin, Rule::up_to(bin as u8), false, left);
                    let missing = cells[usize::from(MISSING)];
                    if lane.has_missing && missing != 0 {
                        let (bin, score, left) = sweep.best_with_missing(&scan, missing);
                        consider(score, *column_idx, bin, Rule::missing_or_up_to(bin as u8), true, left);
                    }
                }
                LaneColumns::OneHot(columns) => {
                    for &(column_idx, code) in columns {
                        let left = total - cells[usize::from(code)];
                        consider(
                            scan.score(gradient_sum(left), hessian_sum(left)),
                            column_idx,
                            0,
                            Rule::all_but(code),
                            false,
                            left,
                        );
                    }
                }
            }
        }
        let best = best?;
        let gain = self.gain(total, best.left);
        (gain > self.min_gain).then_some(Split { gain, ..best })
    }
}

/// Buffers for one lane's candidates: only bins with rows end a left child differently from the bin before.
struct Sweep {
    bins: [u8; 256],
    gradients: [i32; 256],
    hessians: [i32; 256],
    scores: [f32; 256],
    n: usize,
}

impl Sweep {
    fn new() -> Self {
        Self { bins: [0; 256], gradients: [0; 256], hessians: [0; 256], scores: [-1.0; 256], n: 0 }
    }

    /// The best bin to end the left child with, its score and the left child's total. In separate passes, so that all but
    /// the first run several candidates at a time.
    fn best_threshold(&mut self, scan: &Scan, cells: &[i64]) -> (usize, f32, i64) {
        let (mut n, mut sum) = (0u8, 0);
        for (bin, &cell) in cells.iter().enumerate() {
            sum += cell;
            self.bins[usize::from(n)] = bin as u8;
            self.gradients[usize::from(n)] = gradient_sum(sum);
            self.hessians[usize::from(n)] = hessian_sum(sum);
            n += u8::from(cell != 0);
        }
        self.n = usize::from(n);
        self.best(scan)
    }

    /// The same with the missing rows of the lane just swept on the left.
    fn best_with_missing(&mut self, scan: &Scan, missing: i64) -> (usize, f32, i64) {
        for (gradient, hessian) in self.gradients[..self.n].iter_mut().zip(&mut self.hessians) {
            *gradient = gradient.wrapping_add(gradient_sum(missing));
            *hessian += hessian_sum(missing);
        }
        self.best(scan)
    }

    fn best(&mut self, scan: &Scan) -> (usize, f32, i64) {
        let n_padded = self.n.next_multiple_of(8);
        // An empty left child scores nothing.
        self.hessians[self.n..n_padded].fill(0);
        let scores = &mut self.scores[..n_padded];
        for ((score, &gradient), &hessian) in scores.iter_mut().zip(&self.gradients).zip(&self.hessians) {
            *score = scan.score(gradient, hessian);
        }
        let mut tops = [-1f32; 8];
        for block in scores.chunks_exact(8) {
            for (top, &score) in tops.iter_mut().zip(block) {
                *top = if score > *top { score } else { *top };
            }
        }
        let top = tops.into_iter().fold(-1.0, |a: f32, b| if b > a { b } else { a });
        let at = scores.iter().position(|&score| score == top).unwrap_or(0);
        (usize::from(self.bins[at]), top, (i64::from(self.gradients[at]) << 32) | i64::from(self.hessians[at]))
    }
}
