//! Linear steps with weights in eight bits and inputs in sixteen.
//!
//! What bounds a short message is reading the weights, which don't fit the processor's nearer caches in single
//! precision; what bounds a long one is multiplying. A processor multiplies and adds twice as many whole numbers of
//! sixteen bits in a step as single-precision ones (x86's `pmaddwd`), and weights of eight bits are a quarter of the bytes.
//! Each run of [`GROUP`] weights of an output has a scale of its own, and so has each row of inputs: the few components
//! that are many times as large as the others then cost the others little.

use serde::{Deserialize, Serialize};

/// Outputs side by side.
const LANES: usize = 16;
/// Weights of one output that share a scale. Their sum of products stays below 2³¹: 128 · 127 · 32,767 < 2³⁰.
const GROUP: usize = 128;
/// Rows that are multiplied together: as many sums of [`LANES`] as sixteen registers of 256 bits hold beside the weights.
const ROWS: usize = 6;

const LARGEST_WEIGHT: f32 = 127.0;
const LARGEST_INPUT: f32 = 32_767.0;

/// Two weights of each of [`LANES`] outputs, output by output.
type Pair = [i8; 2 * LANES];
/// One value of each output of a panel.
type Lanes = [f32; LANES];

/// 1.5 · 2²³. Beside it a single-precision number has no room for anything after the point, and its last bits are the whole
/// number's: what is added to it is rounded, in a step that a processor does for many at once.
pub(super) const ROUNDING: f32 = 12_582_912.0;

/// The weights of a linear step.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Matrix {
    inputs: usize,
    outputs: usize,
    /// `[panels × pairs of inputs]`: each panel has the weights of [`LANES`] outputs.
    weights: Vec<Pair>,
    /// `[panels × groups of inputs]`
    scales: Vec<Lanes>,
    /// `[panels]`
    bias: Vec<Lanes>,
}

/// Rows of inputs, in blocks of at most [`ROWS`].
#[derive(Default)]
pub(super) struct Inputs {
    width: usize,
    blocks: Vec<Block>,
}

/// Rows of one block, pair of inputs by pair, each pair's first in the lower half.
struct Block {
    rows: usize,
    /// Of each pair, those of all rows; where there are fewer than [`ROWS`], the others mean nothing.
    pairs: Vec<[i32; ROWS]>,
    /// What one unit of each row is worth.
    scales: [f32; ROWS],
}

impl Matrix {
    /// `weights`: `[outputs × inputs]`, `bias`: `[outputs]`.
    pub(super) fn of(weights: &[f32], bias: &[f32]) -> Self {
        let outputs = bias.len();
        let inputs = weights.len() / outputs.max(1);
        let (pairs, groups) = (inputs.div_ceil(2), inputs.div_ceil(GROUP));
        let panels = outputs.div_ceil(LANES);
        let mut own = Self {
            inputs,
            outputs,
            weights: vec![[0; 2 * LANES]; panels * pairs],
            scales: vec![[0.0; LANES]; panels * groups],
            bias: vec![[0.0; LANES]; panels],
        };
        for (output, row) in weights.chunks_exact(inputs.max(1)).enumerate() {
            let (panel, lane) = (output / LANES, output % LANES);
            own.bias[panel][lane] = bias[output];
            for (group, values) in row.chunks(GROUP).enumerate() {
                let scale = largest(values) / LARGEST_WEIGHT;
                own.scales[panel * groups + group][lane] = scale;
                for (at, value) in values.iter().enumerate() {
                    let input = group * GROUP + at;
                    own.weights[panel * pairs + input / 2][2 * lane + input % 2] =
                        (value / scale).round() as i8;
                }
            }
        }
        own
    }

    /// Without a bias: with rows of unit length on both sides products are cosines. `rows`: `[rows × width]`.
    pub(super) fn of_rows(rows: &[f32], width: usize) -> Self {
        Self::of(rows, &vec![0.0; rows.len() / width.max(1)])
    }

    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }

    /// `rows`: `[rows × inputs]`; `output`: `[rows × outputs]`, whose content is written over.
    pub(super) fn multiply(&self, rows: &Inputs, output: &mut Vec<f32>) {
        if self.outputs == 0 {
            return output.clear();
        }
        assert_eq!(rows.width, self.inputs, "as many inputs as weights");
        let count: usize = rows.blocks.iter().map(|block| block.rows).sum();
        output.resize(count * self.outputs, 0.0);
        #[cfg(target_arch = "x86_64")]
        if let Some(units) = pulp::x86::V3::try_new() {
            return units.vectorize(wide::Product {
                units,
                matrix: self,
                rows,
                output,
            });
        }
        self.each_panel(rows, output, Plain);
    }

    /// Panel by panel, since its weights then stay near for all the rows.
    #[inline(always)]
    fn each_panel(&self, rows: &Inputs, output: &mut [f32], multiply: impl Multiply) {
        let (pairs, groups) = (self.inputs.div_ceil(2).max(1), self.inputs.div_ceil(GROUP).max(1));
        let weights = self.weights.chunks_exact(pairs);
        let panels = weights.zip(self.scales.chunks_exact(groups)).zip(&self.bias);
        for (at, ((weights, scales), bias)) in panels.enumerate() {
            let panel = Panel {
                weights,
                scales,
                bias,
            };
            let mut first = 0;
            for block in &rows.blocks {
                match block.rows {
                    1 => self.put(multiply.block::<1>(&panel, block), at, first, output),
                    2 => self.put(multiply.block::<2>(&panel, block), at, first, output),
                    3 => self.put(multiply.block::<3>(&panel, block), at, first, output),
                    4 => self.put(multiply.block::<4>(&panel, block), at, first, output),
                    5 => self.put(multiply.block::<5>(&panel, block), at, first, output),
                    _ => self.put(multiply.block::<ROWS>(&panel, block), at, first, output),
                }
                first += block.rows;
            }
        }
    }

    /// Writes what a panel gave for some rows to its place.
    #[inline(always)]
    fn put<const R: usize>(&self, sums: [Lanes; R], panel: usize, first: usize, output: &mut [f32]) {
        let rows = output[first * self.outputs..].chunks_exact_mut(self.outputs);
        for (row, sums) in rows.zip(sums) {
            let places = &mut row[panel * LANES..];
            match places.first_chunk_mut() {
                Some(places) => *places = sums,
                None => places.copy_from_slice(&sums[..places.len()]),
            }
        }
    }
}

impl Inputs {
    /// `rows`: `[rows × width]`; what was there before is forgotten, its room used again.
    pub(super) fn fill(&mut self, rows: &[f32], width: usize) {
        self.width = width;
        let count = rows.len() / width.max(1);
        let blocks = count.div_ceil(ROWS);
        self.blocks.resize_with(blocks, Block::default);
        let mut rows = rows.chunks_exact(width.max(1));
        let mut left = count;
        for (at, block) in self.blocks.iter_mut().enumerate() {
            // Blocks of like size: few rows take hardly less time than some more.
            block.rows = left.div_ceil(blocks - at);
            left -= block.rows;
            let rows = rows.by_ref().take(block.rows);
            block.pairs.resize(width.div_ceil(2), [0; ROWS]);
            for (at, row) in rows.enumerate() {
                block.scales[at] = shares(row, at, &mut block.pairs);
            }
        }
    }
}

impl Default for Block {
    fn default() -> Self {
        Self {
            rows: 0,
            pairs: Vec::new(),
            scales: [0.0; ROWS],
        }
    }
}

/// Writes a row as shares of its largest component, and tells what a unit is worth.
#[multiversion::multiversion(targets("x86_64+avx2+fma"))]
fn shares(row: &[f32], at: usize, places: &mut [[i32; ROWS]]) -> f32 {
    let scale = largest(row) / LARGEST_INPUT;
    let per_unit = 1.0 / scale;
    let (pairs, last) = row.as_chunks::<2>();
    for (place, [a, b]) in places.iter_mut().zip(pairs) {
        place[at] = pair(a * per_unit, b * per_unit);
    }
    if let ([value], Some(place)) = (last, places.last_mut()) {
        place[at] = pair(value * per_unit, 0.0);
    }
    scale
}

/// Two numbers rounded to sixteen bits each, the first in the lower half.
#[inline(always)]
fn pair(a: f32, b: f32) -> i32 {
    ((a + ROUNDING).to_bits() & 0xffff | (b + ROUNDING).to_bits() << 16) as i32
}

#[inline(always)]
fn largest(values: &[f32]) -> f32 {
    most(values, f32::MIN_POSITIVE, f32::abs)
}

/// The greatest of some values.
#[multiversion::multiversion(targets("x86_64+avx2"))]
pub(super) fn greatest(values: &[f32]) -> f32 {
    most(values, f32::MIN, |value| value)
}

/// The most of something of each value, and of `least`, in lanes.
#[inline(always)]
fn most(values: &[f32], least: f32, of: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [least; LANES];
    for chunk in chunks {
        for (most, value) in lanes.iter_mut().zip(chunk) {
            *most = most.max(of(*value));
        }
    }
    let rest = rest.iter().map(|value| of(*value));
    lanes.into_iter().chain(rest).fold(least, f32::max)
}

/// The weights of [`LANES`] outputs.
struct Panel<'a> {
    weights: &'a [Pair],
    scales: &'a [Lanes],
    bias: &'a Lanes,
}

/// A way of multiplying.
trait Multiply: Copy {
    /// `[rows × outputs of the panel]`
    fn block<const R: usize>(self, panel: &Panel<'_>, block: &Block) -> [Lanes; R];
}

/// For any processor.
#[derive(Clone, Copy)]
struct Plain;

impl Multiply for Plain {
    fn block<const R: usize>(self, panel: &Panel<'_>, block: &Block) -> [Lanes; R] {
        let mut sums = [*panel.bias; R];
        let groups = panel.weights.chunks(GROUP / 2).zip(block.pairs.chunks(GROUP / 2));
        for ((weights, rows), scales) in groups.zip(panel.scales) {
            let mut whole = [[0i32; LANES]; R];
            for (weights, row) in weights.iter().zip(rows) {
                for (sums, pair) in whole.iter_mut().zip(row) {
                    let (first, second) = (i32::from(*pair as i16), *pair >> 16);
                    for (sum, [a, b]) in sums.iter_mut().zip(weights.as_chunks::<2>().0) {
                        *sum += first * i32::from(*a) + second * i32::from(*b);
                    }
                }
            }
            for ((sums, whole), unit) in sums.iter_mut().zip(&whole).zip(&block.scales) {
                for ((sum, whole), scale) in sums.iter_mut().zip(whole).zip(scales) {
                    *sum += *whole as f32 * (scale * unit);
                }
            }
        }
        sums
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use pulp::x86::V3;
    use pulp::{NullaryFnOnce, cast, f32x8, i8x16, i16x16, i32x8};

    use super::{Block, GROUP, Inputs, LANES, Lanes, Matrix, Panel};

    /// A product that waits for the processor's wide registers.
    pub(super) struct Product<'a> {
        pub units: V3,
        pub matrix: &'a Matrix,
        pub rows: &'a Inputs,
        pub output: &'a mut [f32],
    }

    impl NullaryFnOnce for Product<'_> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            self.matrix
                .each_panel(self.rows, self.output, Multiply(self.units));
        }
    }

    /// For processors with AVX2.
    #[derive(Clone, Copy)]
    struct Multiply(V3);

    impl super::Multiply for Multiply {
        #[inline(always)]
        fn block<const R: usize>(self, panel: &Panel<'_>, block: &Block) -> [Lanes; R] {
            let Self(units) = self;
            let bias: [f32x8; 2] = cast(*panel.bias);
            let mut sums = [bias; R];
            let groups = panel.weights.chunks(GROUP / 2).zip(block.pairs.chunks(GROUP / 2));
            for ((weights, rows), scales) in groups.zip(panel.scales) {
                let mut whole = [[units.splat_i32x8(0); 2]; R];
                for (weights, row) in weights.iter().zip(rows) {
                    let [low, high]: [i8x16; 2] = cast(*weights);
                    let weights = [low, high].map(|eight| units.convert_i8x16_to_i16x16(eight));
                    for (sums, pair) in whole.iter_mut().zip(row) {
                        let pair: i16x16 = cast(units.splat_i32x8(*pair));
                        for (sum, weights) in sums.iter_mut().zip(weights) {
                            let products: i32x8 =
                                cast(units.avx2._mm256_madd_epi16(cast(weights), cast(pair)));
                            *sum = units.wrapping_add_i32x8(*sum, products);
                        }
                    }
                }
                let scales: [f32x8; 2] = cast(*scales);
                for ((sums, whole), unit) in sums.iter_mut().zip(whole).zip(block.scales) {
                    let unit = units.splat_f32x8(unit);
                    for ((sum, whole), scale) in sums.iter_mut().zip(whole).zip(scales) {
                        let worth = units.mul_f32x8(scale, unit);
                        *sum = units.mul_add_f32x8(units.convert_i32x8_to_f32x8(whole), worth, *sum);
                    }
                }
            }
            let mut output = [[0.0; LANES]; R];
            for (output, sums) in output.iter_mut().zip(sums) {
                *output = cast(sums);
            }
            output
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values that rise and fall, none like its neighbour.
    fn values(count: usize, step: f32) -> Vec<f32> {
        (0..count)
            .map(|at| (at as f32 * step).sin() * (1.0 + (at % 7) as f32))
            .collect()
    }

    #[test]
    fn products_are_right_for_all_shapes() {
        for (rows, inputs, outputs) in [
            (1, 384, 1152),
            (6, 130, 16),
            (7, 33, 5),
            (16, 256, 40),
            (23, 1, 1),
            (0, 8, 8),
        ] {
            let (weights, bias) = (values(inputs * outputs, 0.37), values(outputs, 0.11));
            let input = values(rows * inputs, 0.73);
            let matrix = Matrix::of(&weights, &bias);
            let mut block = Inputs::default();
            block.fill(&values(77 * inputs, 0.5), inputs);
            block.fill(&input, inputs);
            let mut output = vec![9.0; 3];
            matrix.multiply(&block, &mut output);
            let mut plain = vec![0.0; output.len()];
            matrix.each_panel(&block, &mut plain, Plain);
            assert_eq!(output.len(), rows * outputs);
            let norm = |row: &[f32]| row.iter().map(|value| value * value).sum::<f32>().sqrt();
            for (at, (own, plain)) in output.iter().zip(&plain).enumerate() {
                let row = &input[at / outputs * inputs..][..inputs];
                let column = &weights[at % outputs * inputs..][..inputs];
                let product: f32 = row.iter().zip(column).map(|(a, b)| a * b).sum();
                let (right, length) = (product + bias[at % outputs], norm(row) * norm(column));
                assert!(
                    (own - right).abs() <= 0.005 * length,
                    "{rows}x{inputs}x{outputs} at {at}: {own} {right}"
                );
                assert!(
                    (own - plain).abs() < 1e-5 * length.max(1.0),
                    "at {at}: {own} {plain}"
                );
            }
        }
    }
}
