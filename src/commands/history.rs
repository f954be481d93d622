use anyhow::{Result, bail};
use clap::Args;
use jiff::Timestamp;
use shopkeeper::config::Config;
use shopkeeper::knowledge::articles;

use super::house;

/// Show who changed an article and when, and what changed.
///
/// Example: shopkeeper history returns --diff
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct History {
    /// The article's slug
    slug: String,
    /// The article's language [default: `locale` of the configuration]
    #[arg(long)]
    locale: Option<String>,
    /// Show what each version changed
    #[arg(long)]
    diff: bool,
}

impl History {
    pub async fn run(self, config: &Config) -> Result<()> {
        let store = house::store(config).await?;
        let locale = self.locale.as_deref().unwrap_or(&config.locale);
        let Some(article) = articles::get(&store, locale, &self.slug).await? else {
            bail!("`{}`: no article of this slug in `{locale}`", self.slug);
        };
        let versions = articles::versions(&store, &article).await?;
        for (index, version) in versions.iter().enumerate() {
            let at = Timestamp::from_millisecond(version.created_at).map(|at| at.to_string())?;
            println!(
                "version {} by {} at {at} ({:?})",
                version.version, version.author, version.draft.status
            );
            if self.diff && index > 0 {
                println!("{}", articles::diff(&versions[index - 1], version));
            }
        }
        Ok(())
    }
}
