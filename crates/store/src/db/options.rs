use crate::{Result, StoreError};
use sqlx::sqlite::SqliteSynchronous;
use std::time::Duration;

/// How the database is opened.
#[derive(Clone, Debug)]
pub struct DbOptions {
    /// `postgres://user:password@host:port/name`, or the path of a SQLite file.
    pub target: String,
    /// When a commit counts as done.
    pub durability: Durability,
    /// Longest wait for a connection; then the caller hears
    /// [`StoreError::Unavailable`].
    pub acquire_timeout: Duration,
    /// Most connections to a PostgreSQL server.
    pub pg_connections: u32,
    /// Connections that read a SQLite file beside its one writer.
    pub sqlite_readers: u32,
    /// Nothing can be written through it: for looking at a database that a server may use. A
    /// SQLite file that does not exist is not created.
    pub read_only: bool,
}

/// When a commit counts as done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// When it is on the disk: nothing acknowledged is lost by a power cut. The default.
    #[default]
    Full,
    /// When the operating system has it: a power cut may lose the last commits, a crash of the
    /// program does not. For measurements and throw-away data only.
    Relaxed,
}

impl Durability {
    pub(super) const fn sqlite(self) -> SqliteSynchronous {
        match self {
            Self::Full => SqliteSynchronous::Full,
            Self::Relaxed => SqliteSynchronous::Normal,
        }
    }

    pub(super) const fn postgres(self) -> &'static str {
        match self {
            Self::Full => "on",
            Self::Relaxed => "off",
        }
    }
}

impl DbOptions {
    /// The defaults: full durability, 5 s patience, 16 connections to a server, 4 readers of a
    /// file.
    pub fn new(target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            durability: Durability::Full,
            acquire_timeout: Duration::from_secs(5),
            pg_connections: 16,
            sqlite_readers: 4,
            read_only: false,
        }
    }

    pub(super) fn is_postgres(&self) -> bool {
        ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| self.target.starts_with(scheme))
    }

    pub(super) fn sqlite_path(&self) -> Result<&str> {
        let refuse = |reason: &str| {
            Err(StoreError::BadAddress {
                reason: reason.to_owned(),
            })
        };
        let target = self.target.as_str();
        let path = target
            .strip_prefix("sqlite://")
            .or_else(|| target.strip_prefix("sqlite:"))
            .unwrap_or(target);
        if path.is_empty() {
            return refuse("it is empty");
        }
        if path.contains(":memory:") {
            return refuse("a database in memory would lose what was acknowledged");
        }
        if path.contains("://") {
            return refuse("only postgres:// and SQLite files are understood");
        }
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::DbOptions;

    #[test]
    fn addresses_are_told_apart() {
        assert!(DbOptions::new("postgresql://x/y").is_postgres());
        let path = |target: &str| DbOptions::new(target).sqlite_path().map(str::to_owned);
        assert_eq!(path("sqlite:///data/x.db").expect("a file"), "/data/x.db");
        assert_eq!(path("data/x.db").expect("a file"), "data/x.db");
        assert!(path("mysql://x").is_err());
        assert!(path("sqlite::memory:").is_err());
        assert!(path("").is_err());
    }
}
