//! Linear equations with a symmetric, positive definite matrix, by its Cholesky factor (Golub and Van Loan 2013, section
//! 4.2).

/// Replaces the lower triangle of a symmetric matrix `[n × n]` by its factor `L`; false when the matrix isn't positive
/// definite.
pub fn factorise(a: &mut [f64], n: usize) -> bool {
    for i in 0..n {
        for j in 0..=i {
            let known = dot(&a[i * n..i * n + j], &a[j * n..j * n + j]);
            let rest = a[i * n + j] - known;
            if i != j {
                a[i * n + j] = rest / a[j * n + j];
            } else if rest > f64::EPSILON * a[i * n + i].abs() {
                a[i * n + i] = rest.sqrt();
            } else {
                return false;
            }
        }
    }
    true
}

/// Solves `L·Lᵀ·x = b` in place of `b`.
pub fn solve(factor: &[f64], b: &mut [f64]) {
    let n = b.len();
    for i in 0..n {
        let known = dot(&factor[i * n..i * n + i], &b[..i]);
        b[i] = (b[i] - known) / factor[i * n + i];
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| factor[k * n + i] * b[k]).sum();
        b[i] = (b[i] - known) / factor[i * n + i];
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cholesky_solves_and_refuses_what_is_not_definite() {
        let (mut a, mut b) = (vec![4.0, 0.0, 2.0, 3.0], vec![10.0, 8.0]);
        assert!(factorise(&mut a, 2));
        solve(&a, &mut b);
        assert!((b[0] - 1.75).abs() < 1e-12 && (b[1] - 1.5).abs() < 1e-12, "{b:?}");
        assert!(!factorise(&mut [1.0, 0.0, 1.0, 1.0], 2));
    }
}
