//! Where Redis is: one server, a cluster, or whatever a group of sentinels says.

use std::fmt;
use std::str::FromStr;

/// Where Redis or Valkey is.
///
/// | form | what |
/// |---|---|
/// | `redis://[user:password@]host:6379/0` | one server |
/// | `redis-cluster://[user:password@]host:6379,host:6379` | Redis Cluster, by any of its nodes |
/// | `redis-sentinel://[user:password@]host:26379,host:26379/name` | the master of that name |
///
/// With `rediss`, `rediss-cluster`, `rediss-sentinel` the connections to the servers are TLS.
/// What has to be escaped in a URL has to be escaped in user and password.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// One server, as the client library takes it.
    Single(String),
    /// Some nodes of a cluster.
    Cluster(Vec<String>),
    /// Sentinels, as addresses without credentials, and what they watch.
    Sentinel {
        /// `redis://host:port` each.
        sentinels: Vec<String>,
        /// The name of the master.
        master: String,
        /// A server as it would be reached directly: credentials, database and TLS of the master.
        server: String,
    },
}

/// An address that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidAddress(&'static str);

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let (scheme, rest) = text
            .split_once("://")
            .ok_or(InvalidAddress("must begin with redis:// or one of its kin"))?;
        let (tls, kind) = match scheme {
            "redis" | "valkey" => (false, ""),
            "rediss" | "valkeys" => (true, ""),
            "redis-cluster" => (false, "cluster"),
            "rediss-cluster" => (true, "cluster"),
            "redis-sentinel" => (false, "sentinel"),
            "rediss-sentinel" => (true, "sentinel"),
            _ => {
                return Err(InvalidAddress(
                    "must begin with redis, rediss, redis-cluster, rediss-cluster, \
                     redis-sentinel or rediss-sentinel",
                ));
            }
        };
        let (credentials, rest) = match rest.rsplit_once('@') {
            Some((credentials, rest)) => (format!("{credentials}@"), rest),
            None => (String::new(), rest),
        };
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let hosts: Vec<&str> = hosts.split(',').map(str::trim).collect();
        if hosts.iter().any(|host| host.is_empty()) {
            return Err(InvalidAddress("names no host"));
        }
        let secure = if tls { "rediss" } else { "redis" };
        let server = |host: &str, path: &str| {
            let query = if path.contains('?') { "&" } else { "?" };
            let path = format!("/{path}");
            format!("{secure}://{credentials}{host}{path}{query}protocol=resp3")
        };
        let address = match kind {
            "cluster" => Self::Cluster(hosts.iter().map(|host| server(host, "")).collect()),
            "sentinel" => {
                let (master, database) = path.split_once('/').unwrap_or((path, "0"));
                if master.is_empty() {
                    return Err(InvalidAddress(
                        "names no master: redis-sentinel://host:26379/name",
                    ));
                }
                let plain = |host: &&str| format!("redis://{host}");
                Self::Sentinel {
                    sentinels: hosts.iter().map(plain).collect(),
                    master: master.to_owned(),
                    server: server("master", database),
                }
            }
            _ if hosts.len() > 1 => {
                return Err(InvalidAddress(
                    "has several hosts: say redis-cluster:// or redis-sentinel://",
                ));
            }
            _ => Self::Single(server(hosts[0], path)),
        };
        address.is_understood()?;
        Ok(address)
    }
}

impl Address {
    fn is_understood(&self) -> Result<(), InvalidAddress> {
        let all: Vec<&String> = match self {
            Self::Single(server) => vec![server],
            Self::Cluster(servers) => servers.iter().collect(),
            Self::Sentinel {
                sentinels, server, ..
            } => sentinels.iter().chain([server]).collect(),
        };
        for one in all {
            redis::Client::open(one.as_str())
                .map_err(|_| InvalidAddress("is not understood: host, port or database"))?;
        }
        Ok(())
    }
}

/// Without credentials.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Single(_) => "a Redis server",
            Self::Cluster(_) => "a Redis cluster",
            Self::Sentinel { .. } => "a Redis server behind sentinels",
        };
        f.write_str(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    fn parsed(text: &str) -> Result<Address, String> {
        text.parse()
            .map_err(|error: super::InvalidAddress| error.to_string())
    }

    #[test]
    fn every_kind_is_understood() {
        assert_eq!(
            parsed("redis://h:1"),
            Ok(Address::Single("redis://h:1/?protocol=resp3".into()))
        );
        assert_eq!(
            parsed("rediss://u:p%40@h:1/3"),
            Ok(Address::Single(
                "rediss://u:p%40@h:1/3?protocol=resp3".into()
            ))
        );
        assert_eq!(
            parsed("redis-cluster://:p@a:1,b:2"),
            Ok(Address::Cluster(vec![
                "redis://:p@a:1/?protocol=resp3".into(),
                "redis://:p@b:2/?protocol=resp3".into()
            ]))
        );
        assert_eq!(
            parsed("redis-sentinel://:p@a:1,b:2/main/5"),
            Ok(Address::Sentinel {
                sentinels: vec!["redis://a:1".into(), "redis://b:2".into()],
                master: "main".into(),
                server: "redis://:p@master/5?protocol=resp3".into(),
            })
        );
    }

    #[test]
    fn what_is_no_address_is_said_so_without_its_password() {
        for text in [
            "host:6379",
            "http://host",
            "redis://",
            "redis://a:1,b:2",
            "redis-sentinel://a:1",
            "redis://:secret@host:port",
            "redis-cluster://a:1,,b:2",
        ] {
            let error = parsed(text).expect_err(text);
            assert!(!error.contains("secret"), "{error}");
        }
        let address = parsed("redis://:secret@host:1").expect("legal");
        assert!(!format!("{address:?}").contains("secret"));
    }
}
