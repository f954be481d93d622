//! The product of two vectors: what cosines are made of, and factors.

use multiversion::multiversion;

/// The sum of the products of what stands at the same place. With AVX2, which is looked for when the program runs, it
/// comes out the same: lanes are added in the same order, and no multiplication is fused with an addition.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    product(a, b)
}

/// [`dot`] for use inside a function that is compiled for AVX2 itself. Sixteen sums stand side by side, so that the
/// compiler uses vector registers and none waits for the one before; a single sum must add in order.
#[inline(always)]
pub(crate) fn product(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 16];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    for (x, y) in a.iter().zip(b) {
        for lane in 0..16 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lanes_and_a_rest_are_added() {
        let a: Vec<f32> = (0..35).map(|i| i as f32).collect();
        assert_eq!(dot(&a, &a), 13_685.0);
        assert_eq!(dot(&a[..11], &a[..11]), 385.0);
        assert_eq!(dot(&[], &[]), 0.0);
    }
}
