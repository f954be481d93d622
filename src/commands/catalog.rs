use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use shopkeeper::catalog::{self, Format, ImportOptions, ImportReport, Vertical};
use shopkeeper::config::Config;
use shopkeeper::progress::Progress;
use shopkeeper::store::Store;
use shopkeeper::text::money::minor_digits;
use shopkeeper::text::say::Voice;

use super::{bar, house};

/// Load items from a product feed; a running server shows them within a second
///
/// Items that the feed no longer names are taken off sale, unless --partial says that it is a part of the catalogue.
///
/// Example: shopkeeper import catalog products.xml
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct ImportCatalog {
    /// A feed as Google Merchant Center takes it: CSV, TSV or RSS, or one JSON object a line
    #[arg(required_unless_present = "demo", conflicts_with = "demo")]
    file: Option<PathBuf>,
    /// Load a demo catalogue instead: shop, travel, video or finance
    #[arg(long, value_name = "KIND")]
    demo: Option<Vertical>,
    /// csv, tsv, xml or jsonl [default: by the ending of the file's name]
    #[arg(long)]
    format: Option<Format>,
    /// What the items are, where they don't say it: shop, travel, video or finance
    #[arg(long, value_name = "KIND", default_value = "shop")]
    vertical: Vertical,
    /// Currency of prices that name none, such as USD
    #[arg(long, value_parser = currency)]
    currency: Option<String>,
    /// Take only what items that are there already are called in this language: titles, descriptions, categories and
    /// attributes
    #[arg(long, value_name = "CODE", value_parser = language)]
    texts_in: Option<String>,
    /// The feed is a part of the catalogue: what it doesn't name stays on sale
    #[arg(long)]
    partial: bool,
    /// Load nothing when any row is bad
    #[arg(long)]
    strict: bool,
}

fn currency(written: &str) -> Result<String, String> {
    let code = written.to_uppercase();
    let known = minor_digits(&code).is_some();
    known
        .then_some(code)
        .ok_or_else(|| "expected a currency of ISO 4217, such as USD".into())
}

fn language(written: &str) -> Result<String, String> {
    Voice::speaks(written)
        .then(|| written.to_owned())
        .ok_or_else(|| "expected a language that the shop can speak, such as zh".into())
}

impl ImportCatalog {
    pub async fn run(self, config: &Config) -> Result<()> {
        let (file, vertical) = match (&self.file, self.demo) {
            (_, Some(demo)) => (house::demo_catalogue(config, demo), demo),
            (Some(file), None) => (file.clone(), self.vertical),
            (None, None) => bail!("expected a file"),
        };
        let format = self.format.or_else(|| Format::of_file(&file)).ok_or_else(|| {
            let names = Format::NAMES.join(", ");
            anyhow!(
                "{}: its name does not tell its format: expected --format and one of {names}",
                file.display()
            )
        })?;
        let options = ImportOptions {
            format,
            vertical,
            strict: self.strict,
            partial: self.partial,
            currency: self.currency,
            texts_in: self.texts_in,
        };
        let store = house::store(config).await?;
        let report = import_file(&store, &file, &options, &bar::progress()).await?;
        tell(&file, &report);
        match report.bad {
            0 => Ok(()),
            bad if !report.stored => bail!("nothing was loaded: {bad} bad rows"),
            bad => bail!("{bad} bad rows were left out"),
        }
    }
}

/// Loads a feed into the database.
pub async fn import_file(
    store: &Store,
    file: &Path,
    options: &ImportOptions,
    progress: &Progress,
) -> Result<ImportReport> {
    let named = || file.display().to_string();
    let input = File::open(file).with_context(named)?;
    let size = input.metadata().with_context(named)?.len();
    catalog::import(store, input, size, options, progress)
        .await
        .with_context(named)
}

fn tell(file: &Path, report: &ImportReport) {
    for error in &report.errors {
        eprintln!("{}:{}: {}", file.display(), error.line, error.message);
    }
    let more = report.bad - report.errors.len() as u64;
    if more > 0 {
        eprintln!("{}: {more} more bad rows", file.display());
    }
    println!(
        "{} new, {} changed, {} unchanged, {} vanished, {} bad",
        report.created, report.updated, report.unchanged, report.vanished, report.bad
    );
}

/// Writes the file whole or not at all.
pub async fn export(config: &Config, file: &Path) -> Result<()> {
    let store = house::store(config).await?;
    let unfinished = file.with_extension("new");
    let named = || unfinished.display().to_string();
    let mut output = BufWriter::new(File::create(&unfinished).with_context(named)?);
    let written = catalog::export_jsonl(&store, &mut output)
        .await
        .with_context(named)?;
    std::fs::rename(&unfinished, file).with_context(|| file.display().to_string())?;
    println!("{written} written");
    Ok(())
}
