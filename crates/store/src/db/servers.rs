//! The PostgreSQL servers of one database: one is written to, the others are its replicas.

use crate::{Result, StoreError};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use std::str::FromStr;
use std::time::Duration;
use tokio::time::timeout;

/// A server that has not answered in that time is silent.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a server says when it is asked whether it takes writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It does.
    TakesWrites,
    /// It does not, or refuses to be asked.
    No,
    /// Nothing.
    Silence,
}

/// How each of them is reached; at least one.
#[derive(Debug)]
pub(super) struct Servers(Vec<PgConnectOptions>);

impl Servers {
    /// The servers of an address: `postgres://user:password@host:port,host:port/name`.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub(super) fn of(
        target: &str,
        configured: impl Fn(PgConnectOptions) -> PgConnectOptions,
    ) -> Result<Self> {
        let servers = each_address(target).into_iter().map(|address| {
            let server = PgConnectOptions::from_str(&address);
            server
                .map(&configured)
                .map_err(|error| StoreError::BadAddress {
                    reason: error.to_string(),
                })
        });
        servers.collect::<Result<_>>().map(Self)
    }

    pub(super) const fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn address(&self, place: usize) -> &PgConnectOptions {
        &self.0[place]
    }

    /// For logs: its host and port.
    pub(super) fn name(&self, place: usize) -> String {
        let server = self.address(place);
        format!("{}:{}", server.get_host(), server.get_port())
    }

    /// Whether that one takes writes; asked over `line`, which is opened where there is none.
    pub(super) async fn ask(&self, place: usize, line: &mut Option<PgConnection>) -> Answer {
        let asked = async {
            let connection = match line {
                Some(connection) => connection,
                None => line.insert(self.address(place).connect().await?),
            };
            let sql = "select not pg_is_in_recovery()";
            sqlx::query_scalar(sql).fetch_one(connection).await
        };
        match timeout(PATIENCE, asked).await {
            Ok(Ok(true)) => Answer::TakesWrites,
            Ok(_) => Answer::No,
            Err(_) => Answer::Silence,
        }
    }

    /// The first one that takes writes.
    pub(super) async fn find(&self) -> Option<usize> {
        for place in 0..self.count() {
            let mut line = None;
            let answer = self.ask(place, &mut line).await;
            if let Some(line) = line {
                // It is asked once; what becomes of the goodbye is nobody's concern.
                let _ = timeout(PATIENCE, line.close()).await;
            }
            if answer == Answer::TakesWrites {
                return Some(place);
            }
        }
        None
    }
}

/// One address for each host of an address.
fn each_address(target: &str) -> Vec<String> {
    let Some((scheme, rest)) = target.split_once("://") else {
        return vec![target.to_owned()];
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (login, hosts) = match authority.rsplit_once('@') {
        Some((login, hosts)) => (format!("{login}@"), hosts),
        None => (String::new(), authority),
    };
    let hosts = hosts.split(',');
    hosts
        .map(|host| format!("{scheme}://{login}{host}{tail}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::each_address;

    #[test]
    fn an_address_may_name_several_hosts() {
        assert_eq!(
            each_address("postgres://u:p@a:1,b:2/name?x=y"),
            ["postgres://u:p@a:1/name?x=y", "postgres://u:p@b:2/name?x=y"]
        );
        assert_eq!(each_address("postgres://a/name"), ["postgres://a/name"]);
        assert_eq!(each_address("postgres:///name"), ["postgres:///name"]);
    }
}
