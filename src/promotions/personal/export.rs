//! Settled choices as a log for `evaluate promotions`.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;

use super::context::{COLUMNS, column_of};
use super::learner::Lesson;
use super::{OfferError, decision_rows};
use crate::progress::Progress;
use crate::promotions::choice::Value;
use crate::store::{Store, StoreError};

/// Decisions that are read at once.
const PAGE: i64 = 1_000;
/// Segments that get a column: the most frequent.
const MOST_SEGMENTS: usize = 50;
/// What an action is called that shows no offer.
const NONE: &str = "none";

/// How many settled choices there are, by currency.
pub async fn currencies(store: &Store) -> Result<HashMap<String, i64>, OfferError> {
    let mut connection = store.reader().acquire().await.map_err(StoreError::from)?;
    Ok(decision_rows::settled_counts(&mut connection).await?)
}

/// Writes the settled choices in a currency as CSV: features `x_*`, `action`, `propensity`, `reward` and `cost`, in units
/// of the currency; says how many. Decisions without a choice (held out, capped, nothing eligible) are not in it.
pub async fn write_log(
    store: &Store,
    currency: &str,
    out: impl Write,
    progress: &Progress,
) -> Result<u64, OfferError> {
    let total = currencies(store)
        .await?
        .get(currency)
        .copied()
        .unwrap_or_default();
    let total = u64::try_from(total).unwrap_or_default();
    // Twice: which segments there are is known only when all were seen.
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    each(store, currency, |_, lesson| {
        for segment in &lesson.context.segments {
            *counts.entry(segment.clone()).or_default() += 1;
        }
        Ok(())
    })
    .await?;
    let mut columns: Vec<String> = COLUMNS.iter().map(|column| (*column).to_owned()).collect();
    columns.extend(frequent(counts).iter().map(|segment| column_of(segment)));
    let mut csv = csv::Writer::from_writer(out);
    let header = columns.iter().map(String::as_str);
    csv.write_record(header.chain(["action", "propensity", "reward", "cost"]))?;
    let written = each(store, currency, |done, lesson| {
        progress.step("decisions", done, total)?;
        Ok(csv.write_record(record(lesson, &columns))?)
    })
    .await?;
    csv.flush()?;
    Ok(written)
}

async fn each(
    store: &Store,
    currency: &str,
    mut take: impl FnMut(u64, &Lesson) -> Result<(), OfferError>,
) -> Result<u64, OfferError> {
    let mut connection = store.reader().acquire().await.map_err(StoreError::from)?;
    let (mut after, mut done) = (String::new(), 0);
    loop {
        let page = decision_rows::page(&mut connection, currency, &after, PAGE).await?;
        let Some((last, _)) = page.last() else {
            return Ok(done);
        };
        after.clone_from(last);
        for (_, lesson) in &page {
            done += 1;
            take(done, lesson)?;
        }
    }
}

fn frequent(counts: BTreeMap<String, u64>) -> Vec<String> {
    let mut frequent: Vec<(String, u64)> = counts.into_iter().collect();
    frequent.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    frequent.truncate(MOST_SEGMENTS);
    frequent.into_iter().map(|(segment, _)| segment).collect()
}

fn record(lesson: &Lesson, columns: &[String]) -> Vec<String> {
    let cell = |value: Value| match value {
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text,
        Value::Missing => String::new(),
    };
    let mut record: Vec<String> = lesson
        .context
        .row(columns.iter().map(String::as_str))
        .into_iter()
        .map(cell)
        .collect();
    record.push(lesson.chosen.clone().unwrap_or_else(|| NONE.to_owned()));
    record.extend([lesson.propensity, lesson.reward, lesson.cost].map(|number| number.to_string()));
    record
}
