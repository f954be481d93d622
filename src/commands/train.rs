use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use shopkeeper::config::Config;
use shopkeeper::nlu::{Memory, TrainSettings, TrainingData, models, train};
use shopkeeper::trainings::TrainingLine;

use super::recommend::TrainRecommender;
use super::{bar, house};

/// The weakest claim to the processor that there is.
const LOWEST_PRIORITY: i32 = 19;

/// Train the intent model on the shop's phrases.
///
/// A running server switches to the new model within a second, without a message lost.
/// Without --activate the model is kept and reported on; `shopkeeper models activate` puts it
/// in service.
///
/// Example: shopkeeper train --activate
#[derive(Args)]
#[command(verbatim_doc_comment, args_conflicts_with_subcommands = true)]
pub struct Train {
    /// What else can be trained
    #[command(subcommand)]
    other: Option<Other>,
    /// The language of the phrases [default: the shop's own]
    #[arg(long, value_name = "CODE")]
    locale: Option<String>,
    /// Rasa NLU YAML, or CSV with the columns text,intent [default: intents/<locale>.yml of the knowledge base]
    #[arg(long)]
    phrases: Option<PathBuf>,
    /// Put the model in service
    #[arg(long)]
    activate: bool,
    /// Train the encoder's upper layers too: minutes instead of seconds, for shops with thousands of phrases. They are
    /// kept only if they beat the head alone on phrases held out. A run that was cut off goes on where it was
    #[arg(long)]
    finetune: bool,
    /// Give way to everything else that runs on this machine
    #[arg(long)]
    background: bool,
    /// Print progress and result as lines of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum Other {
    // The rankers learn with the sources they rank: `train ranker` is the same.
    #[command(alias = "ranker")]
    Recommender(TrainRecommender),
}

impl Train {
    pub async fn run(self, config: &Config) -> Result<()> {
        if let Some(Other::Recommender(command)) = self.other {
            return command.run(config).await;
        }
        let locale = self.locale.as_deref().unwrap_or(&config.locale);
        let data = match &self.phrases {
            Some(file) => Some(TrainingData::load(file)?),
            None => house::phrases(config, locale)?,
        };
        if self.background {
            // Where that isn't allowed, training is only less polite.
            let _ = rustix::process::nice(LOWEST_PRIORITY);
        }
        let Some(data) = data else {
            bail!(
                "{}: no intents/{}.yml to train on",
                config.knowledge_base.display(),
                locale
            );
        };
        data.warnings.iter().for_each(|warning| eprintln!("{warning}"));
        let store = house::store(config).await?;
        let encoder = house::encoder_of(config, locale).await?;
        let settings = TrainSettings::with_finetuning(self.finetune);
        let progress = if self.json { bar::lines() } else { bar::progress() };
        let models_folder = config.data_dir.join("models");
        let memory = Memory {
            store: Some(&store),
            runs: Some(&models_folder),
        };
        let model = train(&data, &encoder, memory, &settings, &progress).await?;
        // The first model has none to replace.
        let activate = self.activate || models::active(&store, locale).await?.is_none();
        let source = self.phrases.as_deref().map(|file| file.to_string_lossy());
        let origin = models::Origin {
            locale,
            source: source.as_deref().unwrap_or(models::SHOP),
            settings: &settings,
        };
        let id = models::save(&store, &config.data_dir, &origin, &model, activate).await?;
        if self.json {
            println!("{}", serde_json::to_string(&TrainingLine::Model(id))?);
            return Ok(());
        }
        if let Some(found) = model.metrics().finetune {
            println!(
                "on {} phrases held out: head {:.4} (cross-entropy {:.4}), with {} rounds of fine-tuning {:.4} ({:.4}): {}",
                found.phrases_held_out,
                found.head_accuracy,
                found.head_loss,
                found.rounds,
                found.tuned_accuracy,
                found.tuned_loss,
                if found.kept {
                    "kept"
                } else {
                    "the head serves alone"
                }
            );
        }
        let (metrics, calibration) = (model.metrics(), model.calibration());
        println!("model {id}{}", if activate { " is active" } else { "" });
        println!(
            "{} phrases, {} intents, {:.1} s",
            metrics.phrases, metrics.intents, metrics.seconds
        );
        println!(
            "held-out accuracy {:.3}, scope AUROC {:.3}",
            metrics.accuracy, metrics.scope_auroc
        );
        println!(
            "acts from scope {:.2}, asks from {:.2}",
            calibration.act, calibration.ask
        );
        Ok(())
    }
}
