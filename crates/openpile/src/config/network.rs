use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A range of addresses in CIDR notation, `10.0.0.0/8` or `::1/128`; an address alone is a range
/// of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// The first address of the range.
    pub address: IpAddr,
    /// How many leading bits all its addresses share.
    pub prefix: u8,
}

impl Network {
    /// The same for those who know such ranges by another name.
    pub fn to_net(&self) -> IpNet {
        // A prefix is never longer than its address.
        IpNet::new_assert(self.address, self.prefix)
    }

    /// Whether `address` lies in this range. An IPv4 address mapped into IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (own, width) = bits(self.address);
        let (other, other_width) = bits(address.to_canonical());
        width == other_width && mask(own, self.prefix, width) == mask(other, self.prefix, width)
    }
}

fn bits(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    }
}

/// Keeps the first `prefix` of `width` bits.
fn mask(bits: u128, prefix: u8, width: u8) -> u128 {
    let host_bits = u32::from(width - prefix.min(width));
    bits.checked_shr(host_bits).unwrap_or(0)
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let not_cidr = || format!("`{text}` is not a network in CIDR notation, like 10.0.0.0/8");
        let address: IpAddr = address.parse().map_err(|_| not_cidr())?;
        let (own, width) = bits(address);
        let prefix: u8 = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| not_cidr())?,
            None => width,
        };
        if prefix > width {
            return Err(format!(
                "a prefix of {prefix} bits is longer than the address"
            ));
        }
        let host_bits = u32::from(width - prefix);
        if own.trailing_zeros() < host_bits && own != 0 {
            // 10.1.2.3/8 is more often a slip than a wish for all of 10.0.0.0/8.
            return Err(format!(
                "`{text}` has bits set beyond its prefix of {prefix}"
            ));
        }
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Network;
    use std::net::IpAddr;

    fn contains(network: &str, address: &str) -> bool {
        let network: Network = network.parse().expect("a network");
        network.contains(address.parse::<IpAddr>().expect("an address"))
    }

    #[test]
    fn a_network_contains_its_addresses_only() {
        assert!(contains("127.0.0.0/8", "127.255.0.1"));
        assert!(contains("127.0.0.0/8", "::ffff:127.0.0.1"));
        assert!(!contains("127.0.0.0/8", "128.0.0.1"));
        assert!(contains("0.0.0.0/0", "8.8.8.8"));
        assert!(!contains("0.0.0.0/0", "::1"));
        assert!(contains("::/0", "::1"));
        assert!(contains("10.1.2.3", "10.1.2.3"));
        assert!(!contains("10.1.2.3", "10.1.2.4"));
        assert!(contains("fd00::/8", "fdff::1"));
        assert!(!contains("fd00::/8", "fe80::1"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.1.2.3/8",
            "ten/8",
            "::1/129",
            "1/-1",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
