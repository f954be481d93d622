//! Outcome models q(x, a): what reward an action brings in a context, by ridge regression an action, drawn to that of all.

use rayon::prelude::*;

use super::regression::{Sums, dot};

/// How strongly an action's model is drawn to that of all actions, in rows; see [`super::PolicySettings`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Priors {
    pub mean_rows: f64,
    pub weight_rows: f64,
}

/// Rows that models are learnt from: contexts after a 1, actions and rewards.
pub(super) struct Rows<'a> {
    /// `[rows][width]`
    pub x: &'a [Vec<f64>],
    pub actions: &'a [usize],
    pub rewards: &'a [f64],
    pub arms: usize,
}

/// A model an action: weights, `[arms][width]`.
pub(super) struct Outcomes(Vec<Vec<f64>>);

impl Outcomes {
    fn fit(by_arm: &[Sums], priors: Priors) -> Self {
        let width = by_arm.first().map_or(0, |sums| sums.moment.len());
        let mut all = Sums::new(width);
        by_arm.iter().for_each(|sums| all.merge(sums, 1.0));
        let prior = |constant: f64| {
            let mut prior = vec![priors.weight_rows; width];
            prior.iter_mut().take(1).for_each(|first| *first = constant);
            prior
        };
        let shared = all.weights(&prior(1e-3), &vec![0.0; width]);
        let own = prior(priors.mean_rows);
        Self(by_arm.iter().map(|sums| sums.weights(&own, &shared)).collect())
    }

    /// What each action would bring, `[arms]`.
    fn expect(&self, x: &[f64]) -> Vec<f64> {
        self.0.iter().map(|weights| dot(weights, x)).collect()
    }
}

impl Rows<'_> {
    fn width(&self) -> usize {
        self.x.first().map_or(0, Vec::len)
    }

    /// The sums of some rows, `[arms]`.
    fn sums(&self, rows: impl Iterator<Item = usize>) -> Vec<Sums> {
        let mut by_arm = vec![Sums::new(self.width()); self.arms];
        rows.for_each(|row| by_arm[self.actions[row]].add(&self.x[row], self.rewards[row]));
        by_arm
    }

    /// The sums of every fold, `[folds][arms]`: row i of `rows` is in fold i mod `folds`.
    fn folds(&self, rows: &[usize], folds: usize) -> Vec<Vec<Sums>> {
        let fold = |fold| self.sums(rows.iter().skip(fold).step_by(folds).copied());
        (0..folds).into_par_iter().map(fold).collect()
    }

    /// The priors with the least squared error on held-out folds of `rows`.
    pub fn tune(&self, rows: &[usize], folds: usize) -> Priors {
        const MEAN_ROWS: [f64; 5] = [1.0, 10.0, 100.0, 1_000.0, 10_000.0];
        const WEIGHT_ROWS: [f64; 5] = [10.0, 100.0, 1_000.0, 10_000.0, 100_000.0];
        let folds = self.folds(rows, folds);
        let all = total(&folds);
        let error = |priors: Priors| -> f64 {
            let of_fold = |fold: &Vec<Sums>| {
                let model = Outcomes::fit(&without(&all, fold), priors);
                fold.iter()
                    .zip(&model.0)
                    .map(|(sums, weights)| sums.squared_error(weights))
                    .sum::<f64>()
            };
            folds.iter().map(of_fold).sum()
        };
        let grid = MEAN_ROWS
            .iter()
            .flat_map(|mean| WEIGHT_ROWS.iter().map(|weight| (*mean, *weight)));
        let grid: Vec<Priors> = grid
            .map(|(mean_rows, weight_rows)| Priors {
                mean_rows,
                weight_rows,
            })
            .collect();
        let errors: Vec<f64> = grid.par_iter().map(|priors| error(*priors)).collect();
        let best = (0..grid.len()).min_by(|a, b| errors[*a].total_cmp(&errors[*b]));
        grid[best.unwrap_or_default()]
    }

    /// What each action would bring in each of the `examined` rows, `[examined][arms]`, by models that did not see the row:
    /// those of all of `others` and of the other folds (cross-fitting, Chernozhukov and others 2018).
    pub fn cross_fit(
        &self,
        examined: &[usize],
        others: &[usize],
        folds: usize,
        priors: Priors,
    ) -> Vec<Vec<f64>> {
        let sums = self.folds(examined, folds);
        let mut all = total(&sums);
        let others = self.sums(others.iter().copied());
        all.iter_mut()
            .zip(&others)
            .for_each(|(all, other)| all.merge(other, 1.0));
        let fit = |fold: &Vec<Sums>| Outcomes::fit(&without(&all, fold), priors);
        let models: Vec<Outcomes> = sums.par_iter().map(fit).collect();
        let expect = |(at, row): (usize, &usize)| models[at % folds].expect(&self.x[*row]);
        examined.iter().enumerate().map(expect).collect()
    }
}

fn total(folds: &[Vec<Sums>]) -> Vec<Sums> {
    let mut all = folds.first().cloned().unwrap_or_default();
    for fold in folds.iter().skip(1) {
        all.iter_mut()
            .zip(fold)
            .for_each(|(all, part)| all.merge(part, 1.0));
    }
    all
}

fn without(all: &[Sums], fold: &[Sums]) -> Vec<Sums> {
    let mut rest = all.to_vec();
    rest.iter_mut()
        .zip(fold)
        .for_each(|(rest, part)| rest.merge(part, -1.0));
    rest
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::super::simulate::normal;
    use super::*;

    /// Two actions: reward 1 + x and 1 − x, with noise.
    fn world(rows: usize, noise: f64) -> (Vec<Vec<f64>>, Vec<usize>, Vec<f64>) {
        let mut random = StdRng::seed_from_u64(4);
        let mut made = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rows {
            let (x, action) = (normal(&mut random), random.random_range(0..2_usize));
            made.0.push(vec![1.0, x]);
            made.1.push(action);
            made.2
                .push(1.0 + if action == 0 { x } else { -x } + noise * normal(&mut random));
        }
        made
    }

    #[test]
    fn each_action_gets_its_own_slope_when_rows_are_many() {
        let (x, actions, rewards) = world(4_000, 0.1);
        let rows = Rows {
            x: &x,
            actions: &actions,
            rewards: &rewards,
            arms: 2,
        };
        let all: Vec<usize> = (0..x.len()).collect();
        let priors = rows.tune(&all, 5);
        let expected = rows.cross_fit(&all, &[], 5, priors);
        let error = |row: usize| (expected[row][0] - 1.0 - x[row][1]).abs();
        assert!(all.iter().all(|row| error(*row) < 0.05));
        assert_eq!(
            priors.weight_rows, 10.0,
            "slopes that differ are not drawn together"
        );
    }

    #[test]
    fn a_row_s_own_reward_does_not_change_what_is_expected_of_it() {
        let (x, actions, mut rewards) = world(200, 0.5);
        let all: Vec<usize> = (0..x.len()).collect();
        let priors = Priors {
            mean_rows: 1.0,
            weight_rows: 10.0,
        };
        let expect = |rewards: &[f64]| {
            Rows {
                x: &x,
                actions: &actions,
                rewards,
                arms: 2,
            }
            .cross_fit(&all[..100], &all[100..], 5, priors)
        };
        let before = expect(&rewards);
        rewards[7] += 1_000.0;
        let after = expect(&rewards);
        let moved = |row: usize| (before[row][actions[7]] - after[row][actions[7]]).abs();
        assert!(moved(7) < 1e-6 && moved(2) < 1e-6, "its fold");
        assert!(moved(8) > 0.1, "the other folds learnt it");
    }

    #[test]
    fn noise_without_differences_is_drawn_together() {
        let (x, actions, _) = world(600, 0.0);
        let mut random = StdRng::seed_from_u64(9);
        let rewards: Vec<f64> = x.iter().map(|_| normal(&mut random)).collect();
        let rows = Rows {
            x: &x,
            actions: &actions,
            rewards: &rewards,
            arms: 2,
        };
        assert!(rows.tune(&(0..600).collect::<Vec<_>>(), 5).weight_rows >= 100.0);
    }
}
