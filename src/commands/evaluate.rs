use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use serde::Serialize;
use shopkeeper::config::Config;
use shopkeeper::knowledge::evaluate as retrieval;
use shopkeeper::nlu::{IntentModel, TrainSettings, TrainingData, evaluate as intents, train as train_model};

use super::{bar, house};

/// Measure on data of your own, with the code that serves shoppers.
#[derive(Subcommand)]
pub enum Evaluate {
    /// Train on one table of phrases and score another
    ///
    /// Example: shopkeeper evaluate intents --train train.csv --test test.csv --json
    #[command(verbatim_doc_comment)]
    Intents {
        /// Phrases to train on: CSV with the columns text,intent, or Rasa NLU YAML
        #[arg(long, required_unless_present = "model")]
        train: Option<PathBuf>,
        /// Score a trained version instead: its id, or as much of it as names one
        #[arg(long, conflicts_with = "train")]
        model: Option<String>,
        /// Phrases to score; the intent `oos` marks what is out of scope
        #[arg(long)]
        test: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Rank the documents of a BEIR folder for its questions
    ///
    /// Example: shopkeeper evaluate retrieval my-faq/ --json
    #[command(verbatim_doc_comment)]
    Retrieval {
        /// Folder with corpus.jsonl, queries.jsonl and qrels.tsv
        folder: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

impl Evaluate {
    pub async fn run(self, config: &Config) -> Result<()> {
        match self {
            Self::Intents {
                train,
                model,
                test,
                json,
            } => {
                let (test, progress) = (TrainingData::load(&test)?, bar::progress());
                let train_on = train.as_deref().map(TrainingData::load).transpose()?;
                let encoder = house::encoder(config).await?;
                let model = match (train_on, model) {
                    (Some(data), _) => {
                        train_model(&data, &encoder, None, &TrainSettings::default(), &progress).await?
                    }
                    (None, id) => {
                        let store = house::store(config).await?;
                        IntentModel::load(&house::model_version(&store, &id.unwrap_or_default()).await?.file)?
                    }
                };
                print(&intents::evaluate(model, &test, &encoder, &progress).await?, json)
            }
            Self::Retrieval { folder, json } => {
                let encoder = house::encoder(config).await?;
                let report = retrieval::evaluate(house::folder(&folder)?, &encoder, &bar::progress()).await?;
                print(&report, json)
            }
        }
    }
}

/// A report as JSON, or as a line per figure.
fn print(report: &impl Serialize, json: bool) -> Result<()> {
    let value = serde_json::to_value(report)?;
    if json {
        println!("{}", serde_json::to_string_pretty(&value)?);
        return Ok(());
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            serde_json::Value::Array(rows) => {
                println!("{name}:");
                rows.iter().for_each(|row| println!("  {row}"));
            }
            value => println!("{name:<24} {value}"),
        }
    }
    Ok(())
}
