//! From a product feed into the database, and out of it again.

use std::collections::{BTreeSet, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::{Any, Transaction};
use tokio::sync::mpsc;

use super::CatalogueError;
use super::feed::{Defaults, Feed, FeedError, Format, RowError};
use super::item::{Item, Vertical};
use super::items::{self, Changes};
use super::texts;
use crate::progress::Progress;
use crate::store::{Store, StoreError};
use crate::text::money::plain_amount;

/// Rows that are read before they are written, and the bytes at which a chunk of them is full.
const CHUNK_ROWS: usize = 500;
const CHUNK_BYTES: usize = 4 * 1024 * 1024;
/// Errors that a report holds; more are counted.
const ERRORS: usize = 1000;
const EXPORTED_AT_ONCE: i64 = 1000;

/// How a feed is taken.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    pub format: Format,
    /// What the items are, where they don't say it.
    pub vertical: Vertical,
    /// Take nothing when any row is bad.
    pub strict: bool,
    /// The feed is a part of the catalogue: what it doesn't name has not vanished.
    pub partial: bool,
    /// ISO 4217, of prices that name none.
    pub currency: Option<String>,
    /// The feed says what items, which are there already, are called in this language: nothing else of it is taken.
    pub texts_in: Option<String>,
}

impl ImportOptions {
    /// A table of items of a kind, the whole of them.
    pub fn csv(vertical: Vertical) -> Self {
        Self {
            format: Format::Csv,
            vertical,
            strict: false,
            partial: false,
            currency: None,
            texts_in: None,
        }
    }
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    /// Items of the feed's kind that it no longer names.
    pub vanished: u64,
    /// Rows that were not taken.
    pub bad: u64,
    /// The first 1,000 of them.
    pub errors: Vec<RowError>,
    /// Whether the database was changed as the counts say: with `strict` one bad row is enough that it was not.
    pub stored: bool,
}

/// What is known of the rows read so far.
#[derive(Default)]
struct Seen {
    /// Hash of the id to the line of its first row, bad rows included: an item whose row has a mistake is still sold.
    ids: HashMap<[u8; 16], u64>,
    verticals: BTreeSet<&'static str>,
}

#[derive(Default)]
struct Chunk {
    /// Each with the line of its row.
    items: Vec<(u64, Item)>,
    errors: Vec<RowError>,
    bytes: usize,
}

/// Takes up a feed in one transaction: when it fails or is cancelled, nothing has changed. `size`: the feed's bytes, for
/// the progress.
pub async fn import(
    store: &Store,
    input: impl Read + Send + 'static,
    size: u64,
    options: &ImportOptions,
    progress: &Progress,
) -> Result<ImportReport, CatalogueError> {
    let read = Arc::new(AtomicU64::new(0));
    let counted = Counted {
        input,
        read: read.clone(),
    };
    let defaults = Defaults {
        vertical: options.vertical,
        currency: options.currency.clone(),
    };
    let (sender, mut chunks) = mpsc::channel(2);
    let format = options.format;
    let reading = tokio::task::spawn_blocking(move || {
        read_chunks(
            BufReader::with_capacity(1 << 16, counted),
            format,
            defaults,
            &sender,
        )
    });
    let mut report = ImportReport::default();
    let mut transaction = store.begin().await?;
    while let Some(chunk) = chunks.recv().await {
        progress.step("importing", read.load(Ordering::Relaxed).min(size), size)?;
        report.take_errors(chunk.errors);
        let mut items = chunk.items;
        if options.texts_in.is_some() {
            let strangers = without_strangers(&mut transaction, &mut items).await?;
            report.take_errors(strangers);
        }
        // Nothing will be kept: only the errors are still of interest.
        if report.bad == 0 || !options.strict {
            let items: Vec<Item> = items.into_iter().map(|(_, item)| item).collect();
            report.take(match &options.texts_in {
                Some(locale) => texts::put_many(&mut transaction, locale, &items).await?,
                None => items::put_many(&mut transaction, &items).await?,
            });
        }
    }
    let seen = reading
        .await
        .map_err(|error| FeedError::Whole(error.to_string()))??;
    if seen.ids.is_empty() && report.bad == 0 {
        return Err(FeedError::Whole("it holds no item".into()).into());
    }
    if options.strict && report.bad > 0 {
        transaction.rollback().await.map_err(StoreError::from)?;
        return Ok(report);
    }
    if !options.partial && options.texts_in.is_none() {
        report.vanished = let_vanish(&mut transaction, &seen).await?;
    }
    progress.step("importing", size, size)?;
    transaction.commit().await.map_err(StoreError::from)?;
    report.stored = true;
    Ok(report)
}

/// Takes out rows of items that there are not.
async fn without_strangers(
    transaction: &mut Transaction<'static, Any>,
    rows: &mut Vec<(u64, Item)>,
) -> Result<Vec<RowError>, StoreError> {
    let ids: Vec<&str> = rows.iter().map(|(_, item)| item.id.as_str()).collect();
    let known = texts::known(transaction, &ids).await?;
    let strangers = rows.iter().filter(|(_, item)| !known.contains(&item.id));
    let errors = strangers.map(|(line, item)| RowError {
        line: *line,
        message: format!("`id`: there is no item `{}`", item.id),
        id: None,
    });
    let errors = errors.collect();
    rows.retain(|(_, item)| known.contains(&item.id));
    Ok(errors)
}

impl ImportReport {
    fn take(&mut self, changes: Changes) {
        self.created += changes.created;
        self.updated += changes.updated;
        self.unchanged += changes.unchanged;
    }

    fn take_errors(&mut self, errors: Vec<RowError>) {
        self.bad += errors.len() as u64;
        let room = ERRORS.saturating_sub(self.errors.len());
        self.errors.extend(errors.into_iter().take(room));
    }
}

/// Reads the whole feed, a chunk at a time, as fast as they are taken.
fn read_chunks(
    input: impl BufRead,
    format: Format,
    defaults: Defaults,
    sender: &mpsc::Sender<Chunk>,
) -> Result<Seen, FeedError> {
    let mut feed = Feed::open(input, format, defaults)?;
    let (mut seen, mut chunk) = (Seen::default(), Chunk::default());
    while let Some(row) = feed.next_item()? {
        match row {
            Ok((line, item)) => chunk.take(item, line, &mut seen),
            Err(error) => {
                if let Some(id) = &error.id {
                    seen.ids.entry(id_hash(id)).or_insert(error.line);
                }
                chunk.errors.push(error);
            }
        }
        let full = chunk.items.len() + chunk.errors.len() >= CHUNK_ROWS || chunk.bytes >= CHUNK_BYTES;
        if full && sender.blocking_send(std::mem::take(&mut chunk)).is_err() {
            // Whoever wanted it has given up.
            return Ok(seen);
        }
    }
    let _ = sender.blocking_send(chunk);
    Ok(seen)
}

impl Chunk {
    fn take(&mut self, item: Item, line: u64, seen: &mut Seen) {
        if let Some(first) = seen.ids.get(&id_hash(&item.id)) {
            let message = format!("`id`: `{}` is in line {first} already", item.id);
            let id = None;
            self.errors.push(RowError { line, message, id });
            return;
        }
        seen.ids.insert(id_hash(&item.id), line);
        seen.verticals.insert(item.vertical.name());
        let texts = item
            .attributes
            .iter()
            .map(|(name, value)| name.len() + value.len());
        self.bytes += item.title.len() + item.description.len() + texts.sum::<usize>();
        self.items.push((line, item));
    }
}

fn id_hash(id: &str) -> [u8; 16] {
    let digest = Sha256::digest(id.as_bytes());
    let mut hash = [0; 16];
    hash.copy_from_slice(&digest[..16]);
    hash
}

/// Marks what the feed no longer names, of the verticals that it has items of.
async fn let_vanish(transaction: &mut Transaction<'static, Any>, seen: &Seen) -> Result<u64, StoreError> {
    let mut vanished = 0;
    for vertical in Vertical::ALL {
        if !seen.verticals.contains(vertical.name()) {
            continue;
        }
        let mut ids = items::ids_of(transaction, vertical).await?;
        ids.retain(|id| !seen.ids.contains_key(&id_hash(id)));
        items::mark_vanished(transaction, &ids).await?;
        vanished += ids.len() as u64;
    }
    Ok(vanished)
}

/// Writes all items that are not vanished as JSON lines, which an import reads back as they were. Says how many.
pub async fn export_jsonl(store: &Store, output: &mut (dyn Write + Send)) -> Result<u64, CatalogueError> {
    let (mut written, mut last) = (0, String::new());
    loop {
        let items = items::after(store, &last, EXPORTED_AT_ONCE).await?;
        let Some(end) = items.last() else {
            output.flush().map_err(FeedError::from)?;
            return Ok(written);
        };
        last = end.id.clone();
        written += items.len() as u64;
        for item in &items {
            writeln!(output, "{}", line_of(item)).map_err(FeedError::from)?;
        }
    }
}

fn line_of(item: &Item) -> serde_json::Value {
    let money = |minor: i64| {
        let price = item.price.as_ref();
        price.map(|price| format!("{} {}", plain_amount(minor, &price.currency), price.currency))
    };
    json!({
        "id": item.id,
        "vertical": item.vertical,
        "title": item.title,
        "description": item.description,
        "product_type": item.category,
        "brand": item.brand,
        "price": item.price.as_ref().and_then(|price| money(price.minor)),
        "sale_price": item.sale_price.and_then(money),
        "cost_of_goods_sold": item.cost.and_then(money),
        "availability": item.availability,
        "inventory": item.stock,
        "item_group_id": item.group,
        "link": item.link,
        "image_link": item.image,
        "attributes": item.attributes,
    })
}

/// Counts the bytes that were read.
struct Counted<R> {
    input: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let bytes = self.input.read(buffer)?;
        self.read.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests;
