use anyhow::{Result, bail};
use clap::Subcommand;
use jiff::Timestamp;
use shopkeeper::access::{Scope, keys};
use shopkeeper::config::Config;

use super::house;

#[derive(Subcommand)]
pub enum Keys {
    /// Make a key for a program that uses the API. It is shown once.
    ///
    /// Example: shopkeeper keys create "nightly training" --scope models
    #[command(verbatim_doc_comment)]
    Create {
        /// What the key is for
        name: String,
        /// What it may do; may be given several times
        #[arg(long, required = true)]
        scope: Vec<Scope>,
    },
    /// List all keys, newest first.
    ///
    /// Example: shopkeeper keys list
    #[command(verbatim_doc_comment)]
    List,
    /// End a key at once.
    ///
    /// Example: shopkeeper keys revoke 019ab3c1
    #[command(verbatim_doc_comment)]
    Revoke {
        /// The key's id, or as much of it as names one key
        id: String,
    },
}

impl Keys {
    pub async fn run(self, config: &Config) -> Result<()> {
        let store = house::store(config).await?;
        match self {
            Self::Create { name, scope } => {
                if name.trim().is_empty() {
                    bail!("`name`: expected what the key is for");
                }
                let (key, secret) = keys::create(&store, name.trim(), &scope).await?;
                eprintln!(
                    "key {} for \"{}\"; keep it well, it is not shown again:",
                    key.id, key.name
                );
                println!("{secret}");
            }
            Self::List => {
                for key in keys::list(&store).await? {
                    let day =
                        |at| Timestamp::from_millisecond(at).map(|at| at.strftime("%Y-%m-%d").to_string());
                    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.name()).collect();
                    let ended = match key.revoked_at {
                        Some(at) => format!(" revoked {}", day(at)?),
                        None => String::new(),
                    };
                    println!(
                        "{} {} {}{ended} {}",
                        key.id,
                        day(key.created_at)?,
                        scopes.join(","),
                        key.name
                    );
                }
            }
            Self::Revoke { id } => {
                let key = house::only(keys::list(&store).await?, &id, |key| &key.id, "key", "keys list")?;
                if !keys::revoke(&store, &key.id).await? {
                    bail!("`{id}`: key {} was revoked before", key.id);
                }
                println!("key {} is revoked", key.id);
            }
        }
        Ok(())
    }
}
