//! Linear equations with a symmetric, positive definite matrix.

use super::RankerError;

/// Solves `A·x = b` in place of `b`; `a`: the lower triangle of a symmetric, positive definite `A`, `[n × n]`, which its
/// Cholesky factor replaces (Golub and Van Loan 2013, section 4.2).
pub(super) fn cholesky_solve(a: &mut [f64], b: &mut [f64]) -> Result<(), RankerError> {
    let n = b.len();
    for i in 0..n {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| a[i * n + k] * a[j * n + k]).sum();
            let rest = a[i * n + j] - known;
            if i != j {
                a[i * n + j] = rest / a[j * n + j];
            } else if rest > f64::EPSILON * a[i * n + i].abs() {
                a[i * n + i] = rest.sqrt();
            } else {
                return Err(RankerError::Undetermined);
            }
        }
    }
    for i in 0..n {
        let known: f64 = (0..i).map(|k| a[i * n + k] * b[k]).sum();
        b[i] = (b[i] - known) / a[i * n + i];
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| a[k * n + i] * b[k]).sum();
        b[i] = (b[i] - known) / a[i * n + i];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cholesky_solves_and_refuses_what_is_not_definite() {
        let (mut a, mut b) = (vec![4.0, 0.0, 2.0, 3.0], vec![10.0, 8.0]);
        cholesky_solve(&mut a, &mut b).unwrap();
        assert!((b[0] - 1.75).abs() < 1e-12 && (b[1] - 1.5).abs() < 1e-12, "{b:?}");
        let error = cholesky_solve(&mut [1.0, 0.0, 1.0, 1.0], &mut [1.0, 1.0]);
        assert!(matches!(error, Err(RankerError::Undetermined)));
    }
}
