//! Features of a choice: what is known of shopper, cart, time and channel, as numbers of one scale.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::ChoiceError;
use super::protected::refuse_protected;

/// A number further from the mean counts as this many deviations: one outlier shall not carry a choice.
const FURTHEST: f64 = 5.0;
/// A deviation below this share of the mean is rounding, not information.
const CONSTANT: f64 = 1e-9;

/// One cell of a context.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Number(f64),
    Text(String),
    /// Counts as the training's mean.
    Missing,
}

/// How text becomes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeatureSettings {
    /// A level that fewer rows have is pooled with the other rare ones.
    pub fewest_rows: usize,
    /// The most frequent levels of a column that are kept.
    pub most_levels: usize,
}

impl Default for FeatureSettings {
    fn default() -> Self {
        Self {
            fewest_rows: 30,
            most_levels: 20,
        }
    }
}

/// The columns of a context and how they are put on one scale, learnt from training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Features {
    columns: Vec<Column>,
    width: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Column {
    name: String,
    scale: Scale,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Scale {
    /// Standardised: (value − mean) · factor.
    Number { mean: f64, factor: f64 },
    /// One-hot and centred: one column a level and, last, one for all rare ones; each with its share of the rows.
    Levels { levels: Vec<(String, f64)>, rare: f64 },
}

impl Features {
    /// Learns the scales of `names` from `rows` ([rows × names]); no rewards are needed, so the contexts of past visits do.
    /// A column with any text in it is text. Protected and repeated names are refused.
    pub fn fit<'a>(
        names: &[String],
        rows: impl Iterator<Item = &'a [Value]> + Clone,
        settings: FeatureSettings,
    ) -> Result<Self, ChoiceError> {
        refuse_protected(names.iter().map(String::as_str))?;
        let mut seen = HashSet::new();
        if let Some(column) = names.iter().find(|name| !seen.insert(*name)) {
            return Err(ChoiceError::DuplicateColumn {
                column: column.clone(),
            });
        }
        let fit_column = |(at, name): (usize, &String)| Column {
            name: name.clone(),
            scale: Scale::fit(rows.clone().filter_map(|row| row.get(at)), settings),
        };
        let columns: Vec<Column> = names.iter().enumerate().map(fit_column).collect();
        let width = columns.iter().map(|column| column.scale.width()).sum();
        Ok(Self { columns, width })
    }

    /// How many numbers a context becomes.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The columns that a context has, in order.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// What the numbers of an encoded context are, `[width]`: `visits`, `channel=web`, `channel (rare)`.
    pub fn names(&self) -> Vec<String> {
        let names = |column: &Column| match &column.scale {
            Scale::Number { .. } => vec![column.name.clone()],
            Scale::Levels { levels, rare } => {
                let kept = levels.iter().map(|(level, _)| format!("{}={level}", column.name));
                let pooled = (*rare > 0.0).then(|| format!("{} (rare)", column.name));
                kept.chain(pooled).collect()
            }
        };
        self.columns.iter().flat_map(names).collect()
    }

    /// A context as numbers, `[width]`. `row`: `[columns]`; what is missing, or a level never seen before, counts as the mean.
    pub fn encode(&self, row: &[Value]) -> Result<Vec<f64>, ChoiceError> {
        if row.len() != self.columns.len() {
            return Err(ChoiceError::Width {
                found: row.len(),
                expected: self.columns.len(),
            });
        }
        let mut encoded = Vec::with_capacity(self.width);
        for (column, value) in self.columns.iter().zip(row) {
            column.scale.encode(value, &mut encoded);
        }
        Ok(encoded)
    }
}

impl Scale {
    fn fit<'a>(values: impl Iterator<Item = &'a Value> + Clone, settings: FeatureSettings) -> Self {
        if values.clone().any(|value| matches!(value, Value::Text(_))) {
            return Self::fit_levels(values, settings);
        }
        let numbers = values.filter_map(finite);
        let count = numbers.clone().count().max(1) as f64;
        let mean = numbers.clone().sum::<f64>() / count;
        let deviation = (numbers.map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
        let varies = deviation > CONSTANT * mean.abs().max(f64::MIN_POSITIVE);
        Self::Number {
            mean,
            factor: if varies { 1.0 / deviation } else { 0.0 },
        }
    }

    fn fit_levels<'a>(values: impl Iterator<Item = &'a Value>, settings: FeatureSettings) -> Self {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut rows = 0_usize;
        for level in values.filter_map(level) {
            *counts.entry(level).or_default() += 1;
            rows += 1;
        }
        let mut levels: Vec<(String, usize)> = counts.into_iter().collect();
        // Stable, so that levels of one count stay in the order of their names.
        levels.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let frequent = levels
            .iter()
            .take(settings.most_levels)
            .filter(|(_, count)| *count >= settings.fewest_rows)
            .count();
        let share = |count: usize| count as f64 / rows.max(1) as f64;
        let rare = levels
            .split_off(frequent)
            .into_iter()
            .map(|(_, count)| count)
            .sum();
        Self::Levels {
            levels: levels
                .into_iter()
                .map(|(level, count)| (level, share(count)))
                .collect(),
            rare: share(rare),
        }
    }

    fn width(&self) -> usize {
        match self {
            Self::Number { .. } => 1,
            Self::Levels { levels, rare } => levels.len() + usize::from(*rare > 0.0),
        }
    }

    fn encode(&self, value: &Value, encoded: &mut Vec<f64>) {
        match self {
            Self::Number { mean, factor } => {
                let standardised = finite(value).map_or(0.0, |value| (value - mean) * factor);
                encoded.push(standardised.clamp(-FURTHEST, FURTHEST));
            }
            Self::Levels { levels, rare } => {
                let level = level(value);
                let place = levels.iter().position(|(name, _)| Some(name) == level.as_ref());
                // A level that is in no column of its own and in no pool is unknown: the mean, 0 everywhere.
                let known = place.is_some() || (level.is_some() && *rare > 0.0);
                let centred = |is: bool, share: f64| {
                    if known {
                        f64::from(u8::from(is)) - share
                    } else {
                        0.0
                    }
                };
                encoded.extend((0..levels.len()).map(|at| centred(place == Some(at), levels[at].1)));
                if *rare > 0.0 {
                    encoded.push(centred(place.is_none(), *rare));
                }
            }
        }
    }
}

fn finite(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) if number.is_finite() => Some(*number),
        _ => None,
    }
}

fn level(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Missing => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(level: &str) -> Value {
        Value::Text(level.to_owned())
    }

    fn fitted(rows: &[Vec<Value>], fewest_rows: usize) -> Features {
        let settings = FeatureSettings {
            fewest_rows,
            most_levels: 2,
        };
        let names = ["x_visits".to_owned(), "x_channel".to_owned()];
        Features::fit(&names, rows.iter().map(Vec::as_slice), settings).unwrap()
    }

    fn rows() -> Vec<Vec<Value>> {
        let cells = [
            (1.0, "web"),
            (3.0, "web"),
            (1.0, "app"),
            (3.0, "app"),
            (1.0, "fax"),
            (3.0, "telex"),
        ];
        cells
            .map(|(number, level)| vec![Value::Number(number), text(level)])
            .to_vec()
    }

    #[test]
    fn numbers_are_standardised_and_levels_one_hot_with_rare_ones_pooled() {
        let features = fitted(&rows(), 2);
        assert_eq!(
            features.names(),
            ["x_visits", "x_channel=app", "x_channel=web", "x_channel (rare)"]
        );
        let third = 1.0 / 3.0;
        let encoded = features.encode(&[Value::Number(3.0), text("web")]).unwrap();
        assert_eq!(encoded, [1.0, -third, 1.0 - third, -third]);
        let rare = features.encode(&[Value::Missing, text("pigeon")]).unwrap();
        assert_eq!(rare, [0.0, -third, -third, 1.0 - third]);
        let unknown = features.encode(&[Value::Number(1e9), Value::Missing]).unwrap();
        assert_eq!(unknown, [FURTHEST, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn encoded_training_columns_have_mean_0_and_constants_vanish() {
        let mut rows = rows();
        rows.iter_mut().for_each(|row| row[0] = Value::Number(7.0));
        let features = fitted(&rows, 1);
        let mut sums = vec![0.0; features.width()];
        for row in &rows {
            let encoded = features.encode(row).unwrap();
            assert_eq!(encoded[0], 0.0);
            sums.iter_mut()
                .zip(encoded)
                .for_each(|(sum, value)| *sum += value);
        }
        assert!(sums.iter().all(|sum| sum.abs() < 1e-12), "{sums:?}");
    }

    #[test]
    fn protected_repeated_and_missing_columns_are_errors() {
        let fit = |names: [&str; 2]| {
            let names = names.map(str::to_owned);
            Features::fit(
                &names,
                rows().iter().map(Vec::as_slice),
                FeatureSettings::default(),
            )
            .unwrap_err()
            .to_string()
        };
        assert!(fit(["x_visits", "customer_gender"]).starts_with("column customer_gender: gender"));
        assert_eq!(fit(["x_a", "x_a"]), "column x_a occurs twice");
        let error = fitted(&rows(), 1)
            .encode(&[Value::Missing])
            .unwrap_err()
            .to_string();
        assert_eq!(error, "1 features, expected 2");
    }
}
