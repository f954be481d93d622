use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use shopkeeper::config::Config;
use shopkeeper::nlu::{TrainSettings, TrainingData, models, train};

use super::{bar, house};

/// Train the intent model on the shop's phrases.
///
/// A running server switches to the new model within a second, without a message lost. Without --activate the model is
/// kept and reported on, and `shopkeeper models activate` puts it in service.
///
/// Example: shopkeeper train --activate
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Train {
    /// Rasa NLU YAML, or CSV with the columns text,intent [default: intents/<locale>.yml of the knowledge base]
    #[arg(long)]
    phrases: Option<PathBuf>,
    /// Put the model in service
    #[arg(long)]
    activate: bool,
}

impl Train {
    pub async fn run(self, config: &Config) -> Result<()> {
        let data = match &self.phrases {
            Some(file) => Some(TrainingData::load(file)?),
            None => house::phrases(config)?,
        };
        let Some(data) = data else {
            bail!(
                "{}: no intents/{}.yml to train on",
                config.knowledge_base.display(),
                config.locale
            );
        };
        data.warnings.iter().for_each(|warning| eprintln!("{warning}"));
        let store = house::store(config).await?;
        let encoder = house::encoder(config).await?;
        let settings = TrainSettings::default();
        let model = train(&data, &encoder, Some(&store), &settings, &bar::progress()).await?;
        // The first model has none to replace.
        let activate = self.activate || models::active(&store, &config.locale).await?.is_none();
        let id = models::save(
            &store,
            &config.data_dir,
            &config.locale,
            &settings,
            &model,
            activate,
        )
        .await?;
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
