//! The command line. Each command stands in a file of `commands/`; what they do is done by the library's rooms.

mod commands;

use std::process::ExitCode;

use clap::Parser;

use commands::Command;

/// The self-hosted shopkeeper: answers shoppers from the shop's own knowledge base.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Arguments {
    /// Configuration file [default: shopkeeper.toml, when it is there]
    #[arg(long, global = true, env = "SHOPKEEPER_CONFIG")]
    config: Option<std::path::PathBuf>,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    commands::memory::for_work();
    let arguments = Arguments::parse();
    match commands::run(arguments.command, arguments.config.as_deref()) {
        Ok(code) => code,
        Err(error) => {
            // One line, causes included, whatever they hold.
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            eprintln!("shopkeeper: {}", distinct(causes).join(": ").replace('\n', " "));
            ExitCode::from(2)
        }
    }
}

/// Errors often repeat their cause in their own words.
fn distinct(causes: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for cause in causes {
        if !kept.iter().any(|known| known.contains(&cause)) {
            kept.push(cause);
        }
    }
    kept
}
