//! The steps between a model's linear ones, on plain rows of numbers.

use multiversion::multiversion;

use crate::nlu::matrix::{Inputs, Matrix, ROUNDING};

/// As in the plain model, which takes it from no configuration either.
const EPSILON: f32 = 1e-12;
/// Numbers that a processor works on at once: sums run in as many lanes.
pub(super) const LANES: usize = 16;

/// A layer of BERT (Devlin et al. 2019) without dropout.
pub(super) struct Layer {
    /// Query, key and value in one: `[3·width × width]`.
    pub attention: Matrix,
    pub attended: Matrix,
    pub attended_norm: Norm,
    pub inner: Matrix,
    pub outer: Matrix,
    pub outer_norm: Norm,
}

/// Layer normalisation (Ba, Kiros and Hinton 2016): `[width]` each.
pub(super) struct Norm {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

/// Room for what a layer works out on its way, used again by the next one.
#[derive(Default)]
pub(super) struct Room {
    inputs: Inputs,
    wide: Vec<f32>,
    seen: Vec<f32>,
    keys: Vec<f32>,
    shares: Vec<f32>,
}

impl Layer {
    /// Works on texts that stand one after the other in `hidden`, `[tokens × width]`; `lengths`: how many tokens each has.
    pub(super) fn forward(&self, hidden: &mut [f32], lengths: &[usize], heads: usize, room: &mut Room) {
        let width = self.attended.outputs();
        let Room {
            inputs, wide, seen, ..
        } = room;
        inputs.fill(hidden, width);
        self.attention.multiply(inputs, wide); // [tokens × 3·width]
        seen.resize(hidden.len(), 0.0);
        let mut first = 0;
        for length in lengths {
            let own = first * width..(first + length) * width;
            let all = &wide[3 * own.start..3 * own.end];
            attend(
                all,
                &mut seen[own],
                heads,
                width,
                &mut room.keys,
                &mut room.shares,
            );
            first += length;
        }
        inputs.fill(seen, width);
        self.attended.multiply(inputs, seen);
        add(hidden, seen);
        self.attended_norm.apply(hidden);
        inputs.fill(hidden, width);
        self.inner.multiply(inputs, wide);
        gelu(wide);
        inputs.fill(wide, self.inner.outputs());
        self.outer.multiply(inputs, seen);
        add(hidden, seen);
        self.outer_norm.apply(hidden);
    }
}

impl Norm {
    /// Normalises each row of `[rows × width]`.
    pub(super) fn apply(&self, rows: &mut [f32]) {
        normalise(rows, &self.weight, &self.bias);
    }
}

#[multiversion(targets("x86_64+avx2+fma"))]
fn normalise(rows: &mut [f32], weight: &[f32], bias: &[f32]) {
    for row in rows.chunks_exact_mut(weight.len()) {
        let width = row.len() as f32;
        let mean = sum(row, |value| value) / width;
        let variance = sum(row, |value| (value - mean) * (value - mean)) / width;
        let scale = 1.0 / (variance + EPSILON).sqrt();
        for ((value, weight), bias) in row.iter_mut().zip(weight).zip(bias) {
            *value = (*value - mean) * scale * weight + bias;
        }
    }
}

#[multiversion(targets("x86_64+avx2+fma"))]
fn add(rows: &mut [f32], more: &[f32]) {
    for (value, more) in rows.iter_mut().zip(more) {
        *value += more;
    }
}

/// Attention of one text (Vaswani et al. 2017). `all`: queries, keys and values, `[tokens × 3·width]`; `seen`:
/// `[tokens × width]`. A head's width is a multiple of [`LANES`].
#[multiversion(targets("x86_64+avx2+fma"))]
fn attend(
    all: &[f32],
    seen: &mut [f32],
    heads: usize,
    width: usize,
    keys: &mut Vec<f32>,
    shares: &mut Vec<f32>,
) {
    let tokens = seen.len() / width;
    let own = width / heads;
    let scale = 1.0 / (own as f32).sqrt();
    let stride = tokens.next_multiple_of(LANES);
    keys.clear();
    keys.resize(own * stride, 0.0);
    shares.resize(stride, 0.0);
    for head in (0..width).step_by(own) {
        for (token, row) in all.chunks_exact(3 * width).enumerate() {
            let places = keys.chunks_exact_mut(stride); // [own × tokens]
            for (place, value) in places.zip(&row[width + head..][..own]) {
                place[token] = value * scale;
            }
        }
        for (token, seen) in seen.chunks_exact_mut(width).enumerate() {
            let query = &all[3 * width * token + head..][..own];
            for (at, shares) in shares.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                let keys = keys
                    .chunks_exact(stride)
                    .map(|keys| &keys.as_chunks::<LANES>().0[at]);
                *shares = weighed(query.iter().zip(keys));
            }
            softmax(&mut shares[..tokens]);
            for (at, seen) in seen[head..head + own]
                .as_chunks_mut::<LANES>()
                .0
                .iter_mut()
                .enumerate()
            {
                let values = all.chunks_exact(3 * width);
                let values = values.map(|row| &row[2 * width + head..].as_chunks::<LANES>().0[at]);
                *seen = weighed(shares.iter().zip(values));
            }
        }
    }
}

/// A sum of rows, each times its weight.
#[inline(always)]
fn weighed<'a>(rows: impl Iterator<Item = (&'a f32, &'a [f32; LANES])>) -> [f32; LANES] {
    let mut sums = [0.0; LANES];
    for (weight, row) in rows {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += weight * value;
        }
    }
    sums
}

#[inline(always)]
fn softmax(scores: &mut [f32]) {
    let (chunks, rest) = scores.as_chunks::<LANES>();
    let mut most = [f32::MIN; LANES];
    for chunk in chunks {
        for (most, score) in most.iter_mut().zip(chunk) {
            *most = most.max(*score);
        }
    }
    let most = most.iter().chain(rest).copied().fold(f32::MIN, f32::max);
    scores.iter_mut().for_each(|score| *score = exp(*score - most));
    let total = sum(scores, |value| value);
    scores.iter_mut().for_each(|score| *score /= total);
}

/// x · Φ(x) (Hendrycks and Gimpel 2016).
#[multiversion(targets("x86_64+avx2+fma"))]
fn gelu(values: &mut [f32]) {
    for value in values {
        *value *= 0.5 + 0.5 * erf(*value * std::f32::consts::FRAC_1_SQRT_2);
    }
}

/// The error function, right to some 10⁻⁷: a quotient of polynomials, as in Eigen (`generic_fast_erf_float`), which a
/// processor works out for many numbers at once.
#[inline(always)]
fn erf(x: f32) -> f32 {
    const ABOVE: [f32; 7] = [
        -2.726_142_3e-10,
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_4e-5,
        -7.349_906_3e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ];
    const BELOW: [f32; 5] = [
        -1.456_607_2e-5,
        -2.133_740_5e-4,
        -1.682_827e-3,
        -7.373_329_2e-3,
        -1.426_473_9e-2,
    ];
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let polynomial = |factors: &[f32]| factors.iter().fold(0.0, |sum, factor| sum * square + factor);
    x * polynomial(&ABOVE) / polynomial(&BELOW)
}

/// e^x for x ≤ 0, right to some 10⁻⁷ of it: 2 to a whole number by the exponent's bits, times a polynomial for the rest
/// (the factors are those of Cephes' `expf`).
#[inline(always)]
fn exp(x: f32) -> f32 {
    const FACTORS: [f32; 6] = [
        1.987_569_1e-4,
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        5e-1,
    ];
    let x = x.max(-87.0);
    let rounded = x * std::f32::consts::LOG2_E + ROUNDING;
    let power = rounded - ROUNDING;
    let rest = x - power * 0.693_359_4 - power * -2.121_944_4e-4;
    let tail = FACTORS.iter().fold(0.0, |sum, factor| sum * rest + factor);
    let near_one = tail * rest * rest + rest + 1.0;
    // The last bits of what was rounded are the whole number's; 127 stands for the power 0.
    near_one * f32::from_bits(rounded.to_bits().wrapping_add(127) << 23)
}

/// The sum of something of each value, in lanes.
#[inline(always)]
fn sum(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += of(*value);
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|value| of(*value)).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_right_to_six_digits() {
        // From a table of the error function.
        for (x, right) in [
            (0.0, 0.0),
            (0.1, 0.112_462_9),
            (0.5, 0.520_499_9),
            (1.0, 0.842_700_8),
            (2.0, 0.995_322_3),
            (-1.5, -0.966_105_1),
            (5.0, 1.0),
        ] {
            assert!(
                (erf(x) - right as f32).abs() < 1e-6,
                "erf {x}: {} {right}",
                erf(x)
            );
        }
        for step in 0..900 {
            let x = -step as f32 / 10.0;
            let right = x.max(-87.0).exp();
            assert!(
                (exp(x) - right).abs() <= 3e-7 * right,
                "exp {x}: {} {right}",
                exp(x)
            );
        }
    }
}
