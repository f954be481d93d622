//! Plays a shop's conversation scripts.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use shopkeeper::catalog::watch_names;
use shopkeeper::config::Config;
use shopkeeper::scripts::{Runner, Script, load};
use shopkeeper::store::Store;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::bar;
use super::rooms::Rooms;

#[derive(Subcommand)]
pub enum Test {
    Conversations(Conversations),
}

/// Play conversation scripts against the shop's own data and models, and check what the assistant says.
///
/// A folder of files such as tests/conversations; docs/conversations.md explains what may stand in them. A SQLite shop is
/// copied first and stays as it is. In PostgreSQL the conversations are deleted at the end, but carts and orders that
/// scripts make stay: give a database that is for trying. Ends with 0 when every conversation went as expected, with 1
/// when one did not, with 2 when a file can't be read.
///
/// Example: shopkeeper test conversations tests/conversations --only "rain jacket"
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Conversations {
    /// Folder with scripts, or one file
    #[arg(value_name = "DIR")]
    place: PathBuf,
    /// Only scripts of this language; those that name none are of the shop's
    #[arg(long)]
    locale: Option<String>,
    /// Only scripts with this in their name or in their file's
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

impl Test {
    /// Whether all went as expected.
    pub async fn run(self, config: &Config, file: Option<&Path>) -> Result<bool> {
        match self {
            Self::Conversations(conversations) => conversations.run(config, file).await,
        }
    }
}

impl Conversations {
    async fn run(self, config: &Config, file: Option<&Path>) -> Result<bool> {
        let scripts = self.chosen(config)?;
        let progress = bar::progress();
        let (config, folder) = own_data(config).await?;
        let rooms = Rooms::open(&config, file, None, &progress).await?;
        // A running server has them after a while; a script shall not depend on when.
        rooms.catalogue.make_vectors(&progress).await?;
        let stop = CancellationToken::new();
        // What things are called is understood as the server understands it.
        let names = watch_names(&rooms.catalogue, &rooms.nlu, stop.clone());
        let mut runner = Runner::new(config, {
            let rooms = rooms.clone();
            move |config, stop| rooms.front(config, None, stop)
        });
        let report = runner.run(&scripts, &progress).await;
        let ended = runner.end().await;
        stop.cancel();
        let _ = names.await;
        rooms.store.close().await;
        drop(folder);
        let report = report?;
        ended?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print!("{}", report.text());
        }
        Ok(report.failed == 0)
    }

    fn chosen(&self, config: &Config) -> Result<Vec<Script>> {
        let scripts = load(&self.place).map_err(|errors| {
            let (last, others) = errors
                .split_last()
                .map_or((None, &[][..]), |(last, others)| (Some(last), others));
            others.iter().for_each(|error| eprintln!("shopkeeper: {error}"));
            anyhow::anyhow!("{}", last.map(ToString::to_string).unwrap_or_default())
        })?;
        let only = self.only.as_deref().map(str::to_lowercase);
        let is_chosen = |script: &Script| {
            let locale = script.locale.as_deref().unwrap_or(&config.locale);
            let file = script.file.display().to_string().to_lowercase();
            let is_named = |only: &String| script.name.to_lowercase().contains(only) || file.contains(only);
            self.locale.as_deref().is_none_or(|wanted| wanted == locale) && only.as_ref().is_none_or(is_named)
        };
        let count = scripts.len();
        let chosen: Vec<Script> = scripts.into_iter().filter(is_chosen).collect();
        if chosen.is_empty() {
            bail!(
                "none of the {count} scripts in {} is of this name and language",
                self.place.display()
            );
        }
        Ok(chosen)
    }
}

/// The configuration with a data folder of its own, and a copy of the shop's SQLite database in it. A database of
/// PostgreSQL stays the one that is given.
async fn own_data(config: &Config) -> Result<(Config, TempDir)> {
    let folder = TempDir::new()?;
    let mut own = config.clone();
    let url = config.database_url();
    if let Some(rest) = url.strip_prefix("sqlite:") {
        let path = rest.split('?').next().unwrap_or(rest).trim_start_matches("//");
        let (file, copy) = (Path::new(path), folder.path().join("shopkeeper.db"));
        if file.is_file() {
            Store::copy_sqlite(file, &copy).await?;
        }
        own.database_url = Store::sqlite_url(&copy);
    }
    copy_files(&config.data_dir, folder.path())
        .with_context(|| format!("the data folder {} can't be copied", config.data_dir.display()))?;
    own.data_dir = folder.path().to_owned();
    Ok((own, folder))
}

/// Copies what lies in a data folder beside the database and its search indexes, which are made anew: trained models.
fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name_text = name.to_string_lossy();
        if name_text.contains(".db") || name_text == "index" || name_text == "products" {
            continue;
        }
        if path.is_dir() {
            copy_files(&path, &to.join(&name))?;
        } else {
            std::fs::copy(&path, to.join(&name))?;
        }
    }
    Ok(())
}
