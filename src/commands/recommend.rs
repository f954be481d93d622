use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use shopkeeper::catalog::{Catalogue, FeedItems};
use shopkeeper::config::Config;
use shopkeeper::erasure;
use shopkeeper::nlu::Encoders;
use shopkeeper::recommend::evaluate::{self, ExamSettings, Protocol, Sayings};
use shopkeeper::recommend::items::{ItemFacts, Items};
use shopkeeper::recommend::ranker::{Table, evaluate_table};
use shopkeeper::recommend::synthetic::{self, SyntheticSettings};
use shopkeeper::recommend::trained::TrainSettings;
use shopkeeper::recommend::{self, AfterRanking, Asker, Filter, Recommender, Request, import};
use shopkeeper::store::now;
use shopkeeper::trainings::TrainingLine;

use super::{bar, house, plot};

/// Examine the recommender on events of your own.
///
/// Trains every source and the blend on a part of the events and asks what the rest would have wanted.
///
/// Example: shopkeeper evaluate recommend --events events.csv --items items.csv --seeds 3
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct EvaluateRecommend {
    /// CSV with the columns user_id,item_id,event,value,timestamp; for the protocol `sessions` a session of item ids a line
    #[arg(long)]
    events: PathBuf,
    /// Catalogue: a product feed, or CSV with at least item_id,title
    #[arg(long)]
    items: Option<PathBuf>,
    /// Test sessions, with a tab before the next item (protocol `sessions`)
    #[arg(long)]
    test: Option<PathBuf>,
    /// user-split, item-split, leave-one-out, time or sessions
    #[arg(long, default_value = "user-split")]
    protocol: Protocol,
    /// How often to cut and train; figures are means
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Also test new shoppers and new items
    #[arg(long)]
    cold: bool,
    /// Also leave out each source in turn, and draw what the hybrid loses (SVG)
    #[arg(long, value_name = "FILE")]
    ablation: Option<PathBuf>,
    /// Also compare items by the encoder's vectors of their texts
    #[arg(long)]
    encoder: bool,
    /// Also ask as if shoppers had said what kind of thing they look for, and what it may cost
    #[arg(long, requires = "encoder")]
    said: bool,
    /// Up to this many items EASE and EDLAE hold a weight for each pair of items (8 bytes a pair while training)
    #[arg(long, default_value_t = 13_000)]
    dense_items: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl EvaluateRecommend {
    pub async fn run(self, config: &Config) -> Result<()> {
        if self.protocol == Protocol::Sessions {
            return self.sessions();
        }
        let progress = bar::progress();
        let items = self.items(config).await?;
        let known = |_: &str| true;
        let (events, report) =
            import::read(open(&self.events)?, &known).with_context(|| self.events.display().to_string())?;
        for error in &report.errors {
            eprintln!("{}:{}: {}", self.events.display(), error.line, error.message);
        }
        let settings = ExamSettings {
            protocol: self.protocol,
            seeds: self.seeds.max(1),
            train: TrainSettings {
                dense_items: self.dense_items,
                ..TrainSettings::default()
            },
            blend: Default::default(),
            cold: self.cold,
            ablation: self.ablation.is_some(),
            after: AfterRanking::default(),
            sayings: match self.said {
                true => Some(sayings(config, &items).await?),
                false => None,
            },
        };
        let work =
            tokio::task::spawn_blocking(move || evaluate::evaluate(&events, &items, &settings, &progress));
        let report = work.await??;
        if let (Some(out), Some(lines)) = (&self.ablation, &report.ablation) {
            plot::ablation(lines, out).with_context(|| out.display().to_string())?;
        }
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print!("{}", report.render());
        }
        Ok(())
    }

    async fn items(&self, config: &Config) -> Result<Items> {
        let Some(file) = &self.items else {
            return Ok(Items::default());
        };
        let feed = FeedItems::read(file).with_context(|| file.display().to_string())?;
        for error in &feed.errors {
            eprintln!("{}:{}: {}", file.display(), error.line, error.message);
        }
        let mut items = Items::without_vectors(feed.items.iter());
        if self.encoder {
            let encoder = house::encoder(config).await?;
            let texts: Vec<String> = items.facts.iter().map(ItemFacts::sentence).collect();
            let encoded = encoder.encode_many(&texts, &bar::progress()).await?;
            items.width = encoded.first().map_or(0, |vector| vector.len());
            items.vectors = Arc::new(encoded.iter().flat_map(|vector| vector.iter().copied()).collect());
        }
        Ok(items)
    }

    fn sessions(&self) -> Result<()> {
        let Some(test) = &self.test else {
            bail!("--test: expected a file of test sessions for the protocol `sessions`")
        };
        let files = evaluate::read_sessions(&self.events, test).map_err(anyhow::Error::msg)?;
        let models = evaluate::sessions(&files);
        if self.json {
            println!(
                "{}",
                serde_json::to_string_pretty(&serde_json::json!({ "models": models }))?
            );
            return Ok(());
        }
        println!("model    P@20  MRR@20  train s  p50 µs  p99 µs");
        for line in models {
            println!(
                "{:<6} {:.4}  {:.4}  {:>7.2}  {:>6.0}  {:>6.0}",
                line.name,
                line.precision_at_20,
                line.mrr_at_20,
                line.train_seconds,
                line.p50_micros,
                line.p99_micros
            );
        }
        Ok(())
    }
}

/// The encoder's vectors of what shoppers may say.
async fn sayings(config: &Config, items: &Items) -> Result<Sayings> {
    let distinct: BTreeSet<String> = items.facts.iter().filter_map(evaluate::saying).collect();
    let words: Vec<String> = distinct.into_iter().collect();
    let encoder = house::encoder(config).await?;
    let vectors = encoder.encode_many(&words, &bar::progress()).await?;
    let vectors = vectors.iter().map(|vector| vector.to_vec());
    Ok(Sayings {
        vectors: words.into_iter().zip(vectors).collect(),
    })
}

/// Compare rankers (linear, network, tree, forest, their average) on a fifth of the rows held out.
///
/// Without a table they learn from the shop's own events, as the serving blend does.
///
/// Example: shopkeeper evaluate ranker --table scores.csv --row "user_interest_a=0.4,product_attribute_a=1"
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct EvaluateRanker {
    /// CSV with the columns user_interest_*, product_attribute_*, user_product_similarity and recommendation_score
    #[arg(long)]
    table: Option<PathBuf>,
    /// Also score this row: name=value,name=value
    #[arg(long)]
    row: Option<String>,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl EvaluateRanker {
    pub async fn run(self, config: &Config) -> Result<()> {
        let progress = bar::progress();
        let table = match &self.table {
            Some(file) => Table::read(open(file)?).with_context(|| file.display().to_string())?,
            None => {
                let (store, catalogue) = house::items(config, &progress).await?;
                recommend::ranker_table(&store, &catalogue, &progress).await?
            }
        };
        for error in &table.left_out {
            let name = self.table.as_deref().unwrap_or(Path::new("table"));
            eprintln!("{}:{}: {}", name.display(), error.line, error.message);
        }
        let seed = self.seed;
        let work = tokio::task::spawn_blocking(move || evaluate_table(&table, seed, &progress));
        let evaluation = work.await??;
        let scores = self.row.as_deref().map(|row| evaluation.score(row)).transpose()?;
        if self.json {
            let value = serde_json::json!({ "report": evaluation.report, "scores": scores });
            println!("{}", serde_json::to_string_pretty(&value)?);
            return Ok(());
        }
        print!("{}", evaluation.report.render());
        for (name, score) in scores.unwrap_or_default() {
            println!("{name:<10} {score:.4}");
        }
        Ok(())
    }
}

/// Train the recommender on the shop's events and catalogue, and put it in service.
///
/// A running server takes it up within a second, without a request lost.
///
/// Example: shopkeeper train recommender
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct TrainRecommender {
    /// Give way to everything else that runs on this machine
    #[arg(long)]
    background: bool,
    /// Print progress and result as lines of JSON
    #[arg(long)]
    json: bool,
}

impl TrainRecommender {
    pub async fn run(self, config: &Config) -> Result<()> {
        if self.background {
            // Where that isn't allowed, training is only less polite.
            let _ = rustix::process::nice(19);
        }
        let progress = if self.json { bar::lines() } else { bar::progress() };
        let store = house::store(config).await?;
        let encoders = Encoders::one(&config.locale, house::encoder(config).await?);
        let catalogue = Catalogue::open(store.clone(), Some(encoders), None, &progress).await?;
        catalogue.make_vectors(&progress).await?;
        let report = recommend::train(
            &store,
            &catalogue,
            &config.data_dir,
            &TrainSettings::default(),
            &progress,
        )
        .await?;
        if self.json {
            println!("{}", serde_json::to_string(&TrainingLine::Model(report.id))?);
            return Ok(());
        }
        println!("recommender {} is in service", report.id);
        println!(
            "{} items, {} shoppers, {} events, {:.1} s",
            report.items, report.shoppers, report.events, report.seconds
        );
        for (name, ndcg) in &report.held_out {
            let serves = if *name == report.served { ", serves" } else { "" };
            println!("{name:<32} nDCG@10 {ndcg:.4} on shoppers held out{serves}");
        }
        Ok(())
    }
}

/// Load what shoppers did: CSV with the columns user_id,item_id,event,value,timestamp
///
/// Loading a file again adds nothing. Events of items that the catalogue lacks are bad rows.
///
/// Example: shopkeeper import events events.csv
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct ImportEvents {
    file: PathBuf,
    /// Load nothing when any row is bad
    #[arg(long)]
    strict: bool,
}

impl ImportEvents {
    pub async fn run(self, config: &Config) -> Result<()> {
        let progress = bar::progress();
        let (store, catalogue) = house::items(config, &progress).await?;
        let known = |id: &str| catalogue.get(id).is_some();
        let report = import::import(&store, open(&self.file)?, &known, self.strict, &progress)
            .await
            .with_context(|| self.file.display().to_string())?;
        for error in &report.errors {
            eprintln!("{}:{}: {}", self.file.display(), error.line, error.message);
        }
        println!(
            "{} new, {} known, {} bad",
            report.stored, report.known, report.bad
        );
        match report.bad {
            0 => Ok(()),
            bad if self.strict => bail!("nothing was loaded: {bad} bad rows"),
            bad => bail!("{bad} bad rows were left out"),
        }
    }
}

/// Ask for one shopper's recommendations on the command line, with the reason of each.
///
/// Example: shopkeeper recommend synthetic-00007 --n 5
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Recommend {
    /// The shopper's id; one that isn't known is a new shopper
    shopper: String,
    /// How many items
    #[arg(long, default_value_t = 10)]
    n: usize,
    /// Only this category
    #[arg(long)]
    category: Option<String>,
}

impl Recommend {
    pub async fn run(self, config: &Config) -> Result<()> {
        let recommender = recommender(config).await?;
        let request = Request {
            n: self.n,
            filter: Filter {
                category: self.category,
                ..Filter::default()
            },
            ..Request::default()
        };
        for found in recommender.recommend(Asker::Known(&self.shopper), &request) {
            let because = found.because.map(|item| format!(" {item}")).unwrap_or_default();
            println!(
                "{:<10} {:<60} {:?}{because}",
                found.item.id, found.item.title, found.reason
            );
        }
        Ok(())
    }
}

/// Erase what is kept of a shopper for recommending: their events, and their influence on what was trained; what they were
/// shown of the shop's own accord; and their name from decisions on offers. Orders stay.
///
/// A running server leaves them out from its next answer on, and takes them out of its models when it loads them.
///
/// Example: shopkeeper erase c_1042
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Erase {
    /// The shopper's id
    shopper: String,
}

impl Erase {
    pub async fn run(self, config: &Config) -> Result<()> {
        let recommender = recommender(config).await?;
        let store = house::store(config).await?;
        let report = erasure::erase(&store, &recommender, &self.shopper).await?;
        println!("{}", serde_json::to_string_pretty(&report)?);
        Ok(())
    }
}

/// Make data that nobody took from life
#[derive(Subcommand)]
pub enum Synthetic {
    /// Write events of shoppers who don't exist, to try the recommender with; their ids begin with `synthetic-`
    ///
    /// Example: shopkeeper synthetic events events.csv --shoppers 500 --seed 7
    #[command(verbatim_doc_comment)]
    Events {
        /// File to write: CSV with the columns user_id,item_id,event,value,timestamp,session
        file: PathBuf,
        #[arg(long, default_value_t = 600)]
        shoppers: usize,
        /// Events of all of them, about
        #[arg(long, default_value_t = 9_000)]
        events: usize,
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

impl Synthetic {
    pub async fn run(self, config: &Config) -> Result<()> {
        let Self::Events {
            file,
            shoppers,
            events,
            seed,
        } = self;
        let progress = bar::progress();
        let (_, catalogue) = house::items(config, &progress).await?;
        let settings = SyntheticSettings {
            shoppers,
            events,
            seed,
            now: now(),
            days: 60,
        };
        let made = synthetic::of_catalogue(&catalogue, &settings);
        let mut out = csv::Writer::from_path(&file).with_context(|| file.display().to_string())?;
        out.write_record(["user_id", "item_id", "event", "value", "timestamp", "session"])?;
        for event in &made {
            let session = event.session.as_deref().unwrap_or_default();
            let at = event.at.to_string();
            out.write_record([&event.shopper, &event.item, event.kind.name(), "", &at, session])?;
        }
        out.flush()?;
        println!("{}: {} synthetic events", file.display(), made.len());
        Ok(())
    }
}

/// The recommender as a server has it in service.
async fn recommender(config: &Config) -> Result<Recommender> {
    let (store, catalogue) = house::items(config, &bar::progress()).await?;
    Ok(Recommender::open(store, catalogue, &config.data_dir, (&config.recommend).into()).await?)
}

fn open(file: &Path) -> Result<std::io::BufReader<File>> {
    Ok(std::io::BufReader::new(
        File::open(file).with_context(|| file.display().to_string())?,
    ))
}
