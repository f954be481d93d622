use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Subcommand;
use shopkeeper::config::Config;
use shopkeeper::knowledge::transfer;

use super::{bar, house};

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
}

impl Import {
    pub async fn run(self, config: &Config) -> Result<()> {
        let Self::Knowledge {
            folder,
            strict,
            author,
        } = self;
        let store = house::store(config).await?;
        let report =
            transfer::import_folder(&store, house::folder(&folder)?, &author, strict, &bar::progress())
                .await?;
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
}

impl Export {
    pub async fn run(self, config: &Config) -> Result<()> {
        let Self::Knowledge { folder } = self;
        let report = transfer::export_folder(&house::store(config).await?, &folder).await?;
        println!("{} written, {} unchanged", report.written, report.unchanged);
        Ok(())
    }
}
