use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use shopkeeper::config::Config;
use shopkeeper::promotions::choice::{EvaluateSettings, evaluate_log, read_log};
use shopkeeper::promotions::personal::{export, fairness};
use shopkeeper::store::Store;

use super::bar;

/// Bad rows that are told one by one.
const MOST_TOLD: usize = 20;

/// Tell from a log of choices what a learned choice, every fixed offer, chance and none would have brought
///
/// The log is CSV with features x_* (numbers or text), action, propensity, reward and, if known, cost. One half is
/// learnt from, the other is asked.
///
/// Example: shopkeeper evaluate promotions --log choices.csv --seed 7
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct EvaluatePromotions {
    /// The log, as `promotions log` writes it
    #[arg(long)]
    log: PathBuf,
    /// The action that means that no offer was shown
    #[arg(long, default_value = "none")]
    none: String,
    /// Another seed halves the log in another way
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Write what was chosen for whom and what came of it, as a log for `evaluate promotions`
///
/// Choices are in it from a day after they were made. Shoppers' ids are not.
///
/// Example: shopkeeper promotions log --out choices.csv
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct WriteLog {
    /// CSV file to write
    #[arg(long)]
    out: PathBuf,
    /// Of which currency, where there are several
    #[arg(long)]
    currency: Option<String>,
}

/// Show how deep discounts go, by the segments of shoppers and by channel
///
/// Example: shopkeeper promotions fairness --json
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct ShowFairness {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl EvaluatePromotions {
    pub async fn run(self, _: &Config) -> Result<()> {
        let named = || self.log.display().to_string();
        let file = BufReader::new(File::open(&self.log).with_context(named)?);
        let settings = EvaluateSettings {
            none: self.none.clone(),
            seed: self.seed,
            ..EvaluateSettings::default()
        };
        let progress = bar::progress();
        let work = tokio::task::spawn_blocking(move || {
            let log = read_log(file)?;
            evaluate_log(&log, &settings, &progress)
        });
        let report = work.await?.with_context(named)?;
        for row in report.left_out.iter().take(MOST_TOLD) {
            eprintln!("{}:{}: {}", self.log.display(), row.line, row.message);
        }
        let untold = report.left_out.len().saturating_sub(MOST_TOLD);
        if untold > 0 {
            eprintln!("{}: {untold} more bad rows; --json has all", self.log.display());
        }
        match self.json {
            true => println!("{}", serde_json::to_string_pretty(&report)?),
            false => print!("{}", report.render()),
        }
        Ok(())
    }
}

impl WriteLog {
    pub async fn run(self, store: &Store) -> Result<()> {
        let counts = export::currencies(store).await?;
        let mut known: Vec<String> = counts.into_keys().collect();
        known.sort();
        let currency = match (self.currency, known.as_slice()) {
            (Some(currency), _) => currency,
            (None, [only]) => only.clone(),
            (None, []) => bail!("no choice is settled yet: that takes a day"),
            (None, several) => bail!("--currency: expected one of {}", several.join(", ")),
        };
        let named = || self.out.display().to_string();
        // Whole or not at all.
        let unfinished = self.out.with_extension("new");
        let file = BufWriter::new(File::create(&unfinished).with_context(named)?);
        let written = export::write_log(store, &currency, file, &bar::progress())
            .await
            .with_context(named)?;
        std::fs::rename(&unfinished, &self.out).with_context(named)?;
        println!("{written} choices in {}", self.out.display());
        Ok(())
    }
}

impl ShowFairness {
    pub async fn run(self, store: &Store) -> Result<()> {
        let report = fairness::fairness(store, &bar::progress()).await?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
            return Ok(());
        }
        if report.is_empty() {
            println!("nothing was redeemed yet");
        }
        for (currency, fairness) in &report {
            println!("{currency}, by segment\n{}", fairness.segments.render());
            println!("{currency}, by channel\n{}", fairness.channels.render());
        }
        Ok(())
    }
}
