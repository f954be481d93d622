use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use jiff::Timestamp;
use shopkeeper::config::Config;
use shopkeeper::nlu::coverage::for_precision;
use shopkeeper::nlu::{IntentModel, models};

use super::{house, plot};

/// Precisions that a table of coverage lists.
const PRECISIONS: [f64; 7] = [0.80, 0.85, 0.90, 0.93, 0.95, 0.97, 0.99];

#[derive(Subcommand)]
pub enum Models {
    /// List all trained versions, newest first.
    ///
    /// Example: shopkeeper models list
    #[command(verbatim_doc_comment)]
    List,
    /// Show what each precision costs: how many messages a version answers by itself when this share of its answers
    /// shall be right. From phrases held out in training, with two messages of five out of scope.
    ///
    /// Example: shopkeeper models coverage --precision 0.95
    #[command(verbatim_doc_comment)]
    Coverage {
        /// The version's id, or as much of it as names one version [default: the active one]
        id: Option<String>,
        /// Only this precision, from 0 to 1
        #[arg(long)]
        precision: Option<f64>,
        /// Draw the curve into this file (SVG)
        #[arg(long)]
        plot: Option<PathBuf>,
    },
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
            Self::Coverage { id, precision, plot } => {
                let version = match id {
                    Some(id) => house::model_version(&store, &id).await?,
                    None => models::active(&store, &config.locale)
                        .await?
                        .context("no model is active: `shopkeeper train --activate` trains one")?,
                };
                let model = IntentModel::load(&version.file)?;
                print_coverage(&model, precision)?;
                if let Some(file) = plot {
                    let curve = plot::Curve {
                        name: "held-out phrases".into(),
                        points: model.metrics().coverage.clone(),
                        threshold: model.calibration().act,
                    };
                    plot::coverage(&[curve], &file).with_context(|| file.display().to_string())?;
                }
            }
            Self::Activate { id } => {
                let version = house::model_version(&store, &id).await?;
                // What can't be read is refused before it is put in service.
                let model = IntentModel::load(&version.file)?;
                let encoder = house::encoder_of(config, &version.locale).await?;
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

fn print_coverage(model: &IntentModel, precision: Option<f64>) -> Result<()> {
    let curve = &model.metrics().coverage;
    if let Some(precision) = precision.filter(|precision| for_precision(curve, *precision).is_none()) {
        bail!("`--precision {precision}`: no threshold reaches it on the phrases held out");
    }
    println!("precision  answered  strangers refused  threshold");
    let asked = precision.map_or(PRECISIONS.to_vec(), |precision| vec![precision]);
    for precision in asked {
        match for_precision(curve, precision) {
            Some(point) => println!(
                "{precision:>9.2}  {:>8.3}  {:>17.3}  {:>9.2}",
                point.coverage, point.refused, point.threshold
            ),
            None => println!("{precision:>9.2}  can't be reached"),
        }
    }
    println!("in service: threshold {:.2}", model.calibration().act);
    Ok(())
}
