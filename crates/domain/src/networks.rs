//! Where somebody may connect from: networks in CIDR notation.

use ipnet::IpNet;
use std::fmt;
use std::net::IpAddr;

/// Most networks of one list.
pub const NETWORKS_MAX: usize = 64;

/// A list of networks. An empty one is no restriction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Reads one network from each text; an address alone is a network of one.
    ///
    /// # Errors
    /// Names the first text that is no network, or that has bits set beyond its prefix:
    /// `10.1.2.3/8` is more often a slip than a wish for all of `10.0.0.0/8`.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, InvalidNetworks> {
        if texts.len() > NETWORKS_MAX {
            return Err(InvalidNetworks::TooMany);
        }
        texts
            .iter()
            .map(|text| network(text.as_ref().trim()))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether there is no restriction.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether somebody may connect from there. An IPv4 address mapped into IPv6 counts as IPv4.
    pub fn admit(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.is_empty() || self.0.iter().any(|network| network.contains(&address))
    }

    /// Each as text; read back they are the same.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl FromIterator<IpNet> for Networks {
    fn from_iter<I: IntoIterator<Item = IpNet>>(networks: I) -> Self {
        Self(networks.into_iter().collect())
    }
}

fn network(text: &str) -> Result<IpNet, InvalidNetworks> {
    let alone = || text.parse::<IpAddr>().map(IpNet::from);
    let network = text
        .parse::<IpNet>()
        .or_else(|_| alone())
        .map_err(|_| InvalidNetworks::NoNetwork(text.to_owned()))?;
    if network.trunc() != network {
        return Err(InvalidNetworks::BitsBeyondPrefix(text.to_owned()));
    }
    Ok(network)
}

/// Why a list is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidNetworks {
    /// More than [`NETWORKS_MAX`].
    TooMany,
    /// Not in CIDR notation.
    NoNetwork(String),
    /// An address within a network instead of the network.
    BitsBeyondPrefix(String),
}

impl fmt::Display for InvalidNetworks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany => write!(f, "must be at most {NETWORKS_MAX} networks"),
            Self::NoNetwork(text) => {
                write!(
                    f,
                    "`{text}` is not a network in CIDR notation, like 10.0.0.0/8"
                )
            }
            Self::BitsBeyondPrefix(text) => {
                write!(f, "`{text}` has bits set beyond its prefix")
            }
        }
    }
}

impl std::error::Error for InvalidNetworks {}

#[cfg(test)]
mod tests {
    use super::{InvalidNetworks, NETWORKS_MAX, Networks};
    use std::net::IpAddr;

    fn admits(networks: &[&str], address: &str) -> bool {
        let address: IpAddr = address.parse().expect("an address");
        Networks::parse(networks).expect("networks").admit(address)
    }

    #[test]
    fn an_empty_list_admits_everybody() {
        assert!(admits(&[], "203.0.113.7"));
        assert!(admits(&[], "2001:db8::1"));
    }

    #[test]
    fn a_list_admits_its_networks_only() {
        let networks = ["10.0.0.0/8", "203.0.113.7", "2001:db8::/32"];
        for inside in [
            "10.255.0.1",
            "::ffff:10.1.2.3",
            "203.0.113.7",
            "2001:db8::1",
        ] {
            assert!(admits(&networks, inside), "{inside}");
        }
        for outside in ["11.0.0.1", "203.0.113.8", "::1", "2001:db9::1"] {
            assert!(!admits(&networks, outside), "{outside}");
        }
    }

    #[test]
    fn texts_are_read_back() {
        let texts = ["10.0.0.0/8", "203.0.113.7/32", "2001:db8::/32"];
        assert_eq!(Networks::parse(&texts).expect("networks").texts(), texts);
        let alone = Networks::parse(&[" 203.0.113.7 "]).expect("a network");
        assert_eq!(alone.texts(), ["203.0.113.7/32"]);
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "ten/8", "10.0.0.0/33", "10.0.0.0/", "::1/129", "1"] {
            let refused = Networks::parse(&[text]);
            assert_eq!(refused, Err(InvalidNetworks::NoNetwork(text.to_owned())));
        }
        let slip = "10.1.2.3/8".to_owned();
        let refused = Networks::parse(&[&slip]);
        assert_eq!(refused, Err(InvalidNetworks::BitsBeyondPrefix(slip)));
        let many = vec!["10.0.0.0/8"; NETWORKS_MAX + 1];
        assert_eq!(Networks::parse(&many), Err(InvalidNetworks::TooMany));
    }
}
