use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use shopkeeper::config::Config;
use shopkeeper::knowledge::transfer;
use shopkeeper::nlu::TrainingData;

use super::{bar, catalog, house, promotions, recommend};

#[derive(Subcommand)]
pub enum Import {
    /// Load articles; a running server shows them within a second
    ///
    /// Example: shopkeeper import knowledge knowledge_base/articles --strict
    #[command(verbatim_doc_comment)]
    Knowledge {
        /// Folder of Markdown files with front matter
        folder: PathBuf,
        /// Load nothing when any file is bad
        #[arg(long)]
        strict: bool,
        /// Who is named as the author of the new versions
        #[arg(long, default_value = "import")]
        author: String,
    },
    /// Make phrases the shop's own: checks them and writes intents/<locale>.yml of the knowledge base
    ///
    /// The next start, or `shopkeeper train`, learns them.
    ///
    /// Example: shopkeeper import intents my-rasa-bot/data/nlu.yml --replace
    #[command(verbatim_doc_comment)]
    Intents {
        /// Rasa NLU YAML, or CSV with the columns text,intent
        file: PathBuf,
        /// Put them in place of the phrases that are there
        #[arg(long)]
        replace: bool,
    },
    Catalog(catalog::ImportCatalog),
    Events(recommend::ImportEvents),
    Promotions(promotions::ImportPromotions),
}

#[derive(Subcommand)]
pub enum Export {
    /// Write all articles as articles/<locale>/<slug>.md
    ///
    /// Example: shopkeeper export knowledge my-articles/
    #[command(verbatim_doc_comment)]
    Knowledge {
        /// Folder to write to
        folder: PathBuf,
    },
    /// Write the shop's phrases, synonyms, lookups and regexes as Rasa NLU YAML
    ///
    /// Example: shopkeeper export intents nlu.yml
    #[command(verbatim_doc_comment)]
    Intents {
        /// File to write
        file: PathBuf,
    },
    /// Write all items as JSON lines, as `import catalog` reads them
    ///
    /// Example: shopkeeper export catalog items.jsonl
    #[command(verbatim_doc_comment)]
    Catalog {
        /// File to write
        file: PathBuf,
    },
    /// Write all campaigns as TOML, as `import promotions` reads them
    ///
    /// Example: shopkeeper export promotions campaigns.toml
    #[command(verbatim_doc_comment)]
    Promotions {
        /// File to write
        file: PathBuf,
    },
}

impl Import {
    pub async fn run(self, config: &Config) -> Result<()> {
        match self {
            Self::Knowledge {
                folder,
                strict,
                author,
            } => import_knowledge(config, &folder, strict, &author).await,
            Self::Intents { file, replace } => import_intents(config, &file, replace),
            Self::Catalog(import) => import.run(config).await,
            Self::Events(import) => import.run(config).await,
            Self::Promotions(import) => import.run(config).await,
        }
    }
}

async fn import_knowledge(config: &Config, folder: &Path, strict: bool, author: &str) -> Result<()> {
    let store = house::store(config).await?;
    let report =
        transfer::import_folder(&store, house::folder(folder)?, author, strict, &bar::progress()).await?;
    for error in &report.errors {
        eprintln!("{}:{}: {}", error.file.display(), error.line, error.message);
    }
    println!(
        "{} new, {} changed, {} unchanged, {} bad",
        report.created,
        report.updated,
        report.unchanged,
        report.errors.len()
    );
    match report.errors.len() {
        0 => Ok(()),
        bad if strict => bail!("nothing was loaded: {bad} bad files"),
        bad => bail!("{bad} bad files were left out"),
    }
}

fn import_intents(config: &Config, file: &Path, replace: bool) -> Result<()> {
    let data = TrainingData::load(file)?;
    data.warnings.iter().for_each(|warning| eprintln!("{warning}"));
    let target = house::phrases_file(config, &config.locale);
    if target.exists() && !replace {
        bail!(
            "{}: already there; --replace puts the new phrases in its place",
            target.display()
        );
    }
    write_phrases(&target, &data)
}

/// Writes the file whole or not at all.
fn write_phrases(target: &Path, data: &TrainingData) -> Result<()> {
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let unfinished = target.with_extension("yml.new");
    std::fs::write(&unfinished, data.write_rasa()).with_context(|| unfinished.display().to_string())?;
    std::fs::rename(&unfinished, target).with_context(|| target.display().to_string())?;
    println!(
        "{}: {} phrases of {} intents",
        target.display(),
        data.phrases.len(),
        data.counts().len()
    );
    Ok(())
}

impl Export {
    pub async fn run(self, config: &Config) -> Result<()> {
        match self {
            Self::Knowledge { folder } => {
                let report = transfer::export_folder(&house::store(config).await?, &folder).await?;
                println!("{} written, {} unchanged", report.written, report.unchanged);
                Ok(())
            }
            Self::Intents { file } => {
                let Some(data) = house::phrases(config, &config.locale)? else {
                    bail!(
                        "{}: no such file",
                        house::phrases_file(config, &config.locale).display()
                    );
                };
                write_phrases(&file, &data)
            }
            Self::Catalog { file } => catalog::export(config, &file).await,
            Self::Promotions { file } => promotions::export(config, &file).await,
        }
    }
}
