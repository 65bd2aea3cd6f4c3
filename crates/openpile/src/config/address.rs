use super::secret::Secret;
use bus::cluster::Address;
use serde::{Deserialize, Deserializer, de};

/// An `http://` or `https://` address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpUrl(String);

impl HttpUrl {
    /// The address as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for HttpUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if has_host(&text, &["http", "https"]) {
            Ok(Self(text))
        } else {
            Err(de::Error::custom("must be an http:// or https:// address"))
        }
    }
}

/// The address of a PostgreSQL database; it usually contains a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseUrl(Secret);

impl DatabaseUrl {
    /// The address as it was written, password included.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl<'de> Deserialize<'de> for DatabaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let secret = Secret::deserialize(deserializer)?;
        if has_host(secret.expose(), &["postgres", "postgresql"]) {
            Ok(Self(secret))
        } else {
            Err(de::Error::custom("must be a postgres:// address"))
        }
    }
}

/// The address of Redis; it may contain a password.
#[derive(Clone, Debug)]
pub struct RedisUrl(Address);

impl RedisUrl {
    /// Where it is.
    pub const fn address(&self) -> &Address {
        &self.0
    }
}

impl<'de> Deserialize<'de> for RedisUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let secret = Secret::deserialize(deserializer)?;
        secret.expose().parse().map(Self).map_err(de::Error::custom)
    }
}

fn has_host(url: &str, schemes: &[&str]) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    schemes.contains(&scheme)
        && !url.contains(|c: char| c.is_whitespace() || c.is_control())
        && (!host.is_empty() || scheme.starts_with("postgres"))
}
