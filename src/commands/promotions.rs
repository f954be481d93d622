use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use futures_util::TryStreamExt;
use shopkeeper::config::Config;
use shopkeeper::promotions::campaign::Campaign;
use shopkeeper::promotions::outcome::Occasion;
use shopkeeper::promotions::replay::{Replay, ReplaySettings};
use shopkeeper::promotions::{Promotions as Service, campaigns, code_rows, format, redemptions, verify};
use shopkeeper::store::{Store, now};
use shopkeeper::text::money::money_text;

use super::offers::{ShowFairness, WriteLog};
use super::{bar, house};

/// Redemptions that a replay reads at once.
const PAGE: i64 = 1_000;

/// Load campaigns; a running server applies them within a second
///
/// A campaign of an id that is known takes its place; others stay.
///
/// Example: shopkeeper import promotions campaigns.toml --strict
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct ImportPromotions {
    /// TOML file of campaigns
    file: PathBuf,
    /// Load nothing when any campaign is bad
    #[arg(long)]
    strict: bool,
}

#[derive(Subcommand)]
pub enum Promotions {
    /// List all campaigns, in the order in which they are applied
    ///
    /// Example: shopkeeper promotions list
    #[command(verbatim_doc_comment)]
    List,
    /// Make codes by a campaign's pattern, and write them as CSV
    ///
    /// Example: shopkeeper promotions codes fall-thanks --count 5000 --out codes.csv
    #[command(verbatim_doc_comment)]
    Codes {
        /// The campaign's id
        campaign: String,
        /// How many
        #[arg(long)]
        count: u64,
        /// File to write
        #[arg(long)]
        out: PathBuf,
    },
    /// Run a campaign over past carts: what would it have cost, who would have got it?
    ///
    /// Without --carts it runs over the carts that were redeemed here.
    ///
    /// Example: shopkeeper promotions replay black-friday --file campaigns.toml --any-date
    #[command(verbatim_doc_comment)]
    Replay(ReplayCampaign),
    Log(WriteLog),
    Fairness(ShowFairness),
    /// Count the ledger again and compare it with everything that is kept
    ///
    /// Example: shopkeeper promotions verify
    #[command(verbatim_doc_comment)]
    Verify {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub struct ReplayCampaign {
    /// The campaign's id
    campaign: String,
    /// TOML file that holds it [default: the database]
    #[arg(long)]
    file: Option<PathBuf>,
    /// Carts as JSON lines: cart, shopper and at, as redemptions keep them
    #[arg(long)]
    carts: Option<PathBuf>,
    /// As if it had run at the time: its first and last day don't count
    #[arg(long)]
    any_date: bool,
    /// As if every shopper had entered its code
    #[arg(long)]
    with_code: bool,
    /// Alone, without the campaigns that run now
    #[arg(long)]
    alone: bool,
    /// Write what each cart would have got, as CSV
    #[arg(long)]
    out: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl ImportPromotions {
    pub async fn run(self, config: &Config) -> Result<()> {
        let named = || self.file.display().to_string();
        let text = std::fs::read_to_string(&self.file).with_context(named)?;
        let (read, errors) = format::read_file(&text).with_context(named)?;
        for error in &errors {
            eprintln!("{}: {error}", self.file.display());
        }
        if self.strict && !errors.is_empty() {
            bail!("nothing was loaded: {} wrong fields", errors.len());
        }
        let store = house::store(config).await?;
        let saved = campaigns::save(&store, &read).await?;
        println!(
            "{} new, {} changed, {} unchanged",
            saved.created, saved.updated, saved.unchanged
        );
        match errors.len() {
            0 => Ok(()),
            wrong => bail!("campaigns with {wrong} wrong fields were left out"),
        }
    }
}

/// Writes the file whole or not at all.
pub async fn export(config: &Config, file: &Path) -> Result<()> {
    let store = house::store(config).await?;
    let campaigns: Vec<Campaign> = stored(&store)
        .await?
        .into_iter()
        .map(Arc::unwrap_or_clone)
        .collect();
    let unfinished = file.with_extension("new");
    std::fs::write(&unfinished, format::write_file(&campaigns)?)
        .with_context(|| unfinished.display().to_string())?;
    std::fs::rename(&unfinished, file).with_context(|| file.display().to_string())?;
    println!("{} written", campaigns.len());
    Ok(())
}

async fn stored(store: &Store) -> Result<Vec<Arc<Campaign>>> {
    let mut connection = store.reader().acquire().await?;
    let (stored, _) = campaigns::all(&mut connection).await?;
    Ok(campaigns::shared(stored))
}

impl Promotions {
    pub async fn run(self, config: &Config) -> Result<()> {
        let store = house::store(config).await?;
        match self {
            Self::List => list(&store, config).await,
            Self::Codes { campaign, count, out } => codes(&store, config, &campaign, count, &out).await,
            Self::Replay(replay) => replay.run(&store, config).await,
            Self::Log(log) => log.run(&store).await,
            Self::Fairness(fairness) => fairness.run(&store).await,
            Self::Verify { json } => check(&store, json).await,
        }
    }
}

async fn list(store: &Store, config: &Config) -> Result<()> {
    let promotions = Service::open(store.clone(), config.promotions.most_offers).await?;
    for campaign in promotions.campaigns() {
        let phase = campaign.phase(now()).name();
        println!(
            "{phase:<10} {:<9} {:<24} {}",
            campaign.class.name(),
            campaign.id,
            campaign.name
        );
    }
    Ok(())
}

async fn codes(store: &Store, config: &Config, campaign: &str, count: u64, out: &Path) -> Result<()> {
    let promotions = Service::open(store.clone(), config.promotions.most_offers).await?;
    let unfinished = out.with_extension("new");
    let named = || unfinished.display().to_string();
    // Before the codes: a file that can't be written is worth knowing first.
    let mut file = BufWriter::new(File::create(&unfinished).with_context(named)?);
    let made = promotions.make_codes(campaign, count, &bar::progress()).await;
    if made.is_err() {
        std::fs::remove_file(&unfinished).with_context(named)?;
    }
    let batch = made?;
    writeln!(file, "code").with_context(named)?;
    let mut made = std::pin::pin!(code_rows::list(store, campaign, Some(&batch)));
    while let Some((code, _)) = made.try_next().await? {
        writeln!(file, "{code}").with_context(named)?;
    }
    file.flush().with_context(named)?;
    std::fs::rename(&unfinished, out).with_context(|| out.display().to_string())?;
    println!("{count} codes in {}", out.display());
    Ok(())
}

async fn check(store: &Store, json: bool) -> Result<()> {
    let verified = verify::verify(store, &bar::progress()).await?;
    if json {
        println!("{}", serde_json::to_string_pretty(&verified)?);
    } else {
        verified.wrong.iter().for_each(|wrong| println!("{wrong}"));
        println!(
            "{} redemptions, {} roll-backs, {} entries, {} sums: {} wrong",
            verified.redemptions,
            verified.roll_backs,
            verified.entries,
            verified.sums,
            verified.wrong.len()
        );
    }
    match verified.wrong.len() {
        0 => Ok(()),
        wrong => bail!("the books don't agree in {wrong} places"),
    }
}

impl ReplayCampaign {
    async fn run(self, store: &Store, config: &Config) -> Result<()> {
        let running = stored(store).await?;
        let campaign = self.campaign(&running)?;
        let others = if self.alone { Vec::new() } else { running };
        let settings = ReplaySettings {
            any_date: self.any_date,
            with_code: self.with_code,
            most_offers: config.promotions.most_offers,
        };
        let mut replay = Replay::new(&campaign, &others, settings);
        let mut out = match &self.out {
            Some(out) => Some(csv::Writer::from_path(out).with_context(|| out.display().to_string())?),
            None => None,
        };
        let mut run = |occasion: &Occasion| -> Result<()> {
            if let (Some(cart), Some(out)) = (replay.next(occasion), &mut out) {
                out.serialize(&cart)?;
            }
            Ok(())
        };
        match &self.carts {
            Some(file) => over_file(file, &mut run)?,
            None => over_redemptions(store, &mut run).await?,
        }
        if let Some(out) = &mut out {
            out.flush()?;
        }
        let report = &replay.report;
        if self.json {
            println!("{}", serde_json::to_string_pretty(report)?);
            return Ok(());
        }
        println!(
            "{} carts, {} would have got it, {} bad",
            report.carts, report.got, report.bad
        );
        for (currency, cost) in &report.cost {
            let extra = report.extra.get(currency).copied().unwrap_or_default();
            println!(
                "cost {}; all offers together {} more than without it",
                money_text(*cost, currency, &config.locale),
                money_text(extra, currency, &config.locale)
            );
        }
        for (reason, carts) in &report.reasons {
            println!("{carts:>8} {reason}");
        }
        Ok(())
    }

    fn campaign(&self, running: &[Arc<Campaign>]) -> Result<Campaign> {
        let known = match &self.file {
            Some(file) => {
                let named = || file.display().to_string();
                let text = std::fs::read_to_string(file).with_context(named)?;
                let (read, errors) = format::read_file(&text).with_context(named)?;
                if let Some(error) = errors.iter().find(|error| error.campaign == self.campaign) {
                    bail!("{}: {error}", file.display());
                }
                read.into_iter().find(|campaign| campaign.id == self.campaign)
            }
            None => running
                .iter()
                .find(|campaign| campaign.id == self.campaign)
                .map(|campaign| Campaign::clone(campaign)),
        };
        known.with_context(|| {
            format!(
                "`{}`: no such campaign; `shopkeeper promotions list` shows them",
                self.campaign
            )
        })
    }
}

fn over_file(file: &Path, run: &mut impl FnMut(&Occasion) -> Result<()>) -> Result<()> {
    let named = || file.display().to_string();
    let lines = BufReader::new(File::open(file).with_context(named)?).lines();
    for (number, line) in lines.enumerate() {
        let line = line.with_context(named)?;
        if line.trim().is_empty() {
            continue;
        }
        let occasion: Occasion =
            serde_json::from_str(&line).with_context(|| format!("{}:{}", file.display(), number + 1))?;
        run(&occasion)?;
    }
    Ok(())
}

async fn over_redemptions(store: &Store, run: &mut impl FnMut(&Occasion) -> Result<()>) -> Result<()> {
    let mut connection = store.reader().acquire().await?;
    let mut after = String::new();
    loop {
        let page = redemptions::page(&mut connection, &after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after.clone_from(&last.id);
        for redemption in &page {
            run(&redemption.occasion)?;
        }
    }
}
