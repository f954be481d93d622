use anyhow::{Result, bail};
use clap::Args;
use shopkeeper::config::Config;
use shopkeeper::knowledge::Answer;

use super::{bar, house};

/// Ask one question on the command line and see why it is answered so.
///
/// Example: shopkeeper ask "how long does delivery to Canada take"
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Ask {
    /// The question
    question: String,
    /// Show intents, scores and passages too
    #[arg(long)]
    why: bool,
}

impl Ask {
    pub async fn run(self, config: &Config) -> Result<()> {
        if self.question.trim().is_empty() {
            bail!("the question is empty: expected text");
        }
        let progress = bar::progress();
        let store = house::store(config).await?;
        house::load_first_articles(config, &store, &progress).await?;
        let encoders = house::encoders(config).await?;
        let nlu = house::nlu(config, &store, &encoders, &progress).await?;
        // A server may own the index on disk.
        let knowledge = house::knowledge(&store, &encoders, None, &progress).await?;
        let language = nlu.spoken(&self.question, &config.locale);
        let understood = nlu.understand(&self.question, language).await?;
        let intents = &understood.ranking;
        let found = knowledge.answer_across(language, &understood).await;
        match &found.answer {
            Answer::Confident { hit, quote, .. } => println!(
                "{quote}\n\nSource: {} (/help/{})",
                hit.article.title, hit.article.slug
            ),
            Answer::Unsure { topics } => {
                println!("Which of these is meant?");
                topics
                    .iter()
                    .for_each(|topic| println!("- {} (/help/{})", topic.title, topic.slug));
            }
            Answer::Unknown { .. } => println!("I don't know."),
        }
        if self.why {
            println!(
                "\nscope {:.3} ({:?}), gate {:?}",
                understood.scope,
                understood.verdict,
                knowledge.current_gate(language)
            );
            for intent in intents.iter().take(3) {
                println!(
                    "intent {} {:.3}, nearest phrase {:.3}",
                    intent.name, intent.confidence, intent.nearest
                );
            }
            for hit in &found.hits {
                let heading = hit.heading.as_deref().unwrap_or("-");
                println!(
                    "{:.3} cosine {:.3} bm25 {:.2} intent {:.2} {} [{heading}]",
                    hit.score, hit.cosine, hit.bm25, hit.intent, hit.article.slug
                );
            }
        }
        Ok(())
    }
}
