use std::error::Error as StdError;

/// The result of every function of this crate.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why the database did not do what it was asked. A row that does not exist is no error: look-ups
/// answer with an `Option`, changes with a count or a flag.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another row holds that key already. The name is that of the constraint or unique index,
    /// the same on both engines (see [`crate::constraint`]).
    #[error("another row already holds the key {constraint}")]
    UniqueViolation {
        /// Constraint or index, for example `orders_one_active_per_port`.
        constraint: String,
    },
    /// The database cannot be reached or cannot write now: connection lost, no connection free in
    /// time, disk full, input or output error, lost a deadlock. Nothing was committed, or, when a
    /// commit itself was cut off, it is unknown whether it was; trying again is right, because
    /// every fact has a natural key.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
    /// A stored value that this version of the program does not understand.
    #[error("stored data is not readable")]
    Unreadable(#[source] Box<dyn StdError + Send + Sync>),
    /// The address of the database makes no sense.
    #[error("the database address is not valid: {reason}")]
    BadAddress {
        /// What is wrong with it.
        reason: String,
    },
    /// The schema could not be brought up to date.
    #[error("the database schema could not be migrated")]
    Migration(#[source] Box<dyn StdError + Send + Sync>),
    /// The database was written by a newer program.
    #[error(
        "the database has schema {found}, this program knows schemas up to {known}: run the newer \
         program, or restore a backup that was made before the upgrade"
    )]
    TooNew {
        /// Its newest schema file.
        found: i64,
        /// The newest that this program has.
        known: i64,
    },
    /// Anything else: a bug in a statement, or a damaged database.
    #[error("the database refused a statement")]
    Other(#[source] Box<dyn StdError + Send + Sync>),
}

impl StoreError {
    /// Whether trying again later may succeed.
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// Whether this is a violation of exactly that constraint.
    pub fn violates(&self, name: &str) -> bool {
        matches!(self, Self::UniqueViolation { constraint } if constraint == name)
    }

    /// The database's own words, for a log line.
    pub fn cause(&self) -> String {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        text
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Database(database) => {
                if database.is_unique_violation() {
                    let constraint = database.constraint().map_or_else(
                        || crate::constraint::from_sqlite_message(database.message()),
                        str::to_owned,
                    );
                    return Self::UniqueViolation { constraint };
                }
                if is_outage(database.code().as_deref().unwrap_or_default()) {
                    Self::Unavailable(Box::new(error))
                } else {
                    Self::Other(Box::new(error))
                }
            }
            E::Io(_)
            | E::Tls(_)
            | E::Protocol(_)
            | E::PoolTimedOut
            | E::PoolClosed
            | E::WorkerCrashed
            | E::BeginFailed => Self::Unavailable(Box::new(error)),
            E::ColumnDecode { .. } | E::Decode(_) => Self::Unreadable(Box::new(error)),
            E::Configuration(reason) => Self::BadAddress {
                reason: reason.to_string(),
            },
            E::Migrate(_) => Self::Migration(Box::new(error)),
            _ => Self::Other(Box::new(error)),
        }
    }
}

/// Whether a database's error code speaks of its health and not of the statement.
///
/// SQLite gives numbers, of which the low byte is the class; PostgreSQL gives five characters.
fn is_outage(code: &str) -> bool {
    /// busy, locked, no memory, read-only, interrupted, input or output error, full, cannot open,
    /// locking protocol.
    const SQLITE: [u32; 9] = [5, 6, 7, 8, 9, 10, 13, 14, 15];
    /// Connection exceptions, resources exhausted, operator intervention, system error, a server
    /// that only reads because another is to be written to, and transactions that lost against
    /// another.
    const POSTGRES: [&str; 9] = [
        "08", "53", "57P", "57014", "58", "25006", "40001", "40P01", "55P03",
    ];
    if code.len() == 5 {
        POSTGRES.iter().any(|prefix| code.starts_with(prefix)) || code == "25006"
    } else {
        code.parse::<u32>()
            .is_ok_and(|number| SQLITE.contains(&(number & 0xff)))
    }
}

#[cfg(test)]
mod tests {
    use super::is_outage;

    #[test]
    fn outages_are_told_from_mistakes() {
        for code in [
            "13", "5", "778", "14", "08006", "53100", "57P01", "57P03", "40P01",
        ] {
            assert!(is_outage(code), "{code}");
        }
        for code in ["1", "19", "2067", "42601", "22001", ""] {
            assert!(!is_outage(code), "{code}");
        }
    }
}
