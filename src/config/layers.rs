//! Puts the layers of the configuration on top of each other, as TOML tables whose keys the defaults fix.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// What is wrong with the configuration, and where.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{}: {source}", file.display())]
    Read { file: PathBuf, source: std::io::Error },
    #[error("{file}: {detail}")]
    Syntax { file: String, detail: String },
    #[error("{place}: unknown key `{key}`")]
    UnknownKey { place: String, key: String },
    #[error("`{key}` is `{value}`: expected {expected}")]
    Invalid {
        key: String,
        value: String,
        expected: String,
    },
    #[error("configuration: {detail}")]
    Value { detail: String },
}

impl ConfigError {
    pub(super) fn invalid(key: &str, value: &str, expected: &str) -> Self {
        Self::Invalid {
            key: key.into(),
            value: value.into(),
            expected: expected.into(),
        }
    }
}

pub(super) struct FileLayer {
    pub name: String,
    pub text: String,
}

/// Variables of the set-up and of the tests that start with our prefix and are no configuration.
const NOT_CONFIGURATION: [&str; 2] = ["SHOPKEEPER_CACHE", "SHOPKEEPER_CONFIG"];

pub(super) fn defaults() -> Result<Table, ConfigError> {
    parse("the built-in example", super::EXAMPLE)
}

pub(super) fn read_file(file: Option<&Path>) -> Result<Option<FileLayer>, ConfigError> {
    let path = file.unwrap_or(Path::new("shopkeeper.toml"));
    if file.is_none() && !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        file: path.into(),
        source,
    })?;
    Ok(Some(FileLayer {
        name: path.display().to_string(),
        text,
    }))
}

pub(super) fn merge_file(table: &mut Table, file: FileLayer) -> Result<(), ConfigError> {
    let layer = parse(&file.name, &file.text)?;
    merge(table, layer, &file.name, "")
}

/// `SHOPKEEPER_SHOP_NAME` sets `shop.name`. Lists are separated by commas.
pub(super) fn merge_environment(
    table: &mut Table,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<(), ConfigError> {
    for (name, text) in variables.filter(|(name, _)| !NOT_CONFIGURATION.contains(&name.as_str())) {
        let unknown = || ConfigError::UnknownKey {
            place: "environment".into(),
            key: name.clone(),
        };
        let key = name
            .strip_prefix("SHOPKEEPER_")
            .ok_or_else(unknown)?
            .to_lowercase();
        let slot = find(table, &key).ok_or_else(unknown)?;
        *slot = like(slot, &text).ok_or_else(|| ConfigError::invalid(&name, &text, slot.type_str()))?;
    }
    Ok(())
}

fn parse(name: &str, text: &str) -> Result<Table, ConfigError> {
    text.parse::<Table>().map_err(|error| {
        let line = error.span().map_or(0, |span| {
            text[..span.start.min(text.len())].matches('\n').count() + 1
        });
        ConfigError::Syntax {
            file: name.into(),
            detail: format!("line {line}: {}", error.message()),
        }
    })
}

fn merge(table: &mut Table, layer: Table, place: &str, prefix: &str) -> Result<(), ConfigError> {
    for (key, value) in layer {
        let full = format!("{prefix}{key}");
        match (table.get_mut(&key), value) {
            (None, _) => {
                return Err(ConfigError::UnknownKey {
                    place: place.into(),
                    key: full,
                });
            }
            (Some(Value::Table(inner)), Value::Table(value)) => {
                merge(inner, value, place, &format!("{full}."))?
            }
            (Some(slot), value) if slot.same_type(&value) => *slot = value,
            (Some(slot), value) => {
                return Err(ConfigError::invalid(&full, &value.to_string(), slot.type_str()));
            }
        }
    }
    Ok(())
}

/// The value whose dotted key, with dots as underscores, is `key`.
fn find<'a>(table: &'a mut Table, key: &str) -> Option<&'a mut Value> {
    for (name, value) in table.iter_mut() {
        match value {
            Value::Table(inner) => {
                if let Some(rest) = key
                    .strip_prefix(name.as_str())
                    .and_then(|rest| rest.strip_prefix('_'))
                    && let Some(found) = find(inner, rest)
                {
                    return Some(found);
                }
            }
            value if name == key => return Some(value),
            _ => {}
        }
    }
    None
}

/// `text` as a value of the same type as `slot`.
fn like(slot: &Value, text: &str) -> Option<Value> {
    Some(match slot {
        Value::Integer(_) => Value::Integer(text.parse().ok()?),
        Value::Float(_) => Value::Float(text.parse().ok()?),
        Value::Boolean(_) => Value::Boolean(text.parse().ok()?),
        Value::Array(_) => text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(Value::from)
            .collect::<Vec<_>>()
            .into(),
        _ => Value::String(text.into()),
    })
}
