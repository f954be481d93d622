//! A log as numbers: what a policy learns from some of its rows, and how policies are seen from the others.

use super::ChoiceError;
use super::estimators::{Estimate, Term, Values};
use super::evaluate::{EvaluateSettings, Learned};
use super::features::Features;
use super::log::{Log, Logged};
use super::outcomes::{Priors, Rows};
use super::policy::{Eligible, Policy};
use super::report::PolicyLine;
use super::settings::PolicySettings;
use crate::progress::Progress;

/// A log as numbers.
pub(super) struct Encoded<'a> {
    log: &'a Log,
    pub features: Features,
    /// Contexts after a 1, `[rows][1 + width]`
    x: Vec<Vec<f64>>,
    actions: Vec<usize>,
    /// What costs take off is taken off.
    rewards: Vec<f64>,
}

impl<'a> Encoded<'a> {
    pub fn new(log: &'a Log, train: &[usize], settings: &EvaluateSettings) -> Result<Self, ChoiceError> {
        let contexts = train.iter().map(|row| log.rows[*row].features.as_slice());
        let features = Features::fit(&log.columns, contexts, settings.features)?;
        let encode = |row: &Logged| -> Result<Vec<f64>, ChoiceError> {
            let mut x = features.encode(&row.features)?;
            x.insert(0, 1.0);
            Ok(x)
        };
        let x: Result<Vec<Vec<f64>>, ChoiceError> = log.rows.iter().map(encode).collect();
        Ok(Self {
            x: x?,
            features,
            actions: log.rows.iter().map(|row| row.action).collect(),
            rewards: log
                .rows
                .iter()
                .map(|row| row.reward - settings.price * row.cost)
                .collect(),
            log,
        })
    }

    pub fn rows(&self) -> Rows<'_> {
        Rows {
            x: &self.x,
            actions: &self.actions,
            rewards: &self.rewards,
            arms: self.log.actions.len(),
        }
    }

    pub fn everyone(&self) -> Vec<Eligible> {
        (0..self.log.actions.len())
            .map(|arm| Eligible { arm, charge: 0.0 })
            .collect()
    }

    /// The policy that these rows teach, and the fixed action that looks best to it.
    pub fn learn(
        &self,
        train: &[usize],
        priors: Priors,
        settings: &EvaluateSettings,
    ) -> Result<(Policy, usize), ChoiceError> {
        let policy_settings = PolicySettings {
            mean_rows: priors.mean_rows,
            weight_rows: priors.weight_rows,
            trial: settings.policy.trial.min(train.len() as f64 / 2.0),
            ..settings.policy
        };
        let mut policy = Policy::new(self.features.width(), policy_settings)?;
        for action in &self.log.actions {
            let offer = (*action != settings.none).then_some(action.as_str());
            policy.arm(offer);
        }
        let everyone = self.everyone();
        for row in train {
            let shown = (self.actions[*row], self.log.rows[*row].propensity);
            policy.observe(&self.x[*row][1..], &everyone, shown, self.rewards[*row])?;
        }
        let best = policy.best_fixed(&everyone);
        Ok((policy, best.map_or(0, |(at, ..)| at)))
    }
}

/// The rows that policies are examined on, with what the models expect there.
pub(super) struct Exam<'a> {
    pub data: &'a Encoded<'a>,
    pub rows: &'a [usize],
    /// `[rows][actions]`
    pub expected: Vec<Vec<f64>>,
}

impl Exam<'_> {
    /// The rows seen from a policy that gives each action a probability.
    pub fn terms(
        &self,
        policy: impl Fn(usize) -> Result<Vec<f64>, ChoiceError>,
    ) -> Result<Vec<Term>, ChoiceError> {
        let term = |(row, expected): (&usize, &Vec<f64>)| {
            let (logged, chances) = (&self.data.log.rows[*row], policy(*row)?);
            if chances.len() != expected.len() {
                return Err(ChoiceError::Width {
                    found: chances.len(),
                    expected: expected.len(),
                });
            }
            Ok(Term {
                weight: chances[logged.action] / logged.propensity,
                reward: self.data.rewards[*row],
                expected: chances
                    .iter()
                    .zip(expected)
                    .map(|(chance, expected)| chance * expected)
                    .sum(),
                expected_shown: expected[logged.action],
            })
        };
        self.rows.iter().zip(&self.expected).map(term).collect()
    }

    /// A line a policy, and by how much the learned one is ahead of the best fixed action.
    pub fn lines(
        &self,
        learned: &Learned,
        settings: &EvaluateSettings,
        progress: &Progress,
    ) -> Result<(Vec<PolicyLine>, Estimate), ChoiceError> {
        let log = self.data.log;
        let arms = log.actions.len();
        let everyone = self.data.everyone();
        let always = |arm: usize| {
            (0..arms)
                .map(|at| f64::from(u8::from(at == arm)))
                .collect::<Vec<f64>>()
        };
        let context = |row: usize| &self.data.x[row][1..];
        let best = |row| Ok(always(learned.policy.best(context(row), &everyone)?));
        let exploring = |row| learned.policy.propensities(context(row), &everyone);
        let mut names = vec![
            "as logged".to_owned(),
            "learned".into(),
            "learned, exploring".into(),
        ];
        let mut terms = vec![self.as_logged(), self.terms(best)?, self.terms(exploring)?];
        names.extend(["best fixed".into(), "uniform".into()]);
        terms.push(self.terms(|_| Ok(always(learned.best_fixed)))?);
        terms.push(self.terms(|_| Ok(vec![1.0 / arms as f64; arms]))?);
        for (arm, action) in log.actions.iter().enumerate() {
            let name = if *action == settings.none {
                "none".to_owned()
            } else {
                format!("always {action}")
            };
            names.push(name);
            terms.push(self.terms(|_| Ok(always(arm)))?);
        }
        terms.push(ahead(&terms[1], &terms[3]));
        let mut values = settings.bootstrap().values(&terms, progress)?;
        let advantage = values
            .pop()
            .map(|values| values.dr)
            .ok_or(ChoiceError::NothingEligible)?;
        let line = |((name, values), terms): ((String, Values), &Vec<Term>)| PolicyLine {
            name,
            cost: log.has_cost.then(|| self.cost(terms)),
            values,
        };
        Ok((
            names.into_iter().zip(values).zip(&terms).map(line).collect(),
            advantage,
        ))
    }

    /// What was really done: weights are 1.
    fn as_logged(&self) -> Vec<Term> {
        let term = |row: &usize| Term {
            weight: 1.0,
            reward: self.data.rewards[*row],
            expected: 0.0,
            expected_shown: 0.0,
        };
        self.rows.iter().map(term).collect()
    }

    /// The mean cost a decision, self-normalised.
    fn cost(&self, terms: &[Term]) -> f64 {
        let costs = self.rows.iter().map(|row| self.data.log.rows[*row].cost);
        let weights: f64 = terms.iter().map(|term| term.weight).sum();
        let cost: f64 = terms
            .iter()
            .zip(costs)
            .map(|(term, cost)| term.weight * cost)
            .sum();
        if weights > 0.0 { cost / weights } else { 0.0 }
    }
}

/// Terms whose doubly robust value is the difference of the two policies' values, decision by decision.
fn ahead(one: &[Term], other: &[Term]) -> Vec<Term> {
    let difference = |(one, other): (&Term, &Term)| Term {
        weight: one.weight - other.weight,
        expected: one.expected - other.expected,
        ..*one
    };
    one.iter().zip(other).map(difference).collect()
}
