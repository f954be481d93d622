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
    give_back_memory();
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

/// glibc keeps what was freed for later, more of it the larger it was, in an arena per thread: after start, training and
/// imports that is 150 MB which nobody needs.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn give_back_memory() {
    const ARENAS: libc::c_int = 2;
    const KEPT: libc::c_int = 128 << 10;
    // SAFETY: these set two numbers of the allocator, before another thread is there.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, ARENAS);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn give_back_memory() {}

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
