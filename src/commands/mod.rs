//! The commands of the command line.

mod ask;
mod bar;
mod bench;
mod catalog;
mod evaluate;
mod gaps;
mod history;
mod house;
mod keys;
pub mod memory;
mod models;
mod offers;
mod orders;
mod parse;
mod plot;
mod proactive;
mod promotions;
mod recommend;
mod rooms;
mod search;
mod serve;
mod test_conversations;
mod train;
mod transfer;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;
use shopkeeper::config::{Config, EXAMPLE};
use shopkeeper::telemetry;

// What a command says of itself stands with its arguments: a comment here would hide it, example and all.
#[derive(Subcommand)]
pub enum Command {
    Serve(serve::Serve),
    Ask(ask::Ask),
    Parse(parse::Parse),
    Search(search::Search),
    Train(train::Train),
    /// List the trained intent models, put another in service
    #[command(subcommand)]
    Models(models::Models),
    /// Make and end the keys of programs that use the API
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Measure on data of your own
    #[command(subcommand)]
    Evaluate(evaluate::Evaluate),
    /// Load articles or items into the database, or phrases into the knowledge base
    #[command(subcommand)]
    Import(transfer::Import),
    /// Write articles into a folder, items or phrases into a file
    #[command(subcommand)]
    Export(transfer::Export),
    Recommend(recommend::Recommend),
    /// Make codes, run a campaign over past carts, check the books
    #[command(subcommand)]
    Promotions(promotions::Promotions),
    /// See the orders of this house, and tell what became of them
    #[command(subcommand)]
    Orders(orders::Orders),
    /// Tell what the widget's own messages brought
    #[command(subcommand)]
    Proactive(proactive::Proactive),
    Erase(recommend::Erase),
    /// Make data that nobody took from life
    #[command(subcommand)]
    Synthetic(recommend::Synthetic),
    /// Try the shop's assistant out
    #[command(subcommand)]
    Test(test_conversations::Test),
    Gaps(gaps::Gaps),
    History(history::History),
    Bench(bench::Bench),
    Config(ShowConfig),
}

/// Show the configuration in force, or a commented example of all keys.
///
/// Example: shopkeeper config --example > shopkeeper.toml
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct ShowConfig {
    /// Print the commented example
    #[arg(long)]
    example: bool,
}

/// Runs a command to its end. What it tried out may have failed: that is no error, and shows in the exit code.
pub fn run(command: Command, file: Option<&Path>) -> Result<ExitCode> {
    if let Command::Config(ShowConfig { example: true }) = command {
        print!("{EXAMPLE}");
        return Ok(ExitCode::SUCCESS);
    }
    let mut config = Config::load(file)?;
    let quiet = !matches!(command, Command::Serve(_));
    if quiet {
        // `shopkeeper evaluate … | head` ends quietly; a server outlives whoever reads what it prints.
        sigpipe::reset();
    }
    let filter = if quiet && config.log == "info" {
        "warn"
    } else {
        &config.log
    };
    telemetry::log_to_stderr(filter, config.log_format == "json").map_err(anyhow::Error::msg)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let ended = match command {
            Command::Test(test) => {
                let is_well = test.run(&config, file).await?;
                return Ok(if is_well {
                    ExitCode::SUCCESS
                } else {
                    ExitCode::FAILURE
                });
            }
            Command::Serve(serve) => serve.run(&mut config, file).await,
            Command::Ask(ask) => ask.run(&config).await,
            Command::Search(search) => search.run(&config).await,
            Command::Parse(parse) => parse.run(&config).await,
            Command::Train(train) => train.run(&config).await,
            Command::Keys(keys) => keys.run(&config).await,
            Command::Models(models) => models.run(&config).await,
            Command::Evaluate(evaluate) => evaluate.run(&config).await,
            Command::Import(import) => import.run(&config).await,
            Command::Export(export) => export.run(&config).await,
            Command::Recommend(recommend) => recommend.run(&config).await,
            Command::Promotions(promotions) => promotions.run(&config).await,
            Command::Orders(orders) => orders.run(&config).await,
            Command::Proactive(proactive) => proactive.run(&config).await,
            Command::Erase(erase) => erase.run(&config).await,
            Command::Synthetic(synthetic) => synthetic.run(&config).await,
            Command::Gaps(gaps) => gaps.run(&config).await,
            Command::History(history) => history.run(&config).await,
            Command::Bench(bench) => bench.run(&config).await,
            Command::Config(_) => {
                // A password in the database's URL stays off the screen.
                let url = config
                    .database_url
                    .split_once("://")
                    .map(|(scheme, _)| format!("{scheme}://…"));
                config.database_url = url.unwrap_or_default();
                for secret in [&mut config.orders.token, &mut config.widget.identity_secret] {
                    if !secret.is_empty() {
                        *secret = "…".into();
                    }
                }
                config.mail = config.mail.without_secrets();
                print!("{}", toml::to_string(&config)?);
                Ok(())
            }
        };
        ended.map(|()| ExitCode::SUCCESS)
    })
}
