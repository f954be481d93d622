//! The database: one pool type and one SQL text for SQLite and PostgreSQL.
//!
//! This room owns connections, transactions, migrations, ids and the clock. It owns no table of another
//! room: the SQL for a table stands in one file of the room that owns it.

mod clock;
mod ids;

use std::fmt::Write;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyConnection, AnyPool, Connection, Transaction};

pub use clock::{Millis, now};
pub use ids::{new_id, new_secret};

/// A database error, with the sentence a person needs to act on it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database at {place} can't be opened: {source}")]
    Open { place: String, source: sqlx::Error },
    #[error("the database can't be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("the database failed: {0}")]
    Sql(#[from] sqlx::Error),
    #[error("a stored value can't be read: {0}")]
    Decode(#[from] serde_json::Error),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Sqlite,
    Postgres,
}

/// Handle to the database; clones share the pools.
#[derive(Debug, Clone)]
pub struct Store {
    /// SQLite allows one writer: its pool holds one connection, so writers queue here and not in the database.
    writer: AnyPool,
    reader: AnyPool,
    dialect: Dialect,
    identity: String,
}

impl Store {
    /// Opens `url` (`sqlite:PATH` or `postgres://…`) and applies the migrations that are still missing.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let dialect = if url.starts_with("sqlite:") {
            Dialect::Sqlite
        } else {
            Dialect::Postgres
        };
        let (writers, readers) = match dialect {
            Dialect::Sqlite => (1, 4),
            Dialect::Postgres => (8, 8),
        };
        let writer = connect(url, dialect, writers).await?;
        let reader = connect(url, dialect, readers).await?;
        sqlx::migrate!("./migrations").run(&writer).await?;
        let identity = identity(&writer).await?;
        Ok(Self {
            writer,
            reader,
            dialect,
            identity,
        })
    }

    /// Writes a copy of the SQLite database `file` to `copy`, whole and of one moment, also while a server writes to it.
    pub async fn copy_sqlite(file: &Path, copy: &Path) -> Result<(), StoreError> {
        sqlx::any::install_default_drivers();
        let opened = |source| StoreError::Open {
            place: file.display().to_string(),
            source,
        };
        let url = format!("sqlite:{}?mode=ro", file.display());
        let options = AnyConnectOptions::from_str(&url).map_err(opened)?;
        let mut connection = AnyConnection::connect_with(&options).await.map_err(opened)?;
        sqlx::query("VACUUM INTO $1")
            .bind(copy.display().to_string())
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok(())
    }

    /// Tells this database from every other: files that are made from it carry it.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The SQLite URL of a database file, made when it is missing.
    pub fn sqlite_url(file: &Path) -> String {
        format!("sqlite:{}?mode=rwc", file.display())
    }

    /// Connections for statements that only read.
    pub fn reader(&self) -> &AnyPool {
        &self.reader
    }

    /// Connections for single statements that write; several that belong together take [`Store::begin`].
    pub fn writer(&self) -> &AnyPool {
        &self.writer
    }

    /// Begins a transaction that writes. On SQLite it takes the write lock at once: a lock taken later, after a read,
    /// would fail at once when another process wrote in between, whatever the busy timeout.
    pub async fn begin(&self) -> Result<Transaction<'static, Any>, StoreError> {
        Ok(match self.dialect {
            Dialect::Sqlite => self.writer.begin_with("BEGIN IMMEDIATE").await?,
            Dialect::Postgres => self.writer.begin().await?,
        })
    }

    /// Finishes running statements and closes all connections.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// The number after the last one of counter `name`, taken inside `transaction`.
pub async fn next_number(transaction: &mut Transaction<'static, Any>, name: &str) -> Result<i64, StoreError> {
    let value = sqlx::query_scalar("UPDATE counters SET value = value + 1 WHERE name = $1 RETURNING value")
        .bind(name)
        .fetch_one(&mut **transaction)
        .await?;
    Ok(value)
}

/// The current value of counter `name`.
pub async fn current_number(store: &Store, name: &str) -> Result<i64, StoreError> {
    let value = sqlx::query_scalar("SELECT value FROM counters WHERE name = $1")
        .bind(name)
        .fetch_one(store.reader())
        .await?;
    Ok(value)
}

/// `$first, $…`: so many places for values of a statement.
pub fn places(first: usize, count: usize) -> String {
    let mut places = String::with_capacity(count * 6);
    for number in first..first + count {
        let separator = if number == first { "" } else { ", " };
        // Writing to a string does not fail.
        let _ = write!(places, "{separator}${number}");
    }
    places
}

/// A number that may be absent, to be bound where a statement says `CAST($1 AS DOUBLE PRECISION)`. As what it is, sqlx
/// tells PostgreSQL that an absent one has four bytes, and PostgreSQL then expects four of every number after it.
pub fn number_as_text(number: Option<f64>) -> Option<String> {
    number.map(|number| number.to_string())
}

/// `($1, …), (…)`: places for so many rows of a statement that writes several.
pub fn places_of_rows(rows: usize, columns: usize) -> String {
    let row = |row: usize| format!("({})", places(row * columns + 1, columns));
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

async fn identity(writer: &AnyPool) -> Result<String, StoreError> {
    sqlx::query("INSERT INTO identity (name, value) VALUES ('database', $1) ON CONFLICT (name) DO NOTHING")
        .bind(new_id())
        .execute(writer)
        .await?;
    Ok(sqlx::query_scalar("SELECT value FROM identity")
        .fetch_one(writer)
        .await?)
}

async fn connect(url: &str, dialect: Dialect, connections: u32) -> Result<AnyPool, StoreError> {
    let place = || without_password(url);
    let options = AnyConnectOptions::from_str(url).map_err(|source| StoreError::Open {
        place: place(),
        source,
    })?;
    let mut pool = AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10));
    if dialect == Dialect::Sqlite {
        // A pool tries again and again, and then names its patience instead of the cause.
        open_once(&options).await.map_err(|source| StoreError::Open {
            place: place(),
            source,
        })?;
        pool = pool.after_connect(|connection, _| Box::pin(async move { set_pragmas(connection).await }));
    }
    pool.connect_with(options)
        .await
        .map_err(|source| StoreError::Open {
            place: place(),
            source,
        })
}

async fn open_once(options: &AnyConnectOptions) -> Result<(), sqlx::Error> {
    let mut connection = AnyConnection::connect_with(options).await?;
    set_pragmas(&mut connection).await?;
    connection.close().await
}

async fn set_pragmas(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    for pragma in SQLITE_PRAGMAS {
        sqlx::query(pragma).execute(&mut *connection).await?;
    }
    Ok(())
}

/// `synchronous=FULL`: a commit is on disk before it is acknowledged, also when the power fails.
const SQLITE_PRAGMAS: [&str; 4] = [
    "PRAGMA busy_timeout = 10000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
];

/// A URL fit for an error message: what stands before `@` is left out.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    }
}
