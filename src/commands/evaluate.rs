use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use serde::Serialize;
use shopkeeper::config::Config;
use shopkeeper::knowledge::{Knowledge, evaluate as retrieval, exam};
use shopkeeper::nlu::coverage::CoveragePoint;
use shopkeeper::nlu::{
    CHINESE, Encoder, IntentModel, Memory, TrainSettings, TrainingData, ablation, evaluate as intents,
    train as train_model,
};
use shopkeeper::text::script::are_chinese;

use super::offers::EvaluatePromotions;
use super::recommend::{EvaluateRanker, EvaluateRecommend};
use super::{bar, house, plot};

/// Measure on data of your own, with the code that serves shoppers.
#[derive(Subcommand)]
pub enum Evaluate {
    /// Train on one table of phrases and score another
    ///
    /// Example: shopkeeper evaluate intents --train train.csv --test test.csv --json
    #[command(verbatim_doc_comment)]
    Intents(Intents),
    /// Train with parts of the intent model and score each: what is every part worth?
    ///
    /// Example: shopkeeper evaluate ablation --train train.csv --phrases 5,10,all
    #[command(verbatim_doc_comment)]
    Ablation {
        /// Phrases to train on: CSV with the columns text,intent, or Rasa NLU YAML
        #[arg(long)]
        train: PathBuf,
        /// Phrases to score [default: every fifth of each intent, which is not trained on]
        #[arg(long)]
        test: Option<PathBuf>,
        /// Phrases of each intent to train on, from the first: numbers or `all`
        #[arg(long, value_delimiter = ',', default_value = "all", value_parser = count)]
        phrases: Vec<Count>,
        /// Language, which names the encoder [default: by the script of the texts]
        #[arg(long, value_name = "CODE")]
        locale: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Draw how many messages are answered against how many of the answers are right
    ///
    /// Each evaluation is a file that `evaluate intents --json` printed, with a name for its curve.
    ///
    /// Example: shopkeeper evaluate plot "My shop=shop.json" --out coverage.svg
    #[command(verbatim_doc_comment)]
    Plot {
        /// NAME=FILE
        #[arg(required = true)]
        evaluations: Vec<String>,
        /// Picture to write (SVG)
        #[arg(long)]
        out: PathBuf,
    },
    Recommend(EvaluateRecommend),
    Ranker(EvaluateRanker),
    Promotions(EvaluatePromotions),
    /// Ask the shop's own articles questions whose answers are known: CSV with the columns locale,question,articles
    ///
    /// Articles are named by their slugs, parted by blanks where several are right. Figures are per language.
    ///
    /// Example: shopkeeper evaluate answers questions.csv
    #[command(verbatim_doc_comment)]
    Answers {
        questions: PathBuf,
        /// As if the shop had no articles in a question's own language
        #[arg(long)]
        abroad: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Rank the documents of a BEIR folder for its questions
    ///
    /// Example: shopkeeper evaluate retrieval my-faq/ --json
    #[command(verbatim_doc_comment)]
    Retrieval {
        /// Folder with corpus.jsonl, queries.jsonl and qrels.tsv
        folder: PathBuf,
        /// Choose BM25's share of the score on four fifths of the questions, score the other fifth, in turn
        #[arg(long)]
        cross_validate: bool,
        /// Language, which names the encoder [default: by the script of the texts]
        #[arg(long, value_name = "CODE")]
        locale: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub struct Intents {
    /// Phrases to train on: CSV with the columns text,intent, or Rasa NLU YAML
    #[arg(long, required_unless_present = "model")]
    train: Option<PathBuf>,
    /// Train on no more than this many phrases of each intent, from the first
    #[arg(long, conflicts_with = "model")]
    first: Option<usize>,
    /// Train the encoder's upper layers too
    #[arg(long, conflicts_with = "model")]
    finetune: bool,
    /// Score a trained version instead: its id, or as much of it as names one
    #[arg(long, conflicts_with = "train")]
    model: Option<String>,
    /// Language, which names the encoder [default: by the script of the texts]
    #[arg(long, value_name = "CODE")]
    locale: Option<String>,
    /// Phrases to score; the intent `oos` marks what is out of scope
    #[arg(long)]
    test: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How many phrases of each intent; `None`: all.
type Count = Option<usize>;

fn count(text: &str) -> Result<Count, String> {
    match text {
        "all" => Ok(None),
        number => match number.parse() {
            Ok(count) if count > 0 => Ok(Some(count)),
            _ => Err("expected a number above 0, or `all`".into()),
        },
    }
}

impl Evaluate {
    pub async fn run(self, config: &Config) -> Result<()> {
        match self {
            Self::Intents(command) => command.run(config).await,
            Self::Recommend(command) => command.run(config).await,
            Self::Ranker(command) => command.run(config).await,
            Self::Promotions(command) => command.run(config).await,
            Self::Ablation {
                train,
                test,
                phrases,
                locale,
                json,
            } => {
                let data = TrainingData::load(&train)?;
                let test = test.as_deref().map(TrainingData::load).transpose()?;
                let encoder = encoder_for(
                    config,
                    locale,
                    data.phrases.iter().map(|phrase| phrase.text.as_str()),
                )
                .await?;
                let progress = bar::progress();
                let figures = ablation::ablate(&data, test.as_ref(), &phrases, &encoder, &progress).await?;
                if json {
                    println!("{}", serde_json::to_string_pretty(&figures)?);
                } else {
                    print_table(&figures);
                }
                Ok(())
            }
            Self::Plot { evaluations, out } => {
                let curves: Result<Vec<_>> = evaluations.iter().map(|named| curve(named)).collect();
                plot::coverage(&curves?, &out).with_context(|| out.display().to_string())
            }
            Self::Answers {
                questions,
                abroad,
                json,
            } => {
                let marks = examine(config, &questions, abroad).await?;
                if json {
                    return print(&marks, true);
                }
                for (locale, marks) in &marks {
                    println!("{locale}:");
                    print(marks, false)?;
                }
                Ok(())
            }
            Self::Retrieval {
                folder,
                cross_validate,
                locale,
                json,
            } => {
                let questions = std::fs::read_to_string(house::folder(&folder)?.join("queries.jsonl"));
                let encoder = encoder_for(config, locale, questions.unwrap_or_default().lines()).await?;
                if cross_validate {
                    let report =
                        retrieval::cross_validate(house::folder(&folder)?, &encoder, &bar::progress())
                            .await?;
                    return print(&report, json);
                }
                let report = retrieval::evaluate(house::folder(&folder)?, &encoder, &bar::progress()).await?;
                print(&report, json)
            }
        }
    }
}

impl Intents {
    async fn run(self, config: &Config) -> Result<()> {
        let (test, progress) = (TrainingData::load(&self.test)?, bar::progress());
        let train_on = self.train.as_deref().map(TrainingData::load).transpose()?;
        let encoder = encoder_for(
            config,
            self.locale,
            test.phrases.iter().map(|phrase| phrase.text.as_str()),
        )
        .await?;
        let model = match (train_on, self.model) {
            (Some(data), _) => {
                let data = self
                    .first
                    .map_or_else(|| data.clone(), |count| data.first_of_each(count));
                let settings = TrainSettings::with_finetuning(self.finetune);
                train_model(&data, &encoder, Memory::default(), &settings, &progress).await?
            }
            (None, id) => {
                let store = house::store(config).await?;
                IntentModel::load(&house::model_version(&store, &id.unwrap_or_default()).await?.file)?
            }
        };
        let report = intents::evaluate(model, &test, &encoder, &progress).await?;
        if self.json {
            return print(&report, true);
        }
        // A hundred points are for a plot.
        print(
            &intents::IntentReport {
                coverage: Vec::new(),
                ..report
            },
            false,
        )
    }
}

/// What became of the questions in a file, by their language.
async fn examine(config: &Config, file: &Path, abroad: bool) -> Result<BTreeMap<String, exam::Marks>> {
    let questions = exam::read(file)?;
    if questions.is_empty() {
        bail!("{}: it has no questions", file.display());
    }
    let progress = bar::progress();
    let store = house::store(config).await?;
    house::load_first_articles(config, &store, &progress).await?;
    let encoders = house::encoders(config).await?;
    let nlu = house::nlu(config, &store, &encoders, &progress).await?;
    let mut marks = BTreeMap::new();
    for (locale, questions) in exam::by_locale(&questions) {
        house::check_spoken(&encoders, locale, &file.display().to_string())?;
        let without = abroad.then_some(locale);
        let knowledge =
            Knowledge::open_without(store.clone(), encoders.clone(), None, without, &progress).await?;
        let of_locale = exam::ask(questions.into_iter(), &knowledge, &nlu, &progress).await?;
        marks.insert(locale.to_owned(), of_locale);
    }
    Ok(marks)
}

/// The encoder of a language; of Chinese where the texts are, else of the shop's own.
async fn encoder_for<'a>(
    config: &Config,
    locale: Option<String>,
    texts: impl Iterator<Item = &'a str>,
) -> Result<Encoder> {
    let by_script = if are_chinese(texts) {
        CHINESE
    } else {
        &config.locale
    };
    house::encoder_of(config, locale.as_deref().unwrap_or(by_script)).await
}

fn print_table(figures: &[ablation::Figures]) {
    println!("phrases  in scope  misspelt  AUROC  recipe");
    for row in figures {
        let phrases = row.phrases.map_or("all".into(), |count| count.to_string());
        let area = row.scope_auroc.map_or("–".into(), |area| format!("{area:.3}"));
        println!(
            "{phrases:>7}  {:>8.4}  {:>8.4}  {area:>5}  {}",
            row.in_scope_accuracy, row.misspelt_accuracy, row.recipe
        );
    }
}

/// The curve of `NAME=FILE`, and the threshold that was chosen.
fn curve(named: &str) -> Result<plot::Curve> {
    #[derive(serde::Deserialize)]
    struct Evaluation {
        threshold: f32,
        coverage: Vec<CoveragePoint>,
    }
    let Some((name, file)) = named.split_once('=') else {
        bail!("`{named}`: expected NAME=FILE");
    };
    let text = std::fs::read_to_string(Path::new(file)).with_context(|| file.to_owned())?;
    let evaluation: Evaluation = serde_json::from_str(&text)
        .with_context(|| format!("{file}: expected what `evaluate intents --json` prints"))?;
    Ok(plot::Curve {
        name: name.to_owned(),
        points: evaluation.coverage,
        threshold: evaluation.threshold,
    })
}

/// A report as JSON, or as a line per figure.
fn print(report: &impl Serialize, json: bool) -> Result<()> {
    let value = serde_json::to_value(report)?;
    if json {
        println!("{}", serde_json::to_string_pretty(&value)?);
        return Ok(());
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            serde_json::Value::Array(rows) if rows.is_empty() => {}
            serde_json::Value::Array(rows) => {
                println!("{name}:");
                rows.iter().for_each(|row| println!("  {row}"));
            }
            value => println!("{name:<24} {value}"),
        }
    }
    Ok(())
}
