use anyhow::{Result, bail};
use clap::Subcommand;
use jiff::Timestamp;
use shopkeeper::config::Config;
use shopkeeper::nlu::{IntentModel, models};

use super::house;

#[derive(Subcommand)]
pub enum Models {
    /// List all trained versions, newest first.
    ///
    /// Example: shopkeeper models list
    #[command(verbatim_doc_comment)]
    List,
    /// Put a version in service, or go back to an older one; a running server switches within a second.
    ///
    /// Example: shopkeeper models activate 019ab3c1
    #[command(verbatim_doc_comment)]
    Activate {
        /// The version's id, or as much of it as names one version
        id: String,
    },
}

impl Models {
    pub async fn run(self, config: &Config) -> Result<()> {
        let store = house::store(config).await?;
        match self {
            Self::List => {
                for version in models::list(&store).await? {
                    let at = Timestamp::from_millisecond(version.created_at)?.strftime("%Y-%m-%d %H:%M:%S");
                    let mark = if version.active { "active" } else { "" };
                    let figure = |name: &str| version.metrics[name].as_f64().unwrap_or_default();
                    println!(
                        "{} {} {at} UTC {:6} {} intents {} phrases accuracy {:.3} scope AUROC {:.3}",
                        version.id,
                        version.locale,
                        mark,
                        version.metrics["intents"],
                        version.metrics["phrases"],
                        figure("accuracy"),
                        figure("scope_auroc")
                    );
                }
            }
            Self::Activate { id } => {
                let version = house::model_version(&store, &id).await?;
                // What can't be read is refused before it is put in service.
                let model = IntentModel::load(&version.file)?;
                let encoder = house::encoder(config).await?;
                if model.encoder() != encoder.id() {
                    bail!("`{id}`: it was trained on another encoder; train anew");
                }
                models::activate(&store, &version).await?;
                println!("model {} is active", version.id);
            }
        }
        Ok(())
    }
}
