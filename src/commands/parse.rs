use anyhow::{Result, bail};
use clap::Args;
use shopkeeper::config::Config;
use shopkeeper::nlu;

use super::{bar, house};

/// Show the intents and entities of one text, as Rasa's JSON.
///
/// Example: shopkeeper parse "do you have the tent in navy under $200"
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Parse {
    /// What a shopper might type
    text: String,
    /// One line for each entity instead of JSON
    #[arg(long)]
    entities: bool,
}

impl Parse {
    pub async fn run(self, config: &Config) -> Result<()> {
        if self.text.trim().is_empty() {
            bail!("the text is empty: expected text");
        }
        let store = house::store(config).await?;
        let encoders = house::encoders(config).await?;
        let nlu = house::nlu(config, &store, &encoders, &bar::progress()).await?;
        let language = nlu.spoken(&self.text, &config.locale);
        let understood = nlu.understand(&self.text, language).await?;
        if self.entities {
            for entity in &understood.entities {
                let not = if entity.negated { "not " } else { "" };
                println!(
                    "{}-{} {} `{}`: {not}{}",
                    entity.start, entity.end, entity.kind, entity.text, entity.value
                );
            }
            return Ok(());
        }
        let parse = nlu::Parse::from(&understood);
        println!("{}", serde_json::to_string_pretty(&parse)?);
        Ok(())
    }
}
