use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use shopkeeper::config::Config;
use shopkeeper::knowledge::gaps::{Gap, gaps};
use shopkeeper::store::now;

use super::{bar, house};

/// What shoppers asked and no article answered: questions that mean the same together, each language for itself.
///
/// Example: shopkeeper gaps --locale zh --days 7
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Gaps {
    /// Only this language
    #[arg(long, value_name = "CODE")]
    locale: Option<String>,
    /// Questions of the last so many days
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// How many gaps of each language
    #[arg(long, default_value_t = 20)]
    most: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

const DAY: i64 = 86_400_000;

impl Gaps {
    pub async fn run(self, config: &Config) -> Result<()> {
        let store = house::store(config).await?;
        let encoders = house::encoders(config).await?;
        if let Some(locale) = &self.locale {
            house::check_spoken(&encoders, locale, "`--locale`")?;
        }
        let since = now() - i64::from(self.days) * DAY;
        let mut found: Vec<Gap> = Vec::new();
        for language in encoders.languages() {
            if self.locale.as_deref().is_none_or(|locale| locale == language) {
                let of_language = gaps(&store, &encoders, language, since, &bar::progress()).await?;
                found.extend(of_language.into_iter().take(self.most));
            }
        }
        if self.json {
            println!("{}", serde_json::to_string_pretty(&found)?);
            return Ok(());
        }
        if found.is_empty() {
            println!("Every question of the last {} days was answered.", self.days);
        }
        found.iter().for_each(show);
        Ok(())
    }
}

fn show(gap: &Gap) {
    let day = Timestamp::from_millisecond(gap.last_asked_at).map(|at| at.strftime("%Y-%m-%d").to_string());
    let nearest = gap
        .nearest
        .as_ref()
        .map_or(String::new(), |slug| format!(", nearest article {slug}"));
    println!(
        "{} asked {}, last {}{nearest}",
        gap.locale,
        gap.asked,
        day.unwrap_or_default()
    );
    gap.questions.iter().for_each(|question| println!("  {question}"));
}
