//! Vectors in eight bits, for cosines of many of them: a quarter of the memory to read, which is what they take, and whole
//! numbers, of which the processor multiplies twice as many at once.

use multiversion::multiversion;

/// Rows of one width, side by side, each one's largest component 127 or -127.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    /// `[rows × width]`.
    values: Vec<i8>,
    /// [rows]: one over the length of each.
    scales: Vec<f32>,
}

impl Rows {
    pub(super) fn of(rows: &[Vec<f32>]) -> Self {
        let values: Vec<i8> = rows.iter().flat_map(|row| in_eight_bits(row)).collect();
        let width = rows.first().map_or(1, Vec::len).max(1);
        Self {
            scales: values.chunks_exact(width).map(scale).collect(),
            values,
        }
    }

    /// The cosine of each row and a vector, right to some thousandths.
    pub(super) fn cosines(&self, vector: &[f32]) -> Vec<f32> {
        let vector: Vec<i8> = in_eight_bits(vector).collect();
        let own = scale(&vector);
        let vector: Vec<i16> = vector.into_iter().map(i16::from).collect();
        let mut cosines = self.scales.clone();
        multiply(&mut cosines, &self.values, &vector);
        cosines.iter_mut().for_each(|cosine| *cosine *= own);
        cosines
    }
}

/// The components of a vector as shares of the largest one, which is 127 or -127.
pub(super) fn in_eight_bits(vector: &[f32]) -> impl Iterator<Item = i8> + '_ {
    let most = vector
        .iter()
        .fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
    vector
        .iter()
        .map(move |value| (value / most * 127.0).round() as i8)
}

/// One over a vector's length.
pub(super) fn scale(vector: &[i8]) -> f32 {
    let squares: i32 = vector
        .iter()
        .map(|value| i32::from(*value) * i32::from(*value))
        .sum();
    1.0 / (squares as f32).sqrt().max(f32::MIN_POSITIVE)
}

/// The largest product of a vector with one of `values`, `[rows × width]`, times that one's scale. With AVX2 it takes a
/// quarter of the time that any x86-64 can do it in, and whole numbers come out the same; so below.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn largest(values: &[i8], scales: &[f32], vector: &[i16]) -> f32 {
    let mut most = f32::MIN;
    for (row, scale) in values.chunks_exact(vector.len()).zip(scales) {
        most = most.max(product(row, vector) as f32 * scale);
    }
    most
}

/// Multiplies each scale by its row's product with a vector.
#[multiversion(targets("x86_64+avx2"))]
fn multiply(scales: &mut [f32], values: &[i8], vector: &[i16]) {
    for (row, scale) in values.chunks_exact(vector.len().max(1)).zip(scales) {
        *scale *= product(row, vector) as f32;
    }
}

/// Sums of some thousand products of two bytes stay within 32 bits.
#[inline(always)]
fn product(a: &[i8], b: &[i16]) -> i32 {
    let mut sum = 0i32;
    for (a, b) in a.iter().zip(b) {
        sum = sum.wrapping_add(i32::from(*a) * i32::from(*b));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosines_are_right_to_some_thousandths() {
        let rows: Vec<Vec<f32>> = (0..20)
            .map(|row| (0..384).map(|at| ((row * 384 + at) as f32 * 0.7).sin()).collect())
            .collect();
        let length = |row: &[f32]| row.iter().map(|value| value * value).sum::<f32>().sqrt();
        let vector = &rows[7];
        for (cosine, row) in Rows::of(&rows).cosines(vector).iter().zip(&rows) {
            let products = row.iter().zip(vector).map(|(a, b)| a * b);
            let right = products.sum::<f32>() / (length(row) * length(vector));
            assert!((cosine - right).abs() < 0.005, "{cosine} {right}");
        }
        assert!(Rows::default().cosines(vector).is_empty());
    }
}
