//! Tables of features: one row a pair of shopper and item, one named column a feature.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::RankerError;

/// A deviation below this share of the mean is rounding, not information.
pub(super) const CONSTANT: f64 = 1e-6;

/// Finite numbers, `[rows × width]`, row by row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Features {
    names: Vec<String>,
    width: usize,
    values: Vec<f32>,
}

impl Features {
    /// An empty table with these columns.
    pub fn new(names: Vec<String>) -> Self {
        Self {
            width: names.len(),
            names,
            values: Vec::new(),
        }
    }

    /// Adds a row of `width` finite numbers; errors name the row and the column.
    pub fn push_row(&mut self, row: &[f32]) -> Result<(), RankerError> {
        let at = self.len();
        if row.len() != self.width {
            return Err(RankerError::Width {
                row: at,
                found: row.len(),
                expected: self.width,
            });
        }
        if let Some((column, value)) = row.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(RankerError::NotFinite {
                row: at,
                column: self.names[column].clone(),
                value: *value,
            });
        }
        self.values.extend_from_slice(row);
        Ok(())
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub fn width(&self) -> usize {
        self.width
    }

    /// All values, `[rows × width]`, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values of row `i`, `[width]`.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, i: usize) -> &[f32] {
        &self.values[i * self.width..(i + 1) * self.width]
    }

    /// The rows, each `[width]`; none of a table without columns.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.width.max(1))
    }

    /// A table of the named rows, in that order.
    pub fn select(&self, rows: &[usize]) -> Self {
        Self {
            names: self.names.clone(),
            width: self.width,
            values: rows.iter().flat_map(|row| self.row(*row)).copied().collect(),
        }
    }
}

/// Which rows train and which are held out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    pub train: Vec<usize>,
    pub test: Vec<usize>,
}

impl Split {
    /// Four rows in five to train, the rest to test, drawn by `seed`.
    pub fn of(rows: usize, seed: u64) -> Self {
        let mut train: Vec<usize> = (0..rows).collect();
        train.shuffle(&mut StdRng::seed_from_u64(seed));
        let test = train.split_off(rows - rows / 5);
        Self { train, test }
    }
}

/// Brings each column to mean 0 and deviation 1, as measured on the rows it was fitted to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standardiser {
    /// `[width]`
    means: Vec<f32>,
    /// `[width]`: one over the deviation; 0 for a constant column, whose values all become 0.
    scales: Vec<f32>,
}

impl Standardiser {
    /// Measures the rows. Give it those that train and no others, or tests know what they should not.
    pub fn fit(rows: &Features) -> Self {
        let count = rows.len().max(1) as f64;
        let means = column_sums(rows, |_, value| value);
        let means: Vec<f64> = means.iter().map(|sum| sum / count).collect();
        let squares = column_sums(rows, |column, value| (value - means[column]).powi(2));
        let scale = |(squares, mean): (&f64, &f64)| {
            let deviation = (squares / count).sqrt();
            if deviation > CONSTANT * mean.abs().max(f64::from(f32::MIN_POSITIVE)) {
                (1.0 / deviation) as f32
            } else {
                0.0
            }
        };
        Self {
            scales: squares.iter().zip(&means).map(scale).collect(),
            means: means.iter().map(|mean| *mean as f32).collect(),
        }
    }

    pub fn width(&self) -> usize {
        self.means.len()
    }

    /// The standardised row, always `[width]`: a missing value counts as the mean, one too many is left out.
    pub fn apply(&self, row: &[f32]) -> Vec<f32> {
        self.scaled(row).collect()
    }

    /// The same, one value after another.
    pub(super) fn scaled(&self, row: &[f32]) -> impl Iterator<Item = f32> {
        let known = row.iter().zip(&self.means).zip(&self.scales);
        let missing = self.means.len().saturating_sub(row.len());
        known
            .map(|((value, mean), scale)| (value - mean) * scale)
            .chain(std::iter::repeat_n(0.0, missing))
    }

    /// All rows, standardised.
    pub fn apply_all(&self, rows: &Features) -> Features {
        Features {
            names: rows.names.clone(),
            width: rows.width,
            values: rows.rows().flat_map(|row| self.scaled(row)).collect(),
        }
    }
}

/// Per column, the sum over rows of what `of` makes of a value: `[width]`.
fn column_sums(rows: &Features, of: impl Fn(usize, f64) -> f64 + Sync) -> Vec<f64> {
    let zeros = || vec![0.0; rows.width];
    let chunk = rows.width.max(1) * 4096;
    // Collected before it is added up: the order of a parallel sum, and so its rounding, would vary from run to run.
    let parts: Vec<Vec<f64>> = rows
        .values
        .par_chunks(chunk)
        .map(|chunk| {
            let mut sums = zeros();
            for row in chunk.chunks_exact(rows.width.max(1)) {
                for (column, value) in row.iter().enumerate() {
                    sums[column] += of(column, f64::from(*value));
                }
            }
            sums
        })
        .collect();
    parts.iter().fold(zeros(), |mut sums, part| {
        sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        sums
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[[f32; 2]]) -> Features {
        let mut table = Features::new(vec!["a".into(), "b".into()]);
        rows.iter().for_each(|row| table.push_row(row).unwrap());
        table
    }

    #[test]
    fn rows_of_the_wrong_width_or_without_a_number_are_named() {
        let mut rows = table(&[[1.0, 2.0]]);
        let error = rows.push_row(&[1.0]).unwrap_err().to_string();
        assert_eq!(error, "row 1 has 1 features, expected 2");
        let error = rows.push_row(&[1.0, f32::NAN]).unwrap_err().to_string();
        assert_eq!(error, "row 1, column b: NaN is not a finite number");
        assert_eq!(rows.len(), 1);
    }

    #[test]
    fn a_split_is_four_to_one_whole_and_repeats() {
        let split = Split::of(103, 7);
        assert_eq!((split.train.len(), split.test.len()), (83, 20));
        let mut all = [split.train.clone(), split.test.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..103).collect::<Vec<_>>());
        assert_eq!(split, Split::of(103, 7));
        assert_ne!(split, Split::of(103, 8));
    }

    #[test]
    fn standardised_columns_have_mean_0_and_deviation_1_and_constants_vanish() {
        let rows = table(&[[1.0, 16_777_216.0], [3.0, 16_777_216.0]]);
        let standardiser = Standardiser::fit(&rows);
        assert_eq!(standardiser.apply_all(&rows).values(), [-1.0, 0.0, 1.0, 0.0]);
        assert_eq!(standardiser.apply(&[5.0, 3.0]), [3.0, 0.0]);
        assert_eq!(
            standardiser.apply(&[]),
            [0.0, 0.0],
            "a short row is filled with means"
        );
    }
}
